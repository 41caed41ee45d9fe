"""What is kept for a while is removed when it is over, in small batches; what was traded, and the trail, stay."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from application.ports.people import Tidied
from domain.identity import LoginId, SessionId
from domain.people import (
    SENDS_WITHIN,
    SESSION_KEPT,
    SESSION_LASTS,
    SESSION_RESTS,
    Login,
    Phone,
    SentCodes,
    Session,
)
from kit import builders as a
from kit.api import ordered
from kit.walls.stored import changed, rows_of
from kit.world import World

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def login(world: World) -> Login:
    made = Login(id=world.ids.new(LoginId))
    with world.database.people() as people:
        people.add_login(made, phone=None)
    return made


def begin(world: World, login: Login, *, token: str) -> Session:
    """Begin a session now."""
    session = Session.begin(
        id=world.ids.new(SessionId),
        login_id=login.id,
        person_id=world.shop.buyers["vip"].id,
        at=world.clock.now(),
    )
    with world.database.people() as people:
        people.begin(session, token_hash=token)
    return session


def there(world: World, *sessions: Session) -> list[bool]:
    with world.database.people() as people:
        return [people.session(one.id) is not None for one in sessions]


class TestSessions:
    @pytest.mark.parametrize(
        ("ended", "kept"),
        [(True, SESSION_KEPT), (False, SESSION_RESTS + SESSION_KEPT)],
        ids=["ended", "left alone"],
    )
    def test_are_kept_for_a_month_after_they_are_over(
        self, world: World, login: Login, *, ended: bool, kept: timedelta
    ) -> None:
        session = begin(world, login, token="one")
        if ended:
            with world.database.people() as people:
                people.save_session(attrs.evolve(session, ended_at=world.clock.now()))
        world.clock.forward(kept)
        assert world.use.tidy() == Tidied()
        assert there(world, session) == [True]
        world.clock.forward(MOMENT)
        assert world.use.tidy() == Tidied(sessions=1)
        assert there(world, session) == [False]
        with world.database.people() as people:
            assert people.presented("one") is None
        assert world.use.tidy() == Tidied()

    def test_that_were_always_refreshed_go_when_they_are_too_old(self, world: World, login: Login) -> None:
        session = begin(world, login, token="one")
        world.clock.forward(SESSION_LASTS + SESSION_KEPT)
        with world.database.people() as people:
            people.save_session(attrs.evolve(session, refreshed_at=world.clock.now()))
        assert world.use.tidy() == Tidied()
        world.clock.forward(MOMENT)
        assert world.use.tidy() == Tidied(sessions=1)

    def test_that_go_on_lose_the_tokens_that_were_spent(self, world: World, login: Login) -> None:
        session = begin(world, login, token="one")
        with world.database.people() as people:
            people.rotate(session, spent="one", fresh="two")
        later = world.clock.forward(SESSION_KEPT)
        with world.database.people() as people:
            people.rotate(attrs.evolve(session, refreshed_at=later), spent="two", fresh="three")
        assert world.use.tidy() == Tidied()
        world.clock.forward(MOMENT)
        assert world.use.tidy() == Tidied(tokens=1)
        with world.database.people() as people:
            assert [people.presented(one) is not None for one in ("one", "two", "three")] == [
                False,
                True,
                True,
            ]
        assert there(world, session) == [True]

    def test_go_in_small_batches(self, world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("application.privacy._tidying.AT_ONCE", 2)
        for at in range(5):
            begin(world, login, token=f"{at}")
        world.clock.forward(SESSION_RESTS + SESSION_KEPT + MOMENT)
        with world.database.people() as people:
            assert people.tidy(at=world.clock.now(), most=2) == Tidied(sessions=2)
        assert world.use.tidy() == Tidied(sessions=3)


class TestCodes:
    def test_are_kept_for_a_day(self, world: World) -> None:
        phones = [world.secrets.phone_index(Phone(f"1380000000{at}")) for at in range(2)]
        for phone in phones:
            with world.database.people() as people:
                before = people.codes(phone)
                people.keep_codes(phone, before=before, after=before.send("seal", at=world.clock.now()))
            world.clock.forward(timedelta(hours=1))
        with world.database.people() as people:
            before = people.codes(phones[0])
            people.keep_codes(phones[0], before=before, after=before.send("later", at=world.clock.now()))
        world.clock.forward(SENDS_WITHIN - timedelta(hours=1) - MOMENT)
        assert world.use.tidy() == Tidied()
        world.clock.forward(MOMENT)
        assert world.use.tidy() == Tidied(codes=1)
        with world.database.people() as people:
            assert [people.codes(one) == SentCodes() for one in phones] == [False, True]


class TestTrade:
    @pytest.mark.parametrize(
        "later", [timedelta(days=183), timedelta(days=3 * 366)], ids=["half a year", "3 years"]
    )
    def test_stays_with_the_trail(self, world: World, login: Login, later: timedelta) -> None:
        shop = world.shop
        order_id = ordered(world)
        world.use.confirm_order(actor=shop.clerk, key=a.key(), order_id=order_id)
        world.use.receive_stock(
            actor=shop.clerk,
            key=a.key(),
            changes=[a.stock_change(shop.sku("NUTS"), shop.warehouses["main"], 1)],
        )
        begin(world, login, token="one")
        before = [rows_of(world.database, one.merchant.id) for one in (shop, world.other)]
        world.clock.forward(later)
        assert world.use.tidy() == Tidied(sessions=1)
        after = [rows_of(world.database, one.merchant.id) for one in (shop, world.other)]
        assert [changed(one, other) for one, other in zip(before, after, strict=True)] == [[], []]
        assert list(world.database.audit.findings()) == []
