"""PostgreSQL: psycopg 3 on two pools, asynchronous for reads, synchronous for verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout
from sqlalchemy import Table
from sqlalchemy.engine import Dialect, make_url

from adapters.persistence.sessions import Driver, Meter, Session
from adapters.persistence.statements import (
    POSTGRES,
    Ask,
    Reader,
    Row,
    Rows,
    Statement,
    columns_of,
    inserting,
    replacing,
)
from application.ports.storage import Busy, Stale

WAIT_S = 10.0
_CHUNK = 5_000
_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SETTINGS = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=10s -c statement_timeout=60s"
_READ_SETTINGS = f"{_SETTINGS} -c statement_timeout=5s"
_TRY_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, PoolTimeout)

T = TypeVar("T")


class PostgresSession(Session):
    """One transaction on one connection.

    What has no answer to wait for (the beginning, inserts) waits and travels with the next statement that has one, so
    that a transaction costs as few round trips as it asks questions.
    """

    def __init__(self, connection: psycopg.Connection[Row], meter: Meter, begin: bytes) -> None:
        self._connection, self._meter = connection, meter
        self._waiting: list[tuple[bytes, Any]] = [(begin, None)]
        self._begun = False

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    def all(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        return self._run(statement, parameters).fetchall()

    def change(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        return self._run(statement, parameters).rowcount

    def change_each(self, statement: Statement, parameters: Iterable[Mapping[str, Any]]) -> int:
        return sum(self.change(statement, one) for one in parameters)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(inserting(table)["postgresql"], rows, len(table.columns))

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(replacing(table)["postgresql"], rows, len(table.columns))

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        self.flush()
        names = ", ".join(column.name for column in table.columns)
        self._meter.statements += 1
        with (
            self._connection.cursor() as cursor,
            cursor.copy(_sql(f"COPY {table.name} ({names}) FROM STDIN")) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            query, parameters = self._waiting.pop()
            self._send(query, parameters)

    def commit(self) -> None:
        """Send what waits and end the transaction; one that has asked nothing never began."""
        if self._begun or len(self._waiting) > 1:
            self._send(b"COMMIT", None)

    def roll_back(self) -> None:
        """Forget what waits, and what was done."""
        self._waiting = []
        if self._begun and not self._connection.closed:
            self._connection.execute("ROLLBACK")

    def _many(self, text: str, rows: Iterable[Row], width: int) -> None:
        rest = iter(rows)
        while chunk := list(islice(rest, _CHUNK)):
            self._meter.statements += 1
            self._waiting.append((_sql(text), columns_of(chunk, width)))

    def _run(self, statement: Statement, parameters: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        found = statement.on(POSTGRES)
        self._meter.statements += 1
        return self._send(_sql(found.text), {**found.constants, **parameters})

    def _send(self, query: bytes, parameters: Any) -> psycopg.Cursor[Row]:
        """Send a statement behind those that wait, and wait for the answers of all."""
        if not self._waiting:
            return self._connection.execute(query, parameters, binary=True)
        waiting, self._waiting, self._begun = self._waiting, [], True
        with self._connection.pipeline():
            for earlier in waiting:
                self._connection.execute(*earlier, binary=True)
            return self._connection.execute(query, parameters, binary=True)


class Postgres(Driver):
    """A PostgreSQL database."""

    def __init__(self, url: str, *, meter: Meter, read_pool: int, write_pool: int) -> None:
        self.meter = meter
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        arguments = {"autocommit": True, "options": _SETTINGS}
        self._conninfo, self._arguments, self._read_pool = conninfo, arguments, read_pool
        self._reads: AsyncConnectionPool[psycopg.AsyncConnection[Row]] | None = None
        self._writes = ConnectionPool(
            conninfo, kwargs=arguments, min_size=1, max_size=write_pool, timeout=WAIT_S, open=False
        )
        self._opened = False

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self._transaction(b"BEGIN") as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        with self._transaction(_SNAPSHOT) as session:
            yield session

    async def read(self, reader: Callable[[], Reader[T]]) -> T:
        if self._reads is None:
            await self.start()
        assert self._reads is not None, "it was just started"
        try:
            async with self._reads.connection() as connection:
                try:
                    return await self._ask(connection, reader())
                finally:
                    await connection.execute("ROLLBACK")
        except errors.QueryCanceled as error:
            raise TimeoutError(str(error)) from error
        except _TRY_AGAIN as error:
            raise Busy(str(error)) from error
        except psycopg.OperationalError as error:
            raise Busy(str(error)) from error

    async def start(self) -> None:
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Row]] = AsyncConnectionPool(
            self._conninfo,
            kwargs={**self._arguments, "options": _READ_SETTINGS},
            min_size=1,
            max_size=self._read_pool,
            timeout=WAIT_S,
            open=False,
        )
        await pool.open()
        self._reads = pool

    async def stop(self) -> None:
        if self._reads is not None:
            await self._reads.close()
            self._reads = None
        self.close()

    def close(self) -> None:
        """Close the connections of the verbs."""
        if self._opened:
            self._writes.close()
            self._opened = False

    async def _ask(self, connection: psycopg.AsyncConnection[Row], reader: Reader[T]) -> T:
        try:
            ask: Ask = next(reader)
            # The beginning travels with the first question.
            async with connection.pipeline():
                await connection.execute(_SNAPSHOT)
                cursor = await self._put(connection, ask)
            while True:
                ask = reader.send(await cursor.fetchall())
                cursor = await self._put(connection, ask)
        except StopIteration as known:
            result: T = known.value
            return result

    async def _put(self, connection: psycopg.AsyncConnection[Row], ask: Ask) -> psycopg.AsyncCursor[Row]:
        found = ask.statement.on(POSTGRES)
        self.meter.statements += 1
        return await connection.execute(_sql(found.text), {**found.constants, **ask.parameters}, binary=True)

    @contextmanager
    def _transaction(self, begin: bytes) -> Iterator[Session]:
        if not self._opened:
            self._writes.open()
            self._opened = True
        try:
            with self._writes.connection() as connection:
                session = PostgresSession(connection, self.meter, begin)
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.roll_back()
                    raise
        except _TRY_AGAIN as error:
            raise Busy(str(error)) from error
        except errors.IntegrityError as error:
            raise Stale(str(error)) from error
        except psycopg.OperationalError as error:
            raise Busy(str(error)) from error


def _sql(text: str) -> bytes:
    """Hand over a statement that was built from our own tables; values are always parameters."""
    return text.encode()
