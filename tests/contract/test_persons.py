"""Persons: what is kept about somebody at one merchant, and what is left of whoever is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from application.authorization import Actor, Unauthenticated
from application.cart import AskedLine
from application.ports.persons import Erased, Person, Theirs
from application.ports.secrets import EmailIndex, IdentityIndex
from domain.credentials import Credentials, Totp, Tries
from domain.customers import Address, Buyer, Role
from domain.identity import BuyerId, LoginId, OrderId, PersonId, SessionId, StaffId
from domain.ordering import Order
from domain.people import Login, Phone, SentCodes, Session
from domain.privacy import ERASED, PersonNotFound
from domain.shopping import ShoppingList
from kit import builders as a
from kit.racing import at_once
from kit.world import Shop, World, known_as

PHONE = Phone("13800000001")
HOME = Address(recipient="小李", phone=PHONE, region="杭州市西湖区", street="文三路 1 号")
WORK = attrs.evolve(HOME, recipient="前台", street="文三路 2 号")


def got(world: World, person_id: PersonId, *, by: Actor | None = None) -> Person:
    """Look at a person, as the operator unless told."""
    with world.database.unit_of_work.reading(by or world.shop.operator) as storage:
        return storage.persons.get(person_id)


def erase(
    world: World,
    person_id: PersonId,
    *,
    shop: Shop | None = None,
    theirs: Theirs = lambda *_: False,
) -> Erased:
    """Erase a person."""
    with world.database.unit_of_work((shop or world.shop).operator) as storage:
        return storage.persons.erase(storage.persons.get(person_id), theirs=theirs, at=a.NOON)


def placed(world: World, buyer: Buyer, *, number: int, **more: Any) -> Order:
    """Store an order as somebody placed it."""
    order = a.order(world.ids, buyer=buyer, lines=[a.order_line(world.shop.products["tea"])])
    terms = attrs.evolve(order.terms, **{key: more.pop(key) for key in ("note", "address") if key in more})
    stored = a.as_stored(attrs.evolve(order, terms=terms, **more), number=number)
    world.add([stored])
    return stored


def save(world: World, buyer: Buyer, *, name: str, shared: bool = False) -> ShoppingList:
    """Save a shopping list as somebody."""
    return world.use.save_shopping_list(
        actor=Actor.buyer(
            world.shop.merchant, id=buyer.id, customer_id=buyer.customer_id, role=buyer.role, approved=True
        ),
        name=name,
        shared=shared,
        lines=[AskedLine(sku_id=world.shop.sku("NUTS").id, quantity=Decimal(2))],
    )


def stored(world: World, *ids: OrderId) -> list[Order]:
    with world.database.unit_of_work.reading(world.shop.operator) as storage:
        return [storage.orders.get(id) for id in ids]


class TestFinding:
    def test_a_buyer_has_a_company_and_a_role(self, world: World) -> None:
        login, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"), role=Role.FINANCE)
        company = world.shop.customers["vip"]
        assert got(world, buyer.id) == Person(
            id=buyer.id,
            name=buyer.name,
            customer_id=company.id,
            customer_name=company.name,
            role=Role.FINANCE,
            login_id=login.id,
            phone=world.secrets.phone_index(PHONE),
        )

    def test_a_member_of_staff_has_permissions(self, world: World) -> None:
        member = world.shop.staff["trainee"]
        assert got(world, member.id) == Person(id=member.id, name=member.name, permissions=member.permissions)

    def test_a_login_may_be_without_a_phone(self, world: World) -> None:
        login = Login(id=world.ids.new(LoginId))
        with world.database.people() as people:
            people.add_login(login, phone=None)
        member = attrs.evolve(a.staff(world.ids), login_id=login.id)
        world.add([member])
        found = got(world, member.id)
        assert (found.login_id, found.phone) == (login.id, None)

    def test_nobody_is_found_who_is_not_there_or_not_theirs(self, world: World) -> None:
        shop, own = world.shop, world.shop.buyers["regular"].id
        for by, person_id in (
            (shop.operator, world.ids.new(BuyerId)),
            (shop.operator, world.ids.new(StaffId)),
            (shop.operator, world.other.buyers["vip"].id),
            (shop.buyer("regular"), shop.buyers["viewer"].id),
            (shop.buyer("regular"), shop.staff["clerk"].id),
            (shop.guest, own),
        ):
            with pytest.raises(PersonNotFound):
                got(world, person_id, by=by)
        for by in (shop.clerk, shop.buyer("regular")):
            assert got(world, own, by=by).id == own

    def test_other_owners_are_those_who_are_not_erased(self, world: World) -> None:
        owner = world.shop.buyers["vip"]
        others = [
            a.buyer(world.ids, customer=world.shop.customers["vip"], role=role)
            for role in (Role.OWNER, Role.OWNER, Role.PURCHASER)
        ]
        world.add(others)

        def count() -> int:
            with world.database.unit_of_work.reading(world.shop.operator) as storage:
                return storage.persons.other_owners(storage.persons.get(owner.id))

        assert count() == 2
        erase(world, others[0].id)
        assert count() == 1

    def test_open_orders_are_those_that_are_not_done(self, world: World) -> None:
        shop, use = world.shop, world.use
        orders = [
            use.place_order(
                actor=shop.buyer(),
                key=a.key(f"{at}"),
                basket=a.basket((shop.sku("NUTS"), 1)),
                wishes=a.wishes(),
            )
            for at in range(3)
        ]
        use.confirm_order(actor=shop.clerk, key=a.key("c"), order_id=orders[0].id)
        use.cancel_order(actor=shop.clerk, key=a.key("x"), order_id=orders[1].id)
        with world.database.unit_of_work.reading(shop.operator) as storage:
            counts = [storage.persons.open_orders(shop.customers[name].id) for name in ("regular", "vip")]
        assert counts == [2, 0]


class TestNewest:
    """Things come by time, and those of one instant together."""

    @pytest.fixture
    def orders(self, world: World) -> Sequence[Order]:
        """Two in each of three minutes, the oldest first."""
        buyer = world.shop.buyers["regular"]
        found = [
            placed(
                world,
                buyer,
                number=100 + at,
                placed_at=a.NOON + timedelta(minutes=at // 2),
                note=f"note {at}" if at % 2 else None,
                address=HOME if at % 2 else None,
            )
            for at in range(6)
        ]
        placed(world, world.shop.buyers["vip"], number=200)
        return found

    def test_orders_of_a_company(self, world: World, orders: Sequence[Order]) -> None:
        company = world.shop.customers["regular"].id
        newest = sorted(orders, key=lambda one: (one.placed_at, one.id), reverse=True)
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            for most, until, expected, cut in (
                (6, None, newest, None),
                (1, None, newest[:2], 2),
                (2, None, newest[:2], 2),
                (3, None, newest[:4], 1),
                (9, 2, newest[2:], None),
                (1, 2, newest[2:4], 1),
                (1, 0, [], None),
            ):
                before = None if until is None else a.NOON + timedelta(minutes=until)
                found = storage.persons.orders(company, until=before, most=most)
                assert [one.id for one in found.things] == [one.id for one in expected]
                assert found.whole_from == (None if cut is None else a.NOON + timedelta(minutes=cut))
            about = {one.id: one for one in storage.persons.orders(company, until=None, most=9).things}
        for order in orders:
            one = about[order.id]
            assert (one.number, one.placed_at, one.buyer_id) == (
                order.number,
                order.placed_at,
                order.buyer_id,
            )
            assert (one.note, one.address) == (order.terms.note, order.terms.address)

    def test_deeds_of_a_person(self, world: World) -> None:
        clerk = world.shop.staff["clerk"].id
        for minute in range(3):
            with world.database.unit_of_work(world.shop.clerk) as storage:
                at = a.NOON + timedelta(minutes=minute)
                storage.trail.note(*(a.trail_note(about=world.ids.new(OrderId), at=at) for _ in range(2)))
        with world.database.unit_of_work(world.shop.buyer()) as storage:
            storage.trail.note(a.trail_note(about=world.ids.new(OrderId)))
        with world.database.unit_of_work.reading(world.shop.operator) as storage:
            for most, until, expected, cut in (
                (6, None, [6, 5, 4, 3, 2, 1], None),
                (1, None, [6, 5], 2),
                (3, None, [6, 5, 4, 3], 1),
                (2, 2, [4, 3], 1),
                (1, 0, [], None),
            ):
                before = None if until is None else a.NOON + timedelta(minutes=until)
                found = storage.persons.deeds(clerk, until=before, most=most)
                assert [one.sequence for one in found.things] == expected
                assert found.whole_from == (None if cut is None else a.NOON + timedelta(minutes=cut))
            assert storage.persons.deeds(world.ids.new(StaffId), until=None, most=1).things == []


class TestLists:
    def test_are_those_of_a_person_alone_whoever_looks(self, world: World) -> None:
        shop = world.shop
        buyer, colleague = shop.buyers["regular"], a.buyer(world.ids, customer=shop.customers["regular"])
        world.add([colleague])
        own = [save(world, buyer, name=name) for name in ("自己的", "也是自己的")]
        save(world, buyer, name="大家的", shared=True)
        others = save(world, colleague, name="同事的")
        for by in (shop.operator, shop.clerk, shop.buyer("regular")):
            with world.database.unit_of_work.reading(by) as storage:
                assert storage.persons.lists(buyer.id) == own
        with world.database.unit_of_work.reading(shop.operator) as storage:
            assert storage.persons.lists(colleague.id) == [others]
            assert storage.persons.lists(shop.staff["clerk"].id) == []


class TestErasing:
    def test_a_name_goes_and_the_person_stays(self, world: World) -> None:
        buyer, member = world.shop.buyers["viewer"], world.shop.staff["trainee"]
        for one in (buyer, member):
            assert erase(world, one.id) == Erased(0, 0)
        found = got(world, buyer.id)
        assert (found.name, found.role, found.erased_at) == (ERASED, buyer.role, a.NOON)
        gone = got(world, member.id)
        assert (gone.name, gone.permissions, gone.erased_at) == (ERASED, frozenset(), a.NOON)
        assert list(world.database.audit.findings()) == []

    async def test_nobody_comes_in_as_somebody_who_is_gone(self, world: World) -> None:
        directory = world.database.directory
        for actor in (world.shop.buyer("viewer"), world.shop.clerk):
            claims = a.claims(actor)
            assert (await directory.actor(claims, at=a.NOON)).person_id == actor.person_id
            assert actor.person_id is not None
            erase(world, actor.person_id)
            with pytest.raises(Unauthenticated):
                await directory.actor(claims, at=a.NOON)

    def test_addresses_and_orders_keep_their_regions(self, world: World) -> None:
        shop, buyer = world.shop, world.shop.buyers["regular"]
        colleague = a.buyer(world.ids, customer=shop.customers["regular"])
        world.add([colleague])
        mine = placed(world, buyer, number=1, note="放门口", address=HOME)
        sent = placed(world, colleague, number=2, note="谢谢", address=HOME)
        noted = placed(world, buyer, number=3, note="快点", address=WORK)
        plain = placed(world, colleague, number=4, note="好", address=WORK)
        bare = placed(world, buyer, number=5)
        other = placed(world, shop.buyers["vip"], number=6, note="嗯", address=HOME)
        book = shop.customers["regular"].addresses
        before = list(world.database.audit.findings())
        assert erase(
            world, buyer.id, theirs=lambda name, _: name in (HOME.recipient, book[0].address.recipient)
        ) == Erased(len(book), 3)
        after = {
            one.id: one for one in stored(world, *(x.id for x in (mine, sent, noted, plain, bare, other)))
        }
        left = Address(recipient=ERASED, phone="", region=HOME.region, street="")
        assert [(one.terms.note, one.terms.address) for one in after.values()] == [
            (None, left),
            ("谢谢", left),
            (None, WORK),
            ("好", WORK),
            (None, None),
            ("嗯", HOME),
        ]
        for order in (mine, sent, noted, plain, bare, other):
            same = attrs.evolve(after[order.id], terms=order.terms)
            assert attrs.evolve(same, events=()) == attrs.evolve(order, events=())
        with world.database.unit_of_work.reading(shop.operator) as storage:
            kept = storage.customers.get(shop.customers["regular"].id).addresses
            assert storage.customers.get(shop.customers["vip"].id) == shop.customers["vip"]
        assert [(one.id, one.address.recipient, one.address.region) for one in kept] == [
            (one.id, ERASED, one.address.region) for one in book
        ]
        after_all = list(world.database.audit.findings())
        assert sorted(map(repr, after_all)) == sorted(map(repr, before)), (
            "nothing was reserved for these orders"
        )

    def test_orders_for_a_branch_lose_their_notes_too(self, world: World) -> None:
        buyer, branch = world.shop.buyers["regular"], world.shop.customers["vip"].id
        order = placed(
            world, buyer, number=1, note="代订", customer_id=branch, placed_by_id=buyer.customer_id
        )
        assert erase(world, buyer.id) == Erased(0, 1)
        assert [one.terms.note for one in stored(world, order.id)] == [None]

    def test_very_many_orders_are_all_looked_through(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.persistence.persons.AT_ONCE", 2)
        buyer = world.shop.buyers["regular"]
        for at in range(7):
            moment = a.NOON + timedelta(minutes=at // 3)
            placed(world, buyer, number=at + 1, note=f"note {at}", placed_at=moment)
        assert erase(world, buyer.id) == Erased(0, 7)

    def test_lists_of_their_own_go_and_those_of_the_company_stay(self, world: World) -> None:
        shop = world.shop
        line = AskedLine(sku_id=shop.sku("NUTS").id, quantity=Decimal(1))
        for shared in (True, False):
            world.use.save_shopping_list(actor=shop.buyer(), name=f"{shared}", shared=shared, lines=[line])
        erase(world, shop.buyers["regular"].id)
        assert [one.name for one in world.use.look_at_lists(actor=shop.buyer())] == ["True"]

    def test_answers_under_their_keys_go(self, world: World) -> None:
        shop = world.shop

        def claimed(name: str) -> bool:
            with world.database.unit_of_work(shop.buyer(name)) as storage:
                found = storage.answers.claim(
                    operation="x", key=a.key(), fingerprint="f", foreseen="answered"
                )
            return found is not None

        assert [claimed("regular"), claimed("vip")] == [False, False]
        erase(world, shop.buyers["regular"].id)
        assert [claimed("regular"), claimed("vip")] == [False, True]

    def test_it_is_done_once(self, world: World) -> None:
        buyer = world.shop.buyers["regular"]
        placed(world, buyer, number=1, address=HOME)
        assert erase(
            world, buyer.id, theirs=lambda *written: written == (HOME.recipient, HOME.phone)
        ) == Erased(0, 1)
        assert erase(world, buyer.id, theirs=lambda *_: True) == Erased(0, 0)

    def test_the_login_goes_with_its_last_place(self, world: World) -> None:
        login, buyers, [member] = known_as(
            world, PHONE, (world.shop, "vip"), (world.other, "vip"), staff_of=[world.other]
        )
        identity, index = IdentityIndex("wechat"), world.secrets.phone_index(PHONE)
        session = Session.begin(
            id=world.ids.new(SessionId), login_id=login.id, person_id=member.id, at=a.NOON
        )
        with world.database.people() as people:
            people.bind(identity, login.id)
            people.keep_codes(index, before=SentCodes(), after=SentCodes().send("seal", at=a.NOON))
            people.begin(session, token_hash="token")
            password = Credentials(login_id=login.id, index="e-mail", email="l**@e**", hash="hash")
            people.put_credentials(password, before=None)
            people.keep_tries(EmailIndex("e-mail"), before=Tries(), after=Tries().begin(at=a.NOON))
            people.put_totp(Totp(login_id=login.id, sealed="sealed"))
        known_as(world, Phone("13800000002"), (world.shop, "vip"))
        for one, shop in ((buyers[0], world.shop), (buyers[1], world.other)):
            erase(world, one.id, shop=shop)
            with world.database.people() as people:
                assert people.login_at(index) == login
                assert people.session(session.id) == session
        erase(world, member.id, shop=world.other)
        with world.database.people() as people:
            assert people.login_at(index) is None
            assert people.login(login.id) is None
            assert people.login_of(identity) is None
            assert (people.codes(index), people.session(session.id)) == (SentCodes(), None)
            assert people.presented("token") is None
            assert (people.credentials_of(login.id), people.totp(login.id)) == (None, None)
            assert people.tries(EmailIndex("e-mail")) == Tries()
            assert people.login_at(world.secrets.phone_index(Phone("13800000002"))) is not None
        assert list(world.database.audit.findings()) == []

    def test_the_login_stays_where_it_is_suspended(self, world: World) -> None:
        login, [here, there], _ = known_as(world, PHONE, (world.shop, "vip"), (world.other, "vip"))
        with world.database.unit_of_work(Actor.operator(world.other.merchant)) as storage:
            storage.colleagues.save(attrs.evolve(there, suspended=True))
        erase(world, here.id)
        with world.database.people() as people:
            assert people.login(login.id) == login
            assert people.memberships(login.id) == ()
            assert [one.person_id for one in people.memberships(login.id, suspended=True)] == [there.id]
        erase(world, there.id, shop=world.other)
        with world.database.people() as people:
            assert people.login(login.id) is None

    def test_two_merchants_at_once_leave_no_login_behind(self, world: World) -> None:
        for at in range(5):
            phone = Phone(f"1390000000{at}")
            login, buyers, _ = known_as(world, phone, (world.shop, "vip"), (world.other, "vip"))
            acts = [
                lambda one=one, shop=shop: erase(world, one.id, shop=shop)
                for one, shop in zip(buyers, (world.shop, world.other), strict=True)
            ]
            assert at_once(acts) == [Erased(0, 0)] * 2
            with world.database.people() as people:
                assert people.login(login.id) is None
        assert list(world.database.audit.findings()) == []


class TestLogins:
    def test_are_told_with_what_hangs_on_them(self, world: World) -> None:
        login, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        sessions = [
            Session.begin(id=world.ids.new(SessionId), login_id=login.id, person_id=buyer.id, at=a.NOON)
            for _ in range(2)
        ]
        with world.database.people() as people:
            assert (people.identities(login.id), people.sessions_of(login.id)) == (0, ())
            for at, session in enumerate(sessions):
                people.begin(session, token_hash=f"{at}")
                people.bind(IdentityIndex(f"{at}"), login.id)
        with world.database.people() as people:
            assert people.login(login.id) == login
            assert people.phone_of(login.id) == world.secrets.phone_index(PHONE)
            assert people.identities(login.id) == 2
            assert people.sessions_of(login.id) == tuple(sorted(sessions, key=lambda one: one.id))
            assert people.merchant(world.shop.merchant.id) == world.shop.merchant
            missing = world.ids.new(LoginId)
            assert (people.login(missing), people.phone_of(missing)) == (None, None)

    def test_without_a_place_can_be_removed_again_and_again(self, world: World) -> None:
        login = Login(id=world.ids.new(LoginId))
        with world.database.people() as people:
            people.add_login(login, phone=None)
        for _ in range(2):
            with world.database.people() as people:
                people.erase_login(login.id)
                assert people.login(login.id) is None
