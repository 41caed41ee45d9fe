"""Placing, confirming and cancelling orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.baskets import OrderLineInput, basket
from adapters.graphql.context import Context, Info
from adapters.graphql.coupon_use import COUPONS
from adapters.graphql.inputs import directly
from adapters.graphql.messages import BadInput, Wrong
from adapters.graphql.ordering._orders import OrderType
from adapters.graphql.promotions import GiftChoiceInput, chosen
from adapters.graphql.quoting import BASKET_ERRORS
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals, UserErrorType, refusal
from adapters.graphql.registering import ApprovalPendingType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known, known_or_missing
from adapters.graphql.wants import wanted_order_in
from application.authorization import Permission, veil_for
from application.ordering import Wishes
from application.views.orders import OrderCard, card_of, in_itself
from domain.customers import AddressNotFound
from domain.delivery import DeliveryDateTooEarly
from domain.identity import AddressId, CustomerId, OrderId
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.ordering import (
    DeliveryDateInPast,
    IllegalMove,
    InvalidTerms,
    Order,
    OrderNotFound,
    OrderStatus,
    PaymentMethodNotEnabled,
)


@refusal(PaymentMethodNotEnabled, description="The merchant does not take this way of paying.")
class PaymentMethodNotEnabledType(UserErrorType):
    """Shows PaymentMethodNotEnabled."""

    enabled: list[PaymentMethod] = field(Permission.BROWSE, description="The ways of paying it takes.")


@refusal(AddressNotFound, description="The company has no such address.")
class AddressNotFoundType(UserErrorType):
    """Shows AddressNotFound."""


@refusal(DeliveryDateInPast, description="The day asked for is over, in the merchant's time zone.")
class DeliveryDateInPastType(UserErrorType):
    """Shows DeliveryDateInPast."""

    today: date = field(Permission.BROWSE, description="What day it is there.")


@refusal(DeliveryDateTooEarly, description="An order that is placed now cannot be delivered that soon.")
class DeliveryDateTooEarlyType(UserErrorType):
    """Shows DeliveryDateTooEarly."""

    earliest: date = field(Permission.BROWSE, description="The first day on which it can be.")


@refusal(InvalidTerms, description="Something asked for beside the goods is too long.")
class InvalidTermsType(UserErrorType):
    """Shows InvalidTerms."""

    field: str = field(Permission.BROWSE, description="What it was.")


@refusal(OrderNotFound, description="There is no such order for whoever asks.")
class OrderNotFoundType(UserErrorType):
    """Shows OrderNotFound."""


@refusal(IllegalMove, description="The order cannot go there from where it stands.")
class IllegalMoveType(UserErrorType):
    """Shows IllegalMove."""

    status: OrderStatus = field(Permission.BROWSE, description="Where it stands.")


@directly
@strawberry.input(name="PlaceOrderInput", description="What is ordered, and how.")
class PlaceOrderInput:
    """Read as the arguments of PlaceOrder."""

    idempotency_key: str = strawberry.field(
        description="What the client calls this one order: sent again, it gets the same answer."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company that orders, at its own prices: one below one's own; one's own by default.",
        default=None,
    )
    lines: list[OrderLineInput] | None = strawberry.field(
        description=(
            "1 to 500 lines; those of one SKU in one unit become one. Without any it is what is selected in the "
            "company's cart, which is taken out of it."
        ),
        default=None,
    )
    payment_method: PaymentMethod = strawberry.field(description="How it is to be paid.")
    address_id: strawberry.ID | None = strawberry.field(
        description="An address of the company that orders, to deliver to.", default=None
    )
    requested_delivery_date: date | None = strawberry.field(
        description="When it should arrive, on the merchant's earliestDeliveryDate or later.", default=None
    )
    purchase_order_number: str | None = strawberry.field(
        description="The customer's own number of it, up to 64 characters.", default=None
    )
    note: str | None = strawberry.field(description="Anything else, up to 500 characters.", default=None)
    coupons: list[str] | None = strawberry.field(description=COUPONS, default=None)
    gifts: list[GiftChoiceInput] | None = strawberry.field(
        description="Which gifts are chosen; by default the first there is enough of.", default=None
    )
    expected_total: Decimal | None = strawberry.field(
        description="What the buyer was shown; refuses with TotalChanged where it no longer holds.",
        default=None,
    )

    def wishes(self, currency: Currency) -> Wishes:
        """Read what is asked for beside the goods."""
        address_id = known(AddressId, self.address_id)
        return Wishes(
            payment_method=self.payment_method,
            address_id=address_id,
            unknown_address=self.address_id is not None and address_id is None,
            requested_delivery_date=self.requested_delivery_date,
            purchase_order_number=self.purchase_order_number,
            note=self.note,
            coupons=tuple(self.coupons or ()),
            expected_total=None if self.expected_total is None else _money(self.expected_total, currency),
            gifts=chosen(self.gifts),
        )


def _money(amount: Decimal, currency: Currency) -> Money:
    scaled = amount.scaleb(currency.exponent)
    if scaled != int(scaled):
        raise BadInput(Wrong.TOTAL)
    return Money(int(scaled), currency)


@strawberry.input(name="ConfirmOrderInput", description="Which order is taken.")
class ConfirmOrderInput:
    """Read as the arguments of ConfirmOrder."""

    idempotency_key: str = strawberry.field(description="What the client calls this one confirmation.")
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.input(name="CancelOrderInput", description="Which order is called off.")
class CancelOrderInput:
    """Read as the arguments of CancelOrder."""

    idempotency_key: str = strawberry.field(description="What the client calls this one cancellation.")
    order_id: strawberry.ID = strawberry.field(description="The order.")


PlaceOrderError = Annotated[
    BASKET_ERRORS
    | ApprovalPendingType
    | PaymentMethodNotEnabledType
    | AddressNotFoundType
    | DeliveryDateInPastType
    | DeliveryDateTooEarlyType
    | InvalidTermsType
    | IdempotencyKeyReusedType,
    strawberry.union("PlaceOrderError", description="Why an order was not placed."),
]
ConfirmOrderError = Annotated[
    OrderNotFoundType | IllegalMoveType | IdempotencyKeyReusedType,
    strawberry.union("ConfirmOrderError", description="Why an order was not confirmed."),
]
CancelOrderError = Annotated[
    OrderNotFoundType | IllegalMoveType | IdempotencyKeyReusedType,
    strawberry.union("CancelOrderError", description="Why an order was not cancelled."),
]


@strawberry.type(name="PlaceOrderPayload", description="The order, or why it was not placed.")
class PlaceOrderPayload:
    """What came of placeOrder."""

    order: OrderType | None = field(
        Permission.PLACE_ORDERS, description="The order as it is now; null where it was refused."
    )
    errors: list[PlaceOrderError] = field(
        Permission.PLACE_ORDERS, description="Everything that keeps it from being ordered."
    )


@strawberry.type(name="ConfirmOrderPayload", description="The order, or why it was not confirmed.")
class ConfirmOrderPayload:
    """What came of confirmOrder."""

    order: OrderType | None = field(
        Permission.CONFIRM_ORDERS, description="The order as it is now; null where it was refused."
    )
    errors: list[ConfirmOrderError] = field(Permission.CONFIRM_ORDERS, description="Why it was refused.")


@strawberry.type(name="CancelOrderPayload", description="The order, or why it was not cancelled.")
class CancelOrderPayload:
    """What came of cancelOrder."""

    order: OrderType | None = field(
        Permission.CANCEL_ORDERS, description="The order as it is now; null where it was refused."
    )
    errors: list[CancelOrderError] = field(Permission.CANCEL_ORDERS, description="Why it was refused.")


@strawberry.type
class OrderingMutations:
    """What buyers and staff do to orders."""

    @resolved(
        Permission.PLACE_ORDERS,
        description="Order for the company, or for one below it, all or nothing, once per key.",
        graphql_type=PlaceOrderPayload,
        extensions=[Refusals(PlaceOrderPayload)],
    )
    @staticmethod
    async def place_order(
        info: Info, input: Annotated[PlaceOrderInput, strawberry.argument(description="The order.")]
    ) -> OrderCard:
        context = info.context
        order = await context.do(
            context.use.place_order,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            basket=None if input.lines is None else basket(input.lines),
            wishes=input.wishes(context.actor.merchant.currency),
            customer_id=known_or_missing(CustomerId, input.customer_id) if input.customer_id else None,
        )
        return await as_it_is(context, order, info)

    @resolved(
        Permission.CONFIRM_ORDERS,
        description="Take an order that is waiting for the merchant, once per key.",
        graphql_type=ConfirmOrderPayload,
        extensions=[Refusals(ConfirmOrderPayload)],
    )
    @staticmethod
    async def confirm_order(
        info: Info, input: Annotated[ConfirmOrderInput, strawberry.argument(description="Which order.")]
    ) -> OrderCard:
        context = info.context
        order = await context.do(
            context.use.confirm_order,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            order_id=known_or_missing(OrderId, input.order_id),
        )
        return await as_it_is(context, order, info)

    @resolved(
        Permission.CANCEL_ORDERS,
        description="Call an order off and give its stock back, once per key.",
        graphql_type=CancelOrderPayload,
        extensions=[Refusals(CancelOrderPayload)],
    )
    @staticmethod
    async def cancel_order(
        info: Info, input: Annotated[CancelOrderInput, strawberry.argument(description="Which order.")]
    ) -> OrderCard:
        context = info.context
        order = await context.do(
            context.use.cancel_order,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            order_id=known_or_missing(OrderId, input.order_id),
        )
        return await as_it_is(context, order, info)


async def as_it_is(context: Context, order: Order, info: Info) -> OrderCard:
    """Show an order after a verb: the verb's own where it knows all that is asked for, else what is stored now."""
    want = wanted_order_in(info, "order")
    if in_itself(want):
        return card_of(order, veil_for(context.actor))
    return (await context.views.orders.orders_by_id((order.id,), want=want))[order.id]
