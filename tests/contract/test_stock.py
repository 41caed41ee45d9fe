"""Stock: nothing is promised twice, nothing is given back twice, and every change leaves a movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import pytest

from application.ports.storage import Stale
from domain.identity import OrderId, WarehouseId
from domain.inventory import Movement, Reservation, ReservationState, StockItem
from domain.ordering import Order
from kit import builders as a
from kit.world import World


def order_of(world: World, code: str, many: int = 1) -> Order:
    """A stored order of one SKU, for which nothing is reserved yet."""
    line = a.order_line(world.shop.product_of(code), sku=world.shop.sku(code), quantity=many)
    order = a.order(world.ids, buyer=world.shop.buyers["regular"], lines=[line])
    with world.database.unit_of_work(world.shop.clerk) as storage:
        return storage.orders.add(order)


def promise(world: World, order_id: OrderId, code: str, many: int, warehouse: str = "main") -> Reservation:
    """A reservation of so many for the order's first line."""
    return Reservation(
        order_id=order_id,
        line=0,
        sku_id=world.shop.sku(code).id,
        warehouse_id=world.shop.warehouses[warehouse].id,
        quantity=a.pieces(many),
    )


def item(world: World, code: str, warehouse: str = "main") -> StockItem:
    """The stock of a SKU in a warehouse; an empty one where there is none."""
    place, sku = world.shop.warehouses[warehouse].id, world.shop.sku(code)
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        items = storage.stock.sheet([sku.id]).items
    there = [one for one in items if one.warehouse_id == place]
    return there[0] if there else StockItem(sku_id=sku.id, warehouse_id=place)


def reserve(world: World, *reservations: Reservation) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.stock.reserve(reservations)


def release(world: World, order_id: OrderId) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.stock.release(order_id)


def commit(world: World, order_id: OrderId) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.stock.commit(order_id)


def states(world: World, order_id: OrderId) -> Sequence[ReservationState]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return [one.state for one in storage.stock.reservations(order_id)]


def figures(one: StockItem) -> tuple[str, str]:
    """What is on hand and what is available, to be read."""
    return str(one.on_hand), str(one.available)


class TestLooking:
    def test_it_knows_the_warehouses_by_priority(self, world: World) -> None:
        late = a.warehouse(world.ids, code="LATE", priority=9)
        early = a.warehouse(world.ids, code="EARLY", priority=-1)
        world.add([late, early])
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert [one.code for one in storage.stock.warehouses()] == ["EARLY", "MAIN", "SECOND", "LATE"]

    @pytest.mark.parametrize("locking", [False, True], ids=["looking", "locking"])
    def test_it_shows_every_item_of_the_skus_asked_for(self, world: World, *, locking: bool) -> None:
        shop = world.shop
        tea, rice = shop.sku("TEA-500"), shop.sku("RICE")
        with world.database.unit_of_work(shop.clerk) as storage:
            look = storage.stock.lock if locking else storage.stock.sheet
            sheet = look([rice.id, tea.id])
            assert look([]).items == ()
        assert {(one.sku_id, one.warehouse_id): figures(one) for one in sheet.items} == {
            (tea.id, shop.warehouses["main"].id): ("240", "240"),
            (tea.id, shop.warehouses["second"].id): ("120", "120"),
            (rice.id, shop.warehouses["second"].id): ("500", "500"),
        }
        assert _priorities(sheet.priority, world) == {"main": 0, "second": 1}
        assert sheet.available == {tea.id: a.pieces(360), rice.id: a.pieces(500)}

    def test_it_adds_up_what_all_warehouses_have(self, world: World) -> None:
        shop = world.shop
        tea, rice, soda = (shop.sku(code).id for code in ("TEA-500", "RICE", "SODA"))
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            available = storage.stock.available_later([tea, rice, soda])
            nothing = storage.stock.available_later([])
            assert available() == {tea: a.pieces(360), rice: a.pieces(500)}
            assert nothing() == {}

    def test_it_finds_nothing_of_a_sku_without_stock(self, world: World) -> None:
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.stock.lock([world.shop.sku("SODA").id]).items == ()


def _priorities(found: Mapping[WarehouseId, int], world: World) -> Mapping[str, int]:
    return {name: found[one.id] for name, one in world.shop.warehouses.items()}


class TestReserve:
    def test_it_takes_out_of_what_is_available(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        assert figures(item(world, "TEA-500")) == ("240", "235")
        assert figures(item(world, "TEA-500", "second")) == ("120", "120")

    def test_it_takes_the_last_piece(self, world: World) -> None:
        order = order_of(world, "TEA-1L", 12)
        reserve(world, promise(world, order.id, "TEA-1L", 12))
        assert figures(item(world, "TEA-1L")) == ("12", "0")

    def test_it_refuses_more_than_is_available(self, world: World) -> None:
        order = order_of(world, "TEA-1L", 13)
        with pytest.raises(Stale):
            reserve(world, promise(world, order.id, "TEA-1L", 13))
        assert figures(item(world, "TEA-1L")) == ("12", "12")
        assert states(world, order.id) == []

    def test_it_takes_nothing_where_one_of_several_is_not_there(self, world: World) -> None:
        order = order_of(world, "TEA-1L", 13)
        there = promise(world, order.id, "TEA-500", 1)
        missing = attrs.evolve(promise(world, order.id, "TEA-1L", 13), line=1)
        with pytest.raises(Stale):
            reserve(world, there, missing)
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_adds_up_what_two_lines_take_of_one_item(self, world: World) -> None:
        order = order_of(world, "TEA-1L", 13)
        first = promise(world, order.id, "TEA-1L", 7)
        with pytest.raises(Stale):
            reserve(world, first, attrs.evolve(first, line=1, quantity=a.pieces(6)))
        reserve(world, first, attrs.evolve(first, line=1, quantity=a.pieces(5)))
        assert figures(item(world, "TEA-1L")) == ("12", "0")

    def test_it_refuses_stock_where_there_is_no_item(self, world: World) -> None:
        order = order_of(world, "SODA")
        with pytest.raises(Stale):
            reserve(world, promise(world, order.id, "SODA", 1))

    def test_it_refuses_another_merchants_stock(self, world: World) -> None:
        order = order_of(world, "TEA-500")
        theirs = Reservation(
            order_id=order.id,
            line=0,
            sku_id=world.other.sku("TEA-500").id,
            warehouse_id=world.other.warehouses["main"].id,
            quantity=a.pieces(1),
        )
        with pytest.raises(Stale):
            reserve(world, theirs)

    def test_it_refuses_a_promise_for_an_order_that_never_comes(self, world: World) -> None:
        with pytest.raises(Stale):
            reserve(world, promise(world, world.ids.new(OrderId), "TEA-500", 1))
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_refuses_a_second_promise_for_the_same_line(self, world: World) -> None:
        order = order_of(world, "TEA-500")
        reserve(world, promise(world, order.id, "TEA-500", 1))
        with pytest.raises(Stale):
            reserve(world, promise(world, order.id, "TEA-500", 1))
        assert figures(item(world, "TEA-500")) == ("240", "239")

    def test_it_does_nothing_for_nothing(self, world: World) -> None:
        reserve(world)
        assert figures(item(world, "TEA-500")) == ("240", "240")


class TestReservations:
    def test_it_names_them_by_line_and_warehouse(self, world: World) -> None:
        order = order_of(world, "TEA-500", 300)
        made = [
            promise(world, order.id, "TEA-500", 240, "main"),
            promise(world, order.id, "TEA-500", 60, "second"),
            attrs.evolve(promise(world, order.id, "TEA-1L", 1), line=1),
        ]
        reserve(world, *reversed(made))
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            found = storage.stock.reservations(order.id)
        assert list(found) == sorted(made, key=lambda one: (one.line, one.warehouse_id))
        assert {one.state for one in found} == {ReservationState.HELD}


class TestCommit:
    def test_it_turns_what_is_held_into_what_is_committed(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        commit(world, order.id)
        assert states(world, order.id) == [ReservationState.COMMITTED]
        assert figures(item(world, "TEA-500")) == ("240", "235")

    def test_it_leaves_what_was_released(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        release(world, order.id)
        commit(world, order.id)
        assert states(world, order.id) == [ReservationState.RELEASED]

    def test_it_leaves_other_orders_alone(self, world: World) -> None:
        first, second = order_of(world, "TEA-500"), order_of(world, "TEA-500")
        reserve(world, promise(world, first.id, "TEA-500", 1), promise(world, second.id, "TEA-500", 1))
        commit(world, first.id)
        assert states(world, second.id) == [ReservationState.HELD]


class TestRelease:
    @pytest.mark.parametrize("committed", [False, True], ids=["held", "committed"])
    def test_it_gives_back_what_was_reserved(self, world: World, *, committed: bool) -> None:
        order = order_of(world, "TEA-500", 300)
        reserve(
            world,
            promise(world, order.id, "TEA-500", 240, "main"),
            promise(world, order.id, "TEA-500", 60, "second"),
        )
        if committed:
            commit(world, order.id)
        release(world, order.id)
        assert figures(item(world, "TEA-500")) == ("240", "240")
        assert figures(item(world, "TEA-500", "second")) == ("120", "120")
        assert states(world, order.id) == [ReservationState.RELEASED] * 2

    def test_it_gives_nothing_back_twice(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        for _ in range(3):
            release(world, order.id)
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_gives_back_two_lines_of_one_item(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        first = promise(world, order.id, "TEA-500", 5)
        reserve(world, first, attrs.evolve(first, line=1))
        release(world, order.id)
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_leaves_other_orders_alone(self, world: World) -> None:
        first, second = order_of(world, "TEA-500"), order_of(world, "TEA-500")
        reserve(world, promise(world, first.id, "TEA-500", 1), promise(world, second.id, "TEA-500", 2))
        release(world, first.id)
        assert figures(item(world, "TEA-500")) == ("240", "238")

    def test_it_does_nothing_for_an_order_without_reservations(self, world: World) -> None:
        release(world, world.ids.new(OrderId))
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_cannot_release_another_merchants_reservations(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        with world.database.unit_of_work(world.other.clerk) as storage:
            storage.stock.release(order.id)
            storage.stock.commit(order.id)
        assert states(world, order.id) == [ReservationState.HELD]


class TestMove:
    def move(self, world: World, *movements: Movement) -> None:
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.stock.lock({one.sku_id for one in movements})
            storage.stock.move(movements, event=a.stock_changed(*movements))

    def test_it_brings_goods_in(self, world: World) -> None:
        self.move(world, a.movement(world.ids, item(world, "TEA-500"), change="10.5"))
        assert figures(item(world, "TEA-500")) == ("250.5", "250.5")

    def test_it_takes_goods_out(self, world: World) -> None:
        self.move(world, a.movement(world.ids, item(world, "TEA-500"), change=-240))
        assert figures(item(world, "TEA-500")) == ("0", "0")

    def test_it_leaves_what_is_reserved_reserved(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        self.move(world, a.movement(world.ids, item(world, "TEA-500"), change=-235))
        assert figures(item(world, "TEA-500")) == ("5", "0")

    def test_it_brings_goods_to_where_none_were(self, world: World) -> None:
        nothing = item(world, "SODA", "second")
        self.move(world, a.movement(world.ids, nothing, change=7))
        assert figures(item(world, "SODA", "second")) == ("7", "7")

    def test_it_follows_several_movements_of_one_item(self, world: World) -> None:
        before = item(world, "TEA-500")
        first = a.movement(world.ids, before, change=10)
        second = a.movement(world.ids, attrs.evolve(before, on_hand=first.after), change=-3)
        self.move(world, first, second)
        assert figures(item(world, "TEA-500")) == ("247", "247")

    def test_it_refuses_when_something_else_was_there_before(self, world: World) -> None:
        before = item(world, "TEA-500")
        self.move(world, a.movement(world.ids, before, change=1))
        with pytest.raises(Stale):
            self.move(world, a.movement(world.ids, before, change=1))
        assert figures(item(world, "TEA-500")) == ("241", "241")

    def test_it_refuses_to_take_what_is_promised(self, world: World) -> None:
        order = order_of(world, "TEA-500", 5)
        reserve(world, promise(world, order.id, "TEA-500", 5))
        with pytest.raises(Stale):
            self.move(world, a.movement(world.ids, item(world, "TEA-500"), change=-236))
        assert figures(item(world, "TEA-500")) == ("240", "235")

    def test_it_moves_all_or_nothing(self, world: World) -> None:
        good = a.movement(world.ids, item(world, "TEA-500"), change=1)
        bad = a.movement(world.ids, attrs.evolve(item(world, "TEA-1L"), on_hand=a.pieces(99)), change=1)
        with pytest.raises(Stale):
            self.move(world, good, bad)
        assert figures(item(world, "TEA-500")) == ("240", "240")

    def test_it_refuses_another_merchants_goods(self, world: World) -> None:
        theirs = StockItem(
            sku_id=world.other.sku("TEA-500").id, warehouse_id=world.other.warehouses["main"].id
        )
        with pytest.raises(Stale):
            self.move(world, a.movement(world.ids, theirs, change=1))
