"""Personal data is sealed wherever it is stored: nobody who has the files, and not the keys, finds any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

import attrs
import psycopg
import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from adapters.files.sealed import Label, open_sealed, seal
from adapters.persistence.backups import backups_of
from adapters.persistence.migrations import downgrade, migrate
from adapters.persistence.resealing import every_sealed_column, sealed_tables
from adapters.persistence.sealed import sealed_columns
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Statement
from adapters.persistence.tables import metadata
from adapters.sealing import Ring
from application.ports.database import SchemaState
from application.ports.sealing import PREFIX, Unreadable
from application.ports.storage import NotNow
from application.views.orders import ANY_ORDER, OrderWant
from application.views.pages import Window
from kit import builders as a
from kit.backups import KEY as BACKUP_KEY
from kit.backups import change
from kit.canaries import Canaries, files, forms, found_in, plant, postgres_places, seen_in
from kit.personal import READABLE
from kit.postgres import Server
from kit.sealing import KEY, OTHER_KEY, SEALING
from kit.world import World

MANY = 40
needs_sql = pytest.mark.parametrize("storage_name", ["sqlite", "postgres"], indirect=True)


class TestInventory:
    @pytest.mark.parametrize("table", sorted(metadata.tables.values(), key=str), ids=str)
    def test_every_column_is_sealed_or_known_to_be_readable(self, table: object) -> None:
        found = metadata.tables[str(table)]
        secret = {column.name for column in sealed_columns(found)}
        assert {column.name for column in found.columns} - secret == set(READABLE[found.name].split())

    def test_nothing_is_known_that_is_not_there(self) -> None:
        assert READABLE.keys() == metadata.tables.keys()


class TestCanaries:
    @pytest.mark.parametrize("text", ["金丝雀六只", "1380013800"])
    def test_are_found_in_every_form(self, text: str) -> None:
        """The search would find what it is there to find."""
        canaries = Canaries(name=text, street="no such street", digits="no digits")
        written = [
            ("raw", f"x{text}y".encode()),
            ("wide", f"x{text}y".encode("utf-16")),
            ("hexadecimal", f"x{text}y".encode().hex().encode()),
            *((f"base64 {shift}", _base64("x" * shift + text + "yyy")) for shift in range(3)),
        ]
        found = {where.split(" in ")[1].split(" at ")[0] for where in found_in(canaries, written)}
        assert found == {name for name, _ in written}
        assert len(set(forms(text))) >= 7


@needs_sql
class TestStolenFiles:
    def test_have_nothing_of_what_was_planted(self, world: World, tmp_path: Path) -> None:
        canaries = Canaries()
        with _places(world, tmp_path) as places:
            placed = plant(world, canaries, many=MANY)
            world.use.confirm_order(actor=world.shop.clerk, key=a.key("c"), order_id=placed[0].id)
            world.use.cancel_order(actor=world.shop.clerk, key=a.key("d"), order_id=placed[1].id)
            found = places()
        assert seen_in(canaries, found)
        assert found_in(canaries, found) == []
        assert [order.terms.address for order in placed] == [canaries.address(at) for at in range(MANY)]

    def test_nor_has_what_is_in_a_backup(self, world: World) -> None:
        canaries = Canaries()
        plant(world, canaries, many=5)
        file = BytesIO()
        backups = backups_of(_url(world), sealing=SEALING)
        with backups.snapshot() as snapshot:
            label = Label(kind=backups.kind.value, revision=snapshot.revision, at=a.NOON)
            seal(file, label, BACKUP_KEY, snapshot.content())
        inside = b"".join(open_sealed(file, BACKUP_KEY).content())
        assert seen_in(canaries, [("backup", inside)])
        assert found_in(canaries, [("backup", inside), ("file", file.getvalue())]) == []

    def test_nor_after_a_rotation(self, world: World, tmp_path: Path) -> None:
        canaries = Canaries()
        with _places(world, tmp_path) as places:
            plant(world, canaries, many=5)
            with _opened(world, Ring.of(KEY, OTHER_KEY)) as database:
                assert sum(database.sealed.reseal()) > 0
            assert found_in(canaries, places()) == []


@needs_sql
class TestPlace:
    """A value that was moved is not read, and is found."""

    MOVES = (
        "UPDATE buyers SET name = (SELECT b.name FROM buyers b WHERE b.id <> buyers.id LIMIT 1)",
        "UPDATE buyers SET name = (SELECT s.name FROM staff s WHERE s.merchant_id = buyers.merchant_id LIMIT 1)",
        "UPDATE buyers SET name = (SELECT b.name FROM buyers b WHERE b.merchant_id <> buyers.merchant_id LIMIT 1)",
        "UPDATE buyers SET name = '小李'",
        "UPDATE buyers SET name = substr(name, 1, 12) || 'AAAA'",
    )

    @pytest.mark.parametrize("move", MOVES)
    async def test_is_where_it_is_read(self, world: World, move: str) -> None:
        world.database.close()
        change(_url(world), move)
        broken = [one for one in world.database.audit.findings() if one.invariant == "I16"]
        assert broken and {one.about.split()[0] for one in broken} == {"buyers.name"}
        await world.database.start()
        buyer = world.shop.buyers["regular"]
        with pytest.raises(Unreadable):
            await world.views(world.shop.buyer()).customers.buyers_by_id([buyer.id])
        await world.database.stop()

    def test_of_a_key_that_is_missing_only_one_is_told_a_column(self, world: World) -> None:
        with _opened(world, Ring.of(OTHER_KEY)) as database:
            broken = [one for one in database.audit.findings() if one.invariant == "I16"]
        columns = [(one.merchant_id, one.about.split()[0]) for one in broken]
        assert len(columns) == len(set(columns)) <= 2 * len(every_sealed_column())
        assert {one.facts["fault"] for one in broken} == {"UNKNOWN_KEY"}


@needs_sql
class TestWhatWasThereBefore:
    """Rows of a time before anything was sealed."""

    def test_is_sealed_by_migrate_and_gone_from_the_files(self, world: World, tmp_path: Path) -> None:
        canaries = Canaries()
        placed = plant(world, canaries, many=MANY)
        _undo(world)
        assert found_in(canaries, _tables(world)) != []
        with _opened(world) as database:
            assert database.schema_state() is SchemaState.BEHIND
            database.migrate()
            assert database.schema_state() is SchemaState.CURRENT
            assert list(database.audit.findings()) == []
            with database.unit_of_work.reading(world.shop.clerk) as storage:
                assert [storage.orders.get(order.id).terms for order in placed] == [
                    order.terms for order in placed
                ]
            if make_url(database.url).drivername == "sqlite":
                assert found_in(canaries, files(tmp_path)) == []
            else:
                with closing(_connect(database.url)) as connection:
                    places = postgres_places(connection, since="0/0")
                # The log keeps what was written to it before, until it is used again.
                assert found_in(canaries, [one for one in places if not one[0].startswith("log")]) == []

    def test_goes_on_where_it_was_stopped(self, world: World) -> None:
        plant(world, Canaries(), many=MANY)
        _undo(world)
        with _opened(world) as database:
            migrate(database.url)
            step = database._rows._resealed(sealed_tables(), fresh=every_sealed_column())
            assert next(step) > 0
            del step
            assert database.sealed.by_key()[""] > 0
            assert database.schema_state() is SchemaState.BEHIND
            database.migrate()
            assert set(database.sealed.by_key()) == {SEALING.active}
            assert list(database.audit.findings()) == []

    def test_is_plain_even_if_it_looks_sealed(self, world: World) -> None:
        _undo(world)
        change(_url(world), "UPDATE staff SET name = '~1.0000abcd.looks sealed' WHERE name = '小赵'")
        with _opened(world) as database:
            database.migrate()
            assert list(database.audit.findings()) == []

    def test_is_looked_at_once(self, world: World) -> None:
        with _opened(world) as database:
            before = database.statements
            database.migrate()
            assert database.statements - before < 10


class TestReaders:
    async def test_open_only_what_they_are_asked_for(self, world: World) -> None:
        """Whoever asks for no address, and no note, has none of them opened."""
        plant(world, Canaries(), many=2)
        ring = _Counting()
        if isinstance(world.database, SqlDatabase):
            database = SqlDatabase(world.database.url, clock=world.clock, sealing=ring)
            world = attrs.evolve(world, database=database)
        await world.database.start()
        orders = world.views(world.shop.clerk).orders
        for want, opened in ((OrderWant(personal=False), 0), (OrderWant(), 4)):
            before = ring.opened
            window = Window(size=50)
            page = await orders.newest(window=window, filter=ANY_ORDER, want=want, count=False)
            assert len(page.edges) == 2
            assert all((edge.node.address is None) is (not want.personal) for edge in page.edges)
            if isinstance(world.database, SqlDatabase):
                assert ring.opened - before == opened
        await world.database.stop()
        world.database.close()


class _Counting(Ring):
    """Counts what is opened."""

    def __init__(self) -> None:
        super().__init__({SEALING.active: KEY}, active=SEALING.active)
        self.opened = 0

    def open(self, sealed: str, *, place: str) -> str:
        self.opened += 1
        return super().open(sealed, place=place)


@contextmanager
def _opened(world: World, ring: Ring = SEALING) -> Iterator[SqlDatabase]:
    """The same database, with these keys."""
    world.database.close()
    database = SqlDatabase(_url(world), clock=world.clock, sealing=ring)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _places(world: World, folder: Path) -> Iterator[Callable[[], list[tuple[str, bytes]]]]:
    """Everything that is kept of the database, of what was written since, while it is still open."""
    url = make_url(_url(world))
    if url.drivername == "sqlite":
        yield lambda: files(folder)
        return
    with closing(_connect(_url(world))) as connection:
        [(since,)] = connection.execute(b"SELECT pg_current_wal_lsn()::text").fetchall()
        yield lambda: postgres_places(connection, since=since)


@pytest.mark.parametrize("storage_name", ["postgres"], indirect=True)
def test_what_was_there_before_is_not_called_gone_while_somebody_looks_at_it(
    world: World, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    canaries = Canaries()
    plant(world, canaries, many=MANY)
    _undo(world)
    monkeypatch.setattr("adapters.persistence.scrubbing._TRIES", 2)
    with _opened(world) as database, closing(_connect(database.url)) as connection:
        looker = connection.cursor()
        looker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        looker.execute("SELECT 1")
        with pytest.raises(NotNow):
            database.migrate()
        looker.execute("COMMIT")
        with psycopg.connect(postgres.url.replace("+psycopg", "")) as elsewhere:
            elsewhere.execute("SELECT pg_current_xact_id()")
            with pytest.raises(NotNow):
                database.migrate()
        database.migrate()
        assert database.schema_state() is SchemaState.CURRENT
        places = postgres_places(connection, since="0/0")
        assert found_in(canaries, [one for one in places if not one[0].startswith("log")]) == []


def _url(world: World) -> str:
    assert isinstance(world.database, SqlDatabase)
    return world.database.url


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _tables(world: World) -> list[tuple[str, bytes]]:
    """The rows of every table with something sealed in it."""
    engine = create_engine(_url(world))
    there = set(inspect(engine).get_table_names())
    engine.dispose()
    with _opened(world) as database:
        return [
            (table.name, repr(session.all(Statement(text(f"SELECT * FROM {table.name}")), {})).encode())
            for _, session in database.driver.snapshots()
            for table in sealed_tables()
            if table.name in there
        ]


def _undo(world: World) -> None:
    """Make the database one of the time before: every value plain, and no table that knows of keys."""
    with _opened(world) as database:
        plain = []
        for of, session in database.driver.snapshots():
            for table in sealed_tables():
                keys = [column.name for column in table.primary_key.columns]
                for column in sealed_columns(table):
                    asked = f"SELECT {', '.join(keys)}, {column.name} FROM {table.name}"
                    for *key, value in session.all(Statement(text(asked)), {}):
                        if value is not None:
                            assert value.startswith(PREFIX)
                            plain.append((of, table.name, column.name, keys, key, value))
    statements = []
    for _, table_name, column_name, keys, key, value in plain:
        merchant, row = (key[0], key[1:]) if keys[0] == "merchant_id" else (None, key)
        opened = SEALING.open(value, place="\0".join((merchant or "platform", table_name, column_name, *row)))
        where = " AND ".join(f"{name} = '{part}'" for name, part in zip(keys, key, strict=True))
        quoted = opened.replace("'", "''")
        statements.append(f"UPDATE {table_name} SET {column_name} = '{quoted}' WHERE {where}")
    change(_url(world), *statements)
    downgrade(_url(world), "0012")


def _base64(text: str) -> bytes:
    from base64 import b64encode

    return b64encode(text.encode())
