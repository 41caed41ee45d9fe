"""Looking for lies in what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import attrs

from domain.identity import (
    MerchantId,
)
from domain.trail import TrailHead


@attrs.frozen(kw_only=True)
class Finding:
    """A lie found in what is stored: which invariant, of which merchant, about what."""

    invariant: str
    merchant_id: str
    about: str
    facts: Mapping[str, Any]


NO_ANCHORS: Mapping[MerchantId, Collection[TrailHead]] = MappingProxyType({})


class Audit(Protocol):
    """Recomputes every invariant over everything that is stored, of all merchants."""

    def findings(
        self, *, anchors: Mapping[MerchantId, Collection[TrailHead]] = NO_ANCHORS
    ) -> Iterable[Finding]:
        """Yield every lie that is found; the audit trails have to pass through their anchors."""
        ...

    def trail_heads(self) -> Mapping[MerchantId, TrailHead]:
        """Tell where the audit trail of each merchant ends that has one."""
        ...

    def checks(self) -> Mapping[str, str]:
        """Name the invariants that are checked, each with one sentence."""
        ...
