"""Sealing: personal data as it is stored, so that whoever has the database and not the keys learns nothing.

A sealed value is a text that says which key it was sealed with, and can only be opened in the place that it was sealed
for: the merchant, the table, the column and the row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

import attrs

PREFIX = "~1."
KEY_ID_DIGITS = 8
HEAD = len(PREFIX) + KEY_ID_DIGITS + 1
"""So many characters stand before what was sealed."""
NOBODY = "platform"
"""What stands for the merchant where something is of none."""
_HEAD = re.compile(rf"{re.escape(PREFIX)}([0-9a-f]{{{KEY_ID_DIGITS}}})\.", re.ASCII)


class SealFault(Enum):
    """Why a value cannot be opened."""

    NOT_SEALED = "NOT_SEALED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALTERED = "ALTERED"
    """It is not what was sealed in this place, under the key that it names."""


class Unreadable(Exception):
    """A value that is stored cannot be opened; says where and why, and never what."""

    def __init__(self, place: str, fault: SealFault, key_id: str | None = None) -> None:
        super().__init__(f"{shown(place)}: {fault.value} {key_id or ''}".rstrip())
        self.place, self.fault, self.key_id = place, fault, key_id


def place_of(merchant_id: str | None, table: str, column: str, *row: object) -> str:
    """Write down a place; no two are written the same, because none of its parts can hold what stands between them."""
    return "\0".join((merchant_id or NOBODY, table, column, *map(str, row)))


def shown(place: str) -> str:
    """A place as people read it."""
    return place.replace("\0", " ")


def key_id_of(sealed: str) -> str | None:
    """Which key a value says it was sealed with; None where it is not sealed."""
    found = _HEAD.match(sealed)
    return None if found is None else found[1]


class Sealing(Protocol):
    """Seals values for their places, and opens them there."""

    @property
    def active(self) -> str:
        """The id of the key that values are sealed with now."""
        ...

    def seal(self, text: str, *, place: str, key_id: str | None = None) -> str:
        """Seal a value with the active key, or with the one that is named; never twice as the same text.

        :raises Unreadable: if the key that is named is not there.
        """
        ...

    def open(self, sealed: str, *, place: str) -> str:
        """Open a value.

        :raises Unreadable: if it is not one that was sealed in this place under a key that is known.
        """
        ...


@attrs.frozen(kw_only=True)
class SealingKey:
    """A key by its id, and when it was made, became the one to seal with, and ceased to be."""

    id: str
    made_at: datetime
    active_at: datetime | None = None
    left_at: datetime | None = None


class Keyring(Protocol):
    """The keys of an installation, for whoever runs it. Every change is kept before it is answered."""

    def all(self) -> tuple[SealingKey, ...]:
        """Every key, the oldest first."""
        ...

    @property
    def active(self) -> str:
        """The id of the key that values are sealed with."""
        ...

    @property
    def rotating(self) -> bool:
        """Whether a rotation was begun and not ended."""
        ...

    def prepare(self, *, at: datetime) -> str:
        """Begin a rotation: make the next key, known and not used yet. One that was made and not used is the one."""
        ...

    def activate(self, key_id: str, *, at: datetime) -> None:
        """Seal with this key from now on."""
        ...

    def end_rotation(self) -> None:
        """Nothing is left to be sealed anew."""
        ...

    def destroy(self, key_id: str) -> None:
        """Forget a key for good."""
        ...


class SealedRows(Protocol):
    """Everything in the database that is sealed, of every merchant."""

    def keys(self) -> frozenset[str]:
        """The ids of the keys that the database was told of: what is stored may be sealed with any of them.

        :raises NotNow: if the database does not answer.
        """
        ...

    def check_keys(self) -> None:
        """Open a proof for each of these keys.

        :raises Unreadable: if a key is missing, or is another one than was used here.
        :raises NotNow: if the database does not answer.
        """
        ...

    def tell(self, key_id: str) -> None:
        """Tell the database of a key, before anything is sealed with it."""
        ...

    def forget(self, key_id: str) -> None:
        """Take a key off the database's list."""
        ...

    def by_key(self) -> Mapping[str, int]:
        """Count the values by the key they are sealed with; those that are not sealed stand under nothing."""
        ...

    def reseal(self) -> Iterator[int]:
        """Seal anew what is not under the active key, a few rows in a transaction; yields how many values each took.

        What is written by others meanwhile is left as they wrote it. It may be stopped anywhere and begun again.

        :raises Unreadable: if a value cannot be opened; the others are sealed anew all the same, before it is raised.
        """
        ...


@attrs.frozen
class KeyInUse(Exception):
    """So many values are still sealed with the key."""

    key_id: str
    values: int


@attrs.frozen
class KeyActive(Exception):
    """The key is the one that values are sealed with."""

    key_id: str


@attrs.frozen
class KeyJustLeft(Exception):
    """The key was the active one a moment ago, and a transaction that began then may still write with it."""

    key_id: str
    wait_s: int


@attrs.frozen
class UnknownKey(Exception):
    """There is no such key; there are these."""

    key_id: str
    known: Collection[str]
