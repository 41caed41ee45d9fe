"""People: logins, the codes sent to their phones, and their sessions. They belong to no merchant."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

import attrs

from application.ports.secrets import EmailIndex, IdentityIndex, PhoneIndex
from application.views.people import Membership
from domain.credentials import Credentials, Totp, Tries
from domain.identity import LoginId, MerchantId, PersonId, SessionId
from domain.merchant import Merchant
from domain.people import Login, SentCodes, Session


@attrs.frozen
class Presented:
    """A refresh token that was made once: its session, and whether it has been spent."""

    session: Session
    spent: bool


class Tidied(NamedTuple):
    """How much was removed."""

    sessions: int = 0
    tokens: int = 0
    codes: int = 0


class PeopleStorage(Protocol):
    """What is stored of people, inside one transaction."""

    def login_at(self, phone: PhoneIndex) -> Login | None:
        """Find the login of a phone."""
        ...

    def add_login(self, login: Login, *, phone: PhoneIndex | None) -> None:
        """Store a new login.

        :raises Stale: if the phone has one already.
        """
        ...

    def login_of(self, identity: IdentityIndex) -> Login | None:
        """Find the login that is known elsewhere by this identity."""
        ...

    def bind(self, identity: IdentityIndex, login_id: LoginId) -> None:
        """Let the login be found by an identity that leads to none yet; one that leads to it already stays.

        :raises Stale: if it leads to another.
        """
        ...

    def memberships(self, login_id: LoginId, *, suspended: bool = False) -> tuple[Membership, ...]:
        """Every place of the login, at every merchant: as a buyer first, then as staff, the oldest first.

        Places where it is suspended are left out, unless they are asked for.
        """
        ...

    def note_place(self, login_id: LoginId, person_id: PersonId) -> None:
        """Remember as whom the login was last here."""
        ...

    def codes(self, phone: PhoneIndex) -> SentCodes:
        """What was sent to the phone, kept as it is until the transaction ends."""
        ...

    def keep_codes(self, phone: PhoneIndex, *, before: SentCodes, after: SentCodes) -> None:
        """Store what has become of what was sent to the phone.

        :raises Stale: if what is stored is no longer what was before.
        """
        ...

    def tries(self, email: EmailIndex) -> Tries:
        """How often a password was tried with this e-mail, whether it is somebody's or not; it is kept as it is until
        the transaction ends."""
        ...

    def keep_tries(self, email: EmailIndex, *, before: Tries, after: Tries) -> None:
        """Store how often it was tried; what is older than a day is forgotten, whosever it is.

        :raises Stale: if what is stored is no longer what was before.
        """
        ...

    def credentials_at(self, email: EmailIndex) -> Credentials | None:
        """Find the e-mail and password of whoever has this e-mail."""
        ...

    def credentials_of(self, login_id: LoginId) -> Credentials | None:
        """Find the e-mail and password of a login."""
        ...

    def put_credentials(self, credentials: Credentials, *, before: Credentials | None) -> None:
        """Store the e-mail and password of a login, in place of those before.

        :raises Stale: if the e-mail is another's, or what is stored is no longer what was before.
        """
        ...

    def totp(self, login_id: LoginId) -> Totp | None:
        """Find the second factor of a login; it is kept as it is until the transaction ends."""
        ...

    def put_totp(self, totp: Totp) -> None:
        """Store the second factor of a login, in place of the one before."""
        ...

    def remove_totp(self, login_id: LoginId) -> None:
        """Remove the second factor of a login."""
        ...

    def begin(self, session: Session, *, token_hash: str) -> None:
        """Store a new session with its first refresh token."""
        ...

    def presented(self, token_hash: str) -> Presented | None:
        """Find a refresh token, spent or not, with its session; both stay as they are until the transaction ends."""
        ...

    def rotate(self, session: Session, *, spent: str, fresh: str) -> None:
        """Store the session as it is now; one token is spent, a fresh one follows it. Both are hashes.

        :raises Stale: if the token was spent meanwhile.
        """
        ...

    def session(self, session_id: SessionId) -> Session | None:
        """Find a session; it stays as it is until the transaction ends."""
        ...

    def save_session(self, session: Session) -> None:
        """Store as whom the session goes on, and whether it has ended."""
        ...

    def end_sessions(self, login_id: LoginId, *, at: datetime) -> int:
        """End every session of the login, and count those that had not ended."""
        ...

    def login(self, login_id: LoginId) -> Login | None:
        """Find a login."""
        ...

    def phone_of(self, login_id: LoginId) -> PhoneIndex | None:
        """What the phone of the login is found by."""
        ...

    def identities(self, login_id: LoginId) -> int:
        """Count by how many identities the login is known elsewhere."""
        ...

    def sessions_of(self, login_id: LoginId) -> tuple[Session, ...]:
        """The sessions of the login that are kept, the oldest first."""
        ...

    def merchant(self, merchant_id: MerchantId) -> Merchant:
        """The merchant of a membership."""
        ...

    def erase_login(self, login_id: LoginId) -> None:
        """Remove a login that has no place, with its identities, codes, password, factor, sessions, tokens."""
        ...

    def tidy(self, *, at: datetime, most: int) -> Tidied:
        """Remove some of what is over: at most so many sessions with their tokens, spent tokens, and codes.

        The tries of e-mails with which nobody has tried for a day go uncounted.
        """
        ...

    def end_others(self, session: Session, *, at: datetime) -> None:
        """End every session of its login but this one."""
        ...

    def end_sessions_as(self, person_id: PersonId, *, at: datetime) -> None:
        """End every session that goes on as this person."""
        ...

    def forget_sessions(self, login_id: LoginId, *, before: datetime) -> None:
        """Remove the login's sessions, with their tokens, that ended or were last refreshed before this instant."""
        ...


class People(Protocol):
    """Opens transactions over what belongs to people and to no merchant."""

    def __call__(self) -> AbstractContextManager[PeopleStorage]:
        """Open a transaction: leaving the block commits, raising rolls back.

        :raises Busy: if the database could not be had; the whole block may be tried again.
        """
        ...
