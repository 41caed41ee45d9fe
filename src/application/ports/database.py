"""The database as a whole: everything that is stored behind one address, and the state its tables are in."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from application.ports.audit import Audit
from application.ports.directory import Directory
from application.ports.people import People
from application.ports.sealing import SealedRows
from application.ports.storage import UnitOfWork
from application.views.reading import Reading


class SchemaState(Enum):
    """How the tables that are there compare with those the program was written for."""

    MISSING = "MISSING"
    BEHIND = "BEHIND"
    CURRENT = "CURRENT"
    NEWER = "NEWER"


class SecondWall(Enum):
    """Whether the database itself keeps merchants apart, whatever it is asked."""

    STANDING = "STANDING"
    OWNED = "OWNED"
    """It does, for a user who could change that."""
    MISSING = "MISSING"
    """It could, but does not for this user."""
    UNKNOWN = "UNKNOWN"
    """This kind of database knows no such thing."""


class Database(Protocol):
    """Everything that is stored, and the ways in."""

    unit_of_work: UnitOfWork
    reading: Reading
    directory: Directory
    people: People
    audit: Audit
    sealed: SealedRows

    @property
    def statements(self) -> int:
        """How many statements were sent since the start, other than those that open and close transactions."""
        ...

    def schema_state(self) -> SchemaState:
        """Look at the state of the tables; quick, and changes nothing.

        :raises NotNow: if the database does not answer.
        """
        ...

    def keys_told(self) -> frozenset[str]:
        """The ids of the keys that something in the database may be sealed with; asked without a key.

        :raises NotNow: if the database does not answer.
        """
        ...

    def second_wall(self) -> SecondWall:
        """Look whether the database itself keeps merchants apart; quick, and changes nothing.

        :raises NotNow: if the database does not answer.
        """
        ...

    def scrub(self) -> bool:
        """Let nothing that was overwritten stay in the files; tell whether that could be done at once.

        Only what belongs to the program: what the database keeps by itself goes when it cleans up (docs/privacy.md).
        """
        ...

    def migrate(self) -> None:
        """Bring the tables to the state the program was written for, raise the second wall where that is possible, and
        seal what was stored before it was sealed.

        :raises NotNow: if the database does not answer.
        """
        ...

    async def start(self) -> None:
        """Open what readers need."""
        ...

    async def stop(self) -> None:
        """Close what `start` opened."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
