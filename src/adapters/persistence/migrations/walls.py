"""The second wall around a table: what every migration that makes a table of a merchant's own ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from adapters.persistence.second_wall import LOGIN, SETTING

POLICY = "of_the_merchant"
_SET = f"current_setting('{SETTING}', true)"
_OWN = f"merchant_id = {_SET}"
_OF_LOGIN = f"login_id = NULLIF(current_setting('{LOGIN}', true), '')"
_PLACES = {
    "buyers": _OF_LOGIN,
    "staff": _OF_LOGIN,
    "customers": "EXISTS (SELECT FROM buyers b WHERE b.merchant_id = customers.merchant_id"
    f" AND b.customer_id = customers.id AND b.{_OF_LOGIN})",
}


def second_wall(*tables: str) -> None:
    """Show and take only rows of the merchant who is set, even where the table's owner asks; on PostgreSQL."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {POLICY} ON {table} USING ({_OWN}) WITH CHECK ({_OWN})")


def second_wall_of_merchants() -> None:
    """Show merchants to everybody, because who is asking begins with them; let each write itself only."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE merchants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY of_everybody ON merchants FOR SELECT USING (true)")
    op.execute(f"CREATE POLICY {POLICY} ON merchants USING (id = {_SET}) WITH CHECK (id = {_SET})")


def second_wall_of_logins() -> None:
    """Show a login that is set its own places, at whatever merchant, and the companies it buys for; to read only."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, own in _PLACES.items():
        op.execute(f"CREATE POLICY of_the_login ON {table} FOR SELECT USING ({own})")


def no_second_wall_of_logins() -> None:
    """Show no login anything any more."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _PLACES:
        op.execute(f"DROP POLICY of_the_login ON {table}")


def no_second_wall(*tables: str) -> None:
    """Take the wall down again."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        op.execute(f"DROP POLICY IF EXISTS of_everybody ON {table}")
        op.execute(f"DROP POLICY {POLICY} ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")


def each_merchant() -> Iterator[str]:
    """Say whose rows a migration changes, one merchant after the other; whoever does not later is refused again."""
    connection = op.get_bind()
    walled = connection.dialect.name == "postgresql"
    if walled:
        op.execute("SET LOCAL row_security = on")
    for (merchant_id,) in connection.execute(sa.text("SELECT id FROM merchants ORDER BY id")).fetchall():
        if walled:
            connection.execute(sa.text(f"SELECT set_config('{SETTING}', :id, true)"), {"id": merchant_id})
        yield merchant_id
    if walled:
        op.execute("SET LOCAL row_security = off")


@contextmanager
def empty_columns() -> Iterator[None]:
    """Let references of new columns, in which there is nothing yet, be looked at without saying whose they are."""
    walled = op.get_bind().dialect.name == "postgresql"
    if walled:
        op.execute("SET LOCAL row_security = on")
    yield
    if walled:
        op.execute("SET LOCAL row_security = off")
