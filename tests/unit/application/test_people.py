"""Signing in asks for the code and for nothing else first; sessions go on, are switched, and end."""

from __future__ import annotations

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor, Unauthenticated
from application.ports.text_messages import TextMessageFailed
from application.ports.wechat import WeChatIdentity, WeChatRefused
from application.signing_in import SignedIn
from application.views.people import Membership
from domain.customers import Role
from domain.errors import DomainError
from domain.identity import PersonId, SessionId
from domain.people import (
    ACCESS_LASTS,
    CODE_LASTS,
    MOST_TRIES,
    SEND_EVERY,
    SESSION_RESTS,
    CodeSentAlready,
    InvalidCode,
    InvalidPhone,
    InvalidRefreshToken,
    MembershipNotFound,
    NoMembership,
    Phone,
    PhoneRequired,
    SessionOver,
)
from kit.world import World, furnish, known_as

PHONE, UNKNOWN = Phone("13800000001"), Phone("13800000002")


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def request(world: World, phone: str = PHONE, *, locale: str = "zh-CN") -> None:
    world.use.request_code(actor=world.shop.guest, phone=phone, locale=locale)


def sign_in(
    world: World, phone: str = PHONE, *, code: str | None = None, at: Actor | None = None
) -> SignedIn:
    """Sign in with the code that was sent, a new one unless told."""
    if code is None:
        world.clock.forward(SEND_EVERY)
        request(world, phone)
    return world.use.verify_code(actor=at or world.shop.guest, phone=phone, code=code or world.inbox.code)


def refresh(world: World, signed_in: SignedIn) -> SignedIn:
    assert signed_in.refresh_token is not None
    return world.use.refresh(actor=world.shop.guest, refresh_token=signed_in.refresh_token)


def actor_of(world: World, signed_in: SignedIn) -> Actor:
    """Whoever has the token."""
    claims = world.tokens.read(signed_in.access_token, at=world.clock.now())
    known = {shop.merchant.id: shop for shop in (world.shop, world.other)}[claims.merchant_id]
    person = known.buyer() if claims.customer_id else known.clerk
    return attrs.evolve(
        person,
        person_id=claims.person_id,
        customer_id=claims.customer_id,
        session_id=claims.session_id,
    )


def refused(world: World, kind: type[DomainError], code: str, phone: str = PHONE) -> None:
    with pytest.raises(kind):
        sign_in(world, phone, code=code)


class TestRequestCode:
    def test_sends_a_code_to_the_phone(self, world: World) -> None:
        until = world.use.request_code(actor=world.shop.guest, phone=" 138-0000 0001", locale="en")
        assert until == world.clock.now() + CODE_LASTS
        [(phone, code, minutes, locale)] = world.inbox.messages
        assert (phone, minutes, locale) == (PHONE, 5, "en")
        assert len(code) == 6 and code.isdecimal()

    def test_refuses_what_is_no_phone(self, world: World) -> None:
        with pytest.raises(InvalidPhone):
            request(world, "12345")
        assert world.inbox.messages == []

    def test_sends_nothing_too_soon(self, world: World) -> None:
        request(world)
        with pytest.raises(CodeSentAlready):
            request(world)
        assert len(world.inbox.messages) == 1
        request(world, UNKNOWN)
        assert world.inbox.messages[-1][0] == UNKNOWN

    def test_counts_what_could_not_be_sent(self, world: World) -> None:
        world.inbox.fails.append(True)
        with pytest.raises(TextMessageFailed) as failed:
            request(world)
        assert failed.value == TextMessageFailed(retry=True)
        world.inbox.fails.clear()
        with pytest.raises(CodeSentAlready):
            request(world)


class TestVerifyCode:
    def test_signs_in_with_a_token_for_one_place(self, world: World) -> None:
        login, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"), role=Role.OWNER)
        signed_in = sign_in(world, code=None)
        company = world.shop.customers["vip"]
        assert signed_in.until == world.clock.now() + ACCESS_LASTS
        assert signed_in.membership == Membership(
            world.shop.merchant.id, world.shop.merchant.name, buyer.id, company.id, company.name, Role.OWNER
        )
        actor = actor_of(world, signed_in)
        assert (actor.person_id, actor.customer_id) == (buyer.id, company.id)
        assert actor.session_id is not None
        with world.database.people() as people:
            session = people.session(actor.session_id)
        assert session is not None and session.login_id == login.id
        assert signed_in.access_token not in repr(signed_in) and str(signed_in.refresh_token) not in repr(
            signed_in
        )

    def test_signs_staff_in(self, world: World) -> None:
        _, _, [member] = known_as(world, PHONE, staff_of=[world.other])
        actor = actor_of(world, sign_in(world))
        assert (actor.merchant, actor.person_id) == (world.other.merchant, member.id)

    def test_takes_a_code_once(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        sign_in(world)
        refused(world, InvalidCode, world.inbox.code)

    def test_takes_no_code_of_another_phone(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        request(world, UNKNOWN)
        refused(world, InvalidCode, world.inbox.code)

    def test_counts_wrong_tries_and_then_takes_nothing(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        request(world)
        for _ in range(MOST_TRIES):
            refused(world, InvalidCode, world.inbox.wrong)
        refused(world, InvalidCode, world.inbox.code)
        assert sign_in(world).access_token

    @pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567", "１２３４５６", "\ud800"])
    def test_counts_what_cannot_be_a_code_as_well(self, world: World, code: str) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        request(world)
        for _ in range(MOST_TRIES):
            with pytest.raises(InvalidCode):
                world.use.verify_code(actor=world.shop.guest, phone=PHONE, code=code)
        refused(world, InvalidCode, world.inbox.code)

    def test_says_that_a_phone_is_nobodys_only_to_who_holds_it(self, world: World) -> None:
        known_as(world, UNKNOWN)
        for phone in (PHONE, UNKNOWN):
            request(world, phone)
            refused(world, InvalidCode, world.inbox.wrong, phone)
            for _ in range(MOST_TRIES - 1):
                refused(world, NoMembership, world.inbox.code, phone)
            refused(world, InvalidCode, world.inbox.code, phone)

    def test_goes_where_the_login_was_last_at_the_merchant_that_is_asked(self, world: World) -> None:
        places = ((world.shop, "regular"), (world.shop, "vip"), (world.other, "vip"))
        _, buyers, _ = known_as(world, PHONE, *places)

        def place(at: Actor) -> PersonId:
            return sign_in(world, at=at).membership.person_id

        first = sign_in(world)
        assert first.membership.person_id == buyers[0].id
        world.use.switch_membership(actor=actor_of(world, first), person_id=buyers[1].id)
        assert place(world.shop.guest) == buyers[1].id
        assert place(world.other.guest) == buyers[2].id
        assert place(world.shop.guest) == buyers[0].id


class TestSignInByWeChat:
    IDENTITY = WeChatIdentity("wx1", "open 1", "union")

    def world(self, **codes: WeChatIdentity) -> World:
        """A world in which WeChat knows these, and shows two phones."""
        world = furnish(MemoryDatabase())
        for code, one in codes.items():
            world.wechat.app_id = one.app_id
            world.wechat.add_person(code, open_id=one.open_id, union_id=one.union_id)
        for code, phone in (("mine", PHONE), ("again", PHONE), ("unknown", UNKNOWN)):
            world.wechat.add_phone(code, phone)
        return world

    def sign_in(self, world: World, code: str, phone_code: str | None = None) -> SignedIn:
        return world.use.sign_in_by_wechat(actor=world.shop.guest, code=code, phone_code=phone_code)

    def test_binds_an_identity_to_the_login_of_the_phone_that_is_shown(self) -> None:
        world = self.world(first=self.IDENTITY, second=self.IDENTITY)
        _, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        signed_in = self.sign_in(world, "first", "mine")
        assert signed_in.membership.person_id == buyer.id
        assert actor_of(world, signed_in).session_id is not None
        assert refresh(world, signed_in).membership == signed_in.membership
        assert self.sign_in(world, "second").membership == signed_in.membership

    def test_asks_for_the_phone_of_somebody_new(self) -> None:
        world = self.world(first=self.IDENTITY, second=self.IDENTITY)
        known_as(world, PHONE, (world.shop, "vip"))
        with pytest.raises(PhoneRequired):
            self.sign_in(world, "first")
        assert self.sign_in(world, "second", "mine").refresh_token

    def test_binds_nothing_where_nobody_is(self) -> None:
        world = self.world(first=self.IDENTITY, second=self.IDENTITY, third=self.IDENTITY)
        known_as(world, PHONE)
        for code, phone_code in (("first", "unknown"), ("second", "mine")):
            with pytest.raises(NoMembership):
                self.sign_in(world, code, phone_code)
        with pytest.raises(PhoneRequired):
            self.sign_in(world, "third")

    def test_knows_somebody_in_every_mini_program_of_one_account(self) -> None:
        elsewhere, strange = attrs.evolve(self.IDENTITY, app_id="wx2"), WeChatIdentity("wx2", "open 1", None)
        world = self.world(
            first=self.IDENTITY, second=elsewhere, third=strange, fourth=WeChatIdentity("wx3", "open 1")
        )
        known_as(world, PHONE, (world.shop, "vip"))
        places = [
            self.sign_in(world, "first", "mine"),
            self.sign_in(world, "second"),
            self.sign_in(world, "third"),
        ]
        assert len({one.membership for one in places}) == 1
        with pytest.raises(PhoneRequired):
            self.sign_in(world, "fourth")

    def test_stays_with_the_login_it_knows_whatever_phone_is_shown(self) -> None:
        world = self.world(first=self.IDENTITY, second=self.IDENTITY)
        _, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        known_as(world, UNKNOWN, (world.shop, "regular"))
        self.sign_in(world, "first", "mine")
        assert self.sign_in(world, "second", "unknown").membership.person_id == buyer.id

    def test_goes_by_the_mini_program_before_the_account(self) -> None:
        alone, other = attrs.evolve(self.IDENTITY, union_id=None), WeChatIdentity("wx2", "open 2", "union")
        world = self.world(first=alone, second=other, third=self.IDENTITY)
        _, [mine], _ = known_as(world, PHONE, (world.shop, "vip"))
        _, [theirs], _ = known_as(world, UNKNOWN, (world.shop, "regular"))
        assert self.sign_in(world, "first", "mine").membership.person_id == mine.id
        assert self.sign_in(world, "second", "unknown").membership.person_id == theirs.id
        assert self.sign_in(world, "third").membership.person_id == mine.id

    def test_takes_no_code_that_wechat_does_not(self) -> None:
        world = self.world(first=self.IDENTITY)
        known_as(world, PHONE, (world.shop, "vip"))
        for code, phone_code in (("nonsense", "mine"), ("first", "nonsense"), ("first", "mine")):
            with pytest.raises(WeChatRefused):
                self.sign_in(world, code, phone_code)


class TestRefresh:
    def test_gives_the_next_tokens_for_the_same_place(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "regular"), (world.shop, "vip"))
        first = sign_in(world)
        world.clock.forward(ACCESS_LASTS)
        second = refresh(world, first)
        assert second.membership == first.membership
        assert second.refresh_token not in (None, first.refresh_token)
        assert _session(world, first) is not None
        assert _session(world, second) == _session(world, first)
        assert refresh(world, second).access_token

    def test_ends_the_session_when_a_token_comes_twice(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        elsewhere, first = sign_in(world), sign_in(world)
        second = refresh(world, first)
        for spent in (first, second, first):
            with pytest.raises(InvalidRefreshToken):
                refresh(world, spent)
        assert refresh(world, elsewhere).access_token

    @pytest.mark.parametrize("token", ["", "x", "\ud800", "ses_00000000000000000000000000"])
    def test_takes_nothing_that_is_no_token(self, world: World, token: str) -> None:
        with pytest.raises(InvalidRefreshToken):
            world.use.refresh(actor=world.shop.guest, refresh_token=token)

    def test_takes_nothing_that_was_left_for_too_long(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        signed_in = sign_in(world)
        world.clock.forward(SESSION_RESTS)
        with pytest.raises(InvalidRefreshToken):
            refresh(world, signed_in)

    def test_goes_on_elsewhere_where_the_place_is_gone(self, world: World) -> None:
        _, buyers, _ = known_as(world, PHONE, (world.shop, "regular"), (world.shop, "vip"))
        signed_in = sign_in(world)
        _dismiss(world, buyers[0].id)
        assert refresh(world, signed_in).membership.person_id == buyers[1].id

    def test_refuses_where_every_place_is_gone(self, world: World) -> None:
        _, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        signed_in = sign_in(world)
        _dismiss(world, buyer.id)
        for _ in range(2):
            with pytest.raises(NoMembership):
                refresh(world, signed_in)


class TestSignOut:
    def test_ends_the_session_of_whoever_asks(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        here, there = sign_in(world), sign_in(world)
        actor = actor_of(world, here)
        assert world.use.sign_out(actor=actor) == 1
        with pytest.raises(InvalidRefreshToken):
            refresh(world, here)
        assert refresh(world, there).access_token
        for everywhere in (False, True):
            with pytest.raises(SessionOver):
                world.use.sign_out(actor=actor, everywhere=everywhere)

    def test_ends_every_session_of_the_login(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"), staff_of=[world.other])
        known_as(world, UNKNOWN, (world.shop, "vip"))
        mine = [sign_in(world), sign_in(world, at=world.other.guest)]
        other = sign_in(world, UNKNOWN)
        assert world.use.sign_out(actor=actor_of(world, mine[1]), everywhere=True) == 2
        for signed_in in mine:
            with pytest.raises(InvalidRefreshToken):
                refresh(world, signed_in)
        assert refresh(world, other).access_token

    def test_has_nothing_to_end_without_a_session(self, world: World) -> None:
        for actor in (world.shop.buyer(), world.shop.clerk):
            with pytest.raises(SessionOver):
                world.use.sign_out(actor=actor)
        with pytest.raises(Unauthenticated):
            world.use.sign_out(actor=world.shop.guest)


class TestForgetting:
    def test_sessions_that_are_long_over_are_forgotten_with_the_next(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        left, ended = sign_in(world), sign_in(world)
        world.use.sign_out(actor=actor_of(world, ended))
        world.clock.forward(SESSION_RESTS)
        kept = sign_in(world)
        with world.database.people() as people:
            sessions = [people.session(id) for one in (left, ended, kept) if (id := _session(world, one))]
        assert [one is None for one in sessions] == [True, True, False]


class TestSwitchMembership:
    def test_gives_a_token_for_another_place(self, world: World) -> None:
        _, _, [member] = known_as(world, PHONE, (world.shop, "vip"), staff_of=[world.other])
        first = sign_in(world)
        switched = world.use.switch_membership(actor=actor_of(world, first), person_id=member.id)
        assert switched.refresh_token is None
        assert switched.membership == Membership(
            world.other.merchant.id, world.other.merchant.name, member.id
        )
        actor = actor_of(world, switched)
        assert (actor.merchant, actor.person_id) == (world.other.merchant, member.id)
        assert actor.session_id == _session(world, first)
        assert refresh(world, first).membership == switched.membership

    def test_finds_no_place_of_another_login(self, world: World) -> None:
        known_as(world, PHONE, (world.shop, "vip"))
        _, [theirs], _ = known_as(world, UNKNOWN, (world.shop, "vip"))
        actor = actor_of(world, sign_in(world))
        for person_id in (theirs.id, world.shop.buyers["vip"].id, world.shop.staff["clerk"].id, None):
            with pytest.raises(MembershipNotFound):
                world.use.switch_membership(actor=actor, person_id=person_id)

    def test_needs_a_session_that_goes_on(self, world: World) -> None:
        _, [buyer], _ = known_as(world, PHONE, (world.shop, "vip"))
        actor = actor_of(world, sign_in(world))
        world.use.sign_out(actor=actor)
        lies = (
            actor,
            attrs.evolve(actor, session_id=None),
            attrs.evolve(actor, session_id=SessionId.of(bytes(16))),
        )
        for one in lies:
            with pytest.raises(SessionOver):
                world.use.switch_membership(actor=one, person_id=buyer.id)
        with pytest.raises(Unauthenticated):
            world.use.switch_membership(actor=world.shop.guest, person_id=buyer.id)


def _session(world: World, signed_in: SignedIn) -> SessionId | None:
    return world.tokens.read(signed_in.access_token, at=signed_in.until - ACCESS_LASTS).session_id


def _dismiss(world: World, person_id: PersonId) -> None:
    """Let somebody buy no more."""
    assert isinstance(world.database, MemoryDatabase)
    shop = world.database.vault.shop(world.shop.merchant.id)
    del shop.buyers[person_id]  # type: ignore[arg-type]  # it is a buyer
