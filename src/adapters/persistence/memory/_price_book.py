"""Price lists, what they say, and batches, as staff see them, on what is committed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._lens import Lens
from adapters.persistence.memory._pages import cut, has
from adapters.persistence.memory._shops import Held, Shop, Shops
from adapters.persistence.pricing import ladder_key
from application.authorization import Actor, Permission
from application.views.pages import Slice, Window
from application.views.pricing import (
    EVERY_SPECIAL,
    PriceBook,
    PriceItemWant,
    PriceListItem,
    SpecialFilter,
    SpecialPriceCard,
    SpecialState,
)
from domain.identity import PriceListId, SkuCode, SkuId, SpecialPriceId
from domain.price_batches import PriceBatch
from domain.pricing import PriceList, PriceSource
from domain.quantity import LARGEST, Quantity
from domain.special_prices import SpecialPrice


@attrs.frozen
class MemoryPriceBook(PriceBook):
    """What one actor sees of the prices."""

    vault: Shops
    actor: Actor
    at: datetime

    async def lists(self, *, window: Window, text: str | None, count: bool) -> Slice[PriceList]:
        found = (one for one in self._shop.lists.values() if text is None or has(one.name, part=text))
        if not self._may():
            return Slice()
        return cut(found, window, key=lambda one: (one.name, one.id), card=lambda one: one, count=count)

    async def items(
        self,
        *,
        list_id: PriceListId | None,
        window: Window,
        sku_code: SkuCode | None,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[PriceListItem]:
        shop, lens = self._shop, Lens(self.vault, self.actor, self.at)

        def item(row: tuple[SkuId, Held]) -> PriceListItem:
            live = shop.live(row[1])
            assert live is not None, "only what is published is shown"
            start, end = live.validity.start, live.validity.end
            return PriceListItem(
                lens.head(row[0], want.sku), live.unit, live.ladder.rungs, start, end, live.priority
            )

        if not self._may():
            return Slice()
        return cut(
            self._said(list_id, sku_code),
            window,
            key=lambda row: (shop.sku(row[0]).code, ladder_key(row[1].ladder, batch_id=row[1].batch_id)),
            card=item,
            count=count,
        )

    async def batches(self, *, window: Window, count: bool) -> Slice[PriceBatch]:
        if not self._may():
            return Slice()
        batches = self._shop.batches.values()
        return cut(
            batches, window, key=lambda one: (one.id,), card=lambda one: one, count=count, descending=True
        )

    async def specials(
        self,
        *,
        window: Window,
        filter: SpecialFilter = EVERY_SPECIAL,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[SpecialPriceCard]:
        if not self._may():
            return Slice()
        shop = self._shop
        return cut(
            (
                one
                for one in shop.special_prices.values()
                if filter.state in (None, self._state(one))
                and filter.sku_code in (None, shop.sku(one.sku_id).code)
            ),
            window,
            key=lambda one: (one.id,),
            card=lambda one: self._special(one, want),
            count=count,
            descending=True,
        )

    async def specials_by_id(
        self, ids: Collection[SpecialPriceId], *, want: PriceItemWant = PriceItemWant()
    ) -> Mapping[SpecialPriceId, SpecialPriceCard]:
        found = self._shop.special_prices if self._may() else {}
        return {id: self._special(found[id], want) for id in ids if id in found}

    def _special(self, one: SpecialPrice, want: PriceItemWant) -> SpecialPriceCard:
        head = Lens(self.vault, self.actor, self.at).head(one.sku_id, want.sku)
        return SpecialPriceCard(one, head, Quantity(min(self._shop.specials_taken.get(one.id, 0), LARGEST)))

    def _state(self, one: SpecialPrice) -> SpecialState:
        if one.ended(self.at):
            return SpecialState.ENDED
        current = self.at in one.schedule.validity
        return SpecialState.CURRENT if current else SpecialState.UPCOMING

    def _said(self, list_id: PriceListId | None, sku_code: SkuCode | None) -> Iterator[tuple[SkuId, Held]]:
        shop = self._shop
        if list_id is None:
            list_id = next((id for id, one in shop.lists.items() if one.source is PriceSource.BASE), None)
        for (of, sku_id), ladders in shop.ladders.items():
            if of == list_id and sku_code in (None, shop.sku(sku_id).code):
                for held in ladders:
                    if shop.live(held) is not None:
                        yield sku_id, held

    def _may(self) -> bool:
        return self.actor.has(Permission.MANAGE_PRICES)

    @property
    def _shop(self) -> Shop:
        return self.vault.shop(self.actor.merchant_id)
