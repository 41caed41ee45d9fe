"""Special prices: what there is, and what staff make of them."""

from adapters.graphql.special_prices._mutations import SpecialPriceMutations
from adapters.graphql.special_prices._types import (
    SpecialPriceConnection,
    SpecialPriceFilterInput,
    special_prices,
)

__all__ = [
    "SpecialPriceConnection",
    "SpecialPriceFilterInput",
    "SpecialPriceMutations",
    "special_prices",
]
