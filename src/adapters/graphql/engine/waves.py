"""Waves: everything that one walk met to be awaited is awaited together, so that data loaders see it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

Outcome: TypeAlias = tuple[Any, Exception | None]
"""What came of an awaitable: its value, or what it raised."""


async def await_all(awaitables: Sequence[Any]) -> list[Outcome]:
    """Await everything; what is raised is an outcome as well, unless it is meant for whoever waits here.

    :raises BaseException: if one of them was cancelled, or this is.
    """
    if len(awaitables) == 1:
        try:
            return [(await awaitables[0], None)]
        except Exception as raised:  # noqa: BLE001  # whoever asked is told, where it belongs
            return [(None, raised)]
    futures = [asyncio.ensure_future(one) for one in awaitables]
    outcomes: list[Outcome] = []
    try:
        for future in futures:  # all are under way: one after the other is done by the time its turn comes
            try:
                outcomes.append((await future, None))
            except Exception as raised:  # noqa: BLE001  # whoever asked is told, where it belongs
                outcomes.append((None, raised))
        return outcomes
    except BaseException:
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)
        raise
