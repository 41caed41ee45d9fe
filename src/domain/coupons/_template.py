"""What coupons of one kind promise, who may claim one, and how many there may be."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import attrs

from domain.coupons._coupon import Coupon, CouponCode
from domain.errors import DomainError
from domain.identity import (
    AudienceId,
    CouponId,
    CouponTemplateId,
    CustomerId,
    PromotionId,
    StaffId,
    Text,
)
from domain.money import LARGEST_PRICE, Currency, Money, Percentage
from domain.period import ALWAYS, Period, aware
from domain.promotions import (
    EVERYTHING,
    Effect,
    Gift,
    Promotion,
    PromotionName,
    Scope,
    Step,
    ThresholdDiscount,
)
from domain.visibility import Audience

MOST_DAYS = 3_660
"""A coupon holds for ten years after it was claimed at the longest."""
MOST_OF_A_TEMPLATE = 1_000_000
"""No limit of a template is more."""
MOST_AUDIENCES = 100
"""So many groups, tiers and companies a template is open to by name."""
LONGEST_TERMS = 200


class CouponName(Text):
    """What a coupon is called."""

    __slots__ = ()


class StackingGroup(Text):
    """What coupons that may go together in one order are told apart by: one of each."""

    __slots__ = ()
    longest = 32


def _positive(_: object, field: attrs.Attribute[Any], money: Money | None) -> None:
    if money is not None and not 0 < money.minor <= LARGEST_PRICE:
        raise ValueError(f"{field.name} is more than nothing and not too much")


class ClaimWay(Enum):
    """How a company comes by a coupon."""

    ISSUED = "ISSUED"
    LISTED = "LISTED"
    BY_CODE = "BY_CODE"


def _limit(_: object, field: attrs.Attribute[Any], limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MOST_OF_A_TEMPLATE:
        raise ValueError(f"{field.name} is 1 to {MOST_OF_A_TEMPLATE}")


@attrs.frozen(kw_only=True)
class CouponLimits:
    """How many of a template there may be; where nothing is said, as many as are asked for."""

    claims: int | None = attrs.field(default=None, validator=_limit)
    """Of all companies together."""
    claims_each: int | None = attrs.field(default=1, validator=_limit)
    """Of one company."""
    uses: int | None = attrs.field(default=None, validator=_limit)
    """So many of them are used, of all companies together; an order that is called off gives its use back."""


@attrs.frozen(kw_only=True)
class CouponValidity:
    """When a coupon may be used: within a period, or for so many days from when it was claimed, or both."""

    period: Period = ALWAYS
    days: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            raise ValueError(f"a coupon holds for 1 to {MOST_DAYS} days")

    def from_claim(self, at: datetime) -> Period | None:
        """When a coupon that is claimed now holds; None where that is over before it begins."""
        ends = [one for one in (self.period.end, self._after(at)) if one is not None]
        start, end = max(at, self.period.start or at), min(ends, default=None)
        return None if end is not None and end <= start else Period(start, end)

    def _after(self, at: datetime) -> datetime | None:
        return None if self.days is None else at + timedelta(days=self.days)


@attrs.frozen(kw_only=True)
class CouponTemplate:
    """What coupons of one kind promise (优惠券模板). It is made once and never changed: what was promised stays."""

    id: CouponTemplateId
    name: CouponName
    terms: str = attrs.field(default="", validator=attrs.validators.max_len(LONGEST_TERMS))
    """What buyers can read about it."""
    currency: Currency
    off: Money | Percentage | Gift
    """What comes off: an amount (满减券), or a share (折扣券): 10 % is 九折. Or what is given (赠品券), from an amount
    on that the gift says itself."""
    most: Money | None = attrs.field(default=None, validator=_positive)
    """No more comes off, where it is a share."""
    threshold: Money | None = attrs.field(default=None, validator=_positive)
    """What the goods in its scope have to come to, after every other promotion; as much as comes off where None."""
    scope: Scope = EVERYTHING
    validity: CouponValidity = CouponValidity()
    limits: CouponLimits = CouponLimits()
    way: ClaimWay = ClaimWay.ISSUED
    claim_code: CouponCode | None = attrs.field(default=None, repr=False)
    """What lets a company claim one, where it is claimed by code."""
    open: Period = ALWAYS
    """When it may be claimed."""
    audience: frozenset[AudienceId] = attrs.field(
        default=frozenset(), validator=attrs.validators.max_len(MOST_AUDIENCES)
    )
    """Who may claim it: companies that go by one of these; every company where none is named."""
    stacking: StackingGroup | None = None
    """Coupons of different stacking groups go together; one without goes alone."""
    claims: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    uses: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    made_by: StaffId | None = None
    made_at: datetime = attrs.field(validator=aware)
    stopped_at: datetime | None = attrs.field(default=None, validator=aware)

    def __attrs_post_init__(self) -> None:
        if (self.claim_code is None) is (self.way is ClaimWay.BY_CODE):
            raise ValueError("whatever is claimed by code has one, and nothing else")
        if self.most is not None and not isinstance(self.off, Percentage):
            raise ValueError("only of a share there is a most")
        if isinstance(self.off, Gift) and (self.threshold or not isinstance(self.off.threshold, Money)):
            raise ValueError("a gift says itself from which amount on it is given")
        amounts = [one for one in (self.off, self.most, self.least) if isinstance(one, Money)]
        if any(one.currency is not self.currency or one.minor > LARGEST_PRICE for one in amounts):
            raise ValueError("amounts are of the currency, and not too much")
        # What can be no promotion is wrong here, and not only when somebody orders.
        _ = self.promotion

    def is_for(self, audience: Audience) -> bool:
        """Tell whether a company that goes by this may claim one."""
        return not self.audience or not self.audience.isdisjoint(audience.ids)

    def claimable(self, *, claimed: int, at: datetime) -> ClaimRefusal | None:
        """Say why a company that has claimed so many can claim no more, if so; whom it is for is asked before."""
        if self.open.start is not None and at < self.open.start:
            return ClaimRefusal.NOT_YET
        if self.stopped_at is not None or at not in self.open or self.validity.from_claim(at) is None:
            return ClaimRefusal.OVER
        if self.limits.claims_each is not None and claimed >= self.limits.claims_each:
            return ClaimRefusal.CLAIMED
        if self.limits.claims is not None and self.claims >= self.limits.claims:
            return ClaimRefusal.NONE_LEFT
        return None

    def give(
        self, *, id: CouponId, code: CouponCode, customer_id: CustomerId, claimed: int, at: datetime
    ) -> Coupon:
        """Make the coupon of a company that has claimed so many already.

        :raises CouponNotClaimable: if it can have none.
        """
        refused, holds = self.claimable(claimed=claimed, at=at), self.validity.from_claim(at)
        if refused is not None or holds is None:
            raise CouponNotClaimable(refused or ClaimRefusal.OVER)
        return Coupon(
            id=id, template_id=self.id, customer_id=customer_id, code=code, claimed_at=at, holds=holds
        )

    def stop(self, *, at: datetime) -> CouponTemplate:
        """Let nobody claim it any more; what was claimed holds. One that was stopped stays so since then."""
        return self if self.stopped_at is not None else attrs.evolve(self, stopped_at=at)

    @property
    def least(self) -> Money | None:
        """What the goods have to come to, where that was said."""
        if isinstance(self.off, Gift):
            return self.off.threshold if isinstance(self.off.threshold, Money) else None
        return self.threshold

    @property
    def promotion(self) -> Promotion:
        """What a coupon takes off, as the fold of promotions knows it."""
        effect: Effect
        if isinstance(self.off, Gift):
            effect = self.off
        else:
            least = self.threshold or (self.off if isinstance(self.off, Money) else Money(1, self.currency))
            effect = ThresholdDiscount(steps=(Step(least, self.off),), cap=self.most)
        return Promotion(
            id=PromotionId(f"{PromotionId.tag}{self.id.removeprefix(self.id.tag)}"),
            name=PromotionName(self.name),
            text=self.terms,
            effect=effect,
            scope=self.scope,
            public=False,
        )

    @property
    def used_up(self) -> bool:
        """Whether as many were used as may be."""
        return self.limits.uses is not None and self.uses >= self.limits.uses


class ClaimRefusal(Enum):
    """Why a coupon cannot be claimed."""

    NOT_YET = "NOT_YET"
    OVER = "OVER"
    CLAIMED = "CLAIMED"
    NONE_LEFT = "NONE_LEFT"


@attrs.frozen
class CouponTemplateNotFound(DomainError):
    """There is no such coupon template, or none that whoever asks could claim."""


@attrs.frozen
class CouponNotClaimable(DomainError):
    """The coupon cannot be claimed now, or not any more."""

    reason: ClaimRefusal


@attrs.frozen
class InvalidCoupon(DomainError):
    """A coupon template that cannot be: which field of the input."""

    field: str
