"""Drills: a served installation is backed up under load, and what is restored elsewhere is all of it."""

from __future__ import annotations

import pytest

from kit.postgres import Server
from kit.programmes import find_no_lie, on


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_backed_up_under_load_can_be_restored(kind: str, request: pytest.FixtureRequest) -> None:
    database: tuple[str, ...] = ("--database", "sqlite")
    if kind == "postgres":
        server: Server = request.getfixturevalue("postgres")
        database = on(server, "drills")
    words = ("--rounds", "1", "--clients", "4", "--rate", "20", "--orders", "100")
    find_no_lie("programmes.drills", *words, *database, within_s=300)
