"""Orders: a basket that was promised at its price, and the moves it can make."""

from domain.ordering._amendment import LONGEST_REASON, Amendment
from domain.ordering._facts import (
    AdjustmentTooLarge,
    DeliveryDateInPast,
    FulfillmentStarted,
    IllegalMove,
    InvalidAdjustment,
    InvalidTerms,
    NotAdjustable,
    OrderAdjusted,
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
    "LONGEST_REASON",
    "OPEN_STATUSES",
    "AdjustmentTooLarge",
    "Amendment",
    "DeliveryDateInPast",
    "FulfillmentStarted",
    "FulfillmentStatus",
    "IllegalMove",
    "InvalidAdjustment",
    "InvalidTerms",
    "NotAdjustable",
    "Order",
    "OrderAdjusted",
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
