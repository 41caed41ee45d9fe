"""Batches of prices: make one valid, take it back, and settle those that hold for good."""

from __future__ import annotations

from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from application.retrying import retrying
from domain.errors import DomainError, Refused
from domain.identity import PriceBatchId
from domain.price_batches import BatchState, IllegalBatchMove, PriceBatch, PriceBatchNotFound
from domain.trail import Facts, TrailNote

AT_ONCE = 200
"""So many ladders are settled in one transaction, so that nobody waits for long."""


@attrs.frozen(kw_only=True)
class PublishPriceBatch:
    """Let the prices of a staged batch hold, all at the same moment."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, batch_id: PriceBatchId, effective_from: datetime | None = None
    ) -> PriceBatch:
        """From a moment on that is not past, or from now.

        :raises Refused: if there is no such batch, it is not staged, or the moment is past.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, batch_id), self.clock.now()
            try:
                batch = found.publish(at=now, effective_from=effective_from)
                if storage.price_batches.changed(found):
                    # Not all of it is there yet.
                    raise IllegalBatchMove(found.id, found.state)
            except DomainError as refusal:
                raise Refused((refusal,)) from None
            storage.price_batches.save(batch)
            storage.trail.note(_moved("publishPriceBatch", found, batch, at=now))
        return batch


@attrs.frozen(kw_only=True)
class UndoPriceBatch:
    """Take a batch back: what held before it holds again."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, batch_id: PriceBatchId) -> PriceBatch:
        """:raises Refused: if there is no such batch, it was taken back or settled, or something was built on it.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, batch_id), self.clock.now()
            published = found.state is BatchState.PUBLISHED
            try:
                batch = found.undo(at=now, changed=published and storage.price_batches.changed(found))
            except DomainError as refusal:
                raise Refused((refusal,)) from None
            storage.price_batches.save(batch)
            storage.trail.note(_moved("undoPriceBatch", found, batch, at=now))
        return batch


@attrs.frozen(kw_only=True)
class SettlePriceBatches:
    """Remove what batches left: prices that were taken back, and those that newer ones took the place of for good.

    A few at a time, each in a transaction of its own. No price changes.
    """

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Answer how many ladders were settled or removed.

        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        done = 0
        while some := retrying(self._some)(actor):
            done += some
        return done

    def _some(self, actor: Actor) -> int:
        with self.unit_of_work(actor) as storage:
            now = self.clock.now()
            for batch in storage.price_batches.left_over(at=now):
                found = _locked(storage, batch.id)
                if found.state is BatchState.UNDONE:
                    return storage.price_batches.drop(found, most=AT_ONCE)
                if some := storage.price_batches.fold(found, most=AT_ONCE):
                    return some
                settled = found.settle(at=now)
                storage.price_batches.save(settled)
                storage.trail.note(_moved("settlePriceBatch", found, settled, at=now))
        return 0


def _locked(storage: Storage, batch_id: PriceBatchId) -> PriceBatch:
    """:raises Refused: if there is no such batch."""
    found = storage.price_batches.lock(batch_id)
    if found is None:
        raise Refused((PriceBatchNotFound(batch_id),))
    return found


def _moved(operation: str, found: PriceBatch, batch: PriceBatch, *, at: datetime) -> TrailNote:
    """What there is to note of a batch that went from one state to another."""
    was: Facts = {"state": found.state.value}
    now = {"state": batch.state.value, "name": batch.name, "ladders": str(batch.ladders)}
    if batch.effective_from is not None:
        now["effectiveFrom"] = batch.effective_from.isoformat()
    return TrailNote(at=at, operation=operation, about=batch.id, before=was, after=now)
