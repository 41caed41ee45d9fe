"""The stock, in dictionaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import attrs

from adapters.persistence.memory._shops import Shop
from application.ports.storage import (
    Later,
    Stale,
    Stock,
)
from domain.events import Event
from domain.identity import (
    OrderId,
    SkuId,
    WarehouseId,
)
from domain.inventory import (
    OPEN_STATES,
    Movement,
    Reservation,
    ReservationState,
    StockItem,
    StockSheet,
    Warehouse,
)
from domain.quantity import NONE, Quantity


@attrs.frozen
class MemoryStock(Stock):
    """The stock of one merchant."""

    shop: Shop

    def warehouses(self) -> tuple[Warehouse, ...]:
        return tuple(sorted(self.shop.warehouses.values(), key=lambda one: (one.priority, one.id)))

    def sheet(self, sku_ids: Collection[SkuId]) -> StockSheet:
        items = (item for key, item in sorted(self.shop.stock.items()) if key[0] in sku_ids)
        return StockSheet(tuple(items), {one.id: one.priority for one in self.shop.warehouses.values()})

    def available_later(self, sku_ids: Collection[SkuId]) -> Later[Mapping[SkuId, Quantity]]:
        available = self.sheet(sku_ids).available
        return lambda: available

    def lock(self, sku_ids: Collection[SkuId]) -> StockSheet:
        return self.sheet(sku_ids)

    def reserve(self, reservations: Sequence[Reservation]) -> None:
        changed: dict[tuple[SkuId, WarehouseId], StockItem] = {}
        for key, quantity in _summed(reservations).items():
            item = self.shop.stock.get(key)
            if item is None or item.available < quantity:
                raise Stale(key)
            changed[key] = _with_available(item, item.available - quantity)
        made: dict[OrderId, tuple[Reservation, ...]] = {}
        for one in reservations:
            there = made.get(one.order_id) or self.shop.reservations.get(one.order_id, ())
            made[one.order_id] = _beside(there, one)
        self.shop.reservations.update(made)
        self.shop.stock.update(changed)

    def commit(self, order_id: OrderId) -> None:
        self._turn(order_id, {ReservationState.HELD}, ReservationState.COMMITTED)

    def release(self, order_id: OrderId) -> None:
        given_back = self._turn(order_id, OPEN_STATES, ReservationState.RELEASED)
        for key, quantity in _summed(given_back).items():
            item = self.shop.stock[key]
            self.shop.stock[key] = _with_available(item, item.available + quantity)

    def move(self, movements: Sequence[Movement], *, event: Event) -> None:
        moved: dict[tuple[SkuId, WarehouseId], StockItem] = {}
        for one in movements:
            key = (one.sku_id, one.warehouse_id)
            if one.sku_id not in self.shop.skus or one.warehouse_id not in self.shop.warehouses:
                raise Stale(key)
            item = moved.get(key) or self.shop.stock.get(key)
            item = item or StockItem(sku_id=one.sku_id, warehouse_id=one.warehouse_id)
            left = item.available.thousandths + one.change.thousandths
            if item.on_hand != one.before or left < 0 or one.id in self.shop.movements:
                raise Stale(key)
            moved[key] = attrs.evolve(item, on_hand=one.after, available=Quantity(left))
        for key, item in moved.items():
            self.shop.stock[key] = attrs.evolve(item, version=item.version + 1)
        self.shop.movements.update({one.id: one for one in movements})
        if movements:
            self.shop.record(movements[0].id, (event,))

    def rereserve(self, changed: Sequence[Reservation]) -> None:
        stock, there = dict(self.shop.stock), dict(self.shop.reservations)
        for one in changed:
            key, place = (one.sku_id, one.warehouse_id), (one.line, one.warehouse_id)
            of_order = there.get(one.order_id, ())
            before = [other for other in of_order if (other.line, other.warehouse_id) == place]
            by = _open(one).thousandths - sum(_open(other).thousandths for other in before)
            item = stock.get(key)
            if item is None or item.available.thousandths < by:
                raise Stale(key)
            stock[key] = _with_available(item, Quantity(item.available.thousandths - by))
            there[one.order_id] = (*(other for other in of_order if other not in before), one)
        self.shop.stock.update(stock)
        self.shop.reservations.update(there)

    def reservations(self, order_id: OrderId) -> tuple[Reservation, ...]:
        found = self.shop.reservations.get(order_id, ())
        return tuple(sorted(found, key=lambda one: (one.line, one.warehouse_id)))

    def _turn(
        self, order_id: OrderId, wanted: Collection[ReservationState], state: ReservationState
    ) -> tuple[Reservation, ...]:
        """Bring the order's reservations from the states wanted into another, and say which they were."""
        found = self.shop.reservations.get(order_id, ())
        turned = tuple(one for one in found if one.state in wanted)
        if turned:
            self.shop.reservations[order_id] = tuple(
                attrs.evolve(one, state=state) if one in turned else one for one in found
            )
        return turned


def _summed(reservations: Sequence[Reservation]) -> Mapping[tuple[SkuId, WarehouseId], Quantity]:
    """Add up the quantities of each stock item."""
    total: dict[tuple[SkuId, WarehouseId], Quantity] = {}
    for one in reservations:
        key = (one.sku_id, one.warehouse_id)
        total[key] = total.get(key, NONE) + one.quantity
    return total


def _with_available(item: StockItem, available: Quantity) -> StockItem:
    return attrs.evolve(item, available=available, version=item.version + 1)


def _beside(there: tuple[Reservation, ...], one: Reservation) -> tuple[Reservation, ...]:
    if any((one.line, one.warehouse_id) == (other.line, other.warehouse_id) for other in there):
        raise Stale(one.order_id)
    return (*there, one)


def _open(one: Reservation) -> Quantity:
    """What a reservation keeps from others."""
    return one.quantity if one.state in OPEN_STATES else NONE
