"""Which goods are listed or counted, as arguments say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.scalars import AnyId, known, searched
from application.views.catalog import OptionFilter, ProductFilter
from domain.identity import BrandId, CategoryId
from domain.money import Currency, UnitPrice
from domain.price_ranges import PriceRange

MOST_CHOICES = 50
"""So many categories, brands or values of an option are asked for at once; and so many options, a fifth."""


@strawberry.input(name="OptionFilter", description="A choice that a SKU was made by, one of several.")
class OptionFilterInput:
    """Read as OptionFilter."""

    name: str = strawberry.field(description="What is chosen: the flavour, the size; each once.")
    values: list[str] = strawberry.field(description="Any of these, 1 to 50.")

    def asked(self) -> OptionFilter:
        """:raises BadInput: if there is no value, or too many."""
        if not 0 < len(self.values) <= MOST_CHOICES:
            raise BadInput(Wrong.CHOICES)
        return OptionFilter(name=self.name, values=frozenset(self.values))


@strawberry.input(name="ProductFilter", description="Which goods: all of what is given must hold.")
class ProductFilterInput:
    """Read as ProductFilter."""

    category: strawberry.ID | None = strawberry.field(
        description="In this category or below it.", default=None
    )
    categories: list[strawberry.ID] | None = strawberry.field(
        description="In one of these categories or below it, at most 50; an empty list asks for nothing.",
        default=None,
    )
    brand: strawberry.ID | None = strawberry.field(description="Of this brand.", default=None)
    brands: list[strawberry.ID] | None = strawberry.field(
        description="Of one of these brands, at most 50; an empty list asks for nothing.", default=None
    )
    text: str | None = strawberry.field(
        description=(
            "A part of the product's name, or of a SKU's name, code or barcode, or of how these are read: in pinyin "
            "(ningmengcha) or by its initials (nmc). The case and width of letters do not matter. At most 200 "
            "characters; none, or only spaces, find everything."
        ),
        default=None,
    )
    options: list[OptionFilterInput] | None = strawberry.field(
        description="With a SKU for sale that meets all of these, at most 10.", default=None
    )
    in_stock: bool | None = strawberry.field(
        description="Only what can be had, or only what cannot; where there are options, in a SKU that meets them.",
        default=None,
    )
    bought_before: bool | None = strawberry.field(
        description="Only what the caller's company has bought before, or only what it has not.", default=None
    )

    price_from: Decimal | None = strawberry.field(
        description="Only what costs the caller this much or more: the lowest price of its SKUs for sale, each for one "
        "of its base unit where `minQuantity` of it is bought. Refused where prices are hidden from the caller.",
        default=None,
    )
    price_to: Decimal | None = strawberry.field(
        description="Only what costs the caller less than this.", default=None
    )

    def asked(self, currency: Currency) -> ProductFilter | None:
        """Read the filter; None where an id in it can match nothing.

        :raises BadInput: if there is too much in it, an option comes twice, or its prices are none.
        """
        category, brand = known(CategoryId, self.category), known(BrandId, self.brand)
        categories, brands = known_of(CategoryId, self.categories), known_of(BrandId, self.brands)
        options = tuple(one.asked() for one in self.options or ())
        if len(options) > MOST_CHOICES // 5 or len({one.name for one in options}) < len(options):
            raise BadInput(Wrong.CHOICES)
        price = _range(self.price_from, self.price_to, currency)
        nothing = (
            (self.category is not None and category is None)
            or (self.brand is not None and brand is None)
            or (bool(self.categories) and not categories)
            or (bool(self.brands) and not brands)
        )
        if nothing:
            return None
        return ProductFilter(
            category=category,
            categories=categories,
            brand=brand,
            brands=brands,
            text=searched(self.text),
            options=options,
            in_stock=self.in_stock,
            bought_before=self.bought_before,
            price=price,
        )


def _range(start: Decimal | None, end: Decimal | None, currency: Currency) -> PriceRange | None:
    """:raises BadInput: if one of them is no price, or the range would be empty."""
    if start is None and end is None:
        return None
    try:
        low, high = (None if one is None else UnitPrice.of(one, currency) for one in (start, end))
        return PriceRange(low, high)
    except ValueError:
        raise BadInput(Wrong.PRICES) from None


def known_of(kind: type[AnyId], texts: list[strawberry.ID] | None) -> frozenset[AnyId]:
    """Read ids of which any one will do; those that can be none are left out.

    :raises BadInput: if there are too many.
    """
    if len(texts or ()) > MOST_CHOICES:
        raise BadInput(Wrong.CHOICES)
    return frozenset(id for text in texts or () if (id := known(kind, text)))


Filter = Annotated[ProductFilterInput | None, strawberry.argument(description="Which goods; all by default.")]
