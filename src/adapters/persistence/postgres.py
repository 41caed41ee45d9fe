"""PostgreSQL: psycopg 3 on two pools, asynchronous for reads, synchronous for verbs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from adapters.persistence.merchants import merchants
from adapters.persistence.postgres_moment import PostgresMoment
from adapters.persistence.postgres_session import PostgresSession
from adapters.persistence.postgres_trips import ReadingConnection, WritingConnection
from adapters.persistence.postgres_waiting import TRY_AGAIN, because
from adapters.persistence.remembering import Memories
from adapters.persistence.second_wall import look_at_wall, take_role, take_role_async
from adapters.persistence.sessions import Driver, Meter, Moment, Session, in_one_moment
from adapters.persistence.statements import Reader, Statement
from application.ports.database import SecondWall
from application.ports.sealing import Sealing
from application.ports.storage import Busy, Stale
from domain.identity import MerchantId

WAIT_S = 10.0
_MERCHANTS = Statement(select(merchants.c.id).order_by(merchants.c.id))
_BOUND = Statement(select(func.row_security_active("orders")))
_WHOLE_TABLES = Statement(
    select(func.set_config("enable_nestloop", "off", True), func.set_config("jit", "off", True))
)
"""Who looks at every row of every table joins them as wholes. Where tables were emptied when last analyzed, one row of
each is expected, and one table is walked for every row of another: minutes for thousands of orders."""
_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan -c jit=off"
"""Readers' statements say how few rows they want, so that the plan for all of them is as good as one for each; planning
takes longer than looking, and compiling longer than either."""
_SETTINGS = (
    "-c timezone=UTC -c synchronous_commit=on -c random_page_cost=1.1 "
    "-c lock_timeout=10s -c statement_timeout=60s"
)
"""What is sold today lies in memory, and the rest on flash: with PostgreSQL's usual costs, which are those of turning
disks, a shop of 2,000 products was read from end to end to find the twenty of an order."""

T = TypeVar("T")


class Postgres(Driver):
    """A PostgreSQL database."""

    def __init__(
        self,
        url: str,
        *,
        meter: Meter,
        sealing: Sealing,
        read_pool: int,
        write_pool: int,
        statement_s: float,
        second_wall: bool = True,
    ) -> None:
        self.meter, self.sealing, self.walled = meter, sealing, second_wall
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        arguments = {"autocommit": True, "options": _SETTINGS, "prepare_threshold": None}
        timeout = f"-c statement_timeout={max(round(statement_s * 1000), 1)}ms"
        self._read_settings = f"{_SETTINGS} {_PLAN_ONCE} {timeout}"
        self._conninfo, self._arguments, self._read_pool = conninfo, arguments, read_pool
        self._reads: AsyncConnectionPool[ReadingConnection] | None = None
        self._lent = 0
        self.memories = Memories()
        self._write_pool, self._turn = write_pool, threading.Lock()
        self._writes: ConnectionPool[WritingConnection] | None = None

    @contextmanager
    def writing(self, *, of: MerchantId | None) -> Iterator[Session]:
        with self._transaction(b"BEGIN", of) as session:
            yield session

    @contextmanager
    def snapshot(self, *, of: MerchantId | None) -> Iterator[Session]:
        with self._transaction(_SNAPSHOT, of, reads=True) as session:
            yield session

    def snapshots(self) -> Iterator[tuple[MerchantId | None, Session]]:
        with self.snapshot(of=None) as session:
            [(bound,)] = session.all(_BOUND, {})
            found = session.all(_MERCHANTS, {}) if bound else []
            if not bound:
                session.all(_WHOLE_TABLES, {})
                yield None, session
        for (merchant_id,) in found:
            with self.snapshot(of=merchant_id) as session:
                session.all(_WHOLE_TABLES, {})
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

    async def lend(self) -> ReadingConnection:
        """A connection for readers.

        :raises PoolTimeout: if none comes free.
        """
        if self._reads is None:
            await self.start()
        assert self._reads is not None, "it was just started"
        connection = await self._reads.getconn()
        self._lent += 1
        return connection

    @property
    def is_quiet(self) -> bool:
        """Whether no more than one reader is served, so that the processors have time."""
        return self._lent < 2  # one processor for the database, one for the program

    async def take_back(self, connection: ReadingConnection) -> None:
        """Keep a connection for the next reader."""
        self._lent -= 1
        if self._reads is not None:
            await self._reads.putconn(connection)
        else:
            await connection.close()

    async def start(self) -> None:
        pool: AsyncConnectionPool[ReadingConnection] = AsyncConnectionPool(
            self._conninfo,
            connection_class=ReadingConnection,
            kwargs={**self._arguments, "options": self._read_settings},
            configure=self._make_ready,
            min_size=1,
            max_size=self._read_pool,
            timeout=WAIT_S,
            open=False,
        )
        await pool.open()
        self._reads = pool

    async def _make_ready(self, connection: ReadingConnection) -> None:
        """Let a connection see no more than it should."""
        if self.walled:
            await take_role_async(connection)

    async def stop(self) -> None:
        if self._reads is not None:
            await self._reads.close()
            self._reads = None
        self.close()

    def close(self) -> None:
        """Close the connections of the verbs."""
        with self._turn:
            writes, self._writes = self._writes, None
        if writes is not None:
            writes.close()

    def _writing(self) -> ConnectionPool[WritingConnection]:
        """The connections of the verbs, opened for the first of them; a pool that was closed is never opened again."""
        with self._turn:
            if self._writes is None:
                self._writes = ConnectionPool(
                    self._conninfo,
                    connection_class=WritingConnection,
                    kwargs=self._arguments,
                    configure=take_role if self.walled else None,
                    min_size=1,
                    max_size=self._write_pool,
                    timeout=WAIT_S,
                    open=True,
                )
            return self._writes

    @contextmanager
    def _transaction(self, begin: bytes, of: MerchantId | None, *, reads: bool = False) -> Iterator[Session]:
        try:
            with self._writing().connection() as connection:
                session = PostgresSession(
                    connection,
                    self.meter,
                    self.sealing,
                    begin,
                    of,
                    walled=self.walled,
                    reads=reads,
                    memories=self.memories,
                )
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.roll_back()
                    raise
        except TRY_AGAIN as error:
            raise Busy(str(error), because=because(error)) from error
        except errors.IntegrityError as error:
            raise Stale(str(error), because=because(error)) from error
        except psycopg.OperationalError as error:
            raise Busy(str(error), because=because(error)) from error
