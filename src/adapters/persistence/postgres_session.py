"""One transaction on PostgreSQL, as verbs write against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Table
from sqlalchemy.engine import Dialect

from adapters.persistence.postgres_trips import Borrowed, Command, Trip, WritingConnection
from adapters.persistence.postgres_waiting import Waiting, array, statement_of, take
from adapters.persistence.remembering import Memories
from adapters.persistence.sealed import close_rows
from adapters.persistence.second_wall import FOR_LOGIN, FOR_MERCHANT
from adapters.persistence.sessions import Meter, Session
from adapters.persistence.statements import (
    POSTGRES,
    Row,
    Rows,
    Statement,
    columns_of,
    inserting,
    inserting_missing,
    replacing,
)
from application.ports.sealing import Sealing
from application.ports.storage import Later
from domain.identity import MerchantId

_CHUNK = 5_000


class PostgresSession(Session):
    """One transaction on one connection.

    What has no answer to wait for (the beginning, inserts, guarded changes, questions whose answers are needed later)
    waits and travels with the next statement that has one, so that a transaction costs few round trips. The last of
    those that still wait when it ends travels with the COMMIT: a lock it takes is held while the database writes, and
    not while anything goes to and fro. Nothing is committed before every guard has been looked at.

    Where nothing is written (`reads`) nobody waits for more than they need: an answer is there while the database looks
    for those that travel with it.
    """

    def __init__(
        self,
        connection: WritingConnection | Borrowed,
        meter: Meter,
        sealing: Sealing,
        begin: bytes,
        of: MerchantId | None,
        *,
        walled: bool = True,
        reads: bool = False,
        memories: Memories | None = None,
    ) -> None:
        self._connection, self._meter, self._sealing, self._of = connection, meter, sealing, of
        set_for = [Waiting(Command(FOR_MERCHANT, (of,)))] if walled and of is not None else []
        self._beginning = [Waiting(Command(begin)), *set_for]
        self._waiting = [*self._beginning]
        self._begun, self._reads = False, reads
        self.touched: set[str] = set()
        self.memories = memories or Memories()
        self._under_way: tuple[Trip, list[Waiting]] | None = None

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    def all(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        return self.ask(statement, parameters)()

    def ask(self, statement: Statement, parameters: Mapping[str, Any]) -> Later[Rows]:
        asked = self._add(statement, parameters, fetch=True)

        def answered() -> Rows:
            if asked.rows is None:
                self._wait_for(asked)
            assert asked.rows is not None, "nothing is asked of a transaction that was rolled back"
            return statement.on(POSTGRES).seals.open(asked.rows, parameters, self._sealing, of=self._of)

        return answered

    def show_places_of(self, login_id: str) -> None:
        self._waiting.append(Waiting(Command(FOR_LOGIN, (login_id,))))

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
        self._many(table, inserting, rows)

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(table, replacing, rows)

    def insert_missing(self, table: Table, rows: Iterable[Row]) -> None:
        self._many(table, inserting_missing, rows)

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        # COPY fills no table behind the second wall.
        rest = iter(rows)
        # It takes as long as it takes: whoever loads very much is not a request.
        self._waiting.append(Waiting(Command(b"SET LOCAL statement_timeout = 0")))
        while chunk := list(islice(rest, _CHUNK)):
            self.insert(table, chunk)
            self.flush()

    def settle(self) -> None:
        # Only who owns a table may have it looked at, which is who was connected, not the role that was taken.
        self.flush()
        self._meter.statements += 1
        asked = [Command(b"SELECT current_setting('role')"), Command(b"SET LOCAL ROLE NONE")]
        [(role,)] = self._connection.trip(asked)[0].rows
        self._connection.trip([Command(b"ANALYZE"), Command(b"SELECT set_config('role', %s, true)", (role,))])

    def flush(self) -> None:
        """Send what waits, wait for all the answers, and look at the guards.

        :raises Stale: if a guarded change did not change what it should have.
        """
        self._finish()
        self._send()
        self._finish()

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
        self._waiting.append(Waiting(Command(b"COMMIT")))
        self.flush()

    def roll_back(self) -> None:
        """Forget what waits, and what was done."""
        self._waiting = []
        with suppress(psycopg.Error):
            self._finish()
        if self._begun and not self._connection.closed:
            self._connection.trip([Command(b"ROLLBACK")])

    def _wait_for(self, asked: Waiting) -> None:
        if not self._reads:
            self.flush()
            return
        if asked.place is None:
            self._finish()
            self._send()
        assert asked.place is not None, "what is asked waits to be sent"
        self._go_on(asked.place + 1)

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._begun = True
        early = [place for place, one in enumerate(waiting) if one.fetch][:-1] if self._reads else ()
        trip = self._connection.start([one.command for one in waiting], early=early)
        for place, one in enumerate(waiting):
            one.place = place
        self._under_way = trip, waiting

    def _finish(self) -> None:
        """Wait for everything that was sent."""
        if self._under_way is not None:
            self._go_on(len(self._under_way[1]) + 1)

    def _go_on(self, answered: int) -> None:
        assert self._under_way is not None, "what is waited for was sent"
        trip, waiting = self._under_way
        taken = len(trip.told)
        if answered > taken:
            try:
                self._connection.go_on(trip.until(answered))
            except BaseException:
                self._under_way = None
                raise
            if trip.is_over and len(trip.told) == len(waiting):
                self._under_way = None
            for one, told in zip(waiting[taken:], trip.told[taken:], strict=False):
                take(one, told)

    def _add(self, statement: Statement, parameters: Mapping[str, Any], **answer: Any) -> Waiting:
        found = statement.on(POSTGRES)
        self._meter.statements += 1
        self.touched |= found.changes
        closed = found.seals.close(parameters, self._sealing, of=self._of)
        given = {name: array(value) if type(value) is list else value for name, value in closed.items()}
        asked = Waiting(Command(statement_of(found.text), {**found.constants, **given}), **answer)
        self._waiting.append(asked)
        return asked

    def _many(self, table: Table, write: Callable[[Table], Mapping[str, str]], rows: Iterable[Row]) -> None:
        text, width = write(table)["postgresql"], len(table.columns)
        self.touched.add(table.name)
        rest = iter(close_rows(table, rows, self._sealing))
        while chunk := list(islice(rest, _CHUNK)):
            self._meter.statements += 1
            columns = [array(one) for one in columns_of(chunk, width)]
            self._waiting.append(Waiting(Command(statement_of(text), columns)))
