"""Stopping: being asked to stop, by Ctrl-C or by whoever started us."""

from __future__ import annotations

import signal
from types import FrameType

_asked: list[int] = []


def listen() -> None:
    """From now on a request to stop interrupts what is being done."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Both, and not as inherited: a shell's background job would not hear the first.
        signal.signal(number, _interrupt)


def go_on() -> None:
    """Go on, unless asked to stop before: an interruption can be lost where Python lets no exception through.

    :raises KeyboardInterrupt: if asked to stop.
    """
    if _asked:
        raise KeyboardInterrupt


def _interrupt(number: int, _: FrameType | None) -> None:
    _asked.append(number)
    raise KeyboardInterrupt
