"""What companies call goods, on one shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._lens import Lens
from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, sees_customers
from application.ports.own_names import OwnNames
from application.ports.storage import Stale
from application.views.own_names import OwnNameBook, OwnNameCard
from application.views.pages import Slice, Window
from domain.identity import CustomerId, SkuId
from domain.own_names import MOST_OWN_NAMES, OwnName


@attrs.frozen
class MemoryOwnNames(OwnNames):
    """What the companies of one merchant call its goods."""

    shop: Shop
    actor: Actor

    def find(self, customer_id: CustomerId, names: Collection[OwnName]) -> Mapping[OwnName, SkuId]:
        if not self.shop.reaches(self.actor, customer_id):
            return {}
        found = ((name, self.shop.own_names.get((customer_id, name))) for name in names)
        return {name: known[0] for name, known in found if known is not None}

    def learn(self, customer_id: CustomerId, names: Mapping[OwnName, SkuId], *, at: datetime) -> None:
        if customer_id not in self.shop.customers or not self.shop.reaches(self.actor, customer_id):
            return
        for name, sku_id in names.items():
            if sku_id not in self.shop.skus:
                raise Stale(sku_id)
            self.shop.own_names[customer_id, name] = (sku_id, at)
        own = [key for key in self.shop.own_names if key[0] == customer_id]
        own.sort(key=lambda key: key[1])
        own.sort(key=lambda key: self.shop.own_names[key][1], reverse=True)
        for key in own[MOST_OWN_NAMES:]:
            del self.shop.own_names[key]

    def forget(self, customer_id: CustomerId, names: Collection[OwnName]) -> None:
        if self.shop.reaches(self.actor, customer_id):
            for name in names:
                self.shop.own_names.pop((customer_id, name), None)


@attrs.frozen
class MemoryOwnNameBook(OwnNameBook):
    """What one actor sees of own names."""

    vault: Shops
    actor: Actor
    at: datetime

    async def names(self, customer_id: CustomerId, *, window: Window, count: bool) -> Slice[OwnNameCard]:
        lens = Lens(self.vault, self.actor, self.at)
        there = sees_customers(self.actor) and lens.shop.reaches(self.actor, customer_id)
        found = lens.shop.own_names.items() if there else ()
        return cut(
            (
                OwnNameCard(name, sku_id, at)
                for (owner, name), (sku_id, at) in found
                if owner == customer_id and lens.shows_sku(sku_id)
            ),
            window,
            key=lambda card: (card.name,),
            card=lambda card: card,
            count=count and sees_customers(self.actor),
        )
