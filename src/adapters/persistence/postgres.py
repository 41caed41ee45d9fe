"""PostgreSQL: psycopg 3 on two pools, asynchronous for reads, synchronous for verbs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout
from sqlalchemy import Table
from sqlalchemy.engine import Dialect, make_url

from adapters.persistence.moments import Batches, Question
from adapters.persistence.sessions import Driver, Meter, Moment, Session
from adapters.persistence.statements import (
    POSTGRES,
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

    def __init__(
        self, url: str, *, meter: Meter, read_pool: int, write_pool: int, statement_s: float
    ) -> None:
        self.meter = meter
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        arguments = {"autocommit": True, "options": _SETTINGS}
        self._read_settings = f"{_SETTINGS} -c statement_timeout={max(round(statement_s * 1000), 1)}ms"
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
        moment = self.moment()
        try:
            return await moment.read(reader)
        finally:
            await moment.close()

    def moment(self) -> Moment:
        return PostgresMoment(self)

    async def lend(self) -> psycopg.AsyncConnection[Row]:
        """A connection for readers.

        :raises PoolTimeout: if none comes free.
        """
        if self._reads is None:
            await self.start()
        assert self._reads is not None, "it was just started"
        return await self._reads.getconn()

    async def take_back(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Keep a connection for the next reader."""
        if self._reads is not None:
            await self._reads.putconn(connection)
        else:
            await connection.close()

    async def start(self) -> None:
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Row]] = AsyncConnectionPool(
            self._conninfo,
            kwargs={**self._arguments, "options": self._read_settings},
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


class PostgresMoment(Batches):
    """One snapshot on one connection: what is asked at the same time travels in one pipeline."""

    def __init__(self, database: Postgres) -> None:
        super().__init__()
        self._database = database
        self._connection: psycopg.AsyncConnection[Row] | None = None
        self._begun = False

    async def _answer(self, asked: Sequence[Question[Any]]) -> None:
        try:
            if self._connection is None:
                self._connection = await self._database.lend()
            for question in asked:
                question.begin()
                question.settle()
            while asked := [question for question in asked if question.ask is not None]:
                await self._exchange(self._connection, asked)
        except errors.QueryCanceled as error:
            raise TimeoutError(str(error)) from error
        except (*_TRY_AGAIN, psycopg.OperationalError) as error:
            raise Busy(str(error)) from error

    async def _exchange(
        self, connection: psycopg.AsyncConnection[Row], asked: Sequence[Question[Any]]
    ) -> None:
        """Send what every question asks next; each is told its rows while the others' are still being read."""
        if self._begun and len(asked) == 1:
            cursor = await self._put(connection, asked[0])
            asked[0].tell(await cursor.fetchall())
            asked[0].settle()
            return
        async with connection.pipeline():
            if not self._begun:
                self._begun = True
                await connection.execute(_SNAPSHOT)
            cursors = [await self._put(connection, question) for question in asked]
            for question, cursor in zip(asked, cursors, strict=True):
                question.tell(await cursor.fetchall())
                question.settle()

    async def _put(
        self, connection: psycopg.AsyncConnection[Row], question: Question[Any]
    ) -> psycopg.AsyncCursor[Row]:
        ask = question.ask
        assert ask is not None, "only those that ask are put"
        found = ask.statement.on(POSTGRES)
        self._database.meter.statements += 1
        parameters = {**found.constants, **ask.parameters}
        return await connection.execute(_sql(found.text), parameters, binary=True)

    def _hurry(self, running: asyncio.Task[None]) -> None:
        running.cancel()

    async def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._begun and not connection.closed:
                await connection.execute(b"ROLLBACK")
        except psycopg.Error:
            # It is broken, which the pool finds out by itself: nobody waits for anything on it.
            await connection.close()
        finally:
            await self._database.take_back(connection)


def _sql(text: str) -> bytes:
    """Hand over a statement that was built from our own tables; values are always parameters."""
    return text.encode()
