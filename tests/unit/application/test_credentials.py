"""A password signs in, tries are counted before they are looked at, and a second factor that is owed is shown first."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from adapters.identity.passwords import Argon2Passwords
from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor
from application.ports.passwords import Checked, Passwords
from application.signing_in import SignedIn
from domain.credentials import (
    FIRST_LASTS,
    MOST_TRIES,
    RECOVERY_CODES,
    STEP,
    TRIES_WITHIN,
    EmailRequired,
    EmailTaken,
    InvalidCredentials,
    InvalidEmail,
    InvalidName,
    InvalidPassword,
    InvalidTotp,
    NewPasswordRequired,
    OldPasswordRequired,
    SecondFactorDemanded,
    SecondFactorOff,
    SecondFactorOn,
    SecondFactorRequired,
    TooManyTries,
    step_of,
)
from domain.errors import DomainError
from domain.people import FRESH, SEND_EVERY, NoMembership, Phone, SecondFactor, SessionOver
from kit.world import CHEAP, DEVICE, World, furnish, known_as

PHONE, EMAIL, PASSWORD = Phone("13800000001"), "wang@example.com", "correct horse battery"


@pytest.fixture
def world() -> World:
    world = furnish(MemoryDatabase())
    known_as(world, PHONE, staff_of=[world.shop])
    return world


def by_phone(world: World, phone: str = PHONE) -> SignedIn:
    world.clock.forward(SEND_EVERY)
    world.use.request_code(actor=world.shop.guest, phone=phone, locale="en")
    return world.use.verify_code(actor=world.shop.guest, phone=phone, code=world.inbox.code)


def actor_of(world: World, session: SignedIn) -> Actor:
    claims = world.tokens.read(session.access_token, at=world.clock.now())
    actor = world.shop.clerk if claims.customer_id is None else world.shop.buyer()
    return attrs.evolve(
        actor, person_id=claims.person_id, customer_id=claims.customer_id, session_id=claims.session_id
    )


def with_password(world: World) -> None:
    actor = actor_of(world, by_phone(world))
    assert world.use.set_password(actor=actor, new_password=PASSWORD, email=EMAIL) == "w***@e***"


def sign_in(
    world: World,
    password: str = PASSWORD,
    *,
    email: str = EMAIL,
    totp: str | None = None,
    new: str | None = None,
) -> SignedIn:
    return world.use.sign_in_with_password(
        actor=world.shop.guest, email=email, password=password, totp=totp, new_password=new
    )


def refuses(kind: type[DomainError], world: World, password: str = PASSWORD, *, email: str = EMAIL) -> None:
    with pytest.raises(kind):
        sign_in(world, password, email=email)


def turned_on(world: World, session: SignedIn) -> tuple[str, tuple[str, ...]]:
    """Set a second factor up in a session: its secret, and the codes for recovery."""
    actor = actor_of(world, session)
    secret = world.use.begin_totp(actor=actor).secret
    set_up = world.use.confirm_totp(actor=actor, code=code(world, secret))
    assert set_up.session.second_factor is SecondFactor.SHOWN
    world.clock.forward(2 * STEP)
    return secret, set_up.recovery_codes


def code(world: World, secret: str) -> str:
    return DEVICE.codes(secret)(step_of(world.clock.now()))


class TestSignInWithPassword:
    def test_signs_in_where_a_code_on_the_phone_would(self, world: World) -> None:
        with_password(world)
        session = sign_in(world, email=" WANG@example.com")
        assert session.membership == by_phone(world).membership
        assert session.second_factor is SecondFactor.NOT_NEEDED

    def test_refuses_what_is_wrong_and_what_is_nobodys_alike(self, world: World) -> None:
        with_password(world)
        refuses(InvalidCredentials, world, "wrong")
        refuses(InvalidCredentials, world, email="nobody@example.com")
        refuses(InvalidCredentials, world, "x" * 10_000)
        refuses(InvalidEmail, world, email="wang")

    @pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
    def test_is_tried_five_times_in_a_quarter_of_an_hour(self, world: World, email: str) -> None:
        with_password(world)
        for _ in range(MOST_TRIES):
            refuses(InvalidCredentials, world, "wrong", email=email)
        with pytest.raises(TooManyTries) as refused:
            sign_in(world, email=email)
        assert refused.value.wait_s == TRIES_WITHIN / timedelta(seconds=1)
        world.clock.forward(TRIES_WITHIN)
        if email == EMAIL:
            assert sign_in(world).membership

    def test_forgets_wrong_tries_after_a_right_one(self, world: World) -> None:
        with_password(world)
        for _ in range(3):
            for _ in range(MOST_TRIES - 1):
                refuses(InvalidCredentials, world, "wrong")
            sign_in(world)

    def test_compares_one_password_whoever_it_is(self, world: World) -> None:
        with_password(world)
        counted = Counted()
        verb = attrs.evolve(world.use.sign_in_with_password, passwords=counted)
        for email in (EMAIL, "nobody@example.com"):
            with pytest.raises(InvalidCredentials):
                verb(actor=world.shop.guest, email=email, password="wrong")
        assert [hash is None for hash in counted.checked] == [False, True]

    def test_hashes_anew_what_is_hashed_as_it_no_longer_is(self, world: World) -> None:
        with_password(world)
        stronger = Argon2Passwords(memory_kib=16, turns=1)
        verb = attrs.evolve(world.use.sign_in_with_password, passwords=stronger)
        verb(actor=world.shop.guest, email=EMAIL, password=PASSWORD)
        with world.database.people() as people:
            found = people.credentials_at(world.secrets.email_index(EMAIL))  # type: ignore[arg-type]  # lower case
        assert found is not None and stronger.check(found.hash, PASSWORD) == Checked(right=True)
        assert CHEAP.check(found.hash, PASSWORD) == Checked(right=True, outdated=True)

    def test_has_a_first_password_replaced(self, world: World) -> None:
        joined = world.use.add_staff(actor=world.shop.clerk, name="新人", email="new@example.com")
        first = joined.first_password
        assert first is not None
        refuses(NewPasswordRequired, world, first, email="new@example.com")
        with pytest.raises(InvalidPassword):
            sign_in(world, first, email="new@example.com", new="short")
        session = sign_in(world, first, email="new@example.com", new=PASSWORD)
        assert session.membership.person_id == joined.member.id
        refuses(InvalidCredentials, world, first, email="new@example.com")
        assert sign_in(world, email="new@example.com").membership

    def test_knows_no_first_password_that_is_old(self, world: World) -> None:
        joined = world.use.add_staff(actor=world.shop.clerk, name="新人", email="new@example.com")
        world.clock.forward(FIRST_LASTS)
        assert joined.first_password is not None
        refuses(InvalidCredentials, world, joined.first_password, email="new@example.com")

    def test_needs_a_place(self, world: World) -> None:
        with_password(world)
        with world.database.unit_of_work(world.shop.operator) as storage:
            [member] = [one for one in storage.colleagues.team().members if one.login_id]
        world.use.change_staff(
            actor=world.shop.clerk, staff_id=member.id, operation="suspendStaff", suspended=True
        )
        refuses(NoMembership, world)


@attrs.frozen
class Counted(Passwords):
    """Passwords that take note of what was compared."""

    checked: list[str | None] = attrs.field(factory=list)

    def hash(self, text: str) -> str:
        return CHEAP.hash(text)

    def check(self, hash: str | None, text: str) -> Checked:
        self.checked.append(hash)
        return CHEAP.check(hash, text)


class TestSetPassword:
    def test_needs_the_old_one_or_a_code_just_now(self, world: World) -> None:
        with_password(world)
        actor = actor_of(world, sign_in(world))
        with pytest.raises(OldPasswordRequired):
            world.use.set_password(actor=actor, new_password="another password")
        with pytest.raises(InvalidCredentials):
            world.use.set_password(actor=actor, new_password="another password", old_password="wrong")
        world.use.set_password(actor=actor, new_password="another password", old_password=PASSWORD)
        refuses(InvalidCredentials, world)
        assert sign_in(world, "another password").membership
        phone = by_phone(world)
        world.clock.forward(FRESH)
        with pytest.raises(OldPasswordRequired):
            world.use.set_password(actor=actor_of(world, phone), new_password=PASSWORD)

    def test_counts_what_the_old_one_is_taken_for(self, world: World) -> None:
        with_password(world)
        actor = actor_of(world, sign_in(world))
        for _ in range(MOST_TRIES):
            with pytest.raises(InvalidCredentials):
                world.use.set_password(actor=actor, new_password="another password", old_password="wrong")
        with pytest.raises(TooManyTries):
            world.use.set_password(actor=actor, new_password="another password", old_password=PASSWORD)

    def test_ends_the_other_sessions(self, world: World) -> None:
        other, mine = actor_of(world, by_phone(world)), actor_of(world, by_phone(world))
        world.use.set_password(actor=mine, new_password=PASSWORD, email=EMAIL)
        with pytest.raises(SessionOver):
            world.use.sign_out(actor=other)
        assert world.use.sign_out(actor=mine) == 1

    def test_goes_with_an_e_mail_that_is_nobody_elses(self, world: World) -> None:
        known_as(world, Phone("13800000002"), staff_of=[world.other])
        actor = actor_of(world, by_phone(world))
        with pytest.raises(EmailRequired):
            world.use.set_password(actor=actor, new_password=PASSWORD)
        for kind, email in ((InvalidEmail, "wang"), (InvalidPassword, EMAIL)):
            with pytest.raises(kind):
                world.use.set_password(
                    actor=actor, new_password="short" if kind is InvalidPassword else PASSWORD, email=email
                )
        with_password(world)
        other = actor_of(world, by_phone(world, "13800000002"))
        with pytest.raises(EmailTaken):
            world.use.set_password(actor=other, new_password=PASSWORD, email=EMAIL)
        moved = actor_of(world, by_phone(world))
        world.use.set_password(actor=moved, new_password=PASSWORD, email="li@example.com")
        refuses(InvalidCredentials, world)
        assert sign_in(world, email="li@example.com").membership
        refuses(InvalidCredentials, world, email=EMAIL)
        # What was given up is free.
        assert world.use.set_password(actor=other, new_password=PASSWORD, email=EMAIL)


class TestSecondFactor:
    def test_is_owed_once_it_is_on(self, world: World) -> None:
        with_password(world)
        secret, _ = turned_on(world, by_phone(world))
        for session in (sign_in(world), by_phone(world)):
            assert session.second_factor is SecondFactor.OWED
        shown = world.use.show_totp(actor=actor_of(world, sign_in(world)), code=code(world, secret))
        assert (shown.second_factor, shown.refresh_token) == (SecondFactor.SHOWN, None)

    def test_is_shown_with_the_password(self, world: World) -> None:
        with_password(world)
        secret, recovery = turned_on(world, by_phone(world))
        with pytest.raises(InvalidTotp):
            sign_in(world, totp="000000")
        assert sign_in(world, totp=code(world, secret)).second_factor is SecondFactor.SHOWN
        with pytest.raises(InvalidTotp):
            sign_in(world, totp=code(world, secret))
        typed = recovery[0].upper().replace("-", " ")
        assert sign_in(world, totp=typed).second_factor is SecondFactor.SHOWN
        with pytest.raises(InvalidTotp):
            sign_in(world, totp=recovery[0])

    def test_has_codes_for_recovery_that_are_kept_as_hashes(self, world: World) -> None:
        _, recovery = turned_on(world, by_phone(world))
        assert len({*recovery}) == RECOVERY_CODES
        stored = repr(world.database.people.crowd)  # type: ignore[attr-defined]  # memory
        assert not [one for one in recovery if one in stored or one.replace("-", "") in stored]

    def test_stays_shown_when_the_session_is_refreshed(self, world: World) -> None:
        with_password(world)
        secret, _ = turned_on(world, by_phone(world))
        for totp, stands in ((code(world, secret), SecondFactor.SHOWN), (None, SecondFactor.OWED)):
            session = sign_in(world, totp=totp)
            assert session.refresh_token is not None
            fresh = world.use.refresh(actor=world.shop.guest, refresh_token=session.refresh_token)
            assert fresh.second_factor is stands

    def test_ends_the_other_sessions_when_it_is_turned_on_and_off(self, world: World) -> None:
        other, mine = by_phone(world), by_phone(world)
        secret, _ = turned_on(world, mine)
        with pytest.raises(SessionOver):
            world.use.sign_out(actor=actor_of(world, other))
        other = by_phone(world)
        off = world.use.disable_totp(actor=actor_of(world, mine), code=code(world, secret))
        assert off.second_factor is SecondFactor.NOT_NEEDED
        with pytest.raises(SessionOver):
            world.use.sign_out(actor=actor_of(world, other))

    def test_is_set_up_step_by_step(self, world: World) -> None:
        actor = actor_of(world, by_phone(world))
        for verb in (world.use.confirm_totp, world.use.show_totp, world.use.disable_totp):
            with pytest.raises(SecondFactorOff):
                verb(actor=actor, code="000000")
        with pytest.raises(InvalidName):
            world.use.begin_totp(actor=actor, label=" ")
        first = world.use.begin_totp(actor=actor)
        second = world.use.begin_totp(actor=actor, label="王 手机")
        assert first.uri.startswith("otpauth://totp/") and "%2B86" in first.uri and first.secret in first.uri
        assert "%E7%8E%8B" in second.uri
        with pytest.raises(InvalidTotp):
            world.use.confirm_totp(actor=actor, code=code(world, first.secret))
        with pytest.raises(SecondFactorOff):
            world.use.show_totp(actor=actor, code=code(world, second.secret))
        world.use.confirm_totp(actor=actor, code=code(world, second.secret))
        with pytest.raises(SecondFactorOn):
            world.use.confirm_totp(actor=actor, code="000000")
        with pytest.raises(SecondFactorOn):
            world.use.begin_totp(actor=actor)

    def test_is_not_guessed_by_whoever_has_the_password(self, world: World) -> None:
        with_password(world)
        secret, _ = turned_on(world, by_phone(world))
        actor = actor_of(world, sign_in(world))
        for _ in range(MOST_TRIES - 1):
            with pytest.raises(InvalidTotp):
                world.use.show_totp(actor=actor, code="wrong")
        with pytest.raises(InvalidTotp):
            sign_in(world, totp="wrong")
        with pytest.raises(TooManyTries):
            sign_in(world, totp=code(world, secret))
        with pytest.raises(TooManyTries):
            world.use.show_totp(actor=actor, code=code(world, secret))
        world.clock.forward(TRIES_WITHIN)
        assert world.use.show_totp(actor=actor, code=code(world, secret)).membership

    def test_is_shown_before_the_password_is_changed(self, world: World) -> None:
        turned_on(world, by_phone(world))
        with pytest.raises(SecondFactorRequired):
            world.use.set_password(actor=actor_of(world, by_phone(world)), new_password=PASSWORD, email=EMAIL)

    def test_is_demanded_by_those_who_have_one(self, world: World) -> None:
        manager = actor_of(world, by_phone(world))
        with pytest.raises(SecondFactorOff):
            world.use.demand_second_factor(actor=manager, demanded=True)
        secret, _ = turned_on(world, by_phone(world))
        assert world.use.demand_second_factor(actor=manager, demanded=True) is True
        shown = world.use.show_totp(actor=actor_of(world, by_phone(world)), code=code(world, secret))
        world.clock.forward(2 * STEP)
        with pytest.raises(SecondFactorDemanded):
            world.use.disable_totp(actor=actor_of(world, shown), code=code(world, secret))

    def test_has_to_be_set_up_where_it_is_demanded(self, world: World) -> None:
        world.use.demand_second_factor(actor=world.shop.operator, demanded=True)
        session = by_phone(world)
        assert session.second_factor is SecondFactor.SET_UP_OWED
        turned_on(world, session)
        assert by_phone(world).second_factor is SecondFactor.OWED

    def test_is_not_asked_of_buyers_who_come_by_phone(self, world: World) -> None:
        phone = Phone("13800000003")
        _, [buyer], [member] = known_as(world, phone, (world.shop, "vip"), staff_of=[world.shop])
        session = by_phone(world, phone)
        assert session.membership.person_id == buyer.id
        secret, _ = turned_on(world, session)
        session = by_phone(world, phone)
        assert session.second_factor is SecondFactor.NOT_NEEDED
        switched = world.use.switch_membership(actor=actor_of(world, session), person_id=member.id)
        assert switched.second_factor is SecondFactor.OWED
        shown = world.use.show_totp(actor=actor_of(world, switched), code=code(world, secret))
        assert (shown.second_factor, shown.membership.person_id) == (SecondFactor.SHOWN, member.id)
