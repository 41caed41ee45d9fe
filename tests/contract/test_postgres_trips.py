"""Trips: statements that go to PostgreSQL together, whatever becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus
from sqlalchemy import func, literal, make_url, select

from adapters.persistence import postgres_trips
from adapters.persistence.postgres import Postgres
from adapters.persistence.postgres_session import PostgresSession
from adapters.persistence.postgres_trips import Command, ReadingConnection, Told, WritingConnection
from adapters.persistence.sessions import Meter
from adapters.persistence.statements import Statement
from adapters.sealing import FileKeyring
from application.ports.sealing import Sealing
from kit.postgres import Server

ONE = Command(b"SELECT %(n)s::int + 1, %(n)s::int", {"n": 1})
WRONG = Command(b"SELECT 1 / %s::int", (0,))
LOCKED = Command(b"SELECT pg_advisory_xact_lock(1)")


@pytest.fixture(scope="module")
def conninfo(postgres: Server) -> str:
    url = make_url(postgres.create_database("trips")).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    return FileKeyring.make(tmp_path / "keyring", at=datetime(2026, 11, 28, tzinfo=UTC))


@contextmanager
def writing(conninfo: str) -> Iterator[WritingConnection]:
    with WritingConnection.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        yield connection


@asynccontextmanager
async def reading(conninfo: str) -> AsyncIterator[ReadingConnection]:
    async with await ReadingConnection.connect(
        conninfo, autocommit=True, prepare_threshold=None
    ) as connection:
        yield connection


@contextmanager
def held(conninfo: str) -> Iterator[Callable[[], None]]:
    """Hold the lock that LOCKED waits for, until what this gives is called."""
    with psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(1)")

        def let_go() -> None:
            other.execute("SELECT pg_advisory_unlock_all()")

        yield let_go


def prepared(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    [(number,)] = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchall()
    assert isinstance(number, int)
    return number


class TestTrip:
    def test_brings_every_answer(self, conninfo: str) -> None:
        at = datetime(2026, 11, 27, tzinfo=UTC)
        with writing(conninfo) as connection:
            told = connection.trip(
                [
                    Command(b"BEGIN"),
                    Command(b"CREATE TEMPORARY TABLE t (n int, words text)"),
                    Command(b"INSERT INTO t SELECT n, %s FROM generate_series(1, 5) n", ("订货",)),
                    Command(b"UPDATE t SET words = NULL WHERE n %% 2 = 0"),
                    Command(
                        b"SELECT n, words, %(at)s::timestamptz FROM t WHERE n < 3 ORDER BY n", {"at": at}
                    ),
                    ONE,
                    Command(b"COMMIT"),
                ]
            )
        assert [one.changed for one in told[2:6]] == [5, 2, 2, 1]
        assert told[4].rows == [(1, "订货", at), (2, None, at)]
        assert told[5].rows == [(2, 1)]

    def test_prepares_a_statement_once_for_each_kind_of_value(self, conninfo: str) -> None:
        text = b"SELECT %s"
        with writing(conninfo) as connection:
            for _ in range(3):
                assert [one.rows for one in connection.trip([ONE, ONE])] == [[(2, 1)], [(2, 1)]]
            assert prepared(connection) == 1
            assert connection.trip([Command(text, (1,)), Command(text, (True,))])[1].rows == [(True,)]
            assert prepared(connection) == 3

    def test_forgets_before_there_is_too_much(self, conninfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_trips, "MOST_PREPARED", 5)
        with writing(conninfo) as connection:
            for number in range(20):
                assert connection.trip([Command(b"SELECT %d" % number)])[0].rows == [(number,)]
                assert prepared(connection) <= 6
            assert connection.trip([ONE])[0].rows == [(2, 1)]

    def test_may_be_larger_than_what_fits_between(self, conninfo: str) -> None:
        """Neither side can take in everything before the other has been read."""
        long = "x" * 3_000_000
        with writing(conninfo) as connection:
            told = connection.trip([Command(b"SELECT %s::text, %s", (long, number)) for number in range(8)])
        assert [one.rows for one in told] == [[(long, number)] for number in range(8)]

    def test_that_fails_is_as_if_it_had_not_been(self, conninfo: str) -> None:
        with writing(conninfo) as connection:
            with pytest.raises(errors.DivisionByZero):
                connection.trip([Command(b"CREATE TABLE never (n int)"), WRONG, ONE])
            assert connection.info.transaction_status is TransactionStatus.IDLE
            assert connection.trip([ONE, Command(b"SELECT to_regclass('never') IS NULL")])[1].rows == [
                (True,)
            ]

    def test_that_fails_in_a_transaction_can_be_rolled_back(self, conninfo: str) -> None:
        with writing(conninfo) as connection:
            with pytest.raises(errors.DivisionByZero):
                connection.trip([Command(b"BEGIN"), WRONG])
            with pytest.raises(errors.InFailedSqlTransaction):
                connection.trip([ONE])
            connection.trip([Command(b"ROLLBACK")])
            assert connection.trip([ONE])[0].rows == [(2, 1)]

    def test_has_an_early_answer_while_the_next_is_looked_for(self, conninfo: str) -> None:
        with writing(conninfo) as connection, held(conninfo) as let_go:
            trip = connection.start([ONE, LOCKED, ONE], early=[0])
            connection.go_on(trip.until(1))
            assert [one.rows for one in trip.told] == [[(2, 1)]]
            let_go()
            connection.go_on(trip.rest())
            assert len(trip.told) == 3
            assert connection.trip([ONE])[0].rows == [(2, 1)]

    def test_says_that_nobody_is_there_any_more(self, conninfo: str) -> None:
        with writing(conninfo) as connection:
            with psycopg.connect(conninfo, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
            with pytest.raises(psycopg.OperationalError):
                connection.trip([ONE])
            assert connection.closed


class TestTripOfReaders:
    async def test_brings_every_answer(self, conninfo: str) -> None:
        long = "x" * 3_000_000
        async with reading(conninfo) as connection:
            told = await connection.trip([ONE, *[Command(b"SELECT %s::text", (long,))] * 5])
        assert [told[0].rows, told[5].rows] == [[(2, 1)], [(long,)]]

    async def test_that_fails_leaves_the_connection_as_it_was(self, conninfo: str) -> None:
        async with reading(conninfo) as connection:
            with pytest.raises(errors.DivisionByZero):
                await connection.trip([WRONG, ONE])
            assert (await connection.trip([ONE]))[0].rows == [(2, 1)]

    async def test_tells_an_early_answer_while_the_next_is_looked_for(self, conninfo: str) -> None:
        with held(conninfo) as let_go:
            heard: list[tuple[int, Told]] = []

            def hear(place: int, told: Told) -> None:
                heard.append((place, told))
                # Were this told only at the end, the end would never come.
                let_go()

            async with reading(conninfo) as connection:
                told = await connection.trip([ONE, LOCKED, ONE], early=[0], tell=hear)
        assert heard == list(enumerate(told))

    async def test_tells_what_was_answered_before_one_fails(self, conninfo: str) -> None:
        heard: list[int] = []
        async with reading(conninfo) as connection:
            with pytest.raises(errors.DivisionByZero):
                await connection.trip([ONE, WRONG, ONE], tell=lambda place, _: heard.append(place))
            assert (await connection.trip([ONE]))[0].rows == [(2, 1)]
        assert heard == [0]

    async def test_that_is_called_off_is_called_off_in_the_database(self, conninfo: str) -> None:
        async with reading(conninfo) as connection, reading(conninfo) as other:
            running = asyncio.create_task(connection.trip([ONE, Command(b"SELECT pg_sleep(60)"), ONE]))
            look = Command(
                b"SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'",
                (connection.info.backend_pid,),
            )
            while (await other.trip([look]))[0].rows == [(0,)]:  # noqa: ASYNC110  # the database is waited for
                await asyncio.sleep(0.01)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert (await other.trip([look]))[0].rows == [(0,)]
            assert (await connection.trip([ONE]))[0].rows == [(2, 1)]

    async def test_says_that_nobody_is_there_any_more(self, conninfo: str) -> None:
        async with reading(conninfo) as connection, reading(conninfo) as other:
            await other.trip([Command(b"SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))])
            with pytest.raises(psycopg.OperationalError):
                await connection.trip([ONE])
            assert connection.closed


class TestSession:
    """Of somebody who only reads: nobody waits for more than they need."""

    ONE = Statement(select(literal(1)))
    LOCKED = Statement(select(func.pg_advisory_xact_lock(1)))
    WRONG = Statement(select(literal(1) / func.length("")))

    @contextmanager
    def reading(self, conninfo: str, sealing: Sealing) -> Iterator[PostgresSession]:
        with writing(conninfo) as connection:
            yield PostgresSession(
                connection, Meter(), sealing, b"BEGIN READ ONLY", None, walled=False, reads=True
            )
            assert connection.info.transaction_status is TransactionStatus.IDLE

    def test_reads_what_is_there_while_the_next_is_looked_for(self, conninfo: str, sealing: Sealing) -> None:
        with self.reading(conninfo, sealing) as session, held(conninfo) as let_go:
            one, other, third = (session.ask(each, {}) for each in (self.ONE, self.LOCKED, self.ONE))
            assert one() == [(1,)]
            let_go()
            assert (len(other()), third(), one()) == (1, [(1,)], [(1,)])
            session.commit()

    def test_asks_more_while_something_is_under_way(self, conninfo: str, sealing: Sealing) -> None:
        with self.reading(conninfo, sealing) as session:
            one, other = session.ask(self.ONE, {}), session.ask(self.ONE, {})
            assert one() == [(1,)]
            assert session.all(self.ONE, {}) == [(1,)]
            assert other() == [(1,)]
            session.commit()

    def test_ends_with_something_under_way(self, conninfo: str, sealing: Sealing) -> None:
        with self.reading(conninfo, sealing) as session:
            one, _, _ = (session.ask(self.ONE, {}) for _ in range(3))
            assert one() == [(1,)]
            session.commit()

    @pytest.mark.parametrize("ask", [True, False])
    def test_hears_of_what_failed_at_the_latest_at_the_end(
        self, conninfo: str, sealing: Sealing, *, ask: bool
    ) -> None:
        with self.reading(conninfo, sealing) as session:
            one, wrong = session.ask(self.ONE, {}), session.ask(self.WRONG, {})
            assert one() == [(1,)]
            with pytest.raises(errors.DivisionByZero):
                wrong() if ask else session.commit()
            session.roll_back()

    def test_is_given_up_with_something_under_way(self, conninfo: str, sealing: Sealing) -> None:
        with self.reading(conninfo, sealing) as session:
            one, _ = session.ask(self.ONE, {}), session.ask(self.WRONG, {})
            assert one() == [(1,)]
            session.roll_back()


async def test_it_is_quiet_while_no_two_readers_have_a_connection(conninfo: str, sealing: Sealing) -> None:
    url = make_url(conninfo).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    database = Postgres(
        url, meter=Meter(), sealing=sealing, read_pool=2, write_pool=1, statement_s=5, second_wall=False
    )
    try:
        one = await database.lend()
        seen = [database.is_quiet]
        other = await database.lend()
        seen.append(database.is_quiet)
        for each in (one, other):
            await database.take_back(each)
            seen.append(database.is_quiet)
    finally:
        await database.stop()
    assert seen == [True, False, True, True]
