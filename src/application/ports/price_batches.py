"""Storage for batches of prices; part of the storage of the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.identity import PriceBatchId
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange


class PriceBatches(Protocol):
    """Prices that are staged a few at a time and become valid together."""

    def add(self, batch: PriceBatch) -> None:
        """Store a new batch, with no prices yet."""
        ...

    def stage(self, batch_id: PriceBatchId, changes: Sequence[PriceChange]) -> None:
        """Add prices to a batch that is staged: they hold when it does, and have no time and priority of
        their own.

        :raises Stale: if there is no such batch, list or SKU, or one of the same list, SKU and unit is in it.
        """
        ...

    def lock(self, batch_id: PriceBatchId) -> PriceBatch | None:
        """Find a batch and keep it as it is until the unit of work ends; None where there is none."""
        ...

    def save(self, batch: PriceBatch) -> None:
        """Store where the batch stands: from here on its prices hold, or no longer do."""
        ...

    def changed(self, batch: PriceBatch) -> bool:
        """Tell whether one of its prices was set otherwise since, or is in a batch that was published after it."""
        ...

    def left_over(self, *, at: datetime) -> tuple[PriceBatch, ...]:
        """The batches that still have prices of their own, though they were taken back or are due to be settled."""
        ...

    def fold(self, batch: PriceBatch, *, most: int) -> int:
        """Let some of its prices take the place of all they go before; answer how many ladders of it did.

        What anybody pays stays the same.
        """
        ...

    def drop(self, batch: PriceBatch, *, most: int) -> int:
        """Remove some of the prices of a batch that was taken back; answer how many ladders."""
        ...
