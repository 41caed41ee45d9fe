"""Verbs whose requests have gone: they end, refusals are heard in silence, and what broke one is on record."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from anyio import CapacityLimiter

from adapters.graphql.context import Context
from application.ports.storage import Busy
from domain.errors import DomainError, Refused
from domain.people import NoMembership

REFUSED = Refused((NoMembership(),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (REFUSED, []),
        (Busy("?"), []),
        (KeyError("broken"), ["a verb failed after whoever asked had gone"]),
        (None, []),
    ],
    ids=["refused", "busy", "broken", "done"],
)
async def test_a_verb_ends_without_whoever_asked(
    error: Exception | None, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def verb() -> None:
        begun.set()
        go_on.wait(10)
        ended.set()
        if error is not None:
            raise error

    context = cast("Context", SimpleNamespace(verb_threads=CapacityLimiter(1)))
    asking = asyncio.ensure_future(Context.ask(context, verb))
    assert await asyncio.to_thread(begun.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not ended.is_set()
    with caplog.at_level(logging.ERROR):
        go_on.set()
        assert await asyncio.to_thread(ended.wait, 10)
        await asyncio.sleep(0.05)
        gc.collect()
    assert [record.message for record in caplog.records] == told
    assert complaints == []


@pytest.mark.anyio
async def test_whoever_waits_is_told_what_a_verb_refuses() -> None:
    context = cast("Context", SimpleNamespace(verb_threads=CapacityLimiter(1)))

    def verb() -> None:
        raise REFUSED

    with pytest.raises(DomainError) as refused:
        await Context.ask(context, verb)
    assert refused.value == REFUSED
