"""Carts, on one shop."""

from __future__ import annotations

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor, ActorKind
from application.ports.carts import Carts
from application.ports.storage import CustomerNotFound, Stale
from domain.cart import Cart
from domain.identity import CustomerId


@attrs.frozen
class MemoryCarts(Carts):
    """The carts of one merchant's customers."""

    shop: Shop
    actor: Actor

    def get(self, customer_id: CustomerId) -> Cart:
        known = customer_id in self.shop.customers and self.shop.reaches(self.actor, customer_id)
        if not known or self.actor.kind is not ActorKind.BUYER:
            raise CustomerNotFound
        return self.shop.carts.get(customer_id, Cart(customer_id=customer_id))

    def lock(self, customer_id: CustomerId) -> Cart:
        return self.get(customer_id)

    def save(self, before: Cart, after: Cart) -> None:
        strange = [line.sku_id for line in after.lines if line.sku_id not in self.shop.skus]
        if strange or after.customer_id not in self.shop.customers:
            raise Stale(after.customer_id)
        self.shop.carts[after.customer_id] = after
