"""The stock as staff see it, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BindParameter, and_, bindparam, func, select

from adapters.persistence.catalog import skus
from adapters.persistence.inventory import AT_HOME, WAREHOUSES, stock, warehouses
from adapters.persistence.made import quantity, sku_code, sku_id, warehouse_id
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from application.authorization import Permission
from application.views.catalog import SkuCard, SkuHead
from application.views.inventory import StockBook, StockCard, StockWant, WarehouseCard
from application.views.pages import Slice, Window
from domain.identity import SkuId, WarehouseId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

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
        .limit(most(shape))
    )


@lru_cache(maxsize=4)
def _count(of_skus: bool, of_warehouse: bool) -> Statement:
    return Statement(select(func.count()).select_from(stock).where(*_which(of_skus, of_warehouse)))


@attrs.frozen
class SqlStockBook(StockBook):
    """What staff see of the stock of one merchant."""

    sight: Sight

    async def items(
        self,
        *,
        window: Window,
        sku_ids: Collection[SkuId] | None,
        warehouse_id: WarehouseId | None,
        count: bool,
        want: StockWant = StockWant(),
    ) -> Slice[StockCard]:
        which = (sku_ids is not None, warehouse_id is not None)
        asked: dict[str, Any] = {"merchant_id": self.sight.actor.merchant_id}
        if sku_ids is not None:
            asked["sku_ids"] = sorted(sku_ids)
        if warehouse_id is not None:
            asked["warehouse_id"] = warehouse_id

        def reader() -> Reader[Slice[StockCard]]:
            rows = yield Ask(_page(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            kept = page_of(rows, window)
            goods: Mapping[SkuId, SkuCard] = {}
            if want.sku is not None and kept:
                goods = yield from self.sight.catalog.read_skus({row[0] for row in kept}, want.sku)
            cards = [_card(row, goods) for row in kept]
            return cut(rows, window, key=lambda row: (row[1], row[3]), nodes=cards, total=total)

        return await self.sight.read(reader) if self.sight.actor.has(Permission.VIEW_STOCK) else Slice()

    async def warehouses(self) -> tuple[WarehouseCard, ...]:
        def reader() -> Reader[tuple[WarehouseCard, ...]]:
            rows = yield Ask(WAREHOUSES, {"merchant_id": self.sight.actor.merchant_id})
            return tuple(WarehouseCard(warehouse_id(id), code, name) for id, code, name, _ in rows)

        return await self.sight.read(reader)


def _card(row: Row, goods: Mapping[SkuId, SkuCard]) -> StockCard:
    id, on_hand, available = sku_id(row[0]), row[6], row[7]
    return StockCard(
        goods.get(id) or SkuHead(id, sku_code(row[1]), row[2]),
        WarehouseCard(warehouse_id(row[3]), row[4], row[5]),
        quantity(on_hand),
        quantity(on_hand - available),
        quantity(available),
    )
