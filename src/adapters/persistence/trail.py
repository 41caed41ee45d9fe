"""The audit trail in tables: entries and where each merchant's trail ends; and the verbs' port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import BigInteger, Column, Index, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import Whole, Words, tenant_table
from application.authorization import Actor
from application.ports.storage import Trail
from domain.identity import MerchantId
from domain.trail import BEGINNING, TrailEntry, TrailHead, TrailNote

AT_ONCE = 1_000
"""So many entries are read at once to follow a trail."""

trail = tenant_table(
    "trail",
    Column("sequence", Whole, nullable=False),
    # Microseconds since 1970 on every database: what is hashed is what is stored.
    Column("at", Whole, nullable=False),
    Column("actor_kind", Words, nullable=False),
    Column("person_id", Words),
    Column("address", Words, nullable=False),
    Column("request_id", Words, nullable=False),
    Column("operation", Words, nullable=False),
    Column("about_kind", Words, nullable=False),
    Column("about_id", Words, nullable=False),
    Column("before", Words, nullable=False),
    Column("after", Words, nullable=False),
    Column("previous", Words, nullable=False),
    Column("hash", Words, nullable=False),
    Index(None, "merchant_id", "at", "sequence"),
    Index(None, "merchant_id", "about_id", "at", "sequence"),
    Index(None, "merchant_id", "person_id", "at", "sequence"),
    key=("sequence",),
)
trail_heads = tenant_table(
    "trail_heads",
    Column("sequence", Whole, nullable=False),
    Column("hash", Words, nullable=False),
    key=(),
)


def entry_row(entry: TrailEntry) -> Row:
    return attrs.astuple(entry)


def entry_of(row: Row) -> TrailEntry:
    """Read an entry of the table's columns, as it is there."""
    id, sequence, *rest = row
    return TrailEntry(merchant_id=id, sequence=_number(sequence), **dict(zip(_REST, rest, strict=True)))


def _number(stored: Any) -> int:
    """A number of the trail; one that no entry has where something else was put in its place, as SQLite lets one."""
    return stored if isinstance(stored, int) else -1


_REST = tuple(field.name for field in attrs.fields(TrailEntry)[2:])


def _locking(insert: Any) -> Statement:
    """Take the merchant's head, new where there is none, and keep it until the unit of work ends."""
    first = insert(trail_heads).values(
        merchant_id=bindparam("merchant_id"), sequence=bindparam("nothing"), hash=bindparam("beginning")
    )
    return Statement(
        first.on_conflict_do_update(
            index_elements=["merchant_id"], set_={"sequence": trail_heads.c.sequence}
        ).returning(trail_heads.c.sequence, trail_heads.c.hash)
    )


_LOCK = {"postgresql": _locking(postgres_insert), "sqlite": _locking(sqlite_insert)}
_HEADS = Statement(select(*trail_heads.c))


@lru_cache(maxsize=2)
def _some(*, more: bool) -> Statement:
    """The first entries of a trail, or those that follow."""
    after = [trail.c.sequence > bindparam("after", type_=BigInteger())] if more else []
    return Statement(
        select(*trail.c)
        .where(trail.c.merchant_id == bindparam("merchant_id"), *after)
        .order_by(trail.c.sequence)
        .limit(bindparam("most"))
    )


@attrs.frozen
class SqlTrail(Trail):
    """The audit trail of one merchant."""

    session: Session
    actor: Actor
    noted: list[TrailNote]

    def note(self, *notes: TrailNote) -> None:
        self.noted.extend(notes)

    def settle(self) -> None:
        """Write down what was noted, as the last thing of all: nobody waits for anything with the head in hand."""
        if not self.noted:
            return
        merchant_id = self.actor.merchant_id
        asked = {"merchant_id": merchant_id, "nothing": 0, "beginning": BEGINNING}
        [(sequence, hash)] = self.session.all(_LOCK[self.session.dialect.name], asked)
        entries = TrailHead(sequence=sequence, hash=hash).extend(
            self.noted, merchant_id=merchant_id, by=self.actor.doer
        )
        head = TrailHead.after(entries)
        self.session.insert(trail, map(entry_row, entries))
        self.session.replace(trail_heads, [(merchant_id, head.sequence, head.hash)])


def heads(session: Session) -> Mapping[MerchantId, TrailHead]:
    """Where the trail of each merchant ends, as the table says."""
    return {
        MerchantId(id): TrailHead(sequence=_number(sequence), hash=hash)
        for id, sequence, hash in session.all(_HEADS, {})
    }


def chain(session: Session, merchant_id: MerchantId) -> Iterator[TrailEntry]:
    """The trail of a merchant from its first entry on, some at a time."""
    asked = {"merchant_id": merchant_id, "most": AT_ONCE}
    rows = session.all(_some(more=False), asked)
    while rows:
        yield from map(entry_of, rows)
        rows = session.all(_some(more=True), {**asked, "after": rows[-1][1]}) if len(rows) == AT_ONCE else []
