"""Coupons in a quote or an order: what comes off, or why nothing does."""

from __future__ import annotations

import strawberry

from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions import GiftType
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from domain.coupons import CouponNotUsable, CouponOutcome, CouponRefusal, TooManyCoupons
from domain.money import Money

COUPONS = (
    "Up to 5 coupons, by their codes: one of each stacking group, and only one where one of them goes alone; of those"
    " that do not go together the best is used, and the others are refused."
)


def _amount(gap: object) -> Money | None:
    """Coupons have thresholds of money, and no others."""
    return gap if isinstance(gap, Money) else None


@strawberry.type(name="CouponOutcome", description="What becomes of a coupon in a basket.")
class CouponOutcomeType:
    """Shows CouponOutcome."""

    reference: str = field(Permission.PLACE_ORDERS, description="The code, as it was asked for.")
    coupon_id: strawberry.ID | None = field(
        Permission.PLACE_ORDERS, description="The coupon; null where the company has none of this code."
    )
    name: str | None = field(
        Permission.PLACE_ORDERS,
        description="What it is called; null where the company has none of this code.",
    )
    discount: MoneyType | None = field(
        Permission.PLACE_ORDERS, description="What it takes off; null where it is not used."
    )
    gifts: list[GiftType] = field(Permission.PLACE_ORDERS, description="What it gives.")
    refusal: CouponRefusal | None = field(
        Permission.PLACE_ORDERS, description="Why it is not used; null where it is."
    )

    @resolved(
        Permission.PLACE_ORDERS,
        description="How much more of its goods it takes, where that is the reason.",
        graphql_type=MoneyType | None,
    )
    @staticmethod
    def gap(root: CouponOutcome) -> Money | None:
        return _amount(root.gap)


@refusal(CouponNotUsable, description="A coupon that was asked for is not used for this basket.")
class CouponNotUsableType(UserErrorType):
    """Shows CouponNotUsable."""

    reference: str = field(Permission.BROWSE, description="The code, as it was asked for.")
    reason: CouponRefusal = field(Permission.BROWSE, description="Why.")

    @resolved(
        Permission.BROWSE,
        description="How much more of its goods it takes, where that is the reason.",
        graphql_type=MoneyType | None,
    )
    @staticmethod
    def gap(root: CouponNotUsable) -> Money | None:
        return _amount(root.gap)


@refusal(TooManyCoupons, description="More coupons were asked for than one order takes.")
class TooManyCouponsType(UserErrorType):
    """Shows TooManyCoupons."""

    most: int = field(Permission.BROWSE, description="The most that one order takes.")
