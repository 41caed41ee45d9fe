"""An import of very many prices while orders are placed: how long it takes, and how long anybody waits for it.

python -m programmes.pricing [--database sqlite|postgres|all] [--prices 20000]

PostgreSQL is found as the benchmarks find it. Orders are placed one after the other in a thread of their own,
first alone and then while the prices are read from a workbook, compared, staged and published.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from benchmarks._common import fresh

from adapters.files.sheets import write_sheet
from adapters.graphql.uploads import PRICES
from adapters.persistence.sql import SqlDatabase
from adapters.system import SystemClock
from application.importing import Table
from application.retrying import retrying
from application.use_cases import UseCases
from dinghuo.asgi import get_ready
from dinghuo.tables import table_of
from domain.catalog import Sku
from domain.identity import PriceBatchId, SkuCode
from domain.pricing import PriceChange
from kit import builders as a
from kit.world import World, furnish, store
from programmes._verdicts import Verdict

WITHIN_S, LONGEST_WAIT_S = 15.0, 0.2
PER_PRODUCT = 100
ORDERS_ALONE = 100


@attrs.frozen
class Uploads:
    """What reading and staging a file needs."""

    use: UseCases
    tables: Callable[[bytes], Table]


@attrs.define
class Waits:
    """How long each order took."""

    seconds: list[float] = attrs.field(factory=list)

    @property
    def longest(self) -> float:
        """The longest."""
        return max(self.seconds, default=0.0)

    def line(self, when: str) -> str:
        """Say it in figures."""
        middle = sorted(self.seconds)[len(self.seconds) // 2] if self.seconds else 0.0
        return (
            f"{len(self.seconds)} orders {when}: median {middle * 1000:.0f} ms,"
            f" longest {self.longest * 1000:.0f} ms"
        )


@contextmanager
def _house(kind: str, postgres: str | None) -> Iterator[tuple[World, Callable[[], None]]]:
    """A shop, and how its database learns what is in its tables, as it does by itself in the course of a day."""
    with fresh(kind, url=postgres, log_level="warning") as house:
        database = SqlDatabase(house.database, clock=SystemClock(), sealing=house.sealing())
        database.migrate()
        yield furnish(database), house.settle
        database.close()


def _goods(world: World, prices: int) -> list[str]:
    """So many SKUs, each with a price."""
    ids, codes = world.ids, []
    for at in range(0, prices, PER_PRODUCT):
        skus = [a.sku(ids, code=f"I{at + each:06}") for each in range(min(PER_PRODUCT, prices - at))]
        codes += [str(sku.code) for sku in skus]
        base = world.shop.lists["base"].id
        changes = [PriceChange(base, sku.id, a.ladder((1, 5))) for sku in skus]
        store(world.database, world.shop, [a.product(ids, name=f"货 {at}", skus=skus)], changes)
    return codes


def _stocked(world: World, code: str) -> Sku:
    """One of them, as many as anybody orders."""
    with world.database.unit_of_work.reading(world.shop.clerk) as storage:
        [listing] = storage.products.listings(codes=[SkuCode(code)])
    item = a.stock_item(listing.sku, world.shop.warehouses["main"], on_hand=10**7)
    store(world.database, world.shop, [item])
    return listing.sku


def _orders(world: World, sku: Sku, until: Callable[[], bool], waits: Waits) -> None:
    """Place one order after the other, each of another key."""
    number = 0
    buyer = world.shop.buyer()
    place = retrying(world.use.place_order)
    while not until():
        number += 1
        began = time.perf_counter()
        place(
            actor=buyer,
            key=a.key(f"{id(waits)}-{number}"),
            basket=a.basket((sku, 1)),
            wishes=a.wishes(),
        )
        waits.seconds.append(time.perf_counter() - began)
        time.sleep(0.005)


def measure(world: World, prices: int, verdict: Verdict, *, settle: Callable[[], None]) -> None:
    """Import so many prices while orders are placed."""
    codes = _goods(world, prices)
    alone, beside = Waits(), Waits()
    sku = _stocked(world, codes[0])
    settle()
    get_ready()
    _orders(world, sku, lambda: len(alone.seconds) >= ORDERS_ALONE, alone)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.xlsx"
        write_sheet(path, ("货号", "价格"), [(code, "6.50") for code in codes])
        content = path.read_bytes()
    over = threading.Event()
    ordering = threading.Thread(target=_orders, args=(world, sku, over.is_set, beside))
    ordering.start()
    began = time.perf_counter()
    try:
        house, clerk = Uploads(world.use, table_of), world.shop.clerk
        found = PRICES(house, clerk, content, {"name": "prices.xlsx"})
        told = time.perf_counter()
        world.use.publish_price_batch(actor=world.shop.clerk, batch_id=PriceBatchId(found["batchId"]))
        published = time.perf_counter()
    finally:
        over.set()
        ordering.join()
    verdict.say(
        f"{found['changed']} prices staged in {told - began:.1f} s,"
        f" published in {(published - told) * 1000:.0f} ms"
    )
    verdict.say(alone.line("alone"))
    verdict.say(beside.line("beside the import"))
    verdict.expect(found["changed"], prices, about="staged prices")
    verdict.expect(published - began < WITHIN_S, True, about=f"imported within {WITHIN_S:.0f} s")
    verdict.expect(beside.longest < LONGEST_WAIT_S, True, about="no order waited more than 200 ms")


def main(arguments: list[str] | None = None) -> int:
    """Measure on each database that is asked for; 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "all"), default="all")
    parser.add_argument("--postgres")
    parser.add_argument("--prices", type=int, default=20_000)
    asked = parser.parse_args(arguments)
    verdict = Verdict()
    for kind in ("sqlite", "postgres") if asked.database == "all" else (asked.database,):
        verdict.say(kind)
        with _house(kind, asked.postgres) as (world, settle):
            measure(world, asked.prices, verdict, settle=settle)
    lies = len(verdict.lies)
    print(f"{lies} lies" if lies else "no lie")
    return 1 if lies else 0


if __name__ == "__main__":
    sys.exit(main())
