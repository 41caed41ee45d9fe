"""Making, issuing, claiming and withdrawing coupons."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.coupons._inputs import CreateCouponTemplateInput, audience_of
from adapters.graphql.coupons._refusals import (
    CouponNotClaimableType,
    CouponNotFoundType,
    CouponTemplateNotFoundType,
    CouponUsedType,
    InvalidCouponType,
)
from adapters.graphql.coupons._types import CouponTemplateType, CouponType
from adapters.graphql.group_mutations import TooManyCustomersType
from adapters.graphql.promotions import UnknownGoodsType
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals
from adapters.graphql.registering import ApprovalPendingType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known, known_or_missing
from adapters.graphql.visibility import UnknownAudienceType
from application.authorization import Permission
from application.coupons import Issued
from domain.coupons import (
    CouponCode,
    CouponTemplate,
    HeldCoupon,
)
from domain.identity import (
    CouponId,
    CouponTemplateId,
)

_MANAGE = Permission.MANAGE_PROMOTIONS


@strawberry.input(name="StopCouponTemplateInput", description="Which template is claimed no more.")
class StopCouponTemplateInput:
    """Read as the arguments of StopCouponTemplate."""

    template_id: strawberry.ID = strawberry.field(description="The template.")


@strawberry.input(name="IssueCouponsInput", description="Which coupons whom they are given to.")
class IssueCouponsInput:
    """Read as the arguments of IssueCoupons."""

    idempotency_key: str = strawberry.field(
        description="What the client calls this one issue: sent again, it gets the same answer."
    )
    template_id: strawberry.ID = strawberry.field(description="The template.")
    to: list[strawberry.ID] = strawberry.field(
        description="1 to 100 groups, price tiers and customers, of at most 2000 companies together; each company gets"
        " one, but for those that have as many as they may."
    )


@strawberry.input(name="WithdrawCouponInput", description="Which coupon is taken back.")
class WithdrawCouponInput:
    """Read as the arguments of WithdrawCoupon."""

    coupon_id: strawberry.ID = strawberry.field(description="The coupon.")


@strawberry.input(
    name="ClaimCouponInput", description="Which coupon the company claims: from the list, or by code."
)
class ClaimCouponInput:
    """Read as the arguments of ClaimCoupon."""

    idempotency_key: str = strawberry.field(
        description="What the client calls this one claim: sent again, it gets the same answer."
    )
    template_id: strawberry.ID | None = strawberry.field(
        description="One of claimableCoupons; either this or a code.", default=None
    )
    code: str | None = strawberry.field(description="A code that lets one claim.", default=None)

    def which(self) -> CouponTemplateId | CouponCode | None:
        """Read the input; None where it names nothing, or too much."""
        if (self.template_id is None) is (self.code is None):
            return None
        if self.template_id is not None:
            return known(CouponTemplateId, self.template_id)
        try:
            return CouponCode(self.code or "")
        except ValueError:
            return None


CreateCouponTemplateError = Annotated[
    InvalidCouponType | UnknownGoodsType | UnknownAudienceType,
    strawberry.union("CreateCouponTemplateError", description="Why no template was made."),
]
StopCouponTemplateError = Annotated[
    CouponTemplateNotFoundType,
    strawberry.union("StopCouponTemplateError", description="Why no template was stopped."),
]
IssueCouponsError = Annotated[
    CouponTemplateNotFoundType
    | CouponNotClaimableType
    | InvalidCouponType
    | UnknownAudienceType
    | TooManyCustomersType
    | IdempotencyKeyReusedType,
    strawberry.union("IssueCouponsError", description="Why nobody was given a coupon."),
]
WithdrawCouponError = Annotated[
    CouponNotFoundType | CouponUsedType,
    strawberry.union("WithdrawCouponError", description="Why no coupon was taken back."),
]
ClaimCouponError = Annotated[
    CouponTemplateNotFoundType | CouponNotClaimableType | ApprovalPendingType | IdempotencyKeyReusedType,
    strawberry.union("ClaimCouponError", description="Why no coupon was claimed."),
]


@strawberry.type(name="CreateCouponTemplatePayload", description="The template, or why none was made.")
class CreateCouponTemplatePayload:
    """What came of createCouponTemplate."""

    template: CouponTemplateType | None = field(
        _MANAGE, description="The new template; null where it was refused."
    )
    errors: list[CreateCouponTemplateError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="StopCouponTemplatePayload", description="The template, or why it was not stopped.")
class StopCouponTemplatePayload:
    """What came of stopCouponTemplate."""

    template: CouponTemplateType | None = field(
        _MANAGE, description="The template as it is now; null where it was refused."
    )
    errors: list[StopCouponTemplateError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="CouponsIssued", description="A template of which coupons were issued.")
class IssuedType:
    """Shows Issued."""

    template: CouponTemplateType = field(_MANAGE, description="The template as it is now.")
    issued: int = field(_MANAGE, description="How many companies were given one.")


@strawberry.type(name="IssueCouponsPayload", description="What was issued, or why nothing was.")
class IssueCouponsPayload:
    """What came of issueCoupons."""

    done: IssuedType | None = field(_MANAGE, description="What was issued; null where it was refused.")
    errors: list[IssueCouponsError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="WithdrawCouponPayload", description="The coupon, or why it was not taken back.")
class WithdrawCouponPayload:
    """What came of withdrawCoupon."""

    coupon: CouponType | None = field(
        _MANAGE, description="The coupon as it is now; null where it was refused."
    )
    errors: list[WithdrawCouponError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="ClaimCouponPayload", description="The coupon, or why none was claimed.")
class ClaimCouponPayload:
    """What came of claimCoupon."""

    coupon: CouponType | None = field(
        Permission.PLACE_ORDERS, description="The company's new coupon; null where it was refused."
    )
    errors: list[ClaimCouponError] = field(Permission.PLACE_ORDERS, description="Why it was refused.")


@strawberry.type
class CouponMutations:
    """What staff and buyers do with coupons."""

    @resolved(
        _MANAGE,
        description="Make a coupon template. It never changes; it can be stopped.",
        graphql_type=CreateCouponTemplatePayload,
        extensions=[Refusals(CreateCouponTemplatePayload)],
    )
    @staticmethod
    async def create_coupon_template(
        info: Info, input: Annotated[CreateCouponTemplateInput, strawberry.argument(description="What.")]
    ) -> CouponTemplate:
        context = info.context
        asked = input.asked(context.actor.merchant.currency)
        return await context.do(context.use.create_coupon_template, actor=context.actor, asked=asked)

    @resolved(
        _MANAGE,
        description="Let nobody claim a template any more, and issue none of it; what was claimed holds.",
        graphql_type=StopCouponTemplatePayload,
        extensions=[Refusals(StopCouponTemplatePayload)],
    )
    @staticmethod
    async def stop_coupon_template(
        info: Info, input: Annotated[StopCouponTemplateInput, strawberry.argument(description="Which.")]
    ) -> CouponTemplate:
        context = info.context
        return await context.do(
            context.use.stop_coupon_template,
            actor=context.actor,
            template_id=known_or_missing(CouponTemplateId, input.template_id),
        )

    @resolved(
        _MANAGE,
        description="Give a coupon to each of many companies, once per key.",
        graphql_type=IssueCouponsPayload,
        extensions=[Refusals(IssueCouponsPayload)],
    )
    @staticmethod
    async def issue_coupons(
        info: Info, input: Annotated[IssueCouponsInput, strawberry.argument(description="Whom.")]
    ) -> Issued:
        context = info.context
        return await context.do(
            context.use.issue_coupons,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            template_id=known_or_missing(CouponTemplateId, input.template_id),
            to=audience_of(input.to),
        )

    @resolved(
        _MANAGE,
        description="Take a coupon back that was not used.",
        graphql_type=WithdrawCouponPayload,
        extensions=[Refusals(WithdrawCouponPayload)],
    )
    @staticmethod
    async def withdraw_coupon(
        info: Info, input: Annotated[WithdrawCouponInput, strawberry.argument(description="Which.")]
    ) -> HeldCoupon:
        context = info.context
        return await context.do(
            context.use.withdraw_coupon,
            actor=context.actor,
            coupon_id=known_or_missing(CouponId, input.coupon_id),
        )

    @resolved(
        Permission.PLACE_ORDERS,
        description="Claim a coupon for the caller's company, once per key.",
        graphql_type=ClaimCouponPayload,
        extensions=[Refusals(ClaimCouponPayload)],
    )
    @staticmethod
    async def claim_coupon(
        info: Info, input: Annotated[ClaimCouponInput, strawberry.argument(description="Which.")]
    ) -> HeldCoupon:
        context = info.context
        return await context.do(
            context.use.claim_coupon,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            which=input.which(),
        )
