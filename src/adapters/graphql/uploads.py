"""Files that staff send: a table of prices is staged, and what it would change is told as JSON."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from application.authorization import Actor
from application.importing import PriceImport, RowRefused, StagedPrice, Table, UnreadableTable
from application.use_cases import UseCases
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


def staged(
    service: Uploads,
    actor: Actor,
    octets: bytes,
    *,
    name: str,
    price_list: str | None,
    dry_run: bool,
    skip_refused: bool,
) -> dict[str, Any]:
    """Stage a file, in the thread of a verb.

    Rows and prices hold no cycles. Looking for some among so many would keep everybody waiting, so it is not done
    meanwhile.

    :raises UnreadableTable: if it is no table.
    :raises ColumnsNotUnderstood: if its header is wrong.
    :raises NotNow: if the database is busy.
    """
    with _uncollected():
        found = service.use.stage_prices(
            actor=actor,
            table=service.tables(octets),
            name=name,
            price_list=price_list,
            dry_run=dry_run,
            skip_refused=skip_refused,
        )
        return _told(found)


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
