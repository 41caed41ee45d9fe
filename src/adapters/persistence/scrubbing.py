"""Scrubbing: nothing of what was stored before it was sealed is left in the files of the database."""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from application.ports.storage import Busy

_TRIES, _PAUSE_S = 100, 0.1
_LOOKERS = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot()) <= CAST(:now AS xid8) OR EXISTS ("
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND age(backend_xmin) >= age(CAST(CAST(:now AS xid8) AS xid)))"
)
"""Whether somebody still writes, in whatever database of the server, who began before a moment, or looks at this one as
it was then; PostgreSQL's own worker that analyses it is one of them. A table that is written anew keeps the rows that
either may see."""


def scrub(url: str, tables: Collection[str]) -> None:
    """Write tables anew, so that what they held before is gone from their files.

    On SQLite the whole file is, and its log is emptied. On PostgreSQL it takes an exclusive lock on each table, and the
    log keeps what was written to it until its segments are used again (docs/personal-data.md). A table that is written
    anew keeps the rows that somebody may still look at, so it is waited until nobody does.

    :raises Busy: if the database does not answer, or somebody looks at it all the time.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                _wait_for_lookers(connection)
                quote = engine.dialect.identifier_preparer.quote
                names = ", ".join(map(quote, tables))
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {names}"))
                # What was common in the columns stood in there, too; only who owns the database is let.
                connection.execute(text("VACUUM (FULL) pg_statistic"))
                return
            connection.execute(text("PRAGMA secure_delete = ON"))
            connection.execute(text("VACUUM"))
            for _ in range(_TRIES):
                [(busy, *_)] = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).fetchall()
                if not busy:
                    return
                time.sleep(_PAUSE_S)
            raise Busy("somebody reads what was there before")
    except DatabaseError as error:
        raise Busy(str(error.orig)) from error
    finally:
        engine.dispose()


def _wait_for_lookers(connection: Connection) -> None:
    """:raises Busy: if somebody goes on looking at what was there before."""
    now = connection.execute(text("SELECT CAST(pg_current_xact_id() AS text)")).scalar_one()
    for _ in range(_TRIES):
        if not connection.execute(_LOOKERS, {"now": now}).scalar_one():
            return
        time.sleep(_PAUSE_S)
    raise Busy("somebody reads what was there before")
