"""Making, issuing, claiming and withdrawing coupons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
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
from application.coupons import AskedScope, AskedTemplate, Issued
from domain.coupons import (
    ClaimWay,
    CouponCode,
    CouponTemplate,
    HeldCoupon,
)
from domain.identity import (
    AudienceId,
    CouponId,
    CouponTemplateId,
    CustomerGroupId,
    CustomerId,
    PriceTierId,
)

_MANAGE = Permission.MANAGE_PROMOTIONS


@strawberry.input(
    name="CouponGoodsInput", description="Which goods a coupon is for; where nothing is named, all of them."
)
class CouponGoodsInput:
    """Read as AskedScope; together at most 100 are named."""

    sku_ids: list[strawberry.ID] | None = strawberry.field(description="SKUs.", default=None)
    product_ids: list[strawberry.ID] | None = strawberry.field(description="Products.", default=None)
    category_ids: list[strawberry.ID] | None = strawberry.field(
        description="Categories, with those below them.", default=None
    )
    brand_ids: list[strawberry.ID] | None = strawberry.field(description="Brands.", default=None)
    without: list[strawberry.ID] | None = strawberry.field(
        description="SKUs, products, categories and brands that it is never for.", default=None
    )

    def asked(self) -> AskedScope:
        """Read the input."""
        return AskedScope(
            sku_ids=tuple(self.sku_ids or ()),
            product_ids=tuple(self.product_ids or ()),
            category_ids=tuple(self.category_ids or ()),
            brand_ids=tuple(self.brand_ids or ()),
            without=tuple(self.without or ()),
        )


@strawberry.input(name="CreateCouponTemplateInput", description="What coupons of a new kind promise.")
class CreateCouponTemplateInput:
    """Read as AskedTemplate."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters.")
    terms: str = strawberry.field(description="What buyers read about it, up to 200 characters.", default="")
    amount_off: Decimal | None = strawberry.field(
        description="How much comes off; either this or percentageOff.", default=None
    )
    percentage_off: Decimal | None = strawberry.field(
        description="How many percent come off, more than 0 and at most 100.", default=None
    )
    most_off: Decimal | None = strawberry.field(
        description="No more comes off, where it is a share.", default=None
    )
    threshold: Decimal | None = strawberry.field(
        description="What its goods have to come to; no less than comes off, which it is by default.",
        default=None,
    )
    goods: CouponGoodsInput | None = strawberry.field(
        description="Which goods it is for; all by default.", default=None
    )
    valid_from: datetime | None = strawberry.field(description="From when on it may be used.", default=None)
    valid_until: datetime | None = strawberry.field(
        description="When it may be used no longer; never by default.", default=None
    )
    valid_days: int | None = strawberry.field(
        description="For so many days from when it was claimed it may be used, 1 to 3660.", default=None
    )
    way: ClaimWay = strawberry.field(description="How a company comes by one.", default=ClaimWay.ISSUED)
    open_from: datetime | None = strawberry.field(
        description="From when on it may be claimed or issued.", default=None
    )
    open_until: datetime | None = strawberry.field(
        description="When it may be claimed or issued no longer.", default=None
    )
    audience: list[strawberry.ID] | None = strawberry.field(
        description="The groups, price tiers and customers who may claim it, up to 100; every company by default.",
        default=None,
    )
    stacking_group: str | None = strawberry.field(
        description="Coupons of different stacking groups go together in one order; one without goes alone.",
        default=None,
    )
    most_claims: int | None = strawberry.field(
        description="So many may be claimed, by all companies together.", default=None
    )
    most_claims_each: int | None = strawberry.field(
        description="So many may be claimed by one company; null for as many as it likes.", default=1
    )
    most_uses: int | None = strawberry.field(
        description="So many of them may be used, by all companies together.", default=None
    )

    def asked(self) -> AskedTemplate:
        """Read the input."""
        return AskedTemplate(
            name=self.name,
            terms=self.terms,
            amount_off=self.amount_off,
            percentage_off=self.percentage_off,
            most_off=self.most_off,
            threshold=self.threshold,
            scope=AskedScope() if self.goods is None else self.goods.asked(),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            valid_days=self.valid_days,
            way=self.way,
            open_from=self.open_from,
            open_until=self.open_until,
            audience=_audience(self.audience or ()),
            stacking_group=self.stacking_group,
            claims=self.most_claims,
            claims_each=self.most_claims_each,
            uses=self.most_uses,
        )


def _audience(texts: Iterable[str]) -> dict[str, AudienceId | None]:
    return {
        text: known(CustomerGroupId, text) or known(PriceTierId, text) or known(CustomerId, text)
        for text in texts
    }


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
        return await context.do(context.use.create_coupon_template, actor=context.actor, asked=input.asked())

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
            to=_audience(input.to),
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
