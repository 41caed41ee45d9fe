"""The stock as the merchant's staff see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import attrs

from application.views.pages import Slice, Window
from domain.identity import SkuCode, SkuId, WarehouseId
from domain.quantity import Quantity


@attrs.frozen(kw_only=True)
class WarehouseCard:
    """A warehouse by its names."""

    id: WarehouseId
    code: str
    name: str


@attrs.frozen(kw_only=True)
class StockCard:
    """The stock of one SKU in one warehouse, in its base unit."""

    sku_id: SkuId
    sku_code: SkuCode
    sku_name: str
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
    ) -> Slice[StockCard]:
        """A page of stock items, of these SKUs or all, by the key (SKU code, warehouse id)."""
        ...

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        """All warehouses, by (priority, id)."""
        ...
