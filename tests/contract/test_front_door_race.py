"""The programmes that try to make the served product lie, in small: real processes, real sockets, both databases."""

from __future__ import annotations

import pytest

from kit.postgres import Server
from kit.programmes import find_no_lie, on

SMALL = (
    *("--customers", "20", "--buyers", "60", "--pieces", "10"),
    *("--keys", "6", "--replays", "6"),
    *("--orders", "40", "--clients", "10"),
    *("--companies", "20", "--uses", "5"),
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options that name a database to try it on."""
    if request.param == "sqlite":
        return ("--database", "sqlite")
    server: Server = request.getfixturevalue("postgres")
    return (*on(server, "door"), "--processes", "2")


def test_it_does_not_lie(database: tuple[str, ...]) -> None:
    find_no_lie("programmes", *SMALL, *database)
