"""Racing: acts that begin at the same moment, and how each of them ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 60


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | BaseException]:
    """Start every act in a thread of its own, all at the same moment, and collect how each ended."""
    barrier = threading.Barrier(len(acts))
    ended: dict[int, T | BaseException] = {}

    def run(at: int, act: Callable[[], T]) -> None:
        barrier.wait()
        try:
            ended[at] = act()
        except Exception as error:  # noqa: BLE001  # how it ended is what the test looks at
            ended[at] = error

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return [ended[at] for at in range(len(acts))]
