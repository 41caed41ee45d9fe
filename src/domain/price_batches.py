"""Batches of prices: staged a few at a time, made valid all at once, and taken back while nothing was built on them.

The rows of a batch name it and nothing else: whether and from when they hold is said by the batch alone, so that
publishing or taking back changes one row however many prices there are.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import attrs

from domain.errors import DomainError
from domain.identity import PriceBatchId
from domain.period import aware

LONGEST_BATCH_NAME = 200
UNDONE_WITHIN = timedelta(days=7)
"""So long after it began to hold a batch may be taken back; then its prices take the place of those before them."""


class BatchState(Enum):
    """Where a batch stands."""

    STAGED = "STAGED"
    PUBLISHED = "PUBLISHED"
    UNDONE = "UNDONE"
    SETTLED = "SETTLED"
    """Its prices took the place of those before them, and cannot be taken back."""


@attrs.frozen(kw_only=True)
class PriceBatch:
    """Prices that become valid together."""

    id: PriceBatchId
    name: str = attrs.field(validator=attrs.validators.max_len(LONGEST_BATCH_NAME))
    """Such as the name of the file they come from."""
    ladders: int
    """How many it had when it was staged."""
    created_at: datetime = attrs.field(validator=aware)
    state: BatchState = BatchState.STAGED
    effective_from: datetime | None = attrs.field(default=None, validator=aware)
    published_at: datetime | None = attrs.field(default=None, validator=aware)

    def publish(self, *, at: datetime, effective_from: datetime | None) -> PriceBatch:
        """Make it valid from a moment on, from now where none is given.

        :raises IllegalBatchMove: if it is not staged.
        :raises InvalidEffectiveDate: if the moment is past.
        """
        if self.state is not BatchState.STAGED:
            raise IllegalBatchMove(self.id, self.state)
        if effective_from is not None and effective_from < at:
            raise InvalidEffectiveDate(at)
        return attrs.evolve(
            self, state=BatchState.PUBLISHED, effective_from=effective_from or at, published_at=at
        )

    def undo(self, *, at: datetime, changed: bool) -> PriceBatch:
        """Take it back; `changed` tells whether one of its prices was changed after it was published.

        :raises IllegalBatchMove: if it was taken back before, or has held so long that it is settled.
        :raises BatchBuiltOn: if something was changed.
        """
        if self.state not in (BatchState.STAGED, BatchState.PUBLISHED) or self.is_due(at=at):
            raise IllegalBatchMove(self.id, self.state)
        if changed:
            raise BatchBuiltOn(self.id)
        return attrs.evolve(self, state=BatchState.UNDONE)

    def is_due(self, *, at: datetime) -> bool:
        """Tell whether it has held so long that it may no longer be taken back."""
        if self.state is not BatchState.PUBLISHED or self.effective_from is None:
            return False
        return self.effective_from + UNDONE_WITHIN <= at

    def settle(self, *, at: datetime) -> PriceBatch:
        """Say that its prices have taken the place of those before them.

        :raises IllegalBatchMove: if it may still be taken back, or was never published.
        """
        if not self.is_due(at=at):
            raise IllegalBatchMove(self.id, self.state)
        return attrs.evolve(self, state=BatchState.SETTLED)


@attrs.frozen
class PriceBatchNotFound(DomainError):
    """There is no such batch."""

    reference: str


@attrs.frozen
class IllegalBatchMove(DomainError):
    """The batch is not where this could be done with it."""

    batch_id: PriceBatchId
    state: BatchState


@attrs.frozen
class BatchBuiltOn(DomainError):
    """A price of the batch was changed after it was published, so it cannot be taken back."""

    batch_id: PriceBatchId


@attrs.frozen
class InvalidEffectiveDate(DomainError):
    """Prices cannot begin to hold in the past."""

    now: datetime
