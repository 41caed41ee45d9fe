"""The second wall: PostgreSQL itself keeps merchants apart, whatever a statement forgets to ask for.

Every table of a merchant's own has a policy that shows and takes only rows of the merchant who is set for the
transaction, and none where nobody is set. Policies bind neither superusers nor those who may lift them, so connections
give up what their user may and become a role that owns nothing. It is named after the database, because roles belong
to the whole server and what they may do to one database of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from application.ports.database import SecondWall

SETTING = "dinghuo.merchant"
"""Who the merchant of a transaction is."""
FOR_MERCHANT = f"SELECT set_config('{SETTING}', %s, true)".encode()
"""Sets the merchant until the transaction ends."""
LOGIN = "dinghuo.login"
"""Whose places are looked for, at every merchant."""
FOR_LOGIN = f"SELECT set_config('{LOGIN}', %s, true)".encode()
"""Sets the login until the transaction ends, or somebody else is set."""
APP_ROLE = (
    "CASE WHEN octet_length(current_database()) < 60 THEN current_database() || '_app'"
    " ELSE 'dinghuo_' || md5(current_database()) || '_app' END"
)
"""The name of the database's role that owns nothing, in SQL; a role's name has at most 63 bytes."""

_LOOK_WITHIN_S = 3
_BECOMES = (
    "pg_has_role(session_user, oid,"
    " CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END)"
)
_MINE = f"FROM pg_roles WHERE rolname = {APP_ROLE} AND {_BECOMES}"
_TAKE_ROLE = f"SELECT set_config('role', rolname, false) {_MINE}".encode()
_HERE = "c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
_OF_MERCHANTS = (
    f"{_HERE} AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'merchant_id')"
)
_LOOK = f"""
    SELECT rolname, rolsuper OR rolbypassrls OR EXISTS (
        SELECT FROM pg_class c WHERE {_OF_MERCHANTS} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ) OR EXISTS (
        SELECT FROM pg_class c WHERE {_OF_MERCHANTS} AND NOT has_table_privilege(r.oid, c.oid, 'INSERT')
    ), EXISTS (
        SELECT FROM pg_class c WHERE {_HERE} AND pg_has_role(r.oid, c.relowner, 'MEMBER')
    )
    FROM pg_roles r WHERE rolname = COALESCE(
        (SELECT rolname {_MINE}), session_user
    )
""".encode()


def take_role(connection: psycopg.Connection[Any]) -> None:
    """Let a connection become the role that owns nothing, if its user may."""
    connection.execute(_TAKE_ROLE)


async def take_role_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """Let a connection of readers become the role that owns nothing, if its user may."""
    await connection.execute(_TAKE_ROLE)


def look_at_wall(conninfo: str) -> SecondWall:
    """Look whether the wall stands before the role that connections of this user take.

    :raises psycopg.OperationalError: if the database does not answer.
    """
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=_LOOK_WITHIN_S) as connection:
        [(_, absent, owned)] = connection.execute(_LOOK).fetchall()
    if absent:
        return SecondWall.MISSING
    return SecondWall.OWNED if owned else SecondWall.STANDING


def let_in(connection: Connection, *, read: Collection[str], write: Collection[str]) -> None:
    """Let the role that owns nothing use the tables behind the wall, and read or use those named that are there.

    The role is made where whoever migrates may do that. Where they may not and nobody else has made it, nothing
    changes: `look_at_wall` tells.
    """
    role = connection.scalar(text(f"SELECT {APP_ROLE}"))
    quoted = connection.dialect.identifier_preparer.quote_identifier(str(role))
    if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": role}):
        may = "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        [(everything, roles)] = connection.execute(text(may)).fetchall()
        if not everything and not roles:
            return
        connection.execute(text(f"CREATE ROLE {quoted} NOLOGIN"))
        if not everything:
            connection.execute(text(f"GRANT {quoted} TO CURRENT_USER"))
    used = [*_walled(connection), *_there(connection, write)]
    for kind, names in (("SELECT, INSERT, UPDATE, DELETE", used), ("SELECT", read)):
        if names:
            connection.execute(text(f"GRANT {kind} ON {', '.join(sorted(names))} TO {quoted}"))
    schema = connection.scalar(text("SELECT current_schema()"))
    reaches = "SELECT has_schema_privilege(:role, :schema, 'USAGE')"
    if not connection.scalar(text(reaches), {"role": role, "schema": schema}):
        connection.execute(text(f'GRANT USAGE ON SCHEMA "{schema}" TO {quoted}'))


def _walled(connection: Connection) -> list[str]:
    forced = f"SELECT c.relname FROM pg_class c WHERE {_HERE} AND c.relforcerowsecurity"
    return [name for (name,) in connection.execute(text(forced))]


def _there(connection: Connection, names: Collection[str]) -> list[str]:
    found = f"SELECT c.relname FROM pg_class c WHERE {_HERE} AND c.relname = ANY (:names)"
    return [name for (name,) in connection.execute(text(found), {"names": [*names]})]
