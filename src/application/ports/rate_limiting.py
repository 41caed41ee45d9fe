"""Rate limiting: how often somebody may do something within a minute."""

from __future__ import annotations

from typing import Protocol


class RateLimiter(Protocol):
    """Counts what somebody does."""

    async def take(self, what: str, who: str, *, most: int, times: int = 1) -> int:
        """Count something that is done, unless it would then have been done more than `most` times within a minute.

        :param who: whose count it is; everybody has one of their own for each thing.
        :return: 0 where it may be done; else in how many seconds to try again, at least 1, and nothing was counted.
        """
        ...

    async def close(self) -> None:
        """Let go of whatever it holds."""
        ...
