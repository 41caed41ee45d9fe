"""Tampering: whatever is done by SQL to an audit trail of ten thousand entries is found, every time."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from random import Random
from typing import Any

import attrs
import psycopg
import pytest
from sqlalchemy import make_url

from adapters.persistence.sql import SqlDatabase
from adapters.persistence.trail import AT_ONCE, entry_of, entry_row, trail
from domain.identity import OrderId
from domain.trail import Fault, TrailHead
from kit import builders as a
from kit.plugin import TOLD
from kit.world import World

MANY = 10_000
SEED = int(os.environ.get("TAMPERING_SEED") or secrets.randbelow(10**6))
NUMBERS = ("sequence", "at")
COLUMNS = tuple(column.name for column in trail.c)


class Tables:
    """The tables behind everybody's back."""

    def __init__(self, world: World) -> None:
        database = world.database
        assert isinstance(database, SqlDatabase), "there are two kinds of databases"
        parsed = make_url(database.url)
        self.connection: Any
        if parsed.drivername == "sqlite":
            self.connection, self.mark = sqlite3.connect(str(parsed.database), isolation_level=None), "?"
        else:
            plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection, self.mark = psycopg.connect(plain, autocommit=True), "%s"

    def sql(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(statement).fetchall()
        return found

    def put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put whole entries in."""
        marks = ", ".join([self.mark] * len(COLUMNS))
        self.sql("BEGIN")
        self.connection.cursor().executemany(f"INSERT INTO trail VALUES ({marks})", rows)
        self.sql("COMMIT")


@attrs.frozen
class Scene:
    """A world with ten thousand entries, a copy of them, and the anchor of the last."""

    world: World
    tables: Tables
    anchor: TrailHead
    chance: Random

    def whole(self) -> None:
        """Put everything back."""
        self.tables.sql(
            "DELETE FROM trail",
            "DELETE FROM trail_heads",
            "INSERT INTO trail SELECT * FROM kept_trail",
            "INSERT INTO trail_heads SELECT * FROM kept_heads",
        )

    def found(self, *, anchored: bool = False) -> Fault | None:
        """What the audit finds wrong with the trail, and nothing else with the world."""
        mine = self.world.shop.merchant.id
        anchors = {mine: [self.anchor]} if anchored else {}
        faults = {one.merchant_id: one for one in self.world.database.audit.findings(anchors=anchors)}
        assert {one.invariant for one in faults.values()} <= {"I13"}
        return Fault(faults[mine].facts["fault"]) if mine in faults else None

    def somewhere(self) -> list[int]:
        """Entries at both ends, on both sides of where reading pauses, and anywhere."""
        return [1, AT_ONCE, AT_ONCE + 1, MANY, *self.chance.sample(range(2, MANY), 2)]

    def forge(self, first: int) -> None:
        """Write everything from there on anew, as somebody who knows how it is done."""
        kept, which = ", ".join(COLUMNS), f"merchant_id = '{self.world.shop.merchant.id}'"
        rows = self.tables.rows(
            f"SELECT {kept} FROM trail WHERE {which} AND sequence >= {first} ORDER BY sequence"
        )
        previous, forged = entry_of(rows[0]).previous, []
        for row in rows:
            entry = attrs.evolve(entry_of(row), operation="nothing", previous=previous)
            forged.append(attrs.evolve(entry, hash=entry.digest()))
            previous = forged[-1].hash
        self.tables.sql(
            f"DELETE FROM trail WHERE {which} AND sequence >= {first}",
            f"UPDATE trail_heads SET hash = '{previous}' WHERE {which}",
        )
        self.tables.put([entry_row(entry) for entry in forged])


@pytest.fixture(params=["sqlite", "postgres"])
def storage_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    ids = [world.ids.new(OrderId) for _ in range(100)]
    for shop in (*[world.shop] * (MANY // 100), world.other):
        with world.database.unit_of_work(shop.clerk) as storage:
            storage.trail.note(*(a.trail_note(about=id) for id in ids))
    tables = Tables(world)
    with closing(tables.connection):
        tables.sql(
            "CREATE TABLE kept_trail AS SELECT * FROM trail",
            "CREATE TABLE kept_heads AS SELECT * FROM trail_heads",
        )
        anchor = world.database.audit.trail_heads()[world.shop.merchant.id]
        assert anchor.sequence == MANY
        yield Scene(world, tables, anchor, Random(SEED))
        tables.sql("DROP TABLE kept_trail", "DROP TABLE kept_heads")


def mine(scene: Scene, at: int) -> str:
    return f"merchant_id = '{scene.world.shop.merchant.id}' AND sequence = {at}"


def edit(scene: Scene, column: str, at: int) -> str:
    """Another value in one column of one entry."""
    value = f"{column} || 'x'"
    if column in NUMBERS:
        value = f"{column} + {MANY}"
    if column == "merchant_id":
        value = f"'{scene.world.other.merchant.id}'"
        # Where the other merchant has no entry of that number.
        return f"UPDATE trail SET merchant_id = {value}, sequence = sequence + {MANY} WHERE {mine(scene, at)}"
    return f"UPDATE trail SET {column} = {value} WHERE {mine(scene, at)}"


def test_what_is_edited_is_found(scene: Scene, record_property: Callable[[str, object], None]) -> None:
    tried = 0
    others = (
        lambda at: f"UPDATE trail SET person_id = NULL WHERE {mine(scene, at)}",
        lambda at: f"UPDATE trail SET before = before || ' ' WHERE {mine(scene, at)}",
        lambda at: f"UPDATE trail SET address = '' , at = at + 1 WHERE {mine(scene, at)}",
        lambda at: f"UPDATE trail SET hash = upper(hash) WHERE {mine(scene, at)}",
    )
    edits = [(lambda at, name=name: edit(scene, name, at)) for name in COLUMNS] + list(others)
    for change in edits:
        for at in scene.chance.sample(scene.somewhere(), 2):
            scene.tables.sql(change(at))
            assert scene.found() is not None, (SEED, change(at))
            scene.whole()
            tried += 1
    assert scene.found() is None
    record_property(TOLD, f"seed {SEED}: {tried} edits of {MANY} entries, all found")


def test_what_is_deleted_or_moved_is_found(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    tried = 0
    for at in scene.somewhere():
        other = at % MANY + 1
        swap = [
            f"UPDATE trail SET sequence = -1 WHERE {mine(scene, at)}",
            f"UPDATE trail SET sequence = {at} WHERE {mine(scene, other)}",
            f"UPDATE trail SET sequence = {other} WHERE {mine(scene, -1)}",
        ]
        of_mine = f"merchant_id = '{scene.world.shop.merchant.id}'"
        close_up = [
            f"DELETE FROM trail WHERE {mine(scene, at)}",
            f"UPDATE trail SET sequence = -sequence + 1 WHERE {of_mine} AND sequence > {at}",
            f"UPDATE trail SET sequence = -sequence WHERE {of_mine} AND sequence < 0",
            f"UPDATE trail_heads SET sequence = {MANY - 1} WHERE {of_mine}",
        ]
        for statements in ([f"DELETE FROM trail WHERE {mine(scene, at)}"], swap, close_up):
            scene.tables.sql(*statements)
            assert scene.found() is not None, (SEED, statements)
            scene.whole()
            tried += 1
    record_property(TOLD, f"seed {SEED}: {tried} deletions and swaps of {MANY} entries, all found")


def test_what_is_inserted_is_found(scene: Scene, record_property: Callable[[str, object], None]) -> None:
    of_mine = f"merchant_id = '{scene.world.shop.merchant.id}'"
    kept = ", ".join(COLUMNS)
    tried = 0
    for at in (-5, 0, *scene.somewhere(), MANY + 1, MANY + 7):
        source = min(max(at, 1), MANY)
        (row,) = scene.tables.rows(f"SELECT {kept} FROM trail WHERE {mine(scene, source)}")
        (before,) = scene.tables.rows(f"SELECT hash FROM trail WHERE {mine(scene, max(source - 1, 1))}")
        added = attrs.evolve(entry_of(row), sequence=at, operation="nothing", previous=before[0])
        added = attrs.evolve(added, hash=added.digest())
        scene.tables.sql(
            f"UPDATE trail SET sequence = -sequence - 1000000 WHERE {of_mine} AND sequence >= {at}",
            f"UPDATE trail SET sequence = -sequence - 1000000 + 1 WHERE {of_mine} AND sequence < -1000000",
        )
        scene.tables.put([entry_row(added)])
        for heads in (MANY, MANY + 1):
            scene.tables.sql(f"UPDATE trail_heads SET sequence = {heads} WHERE {of_mine}")
            assert scene.found() is not None, (SEED, at, heads)
            tried += 1
        scene.whole()
    record_property(TOLD, f"seed {SEED}: {tried} insertions into {MANY} entries, all found")


def test_what_is_cut_off_or_written_anew_is_found_by_the_anchor(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    of_mine = f"merchant_id = '{scene.world.shop.merchant.id}'"
    tried = 0
    for at in scene.somewhere():
        scene.tables.sql(f"DELETE FROM trail WHERE {of_mine} AND sequence >= {at}")
        assert scene.found() is Fault.TRUNCATED, (SEED, at)
        last = scene.tables.rows(f"SELECT hash FROM trail WHERE {mine(scene, at - 1)}")
        set_back = f"UPDATE trail_heads SET sequence = {at - 1}, hash = '{last[0][0] if last else ''}'"
        scene.tables.sql(
            f"{set_back} WHERE {of_mine}" if last else f"DELETE FROM trail_heads WHERE {of_mine}"
        )
        assert scene.found() is None, "without an anchor nobody can know"
        assert scene.found(anchored=True) is Fault.TRUNCATED, (SEED, at)
        scene.whole()
        tried += 2
    for at in scene.chance.sample(scene.somewhere(), 2):
        scene.forge(at)
        assert scene.found() is None, "without an anchor nobody can know"
        assert scene.found(anchored=True) is Fault.REWRITTEN, (SEED, at)
        scene.whole()
        tried += 1
    for head in ("hash = ''", "sequence = sequence - 1", "sequence = sequence + 1", f"sequence = {-(2**62)}"):
        scene.tables.sql(f"UPDATE trail_heads SET {head} WHERE {of_mine}")
        assert scene.found() is not None, head
        scene.whole()
        tried += 1
    scene.tables.sql(f"DELETE FROM trail_heads WHERE {of_mine}")
    assert scene.found() is Fault.APPENDED
    scene.whole()
    assert scene.found(anchored=True) is None
    record_property(TOLD, f"seed {SEED}: {tried} trails cut off or written anew, all found")


@pytest.mark.parametrize("storage_name", ["sqlite"])
def test_what_is_no_number_any_more_is_found(scene: Scene) -> None:
    """SQLite lets anything be put anywhere."""
    for change in (
        "sequence = 'one'",
        "sequence = x'00'",
        "at = 'noon'",
        "at = 1.5",
        "hash = x'00'",
        "before = 7",
        "operation = x'ff'",
    ):
        scene.tables.sql(f"UPDATE trail SET {change} WHERE {mine(scene, 7)}")
        assert scene.found() is not None, change
        scene.whole()
    scene.tables.sql("UPDATE trail_heads SET sequence = 'many'")
    assert scene.found() is Fault.APPENDED


def test_it_is_followed_some_at_a_time(scene: Scene) -> None:
    """So many entries in memory at once and no more, however long the trail is."""
    before = scene.world.database.statements
    list(scene.world.database.audit.findings())
    spent = scene.world.database.statements - before
    with scene.world.database.unit_of_work(scene.world.shop.clerk) as storage:
        storage.trail.note(*(a.trail_note(about=scene.world.shop.merchant.id) for _ in range(AT_ONCE)))
    before = scene.world.database.statements
    list(scene.world.database.audit.findings())
    assert scene.world.database.statements - before == spent + 1
