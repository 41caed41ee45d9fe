"""Backups of a database, by its kind."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from application.ports.backups import Backups
from application.ports.sealing import Sealing


def backups_of(url: str, *, sealing: Sealing) -> Backups:
    """Choose who backs up the database of a URL, which is one that `SqlDatabase` takes."""
    # Imported here because a program uses one of them.
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        from adapters.persistence.backups.sqlite import SqliteBackups

        return SqliteBackups(Path(parsed.database or "").absolute(), sealing)
    from adapters.persistence.backups.postgres import PostgresBackups

    return PostgresBackups(url, sealing)
