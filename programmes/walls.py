"""The walls between merchants, companies and roles: everybody tries everything that the schema has, on each adapter.

python -m programmes.walls [--database memory|sqlite|postgres|all] [--customers 1000] [--each 2] [--seed N]

The application is asked without a network between; PostgreSQL is found as the benchmarks find it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks._common import fresh

from adapters.persistence.memory import MemoryDatabase
from adapters.persistence.sql import SqlDatabase
from application.ports.database import Database
from kit import builders as a
from kit.walls.prices import ask_for_prices
from kit.walls.siege import besiege, open_walls
from programmes._verdicts import Verdict

KINDS = ("memory", "sqlite", "postgres")


@contextmanager
def empty(kind: str, *, postgres: str | None) -> Iterator[Database]:
    """An empty database of a kind."""
    if kind == "memory":
        yield MemoryDatabase()
        return
    with fresh(kind, url=postgres, log_level="warning") as house:
        database = SqlDatabase(house.database, clock=a.FixedClock(), sealing=house.sealing())
        database.migrate()
        yield database
        database.close()


async def walls(database: Database, verdict: Verdict) -> None:
    """Let everybody try everything."""
    async with open_walls(database) as found:
        callers = found.scene.callers
        await besiege(found, callers)
        findings = [*database.audit.findings()]
    for line in found.lines(callers):
        verdict.say(line)
    verdict.expect(len(found.leaks), 0, about="leaks")
    verdict.expect(found.missing(callers), [], about="never covered")
    verdict.expect(findings, [], about="what is stored")


def prices(customers: int, each: int, seed: int) -> Callable[[Database, Verdict], None]:
    """Let so many customers ask for their prices."""

    def trial(database: Database, verdict: Verdict) -> None:
        report = asyncio.run(ask_for_prices(database, customers=customers, each=each, seed=seed))
        verdict.say(report.line(customers))
        verdict.expect(report.wrong[:20], [], about="prices")

    return trial


def main() -> int:
    """Try every adapter that was asked for; 1 if there was a hole."""
    parser = argparse.ArgumentParser(description="Let everybody try to get at what is not theirs.")
    parser.add_argument("--database", choices=(*KINDS, "all"), default="all")
    parser.add_argument("--postgres", help="the URL of a PostgreSQL database, as the benchmarks take it")
    parser.add_argument("--customers", type=int, default=1_000, help="so many ask for their prices")
    parser.add_argument("--each", type=int, default=2, help="how often each of them asks")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="any by default")
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    # Where one field fails, graphql-core may leave the coroutines of those beside it without having awaited them.
    warnings.filterwarnings("ignore", message="coroutine .* was never awaited")
    verdict = Verdict()
    trials: tuple[Callable[[Database, Verdict], None], ...] = (
        lambda database, told: asyncio.run(walls(database, told)),
        prices(given.customers, given.each, given.seed),
    )
    for kind in KINDS if given.database == "all" else (given.database,):
        for trial in trials:
            begun = time.perf_counter()
            print(f"{kind}, seed {given.seed}", flush=True)
            with empty(kind, postgres=given.postgres) as database:
                trial(database, verdict)
            verdict.say(f"{time.perf_counter() - begun:.0f} s")
    lies = len(verdict.lies)
    print(f"{lies} lies" if lies else "no lie")
    return 1 if lies else 0


if __name__ == "__main__":
    sys.exit(main())
