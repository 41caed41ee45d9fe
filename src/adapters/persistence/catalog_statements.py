"""What is asked of the catalog for readers: the statements, built once for each shape of a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from adapters.persistence.catalog import brands, categories, products, skus
from adapters.persistence.catalog_cards import sku_columns
from adapters.persistence.inventory import stock
from adapters.persistence.options import option_is
from adapters.persistence.paging import Shape, conditions, most, ordering
from adapters.persistence.purchases import bought, ever_ordered
from adapters.persistence.search import Found
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.visibility import visible
from application.views.catalog import ProductSort, ProductWant, SkuWant

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_FIRST, _LAST = (literal_column(rank, Integer()) for rank in "01")
_RANK = case((bought(products.c.id), _FIRST), else_=_LAST).label("rank")
"""What the company has bought before comes first."""
SORTS: Mapping[ProductSort, tuple[ColumnElement[Any], ...]] = {
    ProductSort.RELEVANCE: (_RANK, products.c.position, products.c.id),
    ProductSort.POSITION: (products.c.position, products.c.id),
    ProductSort.NAME: (products.c.name, products.c.id),
    ProductSort.NEWEST: (products.c.id,),
}
_OF_BRAND = and_(brands.c.merchant_id == products.c.merchant_id, brands.c.id == products.c.brand_id)
_ORDERED = ever_ordered()
_BOUGHT = _ORDERED.join(
    products, and_(products.c.merchant_id == _MERCHANT, products.c.id == _ORDERED.c.product_id)
)


@attrs.frozen
class Filter:
    """Which conditions there are, whatever their values."""

    category: bool = False
    categories: bool = False
    brand: bool = False
    brands: bool = False
    options: int = 0
    """How many options have to be met."""
    text: Found | None = None
    in_stock: bool | None = None
    bought: bool | None = None
    limited: bool = False
    """Whether there may be goods that are kept from whoever asks."""
    left_out: bool = False
    """Whether some are left out, which are known by their ids."""
    priced: bool = False
    """Whether it is known, by their ids, which have a price that is asked for."""


@attrs.frozen
class Part:
    """What has the same rank, and by which of the window's keys it is bounded; what was bought is the first part."""

    bought: bool | None
    """None where nobody looks who could have bought anything: then there is one part."""
    after: bool
    before: bool


def _columns(want: ProductWant, rank: ColumnElement[int] | None = None) -> list[ColumnElement[Any]]:
    nothing = null()
    ranked: ColumnElement[Any] = rank if rank is not None else _RANK if want.bought_before else nothing
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
        ranked.label("rank"),
        products.c.pools_breaks,
    ]


def _tables(want: ProductWant, goods: FromClause = products) -> Any:
    found: Any = goods.outerjoin(brands, _OF_BRAND) if want.brand else goods
    if want.category:
        of_product = and_(
            categories.c.merchant_id == products.c.merchant_id, categories.c.id == products.c.category_id
        )
        found = found.outerjoin(categories, of_product)
    return found


def sku_of_product(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Keep products that have a SKU for sale for which something holds."""
    same = (skus.c.merchant_id == products.c.merchant_id, skus.c.product_id == products.c.id)
    found = exists().where(*same, skus.c.merchant_id == _MERCHANT, skus.c.for_sale == true(), *conditions)
    return found.correlate_except(skus)


def can_be_had() -> ColumnElement[bool]:
    """Keep SKUs of which something is available."""
    return exists().where(
        stock.c.merchant_id == _MERCHANT, stock.c.sku_id == skus.c.id, stock.c.available > 0
    )


def _below(top_is: Callable[[FromClause], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Keep products in categories and what is below them."""
    within, top = categories.alias("within"), categories.alias("top")
    subtree = select(within.c.id).where(
        within.c.merchant_id == _MERCHANT,
        top.c.merchant_id == _MERCHANT,
        top_is(top),
        func.substr(within.c.path, 1, func.length(top.c.path)) == top.c.path,
    )
    return products.c.category_id.in_(subtree)


def kept(filter: Filter) -> list[ColumnElement[bool]]:
    """What holds for the products that are listed."""
    options = [option_is(skus.c.options, at) for at in range(filter.options)]
    found: list[ColumnElement[bool]] = [
        products.c.merchant_id == _MERCHANT,
        products.c.for_sale == true(),
        sku_of_product(*options),
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
        found.append(products.c.category_id.in_(subtree))
    if filter.categories:
        found.append(_below(lambda top: any_of(top.c.id, "category_ids")))
    if filter.brand:
        found.append(products.c.brand_id == bindparam("brand_id"))
    if filter.brands:
        found.append(any_of(products.c.brand_id, "brand_ids"))
    if filter.text:
        found.append(filter.text.condition)
    if filter.in_stock is not None:
        any_sku = sku_of_product(*options, can_be_had())
        found.append(any_sku if filter.in_stock else ~any_sku)
    if filter.bought is not None:
        before = bought(products.c.id)
        found.append(before if filter.bought else ~before)
    if filter.limited:
        found.append(visible(products.c.id))
    if filter.priced:
        found.append(any_of(products.c.id, "priced"))
    if filter.left_out:
        found.append(~any_of(products.c.id, "left_out"))
    return found


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
def goods_page(shape: Shape, filter: Filter, sort: ProductSort, want: ProductWant) -> Statement:
    """A page of the goods that are for sale."""
    keys = SORTS[sort]
    page = (
        select(*_columns(want, _RANK if sort is ProductSort.RELEVANCE else None))
        .select_from(_tables(want))
        .where(*kept(filter), *conditions(shape, keys))
        .order_by(*ordering(shape, keys))
        .limit(most(shape))
    )
    return _with_skus(
        page, want, [column.name for column in keys], down=shape.descending is not shape.backwards
    )


@lru_cache(maxsize=256)
def relevant_page(shape: Shape, parts: tuple[Part, ...], filter: Filter, want: ProductWant) -> Statement:
    """A page of goods by relevance, where many are found: each part is looked through in its order till it is full.

    What was bought is looked up product by product, however the list is indexed: it is little.
    """
    place = (products.c.position, products.c.id)
    pages = []
    for part in parts:
        bounded = conditions(attrs.evolve(shape, after=part.after, before=part.before), place)
        goods: FromClause = products
        which: list[ColumnElement[bool]] = []
        sort: tuple[ColumnElement[Any], ...] = place
        if part.bought:
            goods, which = _BOUGHT, [bought(products.c.id)]
            sort = (products.c.position + literal_column("0", Integer()), products.c.id)
        elif part.bought is not None:
            which = [~bought(products.c.id)]
        one = (
            select(*_columns(want, _FIRST if part.bought else _LAST))
            .select_from(_tables(want, goods))
            .where(*kept(filter), *which, *bounded)
            .order_by(*ordering(shape, sort))
            .limit(most(shape))
        )
        pages.append(select(one.subquery()))
    found = union_all(*pages).subquery("found")
    names = ("rank", "position", "id")
    page = select(found).order_by(*ordering(shape, [found.c[name] for name in names])).limit(most(shape))
    return _with_skus(page, want, names, down=shape.backwards)


@lru_cache(maxsize=64)
def goods_count(filter: Filter) -> Statement:
    """How many there are on all pages."""
    return Statement(select(func.count()).select_from(products).where(*kept(filter)))


@lru_cache(maxsize=64)
def goods_by_id(want: ProductWant, *, limited: bool) -> Statement:
    """Products by id, those not for sale too."""
    shown = (visible(products.c.id),) if limited else ()
    page = (
        select(*_columns(want))
        .select_from(_tables(want))
        .where(products.c.merchant_id == _MERCHANT, any_of(products.c.id, "ids"), *shown)
    )
    return _with_skus(page, want, ["id"])


@lru_cache(maxsize=64)
def skus_by(want: SkuWant, by: str, *, limited: bool) -> Statement:
    """SKUs by id, code or barcode, those not for sale too."""
    shown = (visible(skus.c.product_id),) if limited else ()
    statement = select(*sku_columns(want)).where(skus.c.merchant_id == _MERCHANT, *shown)
    if by == "id":
        return Statement(statement.where(any_of(skus.c.id, "ids")))
    column = skus.c.code if by == "code" else skus.c.barcode
    return Statement(statement.where(column == bindparam("text")).order_by(skus.c.code).limit(1))


_CATEGORY = (categories.c.id, categories.c.name, categories.c.parent_id)
CHILDREN = Statement(
    select(*_CATEGORY)
    .where(categories.c.merchant_id == _MERCHANT, categories.c.parent_id == bindparam("parent_id"))
    .order_by(categories.c.position, categories.c.id)
)
ROOTS = Statement(
    select(*_CATEGORY)
    .where(categories.c.merchant_id == _MERCHANT, categories.c.parent_id.is_(None))
    .order_by(categories.c.position, categories.c.id)
)
CATEGORY_TREE = Statement(
    select(*_CATEGORY, categories.c.position)
    .where(categories.c.merchant_id == _MERCHANT)
    .order_by(categories.c.position, categories.c.id)
)
CATEGORIES_BY_ID = Statement(
    select(*_CATEGORY).where(categories.c.merchant_id == _MERCHANT, any_of(categories.c.id, "ids"))
)
BRANDS = Statement(
    select(brands.c.id, brands.c.name)
    .where(brands.c.merchant_id == _MERCHANT)
    .order_by(brands.c.name, brands.c.id)
)
BRANDS_BY_ID = Statement(
    select(brands.c.id, brands.c.name).where(brands.c.merchant_id == _MERCHANT, any_of(brands.c.id, "ids"))
)
