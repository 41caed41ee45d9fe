"""Who may sign in at the two wholesalers."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from domain.identity import LoginId, PersonId, SessionId
from domain.people import FRESH, MOST_SENDS, Login, Phone, SentCodes, Session
from kit.world import World

SENT_OFTEN = Phone("13700000000")
"""A phone that was sent as many codes as it may be."""


def sign_up(world: World) -> Mapping[PersonId, SessionId]:
    """Let there be the logins that people have, each with a session, and a phone that was sent too many codes."""
    sessions: dict[PersonId, SessionId] = {}
    # Not so fresh that whoever asks to be erased would be.
    began_at = world.clock.now() - 2 * FRESH
    index = world.secrets.phone_index(SENT_OFTEN)
    sent = SentCodes(sent=tuple(world.clock.now() for _ in range(MOST_SENDS)))
    with world.database.people() as people:
        people.keep_codes(index, before=SentCodes(), after=sent)
        for shop in (world.shop, world.other):
            places: list[tuple[PersonId, LoginId | None]] = [
                (one.id, one.login_id) for one in shop.buyers.values()
            ]
            places += [(one.id, one.login_id) for one in shop.staff.values()]
            for person_id, login_id in places:
                assert login_id is not None, "everybody here has one"
                people.add_login(Login(id=login_id), phone=None)
                session = Session.begin(
                    id=world.ids.new(SessionId), login_id=login_id, person_id=person_id, at=began_at
                )
                people.begin(session, token_hash=session.id)
                sessions[person_id] = session.id
    return sessions


def sign_in_again(world: World, session_id: SessionId | None) -> None:
    """Let a session go on that was ended."""
    with world.database.people() as people:
        session = None if session_id is None else people.session(session_id)
        if session is not None:
            people.save_session(attrs.evolve(session, ended_at=None))
