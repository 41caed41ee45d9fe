"""Orders that were placed, in dictionaries, as promotions are tried on them."""

from __future__ import annotations

from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor
from application.ports.simulating import PlacedOrder, PlacedOrders
from domain.identity import CategoryId, OrderId
from domain.ordering import Order, OrderLine, OrderStatus
from domain.promotions import PricedLine, PromotionInput


@attrs.frozen
class MemoryPlacedOrders(PlacedOrders):
    """The orders of one merchant."""

    shop: Shop
    actor: Actor

    def page(
        self,
        *,
        since: datetime,
        until: datetime,
        after: tuple[datetime, OrderId] | None,
        most: int,
    ) -> tuple[PlacedOrder, ...]:
        found = sorted(self.shop.orders.values(), key=lambda one: (one.placed_at, one.id))
        return tuple(
            self._placed(one)
            for one in found
            if since <= one.placed_at < until
            and one.status is not OrderStatus.CANCELLED
            and (after is None or (one.placed_at, one.id) > after)
        )[:most]

    def _placed(self, order: Order) -> PlacedOrder:
        given = self.shop.order_inputs.get(order.id)
        if given is None or not given.offers:
            plain = PromotionInput(
                lines=tuple(self._line(line) for line in order.lines if line.gift_value is None),
                offers=(),
                currency=order.currency,
                audience=self.shop.audience(order.customer_id),
                at=order.placed_at,
                time_zone=self.actor.merchant.time_zone,
            )
            given = plain.kept_of(given)
        return PlacedOrder(
            order_id=order.id, customer_id=order.customer_id, placed_at=order.placed_at, given=given
        )

    def _line(self, line: OrderLine) -> PricedLine:
        product = self.shop.products[line.product_id]
        above: tuple[CategoryId, ...] = ()
        if product.category_id is not None:
            above = (*self.shop.categories[product.category_id].ancestors, product.category_id)
        return PricedLine(
            sku_id=line.sku_id,
            product_id=line.product_id,
            category_ids=frozenset(above),
            brand_id=product.brand_id,
            base_quantity=line.base_quantity,
            total=line.total,
        )
