"""The second factor: set up, shown and turned off by codes of a device or such for recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

import attrs

from application.authorization import Actor
from application.ports.clock import Clock
from application.ports.passwords import OneTimeCodes
from application.ports.people import People, PeopleStorage
from application.ports.secrets import Secrets
from application.ports.storage import UnitOfWork
from application.ports.tokens import Tokens
from application.privacy import Who, named, places_for_operator
from application.signing_in import (
    SignedIn,
    default_place,
    let_pass,
    name_of,
    own_session,
    place_of,
    signed_in,
)
from domain.credentials import (
    RECOVERY_CODES,
    InvalidTotp,
    SecondFactorDemanded,
    SecondFactorOff,
    SecondFactorOn,
    Totp,
    Tries,
)
from domain.errors import DomainError
from domain.identity import LoginId
from domain.people import NoMembership, Session
from domain.trail import Origin, TrailNote

R = TypeVar("R")


class Checks(Protocol):
    """A verb that checks codes."""

    @property
    def secrets(self) -> Secrets: ...
    @property
    def codes(self) -> OneTimeCodes: ...


@attrs.frozen(kw_only=True)
class Device:
    """What a device needs to make codes."""

    secret: str = attrs.field(repr=False)
    """In base 32, to be typed."""
    uri: str = attrs.field(repr=False)
    """To be shown as a QR code."""


@attrs.frozen(kw_only=True)
class BeginTotp:
    """Make the secret of a second factor; it is not on before a code has shown that the device has it."""

    people: People
    secrets: Secrets
    codes: OneTimeCodes
    clock: Clock

    def __call__(self, *, actor: Actor, label: str | None = None) -> Device:
        """:raises InvalidName: if the device cannot call it so.
        :raises SecondFactorOn: if there is one already.
        :raises SessionOver: if whoever asks has no session, or it is over.
        """
        let_pass(actor)
        called = None if label is None else name_of(label)
        secret = self.codes.new_secret()
        with self.people() as people:
            session = own_session(people, actor, at=self.clock.now())
            before = people.totp(session.login_id)
            if before is not None and before.on:
                raise SecondFactorOn
            tries = Tries() if before is None else before.tries
            sealed = self.secrets.seal(about_of(session.login_id), secret)
            people.put_totp(Totp(login_id=session.login_id, sealed=sealed, tries=tries))
            credentials, login = people.credentials_of(session.login_id), people.login(session.login_id)
        shown = (login and login.phone) or session.login_id if credentials is None else credentials.email
        return Device(
            secret=secret, uri=self.codes.uri(secret, account=called or shown, issuer=actor.merchant.name)
        )


@attrs.frozen(kw_only=True)
class TurnedOn:
    """A second factor that is on from now on."""

    session: SignedIn
    recovery_codes: tuple[str, ...] = attrs.field(repr=False)
    """Shown this once; each helps once where the device is lost."""


@attrs.frozen(kw_only=True)
class ConfirmTotp:
    """Turn the second factor on, by a code of the device; all other sessions end."""

    people: People
    secrets: Secrets
    codes: OneTimeCodes
    tokens: Tokens
    clock: Clock

    def __call__(self, *, actor: Actor, code: str) -> TurnedOn:
        """:raises SecondFactorOff: if it was not begun.
        :raises SecondFactorOn: if it is on already.
        :raises InvalidTotp: if the code is not of the device.
        :raises TooManyTries: if too many were wrong of late.
        :raises NoMembership: if the login has no place any more.
        :raises SessionOver: if whoever asks has no session, or it is over.
        """
        let_pass(actor)
        recovery = tuple(self.secrets.new_passcode() for _ in range(RECOVERY_CODES))
        hashes = [self.secrets.token_hash(plain(one)) for one in recovery]

        def turn_on(people: PeopleStorage, session: Session, totp: Totp, at: datetime) -> Session:
            people.put_totp(totp.turn_on(hashes))
            people.end_others(session, at=at)
            return attrs.evolve(session, second_factor=True)

        session = told(_show(self, actor, code, turn_on, on=False))
        return TurnedOn(session=session, recovery_codes=recovery)


@attrs.frozen(kw_only=True)
class ShowTotp:
    """Show the second factor in this session, by a code of the device or one for recovery."""

    people: People
    secrets: Secrets
    codes: OneTimeCodes
    tokens: Tokens
    clock: Clock

    def __call__(self, *, actor: Actor, code: str) -> SignedIn:
        """:raises SecondFactorOff: if the login has none.
        :raises InvalidTotp: if the code is neither.
        :raises TooManyTries: if too many were wrong of late.
        :raises NoMembership: if the login has no place any more.
        :raises SessionOver: if whoever asks has no session, or it is over.
        """
        let_pass(actor)
        return told(_show(self, actor, code, lambda _, session, __, ___: _shown(session), on=True))


@attrs.frozen(kw_only=True)
class DisableTotp:
    """Turn the second factor off, by a code of the device or one for recovery; all other sessions end."""

    people: People
    secrets: Secrets
    codes: OneTimeCodes
    tokens: Tokens
    clock: Clock

    def __call__(self, *, actor: Actor, code: str) -> SignedIn:
        """:raises SecondFactorOff: if the login has none.
        :raises SecondFactorDemanded: if a merchant for whom the person works demands it.
        :raises InvalidTotp: if the code is neither.
        :raises TooManyTries: if too many were wrong of late.
        :raises NoMembership: if the login has no place any more.
        :raises SessionOver: if whoever asks has no session, or it is over.
        """
        let_pass(actor)

        def turn_off(people: PeopleStorage, session: Session, _: Totp, at: datetime) -> Session:
            if any(
                one.second_factor and one.customer_id is None for one in people.memberships(session.login_id)
            ):
                raise SecondFactorDemanded
            people.remove_totp(session.login_id)
            people.end_others(session, at=at)
            return attrs.evolve(session, second_factor=False)

        return told(_show(self, actor, code, turn_off, on=True))


@attrs.frozen(kw_only=True)
class ForgetTotp:
    """Take the second factor off a login whose device and codes for recovery are lost, and end all its sessions: for
    whoever runs the installation, who has made sure who asks.
    """

    unit_of_work: UnitOfWork
    people: People
    secrets: Secrets
    clock: Clock

    def __call__(self, *, who: Who, origin: Origin) -> int:
        """How many sessions were ended; every place of the login has it in its trail.

        :raises LoginNotFound: if nobody signs in like that.
        :raises SecondFactorOff: if the login has none.
        """
        at = self.clock.now()
        with self.people() as people:
            login_id = named(people, self.secrets, who).id
            if people.totp(login_id) is None:
                raise SecondFactorOff
            places = places_for_operator(people, people.memberships(login_id, suspended=True), origin=origin)
        # Noted first: what fails between is asked for again, and nothing is taken off that no trail tells of.
        for place in places:
            with self.unit_of_work(place.actor) as storage:
                storage.trail.note(TrailNote(at=at, operation="forgetSecondFactor", about=place.person_id))
        with self.people() as people:
            people.remove_totp(login_id)
            return people.end_sessions(login_id, at=at)


Turn = Callable[[PeopleStorage, Session, Totp, datetime], Session]


def _show(
    by: ConfirmTotp | ShowTotp | DisableTotp, actor: Actor, code: str, turn: Turn, *, on: bool
) -> SignedIn | DomainError:
    """Try a code in this session, and go on as is said where it is right; what counts is kept where it is not."""
    at = by.clock.now()
    with by.people() as people:
        session = own_session(people, actor, at=at)
        totp = people.totp(session.login_id)
        if totp is None or (on and not totp.on):
            raise SecondFactorOff
        if totp.on and not on:
            raise SecondFactorOn
        totp, right = attempt(by, totp, code, at=at)
        people.put_totp(totp)
        if not right:
            return InvalidTotp()
        after = turn(people, session, totp, at)
        places = people.memberships(session.login_id)
        place = place_of(places, session.person_id) or default_place(
            places, merchant_id=actor.merchant_id, last=None
        )
        if place is None:
            raise NoMembership
        after = after.switch(place.person_id)
        people.save_session(after)
        factor = people.totp(session.login_id)
    still = factor is not None and factor.on
    return signed_in(by.tokens, after, place, on=still, refresh_token=None, at=at)


def attempt(by: Checks, totp: Totp, code: str, *, at: datetime) -> tuple[Totp, bool]:
    secret, typed = by.secrets.unseal(about_of(totp.login_id), totp.sealed), plain(code)
    return totp.attempt(typed, by.codes.codes(secret), hashed=by.secrets.token_hash(typed), at=at)


def _shown(session: Session) -> Session:
    return attrs.evolve(session, second_factor=True)


def about_of(login_id: LoginId) -> str:
    """What a sealed secret belongs to: no other row, and no other column, opens with it."""
    return f"platform|login_factors|sealed|{login_id}"


def plain(code: str) -> str:
    """A code as it was made, however it was typed."""
    return code.replace(" ", "").replace("-", "").lower()


def told(answer: R | DomainError) -> R:
    """Refuse only now, because what counts is kept."""
    if isinstance(answer, DomainError):
        raise answer
    return answer
