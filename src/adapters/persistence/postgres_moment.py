"""One moment of PostgreSQL, for everybody who reads in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol

import psycopg
from psycopg import errors

from adapters.persistence.moments import Batches, Question
from adapters.persistence.postgres_waiting import TRY_AGAIN, statement_of
from adapters.persistence.second_wall import FOR_LOGIN, FOR_MERCHANT
from adapters.persistence.sessions import Meter
from adapters.persistence.statements import POSTGRES, Row
from application.ports.sealing import Sealing
from application.ports.storage import Busy
from application.views.reading import TooSoon


class Lender(Protocol):
    """Whoever has connections for readers: they begin by themselves, and read one moment until they are told to end."""

    meter: Meter
    sealing: Sealing
    walled: bool

    async def lend(self) -> psycopg.AsyncConnection[Row]:
        """:raises PoolTimeout: if none comes free."""
        ...

    async def take_back(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Keep a connection for the next reader."""
        ...


class PostgresMoment(Batches):
    """One snapshot on one connection: what is asked at the same time travels in one pipeline.

    The end travels with the last trip that is foreseen. Then the connection serves others while cards are made of what
    it brought; whoever asks more is told TooSoon, because what they would see is of another moment.
    """

    def __init__(self, database: Lender, *, foreseen: int = 0) -> None:
        super().__init__(database.sealing, POSTGRES)
        self._database, self._foreseen = database, foreseen
        self._connection: psycopg.AsyncConnection[Row] | None = None
        self._begun = self._failed = False
        self._shown: tuple[str | None, ...] = (None, None)
        self.trips = 0

    async def _answer(self, asked: Sequence[Question[Any]]) -> None:
        try:
            for question in asked:
                question.begin()
                question.settle()
            while asked := [question for question in asked if question.ask is not None]:
                await self._exchange(asked)
        except errors.QueryCanceled as error:
            self._failed = True
            raise TimeoutError(str(error)) from error
        except (*TRY_AGAIN, psycopg.OperationalError) as error:
            self._failed = True
            raise Busy(str(error)) from error
        except BaseException:
            self._failed = True
            raise

    async def _exchange(self, asked: Sequence[Question[Any]]) -> None:
        """Send what every question asks next; each is told its rows while the others' are still being read.

        :raises TooSoon: if the moment has ended with what was foreseen to be its last trip.
        """
        if self._begun and self._connection is None:
            raise TooSoon(f"only {self.trips} trips were foreseen")
        if self._connection is None:
            self._connection = await self._database.lend()
        connection, ending = self._connection, self.trips + 1 == self._foreseen
        alone = self._begun and len(asked) == 1 and not ending and self._is_set_for(asked[0])
        self.trips += 1
        async with AsyncExitStack() as stack:
            if not alone:
                await stack.enter_async_context(connection.pipeline())
            self._begun = True
            cursors = [await self._put(connection, question) for question in asked]
            if ending:
                await connection.execute(b"COMMIT")
            for question, cursor in zip(asked, cursors, strict=True):
                question.tell(await cursor.fetchall())
                question.settle()
        if ending:
            await self._end()

    async def _put(
        self, connection: psycopg.AsyncConnection[Row], question: Question[Any]
    ) -> psycopg.AsyncCursor[Row]:
        ask = question.ask
        assert ask is not None, "only those that ask are put"
        if not self._is_set_for(question):
            await self._set_for(connection, question.of, ask.login_id)
        found = ask.statement.on(POSTGRES)
        self._database.meter.statements += 1
        parameters = {**found.constants, **ask.parameters}
        return await connection.execute(statement_of(found.text), parameters, binary=True)

    def _is_set_for(self, question: Question[Any]) -> bool:
        ask = question.ask
        return ask is not None and (question.of, ask.login_id) == self._shown

    async def _set_for(self, connection: psycopg.AsyncConnection[Row], *wanted: str | None) -> None:
        """Show the next statement what is this merchant's, and the places of this login."""
        shown, self._shown = self._shown, wanted
        for setting, before, now in zip((FOR_MERCHANT, FOR_LOGIN), shown, wanted, strict=True):
            if self._database.walled and before != now:
                await connection.execute(setting, (now or "",))

    def _hurry(self, running: asyncio.Task[None]) -> None:
        running.cancel()

    async def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._begun and not connection.closed:
                # A rollback makes the driver forget what it has prepared; which it has to where something went wrong,
                # because then it takes for prepared what the database has passed over.
                await (connection.rollback() if self._failed else connection.commit())
        except psycopg.Error:
            # It is broken, which the pool finds out by itself: nobody waits for anything on it.
            await connection.close()
        finally:
            await self._database.take_back(connection)
