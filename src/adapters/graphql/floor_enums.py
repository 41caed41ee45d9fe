"""The enums of floors as clients see them."""

from __future__ import annotations

from adapters.graphql.enums import declare
from domain.floors import PriceFlag
from domain.merchant import MarginGuard

declare(
    MarginGuard,
    description="What becomes of an order of which a line costs less than its floor.",
    values={
        "NONE": "Nothing.",
        "BLOCK": "It is refused.",
        "CAP": "Discounts are taken back as far as the floor; a price that is below it without any stays.",
        "APPROVAL": "It is refused, unless staff have approved the price for the customer.",
    },
)
declare(
    PriceFlag,
    description="What to look at before a price holds.",
    values={
        "BELOW_FLOOR": "It is lower than the floor of the SKU; of a base price also where a tier's share of it is.",
        "ABOVE_BASE": "At some quantity a tier pays more than the base price.",
    },
)
