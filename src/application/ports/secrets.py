"""Secrets: what is made by chance, and what is kept of it so that whoever reads the database learns nothing."""

from __future__ import annotations

from typing import NewType, Protocol

from domain.coupons import CouponCode
from domain.credentials import Email
from domain.invitations import InvitationCode
from domain.people import Phone

PhoneIndex = NewType("PhoneIndex", str)
"""What a phone is found by: the same for the same phone, and without the key it leads to none."""

EmailIndex = NewType("EmailIndex", str)
"""What an e-mail is found by: the same for the same address, and without the key it leads to none."""

IdentityIndex = NewType("IdentityIndex", str)
"""What somebody is found by whom others know: the same for the same identity, and without the key nobody's."""


class Secrets(Protocol):
    """Makes secrets, and seals them under a key."""

    def phone_index(self, phone: Phone) -> PhoneIndex:
        """Find out what the phone is found by."""
        ...

    def email_index(self, email: Email) -> EmailIndex:
        """Find out what the e-mail is found by."""
        ...

    def identity_index(self, issuer: str, identity: str) -> IdentityIndex:
        """Find out what an identity of this issuer is found by."""
        ...

    def new_code(self) -> str:
        """Make a one-time code: six digits, each sequence as likely as every other."""
        ...

    def code_seal(self, phone: PhoneIndex, code: str) -> str:
        """Seal a code that was sent to this phone, or that somebody claims was."""
        ...

    def new_invitation_code(self) -> InvitationCode:
        """Make a code of an invitation, each as likely as every other."""
        ...

    def new_coupon_code(self) -> CouponCode:
        """Make a code of a coupon, each as likely as every other."""
        ...

    def new_token(self) -> str:
        """Make a refresh token of 256 bits of chance."""
        ...

    def token_hash(self, token: str) -> str:
        """Find out what a refresh token, or a passcode, is kept as; any text has one."""
        ...

    def new_passcode(self) -> str:
        """Make something to be written down and typed: 80 bits of chance in letters and digits, in four groups."""
        ...

    def seal(self, about: str, text: str) -> str:
        """Encrypt a text; it can only be read again as what it is about."""
        ...

    def unseal(self, about: str, sealed: str) -> str:
        """Read what was sealed.

        :raises ValueError: if it is not what was sealed about this under this key.
        """
        ...
