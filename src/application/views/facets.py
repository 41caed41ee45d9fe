"""By what goods that are found could be narrowed down, and how many would be left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

import attrs

from application.authorization import HiddenReason
from application.views.catalog import BrandCard, CategoryCard, CategoryWant
from domain.catalog import Option
from domain.identity import CategoryId
from domain.money import UnitPrice
from domain.price_ranges import PriceRange, parted, usual_edges

T = TypeVar("T")


@attrs.frozen(kw_only=True, cache_hash=True)
class FacetsWant:
    """Which facets are asked for beside the total."""

    categories: CategoryWant | None = None
    brands: bool = False
    options: bool = False
    stock: bool = False
    bought_before: bool = False
    prices: bool = False


class Counted(NamedTuple, Generic[T]):
    """A choice, and how many products are found with it alone in its facet."""

    choice: T
    many: int


class OptionFacet(NamedTuple):
    """What can be chosen by one name, the most frequent first, then by value."""

    name: str
    values: tuple[Counted[str], ...]


MOST_CATEGORIES, MOST_BRANDS, MOST_OPTIONS, MOST_VALUES = 500, 100, 20, 50
"""So many choices a facet has at most: the most frequent."""
MOST_PAIRS = 2_000
"""So many values of all options together are looked at."""


@attrs.frozen(kw_only=True)
class Facets:
    """How many products are found, and by what they could be narrowed down; what was not wanted is left out."""

    total: int = 0
    """With the whole filter."""
    categories: tuple[Counted[CategoryCard], ...] = ()
    """Each counts what is below it; in the order of the tree."""
    brands: tuple[Counted[BrandCard], ...] = ()
    """The most frequent first, then by name."""
    options: tuple[OptionFacet, ...] = ()
    """By name."""
    in_stock: int = 0
    out_of_stock: int = 0
    bought_before: int = 0
    prices: tuple[Counted[PriceRange], ...] | None = None
    """The lowest first; None where nobody tells, or it was not wanted."""
    prices_hidden: HiddenReason | None = None

    @staticmethod
    def brands_of(counted: Iterable[Counted[BrandCard]]) -> tuple[Counted[BrandCard], ...]:
        """Sort the brands, and leave out the least frequent."""
        order = sorted(counted, key=lambda one: (-one.many, one.choice.name, one.choice.id))
        return tuple(order[:MOST_BRANDS])

    @staticmethod
    def prices_of(
        prices: Iterable[UnitPrice | None], edges: Collection[UnitPrice]
    ) -> tuple[Counted[PriceRange], ...]:
        """Count prices between these, or else between the usual ones; what nobody costs is left out."""
        known = [price for price in prices if price is not None]
        ranges = parted(edges or usual_edges(known))
        counted = (Counted(one, sum(price in one for price in known)) for one in ranges)
        return tuple(one for one in counted if one.many)

    @staticmethod
    def options_of(counted: Iterable[tuple[Option, int]]) -> tuple[OptionFacet, ...]:
        """Sort what can be chosen, and leave out the least frequent."""
        by_name: dict[str, list[Counted[str]]] = {}
        for option, count in sorted(counted, key=lambda one: (-one[1], one[0].name, one[0].value))[
            :MOST_PAIRS
        ]:
            by_name.setdefault(option.name, []).append(Counted(option.value, count))
        facets = [OptionFacet(name, tuple(values[:MOST_VALUES])) for name, values in by_name.items()]
        return tuple(sorted(facets[:MOST_OPTIONS], key=lambda one: one.name))

    @staticmethod
    def categories_of(
        counted: Mapping[CategoryId, int], tree: Mapping[CategoryId, CategoryCard], want: CategoryWant
    ) -> tuple[Counted[CategoryCard], ...]:
        """Put the categories into the order of the tree, which goes by siblings as they are given in the mapping, and
        leave out the least frequent: none is left out before what is below it."""
        places = {id: at for at, id in enumerate(tree)}
        ways = {id: tuple(reversed([*_upwards(id, tree)])) for id in counted}
        kept = sorted(counted, key=lambda id: (-counted[id], len(ways[id]), places[id]))[:MOST_CATEGORIES]
        in_order = sorted(kept, key=lambda id: [places[one] for one in ways[id]])
        return tuple(Counted(_with_parents(tree[id], tree, want), counted[id]) for id in in_order)


def _upwards(id: CategoryId | None, tree: Mapping[CategoryId, CategoryCard]) -> Iterator[CategoryId]:
    while id is not None:
        yield id
        id = tree[id].parent_id


def _with_parents(
    card: CategoryCard, tree: Mapping[CategoryId, CategoryCard], want: CategoryWant
) -> CategoryCard:
    if want.parent is None or card.parent_id is None:
        return card
    return card._replace(parent=_with_parents(tree[card.parent_id], tree, want.parent))
