"""The schema's history: numbered changes, applied in order by Alembic."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from adapters.persistence.second_wall import let_in
from application.ports.database import SchemaState
from application.ports.storage import Busy

HEAD = "0029"
"""The newest change this program knows; a test holds it equal to Alembic's own reading of the folder."""

_HERE = Path(__file__).parent
_OF_NOBODY = (
    "logins",
    "login_identities",
    "login_codes",
    "login_passwords",
    "login_factors",
    "login_tries",
    "sessions",
    "refresh_tokens",
    "sealing",
)
"""Tables that are of no merchant, and that the program writes all the same."""


def schema_state(url: str, *, sealed: Collection[str] = ()) -> SchemaState:
    """Read the schema's version without loading Alembic; behind is also where not all is `sealed` of these columns.

    :raises Busy: if the database cannot be reached, or what is there is no database.
    """
    parsed = make_url(url)
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").exists():
        return SchemaState.MISSING
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return SchemaState.MISSING
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if found == HEAD and sealed:
                told = {name for (name,) in connection.execute(text("SELECT name FROM sealing"))}
                if any(f"column {name}" not in told for name in sealed):
                    return SchemaState.BEHIND
    except DatabaseError as error:
        raise Busy(str(error.orig)) from error
    finally:
        engine.dispose()
    if found is None:
        return SchemaState.MISSING
    return SchemaState.CURRENT if found == HEAD else SchemaState.BEHIND if found < HEAD else SchemaState.NEWER


def keys_told(url: str) -> frozenset[str]:
    """The ids of the keys that something in the database may be sealed with; none where there are no tables.

    :raises Busy: if the database cannot be reached, or what is there is no database.
    """
    parsed = make_url(url)
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").exists():
        return frozenset()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("sealing"):
                return frozenset()
            names = [name for (name,) in connection.execute(text("SELECT name FROM sealing"))]
    except DatabaseError as error:
        raise Busy(str(error.orig)) from error
    finally:
        engine.dispose()
    return frozenset(name.removeprefix("key ") for name in names if name.startswith("key "))


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction; make the file if it is missing.

    :raises Busy: if the database cannot be reached, or what is there is no database.
    """
    _alembic(url, "upgrade", revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to a revision, in one transaction; what only newer tables held is lost.

    :raises Busy: if the database cannot be reached, or what is there is no database.
    """
    _alembic(url, "downgrade", revision)


def migrate_within(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision, in the transaction that the connection is in."""
    _alembic_within(connection, "upgrade", revision)


def downgrade_within(connection: Connection, revision: str) -> None:
    """Take the schema back to a revision, in the transaction that the connection is in."""
    _alembic_within(connection, "downgrade", revision)


def _alembic(url: str, direction: str, revision: str) -> None:
    as_migrations_do(url, lambda connection: _alembic_within(connection, direction, revision))


def as_migrations_do(url: str, change: Callable[[Connection], None]) -> None:
    """Change something in one transaction, as who owns the tables.

    On PostgreSQL it has to say whose rows it changes (docs/second-wall.md), and is not just shown none.

    :raises Busy: if the database cannot be reached, or what is there is no database, or a change is refused.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        _begin_by_hand(engine)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL row_security = off"))
            change(connection)
    except DatabaseError as error:
        raise Busy(str(error.orig)) from error
    finally:
        engine.dispose()


def _alembic_within(connection: Connection, direction: str, revision: str) -> None:
    # Alembic is only needed where there is something to change; it takes a while to load.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    getattr(command, direction)(config, revision)
    if connection.dialect.name == "postgresql" and direction == "upgrade":
        let_in(connection, read=["alembic_version"], write=_OF_NOBODY)


def _begin_by_hand(engine: Engine) -> None:
    """Let SQLite change its schema inside one real transaction, with foreign keys unchecked until the end."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
