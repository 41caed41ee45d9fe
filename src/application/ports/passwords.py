"""Passwords and codes of devices: what takes arithmetic to make and to check."""

from __future__ import annotations

from typing import Protocol

import attrs

from domain.credentials import CodeAt


@attrs.frozen
class Checked:
    """Whether a password was right, and whether its hash should be made anew, as new ones are now."""

    right: bool
    outdated: bool = False


class Passwords(Protocol):
    """Hashes passwords; slow on purpose, so that nobody calls it on an event loop or inside a transaction."""

    def hash(self, text: str) -> str:
        """Make what is kept of a password: other each time."""
        ...

    def check(self, hash: str | None, text: str) -> Checked:
        """Compare what somebody claims is the password with what is kept.

        Where nothing is kept it takes as long, and is never right.
        """
        ...


class OneTimeCodes(Protocol):
    """The codes of devices (TOTP, RFC 6238)."""

    def new_secret(self) -> str:
        """Make a secret, in base 32 as devices take it."""
        ...

    def codes(self, secret: str) -> CodeAt:
        """The codes of a secret, by step."""
        ...

    def uri(self, secret: str, *, account: str, issuer: str) -> str:
        """What a device reads the secret from, as a QR code."""
        ...
