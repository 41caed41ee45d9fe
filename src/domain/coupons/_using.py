"""Coupons in an order: which of those that are asked for are used, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

import attrs

from domain.coupons._coupon import Coupon, CouponCode, CouponStanding
from domain.coupons._template import CouponName, CouponTemplate
from domain.errors import DomainError
from domain.identity import CouponId
from domain.money import Money
from domain.promotions import Folded, GiftLine, Offer, RejectionReason, Threshold

MOST_COUPONS = 5
"""So many coupons one order takes."""


@attrs.frozen
class HeldCoupon:
    """A coupon with what it promises."""

    coupon: Coupon
    template: CouponTemplate


class CouponRefusal(Enum):
    """Why a coupon is not used for a basket."""

    UNKNOWN = "UNKNOWN"
    """The company has none of that code; somebody else may."""
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    USED = "USED"
    WITHDRAWN = "WITHDRAWN"
    USED_UP = "USED_UP"
    """As many of its template were used as may be."""
    NOT_FOR_THESE = "NOT_FOR_THESE"
    """None of the goods is in its scope."""
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    NOT_STACKABLE = "NOT_STACKABLE"
    """It does not go together with another coupon, or with a promotion that goes alone."""
    NO_DISCOUNT = "NO_DISCOUNT"
    """It would take nothing off."""
    GIFT_SHORT = "GIFT_SHORT"
    """There is not enough of what it gives."""


@attrs.frozen(kw_only=True)
class CouponOutcome:
    """What becomes of one coupon in a basket: so much comes off, or why nothing does."""

    reference: str
    """As it was asked for."""
    coupon_id: CouponId | None = None
    name: CouponName | None = None
    """What it is called; None where the company has none of that code."""
    discount: Money | None = None
    gifts: tuple[GiftLine, ...] = ()
    """What it gives."""
    refusal: CouponRefusal | None = None
    gap: Threshold | None = None
    """How much more of its goods it takes, where that is the reason."""


@attrs.frozen
class TooManyCoupons(DomainError):
    """More coupons were asked for than one order takes."""

    coupons: int
    most: int = MOST_COUPONS


@attrs.frozen
class CouponNotUsable(DomainError):
    """A coupon that was asked for is not used for this basket."""

    reference: str
    reason: CouponRefusal
    gap: Threshold | None = None


_OUT_OF_STATE = {
    CouponStanding.NOT_YET: CouponRefusal.NOT_YET,
    CouponStanding.EXPIRED: CouponRefusal.EXPIRED,
    CouponStanding.USED: CouponRefusal.USED,
    CouponStanding.WITHDRAWN: CouponRefusal.WITHDRAWN,
}
_REJECTED = {
    RejectionReason.BELOW_THRESHOLD: CouponRefusal.BELOW_THRESHOLD,
    RejectionReason.GIFT_SHORT: CouponRefusal.GIFT_SHORT,
    RejectionReason.NO_DISCOUNT: CouponRefusal.NO_DISCOUNT,
}


def unusable(held: HeldCoupon, *, at: datetime) -> CouponRefusal | None:
    """Say why a coupon cannot be used in any basket now, if so."""
    standing = held.coupon.standing(at)
    if standing is not CouponStanding.AVAILABLE:
        return _OUT_OF_STATE[standing]
    return CouponRefusal.USED_UP if held.template.used_up else None


def offers(held: Sequence[HeldCoupon]) -> tuple[Offer, ...]:
    """Offer coupons together: one of each stacking group, and only one of all where one of them goes alone.

    Of those that do not go together the best for the customer is used.
    """
    alone = any(one.template.stacking is None for one in held)
    return tuple(
        Offer(
            promotion=attrs.evolve(
                one.template.promotion,
                exclusive_group="coupons" if alone else f"coupons of {one.template.stacking}",
            ),
            claim=one.coupon.id,
        )
        for one in held
    )


@attrs.frozen
class Purse:
    """The coupons that somebody wants to use in an order, as they were asked for, and those of them that there are."""

    references: tuple[str, ...] = ()
    held: tuple[HeldCoupon, ...] = ()

    def offers(self, *, at: datetime) -> tuple[Offer, ...]:
        """What of it takes part in the fold of promotions, each coupon once."""
        usable = {
            one.coupon.id: one for one in self._asked().values() if one and unusable(one, at=at) is None
        }
        return offers([*usable.values()])

    @property
    def codes(self) -> frozenset[CouponCode]:
        """The codes that are asked for, as far as they can be any."""
        return frozenset(code for code in map(plain, self.references) if isinstance(code, CouponCode))

    def outcomes(self, folded: Folded, *, at: datetime) -> tuple[CouponOutcome, ...]:
        """What came of each, in the order in which they were asked for."""
        return tuple(outcome(reference, one, folded, at=at) for reference, one in self._asked().items())

    def used(self, folded: Folded) -> tuple[HeldCoupon, ...]:
        """Those that are used."""
        claims = {one.claim for one in folded.applied}
        return tuple(one for one in self.held if one.coupon.id in claims)

    def _asked(self) -> Mapping[str, HeldCoupon | None]:
        by_code: dict[str, HeldCoupon] = {one.coupon.code: one for one in self.held}
        return {reference: by_code.get(plain(reference)) for reference in self.references}


def outcome(reference: str, held: HeldCoupon | None, folded: Folded, *, at: datetime) -> CouponOutcome:
    """What came of a coupon that was offered to a fold, if it could be."""
    if held is None:
        return CouponOutcome(reference=reference, refusal=CouponRefusal.UNKNOWN)
    found = CouponOutcome(reference=reference, coupon_id=held.coupon.id, name=held.template.name)
    refused = unusable(held, at=at)
    if refused is not None:
        return attrs.evolve(found, refusal=refused)
    for applied in folded.applied:
        if applied.claim == held.coupon.id:
            return attrs.evolve(found, discount=applied.discount, gifts=applied.gifts)
    for rejected in folded.rejected:
        if rejected.claim == held.coupon.id:
            reason = _REJECTED.get(rejected.reason, CouponRefusal.NOT_STACKABLE)
            return attrs.evolve(found, refusal=reason, gap=rejected.gap)
    return attrs.evolve(found, refusal=CouponRefusal.NOT_FOR_THESE)


def plain(reference: str) -> str:
    """A code as it is kept, of what somebody has written; the same text where it can be none."""
    try:
        return CouponCode(reference)
    except ValueError:
        return reference
