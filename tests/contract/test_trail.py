"""The audit trail: written with what it tells of, without gaps, and read by those who may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.authorization import Actor, ActorKind, Permission
from application.ports.database import Database
from application.ports.storage import Trail
from application.pricing import AskedPrice, AskedRung
from application.retrying import retrying
from application.views.pages import Slice, Window
from application.views.trail import ANY_ENTRY, TrailCard, TrailFact, TrailFilter, TrailWant
from domain.errors import DomainError
from domain.identity import Id, OrderId, StaffId
from domain.inventory import MovementReason
from domain.trail import BEGINNING, Origin
from kit import builders as a
from kit.importing import goods, market, table
from kit.paging import Page, at_most, walk
from kit.racing import at_once
from kit.strategies import few
from kit.world import Shop, World

ALL = Window(size=100)
pytestmark = pytest.mark.usefixtures("reading")
DESK = Origin(address="192.0.2.7", request_id="req-1")


def clerk(shop: Shop) -> Actor:
    """Somebody of the staff, at a desk."""
    return attrs.evolve(shop.clerk, origin=DESK)


def note(world: World, *about: Id, shop: Shop | None = None, **more: Any) -> None:
    """Note something about each of these."""
    with world.database.unit_of_work(clerk(shop or world.shop)) as storage:
        storage.trail.note(*(a.trail_note(about=one, **more) for one in about))


async def entries(world: World, *, shop: Shop | None = None) -> list[TrailCard]:
    """What the trail says, the first entry first."""
    return await told(world.database, (shop or world.shop).clerk)


async def told(database: Database, actor: Actor) -> list[TrailCard]:
    """What the trail says to somebody, the first entry first."""
    book = database.reading(actor, at=a.NOON).trail
    found = await book.entries(window=ALL, filter=ANY_ENTRY, count=False, want=TrailWant(person_name=True))
    return [edge.node for edge in reversed(found.edges)]


def facts(card: TrailCard) -> dict[str, tuple[str | None, str | None]]:
    return {name: (before, after) for name, before, after in card.facts}


class Surprise(Exception):
    """Something nobody reckoned with."""


class TestTrail:
    async def test_it_only_grows(self) -> None:
        assert {name for name in vars(Trail) if not name.startswith("_")} == {"note"}

    async def test_it_keeps_what_was_noted(self, world: World) -> None:
        ids = [world.ids.new(OrderId) for _ in range(3)]
        note(world, ids[0])
        note(world, ids[1], ids[2], operation="cancelOrder")
        found = await entries(world)
        person = world.shop.staff["clerk"]
        assert found[0] == TrailCard(
            sequence=1,
            at=a.NOON,
            actor_kind=ActorKind.STAFF,
            person_id=person.id,
            address="192.0.2.7",
            request_id="req-1",
            operation="confirmOrder",
            about_kind="Order",
            about_id=ids[0],
            facts=(TrailFact("status", "SUBMITTED", "CONFIRMED"),),
            previous=BEGINNING,
            hash=found[0].hash,
            person_name=person.name,
        )
        assert [(one.sequence, one.operation, one.about_id) for one in found] == [
            (1, "confirmOrder", ids[0]),
            (2, "cancelOrder", ids[1]),
            (3, "cancelOrder", ids[2]),
        ]
        assert [one.previous for one in found[1:]] == [one.hash for one in found[:-1]]
        assert list(world.database.audit.findings()) == []
        assert world.database.audit.trail_heads()[world.shop.merchant.id].hash == found[-1].hash

    async def test_it_costs_nothing_where_nothing_is_noted(self, world: World) -> None:
        before = world.database.statements
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.trail.note()
        assert world.database.statements == before
        assert world.database.audit.trail_heads() == {}

    async def test_it_forgets_what_was_noted_where_the_block_raises(self, world: World) -> None:
        note(world, world.ids.new(OrderId))

        def fail() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.trail.note(a.trail_note(about=world.ids.new(OrderId)))
                raise Surprise

        with pytest.raises(Surprise):
            fail()
        note(world, world.ids.new(OrderId))
        assert [one.sequence for one in await entries(world)] == [1, 2]

    async def test_nothing_can_be_noted_while_only_looking(self, world: World) -> None:
        def look() -> None:
            with world.database.unit_of_work.reading(world.shop.clerk) as storage:
                storage.trail.note(a.trail_note(about=world.ids.new(OrderId)))

        with pytest.raises(Exception, match=r"read.?only|item assignment"):
            look()
        assert await entries(world) == []

    async def test_every_merchant_has_one_of_its_own(self, world: World) -> None:
        for shop in (world.shop, world.other, world.shop):
            note(world, world.ids.new(OrderId), shop=shop)
        assert [one.sequence for one in await entries(world)] == [1, 2]
        assert [one.sequence for one in await entries(world, shop=world.other)] == [1]
        assert list(world.database.audit.findings()) == []

    async def test_texts_are_kept_as_they_are(self, world: World) -> None:
        said = {"note": 'tab\t "quoted" \\ {curly} 茶\r\n🍋', "": ""}
        note(world, world.ids.new(OrderId), before=said, after={})
        assert facts((await entries(world))[0]) == {name: (text, None) for name, text in said.items()}
        assert list(world.database.audit.findings()) == []

    async def test_it_has_no_gaps_where_many_write_at_once(self, world: World) -> None:
        def often(at: int) -> Callable[[], None]:
            shop = world.other if at == 0 else world.shop
            about = [world.ids.new(OrderId) for _ in range(10)]
            act = retrying(note)

            def acting() -> None:
                for one in about:
                    act(world, one, one, shop=shop)

            return acting

        assert at_once([often(at) for at in range(6)]) == [None] * 6
        assert [one.sequence for one in await entries(world)] == list(range(1, 101))
        assert [one.sequence for one in await entries(world, shop=world.other)] == list(range(1, 21))
        assert list(world.database.audit.findings()) == []

    async def test_it_is_the_last_of_all_locks(self, world: World) -> None:
        """One notes before it takes the stock, the other after: nobody waits in a ring."""
        tea = world.shop.sku("TEA-500").id

        def early() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.trail.note(a.trail_note(about=tea))
                storage.stock.lock([tea])

        def late() -> None:
            with world.database.unit_of_work(world.shop.clerk) as storage:
                storage.stock.lock([tea])
                storage.trail.note(a.trail_note(about=tea))

        assert at_once([early, late] * 8) == [None] * 16
        assert len(await entries(world)) == 16


class TestVerbs:
    async def test_confirming_and_cancelling_leave_the_status(self, world: World) -> None:
        use, shop = world.use, world.shop
        ids = [
            use.place_order(
                actor=shop.buyer(), key=a.key(key), basket=a.basket((shop.sku("NUTS"), 1)), wishes=a.wishes()
            ).id
            for key in ("a", "b", "c")
        ]
        assert await entries(world) == []
        use.cancel_order(actor=shop.buyer(), key=a.key("x"), order_id=ids[2])
        assert await entries(world) == [], "buyers are no staff"
        for _ in range(2):
            use.confirm_order(actor=clerk(shop), key=a.key("k"), order_id=ids[0])
        use.cancel_order(actor=clerk(shop), key=a.key("k"), order_id=ids[1])
        with pytest.raises(DomainError):
            use.confirm_order(actor=clerk(shop), key=a.key("l"), order_id=ids[0])
        found = await entries(world)
        assert [(one.operation, one.about_kind, one.about_id, facts(one)) for one in found] == [
            ("confirmOrder", "Order", ids[0], {"status": ("SUBMITTED", "CONFIRMED")}),
            ("cancelOrder", "Order", ids[1], {"status": ("SUBMITTED", "CANCELLED")}),
        ]
        assert {(one.address, one.request_id) for one in found} == {("192.0.2.7", "req-1")}

    async def test_stock_leaves_what_was_on_hand(self, world: World) -> None:
        use, shop = world.use, world.shop
        main, tea, cup = shop.warehouses["main"], shop.sku("TEA-500"), shop.sku("CUP")
        changes = [a.stock_change(tea, main, 10), a.stock_change(tea, main, "5")]
        for _ in range(2):
            use.receive_stock(actor=clerk(shop), key=a.key("r"), changes=changes, note="到货")
        second = shop.warehouses["second"]
        with pytest.raises(DomainError):
            use.receive_stock(actor=shop.clerk, key=a.key("s"), changes=[a.stock_change(tea, main, -1)])
        use.adjust_stock(
            actor=shop.operator,
            key=a.key("t"),
            changes=[a.stock_change(cup, second, 3)],
            reason=MovementReason.COUNT,
        )
        found = await entries(world)
        told = [(one.operation, one.about_id, facts(one)) for one in found]
        warehouse, receipt = (
            {"warehouse": (main.id, main.id)},
            {"note": (None, "****"), "reason": (None, "RECEIPT")},
        )
        assert told == [
            ("receiveStock", tea.id, {"onHand": ("240", "250"), **warehouse, **receipt}),
            ("receiveStock", tea.id, {"onHand": ("250", "255"), **warehouse, **receipt}),
            (
                "adjustStock",
                cup.id,
                {"onHand": ("0", "3"), "reason": (None, "COUNT"), "warehouse": (second.id, second.id)},
            ),
        ]
        assert (found[2].actor_kind, found[2].person_id, found[2].person_name) == (
            ActorKind.OPERATOR,
            None,
            None,
        )

    async def test_prices_leave_the_ladders(self, world: World) -> None:
        shop = world.shop
        asked = [
            AskedPrice(
                sku_code=shop.sku("TEA-500").code,
                rungs=(AskedRung(min_quantity=Decimal(1), unit_price=Decimal("3.2")),),
            ),
            AskedPrice(
                sku_code=shop.sku("CUP").code,
                tier="VIP",
                rungs=(AskedRung(min_quantity=Decimal("2.5"), percentage=Decimal("92.5")),),
            ),
            AskedPrice(sku_code=shop.sku("NUTS").code, price_list=shop.lists["promotion"].id),
        ]
        world.use.set_prices(actor=clerk(shop), prices=asked)
        told = {one.about_id: facts(one) for one in await entries(world)}
        base, vip, promotion = (shop.lists[name].id for name in ("base", "vip", "promotion"))
        assert told == {
            shop.sku("TEA-500").id: {
                "ladder": ("1: 3.50; 24: 3.30; 240: 3.10", "1: 3.20"),
                "priceList": (base, base),
            },
            shop.sku("CUP").id: {"ladder": ("", "2.5: 92.5%"), "priceList": (vip, vip)},
            shop.sku("NUTS").id: {"ladder": ("24: 10.80", ""), "priceList": (promotion, promotion)},
        }
        assert {one.operation for one in await entries(world)} == {"setPrices"}

    async def test_an_import_leaves_one_entry_with_digests(self, database: Database) -> None:
        shop = market(database)
        rows = table(goods(分类="饮料") | {"VIP": "95%", "库存 主仓": "10"}, goods(货号="B", 分类="饮料"))
        for _ in range(2):
            shop.take(rows)
        shop.take(table(goods(价格="4")))
        found = await told(database, shop.actor)
        assert [(one.operation, one.about_id) for one in found] == [
            ("importCatalog", shop.merchant.id)
        ] * 2, "what changes nothing leaves nothing"
        first, second = ({name: after for name, _, after in one.facts} for one in found)
        assert first["table"] == rows.digest != second["table"]
        assert first["changes"] != second["changes"]
        assert (first["newSkus"], first["ladders"], first["movements"], first["categories"]) == (
            "2",
            "3",
            "1",
            "1",
        )
        assert (second["newSkus"], second["changedSkus"], second["ladders"]) == ("0", "1", "1")
        assert list(database.audit.findings()) == []


def pages(world: World, *, filter: TrailFilter = ANY_ENTRY) -> Page[TrailCard]:
    async def page(window: Window) -> Slice[TrailCard]:
        book = world.views(world.shop.clerk).trail
        return await book.entries(window=window, filter=filter, count=False)

    return page


class TestBook:
    @pytest.fixture
    def about(self, world: World) -> Sequence[OrderId]:
        """What twelve entries are about: three in each of four minutes, the clock of the last once going back."""
        ids = [world.ids.new(OrderId) for _ in range(4)]
        for minute in (0, 1, 3, 2):
            note(world, *ids[:3], at=a.NOON + timedelta(minutes=minute))
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.trail.note(a.trail_note(about=ids[3], at=a.NOON + timedelta(minutes=4)))
        return ids

    async def test_it_lists_the_newest_first(self, world: World, about: Sequence[OrderId]) -> None:
        found = await pages(world)(ALL)
        assert [edge.node.sequence for edge in found.edges] == [13, 9, 8, 7, 12, 11, 10, 6, 5, 4, 3, 2, 1]
        assert [edge.key for edge in found.edges] == sorted((edge.key for edge in found.edges), reverse=True)
        assert about[3] == found.edges[0].node.about_id

    @pytest.mark.usefixtures("about")
    @pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
    async def test_it_goes_through_the_whole_list(self, world: World, *, backwards: bool) -> None:
        whole = (await pages(world)(ALL)).edges
        for sizes in ([1, 3], [2], [13], [100]):
            assert tuple(await walk(pages(world), sizes=sizes, backwards=backwards)) == whole

    @few
    @given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3), backwards=st.booleans())
    async def test_it_neither_skips_nor_repeats_while_it_grows(
        self, world: World, sizes: Sequence[int], *, backwards: bool
    ) -> None:
        note(world, world.ids.new(OrderId))
        before = {edge.key for edge in (await pages(world)(ALL)).edges}
        grow = at_most(2, lambda: note(world, world.ids.new(OrderId)))
        found = await walk(pages(world), sizes=sizes, backwards=backwards, between=grow)
        keys = [edge.key for edge in found]
        assert keys == sorted(set(keys), reverse=True)
        assert before <= set(keys)

    async def test_it_is_narrowed(self, world: World, about: Sequence[OrderId]) -> None:
        staff, buyer = world.shop.staff["clerk"].id, world.shop.buyers["regular"].id
        minute = [a.NOON + timedelta(minutes=at) for at in range(5)]
        for filter, expected in (
            (TrailFilter(about_id=about[1]), [8, 11, 5, 2]),
            (TrailFilter(person_id=buyer), [13]),
            (TrailFilter(person_id=staff, about_id=about[0], until=minute[1]), [1]),
            (TrailFilter(since=minute[3]), [13, 9, 8, 7]),
            (TrailFilter(since=minute[1], until=minute[3]), [12, 11, 10, 6, 5, 4]),
            (TrailFilter(since=minute[2], until=minute[2]), []),
            (TrailFilter(about_id=world.ids.new(OrderId)), []),
            (TrailFilter(person_id=world.ids.new(StaffId)), []),
        ):
            book = world.views(world.shop.clerk).trail
            found = await book.entries(window=ALL, filter=filter, count=True)
            assert [edge.node.sequence for edge in found.edges] == expected
            assert found.total == len(expected)
            walked = await walk(pages(world, filter=filter), sizes=[2])
            assert [edge.node.sequence for edge in walked] == expected

    @pytest.mark.usefixtures("about")
    async def test_it_counts_and_names_people_only_when_asked(self, world: World) -> None:
        book = world.views(world.shop.clerk).trail
        plain = await book.entries(window=Window(size=2), filter=ANY_ENTRY, count=False)
        assert (plain.total, [edge.node.person_name for edge in plain.edges]) == (None, [None, None])
        want = TrailWant(person_name=True)
        named = await book.entries(window=Window(size=2), filter=ANY_ENTRY, count=True, want=want)
        names = [world.shop.buyers["regular"].name, world.shop.staff["clerk"].name]
        assert (named.total, [edge.node.person_name for edge in named.edges]) == (13, names)
        last = await book.entries(window=Window.of(last=1), filter=ANY_ENTRY, count=False, want=want)
        assert [(edge.node.sequence, edge.node.person_name) for edge in last.edges] == [(1, names[1])]

    @pytest.mark.usefixtures("about")
    async def test_it_shows_nothing_to_those_who_may_not_look(self, world: World) -> None:
        shop = world.shop
        for actor in (shop.guest, shop.buyer(), shop.colleague(Permission.VIEW_ORDERS), world.other.clerk):
            book = world.views(actor).trail
            found = await book.entries(window=ALL, filter=ANY_ENTRY, count=False)
            assert found.edges == ()
        only = world.views(shop.colleague(Permission.VIEW_TRAIL)).trail
        assert (await only.entries(window=ALL, filter=ANY_ENTRY, count=False)).edges
