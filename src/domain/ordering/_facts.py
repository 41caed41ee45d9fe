"""What happens to orders, and what is refused."""

from __future__ import annotations

from datetime import date

import attrs

from domain.errors import DomainError
from domain.events import Event
from domain.identity import OrderId
from domain.merchant import PaymentMethod
from domain.money import Money
from domain.ordering._states import OrderStatus, Side
from domain.quantity import Quantity


@attrs.frozen(kw_only=True)
class OrderPlaced(Event):
    """A customer ordered."""

    order_id: OrderId


@attrs.frozen(kw_only=True)
class OrderConfirmed(Event):
    """The merchant took the order."""

    order_id: OrderId


@attrs.frozen(kw_only=True)
class OrderCancelled(Event):
    """The order was called off."""

    order_id: OrderId
    by: Side


@attrs.frozen(kw_only=True)
class FulfillmentStarted(Event):
    """The order is being picked and shipped."""

    order_id: OrderId


@attrs.frozen(kw_only=True)
class OrderCompleted(Event):
    """Everything of the order arrived."""

    order_id: OrderId


@attrs.frozen(kw_only=True)
class OrderAdjusted(Event):
    """Staff took something off the order as a whole, or took that back."""

    order_id: OrderId


@attrs.frozen(kw_only=True)
class OrderWeighed(Event):
    """Staff said what lines of the order weigh."""

    order_id: OrderId


@attrs.frozen
class IllegalMove(DomainError):
    """The order cannot go there from where it stands."""

    order_id: OrderId
    status: OrderStatus
    wanted: OrderStatus


@attrs.frozen
class NotAmendable(DomainError):
    """What the order comes to cannot be changed so any more, or not yet.

    STATUS: to be weighed it has to be confirmed, for something to be taken off submitted or confirmed. PAID: something
    was paid. WEIGHED: its goods are weighed.
    """

    order_id: OrderId
    status: OrderStatus
    reason: str


@attrs.frozen
class AdjustmentTooLarge(DomainError):
    """More would be taken off the order than it costs."""

    most: Money


@attrs.frozen
class OutsideTolerance(DomainError):
    """A line weighs more or less than is tolerated, and nobody has accepted that; both in the base unit."""

    lowest: Quantity
    highest: Quantity
    line: int = 0
    """Where the weight stood among those that were said."""


@attrs.frozen
class MoreThanInStock(DomainError):
    """A line weighs more than can be reserved for it by the books, in the base unit: the stock has to be counted."""

    available: Quantity
    line: int = 0
    """Where the weight stood among those that were said."""


@attrs.frozen
class InvalidWeighing(DomainError):
    """A weight that cannot be said.

    LINE: the order has no such line. NOT_WEIGHED: the line costs what was ordered. WEIGHT: it is nothing, or no
    quantity. TWICE: the line was named before. REASON: what is beyond the tolerance is accepted for a reason, and none
    is too long. COUNT: there are none, or more than an order has lines.
    """

    reason: str
    line: int = 0


@attrs.frozen
class InvalidAdjustment(DomainError):
    """Nothing can be taken off so.

    WHAT: it is neither an amount nor a rounding, or both. AMOUNT: it is none of the currency. REASON: it is missing,
    too long, or cannot be kept.
    """

    reason: str


@attrs.frozen
class OrderNotFound(DomainError):
    """There is no such order for whoever asks."""


@attrs.frozen
class PaymentMethodNotEnabled(DomainError):
    """The merchant does not take this way of paying."""

    method: PaymentMethod
    enabled: tuple[PaymentMethod, ...]


@attrs.frozen
class DeliveryDateInPast(DomainError):
    """The day asked for is over, in the merchant's time zone."""

    today: date


@attrs.frozen
class InvalidTerms(DomainError):
    """Something asked for beside the goods is too long, has characters that cannot be kept, or is not a number."""

    field: str
