"""Backups of a PostgreSQL database: the rows of every table, by COPY, in one snapshot and one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from secrets import token_hex
from typing import Any, LiteralString

import attrs
import orjson
import psycopg
from psycopg import errors, sql
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

import adapters.persistence.sql  # noqa: F401  # importing it describes every table
from adapters.persistence.backups.records import (
    LARGEST,
    OF_ITSELF,
    Kind,
    expect_rows,
    record,
    records,
    rows_of,
    the_end,
    untrue_in,
)
from adapters.persistence.migrations import HEAD, downgrade_within, migrate_within
from adapters.persistence.postgres_session import PostgresSession
from adapters.persistence.postgres_trips import Borrowed
from adapters.persistence.sessions import Meter, Session, Snapshots
from adapters.persistence.statements import Row
from adapters.persistence.tables import metadata
from application.ports.backups import (
    Backups,
    CannotRehearse,
    DatabaseKind,
    HoldsSomething,
    InUse,
    NoBackup,
    NotWhole,
    Restored,
    Snapshot,
)
from application.ports.sealing import Sealing
from application.ports.storage import Busy
from domain.identity import MerchantId

_VERSION = "alembic_version"
_SETTINGS = (
    "-c timezone=UTC -c datestyle=ISO -c client_encoding=UTF8 -c synchronous_commit=on -c lock_timeout=10s"
    " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c row_security=off"
)
"""It takes as long as it takes; and a row that a policy would hide is an error, not a row less."""
_READS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@attrs.frozen(kw_only=True)
class PostgresSnapshot(Snapshot):
    """One transaction that sees everything as it was when it began."""

    revision: str
    left_out: tuple[str, ...]
    connection: Connection
    tables: Sequence[str]

    def content(self) -> Iterator[bytes]:
        rows, driver = {}, _driver(self.connection)
        for table in self.tables:
            columns = [one["name"] for one in inspect(self.connection).get_columns(table)]
            yield record(Kind.TABLE, orjson.dumps({"table": table, "columns": columns}))
            with driver.cursor() as cursor:
                waiting = bytearray()
                with cursor.copy(_copying("COPY {} ({}) TO STDOUT", table, columns)) as copy:
                    for octets in copy:
                        waiting += octets
                        if len(waiting) >= LARGEST:
                            yield from _cut(waiting)
                            waiting.clear()
                yield from _cut(waiting)
                rows[table] = cursor.rowcount
        yield the_end(rows)


@attrs.frozen
class _Inside(Snapshots):
    """Shows what a transaction has written that is not over yet."""

    connection: psycopg.Connection[Row]
    sealing: Sealing

    def snapshots(self) -> Iterator[tuple[MerchantId | None, Session]]:
        yield None, PostgresSession(Borrowed(self.connection), Meter(), self.sealing, b"SELECT 1", None)


@attrs.frozen
class PostgresBackups(Backups):
    """A PostgreSQL database."""

    url: str = attrs.field(repr=False)
    sealing: Sealing

    @property
    def kind(self) -> DatabaseKind:
        return DatabaseKind.POSTGRESQL

    @property
    def newest(self) -> str:
        return HEAD

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with _connected(self.url, **_READS) as connection:
            tables = _tables(connection)
            if _VERSION not in tables:
                raise NoBackup("it has none of our tables")
            connection.rollback()
            # What is locked before the first look cannot be made anew between the look and the copy.
            _run(connection, "LOCK TABLE {} IN ACCESS SHARE MODE", *tables)
            revision = connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar()
            if revision is None:
                raise NoBackup("it has none of our tables")
            known = metadata.tables if revision == HEAD else tables
            ours = [name for name in tables if name in known and name != _VERSION]
            if revision == HEAD and len(ours) < len(metadata.tables):
                raise NoBackup(f"it lacks {', '.join(sorted(metadata.tables.keys() - set(ours)))}")
            yield PostgresSnapshot(
                revision=revision,
                left_out=tuple(name for name in tables if name not in known and name != _VERSION),
                connection=connection,
                tables=ours,
            )

    def rehearse(self, revision: str, content: Iterable[bytes], *, place: str | None = None) -> Restored:
        with ExitStack() as stack:
            if place is None:
                place = stack.enter_context(_scratch(self.url))
            try:
                connection = stack.enter_context(_connected(place))
            except Busy as error:
                raise CannotRehearse(str(error)) from error
            if _holds_anything(connection):
                raise CannotRehearse("the database to rehearse in is not empty")
            # Nothing of it is ever committed.
            return _filled(connection, revision, content, self.sealing, verify=True)

    def holds_anything(self) -> bool:
        with _connected(self.url) as connection:
            return _holds_anything(connection)

    def restore(
        self, revision: str, content: Iterable[bytes], *, overwrite: bool, verify: bool = True
    ) -> Restored:
        with _connected(self.url) as connection:
            if _holds_anything(connection) and not overwrite:
                raise HoldsSomething
            try:
                restored = _filled(connection, revision, content, self.sealing, verify=verify)
                if not restored.untrue:
                    connection.commit()
            except DatabaseError as error:
                if isinstance(error.orig, errors.LockNotAvailable):
                    raise InUse from error
                raise
            return restored


def _filled(
    connection: Connection, revision: str, content: Iterable[bytes], sealing: Sealing, *, verify: bool
) -> Restored:
    """Make the tables anew and put every row into them, in the transaction that the connection is in.

    :raises NotWhole: if the content is not what was backed up.
    """
    if _VERSION in _tables(connection):
        downgrade_within(connection, "base")
    migrate_within(connection, revision)
    there = [name for name in _tables(connection) if name != _VERSION]
    # Some changes of the schema put rows into tables; those are in the backup, too.
    _run(connection, "TRUNCATE {}", *there)
    try:
        found, wanted = _poured(_driver(connection), there, content)
    except (errors.DataError, errors.IntegrityError, errors.ProgrammingError) as error:
        raise NotWhole(" ".join(str(error).split())) from error
    expect_rows(found, wanted)
    try:
        _run(connection, "SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        raise NotWhole(" ".join(str(error.orig).split())) from error
    if revision != HEAD:
        migrate_within(connection)
    _run(connection, "ANALYZE {}", *(name for name in _tables(connection) if name != _VERSION))
    inside = _Inside(_driver(connection), sealing)
    return Restored(rows=found, untrue=untrue_in(inside, sealing) if verify else {})


def _poured(
    driver: psycopg.Connection[Row], there: Sequence[str], content: Iterable[bytes]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Pour rows into the tables; how many each has got, and how many it should have."""
    found: dict[str, int] = {}
    wanted: Mapping[str, int] = {}
    filling: _Filling | None = None
    with ExitStack() as stack:
        for kind, octets in records(content):
            if kind is Kind.DATA:
                if filling is None:
                    raise NotWhole("there are pages in it, not rows")
                filling.copy.write(octets)
                continue
            if filling is not None:
                found[filling.table] = filling.end(stack)
                filling = None
            if kind is Kind.END:
                wanted = rows_of(octets)
                continue
            told = orjson.loads(octets)
            if told["table"] not in there or told["table"] in found:
                raise NotWhole(f"there is no table {told['table']} at this revision")
            filling = _Filling.of(driver, told["table"], told["columns"], stack)
    nothing = dict.fromkeys(there, 0)
    return {**nothing, **found}, {**nothing, **wanted}


@attrs.frozen
class _Filling:
    """A table that rows are poured into."""

    table: str
    cursor: psycopg.Cursor[Row]
    copy: psycopg.Copy

    @classmethod
    def of(
        cls, driver: psycopg.Connection[Row], table: str, columns: Sequence[str], stack: ExitStack
    ) -> _Filling:
        cursor = driver.cursor()
        copy = stack.enter_context(cursor.copy(_copying("COPY {} ({}) FROM STDIN", table, columns)))
        return cls(table, cursor, copy)

    def end(self, stack: ExitStack) -> int:
        """Let the database take what was poured; how many rows that is."""
        stack.close()
        return self.cursor.rowcount


@contextmanager
def _scratch(url: str) -> Iterator[str]:
    """A database on the same server that is gone afterwards.

    :raises CannotRehearse: if none may be made.
    """
    name = f"{(make_url(url).database or 'dinghuo')[:40]}_rehearsal_{token_hex(5)}"
    create, drop = (
        sql.SQL(words).format(sql.Identifier(name))
        for words in ("CREATE DATABASE {}", "DROP DATABASE IF EXISTS {} WITH (FORCE)")
    )
    with _connected(url, isolation_level="AUTOCOMMIT") as connection:
        driver = _driver(connection)
        try:
            try:
                driver.execute(create)
            except psycopg.Error as error:
                raise CannotRehearse(" ".join(str(error).split())) from error
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            driver.execute(drop)


@contextmanager
def _connected(url: str, **options: Any) -> Iterator[Connection]:
    """Connect, and roll back what is not committed.

    :raises Busy: if the database does not answer.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": _SETTINGS})
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    except (DatabaseError, psycopg.Error) as error:
        raise Busy(str(error.orig if isinstance(error, DatabaseError) else error)) from error
    finally:
        engine.dispose()


def _tables(connection: Connection) -> list[str]:
    """Every table, those that others refer to first."""
    return [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name is not None]


def _holds_anything(connection: Connection) -> bool:
    driver = _driver(connection)
    return any(
        driver.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone()
        for name in _tables(connection)
        if name not in OF_ITSELF
    )


def _driver(connection: Connection) -> psycopg.Connection[Row]:
    found: psycopg.Connection[Row] | None = connection.connection.driver_connection
    assert found is not None, "it is connected"
    return found


def _run(connection: Connection, words: str, *tables: str) -> None:
    """Tell the database to do something to tables."""
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in tables)
    connection.exec_driver_sql(words.format(names))


def _copying(words: LiteralString, table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(words).format(sql.Identifier(table), names)


def _cut(octets: bytearray) -> Iterator[bytes]:
    """Write rows as records, none of which is too large."""
    for at in range(0, len(octets), LARGEST):
        yield record(Kind.DATA, bytes(octets[at : at + LARGEST]))
