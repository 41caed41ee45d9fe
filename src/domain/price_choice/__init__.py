"""Which price a customer gets: one of all the lists that are open to it, chosen as the merchant has decided.

By PRIORITY the lists are asked one after the other, the most binding first, and the first that has a price for the
quantity says it: the list first, then the break. By LOWEST all are asked, and the lowest price counts. Special prices
are tried on what comes of that. How a price came about can be told, step by step.
"""

from domain.price_choice._choosing import MOST_ASKED, NO_PRICES, SkuPrices, holding_at
from domain.price_choice._price import Price, PriceStage, PriceStep, broken_case

__all__ = [
    "MOST_ASKED",
    "NO_PRICES",
    "Price",
    "PriceStage",
    "PriceStep",
    "SkuPrices",
    "broken_case",
    "holding_at",
]
