"""The storage adapters under test: memory, a SQLite file and a PostgreSQL database, as new for every test.

The world is stored once a run and copied for each test: as a file on SQLite, as a schema beside the tables on
PostgreSQL.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import iscoroutinefunction
from itertools import count
from pathlib import Path

import attrs
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from adapters.identity.memory import MemoryWeChat
from adapters.persistence.memory import MemoryDatabase
from application.ports.database import Database
from application.views.reading import Reading
from kit.builders import FixedClock, Inbox, SeededIds
from kit.postgres import Server
from kit.sealing import SEALING
from kit.world import World, furnish

STORAGES = ("memory", "sqlite", "postgres")
_SWEPT_EVERY = 100
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    " AND tablename NOT IN ('alembic_version', 'sealing')"
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest come first, so that no worker waits for it at the end."""
    long = {f"test_{name}.py": place for place, name in enumerate(("walls", "fuzz", "second_wall", "drills"))}
    items.sort(key=lambda item: long.get(item.path.name, len(long)))


@pytest.fixture(params=STORAGES)
def storage_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def database(storage_name: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database: empty, or with the world in it where the test asks for that too."""
    found: Database = MemoryDatabase()
    furnished = "world" in request.fixturenames
    if storage_name == "memory" and furnished:
        furnish(found)
    if storage_name == "sqlite":
        found = _sqlite(request, furnished=furnished)
    if storage_name == "postgres":
        found = _postgres(request, furnished=furnished)
    yield found
    found.close()


@pytest.fixture
async def _readers_leave(database: Database) -> AsyncIterator[None]:
    """Closes what readers have opened before the event loop of the test ends."""
    yield
    await database.stop()


@pytest.fixture(autouse=True)
def _nobody_stays(request: pytest.FixtureRequest) -> None:
    """Lets no test leave a pool of readers open: one that is just making a connection does not heed being cancelled,
    and the end of the event loop would wait for it for ever.
    """
    if iscoroutinefunction(getattr(request, "function", None)) and "database" in request.fixturenames:
        request.getfixturevalue("_readers_leave")


@pytest.fixture
def world(database: Database, shape: World) -> World:
    """A database with two wholesalers in it."""
    clock = FixedClock()
    return attrs.evolve(
        shape,
        database=database,
        clock=clock,
        ids=SeededIds(1),
        inbox=Inbox(),
        wechat=MemoryWeChat(clock=clock),
    )


@pytest.fixture
async def reading(database: Database) -> AsyncIterator[Reading]:
    """The way in for readers, open as long as the test runs."""
    await database.start()
    yield database.reading
    await database.stop()


@pytest.fixture(scope="session")
def shape() -> World:
    """The world as every database has it: the same seed makes the same ids."""
    return furnish(MemoryDatabase())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table and nothing in them."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = _sql_database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    _check_whole(path)
    return path


@pytest.fixture(scope="session")
def sqlite_furnished(sqlite_template: Path) -> Path:
    """A file with the world in it."""
    path = sqlite_template.with_name("furnished.db")
    shutil.copyfile(sqlite_template, path)
    database = _sql_database(f"sqlite:///{path}")
    furnish(database)
    database.close()
    _check_whole(path)
    return path


@pytest.fixture(scope="session")
def postgres_url(postgres: Server) -> str:
    """A database with every table and, in a schema beside them, the world."""
    url = postgres.create_database("contract")
    database = _sql_database(url)
    database.migrate()
    furnish(database)
    database.close()
    with _connect(url) as connection:
        connection.execute("CREATE SCHEMA furnished")
        for (name,) in connection.execute(_TABLES).fetchall():
            kept = sql.Identifier("furnished", name), sql.Identifier(name)
            connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(*kept))
    return url


def _sqlite(request: pytest.FixtureRequest, *, furnished: bool) -> Database:
    template: Path = request.getfixturevalue("sqlite_furnished" if furnished else "sqlite_template")
    folder: Path = request.getfixturevalue("tmp_path")
    shutil.copyfile(template, folder / "contract.db")
    return _sql_database(f"sqlite:///{folder / 'contract.db'}")


@pytest.fixture(scope="session")
def postgres_resets(postgres_url: str) -> Iterator[Callable[[bool], None]]:
    """What makes the tables as new, on one connection for the whole run.

    A connection of its own for each test would plan the look at every reference again, longer than all else takes.
    """
    uses = count(1)
    with _connect(postgres_url) as connection:
        _without_looking(connection)
        names = [name for (name,) in connection.execute(_TABLES).fetchall()]
        emptied = _for_each(names, "DELETE FROM {1}")
        filled = _for_each(_filled(connection, names), "INSERT INTO {1} SELECT * FROM furnished.{1}")

        def reset(furnished: bool) -> None:
            if next(uses) % _SWEPT_EVERY == 0:
                # Until then what was deleted is walked over, and plans are made for tables as empty as they were.
                connection.execute("VACUUM ANALYZE")
            connection.execute(emptied)
            if furnished:
                connection.execute(filled)

        yield reset


def _without_looking(connection: psycopg.Connection) -> None:
    """Let no reference be looked at, where the server lets us: all rows go, and all that come were looked at before."""
    [(mighty,)] = connection.execute("SELECT current_setting('is_superuser') = 'on'").fetchall()
    if mighty:
        connection.execute("SET session_replication_role = replica")


def _filled(connection: psycopg.Connection, names: list[str]) -> list[str]:
    """The tables that have something in the world."""
    any_row = sql.SQL("SELECT EXISTS (SELECT FROM {})")
    asked = ((name, any_row.format(sql.Identifier("furnished", name))) for name in names)
    return [name for name, question in asked if connection.execute(question).fetchall() == [(True,)]]


def _postgres(request: pytest.FixtureRequest, *, furnished: bool) -> Database:
    reset: Callable[[bool], None] = request.getfixturevalue("postgres_resets")
    reset(furnished)
    url: str = request.getfixturevalue("postgres_url")
    return _sql_database(url)


def _for_each(names: list[str], action: str) -> sql.Composed:
    """Do it to every table in one statement, after which alone the references are looked at.

    TRUNCATE would make new files for every table and index, which takes ten times as long as these few rows.
    """
    parts = [
        sql.SQL("{0} AS (" + action + ")").format(sql.Identifier(f"in_{name}"), sql.Identifier(name))
        for name in names
    ]
    return sql.SQL("WITH {} SELECT 1").format(sql.SQL(", ").join(parts))


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _sql_database(url: str) -> Database:
    # Imported here so that what is wrong with it does not keep memory from being tested.
    from adapters.persistence.sql import SqlDatabase

    return SqlDatabase(url, clock=FixedClock(), sealing=SEALING)


def _check_whole(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    assert not log.exists() or log.stat().st_size == 0, "closing writes everything into the file"
