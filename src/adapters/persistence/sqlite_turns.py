"""Turns at SQLite: few readers are at work at a time, and one that takes long lets the next begin.

A statement lets go of the interpreter with every row and has to get it back. With eight threads at it most of the
processor's time goes into that.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from typing import Self

STEPS = 10_000
"""How many steps of a statement lie between two looks at the clock: well under a millisecond of them."""
LONG_S = 0.01
"""Whoever works longer no longer keeps others from beginning."""


class Turn:
    """The right to have a thread work, until the work is done or has taken long."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns, self._loop = turns, asyncio.get_running_loop()
        self._over = False
        self._long = math.inf

    async def __aenter__(self) -> Self:
        await self._turns.acquire()
        self._long = time.monotonic() + LONG_S
        return self

    async def __aexit__(self, *_: object) -> None:
        self._long = math.inf
        self._end()

    def look(self, now: float) -> None:
        """Let somebody else begin if this takes long; called by the thread."""
        if now > self._long:
            self._long = math.inf
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._turns.release()


class Timed:
    """A connection whose statements are interrupted when their time is over, where they have one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.turn: Turn | None = None
        self._until = math.inf
        connection.set_progress_handler(self._is_over, STEPS)

    def give(self, seconds: float) -> None:
        """Let the next statement take so long."""
        self._until = time.monotonic() + seconds

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self.turn is not None:
            self.turn.look(now)
        return now > self._until
