"""Moments: readers that ask at the same time, answered together on one snapshot."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Dialect

from adapters.persistence.sessions import Moment
from adapters.persistence.statements import Ask, Reader, Rows
from application.ports.sealing import Sealing
from application.ports.storage import Busy
from domain.identity import MerchantId

T = TypeVar("T")


class Question(Generic[T]):
    """A reader that asks until it knows, the merchant it asks about, and whoever waits for it."""

    def __init__(
        self,
        reader: Callable[[], Reader[T]],
        answer: asyncio.Future[T],
        of: MerchantId | None,
        opened: Callable[[Ask, Rows, MerchantId | None], Rows],
    ) -> None:
        self._reader, self._answer, self.of, self._opened = reader(), answer, of, opened
        self._known: T | None = None
        self._error: Exception | None = None
        self.ask: Ask | None = None
        """What it wants to know next; None once it knows, or has given up."""

    def begin(self) -> None:
        """Find out what it asks first."""
        self._go_on(None)

    def tell(self, rows: Rows) -> None:
        """Tell it what it asked, as it is stored; what is sealed is opened first."""
        self._go_on(rows)

    def settle(self) -> None:
        """Let whoever waits go on, if it knows or has given up; only on the event loop."""
        if self.ask is None and not self._answer.done():
            if self._error is not None:
                self._answer.set_exception(self._error)
            else:
                self._answer.set_result(self._known)  # type: ignore[arg-type]  # None only where that is the answer

    def fail(self, error: Exception) -> None:
        """Give up, unless it knows already."""
        if self.ask is not None or (self._known is None and self._error is None):
            self.ask, self._error = None, error
            self._reader.close()
        self.settle()

    def _go_on(self, rows: Rows | None) -> None:
        asked, self.ask = self.ask, None
        try:
            if rows is None or asked is None:
                self.ask = next(self._reader)
            else:
                self.ask = self._reader.send(self._opened(asked, rows, self.of))
        except StopIteration as known:
            self._known = known.value
        except Exception as error:  # noqa: BLE001  # it is for whoever waits, as if it had been raised there
            self._error = error


class Batches(Moment, ABC):
    """Gathers the questions that come while the event loop turns once, and has them answered together."""

    def __init__(self, sealing: Sealing, dialect: Dialect) -> None:
        self._sealing, self._dialect = sealing, dialect
        self._waiting: list[Question[Any]] = []
        self._asked: list[Question[Any]] = []
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def read(self, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
        if self._closed:
            raise Busy("this moment is over")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(Question(reader, answer, of, self._opened))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return await answer

    async def close(self) -> None:
        self._closed = True
        running = self._running
        if running is not None:
            if any(question.ask is not None for question in (*self._asked, *self._waiting)):
                self._hurry(running)
            await asyncio.wait([running])
        await self._end()

    def _opened(self, ask: Ask, rows: Rows, of: MerchantId | None) -> Rows:
        seals = ask.statement.on(self._dialect).seals
        return seals.open(rows, ask.parameters, self._sealing, of=of)

    async def _run(self) -> None:
        try:
            while asked := self._gathered():
                self._asked = asked
                await self._answer(asked)
        except Exception as error:  # noqa: BLE001  # it is for everybody who waits
            self._give_up(error)
        except asyncio.CancelledError:
            self._give_up(Busy("this moment is over"))
            raise
        finally:
            # A question knows its moment: what it read would otherwise wait for the collector.
            self._running, self._asked = None, []

    def _give_up(self, error: Exception) -> None:
        for question in (*self._asked, *self._gathered()):
            question.fail(error)

    def _gathered(self) -> list[Question[Any]]:
        asked, self._waiting = self._waiting, []
        return asked

    @abstractmethod
    async def _answer(self, asked: Sequence[Question[Any]]) -> None:
        """Answer every question; what it raises is told to all that are left."""

    @abstractmethod
    def _hurry(self, running: asyncio.Task[None]) -> None:
        """Bring what is running to its end soon: nobody waits for it any more."""

    @abstractmethod
    async def _end(self) -> None:
        """Give back what was taken."""
