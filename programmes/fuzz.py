"""The whole schema under fire, over real connections: every field, argument and value, then chance.

python -m programmes.fuzz [--database sqlite|postgres|both] [--operations 20000] [--seed N]

A request that fails is printed as a command line that sends it again.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from datetime import timedelta

import httpx
from benchmarks._common import House, Served, database_options
from graphql import GraphQLSchema

from adapters.graphql.schema import schema
from adapters.persistence.sql import SqlDatabase
from adapters.system import SystemClock
from application.authorization import Actor
from kit import builders as a
from kit.fuzz import Door, Place, Report, furnish_marked, run
from programmes._verdicts import Verdict, everywhere

BUILT: GraphQLSchema = schema._schema


def fuzz(house: House, verdict: Verdict, *, seed: int, operations: int) -> None:
    """Fill an installation, serve it, and send whatever chance finds."""
    database = SqlDatabase(house.database, clock=SystemClock(), sealing=house.sealing())
    database.migrate()
    place = furnish_marked(database)
    database.close()
    with house.served() as served:
        begun = time.perf_counter()
        report = asyncio.run(_send(house, served, place, seed, operations))
        took = time.perf_counter() - begun
    for line in report.lines():
        verdict.say(line)
    verdict.say(f"{report.sent / took:,.0f} operations/s")
    verdict.expect(len(report.failures), 0, about="operations that failed")
    verdict.expect(report.coverage.missing(), [], about="never touched")
    verdict.holds(house)


async def _send(house: House, served: Served, place: Place, seed: int, operations: int) -> Report:
    tokens: dict[str, str] = {}

    def token(actor: Actor) -> str:
        if actor.name not in tokens:
            until = SystemClock().now() + timedelta(days=1)
            tokens[actor.name] = house.tokens.issue(a.claims(actor), until=until)
        return tokens[actor.name]

    async with httpx.AsyncClient(timeout=60) as http:
        door = Door(name="the server", http=http, url=f"{served.url}/graphql", token=token)
        return await run(BUILT, place, [door], seed=seed, number=operations)


def main() -> int:
    """Try every database that was asked for; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(
        description="Send whatever the schema lets one ask, and what it does not."
    )
    database_options(parser)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="any by default")
    given = parser.parse_args()

    def trial(kind: str, house: House, verdict: Verdict) -> None:
        print(f"{kind}, seed {given.seed}", flush=True)
        fuzz(house, verdict, seed=given.seed, operations=given.operations)

    return everywhere(given, trial)


if __name__ == "__main__":
    sys.exit(main())
