"""Migrations: what they make is what the tables say, on both databases, and they go both ways."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from adapters.persistence import migrations
from adapters.persistence.migrations import HEAD, downgrade, migrate, schema_state
from adapters.persistence.sql import SqlDatabase
from adapters.persistence.tables import metadata
from application.ports.database import SchemaState
from kit import builders as a
from kit.builders import FixedClock
from kit.postgres import Server
from kit.registering import pending
from kit.sealing import SEALING
from kit.world import furnish

_NUMBERS = count(1)
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
    "0022",
    "0023",
    "0024",
    "0025",
    "0026",
    "0027",
    "0028",
    "0029",
)


@pytest.fixture(params=("sqlite", "postgres"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/made/here.db"
    server: Server = request.getfixturevalue("postgres")
    made: str = server.create_database(f"migrations_{next(_NUMBERS)}")
    return made


@pytest.fixture
def engine(url: str) -> Engine:
    return create_engine(url)


def _history() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


def test_the_newest_change_is_the_one_the_program_knows() -> None:
    assert _history().get_heads() == [HEAD]


def test_changes_are_numbered_in_their_order() -> None:
    found = [script.revision for script in _history().walk_revisions()]
    assert found == sorted(found, reverse=True)
    assert tuple(reversed(found)) == REVISIONS


def test_they_make_what_the_tables_say(url: str, engine: Engine) -> None:
    assert schema_state(url) is SchemaState.MISSING
    migrate(url)
    assert schema_state(url) is SchemaState.CURRENT
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_constraints_are_the_same_by_name(url: str, engine: Engine) -> None:
    migrate(url)
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        described = {str(one.name) for one in table.constraints if type(one).__name__ == "CheckConstraint"}
        assert {one["name"] for one in inspector.get_check_constraints(table.name)} == described, table.name
        keys = {str(one.name) for one in table.foreign_key_constraints}
        assert {one["name"] for one in inspector.get_foreign_keys(table.name)} == keys, table.name
    engine.dispose()


def test_every_step_can_be_taken_back(url: str, engine: Engine) -> None:
    for revision in REVISIONS:
        migrate(url, revision)
        assert schema_state(url) is (SchemaState.CURRENT if revision == HEAD else SchemaState.BEHIND)
    downgrade(url, "base")
    assert [name for name in inspect(engine).get_table_names() if name != "alembic_version"] == []
    migrate(url)
    assert schema_state(url) is SchemaState.CURRENT
    engine.dispose()


def test_goods_that_are_there_are_found_after_an_upgrade(url: str, engine: Engine) -> None:
    """Those of every merchant, in one batch and in several."""
    migrate(url)
    database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
    world = furnish(database)
    world.add(
        a.product(world.ids, name=f"茶 {at}", skus=[a.sku(world.ids, code=f"N{at}")]) for at in range(1_200)
    )
    database.close()
    words = "SELECT merchant_id, product_id, written, spelt FROM product_words ORDER BY 1, 2"
    with engine.connect() as connection:
        before = connection.exec_driver_sql(words).fetchall()
        tokens = _tokens(connection)
    downgrade(url, "0003")
    migrate(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(words).fetchall() == before
        assert len({row[0] for row in before}) == 2 and len(before) > 1_200
        assert _tokens(connection) == tokens
    engine.dispose()


def _tokens(connection: Connection) -> set[tuple[str, str, str]]:
    """Which products each token leads to, whatever rows they share."""
    rows = connection.exec_driver_sql("SELECT merchant_id, token, product_ids, many FROM product_tokens")
    found = [(merchant, token, ids.split(), many) for merchant, token, ids, many in rows]
    assert all(len(ids) == many for _, _, ids, many in found)
    return {(merchant, token, id) for merchant, token, ids, _ in found for id in ids}


def test_goods_and_prices_have_other_editions_after_an_upgrade(url: str, engine: Engine) -> None:
    """And none in between, when programs that give none may change them."""
    migrate(url)
    database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
    furnish(database)
    database.close()
    before = _editions(engine)
    assert [name for _, name, _ in before] == 2 * ["edition of goods", "edition of prices"]
    downgrade(url, "0028")
    assert _editions(engine) == []
    migrate(url)
    after = _editions(engine)
    assert [one[:2] for one in after] == [one[:2] for one in before]
    assert {value for *_, value in after}.isdisjoint({value for *_, value in before})
    assert len({value for *_, value in after}) == 4
    engine.dispose()


def _editions(engine: Engine) -> list[tuple[str, str, int]]:
    told = "SELECT merchant_id, name, value FROM counters WHERE name LIKE 'edition of %%' ORDER BY 1, 2"
    with engine.connect() as connection:
        return [(merchant, name, value) for merchant, name, value in connection.exec_driver_sql(told)]


def test_companies_that_are_there_are_approved_after_an_upgrade(url: str, engine: Engine) -> None:
    """There is nothing of them to be verified."""
    migrate(url)
    database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
    world = furnish(database)
    pending(world)
    database.close()
    told = "SELECT approved, approved_until FROM customers"
    with engine.connect() as connection:
        before = connection.exec_driver_sql(told).fetchall()
        assert {bool(approved) for approved, _ in before} == {True, False}
    downgrade(url, "0007")
    migrate(url)
    with engine.connect() as connection:
        after = connection.exec_driver_sql(told).fetchall()
        assert {(bool(approved), until) for approved, until in after} == {(True, None)}
        assert len(after) == len(before)
        assert connection.exec_driver_sql("SELECT * FROM verifications").fetchall() == []
    engine.dispose()


def test_a_newer_schema_is_recognised(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert schema_state(url) is SchemaState.NEWER
    engine.dispose()


def test_a_second_run_changes_nothing(url: str) -> None:
    database = SqlDatabase(url, clock=FixedClock(), sealing=SEALING)
    database.migrate()
    database.migrate()
    assert database.schema_state() is SchemaState.CURRENT
    database.close()
