"""Coupons (优惠券): what a template promises, who may claim one of it, and the coupon that a company then has.

A coupon is one use. How many of a template may be claimed, by everybody and by one company, and how many of them may be
used are three limits; each is counted beside the template, so that whoever comes last is refused and nobody beyond. In
an order a coupon is a promotion that is claimed: it comes after all others.
"""

from domain.coupons._coupon import (
    CODE_LENGTH,
    Coupon,
    CouponCode,
    CouponNotFound,
    CouponStanding,
    CouponState,
    CouponUsed,
)
from domain.coupons._template import (
    LONGEST_TERMS,
    MOST_AUDIENCES,
    MOST_DAYS,
    MOST_OF_A_TEMPLATE,
    ClaimRefusal,
    ClaimWay,
    CouponLimits,
    CouponName,
    CouponNotClaimable,
    CouponTemplate,
    CouponTemplateNotFound,
    CouponValidity,
    InvalidCoupon,
    StackingGroup,
)
from domain.coupons._using import (
    MOST_COUPONS,
    CouponNotUsable,
    CouponOutcome,
    CouponRefusal,
    HeldCoupon,
    Purse,
    TooManyCoupons,
    offers,
    outcome,
    plain,
    unusable,
)

__all__ = [
    "CODE_LENGTH",
    "LONGEST_TERMS",
    "MOST_AUDIENCES",
    "MOST_COUPONS",
    "MOST_DAYS",
    "MOST_OF_A_TEMPLATE",
    "ClaimRefusal",
    "ClaimWay",
    "Coupon",
    "CouponCode",
    "CouponLimits",
    "CouponName",
    "CouponNotClaimable",
    "CouponNotFound",
    "CouponNotUsable",
    "CouponOutcome",
    "CouponRefusal",
    "CouponStanding",
    "CouponState",
    "CouponTemplate",
    "CouponTemplateNotFound",
    "CouponUsed",
    "CouponValidity",
    "HeldCoupon",
    "InvalidCoupon",
    "Purse",
    "StackingGroup",
    "TooManyCoupons",
    "offers",
    "outcome",
    "plain",
    "unusable",
]
