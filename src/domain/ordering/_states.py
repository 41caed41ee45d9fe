"""Where an order stands, and where it can go from there."""

from __future__ import annotations

from enum import Enum


class OrderStatus(Enum):
    """Where an order stands."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    REJECTED = "REJECTED"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    EXPIRED = "EXPIRED"
    SUBMITTED = "SUBMITTED"
    CONFIRMED = "CONFIRMED"
    MODIFYING = "MODIFYING"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    COMPLETED = "COMPLETED"
    CLOSED_SHORT = "CLOSED_SHORT"
    CANCELLED = "CANCELLED"


class PaymentStatus(Enum):
    """What has been paid of an order."""

    UNPAID = "UNPAID"
    PARTIAL = "PARTIAL"
    PAID = "PAID"
    ON_CREDIT = "ON_CREDIT"
    OVERDUE = "OVERDUE"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class FulfillmentStatus(Enum):
    """What has been shipped of an order."""

    UNFULFILLED = "UNFULFILLED"
    PARTIAL = "PARTIAL"
    FULFILLED = "FULFILLED"
    DELIVERED = "DELIVERED"


MOVES = {
    OrderStatus.SUBMITTED: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED},
    OrderStatus.CONFIRMED: {OrderStatus.IN_FULFILLMENT, OrderStatus.CANCELLED},
    OrderStatus.IN_FULFILLMENT: {OrderStatus.COMPLETED, OrderStatus.CLOSED_SHORT},
}
DONE_STATUSES = frozenset(
    {
        OrderStatus.DRAFT,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
        OrderStatus.COMPLETED,
        OrderStatus.CLOSED_SHORT,
        OrderStatus.CANCELLED,
    }
)
"""While an order is in one of these, nobody waits for anything of it."""
FALLEN_STATUSES = frozenset(
    {OrderStatus.DRAFT, OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.CANCELLED}
)
"""In one of these nothing was bought: the order was never placed, or came to nothing."""
OPEN_STATUSES = frozenset({OrderStatus.SUBMITTED, OrderStatus.CONFIRMED})
"""While an order is in one of these, its stock is reserved."""


class Side(Enum):
    """On whose behalf somebody acts on an order."""

    BUYER = "BUYER"
    SELLER = "SELLER"
