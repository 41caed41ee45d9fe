"""Batches of prices in tables: many rows that one row makes valid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select, update

from adapters.persistence.pricing._reading import LADDER, PRICES_AND_BATCHES, Gathered
from adapters.persistence.pricing._tables import (
    BATCH_COLUMNS,
    batch_of,
    batch_row,
    price_batches,
    prices,
    rung_rows,
)
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import Instant
from application.authorization import Actor
from application.ports.price_batches import PriceBatches
from domain.identity import PriceBatchId, PriceListId, SkuId
from domain.ladders import goes_behind
from domain.price_batches import UNDONE_WITHIN, BatchState, PriceBatch
from domain.pricing import PriceChange

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_BATCH = and_(prices.c.merchant_id == _MERCHANT, prices.c.batch_id == bindparam("batch_id"))
_LOCK = Statement(
    select(*BATCH_COLUMNS)
    .where(price_batches.c.merchant_id == _MERCHANT, price_batches.c.id == bindparam("batch_id"))
    .with_for_update()
)
_SAVE = Statement(
    update(price_batches)
    .where(
        price_batches.c.merchant_id == bindparam("of_merchant"), price_batches.c.id == bindparam("of_batch")
    )
    .values(
        state=bindparam("new_state"),
        ladders=bindparam("new_ladders"),
        effective_from=bindparam("new_start", type_=Instant()),
        published_at=bindparam("new_published", type_=Instant()),
    )
)
_KEYS = select(prices.c.list_id, prices.c.sku_id, prices.c.ladder).where(_BATCH).distinct()
_MANY = Statement(select(func.count()).select_from(_KEYS.subquery("ladders")))
_SOME = Statement(_KEYS.order_by(prices.c.list_id, prices.c.sku_id, prices.c.ladder).limit(bindparam("most")))
_own, _other, _later = prices.alias("own"), prices.alias("other"), price_batches.alias("later")
_PUBLISHED_AFTER = Statement(
    select(_own.c.sku_id)
    .where(
        _own.c.merchant_id == _MERCHANT,
        _own.c.batch_id == bindparam("batch_id"),
        exists().where(
            _other.c.merchant_id == _MERCHANT,
            _other.c.list_id == _own.c.list_id,
            _other.c.sku_id == _own.c.sku_id,
            func.coalesce(_other.c.unit, "") == func.coalesce(_own.c.unit, ""),
            _later.c.merchant_id == _MERCHANT,
            _later.c.id == _other.c.batch_id,
            _later.c.state == BatchState.PUBLISHED.value,
            _later.c.published_at > bindparam("published_at", type_=Instant()),
        ),
    )
    .limit(1)
)
_LEFT_OVER = Statement(
    select(*BATCH_COLUMNS)
    .where(
        price_batches.c.merchant_id == _MERCHANT,
        or_(
            and_(
                price_batches.c.state == BatchState.PUBLISHED.value,
                price_batches.c.effective_from <= bindparam("due", type_=Instant()),
            ),
            and_(
                price_batches.c.state == BatchState.UNDONE.value,
                exists().where(prices.c.merchant_id == _MERCHANT, prices.c.batch_id == price_batches.c.id),
            ),
        ),
    )
    .order_by(price_batches.c.published_at, price_batches.c.id)
)
_NAMED = and_(
    prices.c.merchant_id == _MERCHANT,
    any_of(prices.c.list_id, "list_ids"),
    any_of(prices.c.sku_id, "sku_ids"),
)
_BESIDE = Statement(
    select(prices.c.list_id, *LADDER)
    .select_from(PRICES_AND_BATCHES)
    .where(_NAMED)
    .order_by(prices.c.list_id, prices.c.sku_id, prices.c.ladder, prices.c.min_quantity)
)
_REMOVE = Statement(
    prices.delete().where(_NAMED, any_of(prices.c.list_id + prices.c.sku_id + prices.c.ladder, "keys"))
)


@attrs.frozen
class SqlPriceBatches(PriceBatches):
    """The batches of prices of one merchant."""

    session: Session
    actor: Actor

    def add(self, batch: PriceBatch) -> None:
        self.session.insert(price_batches, [batch_row(self.actor.merchant_id, batch)])

    def stage(self, batch_id: PriceBatchId, changes: Sequence[PriceChange]) -> None:
        merchant_id = self.actor.merchant_id
        bare = (PriceChange(one.list_id, one.sku_id, one.ladder, one.unit) for one in changes)
        rows = [row for change in bare for row in rung_rows(merchant_id, change, batch_id=batch_id)]
        self.session.insert(prices, rows)

    def lock(self, batch_id: PriceBatchId) -> PriceBatch | None:
        found = self.session.all(_LOCK, self._of(batch_id))
        return batch_of(found[0]) if found else None

    def save(self, batch: PriceBatch) -> None:
        changed = {
            "of_merchant": self.actor.merchant_id,
            "of_batch": batch.id,
            "new_state": batch.state.value,
            "new_ladders": batch.ladders,
            "new_start": batch.effective_from,
            "new_published": batch.published_at,
        }
        self.session.must_change(_SAVE, changed, rows=1, about=batch.id)

    def changed(self, batch: PriceBatch) -> bool:
        [(left,)] = self.session.all(_MANY, self._of(batch.id))
        if left != batch.ladders:
            return True
        asked = {**self._of(batch.id), "published_at": batch.published_at}
        return batch.published_at is not None and bool(self.session.all(_PUBLISHED_AFTER, asked))

    def left_over(self, *, at: datetime) -> tuple[PriceBatch, ...]:
        asked = {"merchant_id": self.actor.merchant_id, "due": at - UNDONE_WITHIN}
        return tuple(batch_of(row) for row in self.session.all(_LEFT_OVER, asked))

    def fold(self, batch: PriceBatch, *, most: int) -> int:
        keys = self._some(batch, most)
        there = Gathered(self.actor.merchant.currency)
        for row in self.session.all(_BESIDE, self._named(keys)) if keys else ():
            there.add(row[0], row[1:])
        gone: list[str] = []
        kept: list[PriceChange] = []
        for list_id, sku_id, key in keys:
            of_sku = there.of(list_id, sku_id)
            own = next(one for its, one in of_sku if its == key)
            assert own is not None, "only what is published is folded"
            gone += [
                f"{list_id}{sku_id}{its}" for its, one in of_sku if one is not None and goes_behind(one, own)
            ]
            kept.append(PriceChange(PriceListId(list_id), SkuId(sku_id), own.ladder, own.unit))
        self._replace(keys, gone, kept)
        return len(keys)

    def drop(self, batch: PriceBatch, *, most: int) -> int:
        keys = self._some(batch, most)
        self._replace(keys, ["".join(key) for key in keys], ())
        return len(keys)

    def _replace(
        self, keys: Sequence[tuple[str, str, str]], gone: Sequence[str], kept: Sequence[PriceChange]
    ) -> None:
        if keys:
            self.session.change(_REMOVE, {**self._named(keys), "keys": gone})
            rows = [row for change in kept for row in rung_rows(self.actor.merchant_id, change)]
            self.session.insert(prices, rows)

    def _some(self, batch: PriceBatch, most: int) -> list[tuple[str, str, str]]:
        rows = self.session.all(_SOME, {**self._of(batch.id), "most": most})
        return [(list_id, sku_id, key) for list_id, sku_id, key in rows]

    def _named(self, keys: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
        return {
            "merchant_id": self.actor.merchant_id,
            "list_ids": sorted({list_id for list_id, _, _ in keys}),
            "sku_ids": sorted({sku_id for _, sku_id, _ in keys}),
        }

    def _of(self, batch_id: PriceBatchId) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id, "batch_id": batch_id}
