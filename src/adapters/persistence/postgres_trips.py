"""Trips to PostgreSQL: several statements go together, and their answers come together.

The driver's own pipelines do the same, with a cursor, a transformer and a queue of callbacks for every statement; that
cost more than everything else in a request. Here its C parts are called directly: statements are prepared once per
connection, sent one after the other, and one synchronisation ends them. Waiting, and calling off what is waited for,
is the driver's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
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


Trip = Generator[Wait, Ready | int, list[Told]]
"""Yields what is waited for, and is sent what is ready."""
_Key = tuple[bytes, tuple[int, ...]]
"""A statement, and the types of its parameters."""


@attrs.frozen
class _Sent:
    """A statement on its way, and the name it is prepared by where it was not before."""

    key: _Key
    prepared: bytes | None


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

    def trip(self, commands: Sequence[Command]) -> Trip:
        """Send the commands and read what they are answered; for the `wait` of the connection.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        pgconn, ready = self._connection.pgconn, [self._dumped(one) for one in commands]
        pgconn.enter_pipeline_mode()
        sent = self._send(pgconn, ready)
        results = yield from _talk(pgconn)
        pgconn.exit_pipeline_mode()
        return self._answers(sent, iter(results))

    def _dumped(self, command: Command) -> tuple[_Key, Any, Any]:
        """The statement, and its values as they travel, with their formats."""
        text, places = _numbered(command.query)
        values = _values(places, command.parameters)
        dumped = self._transformer.dump_sequence(values, _auto(len(values)))
        return (text, self._transformer.types or ()), dumped, self._transformer.formats

    def _send(self, pgconn: PGconn, ready: Sequence[tuple[_Key, Any, Any]]) -> list[_Sent]:
        """Put statements on the way, each behind its preparation where it has none yet."""
        sent: list[_Sent] = []
        coming: dict[_Key, bytes] = {}
        for key, values, formats in ready:
            name, prepared = self._prepared.get(key) or coming.get(key), None
            if name is None:
                self._made += 1
                name = prepared = coming[key] = b"dinghuo_%d" % self._made
                pgconn.send_prepare(name, *key)
            pgconn.send_query_prepared(name, values, formats, Format.BINARY)
            sent.append(_Sent(key, prepared))
        pgconn.pipeline_sync()
        return sent

    def _answers(self, sent: Sequence[_Sent], results: Iterator[PGresult]) -> list[Told]:
        told: list[Told] = []
        for one in sent:
            if one.prepared is not None:
                self._look(next(results))
                self._prepared[one.key] = one.prepared
            told.append(self._told(next(results)))
        return told

    def _told(self, result: PGresult) -> Told:
        self._look(result)
        rows: Rows = []
        if result.ntuples:
            self._transformer.set_pgresult(result)
            rows = self._transformer.load_rows(0, result.ntuples, tuple)
        return Told(result.command_tuples or 0, rows)

    def _look(self, result: PGresult) -> None:
        """:raises psycopg.Error: if that is what the database answered."""
        if result.status not in _FINE:
            raise errors.error_from_result(result, self._connection.info.encoding)

    @property
    def is_full(self) -> bool:
        """Whether so much is prepared that it should be forgotten before more comes."""
        return len(self._prepared) > MOST_PREPARED

    def forget(self) -> None:
        """Take note that nothing is prepared any more."""
        self._prepared.clear()


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

    def trip(self, commands: Sequence[Command]) -> list[Told]:
        """Send commands together and wait for all the answers.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        if self._line.is_full:
            self.execute(_FORGET)
            self._line.forget()
        with self.lock:
            return self.wait(self._line.trip(commands))


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

    def trip(self, commands: Sequence[Command]) -> list[Told]:
        """Send commands together and wait for all the answers.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        with self.connection.lock:
            return self.connection.wait(self._line.trip(commands))


class ReadingConnection(psycopg.AsyncConnection[Row]):
    """A connection for readers."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._line = Line(self)

    async def trip(self, commands: Sequence[Command]) -> list[Told]:
        """Send commands together and wait for all the answers.

        :raises psycopg.Error: what the first of them failed with; those after it were not done.
        """
        if self._line.is_full:
            await self.execute(_FORGET)
            self._line.forget()
        trip = self._line.trip(commands)
        async with self.lock:
            try:
                return await self._finish(trip)
            except asyncio.CancelledError:
                await self._call_off(trip)
                raise

    async def _finish(self, trip: Trip) -> list[Told]:
        """Wait whenever the trip has to. The driver's own way looks up every tenth of a second, and at every wait tells
        the event loop anew what it waits for."""
        loop, socket, wake = asyncio.get_running_loop(), self.pgconn.socket, _Wake()
        wanted = next(trip)
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
                wanted = trip.send(ready)
        except StopIteration as end:
            told: list[Told] = end.value
            return told
        finally:
            loop.remove_reader(socket)

    async def _call_off(self, trip: Trip) -> None:
        """Let the database give up, and read what there is to be read, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_CALL_OFF_S):
                await self.cancel_safe(timeout=_CALL_OFF_S)
                with suppress(psycopg.Error):
                    await self._finish(trip)
        finally:
            if self.pgconn.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()


def _talk(pgconn: PGconn) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Send what waits, and read everything that comes until the synchronisation."""
    results: list[PGresult] = []
    unsent = pgconn.flush()
    while True:
        # Whoever was interrupted while waiting begins to wait anew, with nothing that is ready.
        ready = (yield Wait.RW if unsent else Wait.R) or 0
        if ready & Ready.R:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                results.append(result)
        if unsent:
            unsent = pgconn.flush()
