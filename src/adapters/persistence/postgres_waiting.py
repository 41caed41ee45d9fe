"""What waits to be sent to PostgreSQL, and what is done with the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from types import NoneType
from typing import Any

import attrs
from psycopg import Error, errors
from psycopg_pool import PoolTimeout

from adapters.persistence.postgres_trips import Command, Told
from adapters.persistence.sessions import expect
from adapters.persistence.statements import Rows

TRY_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, PoolTimeout)
"""What may be gone at the next try."""


def because(error: Error) -> str:
    """What the server says first: its details, which have values, are left out; without a word the kind of error."""
    return error.diag.message_primary or type(error).__name__


@attrs.define
class Waiting:
    """A statement that was not sent yet, what is to be done with its answer, and the answer."""

    command: Command
    wanted: int | None = None
    """How many rows it is to change, where that is guarded."""
    about: object = None
    fetch: bool = False
    rows: Rows | None = None
    changed: int = 0
    place: int | None = None
    """Where it stands among those that were sent together, once it was sent."""


def take(one: Waiting, told: Told) -> None:
    """Take the answer of a statement that was sent."""
    one.changed = told.changed
    if one.fetch:
        one.rows = told.rows
    if one.wanted is not None:
        expect(one.changed, one.wanted, one.about)


def array(values: Iterable[Any]) -> str:
    """Write a list as PostgreSQL reads it; the statement says of which type. The driver's own way takes far longer."""
    listed = list(values)
    if listed and isinstance(listed[0], str):
        # Mostly they are all texts, and none has anything to escape.
        with suppress(TypeError):
            text = '","'.join(listed)
            if "\\" not in text and text.count('"') == 2 * (len(listed) - 1):
                return f'{{"{text}"}}'
    return f"{{{','.join([_WRITE.get(type(one), _quoted)(one) for one in listed])}}}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_WRITE: Mapping[type, Callable[[Any], str]] = {
    NoneType: lambda _: "NULL",
    bool: lambda value: "t" if value else "f",
    int: str,
    date: date.isoformat,
    datetime: lambda at: f'"{at.isoformat()}"',
}


def statement_of(text: str) -> bytes:
    """Hand over a statement that was built from our own tables; values are always parameters."""
    return text.encode()
