"""PostgreSQL: psycopg 3 on two pools, asynchronous for reads, synchronous for verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from sqlalchemy import Table, func, select
from sqlalchemy.engine import Dialect, make_url

from adapters.persistence.merchants import merchants
from adapters.persistence.postgres_moment import PostgresMoment
from adapters.persistence.postgres_waiting import TRY_AGAIN, Waiting, array, statement_of, take
from adapters.persistence.second_wall import FOR_LOGIN, FOR_MERCHANT, look_at_wall, take_role, take_role_async
from adapters.persistence.sessions import Driver, Meter, Moment, Session, in_one_moment
from adapters.persistence.statements import (
    POSTGRES,
    Reader,
    Row,
    Rows,
    Statement,
    columns_of,
    inserting,
    inserting_missing,
    replacing,
)
from application.ports.database import SecondWall
from application.ports.storage import Busy, Later, Stale
from domain.identity import MerchantId

WAIT_S = 10.0
_MERCHANTS = Statement(select(merchants.c.id).order_by(merchants.c.id))
_BOUND = Statement(select(func.row_security_active("orders")))
_CHUNK = 5_000
_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"
"""Readers' statements say how few rows they want, so that the plan for all of them is as good as one for each; planning
takes longer than looking."""
_SETTINGS = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=10s -c statement_timeout=60s"

T = TypeVar("T")


class PostgresSession(Session):
    """One transaction on one connection.

    What has no answer to wait for (the beginning, inserts, guarded changes, questions whose answers are needed later)
    waits and travels with the next statement that has one, so that a transaction costs few round trips. The last of
    those that still wait when it ends travels with the COMMIT: a lock it takes is held while the database writes, and
    not while anything goes to and fro. Nothing is committed before every guard has been looked at.
    """

    def __init__(
        self, connection: psycopg.Connection[Row], meter: Meter, begin: bytes, of: MerchantId | None
    ) -> None:
        self._connection, self._meter = connection, meter
        self._beginning = [Waiting(begin)] if of is None else [Waiting(begin), Waiting(FOR_MERCHANT, (of,))]
        self._waiting = [*self._beginning]
        self._begun = False

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    def all(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        return self.ask(statement, parameters)()

    def ask(self, statement: Statement, parameters: Mapping[str, Any]) -> Later[Rows]:
        asked = self._add(statement, parameters, fetch=True)

        def answered() -> Rows:
            if asked.rows is None:
                self.flush()
            assert asked.rows is not None, "nothing is asked of a transaction that was rolled back"
            return asked.rows

        return answered

    def show_places_of(self, login_id: str) -> None:
        self._waiting.append(Waiting(FOR_LOGIN, (login_id,)))

    def change(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        asked = self._add(statement, parameters)
        self.flush()
        return asked.changed

    def must_change(
        self, statement: Statement, parameters: Mapping[str, Any], *, rows: int, about: object
    ) -> None:
        self._add(statement, parameters, wanted=rows, about=about)

    def change_each(self, statement: Statement, parameters: Iterable[Mapping[str, Any]]) -> int:
        return sum(self.change(statement, one) for one in parameters)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(inserting(table)["postgresql"], rows, len(table.columns))

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(replacing(table)["postgresql"], rows, len(table.columns))

    def insert_missing(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(inserting_missing(table)["postgresql"], rows, len(table.columns))

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        # COPY fills no table behind the second wall.
        rest = iter(rows)
        # It takes as long as it takes: whoever loads very much is not a request.
        self._waiting.append(Waiting(b"SET LOCAL statement_timeout = 0"))
        while chunk := list(islice(rest, _CHUNK)):
            self.insert(table, chunk)
            self.flush()

    def settle(self) -> None:
        # Only who owns a table may have it looked at, which is who was connected, not the role that was taken.
        self.flush()
        self._meter.statements += 1
        [(role,)] = self._connection.execute(b"SELECT current_setting('role')").fetchall()
        self._connection.execute(b"SET LOCAL ROLE NONE")
        self._connection.execute(b"ANALYZE")
        self._connection.execute(b"SELECT set_config('role', %s, true)", (role,))

    def flush(self) -> None:
        """Send what waits, wait for all the answers, and look at the guards.

        :raises Stale: if a guarded change did not change what it should have.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._begun = True
        if len(waiting) == 1:
            take(waiting[0], self._execute(waiting[0]))
        else:
            with self._connection.pipeline():
                cursors = [self._execute(one) for one in waiting]
            for one, cursor in zip(waiting, cursors, strict=True):
                take(one, cursor)

    def commit(self) -> None:
        """Send what waits and end the transaction; one that has asked nothing never began."""
        if not self._begun and len(self._waiting) == len(self._beginning):
            return
        last = self._waiting[-1:]
        if any(one.wanted is not None for one in self._waiting):
            last = [one for one in last if one.wanted is None]
            self._waiting = self._waiting[: len(self._waiting) - len(last)]
            self.flush()
            self._waiting = last
        self._waiting.append(Waiting(b"COMMIT"))
        self.flush()

    def roll_back(self) -> None:
        """Forget what waits, and what was done."""
        self._waiting = []
        if self._begun and not self._connection.closed:
            self._connection.execute("ROLLBACK")

    def _add(self, statement: Statement, parameters: Mapping[str, Any], **answer: Any) -> Waiting:
        found = statement.on(POSTGRES)
        self._meter.statements += 1
        given = {name: array(value) if type(value) is list else value for name, value in parameters.items()}
        asked = Waiting(statement_of(found.text), {**found.constants, **given}, **answer)
        self._waiting.append(asked)
        return asked

    def _many(self, text: str, rows: Iterable[Row], width: int) -> None:
        rest = iter(rows)
        while chunk := list(islice(rest, _CHUNK)):
            self._meter.statements += 1
            self._waiting.append(
                Waiting(statement_of(text), [array(one) for one in columns_of(chunk, width)])
            )

    def _execute(self, one: Waiting) -> psycopg.Cursor[Row]:
        return self._connection.execute(one.query, one.parameters, binary=True)


class Postgres(Driver):
    """A PostgreSQL database."""

    def __init__(
        self,
        url: str,
        *,
        meter: Meter,
        read_pool: int,
        write_pool: int,
        statement_s: float,
        second_wall: bool = True,
    ) -> None:
        self.meter, self.walled = meter, second_wall
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        arguments = {"autocommit": True, "options": _SETTINGS}
        timeout = f"-c statement_timeout={max(round(statement_s * 1000), 1)}ms"
        self._read_settings = f"{_SETTINGS} {_PLAN_ONCE} {timeout}"
        self._conninfo, self._arguments, self._read_pool = conninfo, arguments, read_pool
        self._reads: AsyncConnectionPool[psycopg.AsyncConnection[Row]] | None = None
        self._writes = ConnectionPool(
            conninfo,
            kwargs=arguments,
            configure=take_role if second_wall else None,
            min_size=1,
            max_size=write_pool,
            timeout=WAIT_S,
            open=False,
        )
        self._opened = False

    @contextmanager
    def writing(self, *, of: MerchantId | None) -> Iterator[Session]:
        with self._transaction(b"BEGIN", of) as session:
            yield session

    @contextmanager
    def snapshot(self, *, of: MerchantId | None) -> Iterator[Session]:
        with self._transaction(_SNAPSHOT, of) as session:
            yield session

    def snapshots(self) -> Iterator[tuple[MerchantId | None, Session]]:
        with self.snapshot(of=None) as session:
            [(bound,)] = session.all(_BOUND, {})
            found = session.all(_MERCHANTS, {}) if bound else []
            if not bound:
                yield None, session
        for (merchant_id,) in found:
            with self.snapshot(of=merchant_id) as session:
                yield MerchantId(merchant_id), session

    def scrub(self) -> bool:
        """Nothing is in files of the program's; the server cleans its own."""
        return True

    def second_wall(self) -> SecondWall:
        try:
            return look_at_wall(self._conninfo) if self.walled else SecondWall.MISSING
        except psycopg.OperationalError as error:
            raise Busy(str(error)) from error

    async def read(self, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
        return await in_one_moment(self.moment(), reader, of=of)

    def moment(self, *, foreseen: int = 0) -> Moment:
        return PostgresMoment(self, foreseen=foreseen)

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
            kwargs={**self._arguments, "options": self._read_settings, "prepare_threshold": 1},
            configure=self._make_ready,
            min_size=1,
            max_size=self._read_pool,
            timeout=WAIT_S,
            open=False,
        )
        await pool.open()
        self._reads = pool

    async def _make_ready(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Let a connection begin by itself, with the first question, and read one moment until it is told to end."""
        if self.walled:
            await take_role_async(connection)
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        await connection.set_autocommit(False)

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
    def _transaction(self, begin: bytes, of: MerchantId | None) -> Iterator[Session]:
        if not self._opened:
            self._writes.open()
            self._opened = True
        try:
            with self._writes.connection() as connection:
                session = PostgresSession(connection, self.meter, begin, of if self.walled else None)
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.roll_back()
                    raise
        except TRY_AGAIN as error:
            raise Busy(str(error)) from error
        except errors.IntegrityError as error:
            raise Stale(str(error)) from error
        except psycopg.OperationalError as error:
            raise Busy(str(error)) from error
