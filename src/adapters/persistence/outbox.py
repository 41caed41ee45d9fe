"""The outbox: every fact, in the transaction that made it true, in order per aggregate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Column, Index, text

from adapters.persistence.facts import written
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row
from adapters.persistence.tables import Instant, Whole, Words, tenant_table
from domain.events import Event
from domain.identity import MerchantId

outbox = tenant_table(
    "outbox",
    Column("aggregate_id", Words, nullable=False),
    Column("sequence", Whole, nullable=False),
    Column("kind", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("facts", Words, nullable=False),
    Column("told_at", Instant),
    Index(
        "ix_outbox_untold",
        "merchant_id",
        "at",
        postgresql_where=text("told_at IS NULL"),
        sqlite_where=text("told_at IS NULL"),
    ),
    key=("aggregate_id", "sequence"),
)


def outbox_rows(
    merchant_id: MerchantId,
    *,
    aggregate_id: str,
    first: int,
    events: Iterable[Event],
    told_at: datetime | None = None,
) -> list[Row]:
    """Write the facts of one aggregate, numbered from `first`."""
    return [
        (merchant_id, aggregate_id, sequence, type(event).__name__, event.at, written(event), told_at)
        for sequence, event in enumerate(events, start=first)
    ]


def record(
    session: Session, merchant_id: MerchantId, *, aggregate_id: str, first: int, events: Sequence[Event]
) -> None:
    """Put facts into the outbox, to be told after the transaction."""
    session.insert(outbox, outbox_rows(merchant_id, aggregate_id=aggregate_id, first=first, events=events))
