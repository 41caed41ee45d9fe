"""One moment of PostgreSQL, for everybody who reads in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import psycopg
from psycopg import errors

from adapters.persistence.moments import Batches, Question
from adapters.persistence.postgres_trips import Command, ReadingConnection, Told
from adapters.persistence.postgres_waiting import TRY_AGAIN, because, statement_of
from adapters.persistence.second_wall import FOR_LOGIN, FOR_MERCHANT
from adapters.persistence.sessions import Meter
from adapters.persistence.statements import POSTGRES
from application.ports.sealing import Sealing
from application.ports.storage import Busy
from application.views.reading import TooSoon

_BEGIN, _COMMIT = Command(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), Command(b"COMMIT")


class Lender(Protocol):
    """Whoever has connections for readers."""

    meter: Meter
    sealing: Sealing
    walled: bool

    async def lend(self) -> ReadingConnection:
        """:raises PoolTimeout: if none comes free."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether hardly anybody else is served."""
        ...

    async def take_back(self, connection: ReadingConnection) -> None:
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
        self._connection: ReadingConnection | None = None
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
            raise Busy(str(error), because=because(error)) from error
        except BaseException:
            self._failed = True
            raise

    async def _exchange(self, asked: Sequence[Question[Any]]) -> None:
        """Send what every question asks next. While hardly anybody else is served, each is told its rows while the
        database looks for the next one's; where many are, nothing is gained by it, and every look takes time.

        :raises TooSoon: if the moment has ended with what was foreseen to be its last trip.
        """
        if self._begun and self._connection is None:
            raise TooSoon(f"only {self.trips} trips were foreseen")
        if self._connection is None:
            self._connection = await self._database.lend()
        ending = self.trips + 1 == self._foreseen
        self.trips += 1
        commands = [] if self._begun else [_BEGIN]
        places = [self._put(commands, question) for question in asked]
        if ending:
            commands.append(_COMMIT)
        self._begun = True
        asking = dict(zip(places, asked, strict=True))

        def tell(place: int, told: Told) -> None:
            question = asking.get(place)
            if question is not None:
                question.tell(told.rows)
                question.settle()

        # Behind the last one is nothing to be worked out.
        early = places[:-1] if self._database.is_quiet else ()
        await self._connection.trip(commands, early=early, tell=tell)
        if ending:
            await self._end()

    def _put(self, commands: list[Command], question: Question[Any]) -> int:
        """Add what a question asks to the commands of a trip, and answer its place among them."""
        ask = question.ask
        assert ask is not None, "only those that ask are put"
        self._set_for(commands, question.of, ask.login_id)
        found = ask.statement.on(POSTGRES)
        self._database.meter.statements += 1
        parameters = {**found.constants, **ask.parameters}
        commands.append(Command(statement_of(found.text), parameters))
        return len(commands) - 1

    def _set_for(self, commands: list[Command], *wanted: str | None) -> None:
        """Show the next statement what is this merchant's, and the places of this login."""
        shown, self._shown = self._shown, wanted
        for setting, before, now in zip((FOR_MERCHANT, FOR_LOGIN), shown, wanted, strict=True):
            if self._database.walled and before != now:
                commands.append(Command(setting, (now or "",)))

    def _hurry(self, running: asyncio.Task[None]) -> None:
        running.cancel()

    async def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._begun and not connection.closed:
                await (connection.rollback() if self._failed else connection.commit())
        except psycopg.Error:
            # It is broken, which the pool finds out by itself: nobody waits for anything on it.
            await connection.close()
        finally:
            await self._database.take_back(connection)
