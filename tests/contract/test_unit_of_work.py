"""Units of work: all or nothing, and never another merchant's rows."""

from __future__ import annotations

import threading

import attrs
import pytest

from application.ports.database import Database
from application.ports.storage import CustomerNotFound, Stale
from domain.ordering import Order, OrderNotFound
from kit import builders as a
from kit.world import World


class Surprise(Exception):
    """Something nobody reckoned with."""


def _place(world: World, *, number: int = 1) -> Order:
    order = a.order(
        world.ids,
        buyer=world.shop.buyers["regular"],
        lines=[a.order_line(world.shop.products["tea"], quantity=number)],
    )
    with world.database.unit_of_work(world.shop.clerk) as storage:
        return storage.orders.add(order)


class TestUnitOfWork:
    def test_it_keeps_what_was_done_when_the_block_ends(self, world: World) -> None:
        order = _place(world)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.orders.get(order.id) == order

    def test_it_forgets_everything_when_the_block_raises(self, world: World) -> None:
        tea, brand = world.shop.sku("TEA-500"), a.brand(world.ids, name="新牌")
        order = a.order(
            world.ids,
            buyer=world.shop.buyers["regular"],
            lines=[a.order_line(world.shop.products["tea"])],
        )

        def fail() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.bulk.add([brand])
                storage.stock.move(
                    [a.movement(world.ids, before.items[0], change=5)], event=a.stock_changed()
                )
                storage.orders.add(order)
                storage.answers.claim(operation="placeOrder", key=a.key("k"), fingerprint="f")
                raise Surprise

        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            before = storage.stock.sheet([tea.id])
        with pytest.raises(Surprise):
            fail()
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.stock.sheet([tea.id]) == before
            assert brand not in storage.products.brands()
            with pytest.raises(OrderNotFound):
                storage.orders.get(order.id)
            assert storage.answers.claim(operation="placeOrder", key=a.key("k"), fingerprint="g") is None
            assert storage.orders.add(order).number == "DH00000001"

    def test_it_keeps_what_was_done_when_what_was_raised_stayed_inside(self, world: World) -> None:
        brand = a.brand(world.ids, name="新牌")
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.add([brand])
            with pytest.raises(Surprise):
                raise Surprise
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert brand in storage.products.brands()

    def test_it_works_again_after_a_block_that_raised(self, world: World) -> None:
        for _ in range(3):
            with pytest.raises(Surprise), world.database.unit_of_work(world.shop.clerk):
                raise Surprise
        assert _place(world).number == "DH00000001"

    def test_it_forgets_when_the_thread_is_told_to_stop(self, world: World) -> None:
        def stop() -> None:
            with world.database.unit_of_work(world.shop.operator) as storage:
                storage.bulk.add([a.brand(world.ids, name="新牌")])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stop()
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert "新牌" not in [brand.name for brand in storage.products.brands()]

    def test_what_stands_in_the_way_is_said_without_values(self, world: World, storage_name: str) -> None:
        """Whoever runs the house is to find it in the log, where nothing personal is."""
        secret = "绝密"
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.add(a.group(world.ids, name=secret))
        with pytest.raises(Stale) as caught, world.database.unit_of_work(world.shop.clerk) as storage:
            storage.groups.add(a.group(world.ids, name=secret))
        because = caught.value.because
        assert ("customer_groups" in because) is (storage_name != "memory")
        assert secret not in because

    def test_it_sees_its_own_changes(self, world: World) -> None:
        brand = a.brand(world.ids, name="新牌")
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.add([brand])
            assert brand in storage.products.brands()

    def test_it_hides_its_changes_from_readers_until_it_ends(self, world: World) -> None:
        brand = a.brand(world.ids, name="新牌")
        with world.database.unit_of_work(world.shop.operator) as storage:
            storage.bulk.add([brand])
            with world.database.unit_of_work.reading(world.shop.operator) as beside:
                assert brand not in beside.products.brands()

    def test_it_cannot_reach_rows_of_another_merchant(self, world: World) -> None:
        mine, theirs = world.shop, world.other
        order = _place(world)
        sku = mine.sku("TEA-500")
        with world.database.unit_of_work(theirs.clerk) as storage:
            assert storage.products.listings(ids=[sku.id]) == ()
            assert storage.stock.sheet([sku.id]).items == ()
            assert storage.stock.lock([sku.id]).items == ()
            assert storage.stock.reservations(order.id) == ()
            assert not {one.id for one in storage.prices.lists()} & {one.id for one in mine.lists.values()}
            assert storage.prices.ladders(list_ids=[mine.lists["base"].id]) == {}
            assert not {one.id for one in storage.products.all()} & {one.id for one in mine.products.values()}
            assert not set(storage.products.brands()) & set(mine.brands.values())
            assert not set(storage.products.categories()) & set(mine.categories.values())
            assert not set(storage.stock.warehouses()) & set(mine.warehouses.values())
            with pytest.raises(OrderNotFound):
                storage.orders.get(order.id)
            with pytest.raises(CustomerNotFound):
                storage.customers.get(mine.customers["vip"].id)

    def test_it_finds_the_own_goods_by_a_code_that_both_merchants_use(self, world: World) -> None:
        for shop in (world.shop, world.other):
            with world.database.unit_of_work(shop.clerk) as storage:
                [listing] = storage.products.listings(codes=[shop.sku("RICE").code])
                assert listing.sku.id == shop.sku("RICE").id

    def test_it_numbers_the_orders_of_each_merchant_on_their_own(self, world: World) -> None:
        theirs = a.order(
            world.ids,
            buyer=world.other.buyers["regular"],
            lines=[a.order_line(world.other.products["tea"])],
        )
        first = _place(world)
        with world.database.unit_of_work(world.other.clerk) as storage:
            assert storage.orders.add(theirs).number == first.number == "DH00000001"

    def test_it_lets_writers_take_turns(self, world: World) -> None:
        """No number is given twice, none is left out."""
        numbers: list[str] = []
        threads = [threading.Thread(target=lambda: numbers.append(_place(world).number)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == [f"DH{number:08d}" for number in range(1, 9)]


class TestReading:
    def test_it_is_of_one_moment(self, world: World) -> None:
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            before = storage.products.brands()
            with world.database.unit_of_work(world.shop.operator) as beside:
                beside.bulk.add([a.brand(world.ids, name="新牌")])
            assert storage.products.brands() == before

    def test_it_refuses_to_change_anything(self, world: World) -> None:
        # Each database says so in its own words, and nobody is meant to answer them.
        with (
            pytest.raises(Exception, match=r"(?i)read.?only|mappingproxy"),
            world.database.unit_of_work.reading(world.shop.operator) as storage,
        ):
            storage.bulk.add([a.brand(world.ids, name="新牌")])
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            assert "新牌" not in [brand.name for brand in storage.products.brands()]

    def test_it_finds_nothing_for_a_merchant_who_is_not_there(self, database: Database) -> None:
        merchant = a.merchant(a.SeededIds(9))
        with database.unit_of_work.reading(a.guest(merchant)) as storage:
            assert storage.products.all() == ()
            assert storage.prices.lists() == ()


def test_it_starts_empty_for_every_test(database: Database) -> None:
    merchant = a.merchant(a.SeededIds(3))
    with database.unit_of_work(a.operator(merchant)) as storage:
        storage.bulk.add([merchant])
        storage.bulk.add([a.brand(a.SeededIds(4))])
    with database.unit_of_work.reading(a.operator(attrs.evolve(merchant))) as storage:
        assert len(storage.products.brands()) == 1
