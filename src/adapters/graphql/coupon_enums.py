"""The enums of coupons as clients see them."""

from __future__ import annotations

from adapters.graphql.enums import declare
from domain.coupons import ClaimRefusal, ClaimWay, CouponRefusal, CouponStanding

declare(
    ClaimWay,
    name="CouponClaimWay",
    description="How a company comes by a coupon.",
    values={
        "ISSUED": "The merchant's staff give it.",
        "LISTED": "Whoever may claim it finds it in a list.",
        "BY_CODE": "Whoever has a code claims it.",
    },
)
declare(
    ClaimRefusal,
    name="CouponClaimRefusal",
    description="Why a coupon cannot be claimed.",
    values={
        "NOT_YET": "Its time has not come.",
        "OVER": "Its time is over, or it was stopped.",
        "CLAIMED": "The company has claimed as many as it may.",
        "NONE_LEFT": "As many were claimed as there are.",
    },
)
declare(
    CouponStanding,
    description="Where a coupon stands.",
    values={
        "AVAILABLE": "It may be used.",
        "NOT_YET": "Its time has not come.",
        "EXPIRED": "Its time is over.",
        "USED": "It is used in an order.",
        "WITHDRAWN": "The merchant took it back.",
    },
)
declare(
    CouponRefusal,
    description="Why a coupon is not used for a basket.",
    values={
        "UNKNOWN": "The company has no coupon of this code.",
        "NOT_YET": "Its time has not come.",
        "EXPIRED": "Its time is over.",
        "USED": "It was used.",
        "WITHDRAWN": "The merchant took it back.",
        "USED_UP": "As many of its kind were used as may be.",
        "NOT_FOR_THESE": "It is for none of these goods.",
        "BELOW_THRESHOLD": "Its goods come to less than they have to.",
        "NOT_STACKABLE": "It does not go together with another coupon, or with a promotion that goes alone.",
        "NO_DISCOUNT": "Nothing would come off.",
        "GIFT_SHORT": "There is not enough of what it gives.",
    },
)
