"""A look: whoever asks, and all they are shown, is of one moment."""

from __future__ import annotations

import asyncio
import gc
from functools import partial

import pytest
from sqlalchemy import text

from adapters.graphql.looks import Looks
from adapters.persistence import sqlite
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Ask, Reader, Rows, Statement
from application.authorization import Actor, ActorKind, Unauthenticated
from application.ports.directory import UnknownMerchant
from application.ports.storage import Busy
from application.ports.tokens import Claims
from application.views.catalog import EVERYTHING, ProductCard, ProductSort, ProductWant, SkuWant
from application.views.customers import BuyerWant, CustomerWant
from application.views.orders import OrderCard, OrdersWant, OrderWant
from application.views.pages import Window
from application.views.reading import Look, TooSoon, Views
from domain.identity import BuyerId, SkuCode
from kit import builders as a
from kit.api import HOME, LookThrough, ReadingThrough, open_api, ordered
from kit.world import World

pytestmark = pytest.mark.usefixtures("reading")

NEWEST = OrdersWant(window=Window(size=10), want=OrderWant())
MINE = BuyerWant(customer=CustomerWant(addresses=True, orders=(NEWEST,)))


def claims(actor: Actor) -> Claims:
    """What a token of the actor says."""
    assert actor.person_id is not None
    return Claims(
        merchant_id=actor.merchant_id,
        kind=actor.kind,
        person_id=actor.person_id,
        customer_id=actor.customer_id,
    )


async def available(views: Views, world: World) -> str:
    """How much of one of the goods can be had."""
    sku_id = world.shop.sku("TEA-500").id
    found = await views.catalog.skus_by_id([sku_id], want=SkuWant(stock=True))
    level = found[sku_id].stock
    assert level is not None
    return str(level.available)


class TestLook:
    async def test_it_receives_guests_and_people(self, world: World) -> None:
        shop = world.shop
        look = world.database.reading.look(at=a.NOON)
        assert await look.guest(slug=shop.merchant.slug) == shop.guest
        for actor in (shop.buyer("vip"), shop.colleague(*shop.clerk.permissions)):
            found = await look.actor(claims(actor))
            assert (found.kind, found.person_id, found.customer_id) == (
                actor.kind,
                actor.person_id,
                actor.customer_id,
            )
            assert found.permissions == actor.permissions
        await look.close()

    async def test_it_refuses_those_who_are_gone(self, world: World) -> None:
        look = world.database.reading.look(at=a.NOON)
        gone = Claims(
            merchant_id=world.shop.merchant.id,
            kind=ActorKind.BUYER,
            person_id=world.ids.new(BuyerId),
            customer_id=world.shop.customers["vip"].id,
        )
        with pytest.raises(Unauthenticated):
            await look.actor(gone)
        with pytest.raises(UnknownMerchant):
            await look.guest(slug="nobody")
        assert await look.guest(slug=world.other.merchant.slug) == world.other.guest
        await look.close()

    async def test_it_shows_what_readers_see_otherwise(self, world: World) -> None:
        ordered(world, "vip")
        buyer = world.shop.buyer("vip")
        look = world.database.reading.look(at=a.NOON)
        seen, otherwise = look.views(await look.actor(claims(buyer))), world.views(buyer)
        want = ProductWant(skus=SkuWant(price=True, stock=True))
        for views in (seen, otherwise):
            assert await views.customers.me(want=BuyerWant()) == await otherwise.customers.me()
        assert await seen.customers.me(want=MINE) == await otherwise.customers.me(want=MINE)
        assert await seen.customers.me(want=BuyerWant(customer=None)) is not None
        pages = [
            await views.catalog.products(
                window=Window(size=50), filter=EVERYTHING, sort=ProductSort.POSITION, want=want, count=True
            )
            for views in (seen, otherwise)
        ]
        assert pages[0] == pages[1]
        await look.close()

    async def test_it_does_not_see_what_changes_meanwhile(self, world: World) -> None:
        buyer = world.shop.buyer("vip")
        look = world.database.reading.look(at=a.NOON)
        views = look.views(await look.actor(claims(buyer)))
        before = await available(views, world)
        ordered(world, "vip")
        assert await available(views, world) == before
        me = await views.customers.me(want=MINE)
        assert me is not None
        assert me.customer is not None
        assert me.customer.orders[NEWEST].edges == ()
        await look.close()
        later = world.database.reading.look(at=a.NOON)
        assert await available(later.views(buyer), world) != before
        await later.close()

    async def test_it_answers_many_at_once(self, world: World) -> None:
        look = world.database.reading.look(at=a.NOON)
        views = look.views(world.shop.buyer())
        found = await asyncio.gather(
            *(available(views, world) for _ in range(20)), views.catalog.brands(), views.customers.me()
        )
        assert set(found[:20]) == {"360"}
        await look.close()

    async def test_it_can_be_closed_before_anything_was_asked(self, world: World) -> None:
        await world.database.reading.look(at=a.NOON).close()

    async def test_it_gives_back_what_it_took(self, world: World) -> None:
        for _ in range(40):
            look = world.database.reading.look(at=a.NOON)
            assert await available(look.views(world.shop.buyer()), world) == "360"
            await look.close()


@pytest.mark.parametrize("storage_name", ["sqlite", "postgres"], indirect=True)
class TestEnd:
    async def test_it_answers_nothing_any_more(self, world: World) -> None:
        look = world.database.reading.look(at=a.NOON)
        await look.guest(slug=world.shop.merchant.slug)
        await look.close()
        with pytest.raises(Busy):
            await look.guest(slug=world.shop.merchant.slug)

    async def test_it_tells_those_who_wait(self, world: World) -> None:
        looks = [world.database.reading.look(at=a.NOON) for _ in range(20)]

        async def ask(look: Look) -> str:
            try:
                return await available(look.views(world.shop.buyer()), world)
            except Busy:
                return "busy"

        asking = [asyncio.ensure_future(ask(look)) for look in looks]
        await asyncio.sleep(0)
        for look in looks:
            await look.close()
        assert {await one for one in asking} <= {"360", "busy"}
        again = world.database.reading.look(at=a.NOON)
        assert await ask(again) == "360"
        await again.close()


class TestRequests:
    """Every moment that a request looks at ends with it, whatever becomes of it."""

    FAILING = (
        # One root fails before the other has begun to ask, and graphql-core does not wait for that.
        '{ brands { id } quote(input: {lines: [{skuCode: "TEA-500", quantity: "1"}]}) { total { amount } } }',
        "{ brands { id } products(first: 0) { nodes { id } } categories { id } }",
        '{ products(after: "nonsense") { nodes { id } } product(id: "prd_1") { id } brands { name } }',
        "{ staff { customers { nodes { id } } } brands { id } }",
        'mutation { cancelOrder(input: {idempotencyKey: "", orderId: ""}) { order { id } } }',
    )

    @pytest.mark.parametrize("engine", [True, False])
    async def test_leave_nothing_open(self, world: World, *, engine: bool) -> None:
        opened, closed = list[Look](), set[int]()

        class Noted(LookThrough):
            async def close(self) -> None:
                closed.add(id(self))
                await super().close()

        def noted(look: Look) -> Look:
            opened.append(Noted(look))
            return opened[-1]

        reading = ReadingThrough(world.database.reading, noted)
        async with open_api(world, reading=reading, engine=engine) as api:
            for _ in range(3):
                for document in self.FAILING:
                    for actor in (world.shop.guest, world.shop.buyer(), world.shop.colleague()):
                        await api.ask(document, actor=actor)
            await asyncio.sleep(0.1)
        assert len(opened) >= 3 * 3 * len(self.FAILING)
        assert {id(look) for look in opened} == closed


class TestForesight:
    """A moment that ends with its last trip shows nothing else, and loses nothing."""

    LESS_OR_MORE = (
        """
        query ($more: Boolean!) {
          brands { id }
          products(first: 1) @include(if: $more) { nodes { id skus { id stock { available } } } }
        }
        """,
        "query ($more: Boolean!) { __typename brands @include(if: $more) { id } }",
    )
    PLACE = """
        mutation ($key: String!, $more: Boolean!) {
          placeOrder(
            input: {idempotencyKey: $key, paymentMethod: BANK_TRANSFER, lines: [{skuCode: "TEA-500", quantity: "1"}]}
          ) {
            order { number lines @include(if: $more) { sku { code } } }
            errors { ... on UserError { code } }
          }
        }
    """

    async def test_it_may_end_a_look_with_the_last_trip(self, world: World) -> None:
        look = world.database.reading.look(at=a.NOON, foreseen=1)
        views = look.views(await look.actor(claims(world.shop.buyer())))
        try:
            assert await available(views, world) == "360"
        except TooSoon:
            assert look.trips == 1
        else:
            assert look.trips == 0, "where nothing travels, nothing ends too soon"
        await look.close()

    async def test_it_leaves_prices_alone_where_nobody_looks_at_them(self, world: World) -> None:
        """Whoever does after all sees the same, where it is not too soon."""
        want = SkuWant(price=True)
        seen = []
        for foreseen in (0, 1, 2):
            look = world.database.reading.look(at=a.NOON, foreseen=foreseen)
            views = look.views(await look.actor(claims(world.shop.buyer())))
            try:
                card = await views.catalog.find_sku(code=SkuCode("TEA-500"), barcode=None, want=want)
            except TooSoon:
                assert foreseen == look.trips == 1
            else:
                seen.append(card)
            await look.close()
        first, *others = seen
        assert first is not None
        assert first.prices.candidates
        assert others
        assert all(one == first for one in others)

    async def test_it_ends_no_look_before_its_last_trip(self, world: World) -> None:
        look = world.database.reading.look(at=a.NOON, foreseen=2)
        views = look.views(await look.actor(claims(world.shop.buyer())))
        assert await available(views, world) == "360"
        await look.close()

    @pytest.mark.parametrize("storage_name", ["postgres"], indirect=True)
    async def test_it_gives_the_connection_to_others_with_the_last_trip(self, world: World) -> None:
        looks = [world.database.reading.look(at=a.NOON, foreseen=1) for _ in range(40)]
        for look in looks:
            assert await look.guest(slug=world.shop.merchant.slug) == world.shop.guest
        for look in looks:
            with pytest.raises(TooSoon):
                await look.guest(slug=world.shop.merchant.slug)
            await look.close()

    @pytest.mark.parametrize("engine", [True, False])
    async def test_it_never_shows_less_than_is_asked(self, world: World, *, engine: bool) -> None:
        async with open_api(world, engine=engine) as api:
            for document in self.LESS_OR_MORE:
                answers = [
                    (await api.ask(document, {"more": more}, actor=world.shop.buyer())).data
                    for more in (False, False, True, True, False, True)
                ]
                less, more = answers[0], answers[2]
                assert answers == [less, less, more, more, less, more]
                assert len(str(more)) > len(str(less))

    async def test_it_places_no_order_twice(self, world: World) -> None:
        buyer = world.shop.buyer("vip")
        async with open_api(world) as api:
            for number in range(6):
                asked = {"key": f"order {number}", "more": number % 2 == 1}
                placed = await api.ask(self.PLACE, asked, actor=buyer)
                assert placed.data["placeOrder"]["errors"] == []
        await world.database.start()
        me = await world.database.reading(buyer, at=a.NOON).customers.me(want=MINE)
        await world.database.stop()
        assert me is not None
        assert me.customer is not None
        assert len(me.customer.orders[NEWEST].edges) == 6


@pytest.mark.parametrize("storage_name", ["sqlite", "postgres"], indirect=True)
class TestWhatWasSeen:
    async def test_is_gone_with_the_answer(self, world: World) -> None:
        """Nothing that a request read waits for the collector, which would have more to do than all the rest."""
        ordered(world, "vip")
        async with open_api(world) as api:
            for _ in range(3):
                await api.ask(HOME, {"category": None}, actor=world.shop.buyer("vip"))
            gc.collect()
            gc.disable()
            gc.set_debug(gc.DEBUG_SAVEALL)
            try:
                await api.ask(HOME, {"category": None}, actor=world.shop.buyer("vip"))
                gc.collect()
                left = [one for one in gc.garbage if isinstance(one, ProductCard | OrderCard | Views | Looks)]
            finally:
                gc.set_debug(0)
                gc.garbage.clear()
                gc.enable()
        assert left == []


@pytest.mark.parametrize("storage_name", ["sqlite"], indirect=True)
class TestPlaces:
    async def test_are_not_waited_for_without_end(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "WAIT_S", 0.1)
        looks = [world.database.reading.look(at=a.NOON) for _ in range(sqlite.MOST_READERS + 1)]
        for look in looks[:-1]:
            await look.guest(slug=world.shop.merchant.slug)
        with pytest.raises(Busy):
            await looks[-1].guest(slug=world.shop.merchant.slug)
        for look in looks:
            await look.close()

    async def test_long_work_lets_others_begin(self, world: World) -> None:
        database = world.database
        assert isinstance(database, SqlDatabase)
        count = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) FROM n"
        [long, short] = [Statement(text(count.format(many))) for many in (400_000, 1)]
        done: list[int] = []

        async def asking(statement: Statement) -> None:
            def reader() -> Reader[Rows]:
                return (yield Ask(statement, {}))

            moment = database.driver.moment()
            [(last,)] = await moment.read(reader, of=None)
            done.append(last)
            await moment.close()

        everybody = [*[long] * sqlite.MOST_AT_WORK, *[short] * 3, *[long] * sqlite.MOST_AT_WORK, short]
        await asyncio.gather(*map(asking, everybody))
        assert done == [1] * 4 + [400_000] * 2 * sqlite.MOST_AT_WORK


@pytest.mark.parametrize("storage_name", ["postgres"], indirect=True)
class TestFailures:
    """Something goes wrong in the database while several ask: the next who gets the connection is not told of it."""

    async def test_leave_a_connection_on_which_the_same_can_be_asked(self, world: World) -> None:
        database = world.database
        assert isinstance(database, SqlDatabase)
        [impossible, simple] = [
            Statement(text(of)) for of in ("SELECT 1 / 0", "SELECT 'asked beside what fails'")
        ]

        def asking(statement: Statement) -> Reader[Rows]:
            return (yield Ask(statement, {}))

        for _ in range(3):
            moment = database.driver.moment()
            asked = [moment.read(partial(asking, one), of=None) for one in (impossible, simple)]
            first, second = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(first, Exception)
            assert isinstance(second, Exception)
            await moment.close()
            again = database.driver.moment()
            assert await again.read(partial(asking, simple), of=None) == [("asked beside what fails",)]
            await again.close()
