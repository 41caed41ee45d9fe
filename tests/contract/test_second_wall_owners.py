"""The second wall where the tables belong to this user or that: whether it stands, and what operators are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dependency_injector import providers
from sqlalchemy import Connection, make_url, select, text

from adapters.persistence.migrations import as_migrations_do, downgrade, migrate
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.statements import Statement
from adapters.persistence.tables import metadata
from adapters.sealing import FileKeyring
from application.ports.database import SecondWall
from application.ports.storage import Busy
from dinghuo.container import Container
from dinghuo.opening import prepared, warn_of_wall
from dinghuo.speech import speak
from kit import builders as a
from kit.builders import FixedClock
from kit.postgres import Server
from kit.sealing import SEALING
from kit.world import World, furnish

COUNTED = text("SELECT count(*) FROM skus")
WHO = Statement(text("SELECT current_user"))
OWNERS_OF_SKUS = Statement(select(metadata.tables["skus"].c.merchant_id).distinct())


class TestInstallations:
    """Who owns the tables, and whether they may make roles, differs from house to house."""

    @pytest.fixture
    def owned(self, postgres: Server, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
        """An empty database whose owner is no superuser, and the owner's URL of it; then the database's role."""
        rights = request.param
        owner = f"{postgres.prefix}_owner"[:63]
        url = postgres.create_database("owned")
        name = make_url(url).database
        with postgres.connect() as connection:
            connection.execute(f'DROP ROLE IF EXISTS "{owner}"'.encode())
            connection.execute(f'CREATE ROLE "{owner}" LOGIN {rights}'.encode())
            connection.execute(f'ALTER DATABASE "{name}" OWNER TO "{owner}"'.encode())
        yield make_url(url).set(username=owner).render_as_string(hide_password=False), f"{name}_app"
        postgres.drop_database("owned")
        with postgres.connect() as connection:
            connection.execute(f'DROP ROLE "{owner}"'.encode())

    @pytest.mark.parametrize("owned", ["CREATEROLE"], indirect=True)
    def test_an_owner_who_may_make_roles_needs_one_url(self, owned: tuple[str, str]) -> None:
        url, role = owned
        database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
        database.migrate()
        assert database.second_wall() is SecondWall.STANDING
        _works(database)
        with database.driver.snapshot(of=None) as session:
            assert session.all(WHO, {}) == [(role,)]
        database.close()
        # Whoever migrates is bound, too, and gets past the rows that are there.
        downgrade(url, "0003")
        database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
        database.migrate()
        assert database.second_wall() is SecondWall.STANDING
        assert list(database.audit.findings()) == []
        database.close()

    @pytest.mark.parametrize("owned", ["CREATEROLE"], indirect=True)
    def test_a_migration_that_changes_rows_has_to_say_whose(self, owned: tuple[str, str]) -> None:
        """It is refused, and not shown nothing; said merchant by merchant, it sees everything."""
        url, _ = owned
        migrate(url)
        database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
        furnish(database)
        database.close()
        found: list[int] = []

        def careless(connection: Connection) -> None:
            connection.execute(COUNTED)

        def careful(connection: Connection) -> None:
            connection.execute(text("SET LOCAL row_security = on"))
            for (merchant_id,) in connection.execute(text("SELECT id FROM merchants")).fetchall():
                setting = text("SELECT set_config('dinghuo.merchant', :id, true)")
                connection.execute(setting, {"id": merchant_id})
                found.append(connection.execute(COUNTED).scalar_one())

        with pytest.raises(Busy, match="row-level security"):
            as_migrations_do(url, careless)
        as_migrations_do(url, careful)
        assert len(found) == 2 and min(found) > 0

    @pytest.mark.parametrize("owned", [""], indirect=True)
    def test_an_owner_who_may_not_has_a_weak_one_until_somebody_makes_the_role(
        self, owned: tuple[str, str], postgres: Server, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url, role = owned
        database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
        database.migrate()
        assert database.second_wall() is SecondWall.OWNED
        assert "WARNING: the second wall is weak" in _warned(database, capsys)
        world = _works(database)
        with database.driver.snapshot(of=None) as session:
            assert session.all(OWNERS_OF_SKUS, {}) == []
        database.close()
        with postgres.connect() as connection:
            connection.execute(f'CREATE ROLE "{role}" LOGIN'.encode())
        database.migrate()
        assert database.second_wall() is SecondWall.OWNED
        # Two URLs: the owner migrates, the role serves.
        serving = SqlDatabase(
            make_url(url).set(username=role).render_as_string(hide_password=False),
            clock=FixedClock(),
            sealing=SEALING,
        )
        assert serving.second_wall() is SecondWall.STANDING
        with serving.driver.snapshot(of=world.shop.merchant.id) as session:
            assert session.all(OWNERS_OF_SKUS, {}) == [(world.shop.merchant.id,)]
        serving.close()
        # Or one, once the owner may become the role.
        with postgres.connect() as connection:
            connection.execute(f'GRANT "{role}" TO "{make_url(url).username}"'.encode())
        assert database.second_wall() is SecondWall.STANDING
        assert _warned(database, capsys) == ""
        database.close()

    def test_where_the_role_is_gone_it_is_missing_and_migrating_brings_it_back(
        self, postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = postgres.create_database("restored")
        ring = FileKeyring.make(tmp_path / "keyring.json", at=FixedClock().now())
        database = SqlDatabase(url, clock=FixedClock(), sealing=ring)
        database.migrate()
        with postgres.connect() as connection:
            connection.execute(
                f'ALTER DATABASE "{make_url(url).database}" RENAME TO "{postgres.prefix}_moved"'.encode()
            )
        moved = make_url(url).set(database=f"{postgres.prefix}_moved").render_as_string(hide_password=False)
        elsewhere = SqlDatabase(moved, clock=FixedClock(), sealing=ring)
        assert elsewhere.second_wall() is SecondWall.MISSING
        assert "WARNING: the second wall is missing" in _warned(elsewhere, capsys)
        with prepared({"database": moved, "data": tmp_path}):
            pass
        assert elsewhere.second_wall() is SecondWall.STANDING
        database.close()
        elsewhere.close()
        postgres.drop_database("moved")
        postgres.drop_database("restored")

    def test_it_is_busy_where_nobody_answers(self) -> None:
        nowhere = SqlDatabase(
            "postgresql+psycopg://nobody@127.0.0.1:1/nothing", clock=FixedClock(), sealing=SEALING
        )
        with pytest.raises(Busy):
            nowhere.second_wall()


def _warned(database: SqlDatabase, capsys: pytest.CaptureFixture[str]) -> str:
    """What somebody who serves from it is told on standard error."""
    container = Container()
    container.database.override(providers.Object(database))
    speak("en")
    warn_of_wall(container)
    speak("auto")
    return capsys.readouterr().err


def _works(database: SqlDatabase) -> World:
    world = furnish(database)
    basket = a.basket((world.shop.sku("TEA-500"), 2))
    world.use.place_order(actor=world.shop.buyer(), key=a.key(), basket=basket, wishes=a.wishes())
    assert list(database.audit.findings()) == []
    return world
