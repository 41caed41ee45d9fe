"""Special prices in the database: what is offered, what was bought, and what orders kept."""

from adapters.persistence.special_prices._reading import read_offers
from adapters.persistence.special_prices._replay import changed_specials
from adapters.persistence.special_prices._storage import SqlSpecialPrices
from adapters.persistence.special_prices._tables import (
    order_specials,
    special_customers,
    special_of,
    special_prices,
)

__all__ = [
    "SqlSpecialPrices",
    "changed_specials",
    "order_specials",
    "read_offers",
    "special_customers",
    "special_of",
    "special_prices",
]
