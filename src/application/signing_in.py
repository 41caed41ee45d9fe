"""What all ways of signing in have in common: who has signed in, in which session, and in which of their places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from application import authorization as policy
from application.authorization import Actor, ActorKind, Permission
from application.ports.clock import Ids
from application.ports.people import PeopleStorage
from application.ports.secrets import Secrets
from application.ports.tokens import Claims, Tokens
from application.views.people import Membership
from domain.credentials import Email, InvalidEmail, InvalidName
from domain.identity import LoginId, MerchantId, PersonId, SessionId, Text
from domain.people import (
    ACCESS_LASTS,
    SESSION_RESTS,
    InvalidPhone,
    Login,
    Phone,
    Proof,
    SecondFactor,
    Session,
    SessionOver,
)


@attrs.frozen(kw_only=True)
class SignedIn:
    """What somebody who signed in has: a token for one place, and one to get the next token with."""

    access_token: str = attrs.field(repr=False)
    until: datetime
    """When the access token holds no longer."""
    refresh_token: str | None = attrs.field(repr=False)
    """Good once; None where the one that is there goes on."""
    membership: Membership
    second_factor: SecondFactor = SecondFactor.NOT_NEEDED
    """Where something is owed, the access token opens nothing but the way to it."""


class Signs(Protocol):
    """A verb that begins sessions."""

    @property
    def secrets(self) -> Secrets: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def ids(self) -> Ids: ...


def begin(
    by: Signs,
    people: PeopleStorage,
    login: Login,
    *,
    actor: Actor,
    at: datetime,
    proof: Proof,
    second_factor: bool = False,
) -> SignedIn | None:
    """Begin a session where the login has a place."""
    places = people.memberships(login.id)
    place = default_place(places, merchant_id=actor.merchant_id, last=login.last_person_id)
    if place is None:
        return None
    return begin_in(by, people, login, place, at=at, proof=proof, second_factor=second_factor)


def begin_in(
    by: Signs,
    people: PeopleStorage,
    login: Login,
    place: Membership,
    *,
    at: datetime,
    proof: Proof,
    second_factor: bool = False,
) -> SignedIn:
    """Begin a session in this place of the login."""
    session = Session.begin(
        id=by.ids.new(SessionId),
        login_id=login.id,
        person_id=place.person_id,
        at=at,
        proof=proof,
        second_factor=second_factor,
    )
    fresh = by.secrets.new_token()
    people.forget_sessions(login.id, before=at - SESSION_RESTS)
    people.begin(session, token_hash=by.secrets.token_hash(fresh))
    people.note_place(login.id, place.person_id)
    on = has_totp(people, login.id)
    return signed_in(by.tokens, session, place, on=on, refresh_token=fresh, at=at)


def has_totp(people: PeopleStorage, login_id: LoginId) -> bool:
    """Tell whether the second factor of a login is on."""
    totp = people.totp(login_id)
    return totp is not None and totp.on


def phone_of(text: str) -> Phone:
    """:raises InvalidPhone: if it is none."""
    try:
        return Phone(text)
    except ValueError:
        raise InvalidPhone from None


def name_of(text: str) -> str:
    """:raises InvalidName: if it is none."""
    try:
        return Text(text)
    except ValueError:
        raise InvalidName from None


def email_of(text: str) -> Email:
    """:raises InvalidEmail: if it is none."""
    try:
        return Email(text)
    except ValueError:
        raise InvalidEmail from None


def own_session(people: PeopleStorage, actor: Actor, *, at: datetime) -> Session:
    """The session in which somebody asks.

    :raises SessionOver: if there is none, or it is over.
    """
    session = None if actor.session_id is None else people.session(actor.session_id)
    if session is None or not session.holds(at=at):
        raise SessionOver
    return session


def let_pass(actor: Actor) -> None:
    """Let those pass who have said who they are, though they may owe the second factor.

    :raises Unauthenticated: if it is a guest.
    """
    policy.may(actor, Permission.MANAGE_LOGIN)


def let_proven_pass(actor: Actor) -> None:
    """Let those pass who have said who they are, and owe nothing.

    :raises Unauthenticated: if it is a guest.
    :raises Forbidden: if the second factor is owed.
    """
    let_pass(actor)
    policy.may(actor, Permission.BACK_OFFICE if actor.kind is ActorKind.STAFF else Permission.VIEW_ACCOUNT)


def place_of(places: Sequence[Membership], person_id: PersonId | None) -> Membership | None:
    """The place that is this person's."""
    return next((place for place in places if place.person_id == person_id), None)


def default_place(
    places: Sequence[Membership], *, merchant_id: MerchantId, last: PersonId | None
) -> Membership | None:
    """Choose a place: at this merchant where there is one; the last that was used, else the first."""
    near = [place for place in places if place.merchant_id == merchant_id] or places
    return place_of(near, last) or next(iter(near), None)


def signed_in(
    tokens: Tokens,
    session: Session,
    place: Membership,
    *,
    on: bool,
    refresh_token: str | None,
    at: datetime,
) -> SignedIn:
    """Make an access token for a place; `on` is whether the login has a second factor."""
    staff = place.customer_id is None
    stands = session.stands(on=on, staff=staff, demanded=place.second_factor)
    claims = Claims(
        merchant_id=place.merchant_id,
        kind=ActorKind.STAFF if staff else ActorKind.BUYER,
        person_id=place.person_id,
        customer_id=place.customer_id,
        session_id=session.id,
        second_factor=stands,
    )
    until = at + ACCESS_LASTS
    return SignedIn(
        access_token=tokens.issue(claims, until=until),
        until=until,
        refresh_token=refresh_token,
        membership=place,
        second_factor=stands,
    )
