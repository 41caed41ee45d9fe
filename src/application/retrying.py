"""Trying again: a verb whose transaction lost to another one starts over, whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom
from typing import ParamSpec, TypeVar

from application.ports.storage import NotNow

TRIES = 4
LONGEST_WAIT_MS = 50

P = ParamSpec("P")
R = TypeVar("R")


def retrying(
    verb: Callable[P, R],
    *,
    wait: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = SystemRandom().random,
) -> Callable[P, R]:
    """Call the verb again up to three times while the answer is *not now*, after a short random wait.

    This is safe because a verb is one transaction and touches nothing outside it.

    :raises NotNow: what the last try raised.
    """

    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES):
            try:
                return verb(*args, **kwargs)
            except NotNow:
                wait(LONGEST_WAIT_MS * attempt * chance() / 1000)
        return verb(*args, **kwargs)

    return tried
