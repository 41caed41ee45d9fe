"""Secrets by the machine's chance, sealed with HMAC-SHA-256 under keys of their own."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from urllib.parse import quote

import attrs

from application.ports.secrets import IdentityIndex, PhoneIndex, Secrets
from domain.invitations import InvitationCode
from domain.people import CODE_DIGITS, Phone

TOKEN_OCTETS = 32


@attrs.frozen(kw_only=True)
class KeyedSecrets(Secrets):
    """Every purpose has a key of its own, which is derived from one secret key."""

    key: bytes = attrs.field(repr=False)

    def phone_index(self, phone: Phone) -> PhoneIndex:
        return PhoneIndex(self._sealed("phone index", phone))

    def identity_index(self, issuer: str, identity: str) -> IdentityIndex:
        # Blanks are in neither, so that no two pairs are written the same.
        return IdentityIndex(self._sealed("identity index", f"{quote(issuer)} {quote(identity)}"))

    def new_code(self) -> str:
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"

    def code_seal(self, phone: PhoneIndex, code: str) -> str:
        return self._sealed("sign-in code", f"{phone} {code}")

    def new_invitation_code(self) -> InvitationCode:
        return InvitationCode.made_of(secrets.randbelow)

    def new_token(self) -> str:
        return secrets.token_urlsafe(TOKEN_OCTETS)

    def token_hash(self, token: str) -> str:
        return sha256(_octets(token)).hexdigest()

    def _sealed(self, purpose: str, text: str) -> str:
        derived = hmac.digest(self.key, f"dinghuo {purpose}".encode(), "sha256")
        return hmac.digest(derived, _octets(text), "sha256").hex()


def _octets(text: str) -> bytes:
    """The text as octets; whatever a client can send has some."""
    return text.encode("utf-8", "surrogatepass")
