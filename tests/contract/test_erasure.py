"""Somebody who is erased is in no column of any table and in no answer to anybody, and what was traded is as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest
from sqlalchemy import MetaData, create_engine, select
from sqlalchemy.engine import make_url

from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.sql import SqlDatabase
from application.authorization import Actor
from application.ports.database import Database
from application.retrying import retrying
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, LoginId, OrderId
from domain.people import Login, Phone
from domain.privacy import ERASED
from kit import builders as a
from kit.sealing import opened
from kit.walls.running import Walls
from kit.walls.scene import Caller, sku_of
from kit.walls.siege import PARTS, open_walls, share
from kit.world import Shop, World

PHONE = Phone("18612345607")
NAME, STREET, NOTE, KEY = "慕容Canary", "金丝雀路 7 号", "请打电话给慕容", "key-of-Canary"
OPEN_ID = "open-id-canary"


@attrs.frozen(kw_only=True)
class Planted:
    """Somebody with a canary in everything that is kept of a person, at two merchants."""

    world: World
    login: Login
    buyers: tuple[Buyer, Buyer]
    orders: Mapping[str, OrderId]
    token: str
    canaries: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        """The person at the first merchant, in the session that was begun."""
        claims = self.world.tokens.read(self.token, at=self.world.clock.now())
        shop, buyer = self.world.shop, self.buyers[0]
        actor = Actor.buyer(shop.merchant, id=buyer.id, customer_id=buyer.customer_id, role=buyer.role)
        return attrs.evolve(actor, session_id=claims.session_id)


def plant(world: World) -> Planted:
    """Let there be somebody who buys for a company of each merchant, orders, and receives."""
    login = Login(id=world.ids.new(LoginId), phone=PHONE.masked)
    index = world.secrets.phone_index(PHONE)
    with world.database.people() as people:
        people.add_login(login, phone=index)
    buyers: list[Buyer] = []
    orders: dict[str, OrderId] = {}
    for shop in (world.shop, world.other):
        buyer, colleague, company = _company(world, shop, login)
        buyers.append(buyer)
        mine = _order(world, shop, buyer, company.addresses[0], note=NOTE)
        theirs = _order(world, shop, colleague, company.addresses[1], note="谢谢", key="another")
        world.use.confirm_order(actor=shop.clerk, key=a.key(mine), order_id=mine)
        orders |= {f"{shop.merchant.slug} mine": mine, f"{shop.merchant.slug} theirs": theirs}
    use = world.use
    use.export_person(actor=world.shop.clerk, buyer_id=buyers[0].id)
    use.request_code(actor=world.shop.guest, phone=PHONE, locale="en")
    signed_in = use.verify_code(actor=world.shop.guest, phone=PHONE, code=world.inbox.code)
    codes = [str(uuid4()), str(uuid4())]
    world.wechat.add_person(codes[0], open_id=OPEN_ID)
    world.wechat.add_phone(codes[1], PHONE)
    use.sign_in_by_wechat(actor=world.shop.guest, code=codes[0], phone_code=codes[1])
    session = world.tokens.read(signed_in.access_token, at=world.clock.now()).session_id
    identity = world.secrets.identity_index(f"wechat {world.wechat.app_id}", OPEN_ID)
    assert session is not None
    return Planted(
        world=world,
        login=login,
        buyers=(buyers[0], buyers[1]),
        orders=orders,
        token=signed_in.access_token,
        canaries=(
            *(NAME, STREET, NOTE, KEY),
            *(PHONE, PHONE.removeprefix("+86"), PHONE.masked, index, identity, login.id, session),
        ),
    )


def _company(world: World, shop: Shop, login: Login) -> tuple[Buyer, Buyer, Customer]:
    """A company whose book has the person's address by name, and another by the phone."""
    places = (
        Address(recipient=NAME, phone="010-88886666", region="杭州市西湖区", street=STREET),
        Address(recipient="门卫", phone=PHONE.removeprefix("+86"), region="杭州市上城区", street=STREET),
        Address(recipient="仓库", phone="13900000001", region="杭州市滨江区", street="江南大道 1 号"),
    )
    company = attrs.evolve(
        a.customer(world.ids, tier=shop.tiers["regular"], name=f"金丝雀商店 {shop.merchant.slug}"),
        addresses=tuple(CustomerAddress(id=world.ids.new(AddressId), address=one) for one in places),
    )
    buyer = attrs.evolve(a.buyer(world.ids, customer=company, name=NAME, role=Role.OWNER), login_id=login.id)
    colleague = a.buyer(world.ids, customer=company, name="同事", role=Role.OWNER)
    world.add([company], [buyer, colleague], to=shop)
    return buyer, colleague, company


def _order(
    world: World, shop: Shop, buyer: Buyer, to: CustomerAddress, *, note: str, key: str = KEY
) -> OrderId:
    actor = Actor.buyer(shop.merchant, id=buyer.id, customer_id=buyer.customer_id, role=buyer.role)
    wishes = attrs.evolve(a.wishes(), note=note, address_id=to.id, purchase_order_number="PO-1")
    return world.use.place_order(
        actor=actor, key=a.key(key), basket=a.basket((sku_of(shop, "TEA-500"), 2)), wishes=wishes
    ).id


def kept(database: Database) -> Iterator[tuple[str, str]]:
    """Everything that is stored: every value, by table and column."""
    if isinstance(database, MemoryDatabase):
        for shop in database.vault.shops.values():
            for field in attrs.fields(type(shop)):
                yield field.name, repr(getattr(shop, field.name))
        for field in attrs.fields(type(database.people.crowd)):
            yield field.name, repr(getattr(database.people.crowd, field.name))
        return
    assert isinstance(database, SqlDatabase), database
    engine = create_engine(database.url)
    try:
        tables = MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            for table in tables.sorted_tables:
                for row in connection.execute(select(table)):
                    for name in row._mapping:
                        value = opened(table.name, str(name), row._mapping)  # type: ignore[arg-type]  # by name
                        text = json.dumps(json.loads(value), ensure_ascii=False) if _is_json(value) else value
                        yield f"{table.name}.{name}", str(text)
    finally:
        engine.dispose()


def _is_json(value: object) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[")


def found(database: Database, canaries: tuple[str, ...]) -> set[str]:
    """Where canaries are stored."""
    return {where for where, text in kept(database) for one in canaries if one in text}


def ledger(world: World, planted: Planted) -> list[Any]:
    """What was traded, without whom it was for."""
    books: list[Any] = []
    for shop in (world.shop, world.other):
        with world.database.unit_of_work.reading(shop.operator) as storage:
            orders = [
                storage.orders.get(one) for name, one in planted.orders.items() if shop.merchant.slug in name
            ]
            books += [
                attrs.evolve(one, terms=attrs.evolve(one.terms, note=None, address=None)) for one in orders
            ]
            books += [one.terms.address and one.terms.address.region for one in orders]
            books.append(storage.stock.sheet([sku_of(shop, "TEA-500").id]).items)
            books += [one for order in orders for one in storage.stock.reservations(order.id)]
    return books


class TestErasedByThemselves:
    def test_are_in_no_column_of_any_table(self, world: World) -> None:
        planted = plant(world)
        tables = {where.partition(".")[0] for where in found(world.database, planted.canaries)}
        if isinstance(world.database, SqlDatabase):
            assert {"buyers", "addresses", "orders", "answers", "logins", "login_codes", "sessions"} <= tables
        before = ledger(world, planted)
        assert world.use.erase_me(actor=planted.actor) == 2
        assert found(world.database, planted.canaries) == set()
        assert ledger(world, planted) == before
        assert list(world.database.audit.findings()) == []

    def test_leave_nothing_in_the_file(self, world: World) -> None:
        planted = plant(world)
        assert _in_files(world.database, planted.canaries) or not _files(world.database)
        world.use.erase_me(actor=planted.actor)
        assert world.database.scrub()
        assert _in_files(world.database, planted.canaries) == set()

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    async def test_are_in_no_answer_to_anybody(self, storage_name: str, database: Database) -> None:
        """Each adapter is asked by a part of them."""
        async with open_walls(database) as walls:
            world = walls.scene.world
            planted = plant(world)
            texts = (NAME, STREET, NOTE, PHONE.removeprefix("+86"))
            clerk = next(one for one in walls.scene.callers if one.name.startswith("staff clerk"))
            told = await _answers(walls, [clerk])
            assert [one for one in texts if one not in told] == [], "everything is shown before"
            world.use.erase_me(actor=planted.actor)
            part = share(walls.scene.callers, PARTS[storage_name], len(PARTS))
            told = await _answers(walls, [clerk, *part])
            assert [one for one in texts if one in told] == []
            assert ERASED in told

    def test_can_be_asked_again_after_a_failure_half_way(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planted = plant(world)
        persons: list[str] = []
        monkeypatch.setattr("application.privacy._erasing.retrying", lambda verb: verb)
        with world.database.unit_of_work(world.other.operator) as storage:
            kind = type(storage.persons)
        erase = kind.erase

        def once(self: Any, person: Any, **more: Any) -> Any:
            if persons:
                raise Surprise
            persons.append(person.id)
            return erase(self, person, **more)

        monkeypatch.setattr(kind, "erase", once)
        with pytest.raises(Surprise):
            world.use.erase_me(actor=planted.actor)
        monkeypatch.setattr(kind, "erase", erase)
        assert persons == [planted.buyers[1].id], "the place that is asked from goes last"
        assert list(world.database.audit.findings()) == []
        assert world.use.erase_me(actor=planted.actor) == 1
        assert found(world.database, planted.canaries) == set()


class Surprise(Exception):
    """Something nobody reckoned with."""


class TestErasedByStaff:
    def test_stay_what_they_are_elsewhere(self, world: World) -> None:
        planted = plant(world)
        here, there = planted.buyers
        at = world.use.erase_person(actor=world.shop.clerk, buyer_id=here.id)
        world.clock.forward()
        assert retrying(world.use.erase_person)(actor=world.shop.clerk, buyer_id=here.id) == at
        with world.database.unit_of_work.reading(world.other.operator) as storage:
            assert storage.persons.get(there.id).name == NAME
        with world.database.people() as people:
            assert people.login(planted.login.id) is not None
            assert [one.person_id for one in people.memberships(planted.login.id)] == [there.id]
        world.use.erase_person(actor=world.other.clerk, buyer_id=there.id)
        assert found(world.database, planted.canaries) == set()

    def test_leave_one_entry_that_names_nobody(self, world: World) -> None:
        planted = plant(world)
        for _ in range(2):
            world.use.erase_person(actor=world.shop.clerk, buyer_id=planted.buyers[0].id)
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            clerk = world.shop.staff["clerk"].id
            entries = storage.persons.deeds(clerk, until=None, most=9).things
        [entry] = [one for one in entries if one.operation == "erasePerson"]
        assert (entry.about_id, entry.before) == (planted.buyers[0].id, "{}")
        assert json.loads(entry.after) == {"addresses": "2", "orders": "2"}


def _files(database: Database) -> list[Path]:
    """The files of a database that has some of its own."""
    if not isinstance(database, SqlDatabase) or not database.url.startswith("sqlite"):
        return []
    path = Path(str(make_url(database.url).database))
    return [*path.parent.glob(f"{path.name}*")]


def _in_files(database: Database, canaries: Sequence[str]) -> set[str]:
    octets = [file.read_bytes() for file in _files(database)]
    return {one for one in canaries if any(one.encode() in some for some in octets)}


async def _answers(walls: Walls, callers: Sequence[Caller]) -> str:
    """Everything that these are told, of lists up to a hundred rows."""
    told = []
    for caller in callers:
        for question in walls.all_that_is_open(caller) if caller.actor is not None else ():
            assert b": 3" in question.body or b"first" not in question.body
            answered = await walls.http.post(
                "/graphql",
                content=question.body.replace(b": 3", b": 100"),
                headers={"content-type": "application/json", **caller.headers},
            )
            told.append(json.dumps(answered.json(), ensure_ascii=False))
    return "\n".join(told)
