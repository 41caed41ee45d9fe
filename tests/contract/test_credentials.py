"""What logins show beside their phones is stored as it became, once for each e-mail, and every try is counted."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from application.ports.database import Database
from application.ports.secrets import EmailIndex
from application.ports.storage import Stale
from application.retrying import retrying
from domain.credentials import MOST_TRIES, Credentials, TooManyTries, Totp, Tries
from domain.identity import LoginId, SessionId, StaffId
from domain.people import Login, Proof, Session
from kit.builders import NOON, SeededIds
from kit.racing import at_once

IDS = SeededIds(11)
EMAIL, OTHER = EmailIndex("one e-mail"), EmailIndex("another")
MANY = 24


def login(database: Database) -> LoginId:
    made = Login(id=IDS.new(LoginId))
    with database.people() as people:
        people.add_login(made, phone=None)
    return made.id


def session_of(login_id: LoginId, *, proof: Proof = Proof.CODE) -> Session:
    return Session.begin(
        id=IDS.new(SessionId), login_id=login_id, person_id=IDS.new(StaffId), at=NOON, proof=proof
    )


def credentials(login_id: LoginId, *, index: str = EMAIL, hash: str = "hash") -> Credentials:
    return Credentials(login_id=login_id, index=index, email="w***@e***", hash=hash)


class TestCredentials:
    def test_are_found_by_the_e_mail_and_the_login(self, database: Database) -> None:
        first = attrs.evolve(credentials(login(database)), first_until=NOON)
        with database.people() as people:
            people.put_credentials(first, before=None)
        with database.people() as people:
            assert people.credentials_at(EMAIL) == people.credentials_of(first.login_id) == first
            assert people.credentials_at(OTHER) is None
            assert people.credentials_of(IDS.new(LoginId)) is None
            assert people.credentials_at(EMAIL) is not None
        after = attrs.evolve(first, index=OTHER, email="l***@e***", hash="other", first_until=None)
        with database.people() as people:
            people.put_credentials(after, before=first)
        with database.people() as people:
            assert people.credentials_of(first.login_id) == people.credentials_at(OTHER) == after
            assert people.credentials_at(EMAIL) is None

    def test_are_of_one_login_for_each_e_mail(self, database: Database) -> None:
        mine, theirs = credentials(login(database)), credentials(login(database), index=OTHER)
        with database.people() as people:
            people.put_credentials(mine, before=None)
            people.put_credentials(theirs, before=None)
        for taken, before in (
            (credentials(login(database)), None),
            (attrs.evolve(theirs, index=EMAIL), theirs),
        ):
            with pytest.raises(Stale), database.people() as people:
                people.put_credentials(taken, before=before)
        with database.people() as people:
            assert people.credentials_at(EMAIL) == mine

    def test_are_not_stored_where_they_have_changed(self, database: Database) -> None:
        mine = credentials(login(database))
        with database.people() as people:
            people.put_credentials(mine, before=None)
        for before in (None, attrs.evolve(mine, hash="before"), attrs.evolve(mine, index=OTHER)):
            with pytest.raises(Stale), database.people() as people:
                people.put_credentials(attrs.evolve(mine, hash="after"), before=before)
        with database.people() as people:
            assert people.credentials_at(EMAIL) == mine


class TestTries:
    def test_are_kept_as_they_became(self, database: Database) -> None:
        tries = Tries()
        for at in range(3):
            after = tries.begin(at=NOON + timedelta(seconds=at, microseconds=at))
            with database.people() as people:
                assert people.tries(EMAIL) == tries
                people.keep_tries(EMAIL, before=tries, after=after)
            tries = after
        with database.people() as people:
            assert (people.tries(EMAIL), people.tries(OTHER)) == (tries, Tries())
            people.keep_tries(EMAIL, before=tries, after=Tries())
            people.keep_tries(OTHER, before=Tries(), after=Tries())
        with database.people() as people:
            assert people.tries(EMAIL) == Tries()

    def test_are_not_kept_where_they_have_changed(self, database: Database) -> None:
        first = Tries().begin(at=NOON)
        with database.people() as people:
            people.keep_tries(EMAIL, before=Tries(), after=first)
        for before, after in (
            (Tries(), first),
            (Tries((NOON + timedelta(microseconds=1),)), first),
            (Tries((NOON, NOON)), Tries()),
        ):
            with pytest.raises(Stale), database.people() as people:
                people.keep_tries(EMAIL, before=before, after=after)
        with database.people() as people:
            assert people.tries(EMAIL) == first

    def test_are_forgotten_after_a_day(self, database: Database) -> None:
        old, later = Tries((NOON,)), Tries((NOON + timedelta(days=1),))
        with database.people() as people:
            people.keep_tries(EMAIL, before=Tries(), after=old)
            people.keep_tries(OTHER, before=Tries(), after=later)
            assert people.tries(EMAIL) == old
        latest = Tries((*later.at, NOON + timedelta(days=1, microseconds=1)))
        with database.people() as people:
            people.keep_tries(OTHER, before=later, after=latest)
        with database.people() as people:
            assert (people.tries(EMAIL), people.tries(OTHER)) == (Tries(), latest)

    def test_count_every_one_of_many_at_once(self, database: Database) -> None:
        begun: list[bool] = []

        def attempt() -> None:
            with database.people() as people:
                before = people.tries(EMAIL)
                people.keep_tries(EMAIL, before=before, after=before.begin(at=NOON))

        def one() -> None:
            try:
                retrying(attempt)()
            except TooManyTries:
                begun.append(False)
            except Stale:
                begun.append(False)
            else:
                begun.append(True)

        at_once([one] * MANY)
        assert sum(begun) <= MOST_TRIES and len(begun) == MANY
        with database.people() as people:
            assert len(people.tries(EMAIL).at) == sum(begun) > 0


class TestSecondFactors:
    def test_are_kept_as_they_became(self, database: Database) -> None:
        login_id = login(database)
        first = Totp(login_id=login_id, sealed="sealed")
        on = attrs.evolve(
            first.turn_on(["one", "two"]), last_step=2**40, tries=Tries((NOON, NOON + timedelta(days=1)))
        )
        for totp in (first, on, attrs.evolve(on, recovery=(), tries=Tries())):
            with database.people() as people:
                people.put_totp(totp)
            with database.people() as people:
                assert people.totp(login_id) == totp
                assert people.totp(IDS.new(LoginId)) is None
        with database.people() as people:
            people.remove_totp(login_id)
        with database.people() as people:
            assert people.totp(login_id) is None


class TestSessions:
    def test_know_how_they_began(self, database: Database) -> None:
        login_id = login(database)
        for proof in Proof:
            session = session_of(login_id, proof=proof)
            with database.people() as people:
                people.begin(session, token_hash=session.id)
            shown = attrs.evolve(session, second_factor=True)
            with database.people() as people:
                assert people.session(session.id) == session
                people.save_session(shown)
            with database.people() as people:
                assert people.session(session.id) == shown

    def test_end_beside_one_and_as_somebody(self, database: Database) -> None:
        login_id = login(database)
        mine, other, foreign = session_of(login_id), session_of(login_id), session_of(login(database))
        later, last = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
        with database.people() as people:
            for one in (mine, other, foreign):
                people.begin(one, token_hash=one.id)
        with database.people() as people:
            people.end_others(mine, at=later)
            people.end_sessions_as(other.person_id, at=last)
            people.end_sessions_as(foreign.person_id, at=last)
        with database.people() as people:
            ended = [people.session(one.id) for one in (mine, other, foreign)]
        assert [one and one.ended_at for one in ended] == [None, later, last]
