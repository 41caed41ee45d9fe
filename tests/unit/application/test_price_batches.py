"""Batches of prices: published, taken back, settled; noted, and for those who manage prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission
from application.price_batches import AT_ONCE
from domain.errors import DomainError, Refused
from domain.identity import PriceBatchId
from domain.ladders import AnyLadder
from domain.price_batches import (
    UNDONE_WITHIN,
    BatchBuiltOn,
    BatchState,
    IllegalBatchMove,
    InvalidEffectiveDate,
    PriceBatch,
    PriceBatchNotFound,
)
from domain.pricing import PriceChange, PricesSet
from domain.trail import facts_of
from kit.builders import NOON, ladder, product, sku
from kit.world import World, furnish


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def staged(world: World, many: int = 1) -> PriceBatch:
    """A batch with prices of so many SKUs of its own."""
    goods = [product(world.ids, name=f"货 {at}", skus=[sku(world.ids, code=f"N{at}")]) for at in range(many)]
    world.add(goods)
    batch = PriceBatch(id=world.ids.new(PriceBatchId), name="春", ladders=many, created_at=NOON)
    base = world.shop.lists["base"].id
    with world.database.unit_of_work(world.shop.clerk) as storage:
        storage.price_batches.add(batch)
        storage.price_batches.stage(
            batch.id, [PriceChange(base, one.skus[0].id, ladder((1, 9))) for one in goods]
        )
    return batch


def said(world: World) -> Mapping[Any, AnyLadder]:
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        return storage.prices.ladders(list_ids=[world.shop.lists["base"].id])


def refused(act: Callable[..., Any], **given: Any) -> DomainError:
    with pytest.raises(Refused) as caught:
        act(**given)
    (refusal,) = caught.value.refusals
    return refusal


def noted(world: World) -> list[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()  # type: ignore[attr-defined]  # memory
    return [(one.operation, facts_of(one.before), facts_of(one.after)) for one in entries]


def test_is_published_and_taken_back(world: World) -> None:
    before, batch = said(world), staged(world)
    assert said(world) == before
    published = world.use.publish_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    assert published.effective_from == NOON
    assert len(said(world)) == len(before) + 1
    undone = world.use.undo_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    assert undone.state is BatchState.UNDONE
    assert said(world) == before
    start = {"name": "春", "ladders": "1", "effectiveFrom": NOON.isoformat()}
    assert noted(world) == [
        ("publishPriceBatch", {"state": "STAGED"}, {"state": "PUBLISHED", **start}),
        ("undoPriceBatch", {"state": "PUBLISHED"}, {"state": "UNDONE", **start}),
    ]


def test_refuses_what_cannot_be(world: World) -> None:
    clerk, use = world.shop.clerk, world.use
    missing, batch = world.ids.new(PriceBatchId), staged(world)
    for verb in (use.publish_price_batch, use.undo_price_batch):
        assert refused(verb, actor=clerk, batch_id=missing) == PriceBatchNotFound(missing)
    past = NOON - timedelta(seconds=1)
    refusal = refused(use.publish_price_batch, actor=clerk, batch_id=batch.id, effective_from=past)
    assert refusal == InvalidEffectiveDate(NOON)
    use.publish_price_batch(actor=clerk, batch_id=batch.id)
    refusal = refused(use.publish_price_batch, actor=clerk, batch_id=batch.id)
    assert refusal == IllegalBatchMove(batch.id, BatchState.PUBLISHED)


def test_is_not_taken_back_once_something_was_built_on_it(world: World) -> None:
    batch = staged(world)
    world.use.publish_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    base, own = world.shop.lists["base"].id, next(sku_id for _, sku_id in said(world))
    own = next(sku_id for _, sku_id in said(world) if sku_id not in {one[1] for one in world.shop.ladders})
    with world.database.unit_of_work(world.shop.clerk) as storage:
        fact = PricesSet(at=NOON, list_id=base, sku_ids=(own,))
        storage.prices.set([PriceChange(base, own, ladder((1, 8)))], event=fact)
    assert refused(world.use.undo_price_batch, actor=world.shop.clerk, batch_id=batch.id) == BatchBuiltOn(
        batch.id
    )


def test_what_was_taken_back_before_it_held_is_removed_a_few_at_a_time(world: World) -> None:
    many = AT_ONCE + 1
    batch = staged(world, many)
    world.use.undo_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    assert world.use.settle_price_batches(actor=world.shop.operator) == many
    assert world.use.settle_price_batches(actor=world.shop.operator) == 0


def test_what_holds_for_good_is_settled(world: World) -> None:
    batch = staged(world, 3)
    world.use.publish_price_batch(actor=world.shop.clerk, batch_id=batch.id)
    assert world.use.settle_price_batches(actor=world.shop.operator) == 0
    later = attrs.evolve(world, clock=type(world.clock)(NOON + UNDONE_WITHIN))
    assert later.use.settle_price_batches(actor=later.shop.operator) == 3
    assert {type(one).__name__ for one in said(later).values()} == {"Ladder"}
    with later.database.unit_of_work(later.shop.clerk) as storage:
        found = storage.price_batches.lock(batch.id)
        assert found
        assert found.state is BatchState.SETTLED
    assert noted(later)[-1][0] == "settlePriceBatch"


def test_is_for_those_who_manage_prices(world: World) -> None:
    batch, stranger = staged(world), world.shop.colleague(Permission.MANAGE_STOCK)
    with pytest.raises(Forbidden):
        world.use.publish_price_batch(actor=stranger, batch_id=batch.id)
    with pytest.raises(Forbidden):
        world.use.undo_price_batch(actor=stranger, batch_id=batch.id)
    with pytest.raises(Forbidden):
        world.use.settle_price_batches(actor=stranger)
