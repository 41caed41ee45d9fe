"""Trips: statements that go to PostgreSQL together, whatever becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus
from sqlalchemy import make_url

from adapters.persistence import postgres_trips
from adapters.persistence.postgres_trips import Command, ReadingConnection, WritingConnection
from kit.postgres import Server

ONE = Command(b"SELECT %(n)s::int + 1, %(n)s::int", {"n": 1})
WRONG = Command(b"SELECT 1 / %s::int", (0,))


@pytest.fixture(scope="module")
def conninfo(postgres: Server) -> str:
    url = make_url(postgres.create_database("trips")).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


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
