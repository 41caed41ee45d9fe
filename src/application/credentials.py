"""Signing in by an e-mail and a password, and the second factor."""

from __future__ import annotations

from typing import TypeVar

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.passwords import Checked, OneTimeCodes, Passwords
from application.ports.people import People
from application.ports.secrets import EmailIndex, Secrets
from application.ports.storage import Stale
from application.ports.tokens import Tokens
from application.retrying import retrying
from application.second_factor import attempt, told
from application.signing_in import (
    SignedIn,
    begin,
    email_of,
    let_pass,
    own_session,
)
from domain.credentials import (
    Credentials,
    EmailRequired,
    EmailTaken,
    InvalidCredentials,
    InvalidPassword,
    InvalidTotp,
    NewPasswordRequired,
    OldPasswordRequired,
    Password,
    SecondFactorRequired,
    Tries,
)
from domain.errors import DomainError
from domain.identity import LoginId
from domain.people import NoMembership, Proof

R = TypeVar("R")


@attrs.frozen(kw_only=True)
class SignInWithPassword:
    """Sign somebody in by an e-mail and a password; every call is one try.

    It is counted before the password is looked at, for e-mails that are nobody's as well, and then exactly one
    password is compared: neither the answer nor the time tells whether an e-mail is somebody's.
    """

    people: People
    secrets: Secrets
    passwords: Passwords
    codes: OneTimeCodes
    tokens: Tokens
    clock: Clock
    ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        email: str,
        password: str,
        totp: str | None = None,
        new_password: str | None = None,
    ) -> SignedIn:
        """Sign in, at the place that a code on the phone would lead to; what is then owed the session says.

        :raises InvalidEmail: if it is none.
        :raises TooManyTries: if there were too many of late.
        :raises InvalidCredentials: if the e-mail or the password is wrong.
        :raises NewPasswordRequired: if it is a first password, and no other takes its place.
        :raises InvalidPassword: if that cannot be one.
        :raises InvalidTotp: if there is a second factor, and the code is not of it.
        :raises NoMembership: if everything is right, and the login has no place any more.
        """
        policy.may(actor, Permission.BROWSE)
        index, fresh = self.secrets.email_index(email_of(email)), _chosen(new_password)
        found = retrying(self._counted)(index)
        # Between the transactions: it is slow on purpose, and nothing waits for it.
        checked = self.passwords.check(None if found is None else found.hash, password)
        if found is None or not checked.right:
            raise InvalidCredentials
        if found.first_until is not None and fresh is None:
            retrying(self._forgotten)(index)
            raise NewPasswordRequired
        after = self._renewed(found, checked, password, fresh)
        return told(retrying(self._enter)(actor, index, found, after, totp))

    def _counted(self, index: EmailIndex) -> Credentials | None:
        at = self.clock.now()
        with self.people() as people:
            before = people.tries(index)
            people.keep_tries(index, before=before, after=before.begin(at=at))
            found = people.credentials_at(index)
        return found if found is not None and found.holds(at=at) else None

    def _forgotten(self, index: EmailIndex) -> None:
        with self.people() as people:
            people.keep_tries(index, before=people.tries(index), after=Tries())

    def _renewed(
        self, found: Credentials, checked: Checked, password: str, fresh: Password | None
    ) -> Credentials:
        """What is kept from now on: hashed anew where it was hashed as it no longer is."""
        if found.first_until is not None and fresh is not None:
            return attrs.evolve(found, hash=self.passwords.hash(fresh.text), first_until=None)
        if checked.outdated:
            return attrs.evolve(found, hash=self.passwords.hash(password))
        return found

    def _enter(
        self, actor: Actor, index: EmailIndex, found: Credentials, after: Credentials, totp: str | None
    ) -> SignedIn | DomainError:
        at = self.clock.now()
        with self.people() as people:
            people.keep_tries(index, before=people.tries(index), after=Tries())
            factor = people.totp(found.login_id)
            shown = False
            if factor is not None and factor.on and totp is not None:
                factor, shown = attempt(self, factor, totp, at=at)
                people.put_totp(factor)
                if not shown:
                    return InvalidTotp()
            if people.credentials_of(found.login_id) != found:
                raise Stale(found.login_id)
            if after != found:
                people.put_credentials(after, before=found)
            login = people.login(found.login_id)
            if login is None:
                raise Stale(found.login_id)
            entered = begin(
                self, people, login, actor=actor, at=at, proof=Proof.PASSWORD, second_factor=shown
            )
        return entered or NoMembership()


@attrs.frozen(kw_only=True)
class SetPassword:
    """Set the password of one's own login, and with it the e-mail that it goes with; all other sessions end."""

    people: People
    secrets: Secrets
    passwords: Passwords
    clock: Clock

    def __call__(
        self, *, actor: Actor, new_password: str, old_password: str | None = None, email: str | None = None
    ) -> str:
        """Answer with the e-mail to sign in with, masked.

        :raises InvalidPassword: if the new one cannot be one.
        :raises InvalidEmail: if it is none.
        :raises EmailTaken: if it is another's.
        :raises EmailRequired: if there is none yet.
        :raises OldPasswordRequired: if it is not given, and there was no code on the phone just now.
        :raises SecondFactorRequired: if there is one, and this session has not shown it.
        :raises TooManyTries: if the old password was tried too often of late.
        :raises InvalidCredentials: if it is wrong.
        :raises SessionOver: if whoever asks has no session, or it is over.
        """
        let_pass(actor)
        fresh = _password(new_password)
        index = None if email is None else self.secrets.email_index(email_of(email))
        shown = "" if email is None else email_of(email).masked
        login_id, before = retrying(self._allowed)(actor, index, claimed=old_password is not None)
        if old_password is not None:
            kept = before.hash if before is not None and before.hash else None
            if not self.passwords.check(kept, old_password).right:
                raise InvalidCredentials
        after = Credentials(
            login_id=login_id,
            index=index or (before.index if before else ""),
            email=shown or (before.email if before else ""),
            hash=self.passwords.hash(fresh.text),
        )
        retrying(self._keep)(actor, before, after)
        return after.email

    def _allowed(
        self, actor: Actor, index: EmailIndex | None, *, claimed: bool
    ) -> tuple[LoginId, Credentials | None]:
        at = self.clock.now()
        with self.people() as people:
            session = own_session(people, actor, at=at)
            before, totp = people.credentials_of(session.login_id), people.totp(session.login_id)
            if totp is not None and totp.on and not session.second_factor:
                raise SecondFactorRequired
            if index is None and before is None:
                raise EmailRequired
            other = None if index is None else people.credentials_at(index)
            if other is not None and other.login_id != session.login_id:
                raise EmailTaken
            if not claimed and not session.has_shown_phone(at=at):
                raise OldPasswordRequired
            if claimed and before is not None:
                tried = EmailIndex(before.index)
                tries = people.tries(tried)
                people.keep_tries(tried, before=tries, after=tries.begin(at=at))
        return session.login_id, before

    def _keep(self, actor: Actor, before: Credentials | None, after: Credentials) -> None:
        at = self.clock.now()
        with self.people() as people:
            session = own_session(people, actor, at=at)
            people.put_credentials(after, before=before)
            tried = EmailIndex(after.index)
            people.keep_tries(tried, before=people.tries(tried), after=Tries())
            people.end_others(session, at=at)


def _password(text: str) -> Password:
    try:
        return Password(text)
    except ValueError:
        raise InvalidPassword from None


def _chosen(text: str | None) -> Password | None:
    return None if text is None else _password(text)
