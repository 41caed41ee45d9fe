"""Facets: by what the goods that are found could be narrowed down, and how many would be left."""

from __future__ import annotations

import strawberry

from adapters.graphql.catalog import BrandType, CategoryType
from adapters.graphql.context import Info
from adapters.graphql.filters import Filter
from adapters.graphql.requires import field, resolved
from adapters.graphql.wants import wanted_facets
from application.authorization import Permission
from application.views.catalog import EVERYTHING
from application.views.facets import Facets

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


@strawberry.type
class FacetQueries:
    """Counting goods."""

    @resolved(
        Permission.BROWSE,
        description="By what the products that a filter finds could be narrowed down, with counts.",
        graphql_type=ProductFacetsType,
    )
    @staticmethod
    async def product_facets(info: Info, filter: Filter = None) -> Facets:
        which = EVERYTHING if filter is None else filter.asked(info.context.actor.merchant.currency)
        if which is None:
            return Facets()
        return await info.context.views.catalog.facets(filter=which, want=wanted_facets(info))
