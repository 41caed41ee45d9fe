"""What is asked for below a list: one batch for all rows, made anew for every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from application.views.amendments import AmendmentCard
from application.views.catalog import (
    BrandCard,
    CategoryCard,
    CategoryWant,
    ProductCard,
    ProductWant,
    SkuCard,
    SkuWant,
)
from application.views.customers import BuyerCard, BuyerWant, CustomerCard, CustomerWant, GroupCard, TierCard
from application.views.inventory import WarehouseCard
from application.views.orders import OrderCard, OrderWant
from application.views.reading import Views
from domain.identity import (
    BrandId,
    BuyerId,
    CategoryId,
    CustomerGroupId,
    CustomerId,
    OrderId,
    PriceTierId,
    ProductId,
    SkuId,
    WarehouseId,
)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
W = TypeVar("W", bound=Hashable)


class Loaders:
    """Every batched view of one request."""

    def __init__(self, views: Views) -> None:
        catalog, orders, customers = views.catalog, views.orders, views.customers
        self.products: DataLoader[tuple[ProductWant, ProductId], ProductCard | None] = _by_want(
            lambda want, ids: catalog.products_by_id(ids, want=want)
        )
        self.skus: DataLoader[tuple[SkuWant, SkuId], SkuCard | None] = _by_want(
            lambda want, ids: catalog.skus_by_id(ids, want=want)
        )
        self.orders: DataLoader[tuple[OrderWant, OrderId], OrderCard | None] = _by_want(
            lambda want, ids: orders.orders_by_id(ids, want=want)
        )
        self.categories: DataLoader[tuple[CategoryWant, CategoryId], CategoryCard | None] = _by_want(
            lambda want, ids: catalog.categories_by_id(ids, want=want)
        )
        self.brands: DataLoader[BrandId, BrandCard | None] = _by_id(catalog.brands_by_id)
        self.customers: DataLoader[tuple[CustomerWant, CustomerId], CustomerCard | None] = _by_want(
            lambda want, ids: customers.customers_by_id(ids, want=want)
        )
        self.buyers: DataLoader[tuple[BuyerWant, BuyerId], BuyerCard | None] = _by_want(
            lambda want, ids: customers.buyers_by_id(ids, want=want)
        )
        self.groups: DataLoader[CustomerGroupId, GroupCard | None] = _by_id(customers.groups_by_id)
        self.tiers: DataLoader[PriceTierId, TierCard | None] = _by_id(_tiers(views))
        self.amendments: DataLoader[OrderId, tuple[AmendmentCard, ...] | None] = _by_id(
            views.amendments.of_orders
        )
        self.warehouses: DataLoader[WarehouseId, WarehouseCard | None] = _by_id(_warehouses(views))


def _warehouses(
    views: Views,
) -> Callable[[Collection[WarehouseId]], Awaitable[Mapping[WarehouseId, WarehouseCard]]]:
    async def load(_: Collection[WarehouseId]) -> Mapping[WarehouseId, WarehouseCard]:
        return {one.id: one for one in await views.stock.warehouses()}

    return load


def _tiers(views: Views) -> Callable[[Collection[PriceTierId]], Awaitable[Mapping[PriceTierId, TierCard]]]:
    async def load(_: Collection[PriceTierId]) -> Mapping[PriceTierId, TierCard]:
        return {one.id: one for one in await views.customers.tiers()}

    return load


def _by_id(read: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> DataLoader[K, V | None]:
    async def load(ids: list[K]) -> list[V | None]:
        found = await read(ids)
        return [found.get(id) for id in ids]

    return DataLoader(load_fn=load)


def _by_want(
    read: Callable[[W, Collection[K]], Awaitable[Mapping[K, V]]],
) -> DataLoader[tuple[W, K], V | None]:
    """Batch by what is wanted: as many reads as there are wants in the document, whatever the number of rows."""

    async def load(keys: list[tuple[W, K]]) -> list[V | None]:
        found: dict[tuple[Any, Any], V] = {}
        for want in dict.fromkeys(want for want, _ in keys):
            ids = [id for other, id in keys if other == want]
            found |= {(want, id): value for id, value in (await read(want, ids)).items()}
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)
