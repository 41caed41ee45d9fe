"""Price lists: for whom each is; ladders of units and of their own time, as every reader finds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from application.ports.storage import Stale
from application.views.catalog import SkuWant
from domain.catalog import Pack, Unit
from domain.groups import GroupKind
from domain.identity import CustomerId, PriceBatchId, SkuCode
from domain.ladders import AnyLadder, Ladders
from domain.merchant import PriceRules
from domain.period import ALWAYS, Period
from domain.price_batches import PriceBatch
from domain.price_choice import SkuPrices
from domain.pricing import Ladder, PriceChange, PriceList, PriceSource, PricesSet
from domain.quantity import Factor
from kit import builders as a
from kit.world import World

DAY = timedelta(days=1)
CODE = "NUTS"


@pytest.fixture
def grown(world: World) -> World:
    """Three companies one below the other, the lowest in a region and in a group, and lists for each."""
    ids, tier = world.ids, world.shop.tiers["regular"]
    top = a.customer(ids, tier=tier, name="集团")
    middle = a.customer(ids, tier=tier, name="大区", parent=top)
    store = a.customer(ids, tier=tier, name="门店", parent=middle)
    for one in (top, middle, store):
        world.add([one])
    east = a.group(ids, name="东部")
    city = a.group(ids, name="上海片区", below=east)
    free, strangers = (a.group(ids, name=name, kind=GroupKind.FREE) for name in ("火锅店", "陌生人"))
    for region in ([east], [city, free, strangers]):
        world.add(region)
    world.add([a.membership(city, store), a.membership(free, store)])
    listed = PriceSource.PRICE_LIST
    lists = {
        "top": a.price_list(ids, source=listed, name="top", customer=top),
        "top contract": a.price_list(ids, source=PriceSource.CONTRACT, name="tc", customer=top),
        "middle": a.price_list(ids, source=listed, name="middle", customer=middle),
        "store": a.price_list(ids, source=listed, name="store", customer=store),
        "east": a.price_list(ids, source=listed, name="east", region=east, priority=1),
        "city": a.price_list(ids, source=listed, name="city", region=city),
        "free": a.price_list(ids, source=listed, name="free", group=free),
        "strangers": a.price_list(ids, source=listed, name="strangers", group=strangers),
        "over": a.price_list(ids, source=listed, name="over", group=free, validity=Period(end=a.NOON)),
        "later": a.price_list(ids, source=listed, name="later", group=free, validity=Period(a.NOON + DAY)),
    }
    world.add(lists.values())
    buyers = {name: a.buyer(ids, customer=one) for name, one in (("store", store), ("top", top))}
    world.add(buyers.values())
    shop = world.shop
    more = attrs.evolve(
        shop,
        customers={**shop.customers, "top": top, "middle": middle, "store": store},
        buyers={**shop.buyers, **buyers},
        lists={**shop.lists, **lists},
    )
    return attrs.evolve(world, shop=more)


def found(world: World, customer: str, *, at: datetime | None = None) -> dict[str, int]:
    """The lists a customer gets, each with how far above it the company is, in the order they are asked."""
    sku_id = world.shop.sku(CODE).id
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        lists = storage.prices.of_customer(world.shop.customers[customer].id, sku_ids=[sku_id], at=at)[sku_id]
    short = {one.id: name for name, one in world.shop.lists.items()}
    return {short[one.id]: one.distance for one in sorted(lists, key=lambda one: one.rank)}


def put(world: World, *changes: PriceChange, at: datetime = a.NOON) -> None:
    fact = PricesSet(at=at, list_id=changes[0].list_id, sku_ids=tuple(one.sku_id for one in changes))
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.prices.set(changes, event=fact)


async def shown(
    world: World, *, at: datetime = a.NOON, unit: str | None = None, quantity: int = 1, by: str = "regular"
) -> tuple[str, datetime | None] | None:
    """What one of a unit costs a buyer, read as pages are, and until when."""
    views = world.views(world.shop.buyer(by), at=at)
    card = await views.catalog.find_sku(code=SkuCode(CODE), barcode=None, want=SkuWant(price=True))
    assert card is not None
    price = card.price(quantity=Decimal(quantity), unit=unit)
    return None if price is None else (price.unit_price.amount, price.valid_until)


class TestAudience:
    def test_a_company_gets_what_is_for_it_and_for_those_above(self, grown: World) -> None:
        promotion, own = grown.shop.lists["promotion"].id, grown.shop.lists["free"].id
        groups = ["promotion", "free"] if promotion < own else ["free", "promotion"]
        assert [*found(grown, "store", at=a.NOON)] == [
            *("store", "middle", "top"),
            *(groups[0], groups[1], "later"),
            *("regular", "east", "city", "base"),
        ]
        assert [*found(grown, "top")] == ["top contract", "top", "promotion", "regular", "base"]
        assert [*found(grown, "middle")] == ["middle", "top", "promotion", "regular", "base"]
        assert {found(grown, "store")[name] for name in ("store", "free", "base")} == {0}
        assert [found(grown, "store")[name] for name in ("middle", "top")] == [1, 2]

    def test_what_is_over_is_left_out_for_whoever_asks_when(self, grown: World) -> None:
        assert "over" not in found(grown, "store", at=a.NOON)
        for at in (None, a.NOON - DAY):
            assert {"over", "later"} <= {*found(grown, "store", at=at)}

    async def test_pages_and_orders_choose_the_same(self, grown: World) -> None:
        lists, sku_id = grown.shop.lists, grown.shop.sku(CODE).id
        for name, price in (("top", 9), ("middle", 8), ("city", 5), ("east", 4), ("top contract", 3)):
            put(grown, PriceChange(lists[name].id, sku_id, a.ladder((1, price))))
        assert await shown(grown, by="top") == ("3.00", None)
        for left, amount in (("middle", "8.00"), ("top", "9.00"), ("east", "4.00"), ("city", "5.00")):
            assert await shown(grown, by="store") == (amount, None)
            put(grown, PriceChange(lists[left].id, sku_id, Ladder(())))
        assert await shown(grown, by="store") == ("12.00", None)

    def test_it_keeps_whom_a_list_is_for(self, grown: World) -> None:
        east = grown.shop.lists["east"]
        with grown.database.unit_of_work.reading(grown.shop.clerk) as storage:
            assert set(storage.prices.lists()) == set(grown.shop.lists.values())
            assert storage.prices.lists([east.id, grown.other.lists["base"].id]) == (east,)
            assert {one.source for one in storage.prices.standard()} == {PriceSource.BASE, PriceSource.TIER}

    def test_it_changes_a_list(self, grown: World) -> None:
        before = grown.shop.lists["free"]
        changed = attrs.evolve(
            before,
            name="改名",
            priority=7,
            group_id=None,
            customer_id=grown.shop.customers["vip"].id,
            validity=Period(a.NOON, a.NOON + DAY),
        )
        with grown.database.unit_of_work(grown.shop.clerk) as storage:
            assert storage.prices.lock(before.id) == before
            assert storage.prices.lock(grown.other.lists["base"].id) is None
            storage.prices.save(changed)
        with grown.database.unit_of_work.reading(grown.shop.clerk) as storage:
            assert storage.prices.lists([before.id]) == (changed,)

    def test_it_refuses_an_audience_of_another_merchant_and_a_second_base(self, world: World) -> None:
        theirs = world.other.customers["vip"]
        for wrong in (
            a.price_list(world.ids, source=PriceSource.PRICE_LIST, customer=theirs),
            a.price_list(world.ids),
        ):
            with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
                storage.prices.add(wrong)


class TestTime:
    async def test_a_price_begins_and_ends_on_time(self, world: World) -> None:
        base, sku_id = world.shop.lists["base"], world.shop.sku(CODE).id
        sale = Period(a.NOON + DAY, a.NOON + 2 * DAY)
        put(world, PriceChange(base.id, sku_id, a.ladder((1, 9)), None, sale))
        found = [await shown(world, at=a.NOON + days * DAY) for days in (0, 1, 2, 1, 0)]
        assert found == [
            ("12.00", sale.start),
            ("9.00", sale.end),
            ("12.00", None),
            ("9.00", sale.end),
            ("12.00", sale.start),
        ]

    async def test_a_change_for_good_replaces_what_began_and_leaves_what_is_to_begin(
        self, world: World
    ) -> None:
        base, sku_id = world.shop.lists["base"], world.shop.sku(CODE).id
        began, coming = Period(a.NOON - DAY), Period(a.NOON + DAY)
        for price, validity in ((9, began), (8, coming), (7, Period(end=a.NOON + DAY))):
            put(world, PriceChange(base.id, sku_id, a.ladder((1, price)), None, validity))
        put(world, PriceChange(base.id, sku_id, a.ladder((1, 11))))
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            said = storage.prices.ladders(list_ids=[base.id], sku_ids=[sku_id])[base.id, sku_id]
        assert isinstance(said, Ladders)
        assert {one.validity: one.ladder for one in said.of} == {
            ALWAYS: a.ladder((1, 11)),
            coming: a.ladder((1, 8)),
            Period(end=a.NOON + DAY): a.ladder((1, 7)),
        }

    def check_what_is_charged(
        self, world: World, ladders: Mapping[PriceList, AnyLadder], customer_id: CustomerId | None
    ) -> None:
        """What is asked at one moment is told of any later one, as the domain chooses."""
        sku_id, bare = world.shop.sku(CODE).id, world.shop.sku("CUP").id
        moments = [a.NOON + days * DAY for days in (-40, -2, 0, 2, 40)]
        soon = timedelta(minutes=4)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            if customer_id is None:
                ladders = storage.prices.of_customer(None, sku_ids=[sku_id])[sku_id]
            for since in moments:
                charged = storage.prices.charged_later(customer_id, sku_ids=[sku_id, bare], since=since)
                for moment in (
                    since,
                    since + soon,
                    since + 2 * soon,
                    *(one for one in moments if one > since),
                ):
                    found = charged(moment)
                    assert found[sku_id] == SkuPrices.of(ladders, at=moment, rules=PriceRules(2))
                    assert found[bare].price(quantity=a.pieces(1)) is None
            assert storage.prices.charged_later(customer_id, sku_ids=[], since=a.NOON)(a.NOON) == {}

    def test_it_charges_what_begins_while_somebody_waits(self, world: World) -> None:
        sku_id = world.shop.sku(CODE).id
        for minutes in (3, 7):
            start = a.NOON + timedelta(minutes=minutes)
            one = a.price_list(
                world.ids,
                source=PriceSource.PRICE_LIST,
                name="soon",
                priority=minutes,
                validity=Period(start),
            )
            world.add([one])
            put(world, PriceChange(one.id, sku_id, a.ladder((1, minutes))))
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            charged = storage.prices.charged_later(None, sku_ids=[sku_id], since=a.NOON)
            told = [charged(a.NOON + timedelta(minutes=at))[sku_id] for at in (0, 3, 6, 7)]
        prices = [one.price(quantity=a.pieces(1)) for one in told]
        assert [one and one.unit_price.amount for one in prices] == ["12.00", "3.00", "3.00", "7.00"]

    async def test_it_gives_the_very_prices_the_domain_chooses(self, world: World) -> None:
        base, sku_id = world.shop.lists["base"], world.shop.sku(CODE).id
        put(
            world,
            PriceChange(base.id, sku_id, a.ladder((1, 9), (24, 8)), None, Period(a.NOON - DAY)),
            PriceChange(base.id, sku_id, a.ladder((1, "92.5")), "箱;,. 大", Period(end=a.NOON + DAY), 3),
            PriceChange(world.shop.lists["vip"].id, sku_id, a.ladder((1, "90%")), "case"),
        )
        ladders: Mapping[PriceList, AnyLadder] = {}
        for name, buyer in world.shop.buyers.items():
            with world.database.unit_of_work.reading(world.shop.clerk) as storage:
                ladders = storage.prices.of_customer(buyer.customer_id, sku_ids=[sku_id])[sku_id]
            self.check_what_is_charged(world, ladders, buyer.customer_id)
            for moment in (a.NOON - 2 * DAY, a.NOON, a.NOON + 2 * DAY):
                views = world.views(world.shop.buyer(name), at=moment)
                card = await views.catalog.find_sku(
                    code=SkuCode(CODE), barcode=None, want=SkuWant(price=True)
                )
                assert card is not None
                assert card.prices == SkuPrices.of(ladders, at=moment, rules=PriceRules(2))
        self.check_what_is_charged(world, ladders, None)
        expected = SkuPrices.of(ladders, at=a.NOON, rules=PriceRules(2))
        price = expected.price_in(Pack(Unit("箱;,. 大", "大箱"), Factor(10)), quantity=a.pieces(1))
        assert price is not None
        assert price.list_price.amount == "92.50"


class TestBatches:
    def stage(self, world: World, price: int | str = 9, *, unit: str | None = None) -> PriceBatch:
        sku_id = world.shop.sku(CODE).id
        batch = PriceBatch(id=world.ids.new(PriceBatchId), name="春", ladders=1, created_at=a.NOON)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.price_batches.add(batch)
            change = PriceChange(world.shop.lists["base"].id, sku_id, a.ladder((1, price)), unit)
            storage.price_batches.stage(batch.id, [change])
        return batch

    def publish(self, world: World, batch: PriceBatch, *, at: datetime, start: datetime) -> PriceBatch:
        published = batch.publish(at=at, effective_from=start)
        self.save(world, published)
        return published

    def save(self, world: World, batch: PriceBatch) -> None:
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.price_batches.save(batch)
            assert storage.price_batches.lock(batch.id) == batch

    async def test_one_row_makes_prices_valid_and_takes_them_back(self, world: World) -> None:
        batch = self.stage(world)
        assert await shown(world) == ("12.00", None)
        published = self.publish(world, batch, at=a.NOON, start=a.NOON + DAY)
        found = [await shown(world, at=a.NOON + days * DAY) for days in (0, 1)]
        assert found == [("12.00", a.NOON + DAY), ("9.00", None)]
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert not storage.price_batches.changed(published)
            of = storage.prices.of_customer(None, sku_ids=[world.shop.sku(CODE).id])
        prices = SkuPrices.of(of[world.shop.sku(CODE).id], at=a.NOON + DAY, rules=PriceRules(2))
        assert prices.base[0].unit_price.amount == "9.00"
        self.save(world, published.undo(at=a.NOON, changed=False))
        assert await shown(world, at=a.NOON + DAY) == ("12.00", None)

    async def test_what_was_published_later_counts_where_both_begin_at_once(self, world: World) -> None:
        start = a.NOON + DAY
        first = self.publish(world, self.stage(world, 9), at=a.NOON + timedelta(hours=1), start=start)
        second = self.publish(world, self.stage(world, 8), at=a.NOON, start=start)
        assert await shown(world, at=start) == ("9.00", None)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert not storage.price_batches.changed(first)
            assert storage.price_batches.changed(second)

    async def test_a_price_that_is_set_keeps_a_batch_from_being_taken_back(self, world: World) -> None:
        batch = self.publish(world, self.stage(world), at=a.NOON, start=a.NOON)
        change = PriceChange(world.shop.lists["base"].id, world.shop.sku(CODE).id, a.ladder((1, 11)))
        put(world, change, at=a.NOON + DAY)
        assert await shown(world, at=a.NOON + DAY) == ("11.00", None)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.price_batches.changed(batch)

    async def test_folding_changes_no_price(self, world: World) -> None:
        base, sku_id = world.shop.lists["base"], world.shop.sku(CODE).id
        put(world, PriceChange(base.id, sku_id, a.ladder((1, 7)), None, Period(a.NOON - DAY)))
        put(world, PriceChange(base.id, sku_id, a.ladder((1, 5)), None, Period(a.NOON, a.NOON + 30 * DAY)))
        put(world, PriceChange(base.id, sku_id, a.ladder((1, 4)), None, Period(a.NOON + 20 * DAY)))
        batch = self.publish(world, self.stage(world), at=a.NOON, start=a.NOON + DAY)
        self.publish(world, self.stage(world, "88", unit="case"), at=a.NOON, start=a.NOON + 40 * DAY)
        moments = [a.NOON + days * DAY for days in (1, 8, 20, 29, 31)]
        before = [await shown(world, at=at) for at in moments]
        due = a.NOON + 8 * DAY
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.price_batches.left_over(at=due - timedelta(microseconds=1)) == ()
            assert storage.price_batches.left_over(at=due) == (batch,)
            assert storage.price_batches.fold(batch, most=5) == 1
            assert storage.price_batches.fold(batch, most=5) == 0
        assert [await shown(world, at=at) for at in moments] == before
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            said = storage.prices.ladders(list_ids=[base.id], sku_ids=[sku_id])[base.id, sku_id]
        assert isinstance(said, Ladders)
        assert {str(one.ladder) for one in said.of if one.unit is None} == {"1: 9.00", "1: 4.00"}

    async def test_what_was_taken_back_is_removed(self, world: World) -> None:
        undone = self.stage(world).undo(at=a.NOON, changed=False)
        self.save(world, undone)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.price_batches.left_over(at=a.NOON) == (undone,)
            assert storage.price_batches.drop(undone, most=5) == 1
            assert storage.price_batches.drop(undone, most=5) == 0
            assert storage.price_batches.left_over(at=a.NOON) == ()
        assert await shown(world) == ("12.00", None)

    def test_another_merchants_batch_is_not_there(self, world: World) -> None:
        theirs = attrs.evolve(world, shop=world.other)
        batch = self.stage(theirs)
        nuts = world.shop.sku(CODE).id
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.price_batches.lock(batch.id) is None
        change = PriceChange(world.shop.lists["base"].id, nuts, a.ladder((1, 1)))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.price_batches.stage(batch.id, [change])
