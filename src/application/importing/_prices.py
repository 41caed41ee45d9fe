"""Importing prices: a table of rungs is compared with what the lists say, and staged as a batch a few rows at a time.

A row says what one SKU costs in a list, in a unit, from a quantity on. The rows of one SKU in one list and unit are its
whole ladder. Nothing holds before the batch is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.importing._cells import BadCell, Reason, RowRefused, price_of, quantity_of
from application.importing._codes import LOOKED_UP, skus_by_code
from application.importing._columns import columns_of
from application.importing._verbs import Table
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.price_flags import price_flags
from application.retrying import retrying
from domain.catalog import Sku
from domain.floors import PriceFlag
from domain.identity import PriceBatchId, PriceListId, SkuCode, SkuId
from domain.ladders import AnyLadder, ladder_for
from domain.merchant import Merchant
from domain.money import UnitPrice
from domain.price_batches import LONGEST_BATCH_NAME, PriceBatch
from domain.pricing import (
    EMPTY,
    Ladder,
    PriceChange,
    PriceKey,
    PriceList,
    PriceSource,
    Rung,
    check_ladder,
)
from domain.quantity import Quantity
from domain.trail import TrailNote

AT_ONCE = 200
"""So many ladders are staged in one transaction."""
PAUSE_MS = 10
"""So long is waited after each, so that whoever waits to write has their turn."""


class PriceField(Enum):
    """A column of prices, by the names it goes under; the first two are how it is spoken of."""

    CODE = ("货号", "SKU code", "SKU", "SKU编码", "商品编码", "编码", "Code")
    LIST = ("价格表", "Price list", "价目表")
    UNIT = ("单位", "Unit", "计量单位")
    FROM = ("起订量", "From quantity", "数量", "起始数量", "Min quantity", "From")
    PRICE = ("价格", "Price", "单价", "Unit price")

    @property
    def label(self) -> str:
        """How the column is spoken of, in both languages."""
        return f"{self.value[0]} / {self.value[1]}"


@attrs.frozen
class StagedPrice:
    """A ladder of the table beside the one it would replace."""

    change: PriceChange
    code: SkuCode
    price_list: str
    before: Ladder
    flags: tuple[PriceFlag, ...] = ()
    """What to look at before it holds."""

    @property
    def percentage(self) -> str | None:
        """How much more or less its first rung costs, in percent; None where there was no price to compare with."""
        was = self.before.rungs[0].price if self.before.rungs else None
        now = self.change.ladder.rungs[0].price
        if not isinstance(was, UnitPrice) or not isinstance(now, UnitPrice) or not was.ten_thousandths:
            return None
        hundredths = round((now.ten_thousandths - was.ten_thousandths) * 10_000 / was.ten_thousandths)
        whole, rest = divmod(abs(hundredths), 100)
        return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"


@attrs.frozen(kw_only=True)
class PriceImport:
    """What an import of prices would change, and what it refuses."""

    batch: PriceBatch | None = None
    """What was staged; None where nothing was."""
    staged: tuple[StagedPrice, ...] = ()
    unchanged: int = 0
    """How many ladders say what their lists say already."""
    refused: tuple[RowRefused, ...] = ()


@attrs.frozen(kw_only=True)
class StagePrices:
    """Compare a table of prices with what is there, and stage what is new; a dry run stages nothing."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids
    pause: Callable[[float], None] = time.sleep

    def __call__(
        self,
        *,
        actor: Actor,
        table: Table,
        name: str = "",
        price_list: str | None = None,
        dry_run: bool = False,
        skip_refused: bool = False,
    ) -> PriceImport:
        """`price_list` is the list, by id or name, of rows that name none; the base price by default.

        Where rows are refused nothing is staged, unless they are to be skipped.

        :raises ColumnsNotUnderstood: if the header is wrong.
        :raises NotNow: if the database is busy; what was staged till then is taken back.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        columns = columns_of(table.header, PriceField, needed=(PriceField.CODE, PriceField.PRICE))
        with self.unit_of_work.reading(actor) as storage:
            reader = _Reader(actor.merchant, columns, table, price_list, at=self.clock.now())
            found = reader.compare(storage)
            changes = [one.change for one in found.staged]
            flags = price_flags(storage, actor, changes, at=self.clock.now())
            flagged = zip(found.staged, flags, strict=True)
            found = attrs.evolve(
                found, staged=tuple(attrs.evolve(one, flags=of) if of else one for one, of in flagged)
            )
        if dry_run or not found.staged or (found.refused and not skip_refused):
            return found
        return attrs.evolve(found, batch=self._stage(actor, found.staged, name, table))

    def _stage(self, actor: Actor, staged: Sequence[StagedPrice], name: str, table: Table) -> PriceBatch:
        batch = PriceBatch(
            id=self.ids.new(PriceBatchId),
            name="".join(char for char in name if char.isprintable())[:LONGEST_BATCH_NAME],
            ladders=len(staged),
            created_at=self.clock.now(),
        )
        # Reading all of it takes long, and while anything is being stored nobody else can order.
        retrying(self._begin)(actor, batch, table.digest)
        try:
            for at in range(0, len(staged), AT_ONCE):
                some = [one.change for one in staged[at : at + AT_ONCE]]
                retrying(self._add)(actor, batch.id, some)
                self.pause(PAUSE_MS / 1000)
        except BaseException:
            retrying(self._take_back)(actor, batch)
            raise
        return batch

    def _begin(self, actor: Actor, batch: PriceBatch, digest: str) -> None:
        with self.unit_of_work(actor) as storage:
            storage.price_batches.add(batch)
            # One entry for all of it, which may be many thousands: what it is is in its digest.
            after = {"name": batch.name, "ladders": str(batch.ladders), "table": digest}
            storage.trail.note(
                TrailNote(
                    at=batch.created_at,
                    operation="stagePrices",
                    about=batch.id,
                    before=MappingProxyType({}),
                    after=after,
                )
            )

    def _add(self, actor: Actor, batch_id: PriceBatchId, changes: Sequence[PriceChange]) -> None:
        with self.unit_of_work(actor) as storage:
            storage.price_batches.stage(batch_id, changes)

    def _take_back(self, actor: Actor, batch: PriceBatch) -> None:
        with self.unit_of_work(actor) as storage:
            storage.price_batches.save(batch.undo(at=self.clock.now(), changed=False))


@attrs.frozen
class _Read:
    """The rungs of one key as they are read, and where they stand."""

    lines: list[int] = attrs.field(factory=list)
    rungs: list[Rung] = attrs.field(factory=list)


class _Reader:
    """Reads a table beside what the merchant has."""

    def __init__(
        self,
        merchant: Merchant,
        columns: Mapping[PriceField, int],
        table: Table,
        price_list: str | None,
        *,
        at: datetime,
    ) -> None:
        self._merchant, self._columns, self._table, self._at = merchant, columns, table, at
        self._usual = price_list or ""
        self.refused: list[RowRefused] = []
        self._written: Mapping[int, Mapping[PriceField, str]] = {}

    def compare(self, storage: Storage) -> PriceImport:
        rows = [(line, self._cells(cells)) for line, cells in self._table.rows]
        self._written = dict(rows)
        skus = skus_by_code(storage, {cells[PriceField.CODE] for _, cells in rows})
        lists = _lists(storage, {cells[PriceField.LIST] or self._usual for _, cells in rows})
        read: dict[PriceKey, _Read] = {}
        wrong: set[PriceKey] = set()
        for line, cells in rows:
            self._take(line, cells, skus, lists, read, wrong)
        changes = self._changes({key: one for key, one in read.items() if key not in wrong}, lists)
        said = _said(storage, changes)
        names = {one.id: one.name for one in lists.values()}
        codes = {sku.id: sku.code for sku in skus.values()}
        staged = [
            StagedPrice(
                change,
                codes[change.sku_id],
                names[change.list_id],
                ladder_for(said.get((change.list_id, change.sku_id), EMPTY), change.unit, self._at),
            )
            for change in changes
        ]
        new = tuple(one for one in staged if one.change.ladder != one.before)
        return PriceImport(
            staged=new, unchanged=len(staged) - len(new), refused=tuple(sorted(self.refused, key=_line))
        )

    def _cells(self, cells: Sequence[str]) -> Mapping[PriceField, str]:
        return {
            field: cells[self._columns[field]].strip() if field in self._columns else ""
            for field in PriceField
        }

    def _take(
        self,
        line: int,
        cells: Mapping[PriceField, str],
        skus: Mapping[str, Sku],
        lists: Mapping[str, PriceList],
        read: dict[PriceKey, _Read],
        wrong: set[PriceKey],
    ) -> None:
        def refuse(field: PriceField, reason: Reason) -> None:
            self.refused.append(RowRefused(line, field.label, reason, cells[field]))

        sku = skus.get(cells[PriceField.CODE])
        if sku is None:
            blank = not cells[PriceField.CODE]
            return refuse(PriceField.CODE, Reason.REQUIRED if blank else Reason.UNKNOWN_SKU)
        one = lists.get(cells[PriceField.LIST] or self._usual)
        if one is None:
            return refuse(PriceField.LIST, Reason.UNKNOWN_PRICE_LIST)
        pack = sku.sold_in(cells[PriceField.UNIT] or None)
        if pack is None:
            return refuse(PriceField.UNIT, Reason.UNKNOWN_UNIT)
        key = (one.id, sku.id, None if pack.unit.code == sku.unit.code else pack.unit.code)
        of_key = read.setdefault(key, _Read())
        of_key.lines.append(line)
        try:
            start = self._start(cells[PriceField.FROM], sku)
        except BadCell as bad:
            wrong.add(key)
            return refuse(PriceField.FROM, bad.reason)
        try:
            of_key.rungs.append(Rung(start, price_of(cells[PriceField.PRICE], self._merchant)))
        except BadCell as bad:
            wrong.add(key)
            refuse(PriceField.PRICE, bad.reason)
        return None

    def _start(self, text: str, sku: Sku) -> Quantity:
        """:raises BadCell: if it is no quantity of more than nothing."""
        if not text:
            return Quantity(min(1000, sku.rule.minimum.thousandths))
        start = quantity_of(text, sku.unit)
        if start.thousandths <= 0:
            raise BadCell(Reason.NOT_A_QUANTITY)
        return start

    def _changes(self, read: Mapping[PriceKey, _Read], lists: Mapping[str, PriceList]) -> list[PriceChange]:
        sources = {one.id: one.source for one in lists.values()}
        changes = []
        for (list_id, sku_id, unit), of_key in read.items():
            try:
                ladder = Ladder.of(of_key.rungs)
            except ValueError:
                self._refuse_all(of_key, PriceField.FROM, Reason.BREAKS)
                continue
            fault = check_ladder(
                ladder,
                source=sources[list_id],
                scale=self._merchant.price_scale,
                currency=self._merchant.currency,
            )
            if fault is not None:
                self._refuse_all(of_key, PriceField.PRICE, Reason.PERCENTAGE_OF_NOTHING)
                continue
            changes.append(PriceChange(list_id, sku_id, ladder, unit))
        return changes

    def _refuse_all(self, of_key: _Read, field: PriceField, reason: Reason) -> None:
        for line in of_key.lines:
            self.refused.append(RowRefused(line, field.label, reason, self._written[line][field]))


def _line(row: RowRefused) -> int:
    return row.line


def _lists(storage: Storage, named: set[str]) -> dict[str, PriceList]:
    """The lists by id, by a name that only one has, and the base price by nothing."""
    found: dict[str, PriceList] = {}
    several: set[str] = set()
    for one in storage.prices.named(named):
        found[one.id] = one
        if one.name in found:
            several.add(one.name)
        found[one.name] = one
        if one.source is PriceSource.BASE:
            found[""] = one
    return {name: one for name, one in found.items() if name not in several}


def _said(storage: Storage, changes: Sequence[PriceChange]) -> dict[tuple[PriceListId, SkuId], AnyLadder]:
    list_ids = {change.list_id for change in changes}
    said: dict[tuple[PriceListId, SkuId], AnyLadder] = {}
    sku_ids = sorted({change.sku_id for change in changes})
    for at in range(0, len(sku_ids), LOOKED_UP):
        said |= storage.prices.ladders(list_ids=list_ids, sku_ids=sku_ids[at : at + LOOKED_UP])
    return said
