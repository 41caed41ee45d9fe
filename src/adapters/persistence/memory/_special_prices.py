"""Special prices, what was bought at them, and what orders kept, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor
from application.ports.special_prices import Offers, SpecialPrices
from application.ports.storage import Stale
from domain.identity import CustomerId, SkuId, SpecialPriceId
from domain.ordering import Order
from domain.price_choice import SkuPrices
from domain.special_prices import OrderSpecial, SpecialPrice, Taken, offered
from domain.visibility import NOBODY


@attrs.frozen
class MemorySpecialPrices(SpecialPrices):
    """The special prices of one merchant."""

    shop: Shop
    actor: Actor

    def offered(self, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime) -> Offers:
        return offers_in(self.shop, self.actor, customer_id, sku_ids=sku_ids, at=at)

    def lock(self, special_price_id: SpecialPriceId) -> SpecialPrice | None:
        return self.shop.special_prices.get(special_price_id)

    def unended(self, sku_id: SkuId, *, at: datetime) -> int:
        return sum(one.sku_id == sku_id and not one.ended(at) for one in self.shop.special_prices.values())

    def add(self, special: SpecialPrice, *, at: datetime) -> None:
        if special.id in self.shop.special_prices or special.sku_id not in self.shop.skus:
            raise Stale(special.id)
        self._put(special, at)

    def save(self, special: SpecialPrice, *, at: datetime) -> None:
        found = self.shop.special_prices.get(special.id)
        if found is None or found.version != special.version - 1:
            raise Stale(special.id)
        self._put(special, at)

    def use(self, order: Order, kept: Sequence[OrderSpecial]) -> None:
        self._count(order, kept, sign=1)
        for one in kept:
            special = self.shop.special_prices[one.special.id]
            taken = _taken(self.shop, special, order.customer_id)
            for most, bought in ((special.stock, taken.in_all), (special.per_customer, taken.by_customer)):
                if one.special.limited and most is not None and bought > most.thousandths:
                    raise Stale(special.id)
        self.shop.order_specials[order.id] = tuple(kept)

    def give_back(self, order: Order) -> None:
        self._count(order, self.shop.order_specials.get(order.id, ()), sign=-1)

    def _count(self, order: Order, kept: Sequence[OrderSpecial], *, sign: int) -> None:
        taken, by_customer = self.shop.specials_taken, self.shop.special_customers
        for one in kept:
            if one.special.limited:
                id, quantity = one.special.id, one.quantity.thousandths * sign
                taken[id] = taken.get(id, 0) + quantity
                key = (id, order.customer_id)
                by_customer[key] = by_customer.get(key, 0) + quantity

    def _put(self, special: SpecialPrice, at: datetime) -> None:
        shop, merchant_id = self.shop, self.actor.merchant_id
        shop.special_prices[special.id] = special
        has = any(not one.ended(at) for one in shop.special_prices.values())
        shop.merchants[merchant_id] = attrs.evolve(shop.merchants[merchant_id], has_specials=has)


def offers_in(
    shop: Shop, actor: Actor, customer_id: CustomerId | None, *, sku_ids: Collection[SkuId], at: datetime
) -> Offers:
    """What is offered of these SKUs to a customer."""
    if not actor.merchant.has_specials:
        return {}
    known = customer_id is not None and customer_id in shop.customers
    return offered(
        (
            (one, _taken(shop, one, customer_id))
            for one in shop.special_prices.values()
            if one.sku_id in sku_ids
        ),
        audience=shop.audience(customer_id) if known and customer_id is not None else NOBODY,
        at=at,
        time_zone=actor.merchant.time_zone,
    )


def prices_in(shop: Shop, actor: Actor, sku_id: SkuId, *, at: datetime) -> SkuPrices:
    """The prices of a SKU as whoever looks gets them, with what is offered of it."""
    ladders = shop.ladders_for(actor.customer_id, sku_id)
    prices = SkuPrices.of(ladders, at=at, rules=actor.merchant.price_rules)
    offers = offers_in(shop, actor, actor.customer_id, sku_ids=(sku_id,), at=at)
    return prices.with_specials(offers.get(sku_id, ()))


def _taken(shop: Shop, special: SpecialPrice, customer_id: CustomerId | None) -> Taken:
    by_customer = 0 if customer_id is None else shop.special_customers.get((special.id, customer_id), 0)
    return Taken(shop.specials_taken.get(special.id, 0), by_customer)
