"""Orders: a basket that was promised at its price, and the moves it can make."""

from domain.ordering._facts import (
    DeliveryDateInPast,
    FulfillmentStarted,
    IllegalMove,
    InvalidTerms,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderNotFound,
    OrderPlaced,
    PaymentMethodNotEnabled,
)
from domain.ordering._line import OrderLine
from domain.ordering._order import LONGEST_NOTE, LONGEST_NUMBER, Order, Terms, recomputed
from domain.ordering._states import (
    DONE_STATUSES,
    FALLEN_STATUSES,
    OPEN_STATUSES,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    Side,
)

__all__ = [
    "DONE_STATUSES",
    "FALLEN_STATUSES",
    "LONGEST_NOTE",
    "LONGEST_NUMBER",
    "OPEN_STATUSES",
    "DeliveryDateInPast",
    "FulfillmentStarted",
    "FulfillmentStatus",
    "IllegalMove",
    "InvalidTerms",
    "Order",
    "OrderCancelled",
    "OrderCompleted",
    "OrderConfirmed",
    "OrderLine",
    "OrderNotFound",
    "OrderPlaced",
    "OrderStatus",
    "PaymentMethodNotEnabled",
    "PaymentStatus",
    "Side",
    "Terms",
    "recomputed",
]
