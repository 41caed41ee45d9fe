"""What is remembered of goods and prices is what is there, whatever was changed, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import attrs
import pytest

from adapters.persistence.remembering import Memories
from adapters.persistence.sql import SqlDatabase
from application.ports.storage import Storage
from domain.catalog import Listing, QuantityRule
from domain.identity import CustomerId, PriceBatchId, SkuId
from domain.period import Period
from domain.price_batches import PriceBatch
from domain.price_choice import SkuPrices
from domain.pricing import PriceChange, PriceSource, PricesSet
from kit import builders as a
from kit.world import Shop, World

DAY = timedelta(days=1)
CODES = ("TEA-500", "TEA-1L", "RICE", "NUTS", "CUP")
Seen = tuple[Mapping[SkuId, Listing], Mapping[SkuId, SkuPrices]]


def forget(world: World) -> None:
    if isinstance(world.database, SqlDatabase):
        world.database.driver.memories = Memories()


def ids(shop: Shop) -> set[SkuId]:
    return {shop.sku(code).id for code in CODES}


def seen(storage: Storage, shop: Shop, customer_id: CustomerId | None, *, days: int = 0) -> Seen:
    """What a quote would see, as a quote asks for it."""
    at = a.NOON + days * DAY
    listings = storage.products.listings_later(ids=ids(shop))
    charged = storage.prices.charged_later(customer_id, sku_ids=ids(shop), since=at)
    return {one.sku.id: one for one in listings()}, charged(at)


def look(world: World, *, by: str = "regular", days: int = 0, shop: Shop | None = None) -> Seen:
    of = shop or world.shop
    # Where goods are is asked where there are promotions.
    merchant = attrs.evolve(of.merchant, promotes=True)
    with world.database.unit_of_work.reading(attrs.evolve(of.buyer(by), merchant=merchant)) as storage:
        return seen(storage, of, of.buyers[by].customer_id, days=days)


def change_price(storage: Storage, shop: Shop, list_name: str, price: int | str) -> None:
    change = PriceChange(shop.lists[list_name].id, shop.sku("TEA-500").id, a.ladder((1, price)))
    fact = PricesSet(at=a.NOON, list_id=change.list_id, sku_ids=(change.sku_id,))
    storage.prices.set([change], event=fact)


def price(world: World, list_name: str, amount: int | str) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        change_price(storage, world.shop, list_name, amount)


def rule(world: World) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.quantity_rules.lock([world.shop.sku("RICE").id])
        storage.quantity_rules.set({world.shop.sku("RICE").id: QuantityRule(a.pieces(3), a.pieces(3))})


def pool(world: World) -> None:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.quantity_rules.pool([world.shop.products["tea"].id], pooled=True)


def rename(world: World) -> None:
    tea = world.shop.products["tea"]
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.bulk.replace([attrs.evolve(tea, name="新茶")])


def move(world: World) -> None:
    """A category is above another no longer: where goods are changes, and none of them is written to."""
    iced = world.shop.categories["iced"]
    assert iced.ancestors
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.bulk.replace([attrs.evolve(iced, ancestors=())])


def brand(world: World) -> None:
    tea, sunny = world.shop.products["tea"], world.shop.brands["sunny"]
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.bulk.replace([attrs.evolve(tea, brand_id=sunny.id)])


def publish(world: World) -> None:
    batch = PriceBatch(id=world.ids.new(PriceBatchId), name="春", ladders=1, created_at=a.NOON)
    change = PriceChange(world.shop.lists["base"].id, world.shop.sku("CUP").id, a.ladder((1, 3)))
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.price_batches.add(batch)
        storage.price_batches.stage(batch.id, [change])
    look(world)
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.price_batches.save(batch.publish(at=a.NOON, effective_from=a.NOON))


def new_list(world: World) -> None:
    one = a.price_list(world.ids, source=PriceSource.PRICE_LIST, name="neu", priority=900)
    world.add([one])
    look(world)
    change = PriceChange(one.id, world.shop.sku("NUTS").id, a.ladder((1, 1)))
    fact = PricesSet(at=a.NOON, list_id=one.id, sku_ids=(change.sku_id,))
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.prices.set([change], event=fact)


def end_list(world: World) -> None:
    """A list is over: the prices are the same, and the lists are others."""
    found = world.shop.lists["promotion"]
    with world.database.unit_of_work(world.shop.clerk) as storage:
        there = storage.prices.lock(found.id)
        assert there is not None
        storage.prices.save(attrs.evolve(there, validity=Period(end=a.NOON - DAY)))


CHANGES: list[Callable[[World], None]] = [
    lambda world: price(world, "base", 9),
    lambda world: price(world, "vip", "80%"),
    rule,
    pool,
    rename,
    move,
    brand,
    publish,
    new_list,
    end_list,
]


@pytest.mark.parametrize("change", CHANGES, ids=[getattr(one, "__name__", "change") for one in CHANGES])
def test_whatever_is_changed_is_seen(world: World, change: Callable[[World], None]) -> None:
    before = [look(world, by=by, days=days) for by in world.shop.buyers for days in (0, 0, 5)]
    change(world)
    after = [look(world, by=by, days=days) for by in world.shop.buyers for days in (0, 0, 5)]
    again = [look(world, by=by, days=days) for by in world.shop.buyers for days in (0, 0, 5)]
    forget(world)
    afresh = [look(world, by=by, days=days) for by in world.shop.buyers for days in (0, 0, 5)]
    assert after == again == afresh
    assert after != before


def test_nobody_sees_what_is_not_committed_and_everybody_what_is(world: World) -> None:
    before = look_as_anybody(world)
    with world.database.unit_of_work(world.shop.clerk) as storage:
        assert seen(storage, world.shop, None) == before
        change_price(storage, world.shop, "base", 77)
        mine = seen(storage, world.shop, None)
        assert mine != before
        if isinstance(world.database, SqlDatabase):  # in memory whoever reads waits for whoever writes
            assert look_as_anybody(world) == before
    assert look_as_anybody(world) == mine


def look_as_anybody(world: World) -> Seen:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return seen(storage, world.shop, None)


def test_what_was_taken_back_was_never_there(world: World) -> None:
    before = look_as_anybody(world)
    mine = None
    with suppress(ZeroDivisionError), world.database.unit_of_work(world.shop.clerk) as storage:
        change_price(storage, world.shop, "base", 77)
        mine = seen(storage, world.shop, None)
        raise ZeroDivisionError
    assert mine not in (None, before)
    assert look_as_anybody(world) == before


def test_a_reader_keeps_the_moment_it_began_in(world: World) -> None:
    before = look_as_anybody(world)
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        assert seen(storage, world.shop, None) == before
        price(world, "base", 77)
        after = look_as_anybody(world)
        assert after[1] != before[1]
        assert seen(storage, world.shop, None) == before
    assert look_as_anybody(world) == after


def test_merchants_with_the_same_goods_have_their_own(world: World) -> None:
    others = look(world, shop=world.other)
    price(world, "base", 77)
    assert look(world, shop=world.other) == others
    assert {one.sku.id for one in others[0].values()}.isdisjoint(look(world)[0])


def test_what_there_is_not_is_not_found(world: World) -> None:
    foreign = world.other.sku("TEA-500").id
    for _ in range(2):
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.products.listings(ids=[foreign]) == ()
            mine = storage.products.listings(ids=[foreign, world.shop.sku("RICE").id])
            assert [one.sku.code for one in mine] == ["RICE"]


def test_goods_that_are_gone_are_not_found(world: World) -> None:
    bare = a.product(world.ids, name="杯", skus=[a.sku(world.ids, code=f"X-{at}") for at in range(2)])
    world.add([bare])
    one, other = (sku.id for sku in bare.skus)

    def found() -> set[SkuId]:
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            return {listing.sku.id for listing in storage.products.listings(ids={one, other})}

    assert found() == found() == {one, other}
    with world.database.unit_of_work(world.shop.operator) as storage:
        storage.bulk.replace([attrs.evolve(bare, skus=bare.skus[:1])])
    assert found() == {one}


def test_what_is_remembered_is_what_is_seen(world: World) -> None:
    if not isinstance(world.database, SqlDatabase):
        return
    memories = world.database.driver.memories
    goods, prices = look(world)
    rice, cup = world.shop.sku("RICE").id, world.shop.sku("CUP").id
    merchant_id, customer_id = world.shop.merchant.id, world.shop.buyers["regular"].customer_id
    listings = memories.goods.of((merchant_id, True))
    said = memories.prices.of((merchant_id, customer_id))
    assert listings is not None
    assert said is not None
    listings.found[rice] = attrs.evolve(goods[rice], product_name="remembered")
    said.found[rice] = said.found[cup]
    seen_again, charged = look(world)
    assert seen_again[rice].product_name == "remembered"
    assert charged[rice] == prices[cup] != prices[rice]


def test_it_takes_as_many_statements_as_without(world: World) -> None:
    counted = [world.database.statements]
    for _ in range(2):
        look(world)
        counted.append(world.database.statements)
    first, second, third = counted
    assert third - second == second - first
