"""Where prices come from and how they came about, as clients see it."""

from __future__ import annotations

from adapters.graphql.enums import declare
from domain.price_choice import PriceStage
from domain.pricing import PriceOutcome, PriceSource

declare(
    PriceSource,
    description="Where a price comes from, the most binding first.",
    values={
        "CONTRACT": "The customer's own contract.",
        "PRICE_LIST": "A price list for the customer, or for something that it belongs to.",
        "TIER": "The customer's price tier.",
        "BASE": "The merchant's base price.",
        "SPECIAL": "A special price, for a while and as long as there is enough at it.",
    },
)
declare(
    PriceOutcome,
    description="What came of a list, or of a special price, when a price was looked for.",
    values={
        "APPLIED": "It says the price, unless a more binding one does.",
        "BELOW_LOWEST_BREAK": "Its lowest break is not reached.",
        "NOT_LOWER": "Another says a lower price, and the lowest counts.",
        "CONTRACT_STAYS": "The price is one of a contract, and this does not go before it.",
        "NOT_ENOUGH_LEFT": "What is left at it is not enough for all that is ordered.",
    },
)
declare(
    PriceStage,
    description="A stage of pricing.",
    values={"LIST": "The lists, with their breaks and units.", "SPECIAL": "Special prices."},
)
