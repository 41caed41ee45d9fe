"""Customer groups and tags: how the merchant's staff sort the buying companies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Self
from unicodedata import normalize

import attrs

from domain.errors import DomainError
from domain.identity import CustomerGroupId, CustomerId, ProductId, Text
from domain.period import aware

DEEPEST_GROUP = 8
MOST_GROUPS = 1_000
"""So many groups one merchant has at a time."""
MOST_TAGS = 20
"""So many tags one company carries."""


class GroupKind(Enum):
    """What a group is about. The level of a customer is no group: it is the price tier, of which each has one."""

    REGION = "REGION"
    FREE = "FREE"


class GroupUse(Enum):
    """What is for some customers, and may name a group of them."""

    COUPONS = "COUPONS"
    ORDER_TEMPLATES = "ORDER_TEMPLATES"
    PRICE_LISTS = "PRICE_LISTS"
    PROMOTIONS = "PROMOTIONS"
    SPECIAL_PRICES = "SPECIAL_PRICES"


class GroupName(Text):
    """What a group is called."""

    __slots__ = ()


class Tag(Text):
    """A free word on a company (标签), in lower case, of usual width, with single blanks: the same is written once."""

    __slots__ = ()
    longest = 32

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if nothing is left, it is too long, or it has characters that do not print."""
        return super().__new__(cls, _folded(text))


def _folded(text: str) -> str:
    """Fold case and width until nothing more is to fold: one round of either may leave work to the other."""
    while (folded := " ".join(normalize("NFKC", text).casefold().split())) != text:
        text = folded
    return text


@attrs.frozen(kw_only=True)
class CustomerGroup:
    """Companies that have something in common (客户分组). Regions form a tree; a company of one is of all above it."""

    id: CustomerGroupId
    kind: GroupKind
    name: GroupName
    ancestors: tuple[CustomerGroupId, ...] = attrs.field(
        default=(), validator=attrs.validators.max_len(DEEPEST_GROUP - 1)
    )
    """The groups above it, the topmost first."""
    deleted_at: datetime | None = attrs.field(default=None, validator=aware)
    """A group that is gone stays in the history of its companies."""

    def __attrs_post_init__(self) -> None:
        if self.ancestors and self.kind is not GroupKind.REGION:
            raise ValueError("only regions form a tree")

    @classmethod
    def create(
        cls, *, id: CustomerGroupId, kind: GroupKind, name: GroupName, below: CustomerGroup | None
    ) -> CustomerGroup:
        """Make a group, below another or at the top.

        :raises InvalidGroup: if one of them is no region, or it would be too deep.
        """
        if below is None:
            return cls(id=id, kind=kind, name=name)
        if kind is not GroupKind.REGION or below.kind is not GroupKind.REGION:
            raise InvalidGroup("NOT_A_REGION")
        if len(below.line) >= DEEPEST_GROUP:
            raise InvalidGroup("TOO_DEEP")
        return cls(id=id, kind=kind, name=name, ancestors=below.line)

    @property
    def parent_id(self) -> CustomerGroupId | None:
        """The group directly above it, if any."""
        return self.ancestors[-1] if self.ancestors else None

    @property
    def line(self) -> tuple[CustomerGroupId, ...]:
        """The groups above it and itself: whoever is in it is in all of them."""
        return (*self.ancestors, self.id)

    def rename(self, name: GroupName) -> CustomerGroup:
        """Call it otherwise."""
        return attrs.evolve(self, name=name)

    def delete(
        self,
        *,
        at: datetime,
        below: Collection[CustomerGroupId],
        named_by: Collection[ProductId],
        uses: Collection[GroupUse] = (),
    ) -> CustomerGroup:
        """Let it go; `below` are the groups below it, `named_by` the products whose visibility names it, and `uses`
        what else does.

        :raises GroupInUse: if there are any of these.
        """
        if below or named_by or uses:
            ordered = tuple(sorted(uses, key=lambda one: one.value))
            raise GroupInUse(self.id, tuple(below), tuple(named_by), ordered)
        return attrs.evolve(self, deleted_at=at)


@attrs.frozen(kw_only=True)
class GroupMembership:
    """A company in a group, for a time; one that ended no later than it began never was."""

    group_id: CustomerGroupId
    customer_id: CustomerId
    since: datetime = attrs.field(validator=aware)
    until: datetime | None = attrs.field(default=None, validator=aware)

    def __attrs_post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise ValueError("a membership ends after it began")


@attrs.frozen(kw_only=True)
class CustomerTags:
    """The tags that a company carries."""

    customer_id: CustomerId
    tags: frozenset[Tag] = attrs.field(default=frozenset(), validator=attrs.validators.max_len(MOST_TAGS))

    def change(self, *, add: Collection[Tag] = (), remove: Collection[Tag] = ()) -> CustomerTags:
        """Put tags on and take others off; what is there, or is not, is left as it is.

        :raises TooManyTags: if it would carry too many.
        """
        tags = (self.tags | {*add}) - {*remove}
        if len(tags) > MOST_TAGS:
            raise TooManyTags(self.customer_id)
        return attrs.evolve(self, tags=tags)


@attrs.frozen
class GroupNotFound(DomainError):
    """There is no such group."""

    reference: str


@attrs.frozen
class GroupNameTaken(DomainError):
    """Another group at the same place has this name."""

    name: str


@attrs.frozen
class GroupInUse(DomainError):
    """The group cannot go: there are groups below it, or the visibility of products or something else names it."""

    group_id: CustomerGroupId
    group_ids: tuple[CustomerGroupId, ...] = ()
    product_ids: tuple[ProductId, ...] = ()
    uses: tuple[GroupUse, ...] = ()


@attrs.frozen
class InvalidGroup(DomainError):
    """A group that cannot be: NAME, NOT_A_REGION, TOO_DEEP, or TOO_MANY where there are as many as there may be."""

    reason: str


@attrs.frozen
class InvalidTag(DomainError):
    """The text can be no tag."""

    text: str


@attrs.frozen
class TooManyTags(DomainError):
    """The company would carry more tags than it may."""

    customer_id: CustomerId
    most: int = MOST_TAGS


@attrs.frozen
class UnknownCustomer(DomainError):
    """There is no such company for whoever asks."""

    reference: str
    line: int = 0
