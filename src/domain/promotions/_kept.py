"""What an order keeps of the promotions that were applied to it."""

from __future__ import annotations

import attrs

from domain.identity import PromotionId
from domain.money import Money
from domain.promotions._promotion import PromotionName
from domain.promotions._till import AppliedPromotion, GiftLine


@attrs.frozen(kw_only=True)
class OrderPromotion:
    """A promotion as it was when an order was placed, and what it did; it never changes afterwards."""

    promotion_id: PromotionId
    name: PromotionName
    text: str
    claim: str | None = None
    discount: Money
    """What it took off the lines."""
    cost: Money
    """What of its budget it used."""
    limited: bool
    """Whether it had a budget at all."""
    gifts: tuple[GiftLine, ...] = ()

    @classmethod
    def of(cls, applied: AppliedPromotion) -> OrderPromotion:
        """Keep what was applied."""
        promotion = applied.promotion
        return cls(
            promotion_id=promotion.id,
            name=promotion.name,
            text=promotion.text,
            claim=applied.claim,
            discount=applied.discount,
            cost=applied.cost,
            limited=promotion.budget.limits,
            gifts=applied.gifts,
        )
