"""Orders: a basket that was promised at its price, and the moves it can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

import attrs

from domain.customers import Address
from domain.errors import DomainError
from domain.events import Event
from domain.identity import BuyerId, CustomerId, OrderId, ProductId, SkuCode, SkuId
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, UnitPrice
from domain.ownership import NOBODY, Owners
from domain.period import aware
from domain.pricing import PriceSource
from domain.promotions import OrderPromotion, PromotionInput, fold
from domain.quantity import NONE, Quantity
from domain.quoting import MOST_LINES, Quote, QuoteGift

LONGEST_NOTE = 500
LONGEST_NUMBER = 64


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


_MOVES = {
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


@attrs.frozen(kw_only=True)
class OrderLine:
    """One SKU in one unit, as it was promised: it never changes afterwards."""

    sku_id: SkuId
    sku_code: SkuCode
    sku_name: str
    product_id: ProductId
    unit_code: str
    unit_name: str
    quantity: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    base_quantity: Quantity = attrs.field(validator=attrs.validators.gt(NONE))
    unit_price: UnitPrice
    list_price: UnitPrice
    price_source: PriceSource
    total: Money
    """The price times the quantity."""
    discount: Money = attrs.field(
        default=attrs.Factory(lambda self: Money(0, self.total.currency), takes_self=True)
    )
    """What promotions took off it."""
    gift_value: Money | None = None
    """Of a gift: what it would have cost."""

    def __attrs_post_init__(self) -> None:
        if self.total != self.unit_price.times(self.quantity):
            raise ValueError("a line costs its price times its quantity")
        if not 0 <= self.discount.minor <= self.total.minor:
            raise ValueError("nothing takes off more than a line costs")
        if self.gift_value is not None and self.total.minor:
            raise ValueError("a gift costs nothing")

    @property
    def net(self) -> Money:
        """What the line costs after promotions."""
        return self.total - self.discount

    @classmethod
    def given(cls, one: QuoteGift) -> OrderLine:
        """A gift, in its base unit."""
        sku, gift = one.listing.sku, one.gift
        nothing = UnitPrice(0, one.unit_price.currency)
        return cls(
            sku_id=sku.id,
            sku_code=sku.code,
            sku_name=sku.name,
            product_id=one.listing.product_id,
            unit_code=sku.unit.code,
            unit_name=sku.unit.name,
            quantity=gift.quantity,
            base_quantity=gift.quantity,
            unit_price=nothing,
            list_price=one.unit_price,
            price_source=PriceSource.BASE,
            total=nothing.times(gift.quantity),
            gift_value=gift.value,
        )


@attrs.frozen(kw_only=True)
class Terms:
    """What the buyer asks for beside the goods."""

    payment_method: PaymentMethod
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.max_len(LONGEST_NUMBER))
    )
    note: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.max_len(LONGEST_NOTE))
    )
    address: Address | None = None


@attrs.frozen(kw_only=True)
class Order:
    """A promise to a customer: lines at their prices, to be paid and shipped."""

    id: OrderId
    number: str
    customer_id: CustomerId
    buyer_id: BuyerId
    placed_by_id: CustomerId | None = None
    """The company above that placed it for the customer; None where the customer did so itself."""
    owners: Owners = NOBODY
    """Who owned the customer when it was placed."""
    lines: tuple[OrderLine, ...] = attrs.field(validator=attrs.validators.min_len(1))
    """What was ordered, then what is given with it."""
    promotions: tuple[OrderPromotion, ...] = ()
    """What was taken off and given, in the order in which it was."""
    currency: Currency
    terms: Terms
    placed_at: datetime = attrs.field(validator=aware)
    status: OrderStatus = OrderStatus.SUBMITTED
    payment_status: PaymentStatus = PaymentStatus.UNPAID
    fulfillment_status: FulfillmentStatus = FulfillmentStatus.UNFULFILLED
    version: int = 0
    events: tuple[Event, ...] = attrs.field(default=(), eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if sum(line.gift_value is None for line in self.lines) > MOST_LINES:
            raise ValueError(f"at most {MOST_LINES} lines are ordered at once")

    @property
    def total(self) -> Money:
        """What the customer owes for it: the sum of its lines, after promotions."""
        return Money.total((line.net for line in self.lines), self.currency)

    @property
    def product_ids(self) -> frozenset[ProductId]:
        """The products that are in it."""
        return frozenset(line.product_id for line in self.lines)

    @property
    def stands(self) -> bool:
        """Whether what is in it was bought: it was placed, and has not come to nothing."""
        return self.status not in FALLEN_STATUSES

    @classmethod
    def place(
        cls,
        *,
        id: OrderId,
        customer_id: CustomerId,
        buyer_id: BuyerId,
        placed_by_id: CustomerId | None = None,
        owners: Owners = NOBODY,
        quote: Quote,
        terms: Terms,
        at: datetime,
    ) -> Order:
        """Turn a quote without problems into an order; its number is given when it is stored.

        :raises Refused: if the quote has problems.
        """
        quote = quote.or_refuse()
        lines = tuple(
            OrderLine(
                sku_id=line.listing.sku.id,
                sku_code=line.listing.sku.code,
                sku_name=line.listing.sku.name,
                product_id=line.listing.product_id,
                unit_code=line.pack.unit.code,
                unit_name=line.pack.unit.name,
                quantity=line.quantity,
                base_quantity=line.base_quantity,
                unit_price=line.price.unit_price,
                list_price=line.price.list_price,
                price_source=line.price.source,
                total=line.total,
                discount=line.discount or Money(0, quote.total.currency),
            )
            for line in quote.lines
            if line.listing
            and line.pack
            and line.quantity
            and line.base_quantity
            and line.price
            and line.total
        )
        if len(lines) != len(quote.lines):
            raise ValueError("a quote without problems has whole lines")
        order = cls(
            id=id,
            number="",
            customer_id=customer_id,
            buyer_id=buyer_id,
            placed_by_id=placed_by_id,
            owners=owners,
            lines=(*lines, *(OrderLine.given(one) for one in quote.given_now)),
            promotions=tuple(OrderPromotion.of(one) for one in quote.promotions.applied),
            currency=quote.total.currency,
            terms=terms,
            placed_at=at,
        )
        return attrs.evolve(order, events=(OrderPlaced(at=at, order_id=id),))

    def confirm(self, *, at: datetime) -> Order:
        """The merchant takes the order.

        :raises IllegalMove: if it is not waiting for that.
        """
        return self._move(OrderStatus.CONFIRMED, OrderConfirmed(at=at, order_id=self.id))

    def cancel(self, *, at: datetime, by: Side) -> Order:
        """Call the order off: the buyer until it is confirmed, the merchant until it is being shipped.

        :raises IllegalMove: if it is too late.
        """
        if by is Side.BUYER and self.status is OrderStatus.CONFIRMED:
            raise IllegalMove(self.id, self.status, OrderStatus.CANCELLED)
        return self._move(OrderStatus.CANCELLED, OrderCancelled(at=at, order_id=self.id, by=by))

    def start_fulfillment(self, *, at: datetime) -> Order:
        """Begin to pick and ship.

        :raises IllegalMove: if the order is not confirmed.
        """
        return self._move(OrderStatus.IN_FULFILLMENT, FulfillmentStarted(at=at, order_id=self.id))

    def complete(self, *, at: datetime) -> Order:
        """Everything was shipped and received.

        :raises IllegalMove: if the order is not being shipped.
        """
        done = self._move(OrderStatus.COMPLETED, OrderCompleted(at=at, order_id=self.id))
        return attrs.evolve(done, fulfillment_status=FulfillmentStatus.DELIVERED)

    def _move(self, wanted: OrderStatus, fact: Event) -> Order:
        if wanted not in _MOVES.get(self.status, ()):
            raise IllegalMove(self.id, self.status, wanted)
        return attrs.evolve(self, status=wanted, events=(*self.events, fact))


def recomputed(
    lines: Sequence[OrderLine], promotions: Sequence[OrderPromotion], given: PromotionInput
) -> bool:
    """Work out once more what promotions did to an order, of what it kept, and tell whether it is what it says."""
    folded = fold(given)
    ordered = [line for line in lines if line.gift_value is None]
    gifts = [line for line in lines if line.gift_value is not None]
    return (
        [(line.sku_id, line.base_quantity, line.total) for line in ordered]
        == [(line.sku_id, line.base_quantity, line.total) for line in given.lines]
        and tuple(line.discount for line in ordered) == folded.discounts
        and [(line.sku_id, line.base_quantity, line.gift_value) for line in gifts]
        == [(gift.sku_id, gift.quantity, gift.value) for gift in folded.gifts if gift.quantity]
        and tuple(promotions) == tuple(OrderPromotion.of(one) for one in folded.applied)
    )


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


@attrs.frozen
class IllegalMove(DomainError):
    """The order cannot go there from where it stands."""

    order_id: OrderId
    status: OrderStatus
    wanted: OrderStatus


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
