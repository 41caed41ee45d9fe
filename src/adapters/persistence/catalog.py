"""The catalog in tables: products, SKUs, categories, brands; their rows, and the catalog as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import attrs
import orjson
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    and_,
    bindparam,
    false,
    null,
    or_,
    select,
    union_all,
)

from adapters.persistence.editions import GOODS
from adapters.persistence.made import on_path
from adapters.persistence.rule_texts import rule_of, rule_text
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Rows, Statement, any_of
from adapters.persistence.tables import Whole, Words, belongs_to, tenant_table
from adapters.persistence.visibility import limits, visible
from application.authorization import Actor
from application.ports.storage import Later, Products
from domain.catalog import (
    Brand,
    Category,
    Listing,
    Option,
    Pack,
    Product,
    Sku,
    Unit,
)
from domain.identity import BrandId, CategoryId, MerchantId, ProductId, SkuCode, SkuId
from domain.quantity import Factor, Quantity

categories = tenant_table(
    "categories",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("parent_id", Words),
    Column("path", Words, nullable=False),
    Column("position", Integer, nullable=False),
    belongs_to("categories", "parent_id"),
    Index(None, "merchant_id", "parent_id", "position", "id"),
    Index(None, "merchant_id", "path"),
)

brands = tenant_table(
    "brands",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
)

products = tenant_table(
    "products",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("category_id", Words),
    Column("brand_id", Words),
    Column("position", Whole, nullable=False),
    Column("for_sale", Boolean(create_constraint=False), nullable=False),
    Column("pools_breaks", Boolean(create_constraint=False), nullable=False, server_default=false()),
    belongs_to("categories", "category_id"),
    belongs_to("brands", "brand_id"),
    Index(None, "merchant_id", "position", "id"),
    Index(None, "merchant_id", "name", "id"),
    Index(None, "merchant_id", "category_id", "position", "id"),
    Index(None, "merchant_id", "brand_id", "position", "id"),
)

skus = tenant_table(
    "skus",
    Column("id", Words, nullable=False),
    Column("product_id", Words, nullable=False),
    Column("place", Integer, nullable=False),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("barcode", Words),
    Column("unit_code", Words, nullable=False),
    Column("unit_name", Words, nullable=False),
    Column("unit_decimals", Integer, nullable=False),
    Column("packs", Words, nullable=False),
    Column("options", Words, nullable=False),
    Column("minimum", Whole, nullable=False),
    Column("step", Whole, nullable=False),
    Column("low_stock", Whole),
    Column("for_sale", Boolean(create_constraint=False), nullable=False),
    # What the rule says beyond minimum and step, as JSON; nothing where it says no more.
    Column("rule", Words),
    belongs_to("products", "product_id"),
    UniqueConstraint("merchant_id", "code"),
    CheckConstraint("minimum > 0 AND step > 0", name="rule"),
    CheckConstraint("unit_decimals BETWEEN 0 AND 3", name="unit_decimals"),
    Index(None, "merchant_id", "product_id", "place"),
    Index(None, "merchant_id", "barcode"),
)


def category_row(merchant_id: MerchantId, category: Category) -> Row:
    return (
        merchant_id,
        category.id,
        category.name,
        category.parent_id,
        path_of(category.ancestors, category.id),
        category.position,
    )


def path_of(ancestors: tuple[CategoryId, ...], id: CategoryId) -> str:
    """Write the way down to a category: everything below it begins with its path."""
    return "".join(f"{one}/" for one in (*ancestors, id))


def category_of(id: str, name: str, path: str, position: int) -> Category:
    *above, _ = path.rstrip("/").split("/")
    ancestors = tuple(CategoryId(one) for one in above)
    return Category(id=CategoryId(id), name=name, ancestors=ancestors, position=position)


def brand_row(merchant_id: MerchantId, brand: Brand) -> Row:
    return (merchant_id, brand.id, brand.name)


def product_row(merchant_id: MerchantId, product: Product) -> Row:
    return (
        merchant_id,
        product.id,
        product.name,
        product.description,
        product.category_id,
        product.brand_id,
        product.position,
        product.for_sale,
        product.pools_breaks,
    )


def sku_row(merchant_id: MerchantId, product: Product, place: int, sku: Sku) -> Row:
    packs = [
        [
            pack.unit.code,
            pack.unit.name,
            pack.unit.decimals,
            pack.factor.numerator,
            pack.factor.denominator,
        ]
        for pack in sku.packs
    ]
    return (
        merchant_id,
        sku.id,
        product.id,
        place,
        sku.code,
        sku.name,
        sku.barcode,
        sku.unit.code,
        sku.unit.name,
        sku.unit.decimals,
        orjson.dumps(packs).decode(),
        orjson.dumps([[option.name, option.value] for option in sku.options]).decode(),
        sku.rule.minimum.thousandths,
        sku.rule.step.thousandths,
        sku.low_stock and sku.low_stock.thousandths,
        sku.for_sale,
        rule_text(sku.rule),
    )


SKU_COLUMNS = (
    skus.c.id,
    skus.c.code,
    skus.c.name,
    skus.c.barcode,
    skus.c.unit_code,
    skus.c.unit_name,
    skus.c.unit_decimals,
    skus.c.packs,
    skus.c.options,
    skus.c.minimum,
    skus.c.step,
    skus.c.low_stock,
    skus.c.for_sale,
    skus.c.rule,
)
SKU = len(SKU_COLUMNS)


def sku_of(row: Row) -> Sku:
    """Read a SKU from `SKU_COLUMNS`."""
    id, code, name, barcode, unit, unit_name, decimals, packs, options, minimum, step, low, for_sale, rule = (
        row
    )
    return Sku(
        id=SkuId(id),
        code=SkuCode(code),
        name=name,
        barcode=barcode,
        unit=unit_of(unit, unit_name, decimals),
        packs=packs_of(packs),
        options=options_of(options),
        rule=rule_of(minimum, step, rule),
        low_stock=None if low is None else Quantity(low),
        for_sale=bool(for_sale),
    )


@lru_cache(maxsize=1024)
def unit_of(code: str, name: str, decimals: int) -> Unit:
    """The unit of these columns; a merchant has few."""
    return Unit(code, name, decimals)


@lru_cache(maxsize=4096)
def packs_of(stored: str) -> tuple[Pack, ...]:
    """The packs in a column; the same few come again and again."""
    return tuple(
        Pack(unit_of(code, name, decimals), Factor(numerator, denominator))
        for code, name, decimals, numerator, denominator in orjson.loads(stored)
    )


@lru_cache(maxsize=4096)
def options_of(stored: str) -> tuple[Option, ...]:
    """The options in a column; the same ones come again and again."""
    return tuple(Option(name, value) for name, value in orjson.loads(stored))


PRODUCT_OF_SKU = and_(products.c.merchant_id == skus.c.merchant_id, products.c.id == skus.c.product_id)
CATEGORY_OF_PRODUCT = and_(
    categories.c.merchant_id == products.c.merchant_id, categories.c.id == products.c.category_id
)


@lru_cache(maxsize=4)
def _listings(limited: bool, placed: bool) -> Statement:
    """Find SKUs that are shown, and where in the catalog they are; the edition stands before no SKU."""
    columns = (*SKU_COLUMNS, products.c.id, products.c.name, products.c.for_sale, products.c.pools_breaks)
    source = skus.join(products, PRODUCT_OF_SKU)
    found = select(*columns).select_from(source)
    if placed:
        source = source.outerjoin(categories, CATEGORY_OF_PRODUCT)
        found = select(*columns, categories.c.path, products.c.brand_id).select_from(source)
    found = found.where(
        skus.c.merchant_id == bindparam("merchant_id"),
        or_(any_of(skus.c.id, "ids"), any_of(skus.c.code, "codes")),
        *((visible(products.c.id),) if limited else ()),
    )
    nothing = [null() for _ in found.selected_columns]
    return Statement(
        union_all(
            select(GOODS.column(), *nothing),
            found.with_only_columns(null(), *found.selected_columns),
        )
    )


_SKUS = Statement(
    select(*SKU_COLUMNS, skus.c.product_id)
    .where(skus.c.merchant_id == bindparam("merchant_id"))
    .order_by(skus.c.product_id, skus.c.place)
)
_PRODUCTS = Statement(
    select(
        products.c.id,
        products.c.name,
        products.c.description,
        products.c.category_id,
        products.c.brand_id,
        products.c.position,
        products.c.for_sale,
        products.c.pools_breaks,
    )
    .where(products.c.merchant_id == bindparam("merchant_id"))
    .order_by(products.c.position, products.c.id)
)
_CATEGORIES = Statement(
    select(categories.c.id, categories.c.name, categories.c.path, categories.c.position)
    .where(categories.c.merchant_id == bindparam("merchant_id"))
    .order_by(categories.c.path)
)
_BRANDS = Statement(
    select(brands.c.id, brands.c.name)
    .where(brands.c.merchant_id == bindparam("merchant_id"))
    .order_by(brands.c.name, brands.c.id)
)


@lru_cache(maxsize=4_096)
def _listing(row: Row) -> Listing:
    """The listing in a row; equal rows are equal listings, and the same goods are ordered again and again."""
    path, brand_id = row[SKU + 4 :] or (None, None)
    return Listing(
        sku=sku_of(row[:SKU]),
        product_id=ProductId(row[SKU]),
        product_name=row[SKU + 1],
        for_sale=bool(row[12] and row[SKU + 2]),
        category_ids=on_path(path),
        brand_id=None if brand_id is None else BrandId(brand_id),
        pools_breaks=bool(row[SKU + 3]),
    )


def _read(rows: Rows) -> tuple[int | None, tuple[Listing, ...]]:
    """Read the edition, and the listings that are there."""
    edition = next((row[0] for row in rows if row[1] is None), None)
    return edition, tuple([_listing(row[1:]) for row in rows if row[1] is not None])


@attrs.frozen
class SqlProducts(Products):
    """The catalog of one merchant, as far as it is shown to the actor."""

    session: Session
    actor: Actor

    def listings(
        self, *, ids: Collection[SkuId] = (), codes: Collection[SkuCode] = ()
    ) -> tuple[Listing, ...]:
        return self.listings_later(ids=ids, codes=codes)()

    def listings_later(
        self, *, ids: Collection[SkuId] = (), codes: Collection[SkuCode] = ()
    ) -> Later[tuple[Listing, ...]]:
        if not ids and not codes:
            return lambda: ()
        merchant_id, promotes = self.actor.merchant_id, self.actor.merchant.promotes
        shown_to = limits(self.actor)
        # Where goods are in the catalog only promotions ask.
        statement, owner = _listings(bool(shown_to), promotes), (merchant_id, promotes)
        known = (
            None
            if codes or shown_to or GOODS.changed_in(self.session)
            else self.session.memories.goods.of(owner)
        )
        known = known if known is not None and known.has(ids) else None

        def ask(ids: Collection[SkuId]) -> Later[Rows]:
            asked = {"merchant_id": merchant_id, "ids": sorted(ids), "codes": sorted(codes), **shown_to}
            return self.session.ask(statement, asked)

        rows = ask(ids if known is None else ())

        def found() -> tuple[Listing, ...]:
            edition, listings = _read(rows())
            if known is not None:
                if edition == known.edition:
                    return tuple([known.found[id] for id in ids])
                edition, listings = _read(ask(ids)())
            if edition is not None and not shown_to and not GOODS.changed_in(self.session):
                self.session.memories.goods.add(owner, edition, {one.sku.id: one for one in listings})
            return listings

        return found

    def all(self) -> tuple[Product, ...]:
        asked = {"merchant_id": self.actor.merchant_id}
        of_product: dict[str, list[Sku]] = {}
        for row in self.session.all(_SKUS, asked):
            of_product.setdefault(row[SKU], []).append(sku_of(row[:SKU]))
        return tuple(
            Product(
                id=ProductId(id),
                name=name,
                description=description,
                category_id=None if category_id is None else CategoryId(category_id),
                brand_id=None if brand_id is None else BrandId(brand_id),
                position=position,
                for_sale=bool(for_sale),
                pools_breaks=bool(pools_breaks),
                skus=tuple(of_product[id]),
            )
            for id, name, description, category_id, brand_id, position, for_sale, pools_breaks in self.session.all(
                _PRODUCTS, asked
            )
        )

    def categories(self) -> tuple[Category, ...]:
        rows = self.session.all(_CATEGORIES, {"merchant_id": self.actor.merchant_id})
        return tuple(category_of(*row) for row in rows)

    def brands(self) -> tuple[Brand, ...]:
        rows = self.session.all(_BRANDS, {"merchant_id": self.actor.merchant_id})
        return tuple(Brand(id=BrandId(id), name=name) for id, name in rows)
