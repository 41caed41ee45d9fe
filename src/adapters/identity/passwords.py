"""Passwords as Argon2id keeps them (RFC 9106), and the codes of devices (RFC 6238)."""

from __future__ import annotations

import secrets
from base64 import b32decode, b32encode
from threading import BoundedSemaphore
from unicodedata import normalize

import attrs
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from application.ports.passwords import Checked, OneTimeCodes, Passwords
from domain.credentials import LONGEST_PASSWORD, STEP, STEP_DIGITS, CodeAt

MEMORY_KIB, TURNS, LANES = 19 * 1024, 2, 1
"""What OWASP's Password Storage Cheat Sheet asks of Argon2id at least."""
AT_ONCE = 2
"""So many are hashed at once: more would only take memory, and the processors of those who order."""
SECRET_OCTETS = 20
"""As many as SHA-1 makes (RFC 4226, 4)."""
_STEP_S = STEP.seconds


def _hasher(memory_kib: int, turns: int) -> PasswordHasher:
    return PasswordHasher(time_cost=turns, memory_cost=memory_kib, parallelism=LANES)


@attrs.frozen(kw_only=True)
class Argon2Passwords(Passwords):
    """Hashes with Argon2id, a few at a time."""

    memory_kib: int = MEMORY_KIB
    turns: int = TURNS
    _hasher: PasswordHasher = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda own: _hasher(own.memory_kib, own.turns), takes_self=True),
    )
    _nobodys: str = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda own: own._hasher.hash(secrets.token_urlsafe()), takes_self=True),
    )
    """Compared with where there is nothing to compare with."""
    _turn: BoundedSemaphore = attrs.field(
        init=False, repr=False, eq=False, factory=lambda: BoundedSemaphore(AT_ONCE)
    )

    def hash(self, text: str) -> str:
        with self._turn:
            return self._hasher.hash(_octets(text))

    def check(self, hash: str | None, text: str) -> Checked:
        if len(text) > LONGEST_PASSWORD:
            hash, text = None, ""
        with self._turn:
            try:
                self._hasher.verify(hash or self._nobodys, _octets(text))
            except (VerificationError, InvalidHashError):
                return Checked(right=False)
        return Checked(right=bool(hash), outdated=bool(hash) and self._hasher.check_needs_rehash(hash or ""))


@attrs.frozen
class DeviceCodes(OneTimeCodes):
    """Six digits every half minute, by HMAC-SHA-1: what every device's program knows."""

    def new_secret(self) -> str:
        return b32encode(secrets.token_bytes(SECRET_OCTETS)).decode()

    def codes(self, secret: str) -> CodeAt:
        totp = _totp(secret)
        return lambda step: totp.generate(step * _STEP_S).decode()

    def uri(self, secret: str, *, account: str, issuer: str) -> str:
        return _totp(secret).get_provisioning_uri(account, issuer)


def _totp(secret: str) -> TOTP:
    # SHA-1 is what devices know; what is broken of it does not touch HMAC (RFC 6194, 3.3).
    return TOTP(b32decode(secret), STEP_DIGITS, SHA1(), _STEP_S)


def _octets(text: str) -> bytes:
    """The text as octets; what looks alike is alike, and whatever a client can send has some."""
    return normalize("NFKC", text).encode("utf-8", "surrogatepass")
