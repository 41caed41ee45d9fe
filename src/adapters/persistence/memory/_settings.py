"""The merchant's own settings, in its shop."""

from __future__ import annotations

import attrs

from adapters.persistence.memory._shops import Shop
from application.ports.settings import Settings
from application.ports.storage import Stale
from domain.identity import MerchantId
from domain.merchant import Merchant


@attrs.frozen
class MemorySettings(Settings):
    """The settings of one merchant."""

    shop: Shop
    merchant_id: MerchantId

    def lock(self) -> Merchant:
        return self.shop.merchants[self.merchant_id]

    def save(self, merchant: Merchant) -> None:
        found = self.lock()
        if found.version != merchant.version - 1:
            raise Stale(merchant.id)
        self.shop.merchants[self.merchant_id] = attrs.evolve(
            merchant,
            id=found.id,
            slug=found.slug,
            currency=found.currency,
            price_scale=found.price_scale,
            restricts_goods=found.restricts_goods,
            second_factor=found.second_factor,
        )
