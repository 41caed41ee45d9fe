"""Coupons: staff make templates, issue coupons and take them back; companies claim them."""

from application.coupons._templates import (
    MOST_GOODS,
    AskedScope,
    AskedTemplate,
    CreateCouponTemplate,
)
from application.coupons._verbs import (
    MOST_ISSUED,
    ClaimCoupon,
    IssueCoupons,
    Issued,
    StopCouponTemplate,
    WithdrawCoupon,
)

__all__ = [
    "MOST_GOODS",
    "MOST_ISSUED",
    "AskedScope",
    "AskedTemplate",
    "ClaimCoupon",
    "CreateCouponTemplate",
    "IssueCoupons",
    "Issued",
    "StopCouponTemplate",
    "WithdrawCoupon",
]
