"""Floors, margins of categories, approvals below a floor, and what staff see of them, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from adapters.persistence.tables import microseconds
from application.authorization import Actor, Permission
from application.ports.floors import FloorApproval, Floors
from application.ports.storage import Stale
from application.views.floors import CategoryMargin, FloorBook, FloorCard, LineBelowFloor
from application.views.pages import Slice, Window
from domain.floors import SkuFloor
from domain.identity import CategoryId, CustomerId, SkuCode, SkuId
from domain.money import Percentage, UnitPrice
from domain.ordering import FALLEN_STATUSES


@attrs.frozen
class MemoryFloors(Floors):
    """The floors of one merchant."""

    shop: Shop

    def of_skus(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, UnitPrice]:
        found = ((id, self.shop.lowest(id)) for id in sku_ids)
        return {id: price for id, price in found if price is not None}

    def as_set(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor]:
        return {id: self.shop.floors[id] for id in sku_ids if id in self.shop.floors}

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, SkuFloor | None]:
        return {id: self.shop.floors.get(id) for id in sku_ids if id in self.shop.skus}

    def set(self, floors: Mapping[SkuId, SkuFloor | None]) -> None:
        for id, floor in floors.items():
            if id not in self.shop.skus:
                raise Stale(id)
            if floor is None:
                self.shop.floors.pop(id, None)
            else:
                self.shop.floors[id] = floor

    def lock_margins(self, category_ids: Collection[CategoryId]) -> Mapping[CategoryId, Percentage | None]:
        return {id: self.shop.margins.get(id) for id in category_ids if id in self.shop.categories}

    def set_margins(self, margins: Mapping[CategoryId, Percentage | None]) -> None:
        for id, margin in margins.items():
            if id not in self.shop.categories:
                raise Stale(id)
            if margin is None:
                self.shop.margins.pop(id, None)
            else:
                self.shop.margins[id] = margin

    def approved(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> Mapping[SkuId, UnitPrice]:
        found = (self.shop.approvals.get((customer_id, id)) for id in sku_ids)
        return {one.sku_id: one.lowest for one in found if one is not None and one.until > at}

    def approve(self, approvals: Iterable[FloorApproval]) -> Mapping[SkuId, FloorApproval]:
        before: dict[SkuId, FloorApproval] = {}
        for one in approvals:
            if one.sku_id not in self.shop.skus or one.customer_id not in self.shop.customers:
                raise Stale(one.sku_id)
            key = (one.customer_id, one.sku_id)
            if key in self.shop.approvals:
                before[one.sku_id] = self.shop.approvals[key]
            self.shop.approvals[key] = one
        return before


@attrs.frozen
class MemoryFloorBook(FloorBook):
    """What one actor sees of the floors."""

    vault: Shops
    actor: Actor

    async def floors(self, *, window: Window, sku_code: SkuCode | None, count: bool) -> Slice[FloorCard]:
        shop = self._shop
        if not self._may():
            return Slice()
        return cut(
            (id for id in shop.floors if sku_code in (None, shop.sku(id).code)),
            window,
            key=lambda id: (shop.sku(id).code, id),
            card=lambda id: FloorCard(id, shop.floors[id], shop.usual_margin(id)),
            count=count,
        )

    async def margins(self) -> tuple[CategoryMargin, ...]:
        return (
            tuple(CategoryMargin(*one) for one in sorted(self._shop.margins.items())) if self._may() else ()
        )

    async def approvals(self, *, window: Window, count: bool) -> Slice[FloorApproval]:
        if not self._may() or not self.actor.has(Permission.VIEW_CUSTOMERS):
            return Slice()
        return cut(
            self._shop.approvals.values(),
            window,
            key=lambda one: (one.customer_id, one.sku_id),
            card=lambda one: one,
            count=count,
        )

    async def below(
        self, *, window: Window, since: datetime, until: datetime, count: bool
    ) -> Slice[LineBelowFloor]:
        if not self._may() or not self.actor.has(Permission.VIEW_ORDERS):
            return Slice()
        return cut(
            self._below(since, until),
            window,
            key=lambda row: (microseconds(row[1].placed_at), row[1].order_id, row[0]),
            card=lambda row: row[1],
            count=count,
            descending=True,
        )

    def _below(self, since: datetime, until: datetime) -> Iterator[tuple[int, LineBelowFloor]]:
        for order in self._shop.orders.values():
            if order.status in FALLEN_STATUSES or not since <= order.placed_at < until:
                continue
            for at, line in enumerate(order.lines):
                lowest = self._shop.lowest(line.sku_id)
                if lowest is None or line.gift_value is not None:
                    continue
                found = LineBelowFloor(
                    order_id=order.id,
                    number=order.number,
                    placed_at=order.placed_at,
                    sku_id=line.sku_id,
                    base_quantity=line.base_quantity,
                    net=line.total - line.discount,
                    lowest=lowest,
                )
                if found.net.minor < found.floor.minor:
                    yield at, found

    def _may(self) -> bool:
        return self.actor.has(Permission.VIEW_FLOORS)

    @property
    def _shop(self) -> Shop:
        return self.vault.shop(self.actor.merchant_id)
