"""Sealing anew: what was stored before its column was sealed, and what is not under the active key; and what the
database knows of all that."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeVar

import attrs
from sqlalchemy import (
    Column,
    ColumnElement,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from adapters.persistence.merchants import merchants
from adapters.persistence.sealed import as_stored, sealed_columns
from adapters.persistence.sessions import Driver, Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import Words, metadata
from application.ports.sealing import HEAD, PREFIX, SealedRows, SealFault, Sealing, Unreadable, place_of
from application.ports.storage import NotNow

AT_ONCE = 200
"""So many rows are sealed anew in one transaction, which takes some milliseconds."""
_LOOKED_AT = 2_000
_TRIES = 20
_PAUSE_S = 0.002
_PROOF = "what a key has sealed"
_KEY, _COLUMN = "key ", "column "

T = TypeVar("T")

sealing = Table(
    "sealing",
    metadata,
    Column("name", Words, nullable=False),
    Column("value", Words, nullable=False),
    PrimaryKeyConstraint("name"),
)
_TOLD = Statement(select(sealing.c.name, sealing.c.value))
_FORGET = Statement(sealing.delete().where(sealing.c.name == bindparam("the_name")))
_MERCHANTS = Statement(select(merchants.c.id).order_by(merchants.c.id))


def sealed_tables() -> list[Table]:
    """Every table with a sealed column; when all tables have been described."""
    return [table for table in metadata.sorted_tables if sealed_columns(table)]


def every_sealed_column() -> frozenset[str]:
    """Every sealed column by its table and name."""
    return frozenset(f"{table.name}.{one.name}" for table in sealed_tables() for one in sealed_columns(table))


def columns_told(session: Session) -> frozenset[str]:
    """The columns in which everything is sealed, as the database was told."""
    names = (name for name, _ in session.all(_TOLD, {}))
    return frozenset(name.removeprefix(_COLUMN) for name in names if name.startswith(_COLUMN))


@attrs.frozen
class SqlSealedRows(SealedRows):
    """Everything in the tables that is sealed."""

    driver: Driver
    ring: Sealing

    def keys(self) -> frozenset[str]:
        return frozenset(self._proofs())

    def check_keys(self) -> None:
        for id, proof in self._proofs().items():
            self.ring.open(proof, place=_place_of_proof(id))

    def tell(self, key_id: str) -> None:
        if key_id in self._proofs():
            return
        proof = self.ring.seal(_PROOF, place=_place_of_proof(key_id), key_id=key_id)
        with self.driver.writing(of=None) as session:
            session.insert_missing(sealing, [(f"{_KEY}{key_id}", proof)])

    def forget(self, key_id: str) -> None:
        with self.driver.writing(of=None) as session:
            session.change(_FORGET, {"the_name": f"{_KEY}{key_id}"})

    def by_key(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for of, table in self._places():
            with self.driver.snapshot(of=of) as session:
                for statement in _counts(table):
                    for head, values in session.all(statement, _asked(of)):
                        known = head.startswith(PREFIX) and len(head) == HEAD
                        found[head[len(PREFIX) : -1] if known else ""] += values
        return dict(found)

    def reseal(self) -> Iterator[int]:
        return self._resealed(sealed_tables())

    def pending(self) -> frozenset[str]:
        """The columns that may have something in them that was stored before they were sealed."""
        with self.driver.snapshot(of=None) as session:
            return every_sealed_column() - columns_told(session)

    def seal_what_is_there(self, scrub: Callable[[Collection[str]], None]) -> None:
        """Seal what was stored before its column was; let `scrub` leave nothing of it in the files, and note it.

        It may be stopped anywhere, and begins where it was stopped.
        """
        self.tell(self.ring.active)
        pending = self.pending()
        tables = [table for table in sealed_tables() if any(_named(table, one) in pending for one in table.c)]
        if not tables:
            return
        for _ in self._resealed(tables, fresh=pending):
            pass
        if self.by_key():
            scrub([table.name for table in tables])
        with self.driver.writing(of=None) as session:
            session.insert_missing(sealing, [(f"{_COLUMN}{name}", "sealed") for name in sorted(pending)])

    def _proofs(self) -> dict[str, str]:
        with self.driver.snapshot(of=None) as session:
            found = session.all(_TOLD, {})
        return {name.removeprefix(_KEY): value for name, value in found if name.startswith(_KEY)}

    def _places(self, tables: Collection[Table] | None = None) -> Iterator[tuple[Any, Table]]:
        """Every table with sealed columns, once for each merchant."""
        with self.driver.snapshot(of=None) as session:
            found = [id for (id,) in session.all(_MERCHANTS, {})]
        for table in sealed_tables() if tables is None else tables:
            for of in found if "merchant_id" in table.c else [None]:
                yield of, table

    def _resealed(self, tables: Collection[Table], *, fresh: Collection[str] = ()) -> Iterator[int]:
        unreadable: Unreadable | None = None
        for of, table in self._places(tables):
            after: Row | None = None
            while True:
                began = time.monotonic()
                step = _Step(self.ring, table, of, after, fresh)
                after, done = _patiently(partial(step.take, self.driver))
                unreadable = unreadable or step.unreadable
                if done:
                    yield done
                if after is None:
                    break
                # Whoever waits for the database gets it as often as we do.
                time.sleep(max(_PAUSE_S, time.monotonic() - began))
        if unreadable is not None:
            raise unreadable


@attrs.define
class _Step:
    """Some rows of a table after others, to be sealed anew in one transaction."""

    ring: Sealing
    table: Table
    of: Any
    after: Row | None
    fresh: Collection[str]
    unreadable: Unreadable | None = None

    def take(self, driver: Driver) -> tuple[Row | None, int]:
        """Seal them anew; the key of the last one, if there may be more, and how many values were sealed."""
        columns, keys = sealed_columns(self.table), _keys(self.table)
        asked = {**_asked(self.of), "active": f"{PREFIX}{self.ring.active}.", "head": HEAD}
        if self.after is not None:
            asked |= {f"after_{key.name}": value for key, value in zip(keys, self.after, strict=True)}
        with driver.snapshot(of=self.of) as session:
            rows = session.all(_some(self.table, more=self.after is not None), asked)
        changes = [change for row in rows if (change := self._changed(row, keys, columns)) is not None]
        done = 0
        if changes:
            with driver.writing(of=self.of) as session:
                told = [session.ask(_rewrite(self.table), change) for change, _ in changes]
                done = sum(values for rows, (_, values) in zip(told, changes, strict=True) if rows())
        return (tuple(rows[-1][: len(keys)]) if len(rows) == AT_ONCE else None), done

    def _changed(
        self, row: Row, keys: Sequence[Column[Any]], columns: Sequence[Column[Any]]
    ) -> tuple[dict[str, Any], int] | None:
        """The parameters that seal a row's values anew, and how many values these are."""
        key, before = row[: len(keys)], row[len(keys) :]
        given = {
            **_asked(self.of),
            **{f"key_{one.name}": value for one, value in zip(keys, key, strict=True)},
        }
        values = 0
        for column, value in zip(columns, before, strict=True):
            given[f"old_{column.name}"] = given[f"new_{column.name}"] = value
            if value is None or value.startswith(f"{PREFIX}{self.ring.active}."):
                continue
            place = place_of(self.of, self.table.name, column.name, *key)
            try:
                text = self._opened(value, place, plain=_named(self.table, column) in self.fresh)
            except Unreadable as unreadable:
                self.unreadable = self.unreadable or unreadable
                continue
            given[f"new_{column.name}"] = self.ring.seal(text, place=place)
            values += 1
        return (given, values) if values else None

    def _opened(self, value: str, place: str, *, plain: bool) -> str:
        try:
            return self.ring.open(value, place=place)
        except Unreadable as unreadable:
            if plain and unreadable.fault is not SealFault.ALTERED:
                # It was stored before anything was sealed here, whatever it looks like.
                return value
            raise


def _patiently(act: Callable[[], T]) -> T:
    """Try again what somebody stood in the way of: others come first, and everything is looked at anew."""
    for left in reversed(range(_TRIES)):
        try:
            return act()
        except NotNow:
            if not left:
                raise
            time.sleep(_PAUSE_S * 10)
    raise AssertionError("the last try answers or raises")


def _place_of_proof(key_id: str) -> str:
    return place_of(None, sealing.name, "value", f"{_KEY}{key_id}")


def _asked(of: str | None) -> dict[str, Any]:
    return {} if of is None else {"merchant_id": of}


def _named(table: Table, column: Column[Any]) -> str:
    return f"{table.name}.{column.name}"


def _keys(table: Table) -> list[Column[Any]]:
    return [column for column in table.primary_key.columns if column.name != "merchant_id"]


def _own(table: Table) -> Iterable[ColumnElement[bool]]:
    return [table.c.merchant_id == bindparam("merchant_id")] if "merchant_id" in table.c else []


@cache
def _some(table: Table, *, more: bool) -> Statement:
    """The first rows, or those that follow, in which something is not under the active key."""
    keys = _keys(table)
    other = [
        func.substr(as_stored(one), 1, bindparam("head")) != bindparam("active")
        for one in sealed_columns(table)
    ]
    after = [tuple_(*keys) > tuple_(*(bindparam(f"after_{key.name}", type_=key.type) for key in keys))]
    return Statement(
        select(*keys, *(as_stored(one) for one in sealed_columns(table)))
        .where(*_own(table), or_(*other), *(after if more else []))
        .order_by(*keys)
        .limit(AT_ONCE)
    )


@cache
def _rewrite(table: Table) -> Statement:
    """Put new values into a row, where it is still as it was."""
    same = [
        *(key == bindparam(f"key_{key.name}", type_=key.type) for key in _keys(table)),
        *(
            as_stored(one).is_not_distinct_from(bindparam(f"old_{one.name}", type_=Text()))
            for one in sealed_columns(table)
        ),
    ]
    values = {one: bindparam(f"new_{one.name}", type_=Text()) for one in sealed_columns(table)}
    return Statement(update(table).where(and_(*_own(table), *same)).values(values).returning(literal(1)))


@cache
def _counts(table: Table) -> list[Statement]:
    """How many values of each column begin alike."""
    found = []
    for column in sealed_columns(table):
        head = func.substr(as_stored(column), 1, HEAD)
        found.append(
            Statement(select(head, func.count()).where(*_own(table), column.is_not(None)).group_by(head))
        )
    return found


def unreadable_in(
    session: Session, ring: Sealing, *, of: str | None, of_nobody: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Find what cannot be opened, of a merchant or of all: whose, the place, the fault, and the key.

    Of what is sealed with a key that is missing only the first of each column is told.
    """
    told, missing = columns_told(session), set[tuple[str, str]]()
    for table in sealed_tables():
        if "merchant_id" not in table.c and not of_nobody:
            continue
        columns = [one for one in sealed_columns(table) if _named(table, one) in told]
        for row in _all_rows(session, table) if columns else ():
            merchant_id = row[0] if "merchant_id" in table.c else None
            key = row[1 if merchant_id is not None else 0 : len(table.primary_key.columns)]
            values = dict(zip(sealed_columns(table), row[len(table.primary_key.columns) :], strict=True))
            for column in columns:
                if values[column] is None or (of is not None and merchant_id not in (None, of)):
                    continue
                try:
                    ring.open(values[column], place=place_of(merchant_id, table.name, column.name, *key))
                except Unreadable as unreadable:
                    which = (_named(table, column), unreadable.key_id or "")
                    if unreadable.fault is SealFault.UNKNOWN_KEY and which in missing:
                        continue
                    missing.add(which)
                    about = " ".join((_named(table, column), *map(str, key)))
                    yield merchant_id or "", about, unreadable.fault.value, unreadable.key_id or ""


def _all_rows(session: Session, table: Table) -> Iterator[Row]:
    """The keys and the sealed values of every row, some at a time."""
    asked: dict[str, Any] = {}
    while True:
        rows = session.all(_those_after(table, more=bool(asked)), asked)
        yield from rows
        if len(rows) < _LOOKED_AT:
            return
        keys = table.primary_key.columns
        asked = {f"after_{key.name}": value for key, value in zip(keys, rows[-1], strict=False)}


@cache
def _those_after(table: Table, *, more: bool) -> Statement:
    keys = list(table.primary_key.columns)
    after = [tuple_(*keys) > tuple_(*(bindparam(f"after_{key.name}", type_=key.type) for key in keys))]
    return Statement(
        select(*keys, *(as_stored(one) for one in sealed_columns(table)))
        .where(*(after if more else []))
        .order_by(*keys)
        .limit(_LOOKED_AT)
    )
