"""What a login shows beside its phone: an e-mail with a password, and a second factor (TOTP, RFC 6238)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Self
from unicodedata import normalize

import attrs

from domain.errors import DomainError
from domain.identity import LoginId

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 128
FEWEST_CHARACTERS = 5
"""A password has at least so many different characters."""
FIRST_LASTS = timedelta(days=7)
"""So long somebody may sign in with the first password, which others have seen."""
MOST_TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)
"""Within any such time there are so many tries; who guesses at passwords has 480 a day."""
TRIES_KEPT = timedelta(days=1)
"""After that it is forgotten that somebody tried."""
MOST_STEPS = 30
"""So many codes may be wrong within a day. Three codes hold at a time, so that whoever guesses at them all day is
right with a chance of 30 · 3 / 10⁶ < 10⁻⁴."""
STEPS_WITHIN = timedelta(days=1)
STEP = timedelta(seconds=30)
STEP_DIGITS = 6
STEPS_ASIDE = 1
"""The codes of so many steps before and after hold too, because clocks differ."""
RECOVERY_CODES = 10

_LONGEST_EMAIL = 254
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Email(str):
    """An e-mail address in lower case: who signs in does not have to remember which letters are large."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it is none."""
        lower = text.strip().lower()
        if len(lower) > _LONGEST_EMAIL or _EMAIL.fullmatch(lower) is None:
            raise ValueError("an e-mail address has a name, an @ and a domain")
        return super().__new__(cls, lower)

    @property
    def masked(self) -> str:
        """As it may be shown and kept: the first letters of the name and of the domain."""
        name, _, domain = self.rpartition("@")
        return f"{name[0]}***@{domain[0]}***"


def _alike(text: str) -> str:
    return normalize("NFKC", text)


def _hard(_: object, __: attrs.Attribute[str], text: str) -> None:
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD or len({*text}) < FEWEST_CHARACTERS:
        raise ValueError("a password has 10 to 128 characters, at least five of them different")


@attrs.frozen
class Password:
    """A password that may be chosen; what looks alike is alike (NFKC)."""

    text: str = attrs.field(repr=False, converter=_alike, validator=_hard)


@attrs.frozen
class Tries:
    """When something was tried of late, the oldest first."""

    at: tuple[datetime, ...] = ()

    def begin(self, *, at: datetime) -> Tries:
        """Count a try before it is known how it ends, so that many at once are not more.

        :raises TooManyTries: if there were too many of late.
        """
        recent = self._since(at - TRIES_WITHIN)
        if len(recent) >= MOST_TRIES:
            raise TooManyTries(_seconds(recent[-MOST_TRIES] + TRIES_WITHIN - at))
        return Tries((*recent, at))

    def may(self, *, at: datetime) -> None:
        """Let one more be tried, of those of which only the wrong ones count.

        :raises TooManyTries: if too many were wrong of late, or within a day.
        """
        self.begin(at=at)
        within = self._since(at - STEPS_WITHIN)
        if len(within) >= MOST_STEPS:
            raise TooManyTries(_seconds(within[-MOST_STEPS] + STEPS_WITHIN - at))

    def fail(self, *, at: datetime) -> Tries:
        """Count one that was wrong."""
        return Tries((*self._since(at - STEPS_WITHIN), at))

    def _since(self, instant: datetime) -> tuple[datetime, ...]:
        return tuple(one for one in self.at if one > instant)


@attrs.frozen(kw_only=True)
class Credentials:
    """The e-mail and the password of a login, as they are kept."""

    login_id: LoginId
    index: str
    """What the e-mail is found by."""
    email: str
    """Masked."""
    hash: str = attrs.field(default="", repr=False)
    """Empty where none was chosen yet."""
    first_until: datetime | None = None
    """Until when a first password holds, which has to be replaced as soon as it is used."""

    def holds(self, *, at: datetime) -> bool:
        """Tell whether the password may be used."""
        return bool(self.hash) and (self.first_until is None or at < self.first_until)


CodeAt = Callable[[int], str]
"""The code of a step."""


def step_of(at: datetime) -> int:
    """Count the steps since 1970 (RFC 6238, 4.2)."""
    return (at - _EPOCH) // STEP


@attrs.frozen(kw_only=True)
class Totp:
    """A second factor: a secret that is on a device of the person, as it is kept here."""

    login_id: LoginId
    sealed: str = attrs.field(repr=False)
    """The secret, encrypted."""
    on: bool = False
    """Not before a code has shown that the device has the secret."""
    last_step: int = 0
    """The step of the last code that was taken; none is taken twice."""
    recovery: tuple[str, ...] = attrs.field(default=(), repr=False)
    """Hashes of what helps where the device is lost, each once."""
    tries: Tries = Tries()
    """Those that were wrong."""

    def attempt(self, code: str, code_at: CodeAt, *, hashed: str, at: datetime) -> tuple[Totp, bool]:
        """Try a code of the device, or with its hash one of those for recovery, and say whether it is one.

        :raises TooManyTries: if too many were wrong of late.
        """
        self.tries.may(at=at)
        now, found = step_of(at), 0
        for step in range(max(now - STEPS_ASIDE, self.last_step + 1), now + STEPS_ASIDE + 1):
            if compare_digest(code_at(step).encode(), code.encode("utf-8", "surrogatepass")):
                found = step
        if found:
            return attrs.evolve(self, last_step=found), True
        left = tuple(one for one in self.recovery if not compare_digest(one, hashed))
        if len(left) < len(self.recovery):
            return attrs.evolve(self, recovery=left), True
        return attrs.evolve(self, tries=self.tries.fail(at=at)), False

    def turn_on(self, recovery: Collection[str]) -> Totp:
        """Take it into use, with these hashes of codes for recovery."""
        return attrs.evolve(self, on=True, recovery=tuple(recovery))


def _seconds(wait: timedelta) -> int:
    """Whole seconds, at least as long."""
    return -(-wait // timedelta(seconds=1))


@attrs.frozen
class InvalidName(DomainError):
    """A name has 1 to 64 printable characters."""


@attrs.frozen
class InvalidEmail(DomainError):
    """This is no e-mail address."""


@attrs.frozen
class EmailTaken(DomainError):
    """Somebody else signs in with this e-mail."""


@attrs.frozen
class EmailRequired(DomainError):
    """The login has no e-mail yet, and a password goes with one."""


@attrs.frozen
class InvalidPassword(DomainError):
    """This cannot be a password: it is too short or too long, or of too few different characters."""

    shortest: int = SHORTEST_PASSWORD
    longest: int = LONGEST_PASSWORD


@attrs.frozen
class InvalidCredentials(DomainError):
    """Nobody signs in with this e-mail and this password."""


@attrs.frozen
class TooManyTries(DomainError):
    """There were too many tries; another may be made after so many seconds."""

    wait_s: int


@attrs.frozen
class NewPasswordRequired(DomainError):
    """It is a first password, which others have seen: another has to take its place at once."""


@attrs.frozen
class OldPasswordRequired(DomainError):
    """Whoever has not just signed in by a code on the phone shows the old password."""


@attrs.frozen
class InvalidTotp(DomainError):
    """The code is wrong, too old or used, and none for recovery that is left."""


@attrs.frozen
class SecondFactorRequired(DomainError):
    """The login has a second factor, and this session has not shown it."""


@attrs.frozen
class SecondFactorOn(DomainError):
    """The login has a second factor already."""


@attrs.frozen
class SecondFactorOff(DomainError):
    """The login has no second factor, or it was not begun to set one up."""


@attrs.frozen
class SecondFactorDemanded(DomainError):
    """A merchant for whom the person works demands the second factor."""
