"""The second wall: with every filter of our own taken away, PostgreSQL still shows and takes no foreign row."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import attrs
import psycopg
import pytest
from graphql import GraphQLSchema
from psycopg import errors
from sqlalchemy import Table, make_url, select, text

from adapters.graphql.guard import Limits
from adapters.graphql.schema import schema
from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.merchants import merchant_row
from adapters.persistence.postgres import Postgres
from adapters.persistence.postgres_moment import PostgresMoment
from adapters.persistence.second_wall import APP_ROLE
from adapters.persistence.sessions import Session
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import POSTGRES, Ask, Reader, Rows, Statement
from adapters.persistence.tables import metadata
from application.amendments import AskedAdjustment
from application.cart import AskedLine
from application.floors import AskedApproval, AskedFloor, AskedMargin
from application.ports.database import Database, SecondWall
from application.ports.groups import ProductVisibility
from application.quantity_rules import AskedAllowance
from application.views.catalog import EVERYTHING, ProductSort, ProductWant, SkuWant
from application.views.pages import Window
from domain.errors import DomainError
from domain.identity import MerchantId, PriceBatchId
from domain.own_names import OwnName
from domain.ownership import OwnerKind
from domain.people import Phone
from domain.price_batches import PriceBatch
from domain.promotions import Budget
from domain.visibility import Visibility
from kit import builders as a
from kit import couponing
from kit.api import open_api
from kit.builders import FixedClock
from kit.fuzz import Door, furnish_marked, run
from kit.plugin import TOLD
from kit.promoting import drafted, less
from kit.registering import invited
from kit.sealing import SEALING
from kit.second_wall import no_first_wall
from kit.specials import draft as special_draft
from kit.specials import knowing
from kit.world import Shop, World, known_as

pytestmark = pytest.mark.parametrize("storage_name", ["postgres"], indirect=True)

BUILT: GraphQLSchema = schema._schema
MORE = 100
"""So many operations by chance, when everything has been asked for once."""
NOBODY = a.SeededIds(99).new(MerchantId)
OF_MERCHANTS = sorted(
    (table for table in metadata.tables.values() if "merchant_id" in table.columns),
    key=lambda table: table.name,
)
by_name = pytest.mark.parametrize("table", OF_MERCHANTS, ids=lambda table: table.name)
GOODS = """query ($filter: ProductFilter) {
    products(first: 20, filter: $filter) { nodes { name skus { code price { unitPrice { amount } } } } }
    me { customer { orders(first: 5) { nodes { number lines { quantity } } } } }
}"""
OWN = "(merchant_id = current_setting('dinghuo.merchant'::text, true))"
_OF_LOGIN = "(login_id = NULLIF(current_setting('dinghuo.login'::text, true), ''::text))"
PLACES = {"buyers": _OF_LOGIN, "staff": _OF_LOGIN}
"""What a login may read at every merchant, and the companies of those buyers."""
WHO_ASKED = "SELECT current_user, session_user, current_setting('dinghuo.merchant', true)"
WHO = Statement(text(WHO_ASKED))


@pytest.fixture
def walled(database: Database) -> SqlDatabase:
    """The database, which is PostgreSQL."""
    assert isinstance(database, SqlDatabase)
    return database


@pytest.fixture
def liar(walled: SqlDatabase) -> Iterator[psycopg.Connection[Any]]:
    """Somebody who sees everything, past both walls."""
    with psycopg.connect(plain(walled.url), autocommit=True) as connection:
        yield connection


@pytest.fixture
async def reading(walled: SqlDatabase) -> AsyncIterator[Postgres]:
    """The way in for readers, as long as the test runs."""
    await walled.start()
    assert isinstance(walled.driver, Postgres)
    yield walled.driver
    await walled.stop()


@pytest.fixture
def traded(world: World) -> World:
    """A world in which both wholesalers have rows in every table."""
    for shop in (world.shop, world.other):
        hidden = Visibility(hidden_from=frozenset({shop.tiers["strategic"].id}))
        world.add([ProductVisibility(product_id=shop.products["tea"].id, visibility=hidden)], to=shop)
        offered = less(("0.01", "0.01"), audience=frozenset({shop.customers["regular"].id}))
        promotion = drafted(offered, budget=Budget(uses_per_customer=9))
        world.use.create_promotion(actor=shop.clerk, draft=promotion)
        basket, buyer = a.basket((shop.sku("TEA-500"), 2)), knowing(shop.buyer())
        cheap = special_draft("0.5", shop.sku("TEA-500"), per_customer=9)
        world.use.create_special_price(actor=shop.clerk, draft=cheap)
        order = world.use.place_order(actor=buyer, key=a.key(), basket=basket, wishes=a.wishes())
        world.use.confirm_order(actor=shop.clerk, key=a.key(), order_id=order.id)
        invited(world, a.invitation(world.ids), shop=shop)
        world.add([a.verification(shop.customers["vip"], details=a.company_details())], to=shop)
        world.use.adjust_order(
            actor=shop.clerk,
            key=a.key("adjust"),
            order_id=order.id,
            asked=AskedAdjustment(amount=Decimal("0.01")),
            reason="老客户",
        )
        of = couponing.template(world.ids, claimed=1, audience=[shop.tiers["vip"].id])
        world.add([of], [couponing.coupon(world.ids, of, shop.customers["vip"])], to=shop)
        one, other = shop.customers["vip"].id, shop.customers["regular"].id
        world.use.set_customer_parent(actor=shop.clerk, customer_id=one, parent_id=other)
        world.use.set_customer_owner(
            actor=shop.clerk, customer_id=one, kind=OwnerKind.SALES_REP, owner_id=shop.staff["clerk"].id
        )
        world.use.erase_person(actor=shop.clerk, buyer_id=shop.buyers["viewer"].id)
        line = AskedLine(sku_id=shop.sku("TEA-500").id, quantity=Decimal(1))
        world.use.add_to_cart(actor=shop.buyer(), key=a.key("cart"), lines=[line])
        world.use.save_shopping_list(actor=shop.buyer(), name="周单", shared=True, lines=[line])
        world.use.save_order_template(actor=shop.clerk, name="夏季", audience=[], lines=[line])
        with world.database.unit_of_work(shop.clerk) as storage:
            batch = PriceBatch(id=world.ids.new(PriceBatchId), name="价格.xlsx", ladders=0, created_at=a.NOON)
            storage.price_batches.add(batch)
            storage.own_names.learn(one, {OwnName("茶"): shop.sku("TEA-500").id}, at=world.clock.now())
        world.search_log.note(actor=shop.buyer(), text="可乐")
        world.search_log.flush()
        world.use.allow_quantities(
            actor=shop.clerk,
            customer_id=one,
            skus=[AskedAllowance(sku_id=shop.sku("TEA-500").id)],
            until=None,
            reason="展会",
        )
        tea, drinks = shop.sku("TEA-500").id, shop.categories["drinks"].id
        world.use.set_floors(actor=shop.clerk, floors=[AskedFloor(sku_id=tea, cost=Decimal(1))])
        margin = AskedMargin(category_id=drinks, reference=drinks, margin=Decimal(5))
        world.use.set_category_margins(actor=shop.clerk, margins=[margin])
        world.use.approve_below_floor(
            actor=shop.clerk, customer_id=one, skus=[AskedApproval(sku_id=tea)], until=None, reason="清仓"
        )
    return world


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def reader(statement: Statement) -> Callable[[], Reader[Rows]]:
    """A reader that asks one thing."""

    def ask() -> Reader[Rows]:
        return (yield Ask(statement, {}))

    return ask


def merchants_in(table: Table) -> Statement:
    """Ask whose rows there are, and forget to say whose are wanted."""
    return Statement(select(table.c.merchant_id).distinct())


class TestTheTables:
    @by_name
    def test_every_one_of_a_merchant_is_behind_it(self, liar: psycopg.Connection[Any], table: Table) -> None:
        """A new table without it fails here: its migration ends with `second_wall`."""
        flags = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
        assert liar.execute(flags, [table.name]).fetchall() == [(True, True)]
        policies = "SELECT permissive, roles, cmd, qual, with_check FROM pg_policies WHERE tablename = %s ORDER BY cmd"
        own, *more = liar.execute(policies, [table.name]).fetchall()
        assert own == ("PERMISSIVE", ["public"], "ALL", OWN, OWN)
        if table.name == "customers":
            [(permissive, roles, command, condition, check)] = more
            assert (permissive, roles, command, check) == ("PERMISSIVE", ["public"], "SELECT", None)
            assert "FROM buyers b" in condition and "b.login_id = NULLIF" in condition
        else:
            read = [PLACES[table.name]] if table.name in PLACES else []
            assert more == [("PERMISSIVE", ["public"], "SELECT", one, None) for one in read]

    def test_no_other_table_but_those_of_people_is_without_it(self, liar: psycopg.Connection[Any]) -> None:
        open_to_all = (
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p')"
            " AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity"
        )
        of_people = {
            *("logins", "login_identities", "login_codes", "login_passwords", "login_factors", "login_tries"),
            *("sessions", "refresh_tokens", "sealing"),
        }
        assert {name for (name,) in liar.execute(open_to_all)} == {"alembic_version", *of_people}


class TestTheRole:
    def test_it_owns_nothing_and_may_do_nothing_else(
        self, walled: SqlDatabase, liar: psycopg.Connection[Any]
    ) -> None:
        [(role,)] = liar.execute(f"SELECT {APP_ROLE}".encode()).fetchall()
        with walled.driver.snapshot(of=None) as session:
            [(current, user, _)] = session.all(WHO, {})
        assert current == role != user
        rights = (
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin,"
            " (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid),"
            " (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid),"
            " (SELECT count(*) FROM pg_database d WHERE d.datdba = r.oid),"
            " (SELECT count(*) FROM pg_namespace n WHERE n.nspowner = r.oid)"
            " FROM pg_roles r WHERE rolname = %s"
        )
        assert liar.execute(rights, [role]).fetchall() == [(*[False] * 6, 0, 0, 0, 0)]
        for table in metadata.sorted_tables:
            for right in ("TRUNCATE", "REFERENCES", "TRIGGER"):
                asked = liar.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table.name, right])
                assert asked.fetchall() == [(False,)], (table.name, right)
        assert walled.second_wall() is SecondWall.STANDING

    async def test_readers_take_it_too(self, reading: Postgres, liar: psycopg.Connection[Any]) -> None:
        [(role,)] = liar.execute(f"SELECT {APP_ROLE}".encode()).fetchall()
        assert await reading.read(reader(WHO), of=NOBODY) == [
            (role, liar.info.user, NOBODY),
        ]

    def test_it_cannot_take_the_wall_down(self, walled: SqlDatabase) -> None:
        for command in (
            "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY of_the_merchant ON orders",
            "TRUNCATE orders CASCADE",
            "SET LOCAL session_replication_role = replica",
            "UPDATE alembic_version SET version_num = '0000'",
        ):
            with (
                pytest.raises(errors.InsufficientPrivilege),
                walled.driver.writing(of=NOBODY) as session,
            ):
                session.change(Statement(text(command)), {})


class TestRows:
    """Statements that name no merchant at all."""

    def test_readers_see_their_own(self, traded: World, walled: SqlDatabase) -> None:
        mine = traded.shop.merchant.id
        for table in OF_MERCHANTS:
            with walled.driver.snapshot(of=mine) as session:
                assert session.all(merchants_in(table), {}) == [(mine,)], table.name
            with walled.driver.writing(of=mine) as session:
                assert session.all(merchants_in(table), {}) == [(mine,)], table.name

    async def test_so_does_the_pool_of_readers(self, traded: World, reading: Postgres) -> None:
        for shop in (traded.shop, traded.other):
            mine = shop.merchant.id
            for table in OF_MERCHANTS:
                assert await reading.read(reader(merchants_in(table)), of=mine) == [(mine,)], table.name

    async def test_where_nobody_is_set_there_are_none(
        self, traded: World, walled: SqlDatabase, reading: Postgres
    ) -> None:
        for table in OF_MERCHANTS:
            assert await reading.read(reader(merchants_in(table)), of=None) == [], table.name
            with walled.driver.snapshot(of=None) as session:
                assert session.all(merchants_in(table), {}) == [], table.name

    async def test_several_merchants_in_one_moment_see_their_own_each(
        self, traded: World, reading: Postgres
    ) -> None:
        wanted = [None, traded.shop.merchant.id, traded.other.merchant.id, None, traded.shop.merchant.id]
        moment = reading.moment()
        for _ in range(2):
            asked = [moment.read(reader(merchants_in(metadata.tables["skus"])), of=of) for of in wanted]
            found = await asyncio.gather(*asked)
            assert found == [[] if of is None else [(of,)] for of in wanted]
        await moment.close()

    def test_foreign_ones_cannot_be_changed(
        self, traded: World, walled: SqlDatabase, liar: psycopg.Connection[Any]
    ) -> None:
        mine, theirs = traded.shop.merchant.id, traded.other.merchant.id
        for table in OF_MERCHANTS:
            _keeps_out(walled, liar, table, mine=mine, theirs=theirs)

    def test_merchants_are_seen_by_all_and_write_themselves(self, traded: World, walled: SqlDatabase) -> None:
        merchants = metadata.tables["merchants"]
        with walled.driver.writing(of=traded.shop.merchant.id) as session:
            assert len(session.all(Statement(select(merchants)), {})) == 2
            changed = merchants.update().values(name=merchants.c.name)
            assert session.change(Statement(changed), {}) == 1
            theirs = merchants.c.id == traded.other.merchant.id
            assert session.change(Statement(merchants.delete().where(theirs)), {}) == 0
        new = attrs.evolve(traded.shop.merchant, id=traded.ids.new(MerchantId), slug="new")
        row = merchant_row(new)
        _refused(walled, traded.shop.merchant.id, lambda session: session.insert(merchants, [row]))


def _keeps_out(
    walled: SqlDatabase, liar: psycopg.Connection[Any], table: Table, *, mine: MerchantId, theirs: MerchantId
) -> None:
    """Try to change foreign rows of a table in every way there is."""
    names = ", ".join(column.name for column in table.columns)
    everything = f"SELECT {names} FROM {table.name} WHERE merchant_id = %s ORDER BY {table.name}::text"
    before = liar.execute(everything.encode(), [theirs]).fetchall()
    assert before, table.name
    last = [*table.columns][-1].name
    with walled.driver.writing(of=mine) as session:
        assert session.change(Statement(table.update().values({last: table.c[last]})), {}) > 0, table.name
        foreign = table.update().where(table.c.merchant_id == theirs)
        assert session.change(Statement(foreign.values({last: table.c[last]})), {}) == 0, table.name
        foreign_rows = table.delete().where(table.c.merchant_id == theirs)
        assert session.change(Statement(foreign_rows), {}) == 0, table.name
    for act in (
        lambda session: session.insert(table, before),
        lambda session: session.load(table, before),
        lambda session: session.replace(table, before),
        lambda session: session.insert_missing(table, before),
        lambda session: session.change(Statement(table.update().values(merchant_id=theirs)), {}),
    ):
        _refused(walled, mine, act)
    assert liar.execute(everything.encode(), [theirs]).fetchall() == before, table.name


def _refused(database: SqlDatabase, of: MerchantId, act: Callable[[Session], object]) -> None:
    with pytest.raises(errors.InsufficientPrivilege), database.driver.writing(of=of) as session:
        act(session)


class TestPlacesOfALogin:
    """A login that is set sees its own places at every merchant, to read, and nothing more."""

    async def test_are_all_that_is_shown(self, traded: World, walled: SqlDatabase, reading: Postgres) -> None:
        mine, theirs = traded.shop.merchant.id, traded.other.merchant.id
        login, buyers, members = known_as(
            traded,
            Phone("13800000001"),
            (traded.shop, "vip"),
            (traded.other, "vip"),
            staff_of=[traded.other],
        )
        other, _, _ = known_as(
            traded, Phone("13800000002"), (traded.other, "regular"), staff_of=[traded.other]
        )
        tables = [metadata.tables[name] for name in ("buyers", "staff", "customers", "addresses", "orders")]
        moment = reading.moment()
        for of in (None, mine):
            for table in tables:
                statement = Statement(select(table.c.merchant_id, *table.primary_key.columns[1:]))
                asked = [
                    moment.read(_as_login(statement, login_id), of=of) for login_id in (None, login.id, None)
                ]
                before, shown, after = await asyncio.gather(*asked)
                assert before == after and {row[0] for row in before} <= {of}, table.name
                more = {row[1] for row in {*shown} - {*before}}
                if table.name == "buyers":
                    assert more == {one.id for one in buyers} - {row[1] for row in before}
                elif table.name == "staff":
                    assert more == {one.id for one in members}
                elif table.name == "customers":
                    assert more == {one.customer_id for one in buyers} - {row[1] for row in before}
                else:
                    assert more == set(), table.name
        await moment.close()
        with walled.driver.writing(of=mine) as session:
            session.show_places_of(login.id)
            buyers_table, staff_table = metadata.tables["buyers"], metadata.tables["staff"]
            for table in (buyers_table, staff_table, metadata.tables["customers"]):
                foreign = table.c.merchant_id == theirs
                assert session.all(Statement(select(table).where(foreign)), {})
                assert session.all(Statement(select(table).where(foreign).with_for_update()), {}) == []
                assert session.change(Statement(table.update().where(foreign).values(id=table.c.id)), {}) == 0
                assert session.change(Statement(table.delete().where(foreign)), {}) == 0
            session.show_places_of(other.id)
            assert session.all(
                Statement(select(buyers_table).where(buyers_table.c.login_id == login.id)), {}
            ) == [row for row in session.all(Statement(select(buyers_table)), {}) if row[1] == buyers[0].id]
        with walled.driver.snapshot(of=None) as session:
            setting = Statement(text("SELECT current_setting('dinghuo.login', true)"))
            assert session.all(setting, {})[0][0] in (None, "")


def _as_login(statement: Statement, login_id: str | None) -> Callable[[], Reader[Rows]]:
    def ask() -> Reader[Rows]:
        return (yield Ask(statement, {}, login_id=login_id))

    return ask


class TestWithoutTheFirstWall:
    """Everything the product asks, with whatever it says of merchants left out."""

    # Where one field fails, graphql-core may leave the coroutines of those beside it without having awaited them.
    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    @pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
    )
    async def test_the_whole_schema_answers_as_ever(
        self, walled: SqlDatabase, record_property: Callable[[str, object], None]
    ) -> None:
        """Every field and argument, as everybody, foreign ids among them: what memory answers, it answers."""
        databases: dict[str, Database] = {"the memory": MemoryDatabase(), "the database": walled}
        places = {name: furnish_marked(one) for name, one in databases.items()}
        async with AsyncExitStack() as stack:
            hole = stack.enter_context(no_first_wall())
            doors = []
            for name, place in places.items():
                api = await stack.enter_async_context(open_api(place.world, limits=Limits()))
                url = "http://dinghuo.test/graphql"
                doors.append(Door(name=name, http=api.http, url=url, token=api.token))
            report = await run(BUILT, places["the memory"], doors, seed=secrets.randbelow(10**6), more=MORE)
            findings = [finding for one in databases.values() for finding in one.audit.findings()]
        told = "\n".join([f"{len(hole.texts)} statements named no merchant", *report.lines()])
        record_property(TOLD, told)
        assert report.failures == [], told
        assert report.coverage.missing() == []
        assert len(hole.texts) > 40, told
        assert findings == []

    async def test_without_the_second_either_everything_is_open(
        self, world: World, walled: SqlDatabase
    ) -> None:
        """The test above could not fail otherwise."""
        bare = SqlDatabase(walled.url, clock=FixedClock(), sealing=SEALING, second_wall=False)
        assert bare.second_wall() is SecondWall.MISSING
        with no_first_wall():
            seen = {name: await _goods(one, world.shop) for name, one in (("bare", bare), ("walled", walled))}
        bare.close()
        mine = {product.id for product in world.shop.products.values()}
        theirs = {product.id for product in world.other.products.values()}
        assert seen["bare"] & mine and seen["bare"] & theirs
        assert seen["walled"] and seen["walled"] <= mine

    def test_verbs_find_nothing_foreign(self, traded: World, liar: psycopg.Connection[Any]) -> None:
        shop, other, use = traded.shop, traded.other, traded.use
        [(theirs,)] = liar.execute(
            "SELECT id FROM orders WHERE merchant_id = %s", [other.merchant.id]
        ).fetchall()
        sku, main = other.sku("TEA-500"), other.warehouses["main"]
        before = _rows_of(liar, other.merchant.id)
        attempts: list[Callable[[], object]] = [
            lambda: use.place_order(
                actor=shop.buyer(), key=a.key("p"), basket=a.basket((sku, 1)), wishes=a.wishes()
            ),
            lambda: use.confirm_order(actor=shop.clerk, key=a.key("c"), order_id=theirs),
            lambda: use.cancel_order(actor=shop.clerk, key=a.key("x"), order_id=theirs),
            lambda: use.receive_stock(
                actor=shop.clerk, key=a.key("r"), changes=[a.stock_change(sku, main, 1)]
            ),
        ]
        for attempt in attempts:
            with no_first_wall() as hole, pytest.raises(DomainError):
                attempt()
            assert hole.texts
        assert _rows_of(liar, other.merchant.id) == before


async def _goods(database: SqlDatabase, shop: Shop) -> set[str]:
    await database.start()
    views = database.reading(shop.clerk, at=a.NOON)
    page = await views.catalog.products(
        window=Window(size=50),
        filter=EVERYTHING,
        sort=ProductSort.POSITION,
        want=ProductWant(skus=SkuWant(stock=True)),
        count=False,
    )
    await database.stop()
    return {edge.node.id for edge in page.edges}


def _rows_of(liar: psycopg.Connection[Any], merchant_id: MerchantId) -> dict[str, list[Any]]:
    return {
        table.name: liar.execute(
            f"SELECT t::text FROM {table.name} t WHERE merchant_id = %s ORDER BY 1".encode(), [merchant_id]
        ).fetchall()
        for table in OF_MERCHANTS
    }


class TestAfterwards:
    """A connection that comes back to its pool knows nobody any more, whatever happened to the transaction."""

    async def test_readers_leave_nothing(self, traded: World, walled: SqlDatabase, reading: Postgres) -> None:
        shop = traded.shop
        look = walled.reading.look(at=a.NOON)
        actor = await look.actor(a.claims(shop.buyer()))
        await look.views(actor).customers.me()
        await look.close()
        hurried = walled.reading.look(at=a.NOON)
        asking = asyncio.ensure_future(hurried.views(shop.buyer()).catalog.brands())
        await asyncio.sleep(0)
        await hurried.close()
        await asyncio.gather(asking, return_exceptions=True)
        lent = [await reading.lend() for _ in range(2)]
        found = [await (await one.execute(WHO_ASKED.encode())).fetchone() for one in lent]
        for one in lent:
            await one.rollback()
            await reading.take_back(one)
        assert all(row is not None and row[0] != row[1] and row[2] in (None, "") for row in found), found
        assert "" in [row[2] for row in found if row is not None], "one of them was used, and is empty again"

    def test_verbs_leave_nothing(self, traded: World, walled: SqlDatabase) -> None:
        for _ in range(3):
            with pytest.raises(DomainError):
                traded.use.place_order(
                    actor=traded.shop.buyer(),
                    key=a.key("again"),
                    basket=a.basket((traded.other.sku("TEA-500"), 1)),
                    wishes=a.wishes(),
                )
            with walled.driver.snapshot(of=None) as session:
                [(current, user, merchant)] = session.all(WHO, {})
            assert current != user and merchant == ""

    def test_whoever_settled_is_back_in_the_role(self, traded: World, walled: SqlDatabase) -> None:
        mine = traded.shop.merchant.id
        with walled.driver.writing(of=mine) as session:
            [(role, _, _)] = session.all(WHO, {})
            session.settle()
            assert session.all(WHO, {})[0][0] == role
            assert session.all(merchants_in(metadata.tables["orders"]), {}) == [(mine,)]
        with walled.driver.snapshot(of=None) as session:
            assert session.all(WHO, {})[0][0] == role


class TestPlans:
    async def test_the_same_indexes_are_used(
        self,
        world: World,
        walled: SqlDatabase,
        liar: psycopg.Connection[Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A policy can keep PostgreSQL from using an index, where an operator is not leakproof."""
        asked: list[Ask] = []
        put = PostgresMoment._put

        def noted(moment: PostgresMoment, commands: Any, question: Any) -> int:
            asked.append(question.ask)
            return put(moment, commands, question)

        monkeypatch.setattr(PostgresMoment, "_put", noted)
        [(role,)] = liar.execute(f"SELECT {APP_ROLE}".encode()).fetchall()
        category = world.shop.categories["drinks"].id
        async with open_api(world, limits=Limits()) as api:
            for filter in ({}, {"text": "柠檬"}, {"text": "nmc"}, {"text": "茶"}, {"category": category}):
                answer = await api.ask(GOODS, {"filter": filter}, actor=world.shop.buyer())
                assert answer.data["products"]["nodes"]
        liar.execute("ANALYZE")
        liar.execute("SET enable_seqscan = off")
        liar.execute("SELECT set_config('dinghuo.merchant', %s, false)", [world.shop.merchant.id])
        bare = [[*_scans(liar, ask)] for ask in asked]
        liar.execute(f'SET ROLE "{role}"'.encode())
        walled_off = [[*_scans(liar, ask)] for ask in asked]
        # Which of two indexes is taken, where both are as good for these few rows, is a matter of chance.
        assert [_by_table(scans) for scans in walled_off] == [_by_table(scans) for scans in bare]
        for scans in (bare, walled_off):
            read = {one for of_one in scans for one in _by_table(of_one)}
            assert {("products", True), ("product_tokens", True)} <= read
            assert not {("products", False), ("product_tokens", False)} & read


def _scans(connection: psycopg.Connection[Any], ask: Ask) -> Iterator[dict[str, Any]]:
    """The steps of a statement's plan that read tables or indexes."""
    found = ask.statement.on(POSTGRES)
    explained = connection.execute(
        f"EXPLAIN (FORMAT JSON) {found.text}".encode(), {**found.constants, **ask.parameters}
    )
    [(plan,)] = explained.fetchall()
    return _scans_of(plan[0]["Plan"])


def _by_table(scans: Iterable[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Every table that is read, and whether it is read through an index."""
    return sorted(
        (node["Relation Name"], "Index" in node["Node Type"] or "Bitmap" in node["Node Type"])
        for node in scans
        if "Relation Name" in node
    )


def _scans_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    bitmaps = [one for one in node.get("Plans", []) if one["Node Type"] == "Bitmap Index Scan"]
    if any(one.get("Index Name") == "ix_buyers_login_id" for one in (node, *bitmaps)):
        # The policy's own look for the places of a login; where the merchant fits, it is never made.
        assert node["Parent Relationship"] in ("SubPlan", "InitPlan"), node
        return
    if "Scan" in node["Node Type"]:
        yield node
    for below in node.get("Plans", []):
        yield from _scans_of(below)


class TestTheAudit:
    def test_it_sees_every_merchant_once(
        self, traded: World, walled: SqlDatabase, liar: psycopg.Connection[Any]
    ) -> None:
        liar.execute("UPDATE orders SET line_count = line_count + 1")
        bare = SqlDatabase(walled.url, clock=FixedClock(), sealing=SEALING, second_wall=False)
        for database in (walled, bare):
            found = [finding.merchant_id for finding in database.audit.findings()]
            assert sorted(found) == sorted([traded.shop.merchant.id, traded.other.merchant.id])
        bare.close()
