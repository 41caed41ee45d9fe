"""The catalog as readers see it: goods with their own price and stock, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, null, or_, select, true

from adapters.persistence.catalog import (
    SKU_COLUMNS,
    brands,
    categories,
    options_of,
    packs_of,
    products,
    skus,
    unit_of,
)
from adapters.persistence.inventory import stock
from adapters.persistence.paging import Shape, conditions, cut, like, ordering, page_of, page_parameters
from adapters.persistence.pricing import read_prices
from adapters.persistence.sessions import Driver
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from application.authorization import Actor, HiddenReason, price_hidden_from, stock_figure_hidden_from
from application.views.catalog import (
    BrandCard,
    Catalog,
    CategoryCard,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
    StockLevel,
)
from application.views.pages import Slice, Window
from domain.catalog import StockStatus
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId
from domain.pricing import NO_PRICES
from domain.quantity import LARGEST, Quantity

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_SORTS: Mapping[ProductSort, tuple[ColumnElement[Any], ...]] = {
    ProductSort.POSITION: (products.c.position, products.c.id),
    ProductSort.NAME: (products.c.name, products.c.id),
    ProductSort.NEWEST: (products.c.id,),
}
_BRAND = products.outerjoin(
    brands, and_(brands.c.merchant_id == products.c.merchant_id, brands.c.id == products.c.brand_id)
)


@attrs.frozen
class _Filter:
    """Which conditions there are, whatever their values."""

    category: bool
    brand: bool
    text: bool
    in_stock: bool | None


def _columns(want: ProductWant) -> list[ColumnElement[Any]]:
    nothing = null()
    return [
        products.c.id,
        products.c.name,
        products.c.for_sale,
        products.c.position,
        products.c.description if want.description else nothing,
        products.c.brand_id if want.brand else nothing,
        brands.c.name if want.brand else nothing,
        products.c.category_id if want.category else nothing,
        categories.c.name if want.category else nothing,
        categories.c.parent_id if want.category else nothing,
    ]


def _tables(want: ProductWant) -> Any:
    found: Any = _BRAND if want.brand else products
    if want.category:
        of_product = and_(
            categories.c.merchant_id == products.c.merchant_id, categories.c.id == products.c.category_id
        )
        found = found.outerjoin(categories, of_product)
    return found


def _sku_of_product(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    same = (skus.c.merchant_id == products.c.merchant_id, skus.c.product_id == products.c.id)
    return exists().where(*same, skus.c.merchant_id == _MERCHANT, skus.c.for_sale == true(), *conditions)


def _kept(filter: _Filter) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = [
        products.c.merchant_id == _MERCHANT,
        products.c.for_sale == true(),
        _sku_of_product(),
    ]
    if filter.category:
        within = categories.alias("within")
        top = categories.alias("top")
        path = (
            select(top.c.path)
            .where(top.c.merchant_id == _MERCHANT, top.c.id == bindparam("category_id"))
            .scalar_subquery()
        )
        subtree = select(within.c.id).where(
            within.c.merchant_id == _MERCHANT, func.substr(within.c.path, 1, func.length(path)) == path
        )
        kept.append(products.c.category_id.in_(subtree))
    if filter.brand:
        kept.append(products.c.brand_id == bindparam("brand_id"))
    if filter.text:
        pattern: BindParameter[str] = bindparam("like")
        of_sku = (func.lower(column).like(pattern, escape="\\") for column in (skus.c.name, skus.c.code))
        bars = skus.c.barcode.like(pattern, escape="\\")
        kept.append(
            or_(func.lower(products.c.name).like(pattern, escape="\\"), _sku_of_product(or_(*of_sku, bars)))
        )
    if filter.in_stock is not None:
        there = exists().where(
            stock.c.merchant_id == _MERCHANT, stock.c.sku_id == skus.c.id, stock.c.available > 0
        )
        any_sku = _sku_of_product(there)
        kept.append(any_sku if filter.in_stock else ~any_sku)
    return kept


@lru_cache(maxsize=256)
def _page(shape: Shape, filter: _Filter, sort: ProductSort, want: ProductWant) -> Statement:
    keys = _SORTS[sort]
    return Statement(
        select(*_columns(want))
        .select_from(_tables(want))
        .where(*_kept(filter), *conditions(shape, keys))
        .order_by(*ordering(shape, keys))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=64)
def _count(filter: _Filter) -> Statement:
    return Statement(select(func.count()).select_from(products).where(*_kept(filter)))


@lru_cache(maxsize=64)
def _by_id(want: ProductWant) -> Statement:
    return Statement(
        select(*_columns(want))
        .select_from(_tables(want))
        .where(products.c.merchant_id == _MERCHANT, any_of(products.c.id, "ids"))
    )


@lru_cache(maxsize=16)
def _skus(want: SkuWant, by: str) -> Statement:
    """SKUs with what is available of them, of these products (those for sale), or by id, code or barcode."""
    available = (
        select(func.sum(stock.c.available))
        .where(stock.c.merchant_id == _MERCHANT, stock.c.sku_id == skus.c.id)
        .scalar_subquery()
        if want.stock
        else null()
    )
    statement = select(*SKU_COLUMNS, skus.c.product_id, available).where(skus.c.merchant_id == _MERCHANT)
    if by == "product":
        kept = statement.where(any_of(skus.c.product_id, "ids"), skus.c.for_sale == true())
        return Statement(kept.order_by(skus.c.product_id, skus.c.place))
    if by == "id":
        return Statement(statement.where(any_of(skus.c.id, "ids")))
    column = skus.c.code if by == "code" else skus.c.barcode
    return Statement(statement.where(column == bindparam("text")).order_by(skus.c.code).limit(1))


_CATEGORY = (categories.c.id, categories.c.name, categories.c.parent_id)
_CHILDREN = Statement(
    select(*_CATEGORY)
    .where(categories.c.merchant_id == _MERCHANT, categories.c.parent_id == bindparam("parent_id"))
    .order_by(categories.c.position, categories.c.id)
)
_ROOTS = Statement(
    select(*_CATEGORY)
    .where(categories.c.merchant_id == _MERCHANT, categories.c.parent_id.is_(None))
    .order_by(categories.c.position, categories.c.id)
)
_CATEGORIES_BY_ID = Statement(
    select(*_CATEGORY).where(categories.c.merchant_id == _MERCHANT, any_of(categories.c.id, "ids"))
)
_BRANDS = Statement(
    select(brands.c.id, brands.c.name)
    .where(brands.c.merchant_id == _MERCHANT)
    .order_by(brands.c.name, brands.c.id)
)
_BRANDS_BY_ID = Statement(
    select(brands.c.id, brands.c.name).where(brands.c.merchant_id == _MERCHANT, any_of(brands.c.id, "ids"))
)


@attrs.frozen
class SqlCatalog(Catalog):
    """What one actor sees of the catalog at one moment."""

    driver: Driver
    actor: Actor
    at: datetime

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        shape = Shape.of(window, descending=sort is ProductSort.NEWEST)
        which = _Filter(
            filter.category is not None, filter.brand is not None, bool(filter.text), filter.in_stock
        )
        given = {
            "merchant_id": self.actor.merchant_id,
            "category_id": filter.category,
            "brand_id": filter.brand,
            "like": like(filter.text) if filter.text else None,
        }
        asked = {name: value for name, value in given.items() if value is not None}
        key = {
            ProductSort.POSITION: lambda row: (row[3], row[0]),
            ProductSort.NAME: lambda row: (row[1], row[0]),
            ProductSort.NEWEST: lambda row: (row[0],),
        }[sort]

        def reader() -> Reader[Slice[ProductCard]]:
            rows = yield Ask(_page(shape, which, sort, want), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(which), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window), want)
            return cut(rows, window, key=key, nodes=cards, total=total)

        return await self.driver.read(reader)

    async def products_by_id(
        self, ids: Collection[ProductId], *, want: ProductWant
    ) -> Mapping[ProductId, ProductCard]:
        def reader() -> Reader[Mapping[ProductId, ProductCard]]:
            rows = yield Ask(_by_id(want), self._ids(ids))
            return {card.id: card for card in (yield from self._cards(rows, want))}

        return await self.driver.read(reader) if ids else {}

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        def reader() -> Reader[Mapping[SkuId, SkuCard]]:
            rows = yield Ask(_skus(want, "id"), self._ids(ids))
            return {card.id: card for card in (yield from self._sku_cards(rows, want))}

        return await self.driver.read(reader) if ids else {}

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        def reader() -> Reader[SkuCard | None]:
            for by, text in (("code", code), ("barcode", barcode)):
                if text is not None:
                    rows = yield Ask(_skus(want, by), {"merchant_id": self.actor.merchant_id, "text": text})
                    for card in (yield from self._sku_cards(rows, want)):
                        return card
            return None

        return await self.driver.read(reader)

    async def categories(self, *, parent: CategoryId | None) -> tuple[CategoryCard, ...]:
        asked = {"merchant_id": self.actor.merchant_id}

        def reader() -> Reader[tuple[CategoryCard, ...]]:
            rows = (
                yield Ask(_ROOTS, asked) if parent is None else Ask(_CHILDREN, {**asked, "parent_id": parent})
            )
            return tuple(_category(*row) for row in rows)

        return await self.driver.read(reader)

    async def categories_by_id(self, ids: Collection[CategoryId]) -> Mapping[CategoryId, CategoryCard]:
        def reader() -> Reader[Mapping[CategoryId, CategoryCard]]:
            rows = yield Ask(_CATEGORIES_BY_ID, self._ids(ids))
            return {card.id: card for card in (_category(*row) for row in rows)}

        return await self.driver.read(reader) if ids else {}

    async def brands(self) -> tuple[BrandCard, ...]:
        def reader() -> Reader[tuple[BrandCard, ...]]:
            rows = yield Ask(_BRANDS, {"merchant_id": self.actor.merchant_id})
            return tuple(BrandCard(id=BrandId(id), name=name) for id, name in rows)

        return await self.driver.read(reader)

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        def reader() -> Reader[Mapping[BrandId, BrandCard]]:
            rows = yield Ask(_BRANDS_BY_ID, self._ids(ids))
            return {BrandId(id): BrandCard(id=BrandId(id), name=name) for id, name in rows}

        return await self.driver.read(reader) if ids else {}

    def _ids(self, ids: Collection[str]) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id, "ids": sorted(ids)}

    def _cards(self, rows: Rows, want: ProductWant) -> Reader[list[ProductCard]]:
        of_product: dict[str, list[SkuCard]] = {}
        if want.skus is not None and rows:
            found = yield Ask(_skus(want.skus, "product"), self._ids([row[0] for row in rows]))
            for card in (yield from self._sku_cards(found, want.skus)):
                of_product.setdefault(card.product_id, []).append(card)
        return [_product(row, tuple(of_product.get(row[0], ()))) for row in rows]

    def _sku_cards(self, rows: Rows, want: SkuWant) -> Reader[list[SkuCard]]:
        prices, hidden = {}, price_hidden_from(self.actor)
        if want.price and hidden is None and rows:
            prices = yield from read_prices(self.actor, [row[0] for row in rows], at=self.at)
        low, figure = self.actor.merchant.low_stock, stock_figure_hidden_from(self.actor)
        return [
            SkuCard(
                id=SkuId(row[0]),
                code=SkuCode(row[1]),
                name=row[2],
                barcode=row[3],
                unit=unit_of(row[4], row[5], row[6]),
                packs=packs_of(row[7]),
                options=options_of(row[8]),
                min_quantity=Quantity(row[9]),
                quantity_step=Quantity(row[10]),
                for_sale=bool(row[12]),
                product_id=ProductId(row[13]),
                prices=prices.get(row[0], NO_PRICES),
                price_hidden=hidden,
                stock=_level(row, low, figure) if want.stock else None,
            )
            for row in rows
        ]


def _level(row: Row, low: Quantity, hidden: HiddenReason | None) -> StockLevel:
    available = Quantity(min(int(row[14] or 0), LARGEST))
    status = StockStatus.of(available, low=low if row[11] is None else Quantity(row[11]))
    return StockLevel(status=status, available=None if hidden else available, available_hidden=hidden)


def _product(row: Row, skus_: tuple[SkuCard, ...]) -> ProductCard:
    id, name, for_sale, _, description, brand_id, brand, category_id, category, parent_id = row
    return ProductCard(
        id=ProductId(id),
        name=name,
        description=description or "",
        for_sale=bool(for_sale),
        brand=None if brand_id is None else BrandCard(id=BrandId(brand_id), name=brand),
        category=None if category_id is None else _category(category_id, category, parent_id),
        skus=skus_,
    )


def _category(id: str, name: str, parent_id: str | None) -> CategoryCard:
    return CategoryCard(
        id=CategoryId(id), name=name, parent_id=None if parent_id is None else CategoryId(parent_id)
    )
