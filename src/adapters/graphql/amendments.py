"""What staff change of what an order comes to, after it was placed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.ordering import OrderNotFoundType, OrderType, as_it_is
from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions import BelowFloorNeedsApprovalType, BelowFloorType
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known_or_missing
from application.amendments import AskedAdjustment, AskedWeight
from application.authorization import Permission
from application.views.orders import OrderCard
from domain.identity import OrderId
from domain.money import Rounding
from domain.ordering import (
    AdjustmentTooLarge,
    InvalidAdjustment,
    InvalidWeighing,
    MoreThanInStock,
    NotAmendable,
    OrderStatus,
    OutsideTolerance,
)


@refusal(NotAmendable, description="What the order comes to cannot be changed so any more, or not yet.")
class NotAmendableType(UserErrorType):
    """Shows NotAmendable."""

    status: OrderStatus = field(Permission.BROWSE, description="Where it stands.")
    reason: str = field(
        Permission.BROWSE,
        description=(
            "STATUS: to be weighed it has to be confirmed; nothing is taken off what is shipped or done. PAID: "
            "something was paid. WEIGHED: its goods are weighed."
        ),
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


@refusal(
    OutsideTolerance, description="A line weighs more or less than is tolerated, and nobody accepted that."
)
class OutsideToleranceType(UserErrorType):
    """Shows OutsideTolerance."""

    lowest: Decimal = field(Permission.BROWSE, description="The least it may weigh, in the base unit.")
    highest: Decimal = field(Permission.BROWSE, description="The most it may weigh, in the base unit.")


@refusal(MoreThanInStock, description="A line weighs more than the books have: the stock has to be counted.")
class MoreThanInStockType(UserErrorType):
    """Shows MoreThanInStock."""

    available: Decimal = field(
        Permission.CONFIRM_ORDERS, description="The most it may weigh by the books, in the base unit."
    )


@refusal(InvalidWeighing, description="A weight that cannot be said.")
class InvalidWeighingType(UserErrorType):
    """Shows InvalidWeighing."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "LINE: the order has no such line. NOT_WEIGHED: the line costs what was ordered. WEIGHT: it is nothing, or "
            "no quantity. TWICE: the line was named before. REASON: what is beyond the tolerance is accepted for a "
            "reason of at most 500 characters. COUNT: 1 to 500 weights are said at once."
        ),
    )


@strawberry.input(name="LineWeightInput", description="What a line of an order weighs.")
class LineWeightInput:
    """Read as AskedWeight."""

    line: int = strawberry.field(description="Where it stands in the lines of the order, from 0.")
    actual: Decimal = strawberry.field(description="What it weighs, in the base unit.")


@strawberry.input(name="RecordWeightsInput", description="What lines of an order weigh.")
class RecordWeightsInput:
    """Read as the arguments of RecordWeights."""

    idempotency_key: str = strawberry.field(description="What the client calls this one weighing.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineWeightInput] = strawberry.field(
        description="1 to 500 lines, each in the place of what was said of it before."
    )
    accept_outside: bool = strawberry.field(
        description="Whether weights beyond the tolerance are taken; then a reason is needed.", default=False
    )
    reason: str = strawberry.field(
        description="Why, in at most 500 characters; buyers do not see it.", default=""
    )


@strawberry.input(name="AdjustOrderInput", description="What is taken off an order as a whole, and why.")
class AdjustOrderInput:
    """Read as the arguments of AdjustOrder."""

    idempotency_key: str = strawberry.field(description="What the client calls this one adjustment.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    amount: Decimal | None = strawberry.field(
        description=(
            "So much is taken off; zero takes back what was taken off before. This or a rounding. Where the merchant "
            "caps discounts it is less, as far as it would bring lines below their floors."
        ),
        default=None,
    )
    rounding: Rounding | None = strawberry.field(
        description="What is beyond a round total is taken off (抹零). This or an amount.", default=None
    )
    reason: str = strawberry.field(description="Why, in at most 500 characters; buyers do not see it.")


AdjustOrderError = Annotated[
    OrderNotFoundType
    | NotAmendableType
    | AdjustmentTooLargeType
    | InvalidAdjustmentType
    | BelowFloorType
    | BelowFloorNeedsApprovalType
    | IdempotencyKeyReusedType,
    strawberry.union("AdjustOrderError", description="Why nothing was taken off."),
]


RecordWeightsError = Annotated[
    OrderNotFoundType
    | NotAmendableType
    | InvalidWeighingType
    | OutsideToleranceType
    | MoreThanInStockType
    | IdempotencyKeyReusedType,
    strawberry.union("RecordWeightsError", description="Why no weight was kept."),
]


@strawberry.type(name="RecordWeightsPayload", description="The order, or why no weight was kept.")
class RecordWeightsPayload:
    """What came of recordWeights."""

    order: OrderType | None = field(
        Permission.CONFIRM_ORDERS, description="The order as it is now; null where it was refused."
    )
    errors: list[RecordWeightsError] = field(Permission.CONFIRM_ORDERS, description="Why it was refused.")


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

    @resolved(
        Permission.CONFIRM_ORDERS,
        description=(
            "Say what lines of a confirmed order weigh, all or none, once per key: they cost what they weigh, and as "
            "much is reserved for them. What was promised stays as it is."
        ),
        graphql_type=RecordWeightsPayload,
        extensions=[Refusals(RecordWeightsPayload, items="lines")],
    )
    @staticmethod
    async def record_weights(
        info: Info, input: Annotated[RecordWeightsInput, strawberry.argument(description="What weighs what.")]
    ) -> OrderCard:
        context = info.context
        order = await context.do(
            context.use.record_weights,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            order_id=known_or_missing(OrderId, input.order_id),
            weights=tuple(AskedWeight(one.line, one.actual) for one in input.lines),
            accept_outside=input.accept_outside,
            reason=input.reason,
        )
        return await as_it_is(context, order, info)
