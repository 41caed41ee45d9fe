"""The catalog as readers see it: goods with their own price and stock, straight from rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    null,
    select,
    true,
)

from adapters.persistence.catalog import (
    brands,
    categories,
    products,
    skus,
)
from adapters.persistence.catalog_cards import (
    PRODUCT,
    category_card,
    grouped,
    product_card,
    sku_cards,
    sku_columns,
)
from adapters.persistence.inventory import stock
from adapters.persistence.made import brand_id
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.price_views import Rates, read_rates
from adapters.persistence.search import Found, look_up
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.wording import Sought
from application.authorization import price_hidden_from
from application.views.catalog import (
    BrandCard,
    Catalog,
    CategoryCard,
    CategoryWant,
    ProductCard,
    ProductFilter,
    ProductSort,
    ProductWant,
    SkuCard,
    SkuWant,
)
from application.views.pages import Key, Slice, Window
from domain.identity import BrandId, CategoryId, ProductId, SkuCode, SkuId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

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
    text: Found | None
    in_stock: bool | None


def _columns(want: ProductWant) -> list[ColumnElement[Any]]:
    nothing = null()
    return [
        products.c.id,
        products.c.name,
        products.c.for_sale,
        products.c.position,
        (products.c.description if want.description else nothing).label("description"),
        (products.c.brand_id if want.brand else nothing).label("brand_id"),
        (brands.c.name if want.brand else nothing).label("brand"),
        (products.c.category_id if want.category else nothing).label("category_id"),
        (categories.c.name if want.category else nothing).label("category"),
        (categories.c.parent_id if want.category else nothing).label("parent_id"),
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
        kept.append(filter.text.condition)
    if filter.in_stock is not None:
        there = exists().where(
            stock.c.merchant_id == _MERCHANT, stock.c.sku_id == skus.c.id, stock.c.available > 0
        )
        any_sku = _sku_of_product(there)
        kept.append(any_sku if filter.in_stock else ~any_sku)
    return kept


def _with_skus(page: Select[Any], want: ProductWant, sort: Sequence[str], *, down: bool = False) -> Statement:
    """Products, each row with one of the SKUs for sale, if any; the columns of SKUs come after those of products.

    PostgreSQL is told to look the SKUs up product by product, where it might else read all there are.
    """
    if want.skus is None:
        return Statement(page)
    rows = page.cte("page")
    of_product = and_(
        skus.c.merchant_id == _MERCHANT, skus.c.product_id == rows.c.id, skus.c.for_sale == true()
    )
    columns = sku_columns(want.skus)
    order = [rows.c[name].desc() if down else rows.c[name].asc() for name in sort]
    inner = (
        select(*(column.label(f"sku_{at}") for at, column in enumerate(columns)), skus.c.place)
        .where(of_product)
        .order_by(skus.c.place)
        .correlate(rows)
        .lateral("sku")
    )
    lateral = (
        select(*rows.c, *(inner.c[f"sku_{at}"] for at in range(len(columns))))
        .select_from(rows.outerjoin(inner, true()))
        .order_by(*order, inner.c.place)
    )
    joined = (
        select(*rows.c, *columns).select_from(rows.outerjoin(skus, of_product)).order_by(*order, skus.c.place)
    )
    return Statement(joined, postgresql=lateral)


@lru_cache(maxsize=256)
def _page(shape: Shape, filter: _Filter, sort: ProductSort, want: ProductWant) -> Statement:
    keys = _SORTS[sort]
    page = (
        select(*_columns(want))
        .select_from(_tables(want))
        .where(*_kept(filter), *conditions(shape, keys))
        .order_by(*ordering(shape, keys))
        .limit(most(shape))
    )
    return _with_skus(
        page, want, [column.name for column in keys], down=shape.descending is not shape.backwards
    )


@lru_cache(maxsize=64)
def _count(filter: _Filter) -> Statement:
    return Statement(select(func.count()).select_from(products).where(*_kept(filter)))


@lru_cache(maxsize=64)
def _by_id(want: ProductWant) -> Statement:
    page = (
        select(*_columns(want))
        .select_from(_tables(want))
        .where(products.c.merchant_id == _MERCHANT, any_of(products.c.id, "ids"))
    )
    return _with_skus(page, want, ["id"])


@lru_cache(maxsize=64)
def _skus(want: SkuWant, by: str) -> Statement:
    """SKUs by id, code or barcode."""
    statement = select(*sku_columns(want)).where(skus.c.merchant_id == _MERCHANT)
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
_KEYS: Mapping[ProductSort, Callable[[Row], Key]] = {
    ProductSort.POSITION: lambda row: (row[3], row[0]),
    ProductSort.NAME: lambda row: (row[1], row[0]),
    ProductSort.NEWEST: lambda row: (row[0],),
}


@attrs.frozen
class SqlCatalog(Catalog):
    """What one actor sees of the catalog at one moment."""

    sight: Sight

    async def products(
        self, *, window: Window, filter: ProductFilter, sort: ProductSort, want: ProductWant, count: bool
    ) -> Slice[ProductCard]:
        shape = Shape.of(window, descending=sort is ProductSort.NEWEST)
        sought = Sought.of(filter.text)
        given = {
            "merchant_id": self.sight.actor.merchant_id,
            "category_id": filter.category,
            "brand_id": filter.brand,
        }
        asked = {name: value for name, value in given.items() if value is not None}

        def reader() -> Reader[Slice[ProductCard]]:
            rates = yield from self._rates(want.skus)
            text = None
            if sought is not None:
                text, words = yield from look_up(self.sight.actor.merchant_id, sought)
                asked.update(words)
            which = _Filter(filter.category is not None, filter.brand is not None, text, filter.in_stock)
            parameters = {**asked, **page_parameters(window), **_lists(rates)}
            rows = yield Ask(_page(shape, which, sort, want), parameters)
            total = (yield Ask(_count(which), asked))[0][0] if count else None
            heads, cards = yield from self._cards(rows, want, rates)
            return cut(heads, window, key=_KEYS[sort], nodes=page_of(cards, window), total=total)

        return await self.sight.read(reader)

    async def products_by_id(
        self, ids: Collection[ProductId], *, want: ProductWant
    ) -> Mapping[ProductId, ProductCard]:
        return await self.sight.read(lambda: self.read_products(ids, want)) if ids else {}

    async def skus_by_id(self, ids: Collection[SkuId], *, want: SkuWant) -> Mapping[SkuId, SkuCard]:
        return await self.sight.read(lambda: self.read_skus(ids, want)) if ids else {}

    async def find_sku(self, *, code: SkuCode | None, barcode: str | None, want: SkuWant) -> SkuCard | None:
        def reader() -> Reader[SkuCard | None]:
            rates = yield from self._rates(want)
            for by, text in (("code", code), ("barcode", barcode)):
                if text is not None:
                    asked = {"merchant_id": self.sight.actor.merchant_id, "text": text, **_lists(rates)}
                    rows = yield Ask(_skus(want, by), asked)
                    for card in (yield from self._sku_cards(rows, want, rates)):
                        return card
            return None

        return await self.sight.read(reader)

    async def categories(self, *, parent: CategoryId | None, want: CategoryWant) -> tuple[CategoryCard, ...]:
        asked = {"merchant_id": self.sight.actor.merchant_id}

        def reader() -> Reader[tuple[CategoryCard, ...]]:
            rows = (
                yield Ask(_ROOTS, asked) if parent is None else Ask(_CHILDREN, {**asked, "parent_id": parent})
            )
            return tuple((yield from self._category_cards(rows, want)))

        return await self.sight.read(reader)

    async def categories_by_id(
        self, ids: Collection[CategoryId], *, want: CategoryWant
    ) -> Mapping[CategoryId, CategoryCard]:
        return await self.sight.read(lambda: self.read_categories(ids, want)) if ids else {}

    async def brands(self) -> tuple[BrandCard, ...]:
        def reader() -> Reader[tuple[BrandCard, ...]]:
            rows = yield Ask(_BRANDS, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(BrandCard(brand_id(id), name) for id, name in rows)

        return await self.sight.read(reader)

    async def brands_by_id(self, ids: Collection[BrandId]) -> Mapping[BrandId, BrandCard]:
        def reader() -> Reader[Mapping[BrandId, BrandCard]]:
            rows = yield Ask(_BRANDS_BY_ID, self._ids(ids))
            return {brand_id(id): BrandCard(brand_id(id), name) for id, name in rows}

        return await self.sight.read(reader) if ids else {}

    def read_products(
        self, ids: Collection[ProductId], want: ProductWant
    ) -> Reader[Mapping[ProductId, ProductCard]]:
        """Read products below other rows."""
        rates = yield from self._rates(want.skus)
        rows = yield Ask(_by_id(want), {**self._ids(ids), **_lists(rates)})
        _, cards = yield from self._cards(rows, want, rates)
        return {card.id: card for card in cards}

    def read_skus(self, ids: Collection[SkuId], want: SkuWant) -> Reader[Mapping[SkuId, SkuCard]]:
        """Read SKUs below other rows."""
        rates = yield from self._rates(want)
        rows = yield Ask(_skus(want, "id"), {**self._ids(ids), **_lists(rates)})
        return {card.id: card for card in (yield from self._sku_cards(rows, want, rates))}

    def read_categories(
        self, ids: Collection[CategoryId], want: CategoryWant
    ) -> Reader[Mapping[CategoryId, CategoryCard]]:
        """Read categories below other rows."""
        rows = yield Ask(_CATEGORIES_BY_ID, self._ids(ids))
        return {card.id: card for card in (yield from self._category_cards(rows, want))}

    def _ids(self, ids: Collection[str]) -> dict[str, Any]:
        return {"merchant_id": self.sight.actor.merchant_id, "ids": sorted(ids)}

    def _rates(self, want: SkuWant | None) -> Reader[Rates | None]:
        """The rates, where prices are wanted and shown."""
        if want is None or not want.price or price_hidden_from(self.sight.actor) is not None:
            return None
        return (yield from read_rates(self.sight))

    def _cards(
        self, rows: Rows, want: ProductWant, rates: Rates | None
    ) -> Reader[tuple[Rows, list[ProductCard]]]:
        """Turn rows into products, each with the SKUs of its rows; answer with the first row of each, too."""
        heads = rows
        if want.skus is not None:
            heads, of_each = grouped(rows)
            with_sku = [row[PRODUCT:] for row in rows if row[PRODUCT] is not None]
            cards = iter((yield from self._sku_cards(with_sku, want.skus, rates)))
            skus_of = [tuple(islice(cards, many)) for many in of_each]
        else:
            skus_of = [()] * len(rows)
        parents: Mapping[CategoryId, CategoryCard] = {}
        if want.category is not None and want.category.parent is not None:
            above = {row[9] for row in heads if row[9] is not None}
            parents = (yield from self.read_categories(above, want.category.parent)) if above else {}
        return heads, [product_card(row, of_it, parents) for row, of_it in zip(heads, skus_of, strict=True)]

    def _sku_cards(self, rows: Rows, want: SkuWant, rates: Rates | None) -> Reader[list[SkuCard]]:
        products_: Mapping[ProductId, ProductCard] = {}
        if want.product is not None and rows:
            products_ = yield from self.read_products({row[13] for row in rows}, want.product)
        return sku_cards(rows, want, self.sight.actor, rates, products_)

    def _category_cards(self, rows: Rows, want: CategoryWant) -> Reader[list[CategoryCard]]:
        parents: Mapping[CategoryId, CategoryCard] = {}
        above = {row[2] for row in rows if row[2] is not None}
        if want.parent is not None and above:
            parents = yield from self.read_categories(above, want.parent)
        return [category_card(id, name, parent_id, parents) for id, name, parent_id in rows]


def _lists(rates: Rates | None) -> dict[str, Any]:
    return {"list_ids": [] if rates is None else rates.list_ids}
