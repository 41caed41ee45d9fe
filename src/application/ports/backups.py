"""Backups: everything that is stored, of one moment, as one stream of octets, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from enum import Enum
from pathlib import Path
from typing import Protocol

import attrs


class DatabaseKind(Enum):
    """A kind of database; what one kind has written only the same kind can read."""

    SQLITE = "SQLITE"
    POSTGRESQL = "POSTGRESQL"


@attrs.frozen(kw_only=True)
class Restored:
    """What a restore has put there."""

    rows: Mapping[str, int]
    """How many rows of each table, as the backup says and as counted."""
    untrue: Mapping[str, int]
    """How often each invariant does not hold; those that hold are left out."""
    kept: Path | None = None
    """Where the file is that was there before."""


class HoldsSomething(Exception):
    """The database that was to be restored to is not empty."""


class InUse(Exception):
    """The database that was to be replaced is in use."""


class NotWhole(Exception):
    """What was restored is not what was backed up; the words say in what."""


class CannotRehearse(Exception):
    """There is no place to try a restore in; the words say why."""


class NoBackup(Exception):
    """The database is not there, or is not one that this program can back up."""


class Snapshot(Protocol):
    """Everything that is stored, of one moment."""

    revision: str
    """The newest change of the schema that the tables have."""
    left_out: tuple[str, ...]
    """Tables beside ours, which are not in it."""

    def content(self) -> Iterator[bytes]:
        """Everything, once; the last of it says how many rows there are."""
        ...


class Backups(Protocol):
    """One database, for whoever backs it up or restores it."""

    @property
    def kind(self) -> DatabaseKind: ...

    @property
    def newest(self) -> str:
        """The newest revision of the schema that can be restored."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open what is stored now; writers go on meanwhile.

        :raises NoBackup: if there is nothing that could be backed up.
        :raises NotNow: if the database does not answer.
        """
        ...

    def rehearse(self, revision: str, content: Iterable[bytes], *, place: str | None = None) -> Restored:
        """Restore to a place that is gone afterwards, bring the tables up to date there, and check everything.

        `place` is the URL of an empty database for it, where the database has to be told one.

        :raises CannotRehearse: if there is no place.
        :raises NotWhole: if the content cannot be restored.
        """
        ...

    def holds_anything(self) -> bool:
        """Tell whether there is a row, or something unknown, that a restore would replace.

        :raises NotNow: if the database does not answer.
        """
        ...

    def restore(
        self, revision: str, content: Iterable[bytes], *, overwrite: bool, verify: bool = True
    ) -> Restored:
        """Put everything there, bring the tables up to date and check every invariant: all of it, or nothing.

        With findings nothing is put there. Without `verify` the invariants are not looked at. What a backup holds of a
        time before it was sealed is sealed by the `migrate` of the database that follows.

        :raises HoldsSomething: if something is there and is not to be overwritten.
        :raises InUse: if somebody uses what is to be replaced.
        :raises NotWhole: if the content cannot be restored.
        :raises NotNow: if the database does not answer.
        """
        ...
