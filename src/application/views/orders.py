"""The order history as readers see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import attrs

from application.views.catalog import SkuCard, SkuHead, SkuWant
from application.views.pages import Slice, Window
from domain.customers import Address
from domain.identity import BuyerId, CustomerId, OrderId, SkuCode, StaffId
from domain.merchant import PaymentMethod
from domain.money import Money, Percentage, UnitPrice
from domain.ordering import FulfillmentStatus, Order, OrderLine, OrderStatus, PaymentStatus
from domain.pricing import PriceSource
from domain.privacy import Veil
from domain.promotions import OrderPromotion
from domain.quantity import Quantity

if TYPE_CHECKING:
    from application.views.customers import BuyerCard, BuyerWant, CustomerCard, CustomerWant


@attrs.frozen(kw_only=True, cache_hash=True)
class LineWant:
    """What is asked for of an order's line beside its quantity, price and total, and what its SKU is called now."""

    details: bool = True
    """What was said of the SKU, the unit and the price when it was placed."""
    promoted: bool = True
    """What promotions took off it, or whether it is a gift."""
    weighed: bool = False
    """How it is weighed, and what it comes to by that; with what was taken off it."""
    sku: SkuWant | None = None
    """More of the SKU as it is now."""


@attrs.frozen(kw_only=True, cache_hash=True)
class OrderWant:
    """What is asked for of an order beside its number, its states, its total and when it was placed."""

    details: bool = True
    """How it is paid, when it is wanted, and the buyer's own number of it."""
    personal: bool = True
    """Where it goes, and what the buyer wrote."""
    lines: LineWant | None = None
    customer: CustomerWant | None = None
    buyer: BuyerWant | None = None
    placed_by: bool = False
    owners: bool = False
    """Who owned the customer when it was placed."""
    promotions: bool = False
    amended: bool = False
    """What was taken off the whole."""


@attrs.frozen(kw_only=True, cache_hash=True)
class OrderFilter:
    """Which orders: all of what is given must hold."""

    status: OrderStatus | None = None
    branches: bool = False
    """Of a customer: with those of every company below it."""


ANY_ORDER = OrderFilter()


@attrs.frozen(kw_only=True, cache_hash=True)
class OrdersWant:
    """Which page of a customer's orders, and what of each."""

    window: Window
    filter: OrderFilter = ANY_ORDER
    want: OrderWant
    count: bool = False


class CompanyCard(NamedTuple):
    """A company by its name: what those below it, and those it acts for, are shown of it."""

    id: CustomerId
    name: str


class SalesRepCard(NamedTuple):
    """A member of staff who looks after customers."""

    id: StaffId
    name: str


class LineWeightCard(NamedTuple):
    """What a line was to weigh and what it weighs, in the base unit as it was called; and what it comes to."""

    unit_code: str
    unit_name: str
    tolerance: Percentage
    nominal: Quantity
    actual: Quantity | None
    settled_total: Money
    """Its price times what it weighs, or times what was ordered until that is known."""
    settled_net: Money
    """What it costs by that after all that was taken off."""


class OrderLineCard(NamedTuple):
    """A line as it was promised; `sku` is the SKU as it is now, what it is called or more of it, None where it is not
    shown to whoever asks any more."""

    sku: SkuHead | SkuCard | None
    quantity: Quantity
    unit_price: UnitPrice
    total: Money
    sku_code: SkuCode | None = None
    sku_name: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    list_price: UnitPrice | None = None
    price_source: PriceSource | None = None
    discount: Money | None = None
    gift_value: Money | None = None
    weight: LineWeightCard | None = None

    @property
    def net(self) -> Money | None:
        """What it costs after promotions."""
        return None if self.discount is None else self.total - self.discount


class OrderCard(NamedTuple):
    """An order as its reader may see it; what was not wanted is left at its default."""

    id: OrderId
    number: str
    customer_id: CustomerId
    buyer_id: BuyerId
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    placed_at: datetime
    total: Money
    line_count: int
    payment_method: PaymentMethod | None = None
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = None
    note: str | None = None
    address: Address | None = None
    lines: tuple[OrderLineCard, ...] = ()
    customer: CustomerCard | None = None
    buyer: BuyerCard | None = None
    placed_by: CompanyCard | None = None
    """The customer itself, or the company above that placed it."""
    sales_rep: SalesRepCard | None = None
    agent: CompanyCard | None = None
    promotions: tuple[OrderPromotion, ...] = ()
    adjusted: Money | None = None
    rounded: Money | None = None
    settled_total: Money | None = None
    """What it comes to by what was weighed; None where nothing was."""

    @property
    def to_refund(self) -> Money | None:
        """What is to be paid back, where it comes to less than was promised."""
        return self._beyond(-1)

    @property
    def to_charge(self) -> Money | None:
        """What is to be charged, where it comes to more than was promised."""
        return self._beyond(1)

    def _beyond(self, sign: int) -> Money | None:
        if self.settled_total is None:
            return None
        return Money(max(0, sign * (self.settled_total - self.total).minor), self.total.currency)


class OrderHistory(Protocol):
    """Queries over the orders, opened for one actor at one moment.

    A buyer sees only orders of the company bought for and of those below it, whatever is asked; staff see those of
    every customer; guests see none. Newest first, by the key (microseconds since 1970 when it was placed, id).
    """

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        """A page of all orders the actor may see."""
        ...

    async def newest_of(
        self, customer_ids: Collection[CustomerId], want: OrdersWant
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        """The same page of each of these customers' orders; an empty one where the actor may not see the customer."""
        ...

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        """The orders of these ids; what does not exist, or is not the actor's to see, is left out."""
        ...


def card_of(order: Order, veil: Veil) -> OrderCard:
    """What there is to see of an order in itself, without its lines, by somebody to whom people are shown so."""
    return OrderCard(
        id=order.id,
        number=order.number,
        customer_id=order.customer_id,
        buyer_id=order.buyer_id,
        status=order.status,
        payment_status=order.payment_status,
        fulfillment_status=order.fulfillment_status,
        payment_method=order.terms.payment_method,
        placed_at=order.placed_at,
        total=order.total,
        line_count=len(order.lines),
        requested_delivery_date=order.terms.requested_delivery_date,
        purchase_order_number=order.terms.purchase_order_number,
        note=order.terms.note,
        address=order.terms.address and veil.address(order.terms.address),
        promotions=order.promotions,
        adjusted=order.adjusted,
        rounded=order.rounded,
        settled_total=order.settled_total,
    )


def weight_card(line: OrderLine) -> LineWeightCard | None:
    """What there is to see of how a line is weighed."""
    if line.weight is None:
        return None
    return LineWeightCard(
        unit_code=line.weight.unit_code,
        unit_name=line.weight.unit_name,
        tolerance=line.weight.tolerance,
        nominal=line.base_quantity,
        actual=line.weight.actual,
        settled_total=line.settled_total,
        settled_net=line.settled_net,
    )


def in_itself(want: OrderWant) -> bool:
    """Tell whether the order knows everything that is asked for, so that nothing has to be looked up."""
    below = (want.lines, want.customer, want.buyer)
    return all(one is None for one in below) and not want.placed_by and not want.owners
