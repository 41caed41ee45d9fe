"""Quantity rules in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, Permission
from application.ports.quantity_rules import Allowance, QuantityRules
from application.ports.storage import Stale
from application.views.pages import Slice, Window
from application.views.quantity_rules import AllowanceBook, AllowanceFilter
from domain.catalog import QuantityRule, Sku
from domain.identity import CustomerId, ProductId, SkuId
from domain.ordering import FALLEN_STATUSES


@attrs.frozen
class MemoryQuantityRules(QuantityRules):
    """The quantity rules of one merchant."""

    shop: Shop

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, Sku]:
        return {id: self.shop.sku(id) for id in sku_ids if id in self.shop.skus}

    def set(self, rules: Mapping[SkuId, QuantityRule]) -> None:
        for sku_id, rule in rules.items():
            if sku_id not in self.shop.skus:
                raise Stale(sku_id)
            product = self.shop.products[self.shop.skus[sku_id]]
            changed = (attrs.evolve(sku, rule=rule) if sku.id == sku_id else sku for sku in product.skus)
            self.shop.put_product(attrs.evolve(product, skus=tuple(changed)))

    def lock_pools(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, bool]:
        known = (id for id in product_ids if id in self.shop.products)
        return {id: self.shop.products[id].pools_breaks for id in known}

    def pool(self, product_ids: Collection[ProductId], *, pooled: bool) -> None:
        for id in product_ids:
            if id not in self.shop.products:
                raise Stale(id)
            self.shop.put_product(attrs.evolve(self.shop.products[id], pools_breaks=pooled))

    def ordered(self, customer_id: CustomerId, *, since: Mapping[SkuId, datetime]) -> Mapping[SkuId, int]:
        ordered: Counter[SkuId] = Counter()
        for order in self.shop.orders.values():
            if order.customer_id != customer_id or order.status in FALLEN_STATUSES:
                continue
            for line in order.lines:
                counts = line.gift_value is None and line.sku_id in since
                if counts and order.placed_at >= since[line.sku_id]:
                    ordered[line.sku_id] += line.base_quantity.thousandths
        return ordered

    def allowed(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> frozenset[SkuId]:
        found = (self.shop.allowances.get((customer_id, id)) for id in sku_ids)
        return frozenset(one.sku_id for one in found if one is not None and one.until > at)

    def allow(self, allowances: Iterable[Allowance]) -> Mapping[SkuId, datetime]:
        before: dict[SkuId, datetime] = {}
        for one in allowances:
            if one.sku_id not in self.shop.skus or one.customer_id not in self.shop.customers:
                raise Stale(one.sku_id)
            key = (one.customer_id, one.sku_id)
            if key in self.shop.allowances:
                before[one.sku_id] = self.shop.allowances[key].until
            self.shop.allowances[key] = one
        return before


@attrs.frozen
class MemoryAllowanceBook(AllowanceBook):
    """What one actor sees of what customers are allowed."""

    vault: Shops
    actor: Actor
    at: datetime

    async def allowances(self, *, window: Window, filter: AllowanceFilter, count: bool) -> Slice[Allowance]:
        found = (
            one
            for one in self.vault.shop(self.actor.merchant_id).allowances.values()
            if filter.customer_id in (None, one.customer_id) and (not filter.current or one.until > self.at)
        )
        return cut(
            found if self.actor.has(Permission.MANAGE_CUSTOMERS) else (),
            window,
            key=lambda one: (one.customer_id, one.sku_id),
            card=lambda one: one,
            count=count,
        )
