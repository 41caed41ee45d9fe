"""What staff change of what an order comes to, after it was placed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.ordering import OrderNotFoundType, OrderType, as_it_is
from adapters.graphql.pricing import MoneyType
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known_or_missing
from application.amendments import AskedAdjustment
from application.authorization import Permission
from application.views.orders import OrderCard
from domain.identity import OrderId
from domain.money import Rounding
from domain.ordering import AdjustmentTooLarge, InvalidAdjustment, NotAdjustable, OrderStatus


@refusal(NotAdjustable, description="Nothing can be taken off the order any more.")
class NotAdjustableType(UserErrorType):
    """Shows NotAdjustable."""

    status: OrderStatus = field(Permission.BROWSE, description="Where it stands.")
    reason: str = field(
        Permission.BROWSE, description="STATUS: it is shipped or done. PAID: something was paid."
    )


@refusal(AdjustmentTooLarge, description="More would be taken off the order than it costs.")
class AdjustmentTooLargeType(UserErrorType):
    """Shows AdjustmentTooLarge."""

    most: MoneyType = field(Permission.BROWSE, description="What it costs without it.")


@refusal(InvalidAdjustment, description="Nothing can be taken off so.")
class InvalidAdjustmentType(UserErrorType):
    """Shows InvalidAdjustment."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "WHAT: it is neither an amount nor a rounding, or both. AMOUNT: it is none of the currency. REASON: there "
            "is none, or none of at most 500 characters."
        ),
    )


@strawberry.input(name="AdjustOrderInput", description="What is taken off an order as a whole, and why.")
class AdjustOrderInput:
    """Read as the arguments of AdjustOrder."""

    idempotency_key: str = strawberry.field(description="What the client calls this one adjustment.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    amount: Decimal | None = strawberry.field(
        description="So much is taken off; zero takes back what was taken off before. This or a rounding.",
        default=None,
    )
    rounding: Rounding | None = strawberry.field(
        description="What is beyond a round total is taken off (抹零). This or an amount.", default=None
    )
    reason: str = strawberry.field(description="Why, in at most 500 characters; buyers do not see it.")


AdjustOrderError = Annotated[
    OrderNotFoundType
    | NotAdjustableType
    | AdjustmentTooLargeType
    | InvalidAdjustmentType
    | IdempotencyKeyReusedType,
    strawberry.union("AdjustOrderError", description="Why nothing was taken off."),
]


@strawberry.type(name="AdjustOrderPayload", description="The order, or why nothing was taken off.")
class AdjustOrderPayload:
    """What came of adjustOrder."""

    order: OrderType | None = field(
        Permission.ADJUST_ORDERS, description="The order as it is now; null where it was refused."
    )
    errors: list[AdjustOrderError] = field(Permission.ADJUST_ORDERS, description="Why it was refused.")


@strawberry.type
class AmendmentMutations:
    """What staff change of orders that were placed."""

    @resolved(
        Permission.ADJUST_ORDERS,
        description=(
            "Take something off an order that is not paid, as a whole, in place of what was taken off before; once "
            "per key. Its lines get their shares."
        ),
        graphql_type=AdjustOrderPayload,
        extensions=[Refusals(AdjustOrderPayload)],
    )
    @staticmethod
    async def adjust_order(
        info: Info, input: Annotated[AdjustOrderInput, strawberry.argument(description="What and why.")]
    ) -> OrderCard:
        context = info.context
        order = await context.do(
            context.use.adjust_order,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            order_id=known_or_missing(OrderId, input.order_id),
            asked=AskedAdjustment(amount=input.amount, rounding=input.rounding),
            reason=input.reason,
        )
        return await as_it_is(context, order, info)
