"""The order history as readers see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

import attrs

from application.views.pages import Slice, Window
from domain.customers import Address
from domain.identity import BuyerId, CustomerId, OrderId, SkuCode, SkuId
from domain.merchant import PaymentMethod
from domain.money import Money, UnitPrice
from domain.ordering import FulfillmentStatus, OrderStatus, PaymentStatus
from domain.pricing import PriceSource
from domain.quantity import Quantity


@attrs.frozen(kw_only=True)
class OrderWant:
    """What is asked for of an order beside its own columns."""

    lines: bool = False


@attrs.frozen(kw_only=True)
class OrderFilter:
    """Which orders: all of what is given must hold."""

    status: OrderStatus | None = None


ANY_ORDER = OrderFilter()


@attrs.frozen(kw_only=True)
class SkuHead:
    """What a SKU is called now, beside its id."""

    id: SkuId
    code: SkuCode
    name: str


@attrs.frozen(kw_only=True)
class OrderLineCard:
    """A line as it was promised; `sku` says what the SKU is called now."""

    sku: SkuHead
    sku_code: SkuCode
    sku_name: str
    unit_code: str
    unit_name: str
    quantity: Quantity
    unit_price: UnitPrice
    list_price: UnitPrice
    price_source: PriceSource
    total: Money


@attrs.frozen(kw_only=True)
class OrderCard:
    """An order as it appears in a list, with its lines where they were wanted."""

    id: OrderId
    number: str
    customer_id: CustomerId
    buyer_id: BuyerId
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    payment_method: PaymentMethod
    placed_at: datetime
    total: Money
    line_count: int
    requested_delivery_date: date | None = None
    purchase_order_number: str | None = None
    note: str | None = None
    address: Address | None = None
    lines: tuple[OrderLineCard, ...] = ()


class OrderHistory(Protocol):
    """Queries over the orders, opened for one actor at one moment.

    A buyer sees only orders of the company bought for, whatever is asked; staff see those of every customer; guests
    see none. Newest first, by the key (microseconds since 1970 when it was placed, id).
    """

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        """A page of all orders the actor may see."""
        ...

    async def newest_of(
        self,
        customer_ids: Collection[CustomerId],
        *,
        window: Window,
        filter: OrderFilter,
        want: OrderWant,
        count: bool,
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        """The same page of each of these customers' orders; an empty one where the actor may not see the customer."""
        ...

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        """The orders of these ids; what does not exist, or is not the actor's to see, is left out."""
        ...
