"""Tidying up: what was kept of people for a while is removed when the while is over."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from application.ports.clock import Clock
from application.ports.people import People, Tidied
from application.retrying import retrying

AT_ONCE = 500
"""So many of each kind are removed in one transaction, so that nobody waits for long."""


@attrs.frozen(kw_only=True)
class Tidy:
    """Remove sessions, tokens and codes that are over; never what was traded, nor the trail."""

    people: People
    clock: Clock
    scrub: Callable[[], bool]

    def __call__(self) -> Tidied:
        """Answer how much was removed; nothing is where it was done a moment ago."""
        total = Tidied()
        while any(some := retrying(self._some)()):
            total = Tidied(*(one + other for one, other in zip(total, some, strict=True)))
        self.scrub()
        return total

    def _some(self) -> Tidied:
        with self.people() as people:
            return people.tidy(at=self.clock.now(), most=AT_ONCE)
