"""Why nothing was done with a coupon."""

from __future__ import annotations

from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from application.authorization import Permission
from domain.coupons import (
    ClaimRefusal,
    CouponNotClaimable,
    CouponNotFound,
    CouponTemplateNotFound,
    CouponUsed,
    InvalidCoupon,
)


@refusal(InvalidCoupon, description="A coupon template that cannot be.")
class InvalidCouponType(UserErrorType):
    """Shows InvalidCoupon."""

    field: str = field(Permission.BROWSE, description="Which part of the input it is about.")


@refusal(CouponTemplateNotFound, description="There is no such coupon template, or none that may be claimed.")
class CouponTemplateNotFoundType(UserErrorType):
    """Shows CouponTemplateNotFound."""


@refusal(CouponNotFound, description="There is no such coupon.")
class CouponNotFoundType(UserErrorType):
    """Shows CouponNotFound."""


@refusal(CouponNotClaimable, description="The coupon can be claimed not yet, or not any more.")
class CouponNotClaimableType(UserErrorType):
    """Shows CouponNotClaimable."""

    reason: ClaimRefusal = field(Permission.BROWSE, description="Why.")


@refusal(CouponUsed, description="The coupon was used in an order.")
class CouponUsedType(UserErrorType):
    """Shows CouponUsed."""
