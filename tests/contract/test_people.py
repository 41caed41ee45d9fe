"""People: a phone has one login, every try and every code is counted, and a token is spent once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest

from application.ports.database import Database
from application.ports.people import Presented
from application.ports.secrets import IdentityIndex, PhoneIndex
from application.ports.storage import Stale
from application.retrying import retrying
from application.views.people import Membership
from domain.customers import Role
from domain.identity import LoginId, SessionId
from domain.people import MOST_TRIES, Login, Phone, SentCodes, Session
from kit import builders as a
from kit.builders import NOON
from kit.world import World, known_as

PHONE, OTHER = PhoneIndex("one phone"), PhoneIndex("another")
MINE, THEIRS = Phone("13800000001"), Phone("13800000002")
IDS = a.SeededIds(9)
LOGIN = Login(id=IDS.new(LoginId), phone="+86*******0001")
MANY = 24


class Surprise(Exception):
    """Something nobody reckoned with."""


def session_of(login: Login, *, ids: a.SeededIds = IDS) -> Session:
    """A new session of a login."""
    person = a.buyer(ids, customer=a.customer(ids, tier=a.tier(ids)))
    return Session.begin(id=ids.new(SessionId), login_id=login.id, person_id=person.id, at=NOON)


def begun(database: Database, login: Login = LOGIN, *, token: str = "first") -> Session:
    """A session that is stored, of a login that is."""
    session = session_of(login)
    with database.people() as people:
        if people.login_at(PHONE) is None:
            people.add_login(login, phone=PHONE)
        people.begin(session, token_hash=token)
    return session


def presented(database: Database, token: str) -> Presented | None:
    """Look at a token."""
    with database.people() as people:
        return people.presented(token)


def at_once(act: Callable[[], object]) -> None:
    """Let many do it at the same time; what one of them raises is raised."""
    with ThreadPoolExecutor(MANY) as pool:
        for done in [pool.submit(act) for _ in range(MANY)]:
            done.result()


class TestLogins:
    def test_are_found_by_their_phone(self, database: Database) -> None:
        with database.people() as people:
            assert people.login_at(PHONE) is None
            people.add_login(LOGIN, phone=PHONE)
            assert people.login_at(PHONE) == LOGIN
        with database.people() as people:
            assert people.login_at(PHONE) == LOGIN
            assert people.login_at(OTHER) is None

    def test_may_be_without_a_phone(self, database: Database) -> None:
        with database.people() as people:
            for _ in range(2):
                people.add_login(Login(id=IDS.new(LoginId)), phone=None)

    def test_have_a_phone_of_their_own(self, database: Database) -> None:
        with database.people() as people:
            people.add_login(LOGIN, phone=PHONE)
        with pytest.raises(Stale), database.people() as people:
            people.add_login(attrs.evolve(LOGIN, id=IDS.new(LoginId)), phone=PHONE)

    def test_remember_as_whom_they_were_last_here(self, database: Database) -> None:
        person = session_of(LOGIN).person_id
        with database.people() as people:
            people.add_login(LOGIN, phone=PHONE)
            people.note_place(LOGIN.id, person)
        with database.people() as people:
            assert people.login_at(PHONE) == attrs.evolve(LOGIN, last_person_id=person)

    def test_are_known_elsewhere_by_identities_of_their_own(self, database: Database) -> None:
        here, there = IdentityIndex("here"), IdentityIndex("there")
        other = Login(id=IDS.new(LoginId))
        with database.people() as people:
            people.add_login(LOGIN, phone=PHONE)
            people.add_login(other, phone=None)
            assert people.login_of(here) is None
            for identity in (here, there, here):
                people.bind(identity, LOGIN.id)
        with pytest.raises(Stale), database.people() as people:
            people.bind(here, other.id)
        with database.people() as people:
            assert [people.login_of(one) for one in (here, there, IdentityIndex("?"))] == [LOGIN, LOGIN, None]

    def test_are_forgotten_where_the_block_raised(self, database: Database) -> None:
        def fail() -> None:
            with database.people() as people:
                people.add_login(LOGIN, phone=PHONE)
                raise Surprise

        with pytest.raises(Surprise):
            fail()
        with database.people() as people:
            assert people.login_at(PHONE) is None


class TestMemberships:
    def test_are_every_place_at_every_merchant(self, world: World) -> None:
        places = ((world.other, "vip"), (world.shop, "regular"), (world.shop, "vip"))
        login, buyers, members = known_as(
            world, MINE, *places, staff_of=[world.other, world.shop], role=Role.OWNER
        )
        known_as(world, THEIRS, (world.shop, "vip"), staff_of=[world.shop])
        expected = [
            Membership(
                shop.merchant.id,
                shop.merchant.name,
                buyer.id,
                shop.customers[name].id,
                shop.customers[name].name,
                Role.OWNER,
            )
            for buyer, (shop, name) in zip(buyers, places, strict=True)
        ]
        expected += [
            Membership(shop.merchant.id, shop.merchant.name, one.id)
            for one, shop in zip(members, (world.other, world.shop), strict=True)
        ]
        with world.database.people() as people:
            assert people.memberships(login.id) == tuple(expected)
            assert people.memberships(LOGIN.id) == ()

    def test_are_one_a_company_and_one_a_merchant(self, world: World) -> None:
        login, _, _ = known_as(world, MINE, (world.shop, "vip"), staff_of=[world.shop])
        buyer = a.buyer(world.ids, customer=world.shop.customers["vip"])
        with pytest.raises((Stale, ValueError)):
            world.add([attrs.evolve(buyer, login_id=login.id)])
        with pytest.raises((Stale, ValueError)):
            world.add([attrs.evolve(a.staff(world.ids), login_id=login.id)])
        with world.database.people() as people:
            assert len(people.memberships(login.id)) == 2


class TestCodes:
    def test_are_kept_as_they_became(self, database: Database) -> None:
        codes = SentCodes()
        for at in range(3):
            after = codes.send(f"seal {at}", at=NOON + timedelta(minutes=at, microseconds=at))
            with database.people() as people:
                assert people.codes(PHONE) == codes
                people.keep_codes(PHONE, before=codes, after=after)
            codes = after
        tried, _ = codes.attempt("wrong", at=NOON + timedelta(minutes=2))
        with database.people() as people:
            people.keep_codes(PHONE, before=codes, after=tried)
        with database.people() as people:
            assert people.codes(PHONE) == tried
            assert people.codes(OTHER) == SentCodes()

    def test_are_not_kept_where_they_have_changed(self, database: Database) -> None:
        first = SentCodes().send("seal", at=NOON)
        with database.people() as people:
            people.keep_codes(PHONE, before=SentCodes(), after=first)
        tried, _ = first.attempt("wrong", at=NOON)
        for before in (
            SentCodes(),
            tried,
            attrs.evolve(first, seal="other"),
            SentCodes().send("seal", at=NOON + timedelta(microseconds=1)),
        ):
            with pytest.raises(Stale), database.people() as people:
                people.keep_codes(PHONE, before=before, after=tried)
        with database.people() as people:
            assert people.codes(PHONE) == first

    def test_count_every_try_of_many_at_once(self, database: Database) -> None:
        with database.people() as people:
            people.keep_codes(PHONE, before=SentCodes(), after=SentCodes().send("seal", at=NOON))
        tries: list[int] = []

        def attempt() -> None:
            with database.people() as people:
                before = people.codes(PHONE)
                after, _ = before.attempt("wrong", at=NOON)
                tries.append(after.tries)
                if after != before:
                    people.keep_codes(PHONE, before=before, after=after)

        at_once(attempt)
        assert sorted(tries) == [*range(1, MOST_TRIES + 1), *[MOST_TRIES] * (MANY - MOST_TRIES)]
        with database.people() as people:
            assert people.codes(PHONE).seal == ""

    def test_let_one_of_many_send_the_first(self, database: Database) -> None:
        sent: list[bool] = []

        def send() -> None:
            with database.people() as people:
                before = people.codes(PHONE)
                if not before.sent:
                    people.keep_codes(PHONE, before=before, after=before.send("seal", at=NOON))
            sent.append(not before.sent)

        at_once(retrying(send))
        assert sorted(sent) == [False] * (MANY - 1) + [True]


class TestSessions:
    def test_are_found_by_every_token_they_had(self, database: Database) -> None:
        session = begun(database)
        assert presented(database, "first") == Presented(session, spent=False)
        assert presented(database, "nobody's") is None
        later = session.refresh(spent=False, at=NOON + timedelta(minutes=1))
        with database.people() as people:
            people.rotate(later, spent="first", fresh="second")
        assert presented(database, "first") == Presented(later, spent=True)
        assert presented(database, "second") == Presented(later, spent=False)

    def test_spend_a_token_once(self, database: Database) -> None:
        session = begun(database)
        with database.people() as people:
            people.rotate(session, spent="first", fresh="second")
        with pytest.raises(Stale), database.people() as people:
            people.rotate(session, spent="first", fresh="third")
        with pytest.raises(Stale), database.people() as people:
            people.rotate(session, spent="nobody's", fresh="third")
        assert presented(database, "third") is None

    def test_let_one_of_many_rotate(self, database: Database) -> None:
        begun(database)
        rotated: list[bool] = []

        def refresh() -> None:
            with database.people() as people:
                found = people.presented("first")
                assert found is not None
                if not found.spent:
                    people.rotate(found.session, spent="first", fresh=f"fresh {len(rotated)}")
            rotated.append(not found.spent)

        at_once(refresh)
        assert sorted(rotated) == [False] * (MANY - 1) + [True]

    def test_are_kept_as_they_became(self, database: Database) -> None:
        session = begun(database)
        person = session_of(LOGIN).person_id
        changed = attrs.evolve(session.switch(person), ended_at=NOON + timedelta(hours=1))
        with database.people() as people:
            assert people.session(session.id) == session
            people.save_session(changed)
        with database.people() as people:
            assert people.session(session.id) == changed
            assert people.session(session_of(LOGIN).id) is None
        with pytest.raises(Stale), database.people() as people:
            people.save_session(session_of(LOGIN))

    def test_end_all_of_one_login(self, database: Database) -> None:
        mine = [begun(database, token=f"token {at}") for at in range(3)]
        theirs = Login(id=IDS.new(LoginId))
        other = session_of(theirs)
        with database.people() as people:
            people.add_login(theirs, phone=None)
            people.begin(other, token_hash="other")
            people.save_session(attrs.evolve(mine[0], ended_at=NOON))
        later = NOON + timedelta(hours=1)
        with database.people() as people:
            assert people.end_sessions(LOGIN.id, at=later) == 2
            assert people.end_sessions(LOGIN.id, at=later) == 0
        with database.people() as people:
            ended = [people.session(one.id) for one in (*mine, other)]
        assert [one and one.ended_at for one in ended] == [NOON, later, later, None]

    def test_are_forgotten_when_they_are_long_over(self, database: Database) -> None:
        old, ended, fresh = (begun(database, token=f"token {at}") for at in range(3))
        later = NOON + timedelta(days=1)
        with database.people() as people:
            people.save_session(attrs.evolve(ended, refreshed_at=later, ended_at=NOON))
            people.save_session(attrs.evolve(fresh, refreshed_at=later))
            people.forget_sessions(LOGIN.id, before=later)
            people.forget_sessions(IDS.new(LoginId), before=later + timedelta(days=1))
        with database.people() as people:
            assert [people.session(one.id) is None for one in (old, ended, fresh)] == [True, True, False]
            assert [people.presented(f"token {at}") is None for at in range(3)] == [True, True, False]
