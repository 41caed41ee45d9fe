"""Coupons: their templates, those of companies, and what is done with them."""

from adapters.graphql.coupons._mutations import CouponMutations
from adapters.graphql.coupons._refusals import CouponTemplateNotFoundType
from adapters.graphql.coupons._types import (
    CLAIMED,
    MADE,
    CouponFilterInput,
    CouponQueries,
    CouponTemplateType,
    CouponType,
)

__all__ = [
    "CLAIMED",
    "MADE",
    "CouponFilterInput",
    "CouponMutations",
    "CouponQueries",
    "CouponTemplateNotFoundType",
    "CouponTemplateType",
    "CouponType",
]
