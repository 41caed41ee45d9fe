"""The audit trail: who did what, when, from where, and what it was before and after, each entry chained to the last.

One merchant's entries are numbered from one without gaps. The hash of an entry is the SHA-256, in lower-case
hexadecimal, of the UTF-8 of three things one after the other: the hash of the entry before it (64 zeros before the
first), a line end, and the canonical form. The canonical form is the JSON array, without spaces and with every
character outside ASCII as it is, of

    ["dinghuo trail 1", merchant, sequence, microseconds since 1970 in UTC, actor's kind, person or null, address,
     request id, operation, kind of what it is about, its id, before, after]

where before and after are texts: JSON objects of texts, without spaces, their names sorted.

The chain has no secret: whoever can write to the database can write the whole of it anew. That is found by what was
kept of it elsewhere: an anchor is a head as it was once, and a chain that holds passes through it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from operator import attrgetter

import attrs

from domain.identity import Id, MerchantId, PersonId
from domain.period import aware

FORM = "dinghuo trail 1"
BEGINNING = "0" * 64
"""What stands for the hash before the first entry."""
LONGEST_ORIGIN = 255
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Facts = Mapping[str, str]
"""What something was, by the names of its parts."""


def _legible(text: str) -> str:
    """What can be stored and shown of a text that nobody has checked."""
    return "".join(char if char.isprintable() else "?" for char in text[:LONGEST_ORIGIN])


@attrs.frozen(kw_only=True)
class Origin:
    """Where something is asked from: the peer's address or the system's user, and what the request is called."""

    address: str = attrs.field(default="", converter=_legible)
    request_id: str = attrs.field(default="", converter=_legible)


NOWHERE = Origin()


@attrs.frozen(kw_only=True)
class Doer:
    """Who acts: what they are to the merchant, which person where there is one, and from where."""

    kind: str
    person_id: PersonId | None = None
    origin: Origin = NOWHERE


@attrs.frozen(kw_only=True)
class TrailNote:
    """What a verb has to say of what it did to one thing."""

    at: datetime = attrs.field(validator=aware)
    operation: str
    about: Id
    before: Facts = attrs.field(factory=dict)
    after: Facts = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class TrailEntry:
    """One action as it is kept: nothing in it ever changes. What is read back is taken as it is, true or not."""

    merchant_id: str
    sequence: int
    at: int
    """Microseconds since 1970."""
    actor_kind: str
    person_id: str | None
    address: str
    request_id: str
    operation: str
    about_kind: str
    about_id: str
    before: str
    after: str
    previous: str
    hash: str = ""

    @property
    def canonical(self) -> str:
        """The canonical form, as the module says."""
        return _plain([FORM, *_hashed(self)])

    def digest(self) -> str:
        """What its hash has to be."""
        return sha256(f"{self.previous}\n{self.canonical}".encode(errors="surrogatepass")).hexdigest()


_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode
_hashed = attrgetter(*(field.name for field in attrs.fields(TrailEntry)[:-2]))


@attrs.frozen(kw_only=True)
class TrailHead:
    """Where a merchant's trail ends: its last entry's number and hash."""

    sequence: int = 0
    hash: str = BEGINNING

    def extend(
        self, notes: Iterable[TrailNote], *, merchant_id: MerchantId, by: Doer
    ) -> tuple[TrailEntry, ...]:
        """Write notes down as the entries that follow this head."""
        previous = self.hash
        entries: list[TrailEntry] = []
        for sequence, note in enumerate(notes, start=self.sequence + 1):
            unsigned = TrailEntry(
                merchant_id=merchant_id,
                sequence=sequence,
                at=(note.at - _EPOCH) // _MICROSECOND,
                actor_kind=by.kind,
                person_id=by.person_id,
                address=by.origin.address,
                request_id=by.origin.request_id,
                operation=note.operation,
                about_kind=type(note.about).__name__.removesuffix("Id"),
                about_id=note.about,
                before=_written(note.before),
                after=_written(note.after),
                previous=previous,
            )
            entry = attrs.evolve(unsigned, hash=unsigned.digest())
            entries.append(entry)
            previous = entry.hash
        return tuple(entries)

    @classmethod
    def after(cls, entries: Sequence[TrailEntry]) -> TrailHead:
        """The head of a trail that ends with these, of which there is at least one."""
        return cls(sequence=entries[-1].sequence, hash=entries[-1].hash)


def _written(facts: Facts) -> str:
    return _plain(dict(sorted(facts.items())))


def facts_of(text: str) -> Facts:
    """Read what an entry says of before or after."""
    found: dict[str, str] = json.loads(text)
    return found


class Fault(Enum):
    """What is wrong with a trail at the first place where it does not hold."""

    EDITED = "EDITED"
    """What the entry says is not what was hashed."""
    MISSING = "MISSING"
    """The number is left out, and others follow."""
    OUT_OF_ORDER = "OUT_OF_ORDER"
    """What stands here does not follow what stands before it."""
    APPENDED = "APPENDED"
    """There are entries after the head."""
    TRUNCATED = "TRUNCATED"
    """It ends before its head, or before an anchor."""
    REWRITTEN = "REWRITTEN"
    """It is whole, and another one than was anchored, or than its head says."""


@attrs.frozen
class BrokenLink:
    """The first place at which a trail does not hold: the number that belongs there, and what is wrong."""

    sequence: int
    fault: Fault


def first_broken(
    entries: Iterable[TrailEntry], *, head: TrailHead, anchors: Collection[TrailHead] = ()
) -> BrokenLink | None:
    """Follow a trail from its first entry, one at a time, and find the first place where it does not hold.

    The head is the one stored beside the entries; anchors are heads as they were, kept elsewhere.
    """
    at, last = 0, BEGINNING
    for entry in entries:
        at += 1
        fault = _fault(entry, at, last, head, anchors)
        if fault is not None:
            return BrokenLink(at, fault)
        last = entry.hash
    if head.sequence != at or any(anchor.sequence > at for anchor in anchors):
        return BrokenLink(at + 1, Fault.TRUNCATED)
    if head.hash != last:
        return BrokenLink(at, Fault.REWRITTEN)
    return None


def _fault(
    entry: TrailEntry, at: int, last: str, head: TrailHead, anchors: Collection[TrailHead]
) -> Fault | None:
    if entry.sequence != at:
        return Fault.MISSING if entry.sequence > at else Fault.OUT_OF_ORDER
    if at > head.sequence:
        return Fault.APPENDED
    if entry.previous != last:
        return Fault.OUT_OF_ORDER
    if entry.digest() != entry.hash:
        return Fault.EDITED
    if any(anchor.sequence == at and anchor.hash != entry.hash for anchor in anchors):
        return Fault.REWRITTEN
    return None
