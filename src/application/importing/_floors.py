"""Importing floors: a table of floors, costs and margins is compared with what is set, and set a few rows at a time.

A row says what is set for one SKU, of its base unit; a blank cell leaves what is there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.floors import set_floors
from application.importing._cells import BadCell, Reason, RowRefused, amount_of, share_of
from application.importing._codes import LOOKED_UP, skus_by_code
from application.importing._columns import ColumnsNotUnderstood, columns_of
from application.importing._verbs import Table
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from application.retrying import retrying
from domain.floors import SkuFloor, margin_of
from domain.identity import SkuCode, SkuId
from domain.money import Currency, Percentage, UnitPrice

AT_ONCE = 200
"""So many floors are set in one transaction: whoever orders these SKUs waits for it."""
PAUSE_MS = 10
"""So long is waited after each."""


class FloorField(Enum):
    """A column of floors, by the names it goes under; the first two are how it is spoken of."""

    CODE = ("货号", "SKU code", "SKU", "SKU编码", "商品编码", "编码", "Code")
    FLOOR = ("底价", "Floor", "最低限价", "最低价", "Floor price")
    COST = ("成本", "Cost", "成本价", "进货价", "Cost price")
    MARGIN = ("加价率", "Margin", "加价", "Markup")

    @property
    def label(self) -> str:
        """How the column is spoken of, in both languages."""
        return f"{self.value[0]} / {self.value[1]}"


_SCALE = 4
"""A floor has at most so many decimals, however many prices have."""
_SAID = (FloorField.FLOOR, FloorField.COST, FloorField.MARGIN)


@attrs.frozen
class ImportedFloor:
    """What a row makes of what is set for a SKU."""

    line: int
    sku_id: SkuId
    code: SkuCode
    before: SkuFloor | None
    after: SkuFloor


@attrs.frozen(kw_only=True)
class FloorImport:
    """What an import of floors changes, or would, and what it refuses."""

    changed: tuple[ImportedFloor, ...] = ()
    unchanged: int = 0
    """How many rows say what is set already."""
    refused: tuple[RowRefused, ...] = ()
    done: bool = False
    """Whether what is changed was set."""


@attrs.frozen(kw_only=True)
class ImportFloors:
    """Compare a table of floors with what is set, and set what is new; a dry run sets nothing."""

    unit_of_work: UnitOfWork
    clock: Clock
    pause: Callable[[float], None] = time.sleep

    def __call__(
        self, *, actor: Actor, table: Table, dry_run: bool = False, skip_refused: bool = False
    ) -> FloorImport:
        """Where rows are refused nothing is set, unless they are to be skipped.

        :raises ColumnsNotUnderstood: if the header is wrong.
        :raises NotNow: if the database is busy; what was set till then stays, and the same file sets the rest.
        :raises Forbidden: if the actor may not manage floors, or not see them.
        """
        policy.may(actor, Permission.MANAGE_FLOORS)
        policy.may(actor, Permission.VIEW_FLOORS)
        columns = _columns(table.header)
        with self.unit_of_work.reading(actor) as storage:
            found = _Reader(actor.merchant.currency, columns, table).compare(storage)
        if dry_run or not found.changed or (found.refused and not skip_refused):
            return found
        for at in range(0, len(found.changed), AT_ONCE):
            retrying(self._set)(actor, found.changed[at : at + AT_ONCE])
            self.pause(PAUSE_MS / 1000)
        return attrs.evolve(found, done=True)

    def _set(self, actor: Actor, floors: Sequence[ImportedFloor]) -> None:
        with self.unit_of_work(actor) as storage:
            found = storage.floors.lock({one.sku_id for one in floors})
            wanted = {one.sku_id: one.after for one in floors}
            set_floors(storage, wanted, found, operation="importFloors", at=self.clock.now())


def _columns(header: Sequence[str]) -> Mapping[FloorField, int]:
    """:raises ColumnsNotUnderstood: if the header is wrong, or says nothing of SKUs."""
    columns = columns_of(header, FloorField, needed=(FloorField.CODE,))
    if not any(field in columns for field in _SAID):
        known = tuple(field.label for field in FloorField)
        raise ColumnsNotUnderstood(missing=(FloorField.FLOOR.label,), known=known)
    return columns


class _Reader:
    """Reads a table beside what is set."""

    def __init__(self, currency: Currency, columns: Mapping[FloorField, int], table: Table) -> None:
        self._currency, self._columns = currency, columns
        self._rows = [(line, self._cells(cells)) for line, cells in table.rows]
        self._refused: list[RowRefused] = []

    def compare(self, storage: Storage) -> FloorImport:
        codes = [cells[FloorField.CODE] for _, cells in self._rows]
        skus, often = skus_by_code(storage, codes), Counter(codes)
        said: dict[SkuId, SkuFloor] = {}
        ids = sorted(sku.id for sku in skus.values())
        for at in range(0, len(ids), LOOKED_UP):
            said |= storage.floors.as_set(ids[at : at + LOOKED_UP])
        changed, unchanged = list[ImportedFloor](), 0
        for line, cells in self._rows:
            code = cells[FloorField.CODE]
            sku = skus.get(code)
            if sku is None:
                self._refuse(line, FloorField.CODE, Reason.UNKNOWN_SKU if code else Reason.REQUIRED, cells)
                continue
            if often[code] > 1:
                self._refuse(line, FloorField.CODE, Reason.DUPLICATE_CODE, cells)
                continue
            before, refused = said.get(sku.id), len(self._refused)
            after = self._floor(line, cells, before)
            if len(self._refused) > refused:
                continue
            if after is None or after == before:
                unchanged += 1
            else:
                changed.append(ImportedFloor(line, sku.id, sku.code, before, after))
        return FloorImport(changed=tuple(changed), unchanged=unchanged, refused=tuple(self._refused))

    def _cells(self, cells: Sequence[str]) -> Mapping[FloorField, str]:
        return {
            field: cells[self._columns[field]].strip() if field in self._columns else ""
            for field in FloorField
        }

    def _floor(self, line: int, cells: Mapping[FloorField, str], before: SkuFloor | None) -> SkuFloor | None:
        """What the row makes of what is set; None where that is nothing, or something of it is refused."""

        def price(field: FloorField, was: UnitPrice | None) -> UnitPrice | None:
            try:
                return amount_of(cells[field], self._currency, scale=_SCALE) if cells[field] else was
            except BadCell as bad:
                self._refuse(line, field, bad.reason, cells)
                return None

        floor = price(FloorField.FLOOR, None if before is None else before.floor)
        cost = price(FloorField.COST, None if before is None else before.cost)
        margin = self._margin(line, cells, None if before is None else before.margin)
        if margin is not None and cost is None:
            if not cells[FloorField.COST]:
                self._refuse(line, FloorField.MARGIN, Reason.MARGIN_OF_NOTHING, cells)
            return None
        return SkuFloor.perhaps(floor=floor, cost=cost, margin=margin)

    def _margin(
        self, line: int, cells: Mapping[FloorField, str], was: Percentage | None
    ) -> Percentage | None:
        text = cells[FloorField.MARGIN]
        if not text:
            return was
        try:
            return margin_of(share_of(text))
        except BadCell as bad:
            reason = bad.reason
        except ValueError:
            reason = Reason.NOT_A_MARGIN
        self._refuse(line, FloorField.MARGIN, reason, cells)
        return None

    def _refuse(self, line: int, field: FloorField, reason: Reason, cells: Mapping[FloorField, str]) -> None:
        self._refused.append(RowRefused(line, field.label, reason, cells[field]))
