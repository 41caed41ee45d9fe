"""Rate limiting by counts in the memory of the process, or in Redis for all processes together."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from application.ports.rate_limiting import RateLimiter

log = logging.getLogger(__name__)

MEMORY = "memory"
REDIS_WITHIN_S = 1.0
"""Whoever asks does not wait for longer than this for a count."""
_PREFIX = "dinghuo"
_LONGEST_NAME = 200
_LOOKS = 4
"""So many times in a window counts that are over are looked for."""


class Counts(MemoryStorage):
    """Counts in memory, of which those that are over are looked for once in a while.

    The library looks through all of them whenever it counts, so that everybody would wait for everybody else who was
    counted in the last two windows. None is believed longer than it holds: each is asked for its end when it is read.
    """

    def __init__(self, *, every_s: float) -> None:
        super().__init__()
        self._every_s, self._next = every_s, -math.inf

    # What the library calls when it has counted, by the name that Python gives it.
    async def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802
        if (now := time.monotonic()) >= self._next:
            self._next = now + self._every_s
            await super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]  # it is there: see above


class WindowRateLimiter(RateLimiter):
    """Counts in the running minute and the one before it, whose share lessens as it moves away."""

    def __init__(self, store: str = MEMORY, *, window_s: int = 60, within_s: float = REDIS_WITHIN_S) -> None:
        """
        :param store: `memory`, or where Redis is: `redis://…`.
        :param window_s: how long a minute is; tests have no time to wait for one.
        :param within_s: how long Redis may take.
        """
        self._window_s = window_s
        self._storage: Storage = (
            Counts(every_s=window_s / _LOOKS) if store == MEMORY else _redis(store, within_s)
        )
        self._counts = SlidingWindowCounterRateLimiter(self._storage)
        self._items: dict[int, RateLimitItemPerSecond] = {}
        self._complained = -math.inf

    async def take(self, what: str, who: str, *, most: int, times: int = 1) -> int:
        """What Redis does not count is let through, and the log says so: a shop goes on selling."""
        item = self._items.get(most)
        if item is None:
            item = self._items[most] = RateLimitItemPerSecond(most, self._window_s, namespace=_PREFIX)
        try:
            if await self._counts.hit(item, what, who[:_LONGEST_NAME], cost=times):
                return 0
            reset_at, _ = await self._counts.get_window_stats(item, what, who[:_LONGEST_NAME])
        except StorageError as error:
            self._complain(error)
            return 0
        return max(math.ceil(reset_at - time.time()), 1)

    async def close(self) -> None:
        bridge: Any = getattr(self._storage, "bridge", None)
        if bridge is not None:
            await bridge.get_connection().aclose()

    def _complain(self, error: StorageError) -> None:
        """Log it once a minute: it happens with every request."""
        if time.monotonic() - self._complained >= self._window_s:
            self._complained = time.monotonic()
            log.error("rates are not limited: the store of the counts does not answer: %s", error)


def _redis(url: str, within_s: float) -> Storage:
    # Imported here: whoever counts in memory needs no client.
    from limits.aio.storage import RedisStorage

    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix=_PREFIX,
        socket_timeout=within_s,
        socket_connect_timeout=within_s,
    )
