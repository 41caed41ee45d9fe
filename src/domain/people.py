"""People as they sign in: their phones, the codes that are sent to these, and how long somebody stays signed in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest
from typing import Self

import attrs

from domain.errors import DomainError
from domain.identity import LoginId, PersonId, SessionId

CODE_DIGITS = 6
CODE_LASTS = timedelta(minutes=5)
MOST_TRIES = 5
"""So many wrong tries burn a code."""
SEND_EVERY = timedelta(seconds=60)
SENDS_WITHIN = timedelta(days=1)
MOST_SENDS = 10
"""A phone is sent at most so many codes within any day; whoever guesses at all of them is right once in 20,000 days."""
ACCESS_LASTS = timedelta(minutes=15)
"""An access token is believed for so long without asking whether its session goes on."""
SESSION_RESTS = timedelta(days=30)
"""A session that is not refreshed for so long is over."""
SESSION_LASTS = timedelta(days=180)
SESSION_KEPT = timedelta(days=30)
"""A session that is over, and a refresh token that was spent, are kept for so long, to tell what came of them."""
FRESH = timedelta(minutes=10)
"""So long after signing in it needs no other proof who somebody is."""

_LONGEST_PHONE = 32
_BETWEEN = re.compile(r"[ \-]+")
_MAINLAND = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})", re.ASCII)


class Phone(str):
    """A mobile phone of the Chinese mainland: `+86` and eleven digits, however it was written."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it is none; `+86` or `0086` may stand before it, blanks and dashes within."""
        found = _MAINLAND.fullmatch(_BETWEEN.sub("", text)) if len(text) <= _LONGEST_PHONE else None
        if found is None:
            raise ValueError("a phone has eleven digits and begins with 13 to 19")
        return super().__new__(cls, f"+86{found[1]}")

    @property
    def masked(self) -> str:
        """As it may be shown and kept: the last four digits."""
        return f"+86*******{self[-4:]}"


@attrs.frozen(kw_only=True)
class Login:
    """One person, everywhere: whoever can read what is sent to the phone, and is known by it elsewhere."""

    id: LoginId
    phone: str | None = None
    """The phone, masked."""
    last_person_id: PersonId | None = None
    """As whom the person was last here."""


@attrs.frozen(kw_only=True)
class SentCodes:
    """What was sent to one phone: the code that holds, sealed, and when it and those before it were sent."""

    seal: str = attrs.field(default="", repr=False)
    """Empty where no code holds: none was sent, it was used, or too many tries were wrong."""
    sent: tuple[datetime, ...] = ()
    """Within a day, the oldest first."""
    tries: int = 0
    """How many were wrong since the last code was sent."""

    def send(self, seal: str, *, at: datetime) -> SentCodes:
        """Send another code; from then on only this one holds.

        :raises CodeSentAlready: if the last one was sent a moment ago.
        :raises TooManyCodes: if too many were sent within a day.
        """
        within = tuple(one for one in self.sent if one > at - SENDS_WITHIN)
        if within and at < within[-1] + SEND_EVERY:
            raise CodeSentAlready(_seconds(within[-1] + SEND_EVERY - at))
        if len(within) >= MOST_SENDS:
            raise TooManyCodes(_seconds(within[0] + SENDS_WITHIN - at))
        return SentCodes(seal=seal, sent=(*within, at))

    def attempt(self, seal: str, *, at: datetime) -> tuple[SentCodes, bool]:
        """Try a code, sealed as the one that was sent, and say whether it is the one; it can be that only once.

        Every wrong try counts, and the last that is allowed burns the code.
        """
        equal = compare_digest(self.seal, seal)
        if not self.seal or at >= self.sent[-1] + CODE_LASTS:
            return self, False
        return (attrs.evolve(self, seal=""), True) if equal else (self.fail(), False)

    def fail(self) -> SentCodes:
        """Count a try that was wrong, or came with something else that was; the last that is allowed burns the code."""
        tries = self.tries + 1
        return attrs.evolve(self, tries=tries, seal=self.seal if tries < MOST_TRIES else "")

    def are_over(self, *, at: datetime) -> bool:
        """Tell whether they say nothing any more: no code holds, and none counts."""
        return not self.sent or self.sent[-1] <= at - SENDS_WITHIN


class Proof(Enum):
    """What somebody showed when they signed in."""

    CODE = "CODE"
    WECHAT = "WECHAT"
    PASSWORD = "PASSWORD"


class SecondFactor(Enum):
    """How a session stands with the second factor, in one of its places."""

    NOT_NEEDED = "NOT_NEEDED"
    SHOWN = "SHOWN"
    OWED = "OWED"
    """It is on, and was not shown: until it is, nothing else is open."""
    SET_UP_OWED = "SET_UP_OWED"
    """The merchant demands one, and the login has none: until it is set up, nothing else is open."""

    @property
    def lacking(self) -> bool:
        """Whether something has to be done first."""
        return self in (SecondFactor.OWED, SecondFactor.SET_UP_OWED)


@attrs.frozen(kw_only=True)
class Session:
    """Somebody signed in on one device, as one person at a time: a family of refresh tokens, each good once."""

    id: SessionId
    login_id: LoginId
    person_id: PersonId
    began_at: datetime
    refreshed_at: datetime
    ended_at: datetime | None = None
    proof: Proof = Proof.CODE
    second_factor: bool = False
    """Whether the second factor was shown, too."""

    @classmethod
    def begin(
        cls,
        *,
        id: SessionId,
        login_id: LoginId,
        person_id: PersonId,
        at: datetime,
        proof: Proof = Proof.CODE,
        second_factor: bool = False,
    ) -> Session:
        """Sign somebody in."""
        return cls(
            id=id,
            login_id=login_id,
            person_id=person_id,
            began_at=at,
            refreshed_at=at,
            proof=proof,
            second_factor=second_factor,
        )

    def stands(self, *, on: bool, staff: bool, demanded: bool) -> SecondFactor:
        """Say how it stands with the second factor in a place: of staff, or where the merchant demands it of staff.

        Buyers who come by phone or WeChat are asked for none: there is nothing but the own company to be reached.
        """
        if self.second_factor:
            return SecondFactor.SHOWN
        if on and (staff or self.proof is Proof.PASSWORD):
            return SecondFactor.OWED
        return SecondFactor.SET_UP_OWED if staff and demanded else SecondFactor.NOT_NEEDED

    def holds(self, *, at: datetime) -> bool:
        """Tell whether it can still be refreshed: not ended, not left alone for too long, not too old."""
        until = min(self.refreshed_at + SESSION_RESTS, self.began_at + SESSION_LASTS)
        return self.ended_at is None and at < until

    def is_fresh(self, *, at: datetime) -> bool:
        """Tell whether somebody has signed in with it a moment ago, and it goes on."""
        return self.holds(at=at) and at < self.began_at + FRESH

    def has_shown_phone(self, *, at: datetime) -> bool:
        """Tell whether a code on the phone was shown just now: that alone stands for a password."""
        return self.proof is Proof.CODE and self.is_fresh(at=at)

    def refresh(self, *, spent: bool, at: datetime) -> Session:
        """Refresh it with one of its tokens; one that was spent before has been in two hands, and ends the session."""
        if spent and self.ended_at is None:
            return attrs.evolve(self, ended_at=at)
        return attrs.evolve(self, refreshed_at=at) if self.holds(at=at) else self

    def switch(self, person_id: PersonId) -> Session:
        """Go on as the person that the login is somewhere else."""
        return attrs.evolve(self, person_id=person_id)


def _seconds(wait: timedelta) -> int:
    """Whole seconds, at least as long."""
    return -(-wait // timedelta(seconds=1))


@attrs.frozen
class InvalidPhone(DomainError):
    """This is no mobile phone of the Chinese mainland."""


@attrs.frozen
class CodeSentAlready(DomainError):
    """A code was sent to the phone a moment ago; another can be sent after so many seconds."""

    wait_s: int


@attrs.frozen
class TooManyCodes(DomainError):
    """Too many codes were sent to the phone within a day; another can be sent after so many seconds."""

    wait_s: int


@attrs.frozen
class InvalidCode(DomainError):
    """The code is wrong, or holds no longer: it was used, is too old, or was tried too often."""


@attrs.frozen
class PhoneRequired(DomainError):
    """Nobody has signed in so before: whose phone it is has to be shown once."""


@attrs.frozen
class NoMembership(DomainError):
    """The phone is right, but nobody buys or works with it anywhere."""


@attrs.frozen
class InvalidRefreshToken(DomainError):
    """The refresh token is none, was used before, or its session is over."""


@attrs.frozen
class SessionOver(DomainError):
    """Whoever asks did not sign in with a session, or it is over."""


@attrs.frozen
class ConfirmationRequired(DomainError):
    """Who asks has to be shown again: by a code on the phone, or by signing in."""


@attrs.frozen
class MembershipNotFound(DomainError):
    """The login has no such place."""
