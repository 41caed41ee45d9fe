"""What waits to be stored is stored while the server runs, and when it stops; nothing that fails there stops it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.applications import Starlette

from adapters.persistence.memory import MemoryDatabase
from adapters.rate_limiting import WindowRateLimiter
from dinghuo import asgi
from dinghuo.metrics import Metrics


class Flushes:
    """Counts how often it was asked to store, and fails the first time."""

    def __init__(self) -> None:
        self.times = 0
        self.often = threading.Event()

    def __call__(self) -> None:
        self.times += 1
        if self.times == 3:
            self.often.set()
        if self.times == 1:
            raise RuntimeError("the disk is full")


def desk(flush: Flushes) -> asgi._Desk:
    return asgi._Desk(
        database=MemoryDatabase(),
        metrics=Metrics(),
        print_schema=str,
        rate_limiter=WindowRateLimiter(store="memory"),
        flush=flush,
    )


async def test_it_goes_on_after_a_failure_and_once_more_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asgi, "FLUSH_S", 0.01)
    flush = Flushes()
    async with desk(flush).lifespan(Starlette()):
        assert await asyncio.to_thread(flush.often.wait, 10)
    ended = flush.times
    assert ended >= 4
    await asyncio.sleep(0.05)
    assert flush.times == ended, "nothing is stored after the end"
    told = capsys.readouterr()
    assert "what waited was not stored" in told.out + told.err


async def test_what_was_noted_shortly_before_the_end_is_stored() -> None:
    flush = Flushes()
    async with desk(flush).lifespan(Starlette()):
        assert flush.times == 0
    assert flush.times == 1
