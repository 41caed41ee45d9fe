"""What may be ordered of which SKU, and by whom more or less than that, as the verbs need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from domain.catalog import QuantityRule, Sku
from domain.identity import CustomerId, ProductId, SkuId
from domain.period import aware


@attrs.frozen(kw_only=True)
class Allowance:
    """That the rule of a SKU does not bind a customer until then, and why (特批)."""

    customer_id: CustomerId
    sku_id: SkuId
    until: datetime = attrs.field(validator=aware)
    reason: str


class QuantityRules(Protocol):
    """The quantity rules of SKUs, what they are compared with, and who is allowed something else."""

    def lock(self, sku_ids: Collection[SkuId]) -> Mapping[SkuId, Sku]:
        """Find each of these SKUs that there is, as it is now, and lock it."""
        ...

    def set(self, rules: Mapping[SkuId, QuantityRule]) -> None:
        """Give SKUs these rules, after `lock`."""
        ...

    def lock_pools(self, product_ids: Collection[ProductId]) -> Mapping[ProductId, bool]:
        """Tell of each of these products that there is whether it pools its breaks, and lock it."""
        ...

    def pool(self, product_ids: Collection[ProductId], *, pooled: bool) -> None:
        """Let products pool their breaks, or no longer, after `lock_pools`."""
        ...

    def ordered(self, customer_id: CustomerId, *, since: Mapping[SkuId, datetime]) -> Mapping[SkuId, int]:
        """How many thousandths of the base unit a customer has ordered of each SKU since then; nothing where none.

        Gifts and orders that were called off do not count. Where the stock of a SKU is locked, nobody else orders it
        meanwhile.
        """
        ...

    def allowed(
        self, customer_id: CustomerId, sku_ids: Collection[SkuId], *, at: datetime
    ) -> frozenset[SkuId]:
        """Those of these SKUs whose rule does not bind the customer at this moment."""
        ...

    def allow(self, allowances: Iterable[Allowance]) -> Mapping[SkuId, datetime]:
        """Keep what one customer is allowed in the place of what was before; answer with until when that held."""
        ...
