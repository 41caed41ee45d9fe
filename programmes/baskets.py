"""Overlapping baskets in any order from many clients at once: no deadlock, nor anything else, reaches a client.

python -m programmes.baskets [--database sqlite|postgres|both] [--orders 200] [--clients 20] [--seeds 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from random import Random

from benchmarks._common import House, Served
from benchmarks._shop import PLACE_ORDER, Shop

from programmes._crowd import Wish, counted, in_turns
from programmes._verdicts import Verdict, main, options


def options_of(parser: argparse.ArgumentParser) -> None:
    """How many order what."""
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--hot", type=int, default=30, help="the baskets are filled out of so many SKUs")


def baskets(
    house: House, servers: Sequence[Served], verdict: Verdict, given: argparse.Namespace, chance: Random
) -> None:
    """Order overlapping baskets from many clients at once."""
    shop = Shop.of(house, servers[0])
    shop.receive(shop.skus, units=100_000)
    buyers, hot = house.buyers(), chance.sample(shop.skus, given.hot)
    deadlocks = _deadlocks(house)
    wishes = [
        Wish(
            port=servers[at % len(servers)].port,
            token=chance.choice(buyers).token,
            query=PLACE_ORDER,
            variables={
                "input": {
                    "idempotencyKey": f"basket-{chance.getrandbits(64):x}-{at}",
                    "paymentMethod": "BANK_TRANSFER",
                    "lines": shop.basket(hot, given.lines, chance),
                }
            },
        )
        for at in range(given.orders)
    ]
    begun = time.perf_counter()
    told = [
        one
        for of_client in in_turns([wishes[at :: given.clients] for at in range(given.clients)])
        for one in of_client
    ]
    took = time.perf_counter() - begun
    verdict.expect(dict(counted(told)), {"ACCEPTED": given.orders}, about="answers")
    verdict.expect(_deadlocks(house) - deadlocks, 0, about="deadlocks the database saw")
    times = sorted(one.after_s for one in told)
    verdict.say(
        f"baskets: {given.orders} orders of {given.lines} lines over {given.hot} SKUs from {given.clients} clients:"
        f" {given.orders / took:,.0f} orders/s, p50 {times[len(times) // 2] * 1000:.0f} ms,"
        f" p99 {times[len(times) * 99 // 100] * 1000:.0f} ms"
    )


def _deadlocks(house: House) -> int:
    """How many deadlocks PostgreSQL has resolved in this database; SQLite has one writer and none."""
    if not house.on_postgres:
        return 0
    [(number,)] = house.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    found: int = number
    return found


if __name__ == "__main__":
    parser = options("Order overlapping baskets from many clients at once.")
    options_of(parser)
    sys.exit(main(parser.parse_args(), baskets))
