"""The programmes that try to make the served product lie, in small: real processes, real sockets, both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from kit.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 120
SMALL = (
    *("--customers", "20", "--buyers", "60", "--pieces", "10"),
    *("--keys", "6", "--replays", "6"),
    *("--orders", "40", "--clients", "10"),
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options that name a database to try it on."""
    if request.param == "sqlite":
        return ("--database", "sqlite")
    server: Server = request.getfixturevalue("postgres")
    # The programme makes databases whose names begin with this one's, and the fixture drops what is left of them.
    url = make_url(server.url).set(database=f"{server.prefix}_door").render_as_string(hide_password=False)
    return ("--database", "postgres", "--postgres", url, "--processes", "2")


def test_it_does_not_lie(database: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "programmes", *SMALL, *database],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no lie" in done.stdout
