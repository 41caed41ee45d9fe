"""placeOrder with 20 lines: the product beside the floor, in one run, at 1, 8 and 32 buyers.

python -m benchmarks.orders [--database sqlite|postgres|both] [--postgres URL] [--seconds 5] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import httpx
import orjson

from benchmarks._common import Failed, House, Person, Served, database_options, fresh, kinds
from benchmarks._floor import POOL, floor
from benchmarks._load import KEY, Job, request
from benchmarks._rounds import (
    BYTES,
    CPU,
    DATABASE_CPU,
    MEMORY,
    OWN_MEMORY,
    P50,
    P99,
    RATE,
    STATEMENTS,
    Measured,
    rounds,
    table,
    titled,
)
from benchmarks._shop import PLACE_ORDER, Shop

CROWDS = (1, 8, 32)
BASKETS = 512


def main() -> int:
    options = _options()
    print(f"{os.cpu_count()} processors, shared by the server, the database and the load generator")
    print(f"seed of the baskets: {options.seed}\n")
    for kind in kinds(options):
        with fresh(kind, url=options.postgres, log_level=options.log_level) as house:
            sizes = ("products", "customers", "orders")
            house.run(
                "seed", *(word for size in sizes for word in (f"--{size}", str(getattr(options, size))))
            )
            _run(kind, house, options)
            house.run("verify")
            print("verify: everything holds\n")
    return 0


def _run(kind: str, house: House, options: argparse.Namespace) -> None:
    chance = Random(options.seed)
    with house.served() as product, floor(house) as by_hand:
        shop = Shop.of(house, product)
        skus = shop.skus[: options.skus]
        shop.receive(skus, units=1_000_000)
        house.settle()
        buyers = house.buyers()
        servers = {"product": product, "floor": by_hand}
        _same(house, servers, buyers[0], shop.basket(skus, options.lines, chance))
        requests = [
            request(buyers[at % len(buyers)], PLACE_ORDER, _input(shop.basket(skus, options.lines, chance)))
            for at in range(BASKETS)
        ]

        def job(crowd: int, served: Served) -> Job:
            return Job(
                port=served.port,
                requests=requests,
                connections=crowd,
                seconds=options.seconds,
                key_prefix=secrets.token_hex(8),
                expect='"errors":[]',
            )

        found: dict[int, Mapping[str, Sequence[Measured]]] = {}
        for crowd in CROWDS:

            def of_crowd(_: str, served: Served, crowd: int = crowd) -> Job:
                return job(crowd, served)

            found[crowd] = rounds(house, servers, of_crowd, number=options.rounds)
    print(
        f"placeOrder of {options.lines} different SKUs out of {len(skus):,} on {kind}; one process, {POOL} connections"
    )
    print(f"{options.rounds} rounds of {options.seconds:g} s each, in turns; median (lowest – highest)\n")
    rows = []
    for crowd, measured in found.items():
        who = "1 buyer" if crowd == 1 else f"{crowd} buyers"
        rows += [
            (titled(RATE, f"orders per second, {who}"), measured),
            (titled(P50, f"p50, {who}, ms"), measured),
            (titled(P99, f"p99, {who}, ms"), measured),
        ]
    most = found[CROWDS[-1]]
    rows += [
        (titled(STATEMENTS, "SQL statements per order"), found[1]),
        (BYTES, most),
        (titled(CPU, f"CPU of the server per order, {CROWDS[-1]} buyers, ms"), most),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per order, ms"), most)] if house.on_postgres else []),
        (MEMORY, most),
        (OWN_MEMORY, most),
    ]
    print(table(rows), end="\n\n", flush=True)


def _input(lines: Sequence[Mapping[str, str]], *, key: str = KEY) -> dict[str, Any]:
    return {"input": {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": list(lines)}}


def _same(
    house: House, servers: Mapping[str, Served], buyer: Person, lines: Sequence[Mapping[str, str]]
) -> None:
    """See to it that both store the same order.

    :raises Failed: if what they answer or store differs.
    """
    seen = []
    for served in servers.values():
        body = {"query": PLACE_ORDER, "variables": _input(lines, key=secrets.token_hex(8))}
        answer = httpx.post(
            f"{served.url}/graphql",
            content=orjson.dumps(body),
            headers={**buyer.headers, "Content-Type": "application/json"},
        )
        order = orjson.loads(answer.raise_for_status().content)["data"]["placeOrder"]["order"]
        id = order.pop("id")
        number = order.pop("number")
        stored = [
            house.rows(
                "SELECT line, sku_id, product_id, sku_code, sku_name, unit_code, unit_name, quantity, base_quantity,"
                f" unit_price, list_price, price_source, total FROM order_lines WHERE order_id = '{id}' ORDER BY line"
            ),
            house.rows(
                "SELECT line, sku_id, warehouse_id, quantity, state FROM reservations"
                f" WHERE order_id = '{id}' ORDER BY line, warehouse_id"
            ),
            house.rows(
                "SELECT customer_id, buyer_id, currency, total, line_count, status, payment_status, fulfillment_status,"
                f" payment_method, address, version FROM orders WHERE id = '{id}'"
            ),
            house.rows(f"SELECT sequence, kind, told_at FROM outbox WHERE aggregate_id = '{id}'"),
            house.rows(f"SELECT actor, operation, refusal FROM answers WHERE result = '{id}'"),
        ]
        seen.append((order, number[:2], len(number), stored))
    if seen[0] != seen[1]:
        raise Failed(f"the floor's order differs from the product's:\n{seen[0]}\n{seen[1]}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure placeOrder beside its floor.")
    database_options(parser)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--orders", type=int, default=1_000, help="so many are there before")
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--skus", type=int, default=4_000, help="out of so many the baskets are filled")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-level", default="info", help="of the product; info is its default")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
