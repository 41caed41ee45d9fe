"""What all tables share: metadata, names, column types; and the tables that are nobody's noun alone.

Every table of a merchant's own has `merchant_id` first in its keys and refers to others by composite keys, so that
the schema can be sharded by merchant without being redesigned.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    types,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem

from adapters.persistence.statements import Statement

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and sorted by code point on every database, as Python does."""

Whole = BigInteger
"""64 bits: minor units, ten-thousandths, thousandths."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant: `timestamptz` on PostgreSQL, microseconds since 1970 in UTC on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))


class Day(TypeDecorator[date]):
    """A calendar day: `date` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())


def microseconds(at: datetime) -> int:
    """Count the microseconds since 1970.

    :raises ValueError: if the instant has no time zone.
    """
    if at.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return (at - _EPOCH) // _MICROSECOND


def instant(stored: datetime | int | str) -> datetime:
    """Read an instant as either database gives it, alone or in JSON."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).astimezone(UTC)
    return _EPOCH + timedelta(microseconds=stored) if isinstance(stored, int) else stored.astimezone(UTC)


def perhaps_instant(stored: datetime | int | str | None) -> datetime | None:
    """Read an instant that may be missing."""
    return None if stored is None else instant(stored)


def perhaps_day(stored: date | str | None) -> date | None:
    """Read a day that may be missing, as either database gives it."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def one_of(column: str, kind: type[Enum]) -> CheckConstraint:
    """Let the column hold only the values of the enumeration."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def tenant_table(
    name: str, *items: SchemaItem, key: tuple[str, ...] = ("id",), checked: bool = True
) -> Table:
    """Describe a table of a merchant's own rows; the merchant comes first in its primary key.

    A row that always has a parent of the same merchant is the merchant's through that parent; only the others refer
    to the merchant themselves, which spares a look-up for every row that is written. A table that is not `checked`
    refers to nobody, and is on SQLite its primary key and nothing else: an index beside the rows that it leads to.
    """
    required = {item.name for item in items if isinstance(item, Column) and not item.nullable}
    parents = [item for item in items if isinstance(item, ForeignKeyConstraint)]
    through_parent = any(required.issuperset(set(parent.column_keys) - {"merchant_id"}) for parent in parents)
    return Table(
        name,
        metadata,
        Column("merchant_id", Words, nullable=False),
        *items,
        PrimaryKeyConstraint("merchant_id", *key),
        *(
            ()
            if through_parent or not checked
            else (ForeignKeyConstraint(["merchant_id"], ["merchants.id"]),)
        ),
        sqlite_with_rowid=checked,
    )


def belongs_to(
    table: str, *columns: str, to: tuple[str, ...] = ("id",), late: bool = False
) -> ForeignKeyConstraint:
    """Refer to another table of the same merchant; `late` references are checked when the transaction ends."""
    return ForeignKeyConstraint(
        ["merchant_id", *columns],
        [f"{table}.merchant_id", *(f"{table}.{column}" for column in to)],
        deferrable=late or None,
        initially="DEFERRED" if late else None,
    )


counters = tenant_table(
    "counters", Column("name", Words, nullable=False), Column("value", Whole, nullable=False), key=("name",)
)


def next_count(insert: Any) -> Any:
    """Take the next number of a counter that may be new; whoever takes one is the only one to do so till they end."""
    first = insert(counters).values(
        merchant_id=bindparam("merchant_id"), name=bindparam("name"), value=bindparam("first")
    )
    return first.on_conflict_do_update(
        index_elements=["merchant_id", "name"], set_={"value": counters.c.value + 1}
    ).returning(counters.c.value)


NEXT = Statement(next_count(sqlite_insert), postgresql=next_count(postgres_insert))
