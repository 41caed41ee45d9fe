"""Secrets by the machine's chance, sealed with HMAC-SHA-256 or AES-256-GCM under keys of their own."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.ports.secrets import EmailIndex, IdentityIndex, PhoneIndex, Secrets
from domain.coupons import CouponCode
from domain.credentials import Email
from domain.invitations import InvitationCode
from domain.people import CODE_DIGITS, Phone

TOKEN_OCTETS = 32
PASSCODE_OCTETS = 10
_NONCE_OCTETS = 12
_SEALED = "1"
"""How sealed texts begin, so that they can be told from those of another form."""


@attrs.frozen(kw_only=True)
class KeyedSecrets(Secrets):
    """Every purpose has a key of its own, which is derived from the key of indexes or the other one."""

    key: bytes = attrs.field(repr=False)
    index_key: Callable[[], bytes] = attrs.field(
        repr=False, default=attrs.Factory(lambda self: lambda: self.key, takes_self=True)
    )
    """What phones, e-mails and identities are indexed with, and second factors sealed, looked up when it is needed:
    where it changes nobody is found."""

    def phone_index(self, phone: Phone) -> PhoneIndex:
        return PhoneIndex(self._sealed("phone index", phone, self.index_key()))

    def email_index(self, email: Email) -> EmailIndex:
        return EmailIndex(self._sealed("e-mail index", email, self.index_key()))

    def identity_index(self, issuer: str, identity: str) -> IdentityIndex:
        # Blanks are in neither, so that no two pairs are written the same.
        return IdentityIndex(
            self._sealed("identity index", f"{quote(issuer)} {quote(identity)}", self.index_key())
        )

    def new_code(self) -> str:
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"

    def code_seal(self, phone: PhoneIndex, code: str) -> str:
        return self._sealed("sign-in code", f"{phone} {code}", self.key)

    def new_invitation_code(self) -> InvitationCode:
        return InvitationCode.made_of(secrets.randbelow)

    def new_coupon_code(self) -> CouponCode:
        return CouponCode.made_of(secrets.randbelow)

    def new_token(self) -> str:
        return secrets.token_urlsafe(TOKEN_OCTETS)

    def token_hash(self, token: str) -> str:
        return sha256(_octets(token)).hexdigest()

    def new_passcode(self) -> str:
        text = b32encode(secrets.token_bytes(PASSCODE_OCTETS)).decode().lower()
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))

    def seal(self, about: str, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        sealed = self._cipher().encrypt(nonce, text.encode(), about.encode())
        return f"{_SEALED}." + urlsafe_b64encode(nonce + sealed).decode()

    def unseal(self, about: str, sealed: str) -> str:
        form, _, text = sealed.partition(".")
        try:
            octets = urlsafe_b64decode(text) if form == _SEALED else b""
            opened = self._cipher().decrypt(octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:], about.encode())
        except (InvalidTag, ValueError):
            raise ValueError("not sealed here, or about something else, or under another key") from None
        return opened.decode()

    def _cipher(self) -> AESGCM:
        # Of the key of indexes, because that never changes: with another nobody could show their codes any more.
        return AESGCM(_derived("seal", self.index_key()))

    def _sealed(self, purpose: str, text: str, key: bytes) -> str:
        return hmac.digest(_derived(purpose, key), _octets(text), "sha256").hex()


def _derived(purpose: str, key: bytes) -> bytes:
    return hmac.digest(key, f"dinghuo {purpose}".encode(), "sha256")


def _octets(text: str) -> bytes:
    """The text as octets; whatever a client can send has some."""
    return text.encode("utf-8", "surrogatepass")
