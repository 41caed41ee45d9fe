"""Batches of prices, on one shop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Held, Place, Shop, put
from application.ports.price_batches import PriceBatches
from application.ports.storage import Stale
from domain.identity import PriceBatchId
from domain.ladders import DatedLadder, goes_behind
from domain.price_batches import BatchState, PriceBatch
from domain.pricing import PriceChange


@attrs.frozen
class MemoryPriceBatches(PriceBatches):
    """The batches of prices of one merchant."""

    shop: Shop

    def add(self, batch: PriceBatch) -> None:
        if batch.id in self.shop.batches:
            raise Stale(batch.id)
        self.shop.batches[batch.id] = batch

    def stage(self, batch_id: PriceBatchId, changes: Sequence[PriceChange]) -> None:
        for change in changes:
            place = change.key[:2]
            there = self.shop.ladders.get(place, ())
            held = Held(DatedLadder(ladder=change.ladder, unit=change.unit), batch_id)
            known = change.list_id in self.shop.lists and change.sku_id in self.shop.skus
            twice = any(one.key == held.key for one in there)
            if batch_id not in self.shop.batches or not known or twice:
                raise Stale(change)
            put(self.shop, place, [*there, held])

    def lock(self, batch_id: PriceBatchId) -> PriceBatch | None:
        return self.shop.batches.get(batch_id)

    def save(self, batch: PriceBatch) -> None:
        if batch.id not in self.shop.batches:
            raise Stale(batch.id)
        self.shop.batches[batch.id] = batch

    def changed(self, batch: PriceBatch) -> bool:
        own = [*self._own(batch)]
        if len(own) != batch.ladders:
            return True
        return any(
            self._came_later(other, batch)
            for place, held in own
            for other in self.shop.ladders[place]
            if other.ladder.unit == held.ladder.unit
        )

    def left_over(self, *, at: datetime) -> tuple[PriceBatch, ...]:
        found = [
            one
            for one in self.shop.batches.values()
            if one.is_due(at=at) or (one.state is BatchState.UNDONE and any(self._own(one)))
        ]
        found.sort(key=lambda one: one.id)
        return tuple(sorted(found, key=lambda one: one.published_at or one.created_at))

    def fold(self, batch: PriceBatch, *, most: int) -> int:
        own = [*self._own(batch)][:most]
        for place, held in own:
            said = self.shop.live(held)
            assert said is not None, "only what is published is folded"
            kept = [one for one in self.shop.ladders[place] if not self._behind(one, said)]
            put(self.shop, place, [*kept, Held(DatedLadder(ladder=said.ladder, unit=said.unit))])
        return len(own)

    def drop(self, batch: PriceBatch, *, most: int) -> int:
        own = [*self._own(batch)][:most]
        for place, held in own:
            put(self.shop, place, [one for one in self.shop.ladders[place] if one != held])
        return len(own)

    def _own(self, batch: PriceBatch) -> Iterator[tuple[Place, Held]]:
        for place, ladders in sorted(self.shop.ladders.items(), key=lambda item: item[0]):
            for held in ladders:
                if held.batch_id == batch.id:
                    yield place, held

    def _came_later(self, held: Held, batch: PriceBatch) -> bool:
        other = None if held.batch_id is None else self.shop.batches[held.batch_id]
        if other is None or other.state is not BatchState.PUBLISHED or batch.published_at is None:
            return False
        return other.published_at is not None and other.published_at > batch.published_at

    def _behind(self, held: Held, said: DatedLadder) -> bool:
        live = self.shop.live(held)
        return live is not None and goes_behind(live, said)
