"""Signing in and out: a code on the phone, sessions that are refreshed, and a switch between places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.people import People, PeopleStorage
from application.ports.secrets import IdentityIndex, Secrets
from application.ports.text_messages import TextMessages
from application.ports.tokens import Tokens
from application.ports.wechat import WeChat, WeChatIdentity
from application.retrying import retrying
from application.signing_in import (
    SignedIn,
    begin,
    default_place,
    has_totp,
    let_pass,
    own_session,
    phone_of,
    place_of,
    signed_in,
)
from domain.identity import PersonId
from domain.people import (
    CODE_LASTS,
    InvalidCode,
    InvalidRefreshToken,
    MembershipNotFound,
    NoMembership,
    Phone,
    PhoneRequired,
    Proof,
    Session,
)


@attrs.frozen(kw_only=True)
class RequestCode:
    """Send a code to a phone, whoever's it is; that it is asked for counts, whether the message arrives or not."""

    people: People
    secrets: Secrets
    text_messages: TextMessages
    clock: Clock

    def __call__(self, *, actor: Actor, phone: str, locale: str) -> datetime:
        """Answer until when the code holds.

        :raises InvalidPhone: if it is none.
        :raises CodeSentAlready: if the last one was sent a moment ago.
        :raises TooManyCodes: if too many were sent within a day.
        :raises TextMessageFailed: if the message could not be sent.
        """
        policy.may(actor, Permission.BROWSE)
        number = phone_of(phone)
        index, code, at = self.secrets.phone_index(number), self.secrets.new_code(), self.clock.now()
        seal = self.secrets.code_seal(index, code)
        with self.people() as people:
            before = people.codes(index)
            people.keep_codes(index, before=before, after=before.send(seal, at=at))
        # After the transaction: nothing waits for a network while it keeps others waiting.
        self.text_messages.send_code(number, code, minutes=CODE_LASTS // timedelta(minutes=1), locale=locale)
        return at + CODE_LASTS


@attrs.frozen(kw_only=True)
class VerifyCode:
    """Sign somebody in by the code that was sent to the phone; every call is one try.

    Until the code is right nobody looks whose phone it is, so that no answer and no time can tell.
    """

    people: People
    secrets: Secrets
    tokens: Tokens
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, phone: str, code: str) -> SignedIn:
        """Sign in at the merchant that is asked, where the login has a place: where it was last, else the first.

        :raises InvalidPhone: if it is none.
        :raises InvalidCode: if the code is wrong or holds no longer.
        :raises NoMembership: if it is right, and the phone nobody's; the code is still good to register with.
        """
        policy.may(actor, Permission.BROWSE)
        index, at = self.secrets.phone_index(phone_of(phone)), self.clock.now()
        seal = self.secrets.code_seal(index, code.strip())
        entered: SignedIn | None = None
        with self.people() as people:
            before = people.codes(index)
            after, right = before.attempt(seal, at=at)
            login = people.login_at(index) if right else None
            if login is not None:
                entered = begin(self, people, login, actor=actor, at=at, proof=Proof.CODE)
            if right and entered is None:
                after = before.fail()
            if after != before:
                people.keep_codes(index, before=before, after=after)
        # Refused only now, because what counts is kept.
        if not right:
            raise InvalidCode
        if entered is None:
            raise NoMembership
        return entered


@attrs.frozen(kw_only=True)
class SignInByWeChat:
    """Sign somebody in whom WeChat knows; the first time the phone that WeChat shows says which login it is."""

    people: People
    secrets: Secrets
    wechat: WeChat
    tokens: Tokens
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, code: str, phone_code: str | None = None) -> SignedIn:
        """Sign in, at the place that a code on the phone would lead to.

        :raises PhoneRequired: if WeChat's identity leads to nobody yet, and no phone is shown.
        :raises NoMembership: if the login, or the phone that is shown, is nobody's.
        :raises WeChatRefused: if WeChat does not take a code.
        :raises WeChatUnavailable: if it does not answer.
        """
        policy.may(actor, Permission.BROWSE)
        # Before the transactions: WeChat is asked over a network, and takes each code once.
        indexes = indexes_of(self.wechat.identify(code), self.secrets)
        phone = None if phone_code is None else self.wechat.phone_number(phone_code)
        return retrying(self._enter)(actor, indexes, phone)

    def _enter(self, actor: Actor, indexes: Sequence[IdentityIndex], phone: Phone | None) -> SignedIn:
        with self.people() as people:
            logins = [people.login_of(one) for one in indexes]
            login = next((one for one in logins if one is not None), None)
            if login is None and phone is None:
                raise PhoneRequired
            if login is None and phone is not None:
                login = people.login_at(self.secrets.phone_index(phone))
            if login is None:
                raise NoMembership
            entered = begin(self, people, login, actor=actor, at=self.clock.now(), proof=Proof.WECHAT)
            if entered is None:
                raise NoMembership
            for one, leads_to in zip(indexes, logins, strict=True):
                if leads_to is None:
                    people.bind(one, login.id)
        return entered


@attrs.frozen(kw_only=True)
class Refresh:
    """Get the next tokens for a refresh token, which is good once: whoever brings it again ends the session."""

    people: People
    secrets: Secrets
    tokens: Tokens
    clock: Clock

    def __call__(self, *, actor: Actor, refresh_token: str) -> SignedIn:
        """Go on in the same place, or in another of the login where that is gone.

        :raises InvalidRefreshToken: if it is none, was used before, or its session is over.
        :raises NoMembership: if the login has no place any more; the token stays as it is.
        """
        policy.may(actor, Permission.BROWSE)
        at, hashed = self.clock.now(), self.secrets.token_hash(refresh_token)
        with self.people() as people:
            found = people.presented(hashed)
            session = None if found is None else found.session.refresh(spent=found.spent, at=at)
            if found is None or session is None or found.spent or not session.holds(at=at):
                if found is not None and session is not None and session != found.session:
                    people.save_session(session)
                entered = None
            else:
                entered = self._rotate(people, session, actor, spent=hashed, at=at)
        if entered is None:
            raise InvalidRefreshToken
        return entered

    def _rotate(
        self, people: PeopleStorage, session: Session, actor: Actor, *, spent: str, at: datetime
    ) -> SignedIn:
        places = people.memberships(session.login_id)
        place = place_of(places, session.person_id) or default_place(
            places, merchant_id=actor.merchant_id, last=None
        )
        if place is None:
            raise NoMembership
        fresh = self.secrets.new_token()
        after = session.switch(place.person_id)
        people.rotate(after, spent=spent, fresh=self.secrets.token_hash(fresh))
        on = has_totp(people, session.login_id)
        return signed_in(self.tokens, after, place, on=on, refresh_token=fresh, at=at)


@attrs.frozen(kw_only=True)
class SignOut:
    """End the session of whoever asks, or every session of the same login.

    A session that has ended is refreshed no more; an access token that is out holds until its few minutes are over.
    """

    people: People
    clock: Clock

    def __call__(self, *, actor: Actor, everywhere: bool = False) -> int:
        """Answer how many sessions were ended.

        :raises SessionOver: if whoever asks has no session, or it is over.
        :raises Unauthenticated: if it is a guest.
        """
        let_pass(actor)
        at = self.clock.now()
        with self.people() as people:
            session = own_session(people, actor, at=at)
            if everywhere:
                return people.end_sessions(session.login_id, at=at)
            people.save_session(attrs.evolve(session, ended_at=at))
            return 1


@attrs.frozen(kw_only=True)
class SwitchMembership:
    """Go on in another place of the same login: a new access token, in the same session."""

    people: People
    tokens: Tokens
    clock: Clock

    def __call__(self, *, actor: Actor, person_id: PersonId | None) -> SignedIn:
        """:raises MembershipNotFound: if the login has no such place.
        :raises SessionOver: if whoever asks has no session, or it is over.
        :raises Unauthenticated: if it is a guest.
        """
        let_pass(actor)
        at = self.clock.now()
        with self.people() as people:
            session = own_session(people, actor, at=at)
            place = place_of(people.memberships(session.login_id), person_id)
            if place is None:
                raise MembershipNotFound
            after = session.switch(place.person_id)
            people.save_session(after)
            people.note_place(session.login_id, place.person_id)
            on = has_totp(people, session.login_id)
        return signed_in(self.tokens, after, place, on=on, refresh_token=None, at=at)


def indexes_of(identity: WeChatIdentity, secrets: Secrets) -> list[IdentityIndex]:
    """What the identity is found by: within the mini-program, and across all of one account."""
    found = [secrets.identity_index(f"wechat {identity.app_id}", identity.open_id)]
    if identity.union_id is not None:
        found.append(secrets.identity_index("wechat union", identity.union_id))
    return found
