"""Backups: drills on both databases while orders come in, and nothing changed or left behind when one fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.persistence.backups import backups_of
from adapters.persistence.backups.rooms import room
from adapters.persistence.migrations import HEAD, downgrade
from adapters.system import RandomIds
from application.ports.backups import (
    Backups,
    CannotRehearse,
    DatabaseKind,
    HoldsSomething,
    InUse,
    NoBackup,
    NotWhole,
)
from application.ports.database import SchemaState
from application.ports.storage import Busy
from kit.api import HOME, open_api, ordered
from kit.backups import (
    Places,
    backed_up,
    change,
    narrowed,
    opened,
    ordering,
    orders_at,
    orders_in,
    plenty,
    url_of,
    wait_until,
)
from kit.builders import SeededIds
from kit.postgres import Server
from kit.sealing import SEALING
from kit.world import World, furnish


@pytest.fixture(params=("sqlite", "postgres"))
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return Places(request.param, tmp_path, server)


@pytest.fixture
def world(places: Places) -> Iterator[World]:
    """Two wholesalers in a database of this kind."""
    with opened(places.new()) as database:
        database.migrate()
        yield furnish(database)


@pytest.fixture
def backups(world: World) -> Backups:
    return backups_of(url_of(world), sealing=SEALING)


class TestDrill:
    def test_everything_acknowledged_before_is_there_and_everything_holds(
        self, places: Places, world: World, backups: Backups
    ) -> None:
        world = attrs.evolve(world, ids=RandomIds())
        plenty(world)
        with ordering(world, buyers=("regular", "vip", "strategic")) as told:
            wait_until(lambda: len(told) >= 20)
            acknowledged = set(told)
            revision, [content] = backed_up(backups)
            at_the_end = len(told)
            wait_until(lambda: len(told) > at_the_end)
        rehearsed = backups.rehearse(revision, [content])
        assert rehearsed.untrue == {}
        elsewhere = places.new()
        restored = backups_of(elsewhere, sealing=SEALING).restore(revision, [content], overwrite=False)
        assert restored.rows == rehearsed.rows
        with opened(elsewhere) as database:
            found = orders_in(database)
            assert acknowledged <= found <= set(told)
            assert len(found) == restored.rows["orders"] < len(told)
            assert list(database.audit.findings()) == []
        assert places.left() == []

    async def test_what_is_restored_answers_the_same(
        self, places: Places, world: World, backups: Backups
    ) -> None:
        for name in ("regular", "vip"):
            ordered(world, name, key=name)
        elsewhere = places.new()
        backups_of(elsewhere, sealing=SEALING).restore(*backed_up(backups), overwrite=False)
        with opened(elsewhere) as database:
            before = await answers(world)
            after = await answers(attrs.evolve(world, database=database))
        assert before == after
        assert len({str(answer) for answer in before}) == len(before), "everybody has prices of their own"

    def test_what_is_restored_can_be_ordered_from(
        self, places: Places, world: World, backups: Backups
    ) -> None:
        first = ordered(world, key="first")
        elsewhere = places.new()
        backups_of(elsewhere, sealing=SEALING).restore(*backed_up(backups), overwrite=False)
        with opened(elsewhere) as database:
            there = attrs.evolve(world, database=database, ids=SeededIds(7))
            assert ordered(there, key="first") == first, "what was asked before is answered as before"
            second = ordered(there, key="second")
            assert orders_in(database) == {first, second}
            assert list(database.audit.findings()) == []

    def test_a_snapshot_sees_nothing_that_comes_later(self, world: World, backups: Backups) -> None:
        ordered(world, key="before")
        with backups.snapshot() as snapshot:
            ordered(world, key="after")
            content = b"".join(snapshot.content())
        assert backups.rehearse(HEAD, [content]).rows["orders"] == 1

    def test_it_brings_older_tables_up_to_date(self, places: Places, world: World, backups: Backups) -> None:
        ordered(world)
        world.database.close()
        downgrade(url_of(world), "0003")
        revision, [content] = backed_up(backups)
        assert revision == "0003"
        elsewhere = places.new()
        restored = backups_of(elsewhere, sealing=SEALING).restore(revision, [content], overwrite=False)
        assert "product_words" not in restored.rows
        with opened(elsewhere) as database:
            assert database.schema_state() is SchemaState.BEHIND
            database.migrate()
            assert database.schema_state() is SchemaState.CURRENT
            assert list(database.audit.findings()) == []
            assert len(orders_in(database)) == 1


class TestRestore:
    def test_leaves_alone_what_holds_something(self, places: Places, world: World, backups: Backups) -> None:
        content = backed_up(backups)
        ordered(world)
        assert backups.holds_anything()
        with pytest.raises(HoldsSomething):
            backups.restore(*content, overwrite=False)
        assert len(orders_at(url_of(world))) == 1
        assert places.left() == []

    def test_takes_a_database_that_was_only_migrated_for_empty(
        self, places: Places, backups: Backups
    ) -> None:
        elsewhere = places.new()
        with opened(elsewhere) as database:
            database.migrate()
        other = backups_of(elsewhere, sealing=SEALING)
        assert not other.holds_anything()
        assert other.restore(*backed_up(backups), overwrite=False).kept is None

    def test_replaces_what_is_there_when_told_to(self, world: World, backups: Backups) -> None:
        content = backed_up(backups)
        ordered(world)
        world.database.close()
        restored = backups.restore(*content, overwrite=True)
        assert orders_at(url_of(world)) == set()
        if restored.kept is not None:
            old = orders_at(f"sqlite:///{restored.kept}")
            assert len(old) == 1, "the old file is whole, with all that was in its log"
        assert (restored.kept is not None) == (backups.kind is DatabaseKind.SQLITE)

    def test_of_half_a_content_changes_nothing(self, places: Places, world: World, backups: Backups) -> None:
        revision, [content] = backed_up(backups)
        order = ordered(world)
        world.database.close()
        for cut in (b"", content[: len(content) // 2], content[:-1], content * 2):
            with pytest.raises(NotWhole):
                backups.restore(revision, [cut], overwrite=True)
        with pytest.raises(NotWhole):
            backups.rehearse(revision, [content[:-1]])
        assert orders_at(url_of(world)) == {order}
        assert places.left() == []

    def test_counts_rows(self, backups: Backups) -> None:
        revision, [content] = backed_up(backups)
        assert b'"orders":0' in content
        with pytest.raises(NotWhole, match="orders: 0 rows, not 1"):
            backups.rehearse(revision, [content.replace(b'"orders":0', b'"orders":1')])

    def test_puts_back_nothing_that_is_not_true(self, places: Places, world: World, backups: Backups) -> None:
        change(url_of(world), "UPDATE stock SET on_hand = on_hand + 1 WHERE on_hand = 80000")
        content = backed_up(backups)
        assert backups.rehearse(*content).untrue == {"I1": 2, "I3": 2}
        elsewhere = places.new()
        other = backups_of(elsewhere, sealing=SEALING)
        assert other.restore(*content, overwrite=False).untrue == {"I1": 2, "I3": 2}
        assert not other.holds_anything()
        assert other.restore(*content, overwrite=False, verify=False).untrue == {}
        assert other.holds_anything()

    def test_of_an_interrupted_content_leaves_nothing(
        self, places: Places, world: World, backups: Backups
    ) -> None:
        revision, [content] = backed_up(backups)

        def interrupted() -> Iterator[bytes]:
            yield content[: len(content) // 2]
            raise KeyboardInterrupt

        order = ordered(world)
        world.database.close()
        with pytest.raises(KeyboardInterrupt):
            backups.restore(revision, interrupted(), overwrite=True)
        with pytest.raises(KeyboardInterrupt):
            backups.rehearse(revision, interrupted())
        assert orders_at(url_of(world)) == {order}
        assert places.left() == []


class TestSnapshot:
    def test_needs_tables_of_ours(self, places: Places) -> None:
        with pytest.raises(NoBackup), backups_of(places.new(), sealing=SEALING).snapshot():
            pass


@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
class TestSqlite:
    def test_a_copy_has_no_name(self, places: Places, backups: Backups) -> None:
        with backups.snapshot() as snapshot:
            next(snapshot.content())
            assert places.left() == []

    def test_a_database_in_use_is_not_replaced(self, world: World, backups: Backups) -> None:
        content = backed_up(backups)
        order = ordered(world)
        with pytest.raises(InUse):
            backups.restore(*content, overwrite=True)
        assert orders_at(url_of(world)) == {order}

    def test_what_is_no_database_is_kept_beside(self, world: World, backups: Backups) -> None:
        content = backed_up(backups)
        world.database.close()
        path = Path(url_of(world).removeprefix("sqlite:///"))
        path.write_bytes(b"spoilt" * 1000)
        with pytest.raises(NoBackup), backups.snapshot():
            pass
        with pytest.raises(HoldsSomething):
            backups.restore(*content, overwrite=False)
        restored = backups.restore(*content, overwrite=True)
        assert restored.kept is not None
        assert restored.kept.read_bytes() == b"spoilt" * 1000

    def test_pages_that_are_damaged_are_found(self, backups: Backups) -> None:
        revision, [content] = backed_up(backups)
        at = len(content) // 2
        with pytest.raises(NotWhole):
            backups.rehearse(revision, [content[:at] + bytes(8192) + content[at + 8192 :]])

    def test_a_room_is_gone_even_if_it_is_stopped_while_it_goes(
        self, places: Places, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tmp_path = places.folder
        real, calls = shutil.rmtree, iter([True])

        def stopped(folder: Path, ignore_errors: bool = False) -> None:
            if next(calls, False):
                raise KeyboardInterrupt
            real(folder, ignore_errors=ignore_errors)

        monkeypatch.setattr(shutil, "rmtree", stopped)
        with pytest.raises(KeyboardInterrupt), room(tmp_path) as folder:
            (folder / "rehearsal.db").write_text("rows")
        assert list(tmp_path.iterdir()) == []

    def test_rooms_of_those_who_were_killed_are_cleared(self, places: Places) -> None:
        tmp_path = places.folder
        left = tmp_path / ".dinghuo-room-left"
        left.mkdir()
        (left / "rehearsal.db").write_bytes(b"x")
        with room(tmp_path):
            assert left.exists(), "somebody may be about to hold it"
        os.utime(left, (0, 0))
        with room(tmp_path) as mine:
            os.utime(mine, (0, 0))
            assert not left.exists()
            with room(tmp_path) as other:
                assert mine.exists() and other != mine
            assert mine.exists() and not other.exists()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("places", ["postgres"], indirect=True)
class TestPostgres:
    @pytest.fixture
    def server(self, places: Places) -> Server:
        assert places.server is not None
        return places.server

    def test_who_may_make_no_database_is_told_a_place(
        self, places: Places, server: Server, world: World, backups: Backups
    ) -> None:
        revision, [content] = backed_up(backups)
        with narrowed(server, url_of(world)) as narrow:
            with pytest.raises(CannotRehearse, match="permission denied"):
                narrow.rehearse(revision, [content])
            with pytest.raises(CannotRehearse, match="not empty"):
                backups.rehearse(revision, [content], place=url_of(world))
            with pytest.raises(CannotRehearse, match="connection"):
                backups.rehearse(revision, [content], place="postgresql+psycopg://a@127.0.0.1:1/b")
            elsewhere = places.new()
            assert narrow.rehearse(revision, [content], place=elsewhere).untrue == {}
            assert not backups_of(elsewhere, sealing=SEALING).holds_anything()

    def test_it_leaves_out_tables_beside_ours_and_says_so(self, world: World, backups: Backups) -> None:
        change(url_of(world), "CREATE TABLE notes (words text)")
        with backups.snapshot() as snapshot:
            assert snapshot.left_out == ("notes",)
            content = b"".join(snapshot.content())
        assert "notes" not in backups.rehearse(HEAD, [content]).rows

    def test_it_does_not_back_up_half_of_the_tables(self, world: World, backups: Backups) -> None:
        change(url_of(world), "DROP TABLE outbox")
        with pytest.raises(NoBackup, match="outbox"), backups.snapshot():
            pass

    def test_it_fails_where_policies_would_hide_rows(
        self, server: Server, world: World, backups: Backups
    ) -> None:
        change(url_of(world), "ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
        with narrowed(server, url_of(world)) as narrow, pytest.raises(Busy, match="row-level security"):
            backed_up(narrow)

    def test_references_are_looked_at(self, backups: Backups) -> None:
        revision, [content] = backed_up(backups)
        table = content.index(b'"table":"merchants"')
        at = content.index(b"shanquan", table)
        merchant = content[content.rindex(b"mer_", 0, at) :][:30]
        assert merchant.startswith(b"mer_")
        spoilt = (
            content[:at].replace(merchant, merchant[:-1] + (b"1" if merchant.endswith(b"0") else b"0"))
            + content[at:]
        )
        with pytest.raises(NotWhole, match="violates foreign key"):
            backups.rehearse(revision, [spoilt])


async def answers(world: World) -> list[Any]:
    """What everybody sees at home, and a guest."""
    who = [world.shop.buyer(name) for name in ("regular", "vip", "strategic", "contract")]
    async with open_api(world) as api:
        return [(await api.ask(HOME, actor=actor)).data for actor in (*who, world.shop.guest)]
