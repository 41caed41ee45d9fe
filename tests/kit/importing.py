"""A wholesaler with nothing to sell yet, and tables of goods for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs

from application.authorization import Actor
from application.importing import Choices, ImportCatalog, ImportPlan, PlanImport, RowRefused, Table
from application.ports.database import Database
from application.ports.storage import Storage
from domain.catalog import Product, Sku
from domain.customers import Customer
from domain.inventory import StockItem, Warehouse
from domain.ladders import open_ended
from domain.merchant import Merchant
from domain.pricing import Ladder, PriceList, PriceSource
from kit import builders as a

ROW: Mapping[str, str] = {"商品名称": "柠檬茶", "货号": "TEA-1", "单位": "瓶", "价格": "3.50"}
"""A row that can be imported."""


def table(*rows: Mapping[str, str], columns: Sequence[str] = ()) -> Table:
    """A table of these rows; its columns are those that any of them names, the first row is on line 2."""
    header = tuple(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    return Table(
        header, [(at, tuple(row.get(name, "") for name in header)) for at, row in enumerate(rows, 2)]
    )


def goods(**cells: str) -> dict[str, str]:
    """A row that can be imported, with these cells."""
    return {**ROW, **cells}


@attrs.frozen(kw_only=True)
class Market:
    """A merchant with tiers and warehouses, and the verbs to import with."""

    database: Database
    merchant: Merchant
    lists: Mapping[str, PriceList]
    """The base list, and those of the tiers by their codes."""
    warehouses: Mapping[str, Warehouse]
    customer: Customer
    ids: a.SeededIds

    @property
    def actor(self) -> Actor:
        return Actor.operator(self.merchant)

    def plan(self, goods: Table, **choices: bool) -> ImportPlan:
        """Look at what an import would do."""
        look = PlanImport(unit_of_work=self.database.unit_of_work, clock=a.FixedClock(), ids=self.ids)
        return look(actor=self.actor, table=goods, choices=Choices(**choices))

    def take(self, goods: Table, **choices: bool) -> ImportPlan:
        """Import."""
        verb = ImportCatalog(unit_of_work=self.database.unit_of_work, clock=a.FixedClock(), ids=self.ids)
        return verb(actor=self.actor, table=goods, choices=Choices(**choices))

    def refusals(self, *rows: Mapping[str, str], **choices: bool) -> tuple[RowRefused, ...]:
        """What an import of these rows would refuse."""
        return self.plan(table(*rows), **choices).refused

    def products(self) -> tuple[Product, ...]:
        """The catalog."""
        with self.reading() as storage:
            return storage.products.all()

    def sku(self, code: str) -> Sku:
        """The SKU of this code."""
        return next(sku for product in self.products() for sku in product.skus if sku.code == code)

    def ladder(self, code: str, tier: str = "BASE") -> Ladder:
        """The ladder of a SKU in the base list or in a tier's."""
        one = self.lists[tier].id
        with self.reading() as storage:
            said = storage.prices.ladders(list_ids=[one]).get((one, self.sku(code).id), Ladder(()))
            return open_ended(said, a.NOON)

    def item(self, code: str, warehouse: str = "MAIN") -> StockItem | None:
        """The stock of a SKU in a warehouse, if there is any."""
        with self.reading() as storage:
            items = storage.stock.sheet([self.sku(code).id]).items
        return next((one for one in items if one.warehouse_id == self.warehouses[warehouse].id), None)

    def reading(self) -> AbstractContextManager[Storage]:
        """Look at the storage."""
        return self.database.unit_of_work.reading(self.actor)

    def storing(self) -> AbstractContextManager[Storage]:
        """Change the storage."""
        return self.database.unit_of_work(self.actor)


def market(database: Database) -> Market:
    """Store a merchant with three tiers and two warehouses."""
    ids = a.SeededIds(9)
    merchant = a.merchant(ids)
    tiers = (
        a.tier(ids, code="NORMAL", name="普通"),
        a.tier(ids, code="VIP", name="贵宾", percentage="95"),
        a.tier(ids, code="DEAR", name="加价", percentage="110"),
    )
    base = a.price_list(ids)
    of_tiers = [a.price_list(ids, source=PriceSource.TIER, tier=one) for one in tiers]
    warehouses = (
        a.warehouse(ids, code="MAIN", name="主仓"),
        a.warehouse(ids, code="EAST", name="城东仓", priority=1),
    )
    customer = a.customer(ids, tier=tiers[0])
    with database.unit_of_work(Actor.operator(merchant)) as storage:
        _add(storage, [merchant], tiers, warehouses, [customer], [base, *of_tiers])
    lists = {"BASE": base} | {one.tier.code: one for one in of_tiers if one.tier}
    return Market(
        database=database,
        merchant=merchant,
        lists=lists,
        warehouses={one.code: one for one in warehouses},
        customer=customer,
        ids=ids,
    )


def _add(storage: Storage, *batches: Sequence[Any]) -> None:
    for batch in batches:
        storage.bulk.add(batch)
