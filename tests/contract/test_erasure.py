"""Somebody who is erased is in no column of any table and in no answer to anybody, and what was traded is as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest
from sqlalchemy import MetaData, create_engine, select
from sqlalchemy.engine import make_url

from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.resealing import every_sealed_column
from adapters.persistence.sql import SqlDatabase
from application.authorization import Actor
from application.invitations import AskedInvitation
from application.ordering import Wishes
from application.ports.database import Database
from application.ports.storage import Stale
from application.retrying import retrying
from application.verifying import Grant
from domain.credentials import Credentials, Email
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.errors import Refused
from domain.identity import AddressId, LoginId, OrderId
from domain.invitations import InvitationRevoked, PersonName
from domain.people import Login, Phone
from domain.privacy import ERASED
from domain.quoting import Basket, BasketLine
from domain.verification import CompanyDetails, VerificationState
from kit import builders as a
from kit.sealing import opened
from kit.walls.running import Walls
from kit.walls.scene import Caller, sku_of
from kit.walls.siege import PARTS, open_walls, share
from kit.world import Shop, World

PHONE = Phone("18612345607")
NAME, STREET, NOTE, KEY = "慕容Canary", "金丝雀路 7 号", "请打电话给慕容", "key-of-Canary"
OPEN_ID = "open-id-canary"
EMAIL = Email("canary@canary.example")
NOT_A_BUYERS: Mapping[str, str] = {
    "cart_lines.note": "the cart is the company's, and nobody's name stands beside a line",
    "cart_lines.written": "how goods were written that were pasted into the company's cart",
    "shopping_lists.name": "the company's; those that are one person's alone are deleted with the person",
    "floor_approvals.reason": "why staff let a company have something below its floor; they write it",
    "quantity_allowances.reason": "why staff let a company order another quantity; they write it",
    "order_amendments.reason": "why staff took something off an order, or a weight beyond the tolerance; they write it",
    "verifications.licence_number": "it is the company's, as its legal name is",
    "verification_steps.reason": "what the merchant found of the company; staff write it, and it stays with the step",
}
"""Sealed columns that nothing is taken out of, and why."""


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
    fingerprints: list[str] = []
    for shop in (world.shop, world.other):
        buyer, colleague, company = _company(world, shop, login)
        buyers.append(buyer)
        mine = _order(world, shop, buyer, company.addresses[0], note=NOTE)
        _refuse(world, shop, buyer)
        fingerprints.append(
            sha256(repr(_command(shop, company.addresses[0], note=NOTE)).encode()).hexdigest()
        )
        theirs = _order(world, shop, colleague, company.addresses[1], note="谢谢", key="another")
        world.use.confirm_order(actor=shop.clerk, key=a.key(mine), order_id=mine)
        orders |= {f"{shop.merchant.slug} mine": mine, f"{shop.merchant.slug} theirs": theirs}
        company_id = buyer.customer_id
        case = a.verification(company, by=buyer, details=_details(NAME, PHONE))
        world.add([case], to=shop)
        world.use.approve_customer(
            actor=shop.clerk, customer_id=company_id, grant=Grant(tier_id=shop.tiers["regular"].id)
        )
        world.use.create_invitation(actor=shop.clerk, asked=AskedInvitation(phone=PHONE))
    use = world.use
    with world.database.people() as people:
        password = Credentials(
            login_id=login.id, index=world.secrets.email_index(EMAIL), email=EMAIL.masked, hash="hash"
        )
        people.put_credentials(password, before=None)
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
            *(EMAIL.masked, password.index, *fingerprints),
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
    basket, wishes = _command(shop, to, note=note)
    return world.use.place_order(actor=_acting(shop, buyer), key=a.key(key), basket=basket, wishes=wishes).id


def _command(shop: Shop, to: CustomerAddress, *, note: str) -> tuple[Basket, Wishes]:
    wishes = attrs.evolve(a.wishes(), note=note, address_id=to.id, purchase_order_number="PO-1")
    return a.basket((sku_of(shop, "TEA-500"), 2)), wishes


def _refuse(world: World, shop: Shop, buyer: Buyer) -> None:
    """Let the buyer write the own name where a code belongs, and be told so."""
    basket = Basket((BasketLine(reference=NAME, quantity=Decimal(1)),))
    with pytest.raises(Refused):
        world.use.place_order(
            actor=_acting(shop, buyer), key=a.key(f"{KEY} again"), basket=basket, wishes=a.wishes()
        )


def _acting(shop: Shop, buyer: Buyer) -> Actor:
    return Actor.buyer(shop.merchant, id=buyer.id, customer_id=buyer.customer_id, role=buyer.role)


def _details(contact: str, phone: str) -> CompanyDetails:
    return attrs.evolve(a.company_details(), contact=PersonName(contact), phone=Phone(phone))


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
            assert {"invitations", "verifications"} <= tables
        before = ledger(world, planted)
        assert world.use.erase_me(actor=planted.actor) == 2
        assert found(world.database, planted.canaries) == set()
        assert ledger(world, planted) == before
        assert list(world.database.audit.findings()) == []

    def test_were_in_every_sealed_column_but_those_that_are_not_theirs(self, world: World) -> None:
        """So that a new one is planted, and found again above, or said here to be about nobody."""
        if not isinstance(world.database, SqlDatabase):
            pytest.skip("nothing is sealed in memory")
        planted = plant(world)
        member = attrs.evolve(a.staff(world.ids), name=NAME, login_id=planted.login.id)
        world.add([member], to=world.other)
        assert NOT_A_BUYERS.keys() <= every_sealed_column()
        where = found(world.database, planted.canaries)
        assert every_sealed_column() - where == NOT_A_BUYERS.keys()
        assert world.use.erase_me(actor=planted.actor) == 3
        assert found(world.database, planted.canaries) == set()

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
        assert json.loads(entry.after) == {
            "addresses": "2",
            "orders": "2",
            "contacts": "1",
            "invitations": "1",
        }


class TestWhomToAsk:
    """Of a company that registers, and its invitations."""

    @pytest.mark.parametrize(
        ("contact", "phone", "gone"),
        [
            (f" {NAME} ", "13711112222", True),
            ("慕容经理", PHONE, True),
            ("慕容经理", "13711112222", False),
        ],
        ids=["by name", "by phone", "somebody else"],
    )
    def test_goes_where_it_is_the_person(self, world: World, contact: str, phone: str, *, gone: bool) -> None:
        login = Login(id=world.ids.new(LoginId), phone=PHONE.masked)
        with world.database.people() as people:
            people.add_login(login, phone=world.secrets.phone_index(PHONE))
        buyer, _, company = _company(world, world.shop, login)
        said = _details(contact, phone)
        world.add([a.verification(company, by=buyer, details=said)])
        grant = Grant(tier_id=world.shop.tiers["vip"].id)
        before = world.use.approve_customer(actor=world.shop.clerk, customer_id=company.id, grant=grant)
        world.use.erase_person(actor=world.shop.clerk, buyer_id=buyer.id)
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            after = storage.verifications.get(company.id)
            assert storage.customers.get(company.id).approval == before.approval
        left = attrs.evolve(said, contact=PersonName(ERASED), phone=None) if gone else said
        assert after == attrs.evolve(before, details=left, version=before.version + gone)
        assert after.state is VerificationState.APPROVED
        assert list(world.database.audit.findings()) == []

    def test_is_not_written_back_by_who_had_looked_before(self, world: World) -> None:
        planted = plant(world)
        here, company_id = world.shop, planted.buyers[0].customer_id
        with world.database.unit_of_work.reading(here.operator) as storage:
            seen = storage.verifications.get(company_id)
        world.use.erase_me(actor=planted.actor)
        with pytest.raises(Stale), world.database.unit_of_work(here.operator) as storage:
            storage.verifications.save(seen)
        assert found(world.database, planted.canaries) == set()

    def test_leaves_invitations_of_which_nobody_can_make_use(self, world: World) -> None:
        planted = plant(world)
        asked = AskedInvitation(phone="13700001111")
        another = world.use.create_invitation(actor=world.shop.clerk, asked=asked)
        mine = world.use.create_invitation(actor=world.shop.clerk, asked=AskedInvitation(phone=PHONE))
        there = world.use.create_invitation(actor=world.other.clerk, asked=AskedInvitation(phone=PHONE))
        world.use.erase_person(actor=world.shop.clerk, buyer_id=planted.buyers[0].id)
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            left = storage.invitations.get(mine.id)
            assert storage.invitations.get(another.id) == another
        with world.database.unit_of_work.reading(world.other.operator) as storage:
            assert storage.invitations.get(there.id) == there
        assert left == mine.forget_phone(at=world.clock.now())
        with pytest.raises(InvitationRevoked):
            left.admit(phone_index=None, at=world.clock.now())


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
            answered = await walls.door.post(
                "/graphql",
                content=question.body.replace(b": 3", b": 100"),
                headers={"content-type": "application/json", **caller.headers},
            )
            told.append(json.dumps(answered.json(), ensure_ascii=False))
    return "\n".join(told)
