"""What is stored, changed behind the program's back."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
from sqlalchemy import make_url


def tell(database: Any, sql: str) -> None:
    """Run a statement as whoever can reach the database does."""
    url = make_url(database.url)
    if url.drivername == "sqlite":
        with sqlite3.connect(str(url.database)) as file:
            file.execute(sql)
        file.close()
        return
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        connection.execute(sql.encode())
