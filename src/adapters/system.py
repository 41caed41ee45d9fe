"""The machine we run on: its clock, and identities by its clock and its chance."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
from uuid_utils.compat import uuid7

from application.ports.clock import AnyId, Clock, Ids


@attrs.frozen
class SystemClock(Clock):
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@attrs.frozen
class RandomIds(Ids):
    """Identities of 48 bits of time and 74 bits of chance (UUID version 7)."""

    def new(self, kind: type[AnyId]) -> AnyId:
        return kind.of(uuid7().bytes)
