"""Files that staff send: tables of prices and of floors, and what they change or would change as JSON."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import attrs

from application.authorization import Actor, Permission
from application.importing import PriceImport, RowRefused, StagedPrice, Table, UnreadableTable
from application.use_cases import UseCases
from domain.floors import SkuFloor
from domain.money import UnitPrice
from domain.pricing import Ladder, Rung

MOST_FILE_BYTES = 20 * 1024 * 1024
MOST_TOLD = 1_000
"""So many prices and refused rows are told; how many there are is told beside them."""


class Uploads(Protocol):
    """What is needed of the house."""

    @property
    def use(self) -> UseCases: ...
    @property
    def tables(self) -> Callable[[bytes], Table]: ...


def no_tables(_: bytes) -> Table:
    """Read nothing, where nobody has said how.

    :raises UnreadableTable: always.
    """
    raise UnreadableTable("files are not taken here")


@attrs.frozen(kw_only=True)
class Upload:
    """What is done with a file, and what is needed of whoever sends it."""

    needs: tuple[Permission, ...]
    take: Callable[[Uploads, Actor, Table, Mapping[str, str]], dict[str, Any]]
    """With what the address says beside the file."""

    def __call__(
        self, service: Uploads, actor: Actor, octets: bytes, given: Mapping[str, str]
    ) -> dict[str, Any]:
        """Take a file, in the thread of a verb.

        Rows hold no cycles. Looking for some among so many would keep everybody waiting, so it is not done meanwhile.

        :raises UnreadableTable: if it is no table.
        :raises ColumnsNotUnderstood: if its header is wrong.
        :raises NotNow: if the database is busy.
        """
        with _uncollected():
            return self.take(service, actor, service.tables(octets), given)


def _stage_prices(service: Uploads, actor: Actor, table: Table, given: Mapping[str, str]) -> dict[str, Any]:
    found = service.use.stage_prices(
        actor=actor,
        table=table,
        name=given.get("name", ""),
        price_list=given.get("priceList") or None,
        dry_run=given.get("dryRun") == "true",
        skip_refused=given.get("skipRefused") == "true",
    )
    return _told(found)


def _import_floors(service: Uploads, actor: Actor, table: Table, given: Mapping[str, str]) -> dict[str, Any]:
    found = service.use.import_floors(
        actor=actor,
        table=table,
        dry_run=given.get("dryRun") == "true",
        skip_refused=given.get("skipRefused") == "true",
    )
    return {
        "done": found.done,
        "changed": len(found.changed),
        "unchanged": found.unchanged,
        "refused": len(found.refused),
        "floors": [
            {"skuCode": one.code, "before": _floor(one.before), "after": _floor(one.after)}
            for one in found.changed[:MOST_TOLD]
        ],
        "refusedRows": [_row(one) for one in found.refused[:MOST_TOLD]],
    }


PRICES = Upload(needs=(Permission.MANAGE_PRICES,), take=_stage_prices)
FLOORS = Upload(needs=(Permission.MANAGE_FLOORS, Permission.VIEW_FLOORS), take=_import_floors)


def _floor(one: SkuFloor | None) -> dict[str, str | None] | None:
    if one is None:
        return None
    floor, cost = (None if price is None else price.amount for price in (one.floor, one.cost))
    return {"floor": floor, "cost": cost, "margin": None if one.margin is None else str(one.margin)}


@contextmanager
def _uncollected() -> Iterator[None]:
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _told(found: PriceImport) -> dict[str, Any]:
    return {
        "batchId": None if found.batch is None else found.batch.id,
        "changed": len(found.staged),
        "unchanged": found.unchanged,
        "refused": len(found.refused),
        "flagged": sum(bool(one.flags) for one in found.staged),
        "prices": [_price(one) for one in found.staged[:MOST_TOLD]],
        "refusedRows": [_row(one) for one in found.refused[:MOST_TOLD]],
    }


def _price(one: StagedPrice) -> dict[str, Any]:
    return {
        "skuCode": one.code,
        "priceList": one.price_list,
        "unit": one.change.unit,
        "before": _ladder(one.before),
        "after": _ladder(one.change.ladder),
        "percentage": one.percentage,
        "flags": [flag.value for flag in one.flags],
    }


def _ladder(ladder: Ladder) -> list[dict[str, str]]:
    return [_rung(rung) for rung in ladder.rungs]


def _rung(rung: Rung) -> dict[str, str]:
    priced = isinstance(rung.price, UnitPrice)
    amount = rung.price.amount if isinstance(rung.price, UnitPrice) else str(rung.price)
    return {"minQuantity": str(rung.min_quantity), "unitPrice" if priced else "percentage": amount}


def _row(one: RowRefused) -> dict[str, Any]:
    return {"line": one.line, "column": one.column, "reason": one.reason.value, "value": one.value[:200]}
