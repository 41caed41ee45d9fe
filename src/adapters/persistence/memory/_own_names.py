"""What companies call goods, on one shop."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._shops import Shop
from application.authorization import Actor
from application.ports.own_names import OwnNames
from application.ports.storage import Stale
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
