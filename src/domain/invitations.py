"""Invitations: a code that lets somebody register, as a new company or as a colleague of one that is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Self

import attrs

from domain.customers import Role
from domain.errors import DomainError
from domain.groups import MOST_TAGS, Tag
from domain.identity import CustomerId, InvitationId, PriceTierId, StaffId, Text
from domain.period import aware

CODE_LENGTH = 10
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0, 1, I, L, O and U: nobody reads one for another, and no word comes of them."""
MOST_USES = 1_000
LONGEST = timedelta(days=366)
_GROUP = 5


class InvitationCode(str):
    """Ten letters and digits of which each is one of 30: 49 bits; written `ABCDE-FGHJK`, in either case."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it cannot be one; blanks and dashes do not count."""
        plain = text.upper().replace("-", "").replace(" ", "") if len(text) <= 2 * CODE_LENGTH else ""
        if len(plain) != CODE_LENGTH or not set(CODE_LETTERS).issuperset(plain):
            raise ValueError(f"an invitation code is {CODE_LENGTH} of {CODE_LETTERS}")
        return super().__new__(cls, plain)

    @classmethod
    def made_of(cls, chance: Callable[[int], int]) -> Self:
        """Make one by chance, which answers with a number below the one that it is given."""
        return cls("".join(CODE_LETTERS[chance(len(CODE_LETTERS))] for _ in range(CODE_LENGTH)))

    @property
    def shown(self) -> str:
        """As it is written for people."""
        return f"{self[:_GROUP]}-{self[_GROUP:]}"


class PersonName(Text):
    """What a person is called."""

    __slots__ = ()
    longest = 50


@attrs.frozen(kw_only=True)
class Welcome:
    """What whoever is invited becomes."""

    tier_id: PriceTierId | None = None
    """The tier of a new company; the merchant's usual one where none is said."""
    sales_rep_id: StaffId | None = None
    """Who looks after a new company."""
    customer_id: CustomerId | None = None
    """The company that is joined; where there is none, a new one registers."""
    role: Role = Role.OWNER
    parent_id: CustomerId | None = None
    """The company that a new one is a branch of."""
    tags: tuple[Tag, ...] = attrs.field(default=(), validator=attrs.validators.max_len(MOST_TAGS))
    """What a new company is tagged with."""

    def __attrs_post_init__(self) -> None:
        if list(self.tags) != sorted({*self.tags}):
            raise ValueError("every tag stands once, in order")
        if self.customer_id is None and self.role is not Role.OWNER:
            raise ValueError("the first of a company is its owner")
        if self.customer_id is not None and (
            self.tier_id or self.sales_rep_id or self.parent_id or self.tags
        ):
            raise ValueError(
                "a company that is there has its tier, its place, its tags and who looks after it"
            )


@attrs.frozen(kw_only=True)
class Invitation:
    """A code that staff made for somebody: how often, until when, and what becomes of whoever comes with it."""

    id: InvitationId
    code: InvitationCode
    welcome: Welcome = Welcome()
    phone_index: str | None = attrs.field(default=None, repr=False)
    """Only whoever has this phone may come, known by what a phone is found by."""
    phone: str | None = None
    """The same phone, masked, to be shown."""
    most_uses: int = attrs.field(
        default=1, validator=[attrs.validators.ge(1), attrs.validators.le(MOST_USES)]
    )
    uses: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    made_by: StaffId | None = None
    made_at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)
    revoked_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if self.uses > self.most_uses:
            raise ValueError("used more often than it may be")
        if not self.made_at < self.expires_at <= self.made_at + LONGEST:
            raise ValueError("an invitation holds for a while, at most for a year")

    def admit(self, *, phone_index: str | None, at: datetime) -> Invitation:
        """Let somebody in with it, once more.

        :param phone_index: what the phone is found by that was shown; None where none was.
        :raises InvitationRevoked: if it was called back.
        :raises InvitationExpired: if its time is over.
        :raises InvitationUsedUp: if nobody may come with it any more.
        :raises InvitationForAnother: if it is for a phone, and this is another or none.
        """
        if self.revoked_at is not None:
            raise InvitationRevoked
        if at >= self.expires_at:
            raise InvitationExpired
        if self.uses >= self.most_uses:
            raise InvitationUsedUp
        if self.phone_index is not None and not compare_digest(self.phone_index, phone_index or ""):
            raise InvitationForAnother
        return attrs.evolve(self, uses=self.uses + 1)

    def revoke(self, *, at: datetime) -> Invitation:
        """Call it back; one that was called back stays so since then."""
        return self if self.revoked_at is not None else attrs.evolve(self, revoked_at=at)

    def forget_phone(self, *, at: datetime) -> Invitation:
        """Take out for whom it is; where somebody could still come it is called back, or anybody could."""
        over = at >= self.expires_at or self.uses >= self.most_uses
        left = self if over or self.phone_index is None else self.revoke(at=at)
        return attrs.evolve(left, phone_index=None, phone=None)


@attrs.frozen
class InvitationNotFound(DomainError):
    """There is no such invitation."""


@attrs.frozen
class InvitationRevoked(DomainError):
    """The invitation was called back."""


@attrs.frozen
class InvitationExpired(DomainError):
    """The time of the invitation is over."""


@attrs.frozen
class InvitationUsedUp(DomainError):
    """As many have come with the invitation as may."""


@attrs.frozen
class InvitationForAnother(DomainError):
    """The invitation is for another phone."""


@attrs.frozen
class AlreadyMember(DomainError):
    """The login buys for this company already."""


@attrs.frozen
class InvalidEntry(DomainError):
    """Something that was filled in cannot be: which field of the input."""

    field: str
