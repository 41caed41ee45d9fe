"""Visibility (可见商品): to whom a product is shown.

A product is shown to everyone, guests too, unless it is restricted; then it is shown to those alone whom its rules
name. Whoever it is hidden from never sees it, whatever else the rules say.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.identity import AudienceId, CustomerGroupId, CustomerId, PriceTierId

MOST_RULES = 100
"""So many groups, tiers and companies the visibility of one product names."""


@attrs.frozen
class Audience:
    """Everything that visibility may know a company by: itself, its tier, its groups and those above them."""

    ids: frozenset[AudienceId] = frozenset()

    @classmethod
    def of(
        cls, *, customer_id: CustomerId, tier_id: PriceTierId, group_ids: Iterable[CustomerGroupId]
    ) -> Audience:
        """A company, by all its names."""
        return cls(frozenset({customer_id, tier_id, *group_ids}))


NOBODY = Audience()
"""Guests: they see what is shown to everyone."""


class VisibilityReason(Enum):
    """Why a product is shown to somebody, or is not."""

    EVERYONE = "EVERYONE"
    NAMED = "NAMED"
    NOT_NAMED = "NOT_NAMED"
    HIDDEN = "HIDDEN"


@attrs.frozen
class Verdict:
    """Whether somebody sees a product, why, and which of the names they go by decided it, where one did."""

    visible: bool
    reason: VisibilityReason
    audience_id: AudienceId | None = None


def _known(_: object, __: attrs.Attribute[frozenset[AudienceId]], ids: frozenset[AudienceId]) -> None:
    if not all(isinstance(id, CustomerGroupId | PriceTierId | CustomerId) for id in ids):
        raise ValueError("goods are shown to groups, tiers and companies")


@attrs.frozen(kw_only=True)
class Visibility:
    """To whom one product is shown."""

    restricted: bool = False
    """Whether only those see it whom `shown_to` names."""
    shown_to: frozenset[AudienceId] = attrs.field(default=frozenset(), validator=_known)
    hidden_from: frozenset[AudienceId] = attrs.field(default=frozenset(), validator=_known)

    def __attrs_post_init__(self) -> None:
        if self.shown_to and not self.restricted:
            raise ValueError("what is shown to everyone is shown to nobody in particular")
        if self.shown_to & self.hidden_from:
            raise ValueError("nobody is shown a product and kept from it")
        if len(self.shown_to) + len(self.hidden_from) > MOST_RULES:
            raise ValueError(f"at most {MOST_RULES} are named")

    @classmethod
    def decide(
        cls, *, restricted: bool, shown_to: Iterable[AudienceId], hidden_from: Iterable[AudienceId]
    ) -> Visibility:
        """Decide to whom a product is shown.

        :raises InvalidVisibility: if the rules contradict each other, or are too many.
        """
        shown, hidden = frozenset(shown_to), frozenset(hidden_from)
        if shown and not restricted:
            raise InvalidVisibility("NOT_RESTRICTED")
        if shown & hidden:
            raise InvalidVisibility("BOTH")
        if len(shown) + len(hidden) > MOST_RULES:
            raise InvalidVisibility("TOO_MANY")
        return cls(restricted=restricted, shown_to=shown, hidden_from=hidden)

    @property
    def for_everyone(self) -> bool:
        """Whether there is nobody who does not see it."""
        return not self.restricted and not self.hidden_from

    def verdict(self, audience: Audience) -> Verdict:
        """Tell whether this audience sees it, and why."""
        hidden = self.hidden_from & audience.ids
        if hidden:
            return Verdict(False, VisibilityReason.HIDDEN, min(hidden))
        if not self.restricted:
            return Verdict(True, VisibilityReason.EVERYONE)
        named = self.shown_to & audience.ids
        if named:
            return Verdict(True, VisibilityReason.NAMED, min(named))
        return Verdict(False, VisibilityReason.NOT_NAMED)


FOR_EVERYONE = Visibility()


@attrs.frozen
class InvalidVisibility(DomainError):
    """Rules that cannot be: NOT_RESTRICTED, BOTH, TOO_MANY or TWICE."""

    reason: str
    line: int = 0


@attrs.frozen
class UnknownAudience(DomainError):
    """There is no such group, tier or company: where it was named, and in which line if there are several."""

    reference: str
    line: int | None = None
    field: str = "audience"


@attrs.frozen
class UnknownProduct(DomainError):
    """There is no such product."""

    reference: str
    line: int = 0
