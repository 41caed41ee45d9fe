"""Promotions, as the verbs need them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

import attrs

from domain.identity import BrandId, CategoryId, CustomerId, ProductId, PromotionId, SkuId
from domain.ordering import Order
from domain.promotions import Offer, Promotion, PromotionInput
from domain.visibility import Audience

GoodsId = SkuId | ProductId | CategoryId | BrandId


@attrs.frozen(kw_only=True)
class OnOffer:
    """The promotions that hold at a moment, by id, and everything that they may know a customer by."""

    offers: tuple[Offer, ...] = ()
    audience: Audience

    @property
    def to_customer(self) -> tuple[Offer, ...]:
        """Those that are for the customer; what is for others is nobody else's business."""
        return tuple(one for one in self.offers if one.promotion.is_for(self.audience))


class Promotions(Protocol):
    """The promotions of the merchant, and how much of their budgets is used up."""

    def on_offer(self, customer_id: CustomerId | None, *, at: datetime) -> OnOffer:
        """Those that are valid at this moment, whomever they are for, with what is used of them; none is suspended."""
        ...

    def on_offer_later(self, customer_id: CustomerId | None, *, at: datetime) -> Callable[[], OnOffer]:
        """Ask for what is on offer, and wait for it when it is needed."""
        found = self.on_offer(customer_id, at=at)
        return lambda: found

    def lock(self, promotion_id: PromotionId) -> Promotion | None:
        """Find a promotion and keep it as it is until the unit of work ends."""
        ...

    def find(self, promotion_id: PromotionId) -> Promotion | None:
        """Find a promotion."""
        ...

    def unended(self, *, at: datetime) -> int:
        """How many there are that have not ended, and are not suspended."""
        ...

    def goods(self, ids: Collection[GoodsId]) -> frozenset[GoodsId]:
        """Which of these SKUs, products, categories and brands there are."""
        ...

    def add(self, promotion: Promotion, *, at: datetime) -> None:
        """Store a new promotion, of which nothing is used."""
        ...

    def save(self, promotion: Promotion, *, at: datetime) -> None:
        """Store what a promotion has become, after `lock`; what is used of it stays."""
        ...

    def use(self, order: Order, given: PromotionInput) -> None:
        """Take what the order uses out of the budgets, and keep what decided it, so that it can be computed again.

        :raises Stale: if a budget has less left, at the latest when the unit of work ends; nothing was taken.
        """
        ...

    def give_back(self, order: Order) -> None:
        """Give back to the budgets what the order used; whoever calls it sees to it that it is done once."""
        ...
