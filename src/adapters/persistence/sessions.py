"""Sessions: one transaction on one connection, the same to write against on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Table
from sqlalchemy.engine import Dialect

from adapters.persistence.remembering import Memories
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement
from application.ports.database import SecondWall
from application.ports.storage import Later, Stale
from domain.identity import MerchantId

T = TypeVar("T")


class Meter:
    """Counts the statements sent to the database, other than those that open and close transactions."""

    __slots__ = ("statements",)

    def __init__(self) -> None:
        self.statements = 0


class Session(Protocol):
    """What a storage may do inside one transaction."""

    touched: set[str]
    """The tables that it has written to."""
    memories: Memories
    """What was read before, by whomever."""

    @property
    def dialect(self) -> Dialect: ...

    def all(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement and fetch every row."""
        ...

    def ask(self, statement: Statement, parameters: Mapping[str, Any]) -> Later[Rows]:
        """Run a statement whose rows are waited for when they are needed; until then it may wait for company."""
        ...

    def show_places_of(self, login_id: str) -> None:
        """Let what follows see the places of a login at every merchant, and of no other login."""
        ...

    def change(self, statement: Statement, parameters: Mapping[str, Any]) -> int:
        """Run a statement and count the rows it changed."""
        ...

    def must_change(
        self, statement: Statement, parameters: Mapping[str, Any], *, rows: int, about: object
    ) -> None:
        """Run a guarded change that is to change so many rows.

        :raises Stale: if it did not, at the latest when the transaction ends.
        """
        ...

    def change_each(self, statement: Statement, parameters: Iterable[Mapping[str, Any]]) -> int:
        """Run a statement once for each, and count the rows changed in total."""
        ...

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert rows, each with a value for every column of the table in its order."""
        ...

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert rows, or overwrite those with the same primary key."""
        ...

    def insert_missing(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert rows, and leave those alone whose primary key is there."""
        ...

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Insert very many rows as fast as the database takes them."""
        ...

    def settle(self) -> None:
        """Let the database learn what is in its tables."""
        ...


def answer(session: Session, reader: Reader[T]) -> T:
    """Let a reader ask until it knows, on this session."""
    try:
        ask: Ask = next(reader)
        while True:
            ask = reader.send(session.all(ask.statement, ask.parameters))
    except StopIteration as known:
        result: T = known.value
        return result


def expect(changed: int, wanted: int, about: object) -> None:
    """Refuse a guarded change that did not change every row it should have.

    :raises Stale: if it did not.
    """
    if changed != wanted:
        raise Stale(about)


class Moment(Protocol):
    """One snapshot of the database, taken with the first question."""

    trips: int
    """How often it went to the database so far; always 0 where that needs no network."""

    async def read(self, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
        """Let a reader ask about a merchant's own, or nobody's; what is asked at the same time travels together."""
        ...

    async def close(self) -> None:
        """Give the snapshot back; whoever still asks is told that it is busy."""
        ...


async def in_one_moment(moment: Moment, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
    """Let one reader ask, and end the moment."""
    try:
        return await moment.read(reader, of=of)
    finally:
        await moment.close()


class Snapshots(Protocol):
    """Whoever can show everything that is stored."""

    def snapshots(self) -> Iterator[tuple[MerchantId | None, Session]]:
        """Snapshots that show everything between them: one of the whole database, or one after the other of each
        merchant, who is named."""
        ...


class Driver(Snapshots, Protocol):
    """A database: transactions for verbs, and ways to let readers ask; each `of` the merchant whose rows it is about.

    Where it is nobody, none of a merchant's own rows need be shown.
    """

    meter: Meter
    memories: Memories

    def writing(self, *, of: MerchantId | None) -> AbstractContextManager[Session]: ...

    def snapshot(self, *, of: MerchantId | None) -> AbstractContextManager[Session]: ...

    async def read(self, reader: Callable[[], Reader[T]], *, of: MerchantId | None) -> T:
        """Let a reader ask in one transaction of one moment."""
        ...

    def moment(self, *, foreseen: int = 0) -> Moment:
        """One snapshot for any number of readers; it may end with the last trip that is foreseen."""
        ...

    def scrub(self) -> bool:
        """Let nothing that was overwritten stay in the program's own files; tell whether it was done."""
        ...

    def second_wall(self) -> SecondWall:
        """Look whether the database itself keeps merchants apart.

        :raises Busy: if it does not answer.
        """
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def close(self) -> None: ...
