"""SQLite: through the standard library, one writer and a few readers, each transaction begun by hand."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import orjson
from sqlalchemy import Table
from sqlalchemy.engine import Dialect

from adapters.persistence.moments import Batches, Question
from adapters.persistence.remembering import Memories
from adapters.persistence.sealed import close_rows
from adapters.persistence.sessions import Driver, Meter, Moment, Session, expect, in_one_moment
from adapters.persistence.sqlite_turns import Timed, Turn
from adapters.persistence.statements import (
    SQLITE,
    Compiled,
    Reader,
    Row,
    Rows,
    Statement,
    inserting,
    inserting_missing,
    replacing,
)
from adapters.persistence.tables import microseconds
from application.ports.database import SecondWall
from application.ports.sealing import Sealing
from application.ports.storage import Busy, Later, Stale
from domain.identity import MerchantId

WAIT_S = 10
MOST_READERS, MOST_AT_WORK = 8, 2
"""So many moments there are at once, and so many of them that have something answered."""
SCRUB_MS = 500
"""So long readers may keep the log from being cut off."""
CACHE_KIB, READER_CACHE_KIB = 8_000, 2_000
"""What a connection keeps of pages for itself: most of them it finds in the file, which is mapped and shared by all."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

T = TypeVar("T")


class SqliteSession(Session):
    """One transaction on one connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        meter: Meter,
        sealing: Sealing,
        of: MerchantId | None,
        *,
        memories: Memories | None = None,
    ) -> None:
        self._connection, self._meter, self._sealing, self._of = connection, meter, sealing, of
        self.touched: set[str] = set()
        self.memories = memories or Memories()

    @property
    def dialect(self) -> Dialect:
        return SQLITE

    def all(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        rows = self.as_stored(statement, parameters)
        return statement.on(SQLITE).seals.open(rows, parameters, self._sealing, of=self._of)

    def as_stored(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        """Fetch every row, and open nothing of it."""
        return self._run(statement, parameters).fetchall()

    def ask(self, statement: Statement, parameters: Mapping[str, Any]) -> Later[Rows]:
        rows = self.all(statement, parameters)
        return lambda: rows

    def show_places_of(self, login_id: str) -> None:
        """Nothing is hidden here."""

    def change(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        return self._run(statement, parameters).rowcount

    def must_change(
        self, statement: Statement, parameters: Mapping[str, Any], *, rows: int, about: object
    ) -> None:
        expect(self.change(statement, parameters), rows, about)

    def change_each(self, statement: Statement, parameters: Iterable[Mapping[str, Any]]) -> int:
        found = self._found(statement)
        rows = [
            {**found.constants, **_lowered(found.seals.close(one, self._sealing, of=self._of))}
            for one in parameters
        ]
        return self._connection.executemany(found.text, rows).rowcount if rows else 0

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(table, inserting, rows)

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(table, replacing, rows)

    def insert_missing(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(table, inserting_missing, rows)

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        self.insert(table, rows)

    def settle(self) -> None:
        self._meter.statements += 1
        self._connection.execute("ANALYZE")

    def _many(self, table: Table, write: Callable[[Table], Mapping[str, str]], rows: Iterable[Row]) -> None:
        self._meter.statements += 1
        self.touched.add(table.name)
        closed = close_rows(table, rows, self._sealing)
        self._connection.executemany(
            write(table)["sqlite"], (tuple(_LOWER.get(type(v), _same)(v) for v in row) for row in closed)
        )

    def _run(self, statement: Statement, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        found = self._found(statement)
        given = found.seals.close(parameters, self._sealing, of=self._of)
        return self._connection.execute(found.text, {**found.constants, **_lowered(given)})

    def _found(self, statement: Statement) -> Compiled:
        self._meter.statements += 1
        found = statement.on(SQLITE)
        self.touched |= found.changes
        return found


class TimedSession(SqliteSession):
    """A session of a reader, each of whose statements has to end in time."""

    def __init__(self, timed: Timed, meter: Meter, sealing: Sealing, seconds: float) -> None:
        super().__init__(timed.connection, meter, sealing, None)
        self._timed, self._seconds = timed, seconds

    def as_stored(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        self._timed.give(self._seconds)
        try:
            return super().as_stored(statement, parameters)
        finally:
            self._timed.give(math.inf)


class Sqlite(Driver):
    """A database in a file: writers one at a time, readers beside them on their own snapshots."""

    def __init__(self, path: Path, *, meter: Meter, sealing: Sealing, statement_s: float) -> None:
        self.meter, self.sealing = meter, sealing
        self.statement_s = statement_s
        self.memories = Memories()
        self._path = path
        self._turn = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._readers: LifoQueue[Timed] = LifoQueue()
        self.threads = anyio.CapacityLimiter(MOST_READERS)
        self.places = asyncio.Semaphore(MOST_READERS)
        """How many moments there are at once, each with a connection of its own."""
        self.turns = asyncio.Semaphore(MOST_AT_WORK)
        """How many of them begin to have something answered."""

    @contextmanager
    def writing(self, *, of: MerchantId | None = None) -> Iterator[Session]:
        if not self._turn.acquire(timeout=WAIT_S):
            raise Busy(because="another writer takes too long")
        try:
            if self._writer is None:
                self._writer = self._connect()
            with self._transaction(self._writer, "BEGIN IMMEDIATE"):
                yield SqliteSession(self._writer, self.meter, self.sealing, of, memories=self.memories)
        finally:
            self._turn.release()

    @contextmanager
    def snapshot(self, *, of: MerchantId | None = None) -> Iterator[Session]:
        timed = self.lend()
        try:
            with self._transaction(timed.connection, "BEGIN"):
                yield SqliteSession(timed.connection, self.meter, self.sealing, of, memories=self.memories)
        finally:
            self.take_back(timed)

    def snapshots(self) -> Iterator[tuple[MerchantId | None, Session]]:
        with self.snapshot() as session:
            yield None, session

    def lend(self) -> Timed:
        """A connection that can only read."""
        try:
            return self._readers.get_nowait()
        except Empty:
            timed = Timed(self._connect())
            timed.connection.execute("PRAGMA query_only = ON")
            timed.connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
            return timed

    def take_back(self, timed: Timed) -> None:
        """Keep a connection for the next reader, without whatever it had begun."""
        if timed.connection.in_transaction:
            timed.connection.execute("ROLLBACK")
        self._readers.put(timed)

    async def read(self, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
        return await in_one_moment(self.moment(), reader, of=of)

    def moment(self, *, foreseen: int = 0) -> Moment:
        return SqliteMoment(self)

    async def find_place(self) -> None:
        """Wait until there may be one more moment.

        :raises Busy: if none of the others ends.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                await self.places.acquire()
        except TimeoutError as error:
            raise Busy(because="all readers take too long") from error

    def scrub(self) -> bool:
        """Write the log into the file, where what was deleted is zeros, and cut it off; later where somebody reads."""
        if not self._turn.acquire(timeout=WAIT_S):
            return False
        try:
            if self._writer is None:
                self._writer = self._connect()
            self._writer.execute(f"PRAGMA busy_timeout = {SCRUB_MS}")
            [(blocked, _, _)] = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._writer.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
            return not blocked
        finally:
            self._turn.release()

    def second_wall(self) -> SecondWall:
        return SecondWall.UNKNOWN

    async def start(self) -> None:
        """Nothing to open before it is asked for."""

    async def stop(self) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._turn:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        while True:
            try:
                self._readers.get_nowait().connection.close()
            except Empty:
                return

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=WAIT_S,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=500,
            )
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",
                "temp_store = MEMORY",
                f"cache_size = -{CACHE_KIB}",
                "mmap_size = 1073741824",
                "analysis_limit = 1000",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            raise Busy(str(error), because=str(error)) from error
        return connection

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        try:
            with _told():
                connection.execute(begin)
                yield
                connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


class SqliteMoment(Batches):
    """One snapshot; whatever is asked at the same time is answered in one hop to a thread."""

    trips = 0

    def __init__(self, database: Sqlite) -> None:
        super().__init__(database.sealing, SQLITE)
        self._database = database
        self._timed: Timed | None = None

    async def _answer(self, asked: Sequence[Question[Any]]) -> None:
        if self._timed is None:
            await self._database.find_place()
            try:
                self._timed = self._database.lend()
            except BaseException:
                self._database.places.release()
                raise
        async with Turn(self._database.turns) as turn:
            self._timed.turn = turn
            await anyio.to_thread.run_sync(self._whole, self._timed, asked, limiter=self._database.threads)
        for question in asked:
            question.settle()

    def _whole(self, timed: Timed, asked: Sequence[Question[Any]]) -> None:
        with _told():
            if not timed.connection.in_transaction:
                timed.connection.execute("BEGIN")
            database = self._database
            session = TimedSession(timed, database.meter, database.sealing, database.statement_s)
            for question in asked:
                question.begin()
                while question.ask is not None:
                    question.tell(session.as_stored(question.ask.statement, question.ask.parameters))

    def _hurry(self, running: asyncio.Task[None]) -> None:
        """What runs in a thread runs to its end."""

    async def _end(self) -> None:
        timed, self._timed = self._timed, None
        if timed is not None:
            self._database.take_back(timed)
            self._database.places.release()


@contextmanager
def _told() -> Iterator[None]:
    """Say in the words of the ports what the driver says."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TimeoutError(str(error)) from error
        if error.sqlite_errorcode & 0xFF in _BUSY:
            raise Busy(str(error), because=str(error)) from error
        raise
    except sqlite3.IntegrityError as error:
        # It names the columns, and no values.
        raise Stale(str(error), because=str(error)) from error


def _same(value: Any) -> Any:
    return value


_LOWER: Mapping[type, Callable[[Any], Any]] = {
    datetime: microseconds,
    date: date.isoformat,
    list: lambda values: orjson.dumps(values).decode(),
}


def _lowered(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Turn what Python has into what SQLite stores."""
    return {name: _LOWER.get(type(value), _same)(value) for name, value in parameters.items()}
