"""How many goods are found for each choice that could be made, in a few statements however many goods there are.

One statement counts what is found by category, brand, stock and purchases together; its rows are few, and every facet
is a sum of some of them: of those that the rest of the filter keeps. Options are counted by another, because a product
has several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import attrs
import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)

from adapters.persistence.catalog import products, skus
from adapters.persistence.catalog_statements import (
    BRANDS_BY_ID,
    CATEGORY_TREE,
    Filter,
    can_be_had,
    kept,
    sku_of_product,
)
from adapters.persistence.made import brand_id, category_id
from adapters.persistence.options import option_is
from adapters.persistence.purchases import bought
from adapters.persistence.statements import Ask, Reader, Rows, Statement
from application.views.catalog import BrandCard, CategoryCard, ProductFilter
from application.views.facets import MOST_PAIRS, Counted, Facets, FacetsWant
from domain.catalog import Option
from domain.identity import BrandId, CategoryId

_YES, _NO = (literal_column(flag, Integer()) for flag in "10")


def _flag(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return case((holds, _YES), else_=_NO)


@attrs.frozen
class _Cube:
    """By what it is counted."""

    category: bool
    brand: bool
    stock: bool
    bought: bool

    @classmethod
    def of(cls, want: FacetsWant) -> _Cube:
        return cls(
            category=want.categories is not None,
            brand=want.brands,
            stock=want.stock,
            bought=want.bought_before,
        )

    def left(self, filter: Filter) -> Filter:
        """The conditions that are left: what it is counted by is none."""
        return attrs.evolve(
            filter,
            category=filter.category and not self.category,
            categories=filter.categories and not self.category,
            brand=filter.brand and not self.brand,
            brands=filter.brands and not self.brand,
            in_stock=None if self.stock else filter.in_stock,
            bought=None if self.bought else filter.bought,
        )


def widened(filter: Filter, want: FacetsWant) -> Filter:
    """The filter without all that any facet is counted without: what is counted is among what this finds."""
    by = _Cube.of(want)
    return attrs.evolve(by.left(filter), options=0 if want.options else filter.options)


@lru_cache(maxsize=256)
def _counted(filter: Filter, by: _Cube) -> Statement:
    """How many there are of each kind; what they are counted by is no condition."""
    left = by.left(filter)
    nothing = null()
    options = [option_is(skus.c.options, at) for at in range(filter.options)]
    kinds = (
        (products.c.category_id if by.category else nothing).label("category_id"),
        (products.c.brand_id if by.brand else nothing).label("brand_id"),
        (_flag(sku_of_product(*options, can_be_had())) if by.stock else nothing).label("stocked"),
        (_flag(bought(products.c.id)) if by.bought else nothing).label("bought"),
    )
    found = select(*kinds).select_from(products).where(*kept(left))
    plain, once = found.subquery("found"), found.cte("found").prefix_with("MATERIALIZED")
    return Statement(_by_kind(plain), sqlite=_by_kind(once))


def _by_kind(found: FromClause) -> Select[Any]:
    """Count by all columns; SQLite would work each of them out twice where what is found is not put down first."""
    return select(*found.c, func.count()).group_by(*found.c)


def _options_chosen(
    filter: Filter, chosen: FromClause, pair: ColumnElement[str], name: ColumnElement[str]
) -> Any:
    """How many products there are with each option, on a SKU that meets what else is asked for."""
    left = attrs.evolve(filter, options=0, in_stock=None)
    of_product = and_(
        skus.c.merchant_id == products.c.merchant_id,
        skus.c.product_id == products.c.id,
        skus.c.merchant_id == bindparam("merchant_id"),
        skus.c.for_sale == true(),
    )
    others = [
        or_(name == bindparam(f"option_name_{at}", type_=Text()), option_is(skus.c.options, at))
        for at in range(filter.options)
    ]
    each = (
        select(products.c.id, pair.label("pair"))
        .select_from(products.join(skus, of_product), chosen)
        .where(*kept(left), *others)
        .group_by(products.c.id, pair)
    )
    if filter.in_stock is not None:
        each = each.having(func.max(_flag(can_be_had())) == (_YES if filter.in_stock else _NO))
    found = each.subquery("found")
    many = func.count()
    return (
        select(found.c.pair, many)
        .group_by(found.c.pair)
        .order_by(many.desc(), found.c.pair)
        .limit(MOST_PAIRS)
    )


@lru_cache(maxsize=256)
def _options(filter: Filter) -> Statement:
    here = func.json_each(skus.c.options).table_valued("value", name="chosen")
    on_sqlite = _options_chosen(filter, here, here.c.value, func.json_extract(here.c.value, "$[0]"))
    pairs = func.json_array_elements_text(cast(skus.c.options, JSON))
    there = pairs.table_valued("pair", name="chosen").render_derived()
    first = cast(there.c.pair, JSON).op("->>", return_type=Text())(literal_column("0", Integer()))
    on_postgres = _options_chosen(filter, there, there.c.pair, first)
    return Statement(on_sqlite, postgresql=on_postgres)


def read_facets(
    filter: ProductFilter, which: Filter, want: FacetsWant, asked: Mapping[str, Any]
) -> Reader[Facets]:
    """Count; `which` and `asked` are the filter as statements have it."""
    by = _Cube.of(want)
    rows = yield Ask(_counted(which, by), asked)
    tree = (yield from _tree(asked)) if want.categories is not None else {}
    sums = _summed(rows, filter, by, tree)
    brands: dict[BrandId, str] = {}
    if sums.brands:
        named = yield Ask(BRANDS_BY_ID, {"merchant_id": asked["merchant_id"], "ids": sorted(sums.brands)})
        brands = {brand_id(id): name for id, name in named}
    options: Rows = (yield Ask(_options(which), asked)) if want.options else []
    return Facets(
        total=sums.total,
        categories=()
        if want.categories is None
        else Facets.categories_of(sums.categories, tree, want.categories),
        brands=Facets.brands_of(Counted(BrandCard(id, name), sums.brands[id]) for id, name in brands.items()),
        options=Facets.options_of((Option(*orjson.loads(pair)), many) for pair, many in options),
        in_stock=sums.stocked[1],
        out_of_stock=sums.stocked[0],
        bought_before=sums.bought[1],
    )


def _tree(asked: Mapping[str, Any]) -> Reader[dict[CategoryId, CategoryCard]]:
    """Every category, siblings in their order."""
    rows = yield Ask(CATEGORY_TREE, {"merchant_id": asked["merchant_id"]})
    return {
        category_id(id): CategoryCard(
            category_id(id), name, None if parent_id is None else category_id(parent_id)
        )
        for id, name, parent_id, _ in rows
    }


@attrs.define
class _Sums:
    total: int = 0
    categories: Counter[CategoryId] = attrs.Factory(Counter)
    brands: Counter[BrandId] = attrs.Factory(Counter)
    stocked: Counter[int] = attrs.Factory(Counter)
    bought: Counter[int] = attrs.Factory(Counter)


def _summed(rows: Rows, filter: ProductFilter, by: _Cube, tree: Mapping[CategoryId, CategoryCard]) -> _Sums:
    """Add up for each facet what the other parts of the filter keep."""
    sums = _Sums()
    above = _ways_up(tree)
    for category, brand, stocked, before, many in rows:
        way = above(category)
        misses = [
            by.category and not _in_category(way, filter),
            by.brand and not _of_brand(brand, filter),
            by.stock and filter.in_stock not in (None, bool(stocked)),
            by.bought and filter.bought_before not in (None, bool(before)),
        ]
        if not any(misses):
            sums.total += many
        in_category, of_brand, in_stock, was_bought = (
            not any(misses[:at] + misses[at + 1 :]) for at in range(len(misses))
        )
        if in_category:
            for one in way:
                sums.categories[one] += many
        if by.brand and brand is not None and of_brand:
            sums.brands[brand_id(brand)] += many
        if by.stock and in_stock:
            sums.stocked[stocked] += many
        if by.bought and was_bought:
            sums.bought[before] += many
    return sums


def _ways_up(
    tree: Mapping[CategoryId, CategoryCard],
) -> Callable[[str | None], tuple[CategoryId, ...]]:
    """Find a category and those above it, where the tree is known."""

    @cache
    def way(id: str | None) -> tuple[CategoryId, ...]:
        card = None if id is None else tree.get(category_id(id))
        return () if card is None else (card.id, *way(card.parent_id))

    return way


def _in_category(way: tuple[CategoryId, ...], filter: ProductFilter) -> bool:
    one, some = filter.category, filter.categories
    return (one is None or one in way) and (not some or not some.isdisjoint(way))


def _of_brand(brand: str | None, filter: ProductFilter) -> bool:
    return filter.brand in (None, brand) and (not filter.brands or brand in filter.brands)
