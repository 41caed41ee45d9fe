"""Places to back up from and to restore to, and buyers who order meanwhile."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import count
from pathlib import Path

import attrs
import psycopg
from psycopg import sql
from sqlalchemy import make_url, text

from adapters.files.sealed import BackupKey, Label, open_sealed, seal
from adapters.persistence.backups import backups_of
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Statement
from application.ports.backups import Backups
from application.retrying import retrying
from domain.identity import OrderId
from kit import builders as a
from kit.builders import FixedClock
from kit.postgres import Server
from kit.sealing import SEALING
from kit.world import World

_NUMBERS = count(1)
KEY = BackupKey(bytes(range(32)))


@attrs.frozen
class Places:
    """Where databases of one kind are made."""

    kind: str
    folder: Path
    server: Server | None

    def new(self) -> str:
        """The URL of a database with nothing in it."""
        number = next(_NUMBERS)
        if self.server is None:
            return f"sqlite:///{self.folder}/place-{number}/shop.db"
        return self.server.create_database(f"backups_{number}")

    def left(self) -> list[str]:
        """What lies about beside databases and backups."""
        if self.server is None:
            return sorted(path.name for path in self.folder.rglob(".*"))
        with self.server.connect() as connection:
            found = connection.execute("SELECT datname FROM pg_database").fetchall()
            return [name for (name,) in found if name.startswith(self.server.prefix) and "rehearsal" in name]


@contextmanager
def opened(url: str) -> Iterator[SqlDatabase]:
    database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
    try:
        yield database
    finally:
        database.close()


def url_of(world: World) -> str:
    assert isinstance(world.database, SqlDatabase)
    return world.database.url


def backed_up(backups: Backups) -> tuple[str, list[bytes]]:
    """The revision and the content of a backup, which went through a sealed file."""
    file = BytesIO()
    with backups.snapshot() as snapshot:
        label = Label(kind=backups.kind.value, revision=snapshot.revision, at=a.NOON)
        seal(file, label, KEY, snapshot.content())
    return label.revision, [b"".join(open_sealed(file, KEY).content())]


def orders_in(database: SqlDatabase) -> set[str]:
    return {
        id
        for _, session in database.driver.snapshots()
        for (id,) in session.all(Statement(text("SELECT id FROM orders")), {})
    }


def orders_at(url: str) -> set[str]:
    with opened(url) as database:
        return orders_in(database)


@contextmanager
def ordering(world: World, *, buyers: Iterable[str]) -> Iterator[list[OrderId]]:
    """Let buyers order without a pause; yields what they were told, as it grows."""
    told: list[OrderId] = []
    wrong: list[BaseException] = []
    stop, use = threading.Event(), world.use
    place = retrying(use.place_order)

    def order(name: str) -> None:
        try:
            for number in count():
                if stop.is_set():
                    return
                basket = a.basket((world.shop.sku("WATER-550"), 6))
                key = a.key(f"{name}-{number}")
                made = place(actor=world.shop.buyer(name), key=key, basket=basket, wishes=a.wishes())
                told.append(made.id)
        except Exception as error:  # noqa: BLE001  # it is looked at when the block ends
            wrong.append(error)

    threads = [threading.Thread(target=order, args=(name,), daemon=True) for name in buyers]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
    assert wrong == []


def plenty(world: World) -> None:
    """Bring in more water than anybody orders here."""
    change(
        url_of(world),
        "UPDATE stock SET on_hand = on_hand + 1000000000, available = available + 1000000000 WHERE on_hand = 1000000",
        "UPDATE movements SET change = change + 1000000000, after = after + 1000000000 WHERE after = 1000000",
    )


def change(url: str, *statements: str) -> None:
    """Change a database behind everybody's back."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        with closing(sqlite3.connect(parsed.database or "")) as file, file:
            for one in statements:
                file.execute(one)
        return
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for one in statements:
            connection.execute(one.encode())


@contextmanager
def narrowed(server: Server, url: str) -> Iterator[Backups]:
    """The backups of somebody who may read every table and nothing else."""
    role = f"{server.prefix}_narrow"
    name = sql.Identifier(role)
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'narrow'").format(name))
    change(url, f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"')
    try:
        yield backups_of(
            make_url(url).set(username=role, password="narrow").render_as_string(hide_password=False),
            sealing=SEALING,
        )
    finally:
        change(url, f'DROP OWNED BY "{role}"')
        with server.connect() as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(name))


def wait_until(happened: Callable[[], bool], *, within_s: int = 30) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)
