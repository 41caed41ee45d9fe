"""What staff changed of orders after they were placed, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, Permission
from application.ports.amendments import Amendments
from application.ports.storage import Stale
from application.views.amendments import AmendmentBook, AmendmentCard, amendment_card, sees_reasons
from domain.identity import OrderId
from domain.ordering import Amendment, Order
from domain.promotions import PromotionInput


@attrs.frozen
class MemoryAmendments(Amendments):
    """The amendments of one merchant's orders."""

    shop: Shop
    actor: Actor

    def input(self, order_id: OrderId) -> PromotionInput | None:
        return self.shop.order_inputs.get(order_id)

    def adjust(self, order: Order, given: PromotionInput, amendment: Amendment) -> Order:
        stored = self._note(order, amendment)
        self.shop.order_inputs[order.id] = given
        return stored

    def weigh(self, order: Order, amendment: Amendment) -> Order:
        return self._note(order, amendment)

    def of(self, order_id: OrderId) -> tuple[Amendment, ...]:
        return self.shop.amendments.get(order_id, ())

    def _note(self, order: Order, amendment: Amendment) -> Order:
        found = self.shop.orders.get(order.id)
        if found is None or found.version != order.version or not self._reaches(found):
            raise Stale(order.id)
        self.shop.record(order.id, order.events)
        self.shop.amendments[order.id] = (*self.of(order.id), amendment)
        return self.shop.put_order(attrs.evolve(order, number=found.number, version=found.version + 1))

    def _reaches(self, order: Order) -> bool:
        return self.shop.reaches(self.actor, order.customer_id)


@attrs.frozen
class MemoryAmendmentBook(AmendmentBook):
    """What one actor sees of the amendments of a merchant's orders."""

    vault: Shops
    actor: Actor

    async def of_orders(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[AmendmentCard, ...]]:
        shop, reasons = self.vault.shop(self.actor.merchant_id), sees_reasons(self.actor)
        return {
            id: tuple(amendment_card(one, reasons=reasons) for one in shop.amendments[id])
            for id in order_ids
            if id in shop.amendments
            and self.actor.has(Permission.VIEW_ORDERS)
            and shop.reaches(self.actor, shop.orders[id].customer_id)
        }
