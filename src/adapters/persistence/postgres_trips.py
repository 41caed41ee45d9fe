"""Trips to PostgreSQL: several statements go together, and their answers come together.

The driver's own pipelines do the same, with a cursor, a transformer and a queue of callbacks for every statement; that
cost more than everything else in a request. Here its C parts are called directly: statements are prepared once per
connection, sent one after the other, and one synchronisation ends them. Waiting, and calling off what is waited for,
is the driver's.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import attrs
import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from adapters.persistence.statements import Row, Rows

MOST_PREPARED = 500
"""A connection forgets what it has prepared when it would be more than this."""
_CALL_OFF_S = 5.0
_FORGET = b"DEALLOCATE ALL"
_PLACE = re.compile(rb"%(?:\((\w+)\)s|(s)|(%))")
_FINE = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY})


@attrs.frozen
class Command:
    """A statement with `%(name)s` or `%s` in it, and what to put there."""

    query: bytes
    parameters: Mapping[str, Any] | Sequence[Any] | None = None


@attrs.frozen
class Told:
    """What a statement was answered: how many rows it changed or has, and those it has."""

    changed: int
    rows: Rows


Steps = Generator[Wait, Ready | int, None]
"""Yields what is waited for, and is sent what is ready."""
Tell = Callable[[int, Told], None]
"""Is told what a command was answered, as soon as it is known, and its place among those that went together."""
_Key = tuple[bytes, tuple[int, ...]]
"""A statement, and the types of its parameters."""
_Prepared = tuple[_Key, bytes]
"""A statement, and the name it is prepared by."""


@lru_cache(maxsize=4_096)
def _numbered(query: bytes) -> tuple[bytes, tuple[str, ...] | int]:
    """The statement with `$1`, `$2` … in it, and the names of what stands there, or their number."""
    names: dict[str, int] = {}
    places = 0

    def number(found: re.Match[bytes]) -> bytes:
        nonlocal places
        if found[3]:
            return b"%"
        if found[2]:
            places += 1
            return b"$%d" % places
        return b"$%d" % names.setdefault(found[1].decode(), len(names) + 1)

    text = _PLACE.sub(number, query)
    assert not (names and places), "a statement has places by name or by order"
    return text, tuple(names) or places


@lru_cache(maxsize=256)
def _auto(number: int) -> list[PyFormat]:
    return [PyFormat.AUTO] * number


def _values(places: tuple[str, ...] | int, given: Mapping[str, Any] | Sequence[Any] | None) -> Sequence[Any]:
    if not places:
        return ()
    if isinstance(places, int):
        assert given is not None and not isinstance(given, Mapping), "values by their order"
        return given
    assert isinstance(given, Mapping), "values by their names"
    return [given[name] for name in places]


class Line:
    """One connection: what was prepared on it, and how its values are written and read."""

    def __init__(self, connection: psycopg.Connection[Row] | psycopg.AsyncConnection[Row]) -> None:
        self._connection = connection
        self._transformer = Transformer(connection)
        self._prepared: dict[_Key, bytes] = {}
        self._made = 0

    def start(
        self, commands: Sequence[Command], *, early: Collection[int] = (), tell: Tell | None = None
    ) -> Trip:
        """Put statements on the way, each behind its preparation where it has none yet.

        The answers of those whose places are in `early` are sent as soon as they are there; the others may wait for
        those behind them.
        """
        pgconn, ready = self._connection.pgconn, [self._dumped(one) for one in commands]
        pgconn.enter_pipeline_mode()
        coming: list[_Prepared | None] = []
        new: dict[_Key, bytes] = {}
        for place, (key, values, formats) in enumerate(ready):
            name = self._prepared.get(key) or new.get(key)
            if name is None:
                self._made += 1
                name = new[key] = b"dinghuo_%d" % self._made
                pgconn.send_prepare(name, *key)
                coming.append((key, name))
            pgconn.send_query_prepared(name, values, formats, Format.BINARY)
            coming.append(None)
            if place in early:
                pgconn.send_flush_request()
        pgconn.pipeline_sync()
        return Trip(self, pgconn, coming, tell)

    def _dumped(self, command: Command) -> tuple[_Key, Any, Any]:
        """The statement, and its values as they travel, with their formats."""
        text, places = _numbered(command.query)
        values = _values(places, command.parameters)
        dumped = self._transformer.dump_sequence(values, _auto(len(values)))
        return (text, self._transformer.types or ()), dumped, self._transformer.formats

    def note(self, prepared: _Prepared) -> None:
        """Take note that a statement is prepared."""
        key, name = prepared
        self._prepared[key] = name

    def read(self, result: PGresult) -> Told:
        """Read an answer."""
        rows: Rows = []
        if result.ntuples:
            self._transformer.set_pgresult(result)
            rows = self._transformer.load_rows(0, result.ntuples, tuple)
        return Told(result.command_tuples or 0, rows)

    def failure(self, result: PGresult) -> psycopg.Error:
        """What the database answered instead."""
        return errors.error_from_result(result, self._connection.info.encoding)

    @property
    def is_full(self) -> bool:
        """Whether so much is prepared that it should be forgotten before more comes."""
        return len(self._prepared) > MOST_PREPARED

    def forget(self) -> None:
        """Take note that nothing is prepared any more."""
        self._prepared.clear()


class Trip:
    """Statements that were sent, and what has come back so far."""

    def __init__(
        self, line: Line, pgconn: PGconn, coming: Sequence[_Prepared | None], tell: Tell | None
    ) -> None:
        self._line, self._pgconn, self._coming, self.tell = line, pgconn, iter(coming), tell
        self._failure: Exception | None = None
        self.told: list[Told] = []
        self.is_over = False

    def until(self, answered: int) -> Steps:
        """Go on until so many of the statements are answered; for the `wait` of the connection.

        :raises psycopg.Error: what the first of those failed with, when all is read; what is after it was not done.
        """
        unsent = self._pgconn.flush()
        while not self.is_over and len(self.told) < answered:
            # Whoever was interrupted while waiting begins to wait anew, with nothing that is ready.
            ready = (yield Wait.RW if unsent else Wait.R) or 0
            if ready & Ready.R:
                self._read()
            if unsent:
                unsent = self._pgconn.flush()
        if self._failure is not None and len(self.told) < answered:
            raise self._failure

    def rest(self) -> Steps:
        """Go on until everything is answered, as `until`."""
        return self.until(sys.maxsize)

    def _read(self) -> None:
        pgconn = self._pgconn
        pgconn.consume_input()
        while not self.is_over and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                pgconn.exit_pipeline_mode()
                self.is_over = True
            elif self._failure is None:
                self._take(result)

    def _take(self, result: PGresult) -> None:
        if result.status not in _FINE:
            self._failure = self._line.failure(result)
            return
        prepared = next(self._coming)
        if prepared is not None:
            self._line.note(prepared)
            return
        try:
            told = self._line.read(result)
        except Exception as error:  # noqa: BLE001  # what follows has to be read before it is raised
            self._failure = error
            return
        self.told.append(told)
        if self.tell is not None:
            self.tell(len(self.told) - 1, told)


@attrs.define
class _Wake:
    """Lets one that waits for a socket go on."""

    _ready: int = 0
    _waiting: asyncio.Future[None] | None = None

    def up(self, ready: Ready) -> None:
        self._ready |= ready
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def wait(self, loop: asyncio.AbstractEventLoop) -> int:
        self._ready, self._waiting = 0, loop.create_future()
        await self._waiting
        return self._ready


class WritingConnection(psycopg.Connection[Row]):
    """A connection of the verbs."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._line = Line(self)

    def start(self, commands: Sequence[Command], *, early: Collection[int] = ()) -> Trip:
        """Send commands together, as `Line.start`."""
        if self._line.is_full:
            self.execute(_FORGET)
            self._line.forget()
        with self.lock:
            return self._line.start(commands, early=early)

    def go_on(self, steps: Steps) -> None:
        """Wait for what was sent.

        :raises psycopg.Error: what the first of the commands failed with; those after it were not done.
        """
        with self.lock:
            self.wait(steps)

    def trip(self, commands: Sequence[Command]) -> list[Told]:
        """Send commands together and wait for all the answers.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        return _there_and_back(self, commands)


@attrs.define
class Borrowed:
    """A connection that somebody else has made, for trips between what they do with it."""

    connection: psycopg.Connection[Row]
    _line: Line = attrs.field(
        init=False, default=attrs.Factory(lambda self: Line(self.connection), takes_self=True)
    )

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent on it any more."""
        return self.connection.closed

    def start(self, commands: Sequence[Command], *, early: Collection[int] = ()) -> Trip:
        """Send commands together, as `Line.start`."""
        with self.connection.lock:
            return self._line.start(commands, early=early)

    def go_on(self, steps: Steps) -> None:
        """Wait for what was sent.

        :raises psycopg.Error: what the first of the commands failed with; those after it were not done.
        """
        with self.connection.lock:
            self.connection.wait(steps)

    def trip(self, commands: Sequence[Command]) -> list[Told]:
        """Send commands together and wait for all the answers.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        return _there_and_back(self, commands)


def _there_and_back(connection: WritingConnection | Borrowed, commands: Sequence[Command]) -> list[Told]:
    trip = connection.start(commands)
    connection.go_on(trip.rest())
    return trip.told


class ReadingConnection(psycopg.AsyncConnection[Row]):
    """A connection for readers."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._line = Line(self)

    async def trip(
        self, commands: Sequence[Command], *, early: Collection[int] = (), tell: Tell | None = None
    ) -> list[Told]:
        """Send commands together and wait for all the answers, and `tell` of each as soon as it is there.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        if self._line.is_full:
            await self.execute(_FORGET)
            self._line.forget()
        async with self.lock:
            trip = self._line.start(commands, early=early, tell=tell)
            steps = trip.rest()
            try:
                await self._finish(steps)
            except asyncio.CancelledError:
                trip.tell = None
                await self._call_off(steps)
                raise
            return trip.told

    async def _finish(self, steps: Steps) -> None:
        """Wait whenever a trip has to. The driver's own way looks up every tenth of a second, and at every wait tells
        the event loop anew what it waits for."""
        loop, socket, wake = asyncio.get_running_loop(), self.pgconn.socket, _Wake()
        wanted = next(steps)
        loop.add_reader(socket, wake.up, Ready.R)
        try:
            while True:
                if wanted is not Wait.R:
                    loop.add_writer(socket, wake.up, Ready.W)
                try:
                    ready = await wake.wait(loop)
                finally:
                    if wanted is not Wait.R:
                        loop.remove_writer(socket)
                wanted = steps.send(ready)
        except StopIteration:
            return
        finally:
            loop.remove_reader(socket)

    async def _call_off(self, steps: Steps) -> None:
        """Let the database give up, and read what there is to be read, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_CALL_OFF_S):
                await self.cancel_safe(timeout=_CALL_OFF_S)
                with suppress(psycopg.Error):
                    await self._finish(steps)
        finally:
            if self.pgconn.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()
