"""The floor under the product: a database by hand, without anything between the statement and its rows.

What reads or writes is a generator that yields statements and is sent their rows, so that the same few lines run on an
event loop over psycopg and in a thread over sqlite3, as the product's own do. On PostgreSQL what is yielded together
travels together: the beginning with the first statements, the end with those that are said to be the last.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread
import attrs
import orjson
import psycopg
from psycopg_pool import AsyncConnectionPool

from adapters.persistence.second_wall import FOR_MERCHANT, take_role_async

T = TypeVar("T")
Rows = list[tuple[Any, ...]]
_SETTINGS = (
    "-c timezone=UTC -c synchronous_commit=on -c random_page_cost=1.1 "
    "-c lock_timeout=10s -c statement_timeout=5s"
)
_NAMED = re.compile(r"(?<!:):([a-z_]+)")


class Ask:
    """One statement for each database; `:name` is a parameter, and `ANY(:name)` stands for ids of `several`."""

    def __init__(self, text: str, *, sqlite: str | None = None) -> None:
        self.sqlite = sqlite or re.sub(r"= ANY\(:(\w+)\)", r"IN (SELECT value FROM json_each(:\1))", text)
        self.sqlite = self.sqlite.replace(" FOR UPDATE OF s", "")
        text = re.sub(r"= ANY\(:(\w+)\)", r"= ANY(string_to_array(:\1, ','))", text.replace("%", "%%"))
        self.postgres = _NAMED.sub(r"%(\1)s", text).encode()


def several(ids: Sequence[str], *, sqlite: bool) -> str:
    """Write ids as one text: the driver takes longer over an array of them than PostgreSQL over the text."""
    return orjson.dumps(ids).decode() if sqlite else ",".join(ids)


class Many:
    """One statement about many rows: columns as arrays on PostgreSQL, one row after the other on SQLite."""

    def __init__(self, *, postgres: str, sqlite: str, names: Sequence[str]) -> None:
        self.postgres, self.sqlite, self.names = _NAMED.sub(r"%(\1)s", postgres).encode(), sqlite, names


@attrs.frozen
class Each:
    """Many rows for a statement, and what they have in common."""

    many: Many
    shared: Mapping[str, Any]
    values: Sequence[tuple[Any, ...]]


Step = tuple[Ask, Mapping[str, Any]] | Each


@attrs.frozen
class Together:
    """Statements that do not wait for each other's answers; after the last there is nothing but the end."""

    steps: Sequence[Step]
    last: bool = False


Work = Generator[Together, list[Rows], T]


def alone(*step: Any) -> Together:
    """One statement whose answer is waited for."""
    return Together([step[0] if isinstance(step[0], Each) else step])


class Hand(Protocol):
    """A database."""

    statements: int

    async def read(self, work: Callable[[], Work[T]], *, of: str) -> T:
        """Read what is a merchant's in one transaction of one moment."""
        ...

    async def write(self, work: Callable[[], Work[T]], *, of: str) -> T:
        """Write what is a merchant's in one transaction."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class PostgresByHand(Hand):
    """psycopg: an asynchronous pool, binary, prepared by the driver; the product's role and merchant."""

    def __init__(self, conninfo: str, *, pool: int) -> None:
        self.statements = 0
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            conninfo,
            configure=take_role_async,
            min_size=1,
            max_size=pool,
            open=False,
            kwargs={"autocommit": True, "options": _SETTINGS},
        )

    async def start(self) -> None:
        await self._pool.open()

    async def stop(self) -> None:
        await self._pool.close()

    async def read(self, work: Callable[[], Work[T]], *, of: str) -> T:
        return await self._transaction(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", of, work())

    async def write(self, work: Callable[[], Work[T]], *, of: str) -> T:
        return await self._transaction(b"BEGIN", of, work())

    async def _transaction(self, begin: bytes, of: str, work: Work[T]) -> T:
        async with self._pool.connection() as connection:
            try:
                return await self._work(connection, begin, of, work)
            except BaseException:
                await connection.execute(b"ROLLBACK")
                raise

    async def _work(
        self, connection: psycopg.AsyncConnection[Any], begin: bytes, of: str, work: Work[T]
    ) -> T:
        ended = False
        try:
            together = next(work)
            async with connection.pipeline():
                await connection.execute(begin)
                await connection.execute(FOR_MERCHANT, (of,))
                cursors = await self._send(connection, together)
            while True:
                ended = together.last
                together = work.send([await _rows(cursor) for cursor in cursors])
                if len(together.steps) == 1 and not together.last:
                    cursors = await self._send(connection, together)
                else:
                    async with connection.pipeline():
                        cursors = await self._send(connection, together)
        except StopIteration as known:
            if not ended:
                await connection.execute(b"COMMIT")
            done: T = known.value
            return done

    async def _send(
        self, connection: psycopg.AsyncConnection[Any], together: Together
    ) -> list[psycopg.AsyncCursor[Any]]:
        cursors = []
        for step in together.steps:
            self.statements += 1
            if isinstance(step, Each):
                columns = map(list, zip(*step.values, strict=True))
                text, arrays = step.many.postgres, dict(zip(step.many.names, columns, strict=True))
                given: Mapping[str, Any] = {**step.shared, **arrays}
            else:
                text, given = step[0].postgres, step[1]
            cursors.append(await connection.execute(text, given, binary=True))
        if together.last:
            await connection.execute(b"COMMIT")
        return cursors


async def _rows(cursor: psycopg.AsyncCursor[Any]) -> Rows:
    return await cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


class SqliteByHand(Hand):
    """sqlite3 in threads: one writer, as many readers as the pool allows."""

    def __init__(self, path: Path, *, pool: int) -> None:
        self.statements = 0
        self._path, self._turn = path, threading.Lock()
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._limit = pool
        self._limiter: anyio.CapacityLimiter | None = None
        self._writer: sqlite3.Connection | None = None

    async def start(self) -> None:
        self._limiter = anyio.CapacityLimiter(self._limit)
        self._writer = self._connect()

    async def stop(self) -> None:
        if self._writer is not None:
            self._writer.close()
        while not self._readers.empty():
            self._readers.get_nowait().close()

    async def read(self, work: Callable[[], Work[T]], *, of: str) -> T:
        def whole() -> T:
            try:
                connection = self._readers.get_nowait()
            except Empty:
                connection = self._connect()
            try:
                return self._transaction(connection, "BEGIN", work())
            finally:
                self._readers.put(connection)

        return await anyio.to_thread.run_sync(whole, limiter=self._limiter)

    async def write(self, work: Callable[[], Work[T]], *, of: str) -> T:
        def whole() -> T:
            assert self._writer is not None, "started"
            with self._turn:
                return self._transaction(self._writer, "BEGIN IMMEDIATE", work())

        return await anyio.to_thread.run_sync(whole, limiter=self._limiter)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=10, isolation_level=None, check_same_thread=False, cached_statements=500
        )
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",
            "cache_size = -32000",
            "mmap_size = 1073741824",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _transaction(self, connection: sqlite3.Connection, begin: str, work: Work[T]) -> T:
        connection.execute(begin)
        try:
            done = self._work(connection, work)
            connection.execute("COMMIT")
            return done
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _work(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        try:
            together = next(work)
            while True:
                together = work.send([self._answer(connection, step) for step in together.steps])
        except StopIteration as known:
            done: T = known.value
            return done

    def _answer(self, connection: sqlite3.Connection, step: Step) -> Rows:
        self.statements += 1
        if isinstance(step, Each):
            names = step.many.names
            rows = [{**step.shared, **dict(zip(names, one, strict=True))} for one in step.values]
            return [(connection.executemany(step.many.sqlite, rows).rowcount,)]
        ask, parameters = step
        cursor = connection.execute(ask.sqlite, parameters)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]
