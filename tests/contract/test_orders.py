"""Orders: what was stored comes back, under a number of its own, and nobody overwrites what he has not seen."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.authorization import Actor
from application.ports.storage import Stale
from domain.identity import OrderId
from domain.ordering import Order, OrderNotFound, OrderStatus, Side
from kit import builders as a
from kit.strategies import few, orders
from kit.world import World


def new_order(world: World, *, by: str = "regular") -> Order:
    """An order of one line that is not stored yet."""
    lines = [a.order_line(world.shop.products["tea"])]
    return a.order(world.ids, buyer=world.shop.buyers[by], lines=lines)


def stored(world: World, order: Order, *, by: Actor | None = None) -> Order:
    """Store the order."""
    with world.database.unit_of_work(by or world.shop.clerk) as storage:
        return storage.orders.add(order)


def found(world: World, order: Order, *, by: Actor | None = None) -> Order:
    """Find the order as it is stored."""
    with world.database.unit_of_work.reading(by or world.shop.clerk) as storage:
        return storage.orders.get(order.id)


def saved(world: World, order: Order, *, by: Actor | None = None) -> Order:
    """Save the order."""
    with world.database.unit_of_work(by or world.shop.clerk) as storage:
        return storage.orders.save(order)


class TestAdd:
    @few
    @given(data=st.data())
    def test_it_gives_back_what_was_stored(self, world: World, data: st.DataObject) -> None:
        buyer = world.shop.buyers["vip"]
        goods = list(world.shop.products.values())
        drawn = data.draw(orders(of=goods, customer_id=buyer.customer_id, buyer_id=buyer.id))
        order = attrs.evolve(drawn, id=world.ids.new(OrderId))
        answer = stored(world, order)
        assert found(world, order) == answer == attrs.evolve(order, number=answer.number, version=1)

    def test_it_gives_the_next_number(self, world: World) -> None:
        numbers = [stored(world, new_order(world)).number for _ in range(3)]
        assert numbers == ["DH00000001", "DH00000002", "DH00000003"]

    def test_it_does_not_use_up_a_number_when_it_fails(self, world: World) -> None:
        order = new_order(world)
        stored(world, order)
        with pytest.raises(Stale):
            stored(world, order)
        assert stored(world, new_order(world)).number == "DH00000002"

    def test_it_leaves_the_facts_to_the_outbox(self, world: World) -> None:
        order = new_order(world)
        assert stored(world, order).events == ()
        assert found(world, order).events == ()

    def test_it_refuses_an_order_that_is_there_already(self, world: World) -> None:
        order = new_order(world)
        stored(world, order)
        with pytest.raises(Stale):
            stored(world, order)

    def test_it_refuses_an_order_of_another_merchants_customer(self, world: World) -> None:
        lines = [a.order_line(world.shop.products["tea"])]
        order = a.order(world.ids, buyer=world.other.buyers["vip"], lines=lines)
        with pytest.raises(Stale):
            stored(world, order)


class TestSave:
    def test_it_keeps_what_has_changed(self, world: World) -> None:
        order = stored(world, new_order(world))
        confirmed = saved(world, order.confirm(at=a.NOON))
        assert confirmed.status is OrderStatus.CONFIRMED
        assert confirmed == attrs.evolve(order, status=OrderStatus.CONFIRMED, version=2)
        assert found(world, order) == confirmed
        assert confirmed.events == ()

    def test_it_counts_a_version_every_time(self, world: World) -> None:
        order = stored(world, new_order(world))
        for version in (2, 3, 4):
            order = saved(world, order)
            assert order.version == version == found(world, order).version

    def test_it_refuses_a_stale_copy(self, world: World) -> None:
        order = stored(world, new_order(world))
        confirmed = saved(world, order.confirm(at=a.NOON))
        with pytest.raises(Stale):
            saved(world, order.cancel(at=a.NOON, by=Side.BUYER))
        assert found(world, order) == confirmed

    def test_it_refuses_an_order_that_was_never_stored(self, world: World) -> None:
        with pytest.raises(Stale):
            saved(world, new_order(world))

    def test_it_refuses_another_merchants_order(self, world: World) -> None:
        order = stored(world, new_order(world))
        with pytest.raises(Stale):
            saved(world, order.confirm(at=a.NOON), by=world.other.clerk)
        assert found(world, order) == order

    def test_it_refuses_another_companys_order_to_a_buyer(self, world: World) -> None:
        order = stored(world, new_order(world))
        with pytest.raises(Stale):
            saved(world, order.cancel(at=a.NOON, by=Side.BUYER), by=world.shop.buyer("vip"))
        assert found(world, order) == order


class TestGet:
    def test_it_refuses_an_order_that_is_not_there(self, world: World) -> None:
        with pytest.raises(OrderNotFound):
            found(world, new_order(world))

    def test_it_refuses_another_merchants_order(self, world: World) -> None:
        order = stored(world, new_order(world))
        with pytest.raises(OrderNotFound):
            found(world, order, by=world.other.clerk)

    def test_it_refuses_another_companys_order_to_a_buyer(self, world: World) -> None:
        order = stored(world, new_order(world))
        with pytest.raises(OrderNotFound):
            found(world, order, by=world.shop.buyer("vip"))

    def test_it_shows_the_order_to_colleagues_of_its_buyer(self, world: World) -> None:
        order = stored(world, new_order(world))
        assert found(world, order, by=world.shop.buyer("viewer")) == order

    def test_it_shows_a_guest_nothing(self, world: World) -> None:
        order = stored(world, new_order(world))
        with pytest.raises(OrderNotFound):
            found(world, order, by=world.shop.guest)
