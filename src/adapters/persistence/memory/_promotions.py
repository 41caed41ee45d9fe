"""Promotions, what is used of them, and what decided an order's discounts, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, Permission
from application.ports.promotions import GoodsId, OnOffer, Promotions
from application.ports.storage import Stale
from application.views.pages import Slice, Window
from application.views.promotions import PromotionBook, PromotionCard, may_be_shown, seen_of
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

    def find(self, promotion_id: PromotionId) -> Promotion | None:
        return self.lock(promotion_id)

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


@attrs.frozen
class MemoryPromotionBook(PromotionBook):
    """What one actor sees of the promotions of one merchant."""

    vault: Shops
    actor: Actor
    at: datetime

    async def promotions(self, *, window: Window, count: bool) -> Slice[PromotionCard]:
        return cut(
            self._all().values(),
            window,
            key=lambda card: (card.promotion.id,),
            card=lambda card: card,
            count=count,
            descending=True,
        )

    async def promotions_by_id(self, ids: Collection[PromotionId]) -> Mapping[PromotionId, PromotionCard]:
        return {id: card for id, card in self._all().items() if id in ids}

    async def on_offer(self) -> tuple[Promotion, ...]:
        return self.shown()

    def shown(self) -> tuple[Promotion, ...]:
        """What the actor may be shown of what holds now."""
        actor, shop = self.actor, self.vault.shop(self.actor.merchant_id)
        if not may_be_shown(actor):
            return ()
        found = MemoryPromotions(shop, actor.merchant_id).on_offer(actor.customer_id, at=self.at)
        zone = actor.merchant.time_zone
        shown = [
            one.promotion
            for one in found.offers
            if one.promotion.public
            and one.promotion.is_for(found.audience)
            and one.promotion.schedule.holds(self.at, time_zone=zone)
        ]
        products = {id for id in shop.products if shop.shows(id, actor)}
        return seen_of(shown, skus={id for id, of in shop.skus.items() if of in products}, products=products)

    def _all(self) -> Mapping[PromotionId, PromotionCard]:
        shop = self.vault.shop(self.actor.merchant_id)
        if not self.actor.has(Permission.MANAGE_PROMOTIONS):
            return {}
        used = shop.promotions_used
        return {id: PromotionCard(one, used.get(id, UNUSED)) for id, one in shop.promotions.items()}


def _may_hold(one: Promotion, at: datetime) -> bool:
    """Tell whether it holds, or will."""
    end = one.schedule.validity.end
    return not one.suspended and (end is None or end > at)
