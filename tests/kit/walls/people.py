"""Who may sign in at the two wholesalers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs

from domain.credentials import Credentials, Email, Totp
from domain.identity import LoginId, PersonId, SessionId
from domain.people import FRESH, MOST_SENDS, Login, Phone, Proof, SentCodes, Session
from kit.world import CHEAP, DEVICE, Shop, World

SENT_OFTEN = Phone("13700000000")
"""A phone that was sent as many codes as it may be."""
TAKEN = Email("taken@example.com")
"""An e-mail that somebody has who has no place anywhere."""
GONE = "signed out"
"""Who has signed out, and whose access token is not over yet."""
RECOVERY = "recovery"
"""A code for recovery, as plain as it can be."""
FIRST = "the first password"


def sign_up(world: World) -> Mapping[PersonId, SessionId]:
    """Let there be the logins that people have, each with a session; a phone that was sent too many codes, and an
    e-mail that is somebody's."""
    sessions: dict[PersonId, SessionId] = {}
    # Not so fresh that whoever asks to be erased would be.
    began_at = world.clock.now() - 2 * FRESH
    index = world.secrets.phone_index(SENT_OFTEN)
    sent = SentCodes(sent=tuple(world.clock.now() for _ in range(MOST_SENDS)))
    stranger = Login(id=world.ids.new(LoginId))
    with world.database.people() as people:
        people.keep_codes(index, before=SentCodes(), after=sent)
        people.add_login(stranger, phone=None)
        people.put_credentials(_credentials(world, stranger.id, TAKEN), before=None)
        for shop in (world.shop, world.other):
            places: list[tuple[PersonId, LoginId | None]] = [
                (one.id, one.login_id) for one in shop.buyers.values()
            ]
            places += [(one.id, one.login_id) for one in shop.staff.values()]
            for person_id, login_id in places:
                assert login_id is not None, "everybody here has one"
                people.add_login(Login(id=login_id), phone=None)
                session = Session.begin(
                    id=world.ids.new(SessionId),
                    login_id=login_id,
                    person_id=person_id,
                    at=began_at,
                    proof=Proof.PASSWORD,
                )
                people.begin(session, token_hash=session.id)
                sessions[person_id] = session.id
                if person_id == shop.buyers[GONE].id:
                    people.save_session(attrs.evolve(session, ended_at=world.clock.now()))
    return sessions


def sign_in_again(world: World, session_id: SessionId | None) -> None:
    """Let a session go on that was ended."""
    with world.database.people() as people:
        session = None if session_id is None else people.session(session_id)
        if session is not None:
            people.save_session(attrs.evolve(session, ended_at=None))


@contextmanager
def with_first_password(world: World, session_id: SessionId, email: Email) -> Iterator[None]:
    """Let the login of a session have a first password as long as the block runs; then it has one it cannot use."""
    login_id = _login_of(world, session_id)
    with world.database.people() as people:
        before = people.credentials_of(login_id)
        after = _credentials(world, login_id, email)
        people.put_credentials(after, before=before)
    yield
    with world.database.people() as people:
        people.put_credentials(attrs.evolve(after, hash=""), before=after)


@contextmanager
def with_second_factor(world: World, session_id: SessionId) -> Iterator[None]:
    """Let the login of a session have a second factor as long as the block runs."""
    login_id = _login_of(world, session_id)
    sealed = world.secrets.seal(f"platform|login_factors|sealed|{login_id}", DEVICE.new_secret())
    totp = Totp(login_id=login_id, sealed=sealed).turn_on([world.secrets.token_hash(RECOVERY)])
    with world.database.people() as people:
        people.put_totp(totp)
    yield
    with world.database.people() as people:
        people.remove_totp(login_id)


@contextmanager
def demanding(world: World, shop: Shop) -> Iterator[None]:
    """Let a merchant demand the second factor as long as the block runs."""
    for demanded in (True, False):
        with world.database.unit_of_work(shop.operator) as storage:
            storage.colleagues.demand_second_factor(demanded)
        if demanded:
            yield


def _login_of(world: World, session_id: SessionId) -> LoginId:
    with world.database.people() as people:
        session = people.session(session_id)
    assert session is not None, "everybody here has one"
    return session.login_id


def _credentials(world: World, login_id: LoginId, email: Email) -> Credentials:
    return Credentials(
        login_id=login_id,
        index=world.secrets.email_index(email),
        email=email.masked,
        hash=CHEAP.hash(FIRST),
        first_until=world.clock.now().replace(year=2099),
    )
