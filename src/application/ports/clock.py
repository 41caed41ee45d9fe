"""Where chance enters: the time, and new identities."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from domain.identity import Id

AnyId = TypeVar("AnyId", bound=Id)


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""
        ...


class Ids(Protocol):
    """New identities, ordered by time, unguessable."""

    def new(self, kind: type[AnyId]) -> AnyId:
        """Make an identity of this kind that was never made before."""
        ...
