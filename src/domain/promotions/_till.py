"""What goes into the fold of promotions over a basket, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType

import attrs

from domain.errors import DomainError
from domain.identity import PromotionId, SkuId
from domain.money import Currency, Money, Rounding, UnitPrice
from domain.period import aware
from domain.promotions._effects import Threshold
from domain.promotions._guard import Guard, GuardedLine
from domain.promotions._promotion import Promotion, Stage
from domain.promotions._scope import PricedLine
from domain.quantity import Quantity
from domain.visibility import Audience


@attrs.frozen
class Usage:
    """How much of a promotion's budget is used up: over all orders, and by this customer."""

    amount: int = 0
    """In minor units."""
    uses: int = 0
    uses_of_customer: int = 0


UNUSED = Usage()


@attrs.frozen(kw_only=True)
class Offer:
    """A promotion as it is offered to one customer. What the customer claims (a coupon) comes after all others."""

    promotion: Promotion
    usage: Usage = UNUSED
    claim: str | None = None
    """By what it is claimed; None where it is there for whoever fulfils its conditions."""

    @property
    def stage(self) -> Stage:
        """When it is its turn."""
        return self.promotion.stage if self.claim is None else Stage.COUPON


@attrs.frozen(kw_only=True)
class GiftStock:
    """What is known of a SKU that may be given away: what can be had of it beside what is ordered, and its worth."""

    sku_id: SkuId
    available: Quantity
    unit_price: UnitPrice
    """What one of the base unit costs who buys it."""


@attrs.frozen(kw_only=True)
class Adjustment:
    """What staff take off an order as a whole after promotions: an amount, or what is beyond a round one (抹零)."""

    amount: Money | None = None
    rounding: Rounding = Rounding.NONE

    def __attrs_post_init__(self) -> None:
        if (self.amount is None) is (self.rounding is Rounding.NONE):
            raise ValueError("an amount is taken off, or what is beyond a round one")
        if self.amount is not None and self.amount.minor <= 0:
            raise ValueError("what is taken off is more than nothing")

    def off(self, total: Money) -> Money:
        """What is taken off this total, which may be less than that."""
        return total.beyond(self.rounding) if self.amount is None else self.amount


@attrs.frozen(kw_only=True)
class PromotionInput:
    """Everything that decides what promotions do to a basket: the same input has the same outcome, at any time."""

    lines: tuple[PricedLine, ...]
    offers: tuple[Offer, ...]
    currency: Currency
    audience: Audience
    at: datetime = attrs.field(validator=aware)
    time_zone: str
    gifts: Mapping[SkuId, GiftStock] = MappingProxyType({})
    """Whatever is not here cannot be given to this customer."""
    choices: Mapping[PromotionId, SkuId] = MappingProxyType({})
    """Which gift the buyer chose, of those promotions that let them choose."""
    guard: Guard | None = None
    """What no line may cost less than; None where the merchant guards nothing of it."""
    adjustment: Adjustment | None = None
    """What staff took off the whole after it was placed."""
    rounding: Rounding = Rounding.NONE
    """How the merchant rounds every order, last of all."""

    def kept_of(self, other: PromotionInput | None) -> PromotionInput:
        """The same with what else decided an order on which nothing was on offer."""
        if other is None:
            return self
        return attrs.evolve(self, guard=other.guard, adjustment=other.adjustment, rounding=other.rounding)


class RejectionReason(Enum):
    """Why a promotion that is about goods of the basket is not applied."""

    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    NOT_NOW = "NOT_NOW"
    EXCLUSIVE_WORSE = "EXCLUSIVE_WORSE"
    EXCLUSIVE_TAKEN = "EXCLUSIVE_TAKEN"
    NOT_STACKABLE = "NOT_STACKABLE"
    BUDGET_SPENT = "BUDGET_SPENT"
    USES_SPENT = "USES_SPENT"
    CUSTOMER_USES_SPENT = "CUSTOMER_USES_SPENT"
    GIFT_SHORT = "GIFT_SHORT"
    NO_DISCOUNT = "NO_DISCOUNT"


@attrs.frozen(kw_only=True)
class GiftLine:
    """Goods that are given with an order, in the base unit; what is owed follows later."""

    promotion_id: PromotionId
    sku_id: SkuId
    quantity: Quantity
    missing: Quantity = Quantity(0)
    """How many are due and not given now."""
    owed: bool = False
    """Whether what is missing is owed."""
    value: Money
    """What those that are given now would cost."""


@attrs.frozen(kw_only=True)
class AppliedPromotion:
    """A promotion that is applied: what it takes off, of which lines, and what it gives."""

    promotion: Promotion
    stage: Stage
    claim: str | None = None
    discount: Money
    taken: tuple[int, ...]
    """What is taken off each line of the input, in its order, in minor units; they sum to the discount."""
    gifts: tuple[GiftLine, ...] = ()
    cost: Money
    """What it uses of its budget: what it takes off, and the worth of what it gives."""

    @property
    def shares(self) -> tuple[Money, ...]:
        """What is taken off each line of the input, in its order."""
        return tuple(Money(minor, self.discount.currency) for minor in self.taken)


@attrs.frozen(kw_only=True)
class RejectedPromotion:
    """A promotion that is about goods of the basket, and why it is not applied."""

    promotion: Promotion
    claim: str | None = None
    reason: RejectionReason
    gap: Threshold | None = None
    """How much is missing, where that is the reason."""


@attrs.frozen
class NearMiss:
    """How much more of its goods makes a promotion take more off, or give more (凑单)."""

    promotion: Promotion
    gap: Threshold


@attrs.frozen(kw_only=True)
class Folded:
    """What promotions do to a basket."""

    applied: tuple[AppliedPromotion, ...] = ()
    """In the order in which they were."""
    rejected: tuple[RejectedPromotion, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    nets: tuple[Money, ...] = ()
    """What each line of the input costs after all of them; never less than nothing."""
    discounts: tuple[Money, ...] = ()
    """What is taken off each line."""
    gifts: tuple[GiftLine, ...] = ()
    adjusted: int = 0
    """What staff take off the whole, in minor units, as far as the lines cost so much; it is in their discounts."""
    rounded: int = 0
    """What is left off the whole to make it round, in minor units; it is in the discounts of the lines."""
    problems: tuple[DomainError, ...] = ()
    """What keeps the basket from being ordered."""
    guarded: tuple[GuardedLine, ...] = ()
    """The lines that are below their floors, or would be without the guard."""


@attrs.frozen
class GiftShort(DomainError):
    """There are fewer of a gift than are due, and the merchant does not let the order go without."""

    promotion_id: PromotionId
    sku_id: SkuId
    missing: Quantity


@attrs.frozen
class UnknownGift(DomainError):
    """The promotion does not give what was chosen, or gives no choice."""

    promotion_id: PromotionId
    sku_id: SkuId
