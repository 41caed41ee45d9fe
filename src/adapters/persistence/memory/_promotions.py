"""Promotions, what is used of them, and what decided an order's discounts, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop
from application.ports.promotions import GoodsId, OnOffer, Promotions
from application.ports.storage import Stale
from domain.identity import CustomerId, MerchantId, PromotionId
from domain.ordering import Order
from domain.promotions import UNUSED, Offer, Promotion, PromotionInput, Usage
from domain.visibility import NOBODY


@attrs.frozen
class MemoryPromotions(Promotions):
    """The promotions of one merchant."""

    shop: Shop
    merchant_id: MerchantId

    def on_offer(self, customer_id: CustomerId | None, *, at: datetime) -> OnOffer:
        offers = (
            Offer(promotion=one, usage=self._usage(one.id, customer_id))
            for _, one in sorted(self.shop.promotions.items())
            if not one.suspended and at in one.schedule.validity
        )
        audience = NOBODY if customer_id is None else self.shop.audience(customer_id)
        return OnOffer(offers=tuple(offers), audience=audience)

    def lock(self, promotion_id: PromotionId) -> Promotion | None:
        return self.shop.promotions.get(promotion_id)

    def unended(self, *, at: datetime) -> int:
        return sum(_may_hold(one, at) for one in self.shop.promotions.values())

    def goods(self, ids: Collection[GoodsId]) -> frozenset[GoodsId]:
        shop = self.shop
        return frozenset(
            id
            for id in ids
            if any(id in table for table in (shop.skus, shop.products, shop.categories, shop.brands))
        )

    def add(self, promotion: Promotion, *, at: datetime) -> None:
        if promotion.id in self.shop.promotions:
            raise Stale(promotion.id)
        self._put(promotion, at)

    def save(self, promotion: Promotion, *, at: datetime) -> None:
        found = self.shop.promotions.get(promotion.id)
        if found is None or found.version != promotion.version - 1:
            raise Stale(promotion.id)
        self._put(promotion, at)

    def use(self, order: Order, given: PromotionInput) -> None:
        for one in order.promotions:
            if not one.limited or one.claim is not None:
                continue
            promotion = self.shop.promotions[one.promotion_id]
            usage, budget = self._usage(promotion.id, order.customer_id), promotion.budget
            spent = usage.amount + one.cost.minor
            if (
                (budget.uses is not None and usage.uses >= budget.uses)
                or (budget.amount is not None and spent > budget.amount.minor)
                or (
                    budget.uses_per_customer is not None
                    and usage.uses_of_customer >= budget.uses_per_customer
                )
            ):
                raise Stale(promotion.id)
            self._count(promotion.id, order.customer_id, one.cost.minor, 1)
        self.shop.order_inputs[order.id] = given

    def give_back(self, order: Order) -> None:
        for one in order.promotions:
            if one.limited and one.claim is None:
                self._count(one.promotion_id, order.customer_id, -one.cost.minor, -1)

    def _usage(self, promotion_id: PromotionId, customer_id: CustomerId | None) -> Usage:
        used = self.shop.promotions_used.get(promotion_id, UNUSED)
        of_customer = 0
        if customer_id is not None:
            of_customer = self.shop.promotion_customers.get((promotion_id, customer_id), 0)
        return attrs.evolve(used, uses_of_customer=of_customer)

    def _count(self, promotion_id: PromotionId, customer_id: CustomerId, amount: int, uses: int) -> None:
        used = self.shop.promotions_used.get(promotion_id, UNUSED)
        self.shop.promotions_used[promotion_id] = Usage(used.amount + amount, used.uses + uses)
        key = (promotion_id, customer_id)
        self.shop.promotion_customers[key] = self.shop.promotion_customers.get(key, 0) + uses

    def _put(self, promotion: Promotion, at: datetime) -> None:
        self.shop.promotions[promotion.id] = promotion
        self.shop.note_promotions(self.merchant_id, at)


def _may_hold(one: Promotion, at: datetime) -> bool:
    """Tell whether it holds, or will."""
    end = one.schedule.validity.end
    return not one.suspended and (end is None or end > at)
