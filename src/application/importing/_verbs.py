"""The verbs: look at what an import would do, and do it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.importing._cells import Draft, Reader
from application.importing._columns import Columns
from application.importing._plan import ImportPlan, Shop, Writes
from application.importing._planning import Planner
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from domain.errors import DomainError
from domain.identity import SkuId, WarehouseId
from domain.inventory import Movement, MovementReason, StockChanged, StockItem
from domain.ladders import open_ended
from domain.merchant import Merchant
from domain.pricing import PricesSet
from domain.trail import TrailNote

MOST_MOVEMENTS = 1000
"""One fact speaks of at most so many movements."""


@attrs.frozen
class Table:
    """A table of goods: the names of its columns, and its rows with the lines they stand on."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]

    @property
    def digest(self) -> str:
        """The SHA-256 of its lines, each a JSON array of its cells, the header first."""
        hashed = sha256()
        for cells in (self.header, *(cells for _, cells in self.rows)):
            line = json.dumps(list(cells), ensure_ascii=False, separators=(",", ":"))
            hashed.update(f"{line}\n".encode(errors="surrogatepass"))
        return hashed.hexdigest()


@attrs.frozen
class UnreadableTable(Exception):
    """A file cannot be read as a table; the reason is a sentence for whoever sent it."""

    reason: str


@attrs.frozen(kw_only=True)
class Choices:
    """What somebody asks for who knows the plan."""

    set_stock: bool = False
    """Take the stock columns of known SKUs for a count."""
    skip_refused: bool = False
    """Import the other rows where some are refused."""


@attrs.frozen
class ImportRefused(DomainError):
    """Rows are refused, so nothing was imported."""

    plan: ImportPlan


Watch = Callable[[int], None]
"""Is told how many rows have been read."""


def _nobody(_: int) -> None:
    """Nobody watches."""


@attrs.frozen(kw_only=True)
class PlanImport:
    """Say what importing a table would do; nothing is changed."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, table: Table, choices: Choices = Choices(), watch: Watch = _nobody
    ) -> ImportPlan:
        """:raises ColumnsNotUnderstood: if the header is wrong.
        :raises Forbidden: if the actor may not manage the catalog, its prices and its stock.
        """
        _may(actor)
        with self.unit_of_work.reading(actor) as storage:
            desk = _Desk(storage, actor.merchant, self.clock, self.ids)
            return desk.plan(table, choices, watch, lock=False)[0]


@attrs.frozen(kw_only=True)
class ImportCatalog:
    """Import a merchant's own table of goods: whole or not at all, and doing it again changes nothing."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(
        self, *, actor: Actor, table: Table, choices: Choices = Choices(), watch: Watch = _nobody
    ) -> ImportPlan:
        """Answer with what was done.

        :raises ImportRefused: if rows are refused and nobody asked to skip them.
        :raises ColumnsNotUnderstood: if the header is wrong.
        :raises Forbidden: if the actor may not manage the catalog, its prices and its stock.
        """
        _may(actor)
        with self.unit_of_work(actor) as storage:
            desk = _Desk(storage, actor.merchant, self.clock, self.ids)
            plan, writes = desk.plan(table, choices, watch, lock=True)
            if plan.refused and not choices.skip_refused:
                raise ImportRefused(plan)
            desk.write(writes)
            if next(writes.things, None) is not None:
                # One entry for all of it, which may be many thousands: what it was is in its digests.
                storage.trail.note(_noted(actor, table, plan, writes, at=self.clock.now()))
        return plan


def _noted(actor: Actor, table: Table, plan: ImportPlan, writes: Writes, *, at: datetime) -> TrailNote:
    """What there is to note of an import: how much of what it changed, and digests of the table and the changes."""
    counts = {
        "newProducts": plan.products.new,
        "changedProducts": plan.products.changed,
        "newSkus": plan.skus.new,
        "changedSkus": plan.skus.changed,
        "categories": len(plan.categories),
        "brands": len(plan.brands),
        "ladders": plan.ladders,
        "movements": plan.movements,
        "refusedRows": len(plan.refused_lines),
    }
    digests = {"table": table.digest, "changes": writes.digest}
    after = {**{name: str(count) for name, count in counts.items()}, **digests}
    return TrailNote(at=at, operation="importCatalog", about=actor.merchant_id, after=after)


def _may(actor: Actor) -> None:
    for permission in (Permission.MANAGE_CATALOG, Permission.MANAGE_PRICES, Permission.MANAGE_STOCK):
        policy.may(actor, permission)


@attrs.frozen
class _Desk:
    """Where a table is laid beside the catalog, inside one transaction."""

    storage: Storage
    merchant: Merchant
    clock: Clock
    ids: Ids

    def plan(self, table: Table, choices: Choices, watch: Watch, *, lock: bool) -> tuple[ImportPlan, Writes]:
        lists, now = self.storage.prices.standard(), self.clock.now()
        ladders = self.storage.prices.ladders(list_ids=[one.id for one in lists])
        warehouses = self.storage.stock.warehouses()
        columns = Columns.of(table.header, lists=lists, warehouses=warehouses)
        products = self.storage.products.all()
        reader = Reader(columns, self.merchant, {sku.code: sku for one in products for sku in one.skus})
        drafts = tuple(self._read(reader, table, watch))
        known = {draft.known.id for draft in drafts if draft.known is not None and draft.stock}
        shop = Shop(
            merchant=self.merchant,
            products=products,
            categories=self.storage.products.categories(),
            brands=self.storage.products.brands(),
            lists=lists,
            ladders={key: open_ended(said, now) for key, said in ladders.items()},
            warehouses=warehouses,
            stock=self._stock(known if choices.set_stock else set(), lock=lock),
        )
        planner = Planner(
            shop=shop, columns=columns, ids=self.ids, at=self.clock.now(), set_stock=choices.set_stock
        )
        return planner.plan(drafts, reader.refused)

    def write(self, writes: Writes) -> None:
        bulk = self.storage.bulk
        bulk.add(writes.categories)
        bulk.add(writes.brands)
        bulk.add(writes.new_products)
        bulk.replace(writes.changed_products)
        for list_id, changes in writes.prices.items():
            sku_ids = tuple(change.sku_id for change in changes)
            fact = PricesSet(at=self.clock.now(), list_id=list_id, sku_ids=sku_ids)
            self.storage.prices.set(changes, event=fact)
        self._move(writes.opening, MovementReason.OPENING)
        self._move(writes.counted, MovementReason.COUNT)
        if writes.new_products:
            bulk.settle()

    def _read(self, reader: Reader, table: Table, watch: Watch) -> Iterator[Draft]:
        for done, (line, cells) in enumerate(table.rows, start=1):
            draft = reader.read(line, cells)
            if draft is not None:
                yield draft
            watch(done)

    def _stock(self, sku_ids: set[SkuId], *, lock: bool) -> dict[tuple[SkuId, WarehouseId], StockItem]:
        if not sku_ids:
            return {}
        sheet = self.storage.stock.lock(sku_ids) if lock else self.storage.stock.sheet(sku_ids)
        return {(item.sku_id, item.warehouse_id): item for item in sheet.items}

    def _move(self, movements: Sequence[Movement], reason: MovementReason) -> None:
        rest = iter(movements)
        while some := tuple(islice(rest, MOST_MOVEMENTS)):
            self.storage.stock.lock({one.sku_id for one in some})
            fact = StockChanged(
                at=self.clock.now(), movement_ids=tuple(one.id for one in some), reason=reason
            )
            self.storage.stock.move(some, event=fact)
