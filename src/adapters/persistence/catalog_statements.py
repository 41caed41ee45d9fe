"""What is asked of the catalog for readers: the statements, built once for each shape of a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

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

from adapters.persistence.catalog import brands, categories, products, skus
from adapters.persistence.catalog_cards import sku_columns
from adapters.persistence.inventory import stock
from adapters.persistence.paging import Shape, conditions, most, ordering
from adapters.persistence.search import Found
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.visibility import visible
from application.views.catalog import ProductSort, ProductWant, SkuWant

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
SORTS: Mapping[ProductSort, tuple[ColumnElement[Any], ...]] = {
    ProductSort.POSITION: (products.c.position, products.c.id),
    ProductSort.NAME: (products.c.name, products.c.id),
    ProductSort.NEWEST: (products.c.id,),
}
_BRAND = products.outerjoin(
    brands, and_(brands.c.merchant_id == products.c.merchant_id, brands.c.id == products.c.brand_id)
)


@attrs.frozen
class Filter:
    """Which conditions there are, whatever their values."""

    category: bool
    brand: bool
    text: Found | None
    in_stock: bool | None
    limited: bool = False
    """Whether there may be goods that are kept from whoever asks."""


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
        products.c.pools_breaks,
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


def _kept(filter: Filter) -> list[ColumnElement[bool]]:
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
    if filter.limited:
        kept.append(visible(products.c.id))
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
def goods_page(shape: Shape, filter: Filter, sort: ProductSort, want: ProductWant) -> Statement:
    """A page of the goods that are for sale."""
    keys = SORTS[sort]
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
def goods_count(filter: Filter) -> Statement:
    """How many there are on all pages."""
    return Statement(select(func.count()).select_from(products).where(*_kept(filter)))


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
