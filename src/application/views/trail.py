"""The audit trail as the merchant's staff see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import attrs

from application.authorization import ActorKind
from application.views.pages import Slice, Window
from domain.identity import PersonId
from domain.privacy import Veil
from domain.trail import TrailEntry, facts_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen(kw_only=True, cache_hash=True)
class TrailWant:
    """What is asked for of an entry beside what is written in it."""

    person_name: bool = False


@attrs.frozen(kw_only=True)
class TrailFilter:
    """Which entries: all of what is given must hold."""

    about_id: str | None = None
    """What they are about: an order, a SKU or anything else."""
    person_id: PersonId | None = None
    """Who acted."""
    since: datetime | None = None
    until: datetime | None = None
    """Up to this instant, and without it."""

    @property
    def since_us(self) -> int | None:
        """In microseconds since 1970."""
        return None if self.since is None else (self.since - _EPOCH) // _MICROSECOND

    @property
    def until_us(self) -> int | None:
        """In microseconds since 1970."""
        return None if self.until is None else (self.until - _EPOCH) // _MICROSECOND

    def keeps(self, entry: TrailEntry) -> bool:
        """Tell whether the entry is one of these."""
        return (
            self.about_id in (None, entry.about_id)
            and self.person_id in (None, entry.person_id)
            and (self.since_us is None or entry.at >= self.since_us)
            and (self.until_us is None or entry.at < self.until_us)
        )


ANY_ENTRY = TrailFilter()


class TrailFact(NamedTuple):
    """One part of what an entry is about, as it was and as it is; None where it was not, or is no more."""

    name: str
    before: str | None
    after: str | None


class TrailCard(NamedTuple):
    """An entry, and what the person is called now where that was wanted."""

    sequence: int
    at: datetime
    actor_kind: ActorKind
    person_id: str | None
    address: str
    request_id: str
    operation: str
    about_kind: str
    about_id: str
    facts: tuple[TrailFact, ...]
    previous: str
    hash: str
    person_name: str | None = None


def trail_card(entry: TrailEntry, *, person_name: str | None, veil: Veil) -> TrailCard:
    """Show an entry to somebody to whom people are shown so."""
    before, after = facts_of(entry.before), facts_of(entry.after)
    return TrailCard(
        sequence=entry.sequence,
        at=_EPOCH + timedelta(microseconds=entry.at),
        actor_kind=ActorKind(entry.actor_kind),
        person_id=entry.person_id,
        address=entry.address,
        request_id=entry.request_id,
        operation=entry.operation,
        about_kind=entry.about_kind,
        about_id=entry.about_id,
        facts=tuple(TrailFact(name, before.get(name), after.get(name)) for name in sorted({*before, *after})),
        previous=entry.previous,
        hash=entry.hash,
        person_name=person_name and veil.name(person_name),
    )


class TrailBook(Protocol):
    """Queries over the audit trail, opened for one actor at one moment; whoever may not look sees none of it."""

    async def entries(
        self, *, window: Window, filter: TrailFilter, count: bool, want: TrailWant = TrailWant()
    ) -> Slice[TrailCard]:
        """A page of entries, newest first, by the key (microseconds since 1970, sequence)."""
        ...
