"""Coupons and their templates as clients see them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.connections import After, Asked, Before, ConnectionType, First, Last, Order, Page
from adapters.graphql.context import Info
from adapters.graphql.pricing import MoneyType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.skus import AnySku, load_sku
from application.authorization import Permission
from application.views.catalog import SkuCard
from application.views.coupons import ANY_COUPON, CouponFilter
from domain.coupons import ClaimWay, CouponStanding, CouponTemplate, HeldCoupon
from domain.identity import CouponId, CouponTemplateId, CustomerId, OrderId, PromotionId
from domain.money import Money, Percentage
from domain.promotions import Gift, GiftGoods

CLAIMED = Order("COUPON_CLAIMED", (str,))
MADE = Order("COUPON_TEMPLATE_MADE", (str,))
_MANAGE = Permission.MANAGE_PROMOTIONS
_SEE = (Permission.PLACE_ORDERS, Permission.MANAGE_PROMOTIONS)


@strawberry.type(name="CouponGift", description="So many of a SKU, in its base unit, that a coupon gives.")
class CouponGiftType:
    """Shows GiftGoods to whoever may have the coupon."""

    quantity: Decimal = field(*_SEE, description="How many.")

    @resolved(*_SEE, description="The SKU; null where it is not shown.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: GiftGoods, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)


@strawberry.type(name="CouponOffer", description="What a coupon promises.")
class CouponOfferType:
    """Shows CouponTemplate to whoever may have one."""

    id: strawberry.ID = field(*_SEE, description="The identity of its template, to claim one.")
    name: str = field(*_SEE, description="What it is called.")
    terms: str = field(*_SEE, description="What the merchant says about it; may be empty.")

    @resolved(*_SEE, description="How much comes off, where it is an amount.", graphql_type=MoneyType | None)
    @staticmethod
    def amount_off(root: CouponTemplate) -> Money | None:
        return root.off if isinstance(root.off, Money) else None

    @resolved(
        *_SEE,
        description="How many percent come off, where it is a share: 10 is 九折.",
        graphql_type=Decimal | None,
    )
    @staticmethod
    def percentage_off(root: CouponTemplate) -> str | None:
        return str(root.off) if isinstance(root.off, Percentage) else None

    most: MoneyType | None = field(
        *_SEE, name="mostOff", description="No more comes off, where it is a share; null for no limit."
    )
    least: MoneyType | None = field(
        *_SEE,
        name="threshold",
        description="What its goods have to come to after every other promotion; null for what comes off.",
    )

    @resolved(
        *_SEE,
        description="What is given, where nothing comes off: all of it, or one as the buyer chooses.",
        graphql_type=list[CouponGiftType],
    )
    @staticmethod
    def gifts(root: CouponTemplate) -> tuple[GiftGoods, ...]:
        return root.off.goods if isinstance(root.off, Gift) else ()

    @resolved(
        *_SEE,
        description="Whether the buyer chooses one of the gifts, by `gifts` of the quote and the order.",
        graphql_type=bool,
    )
    @staticmethod
    def gift_choice(root: CouponTemplate) -> bool:
        return isinstance(root.off, Gift) and root.off.choice

    @resolved(
        *_SEE,
        description="The promotion it stands for in a quote, by which a gift of it is chosen.",
        graphql_type=strawberry.ID,
    )
    @staticmethod
    def promotion_id(root: CouponTemplate) -> PromotionId:
        return root.promotion.id

    @resolved(*_SEE, description="Whether it is for all goods, and not only for some.", graphql_type=bool)
    @staticmethod
    def for_everything(root: CouponTemplate) -> bool:
        return not root.scope.named and not root.scope.without

    @resolved(*_SEE, description="From when on it may be used.", graphql_type=datetime | None)
    @staticmethod
    def valid_from(root: CouponTemplate) -> datetime | None:
        return root.validity.period.start

    @resolved(*_SEE, description="When it may be used no longer.", graphql_type=datetime | None)
    @staticmethod
    def valid_until(root: CouponTemplate) -> datetime | None:
        return root.validity.period.end

    @resolved(
        *_SEE,
        description="For so many days from when it was claimed it may be used, if not for less.",
        graphql_type=int | None,
    )
    @staticmethod
    def valid_days(root: CouponTemplate) -> int | None:
        return root.validity.days

    @resolved(*_SEE, description="From when on it may be claimed.", graphql_type=datetime | None)
    @staticmethod
    def open_from(root: CouponTemplate) -> datetime | None:
        return root.open.start

    @resolved(*_SEE, description="When it may be claimed no longer.", graphql_type=datetime | None)
    @staticmethod
    def open_until(root: CouponTemplate) -> datetime | None:
        return root.open.end

    stacking: str | None = field(
        *_SEE,
        name="stackingGroup",
        description="Coupons of different stacking groups go together in one order; one without goes alone.",
    )


@strawberry.type(
    name="CouponTemplate", description="What coupons of one kind promise, to whom, and how many."
)
class CouponTemplateType:
    """Shows CouponTemplate to staff."""

    id: strawberry.ID = field(_MANAGE, description="The identity.")

    @resolved(_MANAGE, description="What a coupon of it promises.", graphql_type=CouponOfferType)
    @staticmethod
    def offer(root: CouponTemplate) -> CouponTemplate:
        return root

    @resolved(
        _MANAGE,
        description="The SKUs, products, categories and brands it is for, by id; none means everything.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def goods(root: CouponTemplate) -> list[str]:
        return sorted(root.scope.named)

    @resolved(
        _MANAGE,
        description="The SKUs, products, categories and brands it is never for, by id.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def goods_without(root: CouponTemplate) -> list[str]:
        return sorted(root.scope.without)

    way: ClaimWay = field(_MANAGE, description="How a company comes by one.")

    @resolved(
        _MANAGE,
        description="What lets whoever has it claim one; null where it is not claimed by code.",
        graphql_type=str | None,
    )
    @staticmethod
    def claim_code(root: CouponTemplate) -> str | None:
        return None if root.claim_code is None else root.claim_code.shown

    @resolved(
        _MANAGE,
        description="The groups, price tiers and customers who may claim it, by id; none means every company.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def audience(root: CouponTemplate) -> list[str]:
        return sorted(root.audience)

    @resolved(
        _MANAGE, description="So many may be claimed, by all companies together.", graphql_type=int | None
    )
    @staticmethod
    def most_claims(root: CouponTemplate) -> int | None:
        return root.limits.claims

    @resolved(_MANAGE, description="So many may be claimed by one company.", graphql_type=int | None)
    @staticmethod
    def most_claims_each(root: CouponTemplate) -> int | None:
        return root.limits.claims_each

    @resolved(
        _MANAGE,
        description="So many of them may be used, by all companies together.",
        graphql_type=int | None,
    )
    @staticmethod
    def most_uses(root: CouponTemplate) -> int | None:
        return root.limits.uses

    claims: int = field(_MANAGE, description="How many were claimed or issued, those taken back included.")
    uses: int = field(_MANAGE, description="How many of them are used in orders that were not called off.")
    made_by: strawberry.ID | None = field(_MANAGE, description="Who of the staff made it, by id.")
    made_at: datetime = field(_MANAGE, description="When.")
    stopped_at: datetime | None = field(
        _MANAGE, description="When it was stopped; null where it still is claimed and issued."
    )


@strawberry.type(name="Coupon", description="One use of what a coupon template promises, of one company.")
class CouponType:
    """Shows HeldCoupon."""

    @resolved(*_SEE, description="The identity.", graphql_type=strawberry.ID)
    @staticmethod
    def id(root: HeldCoupon) -> CouponId:
        return root.coupon.id

    @resolved(
        Permission.PLACE_ORDERS, description="The code to use it by, with its dashes.", graphql_type=str
    )
    @staticmethod
    def code(root: HeldCoupon) -> str:
        return root.coupon.code.shown

    @resolved(*_SEE, description="What it promises.", graphql_type=CouponOfferType)
    @staticmethod
    def offer(root: HeldCoupon) -> CouponTemplate:
        return root.template

    @resolved(
        Permission.PLACE_ORDERS,
        Permission.VIEW_CUSTOMERS,
        description="Whose it is, by id.",
        graphql_type=strawberry.ID,
    )
    @staticmethod
    def customer_id(root: HeldCoupon) -> CustomerId:
        return root.coupon.customer_id

    @resolved(*_SEE, description="Where it stands now.", graphql_type=CouponStanding)
    @staticmethod
    def standing(root: HeldCoupon, info: Info) -> CouponStanding:
        return root.coupon.standing(info.context.looks.now())

    @resolved(*_SEE, description="When it was claimed or issued.", graphql_type=datetime)
    @staticmethod
    def claimed_at(root: HeldCoupon) -> datetime:
        return root.coupon.claimed_at

    @resolved(*_SEE, description="From when on it may be used.", graphql_type=datetime | None)
    @staticmethod
    def valid_from(root: HeldCoupon) -> datetime | None:
        return root.coupon.holds.start

    @resolved(
        *_SEE,
        description="When it may be used no longer; null where that never comes.",
        graphql_type=datetime | None,
    )
    @staticmethod
    def valid_until(root: HeldCoupon) -> datetime | None:
        return root.coupon.holds.end

    @resolved(
        Permission.VIEW_ORDERS,
        description="The order it is used in, by id; null where it is not.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def order_id(root: HeldCoupon) -> OrderId | None:
        return root.coupon.order_id


@strawberry.input(name="CouponFilter", description="Which coupons: all of what is given must hold.")
class CouponFilterInput:
    """Read as CouponFilter."""

    standing: CouponStanding | None = strawberry.field(description="Where they stand now.", default=None)
    template_id: strawberry.ID | None = strawberry.field(description="Of this template.", default=None)
    customer_id: strawberry.ID | None = strawberry.field(description="Of this customer.", default=None)

    def asked(self) -> CouponFilter:
        """Read the filter; an id that nothing has finds nothing."""
        template, customer = self.template_id, self.customer_id
        return CouponFilter(
            standing=self.standing,
            template_id=None if template is None else known_or_missing(CouponTemplateId, template),
            customer_id=None if customer is None else known_or_missing(CustomerId, customer),
        )


_Standing = Annotated[
    CouponStanding | None, strawberry.argument(description="Only those that stand so now; all by default.")
]


@strawberry.type
class CouponQueries:
    """The coupons of the company that asks."""

    @resolved(
        Permission.PLACE_ORDERS,
        description="The coupons of the caller's company, newest first.",
        graphql_type=ConnectionType[CouponType],
    )
    @staticmethod
    async def coupons(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        standing: _Standing = None,
    ) -> Page[HeldCoupon]:
        asked = Asked.of(CLAIMED, info, first=first, after=after, last=last, before=before)
        filter = ANY_COUPON if standing is None else CouponFilter(standing=standing)
        found = await info.context.views.coupons.coupons(
            window=asked.window, filter=filter, count=asked.count
        )
        return Page(found, asked.order)

    @resolved(
        Permission.PLACE_ORDERS,
        description="What the caller's company may claim now, newest first.",
        graphql_type=ConnectionType[CouponOfferType],
    )
    @staticmethod
    async def claimable_coupons(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[CouponTemplate]:
        asked = Asked.of(MADE, info, first=first, after=after, last=last, before=before)
        found = await info.context.views.coupons.claimable(window=asked.window, count=asked.count)
        return Page(found, asked.order)
