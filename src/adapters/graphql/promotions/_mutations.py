"""What staff do to promotions, and why not."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.promotions._inputs import PromotionDraftInput
from adapters.graphql.promotions._types import PromotionType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.visibility import UnknownAudienceType
from application.authorization import Permission
from application.promotions import Halt
from application.views.promotions import PromotionCard
from domain.identity import PromotionId
from domain.promotions import InvalidPromotion, PromotionNotFound, UnknownGoods

_MANAGE = Permission.MANAGE_PROMOTIONS


@refusal(PromotionNotFound, description="There is no such promotion.")
class PromotionNotFoundType(UserErrorType):
    """Shows PromotionNotFound."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(UnknownGoods, description="There is no such SKU, product, category or brand.")
class UnknownGoodsType(UserErrorType):
    """Shows UnknownGoods."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(InvalidPromotion, description="A promotion that cannot be.")
class InvalidPromotionType(UserErrorType):
    """Shows InvalidPromotion."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NAME, TEXT, EFFECT, SCOPE, SCHEDULE, BUDGET: that part cannot be so. TOO_LARGE: a number, or how much is "
            "named. TOO_MANY: at most 100 hold at a time, or are to come. CHANGED: somebody else changed it meanwhile. "
            "ENDED: it has ended already."
        ),
    )


@strawberry.input(name="CreatePromotionInput", description="A promotion to make.")
class CreatePromotionInput:
    """Read as the arguments of CreatePromotion."""

    promotion: PromotionDraftInput = strawberry.field(description="The promotion.")


@strawberry.input(name="ChangePromotionInput", description="A promotion to change.")
class ChangePromotionInput:
    """Read as the arguments of ChangePromotion."""

    promotion_id: strawberry.ID = strawberry.field(description="Which promotion.")
    version: int = strawberry.field(description="The version that was changed.")
    promotion: PromotionDraftInput = strawberry.field(description="All of it, as it is to be.")


@strawberry.input
class _Halted:
    """Read as the arguments of HaltPromotion."""

    promotion_id: strawberry.ID = strawberry.field(description="Which promotion.")


@strawberry.input(name="SuspendPromotionInput", description="A promotion that is to be applied no more.")
class SuspendPromotionInput(_Halted):
    """Read as the arguments of HaltPromotion."""


@strawberry.input(name="ResumePromotionInput", description="A promotion that is to be applied again.")
class ResumePromotionInput(_Halted):
    """Read as the arguments of HaltPromotion."""


@strawberry.input(name="EndPromotionInput", description="A promotion that is over.")
class EndPromotionInput(_Halted):
    """Read as the arguments of HaltPromotion."""


CreatePromotionError = Annotated[
    InvalidPromotionType | UnknownGoodsType | UnknownAudienceType,
    strawberry.union("CreatePromotionError", description="Why a promotion was not made."),
]
ChangePromotionError = Annotated[
    PromotionNotFoundType | InvalidPromotionType | UnknownGoodsType | UnknownAudienceType,
    strawberry.union("ChangePromotionError", description="Why a promotion stays as it is."),
]
_NOT_HALTED = PromotionNotFoundType | InvalidPromotionType
SuspendPromotionError = Annotated[
    _NOT_HALTED,
    strawberry.union("SuspendPromotionError", description="Why a promotion was not suspended."),
]
ResumePromotionError = Annotated[
    _NOT_HALTED,
    strawberry.union("ResumePromotionError", description="Why a promotion was not resumed."),
]
EndPromotionError = Annotated[
    _NOT_HALTED,
    strawberry.union("EndPromotionError", description="Why a promotion was not ended."),
]


@strawberry.type
class _PromotionPayload:
    """What comes of whatever is done to a promotion; why not is said by each."""

    promotion: PromotionType | None = field(_MANAGE, description="The promotion; null where it was refused.")


@strawberry.type(name="CreatePromotionPayload", description="The promotion, or why there is none.")
class CreatePromotionPayload(_PromotionPayload):
    """What came of createPromotion."""

    errors: list[CreatePromotionError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="ChangePromotionPayload", description="The promotion as it is now, or why not.")
class ChangePromotionPayload(_PromotionPayload):
    """What came of changePromotion."""

    errors: list[ChangePromotionError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="SuspendPromotionPayload", description="The promotion as it is now, or why not.")
class SuspendPromotionPayload(_PromotionPayload):
    """What came of suspendPromotion."""

    errors: list[SuspendPromotionError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="ResumePromotionPayload", description="The promotion as it is now, or why not.")
class ResumePromotionPayload(_PromotionPayload):
    """What came of resumePromotion."""

    errors: list[ResumePromotionError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="EndPromotionPayload", description="The promotion as it is now, or why not.")
class EndPromotionPayload(_PromotionPayload):
    """What came of endPromotion."""

    errors: list[EndPromotionError] = field(_MANAGE, description="Everything that is wrong.")


async def _seen(info: Info, id: PromotionId) -> PromotionCard:
    """The promotion as it is now, with what is used of it."""
    return (await info.context.views.promotions.promotions_by_id([id]))[id]


async def _halted(info: Info, input: _Halted, halt: Halt) -> PromotionCard:
    context = info.context
    promotion = await context.do(
        context.use.halt_promotion,
        actor=context.actor,
        promotion_id=known_or_missing(PromotionId, input.promotion_id),
        halt=halt,
    )
    return await _seen(info, promotion.id)


@strawberry.type
class PromotionMutations:
    """What those do who manage promotions."""

    @resolved(
        _MANAGE,
        description="Make a promotion; it holds as it says, from now on.",
        graphql_type=CreatePromotionPayload,
        extensions=[Refusals(CreatePromotionPayload)],
    )
    @staticmethod
    async def create_promotion(
        info: Info, input: Annotated[CreatePromotionInput, strawberry.argument(description="The promotion.")]
    ) -> PromotionCard:
        context = info.context
        draft = input.promotion.draft(context.actor.merchant.currency)
        return PromotionCard(await context.do(context.use.create_promotion, actor=context.actor, draft=draft))

    @resolved(
        _MANAGE,
        description="Say all of a promotion anew. Orders keep what it was when they were placed.",
        graphql_type=ChangePromotionPayload,
        extensions=[Refusals(ChangePromotionPayload)],
    )
    @staticmethod
    async def change_promotion(
        info: Info,
        input: Annotated[ChangePromotionInput, strawberry.argument(description="What it becomes.")],
    ) -> PromotionCard:
        context = info.context
        promotion = await context.do(
            context.use.change_promotion,
            actor=context.actor,
            promotion_id=known_or_missing(PromotionId, input.promotion_id),
            seen=input.version,
            draft=input.promotion.draft(context.actor.merchant.currency),
        )
        return await _seen(info, promotion.id)

    @resolved(
        _MANAGE,
        description="Let a promotion be applied no more, until it is resumed.",
        graphql_type=SuspendPromotionPayload,
        extensions=[Refusals(SuspendPromotionPayload)],
    )
    @staticmethod
    async def suspend_promotion(
        info: Info, input: Annotated[SuspendPromotionInput, strawberry.argument(description="Which.")]
    ) -> PromotionCard:
        return await _halted(info, input, Halt.SUSPEND)

    @resolved(
        _MANAGE,
        description="Let a promotion be applied again that was suspended.",
        graphql_type=ResumePromotionPayload,
        extensions=[Refusals(ResumePromotionPayload)],
    )
    @staticmethod
    async def resume_promotion(
        info: Info, input: Annotated[ResumePromotionInput, strawberry.argument(description="Which.")]
    ) -> PromotionCard:
        return await _halted(info, input, Halt.RESUME)

    @resolved(
        _MANAGE,
        description="End a promotion now; one that was still to come never begins.",
        graphql_type=EndPromotionPayload,
        extensions=[Refusals(EndPromotionPayload)],
    )
    @staticmethod
    async def end_promotion(
        info: Info, input: Annotated[EndPromotionInput, strawberry.argument(description="Which.")]
    ) -> PromotionCard:
        return await _halted(info, input, Halt.END)
