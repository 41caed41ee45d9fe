"""Writing to the tables behind everybody's back, so that the audit has something to find."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy import make_url

from adapters.persistence.sql import SqlDatabase
from application.ports.database import Database


def tell(database: Database, statement: str) -> None:
    """Run a statement on the tables, past the keys that would forbid it."""
    assert isinstance(database, SqlDatabase), "in memory there are no tables"
    parsed = make_url(database.url)
    if parsed.drivername == "sqlite":
        connection = sqlite3.connect(str(parsed.database), isolation_level=None)
        connection.execute(statement)
        connection.close()
        return
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as liar:
        liar.execute("SET session_replication_role = replica")
        liar.execute(statement.encode())
