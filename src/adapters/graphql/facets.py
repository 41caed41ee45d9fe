"""Facets: by what the goods that are found could be narrowed down, and how many would be left."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.catalog import BrandType, CategoryType
from adapters.graphql.context import Info
from adapters.graphql.filters import Filter
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.pricing import MoneyType
from adapters.graphql.requires import field, resolved
from adapters.graphql.wants import wanted_facets
from application.authorization import HiddenReason, Permission
from application.views.catalog import EVERYTHING
from application.views.facets import Facets
from domain.money import Currency, UnitPrice
from domain.price_ranges import MOST_EDGES

_COUNT = "How many products would be found with this alone in its facet, beside the rest of the filter."


@strawberry.type(
    name="CategoryFacet", description="A category, with how many products are in it or below it."
)
class CategoryFacetType:
    """Shows Counted[CategoryCard]."""

    choice: CategoryType = field(Permission.BROWSE, name="category", description="The category.")
    many: int = field(Permission.BROWSE, name="count", description=_COUNT)


@strawberry.type(name="BrandFacet", description="A brand, with how many products are of it.")
class BrandFacetType:
    """Shows Counted[BrandCard]."""

    choice: BrandType = field(Permission.BROWSE, name="brand", description="The brand.")
    many: int = field(Permission.BROWSE, name="count", description=_COUNT)


@strawberry.type(
    name="OptionValueFacet", description="A value of an option, with how many products come in it."
)
class OptionValueFacetType:
    """Shows Counted[str]."""

    choice: str = field(Permission.BROWSE, name="value", description="The value.")
    many: int = field(Permission.BROWSE, name="count", description=_COUNT)


@strawberry.type(name="OptionFacet", description="What can be chosen by one name.")
class OptionFacetType:
    """Shows OptionFacet."""

    name: str = field(Permission.BROWSE, description="What is chosen: the flavour, the size.")
    values: list[OptionValueFacetType] = field(
        Permission.BROWSE, description="The values, the most frequent first; at most 50."
    )


@strawberry.type(
    name="PriceRange",
    description="Prices from one up to, but not including, another: as `priceFrom` and `priceTo` of a filter.",
)
class PriceRangeType:
    """Shows PriceRange."""

    start: MoneyType | None = field(
        Permission.BROWSE, name="priceFrom", description="The lowest price in it; null where there is none."
    )
    end: MoneyType | None = field(
        Permission.BROWSE, name="priceTo", description="The lowest price above it; null where there is none."
    )


@strawberry.type(
    name="PriceFacet", description="A range of prices, with how many products cost the caller that."
)
class PriceFacetType:
    """Shows Counted[PriceRange]."""

    choice: PriceRangeType = field(Permission.BROWSE, name="range", description="The prices.")
    many: int = field(Permission.BROWSE, name="count", description=_COUNT)


Edges = Annotated[
    list[Decimal] | None,
    strawberry.argument(
        description="Between which prices `prices` are counted, at most 20; by default such that about as many "
        "products are in each of up to five ranges."
    ),
]


@strawberry.type(
    name="ProductFacets",
    description="By what the products that are found could be narrowed down. Only what the caller may see is counted, "
    "each facet with its own part of the filter left out: so other choices can be made in it.",
)
class ProductFacetsType:
    """Shows Facets."""

    total: int = field(Permission.BROWSE, description="How many products are found with the whole filter.")
    categories: list[CategoryFacetType] = field(
        Permission.BROWSE,
        description="The categories with products, in the order of the tree; at most 500, the most frequent.",
    )
    brands: list[BrandFacetType] = field(
        Permission.BROWSE, description="The brands with products, the most frequent first; at most 100."
    )
    options: list[OptionFacetType] = field(
        Permission.BROWSE, description="The options of their SKUs for sale, by name; at most 20."
    )
    in_stock: int = field(Permission.BROWSE, description="How many can be had.")
    out_of_stock: int = field(Permission.BROWSE, description="How many cannot.")
    bought_before: int = field(
        Permission.BROWSE, description="How many the caller's company has bought before."
    )
    prices: list[PriceFacetType] | None = field(
        Permission.BROWSE,
        description="What they cost the caller, by ranges, the lowest first: the price by which `PRICE_ASCENDING` "
        "sorts. What has no price is in none of them; null beside `pricesHidden`.",
    )
    prices_hidden: HiddenReason | None = field(
        Permission.BROWSE, description="Why prices are not counted, if so."
    )


@strawberry.type
class FacetQueries:
    """Counting goods."""

    @resolved(
        Permission.BROWSE,
        description="By what the products that a filter finds could be narrowed down, with counts.",
        graphql_type=ProductFacetsType,
    )
    @staticmethod
    async def product_facets(info: Info, filter: Filter = None, price_edges: Edges = None) -> Facets:
        currency = info.context.actor.merchant.currency
        edges = priced(price_edges or (), currency)
        which = EVERYTHING if filter is None else filter.asked(currency)
        if which is None:
            return Facets()
        return await info.context.views.catalog.facets(filter=which, want=wanted_facets(info), edges=edges)


def priced(edges: Sequence[Decimal], currency: Currency) -> tuple[UnitPrice, ...]:
    """Read prices.

    :raises BadInput: if one is none, or they are too many.
    """
    if len(edges) > MOST_EDGES:
        raise BadInput(Wrong.PRICES)
    try:
        return tuple(UnitPrice.of(edge, currency) for edge in edges)
    except ValueError:
        raise BadInput(Wrong.PRICES) from None
