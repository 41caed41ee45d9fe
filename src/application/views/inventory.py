"""The stock as the merchant's staff see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

import attrs

from application.views.catalog import SkuCard, SkuHead, SkuWant
from application.views.pages import Slice, Window
from domain.identity import SkuId, WarehouseId
from domain.quantity import Quantity


@attrs.frozen(kw_only=True, cache_hash=True)
class StockWant:
    """What is asked for of a stock item beside its figures, its warehouse and what its SKU is called."""

    sku: SkuWant | None = None


class WarehouseCard(NamedTuple):
    """A warehouse by its names."""

    id: WarehouseId
    code: str
    name: str


class StockCard(NamedTuple):
    """The stock of one SKU in one warehouse, in its base unit."""

    sku: SkuHead | SkuCard
    warehouse: WarehouseCard
    on_hand: Quantity
    reserved: Quantity
    available: Quantity


class StockBook(Protocol):
    """Queries over the stock, opened for one actor at one moment."""

    async def items(
        self,
        *,
        window: Window,
        sku_ids: Collection[SkuId] | None,
        warehouse_id: WarehouseId | None,
        count: bool,
        want: StockWant = StockWant(),
    ) -> Slice[StockCard]:
        """A page of stock items, of these SKUs or all, by the key (SKU code, warehouse id)."""
        ...

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        """All warehouses, by (priority, id)."""
        ...
