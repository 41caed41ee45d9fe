"""Turns at SQLite: as many at a time as there are, and one that takes long is given up once."""

from __future__ import annotations

import asyncio
import time

from adapters.persistence.sqlite_turns import LONG_S, Turn


class TestTurn:
    async def test_is_waited_for_and_given_back(self) -> None:
        turns = asyncio.Semaphore(1)
        async with Turn(turns):
            assert turns.locked()
        assert not turns.locked()

    async def test_that_takes_long_is_given_up_once(self) -> None:
        turns = asyncio.Semaphore(2)
        async with Turn(turns), Turn(turns) as long:
            long.look(time.monotonic())
            await asyncio.sleep(0)
            assert turns.locked()
            for _ in range(2):
                long.look(time.monotonic() + 2 * LONG_S)
            await asyncio.sleep(0)
            async with Turn(turns):
                assert turns.locked()
        for _ in range(2):
            assert not turns.locked()
            await turns.acquire()
        assert turns.locked()

    async def test_that_is_over_is_not_given_up_again(self) -> None:
        turns = asyncio.Semaphore(1)
        async with Turn(turns) as first:
            pass
        async with Turn(turns):
            first.look(time.monotonic() + 2 * LONG_S)
            await asyncio.sleep(0)
            assert turns.locked()
