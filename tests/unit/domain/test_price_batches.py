"""Batches: staged, published at once, taken back, settled."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from domain.identity import PriceBatchId
from domain.price_batches import (
    UNDONE_WITHIN,
    BatchBuiltOn,
    BatchState,
    IllegalBatchMove,
    InvalidEffectiveDate,
    PriceBatch,
)
from kit.builders import NOON, SeededIds

BATCH = PriceBatch(id=SeededIds().new(PriceBatchId), name="春季.xlsx", ladders=3, created_at=NOON)
TOMORROW = NOON + timedelta(days=1)


def published() -> PriceBatch:
    return BATCH.publish(at=NOON, effective_from=TOMORROW)


def test_is_published_from_now_or_from_later() -> None:
    assert published().effective_from == TOMORROW
    assert published().state is BatchState.PUBLISHED
    assert BATCH.publish(at=NOON, effective_from=None).effective_from == NOON


def test_is_not_published_into_the_past_or_twice() -> None:
    with pytest.raises(InvalidEffectiveDate):
        BATCH.publish(at=TOMORROW, effective_from=NOON)
    with pytest.raises(IllegalBatchMove):
        published().publish(at=NOON, effective_from=None)


def test_is_taken_back_while_nothing_was_built_on_it() -> None:
    undone = published().undo(at=TOMORROW, changed=False)
    assert undone.state is BatchState.UNDONE
    assert BATCH.undo(at=NOON, changed=False).state is BatchState.UNDONE
    with pytest.raises(BatchBuiltOn):
        published().undo(at=TOMORROW, changed=True)
    with pytest.raises(IllegalBatchMove):
        undone.undo(at=TOMORROW, changed=False)


def test_is_settled_after_a_while_and_then_stays() -> None:
    at = TOMORROW + UNDONE_WITHIN
    assert not published().is_due(at=at - timedelta(microseconds=1))
    assert published().is_due(at=at)
    assert not BATCH.is_due(at=at)
    with pytest.raises(IllegalBatchMove):
        published().undo(at=at, changed=False)
    assert published().settle(at=at).state is BatchState.SETTLED
    with pytest.raises(IllegalBatchMove):
        published().settle(at=NOON)


def test_has_a_name_that_is_not_endless() -> None:
    with pytest.raises(ValueError, match="name"):
        attrs.evolve(BATCH, name="x" * 201)
