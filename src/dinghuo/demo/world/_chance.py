"""Chance that can be repeated: identities made of a moment and of seeded random bits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Self

from application.ports.clock import AnyId, Ids

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class ChanceIds(Ids):
    """Identities ordered by the moment that is set, the same for the same seed."""

    def __init__(self, chance: Random, at: datetime) -> None:
        self._chance, self._prefix = chance, b""
        self.at(at)

    def at(self, moment: datetime) -> Self:
        """Make the identities of things of this moment from now on."""
        self._prefix = ((moment - _EPOCH) // _MILLISECOND).to_bytes(6, "big")
        return self

    def new(self, kind: type[AnyId]) -> AnyId:
        return kind.of(self._prefix + self._chance.getrandbits(80).to_bytes(10, "big"))
