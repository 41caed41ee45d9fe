"""The stock as staff see it, straight from rows."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import BindParameter, and_, bindparam, func, select

from adapters.persistence.catalog import skus
from adapters.persistence.inventory import AT_HOME, WAREHOUSES, stock, warehouses
from adapters.persistence.paging import Shape, conditions, cut, ordering, page_of, page_parameters
from adapters.persistence.sessions import Driver
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from application.authorization import Actor, Permission
from application.views.inventory import StockBook, StockCard, WarehouseCard
from application.views.pages import Slice, Window
from domain.identity import SkuCode, SkuId, WarehouseId
from domain.quantity import Quantity

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_SORT = (skus.c.code, stock.c.warehouse_id)
_SKUS_AND_STOCK = stock.join(warehouses, AT_HOME).join(
    skus, and_(skus.c.merchant_id == stock.c.merchant_id, skus.c.id == stock.c.sku_id)
)


def _which(of_skus: bool, of_warehouse: bool) -> list[Any]:
    found: list[Any] = [stock.c.merchant_id == _MERCHANT]
    if of_skus:
        found.append(any_of(stock.c.sku_id, "sku_ids"))
    if of_warehouse:
        found.append(stock.c.warehouse_id == bindparam("warehouse_id"))
    return found


@lru_cache(maxsize=64)
def _page(shape: Shape, of_skus: bool, of_warehouse: bool) -> Statement:
    return Statement(
        select(
            stock.c.sku_id,
            skus.c.code,
            skus.c.name,
            stock.c.warehouse_id,
            warehouses.c.code,
            warehouses.c.name,
            stock.c.on_hand,
            stock.c.available,
        )
        .select_from(_SKUS_AND_STOCK)
        .where(*_which(of_skus, of_warehouse), *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=4)
def _count(of_skus: bool, of_warehouse: bool) -> Statement:
    return Statement(select(func.count()).select_from(stock).where(*_which(of_skus, of_warehouse)))


@attrs.frozen
class SqlStockBook(StockBook):
    """What staff see of the stock of one merchant."""

    driver: Driver
    actor: Actor

    async def items(
        self,
        *,
        window: Window,
        sku_ids: Collection[SkuId] | None,
        warehouse_id: WarehouseId | None,
        count: bool,
    ) -> Slice[StockCard]:
        which = (sku_ids is not None, warehouse_id is not None)
        asked: dict[str, Any] = {"merchant_id": self.actor.merchant_id}
        if sku_ids is not None:
            asked["sku_ids"] = sorted(sku_ids)
        if warehouse_id is not None:
            asked["warehouse_id"] = warehouse_id

        def reader() -> Reader[Slice[StockCard]]:
            rows = yield Ask(_page(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            cards = [_card(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[1], row[3]), nodes=cards, total=total)

        return await self.driver.read(reader) if self.actor.has(Permission.VIEW_STOCK) else Slice()

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        def reader() -> Reader[tuple[WarehouseCard, ...]]:
            rows = yield Ask(WAREHOUSES, {"merchant_id": self.actor.merchant_id})
            return tuple(
                WarehouseCard(id=WarehouseId(id), code=code, name=name) for id, code, name, _ in rows
            )

        return await self.driver.read(reader)


def _card(row: Row) -> StockCard:
    sku_id, sku_code, sku_name, warehouse_id, code, name, on_hand, available = row
    return StockCard(
        sku_id=SkuId(sku_id),
        sku_code=SkuCode(sku_code),
        sku_name=sku_name,
        warehouse=WarehouseCard(id=WarehouseId(warehouse_id), code=code, name=name),
        on_hand=Quantity(on_hand),
        reserved=Quantity(on_hand - available),
        available=Quantity(available),
    )
