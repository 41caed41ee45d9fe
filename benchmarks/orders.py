"""placeOrder with 20 lines: the product beside the floor, in one run, at 1, 8 and 32 buyers, and at their own pace; and
a quote of 100 lines with promotions.

python -m benchmarks.orders [--database sqlite|postgres|both] [--postgres URL] [--only ROW,…] [--seconds 5] [--rounds 3]
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import httpx
import orjson

from benchmarks._common import Failed, House, Person, Served, chosen, database_options, fresh, kinds, machine
from benchmarks._floor import POOL, floor
from benchmarks._load import KEY, Job, request
from benchmarks._quotes import quotes
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
    Row,
    middle,
    rounds,
    table,
    titled,
)
from benchmarks._shop import PLACE_ORDER, Shop
from benchmarks._verdicts import Verdict, verdicts

CROWDS = (1, 8, 32)
BASKETS = 512
MOST_STATEMENTS = 12
LEAST_RATE = 0.5
MOST_TIMES_SLOWER = 5
PRODUCT, FLOOR = "product", "floor"
QUOTE = "quote"
ROWS = ("closed", "paced", QUOTE)
Found = Mapping[str, Sequence[Measured]]


def main() -> int:
    options = _options()
    print(f"{machine()}; seed of the baskets: {options.seed}\n")
    for kind in kinds(options):
        with fresh(kind, url=options.postgres, log_level=options.log_level) as house:
            sizes = ("products", "customers", "orders")
            house.run(
                "seed",
                # Of a merchant with so many SKUs each there are no promotions or rules of quantity.
                *("--skus", "2"),
                *(word for size in sizes for word in (f"--{size}", str(getattr(options, size)))),
            )
            _run(kind, house, options)
            house.run("verify")
            print("verify: everything holds\n")
    return 0


def _run(kind: str, house: House, options: argparse.Namespace) -> None:
    chance = Random(options.seed)
    if options.only == [QUOTE]:
        quotes(house, options)
        return
    with house.served() as product, floor(house) as by_hand:
        shop = Shop.of(house, product)
        skus = shop.skus[: options.skus]
        shop.receive(skus, units=1_000_000)
        house.settle()
        buyers = house.buyers()
        servers = {PRODUCT: product, FLOOR: by_hand}
        _same(house, servers, buyers[0], shop.basket(skus, options.lines, chance))
        requests = [
            request(buyers[at % len(buyers)], PLACE_ORDER, _input(shop.basket(skus, options.lines, chance)))
            for at in range(BASKETS)
        ]

        def job(crowd: int, served: Served, *, every_s: float = 0.0) -> Job:
            return Job(
                port=served.port,
                requests=requests,
                connections=crowd,
                seconds=options.paced_seconds if every_s else options.seconds,
                key_prefix=secrets.token_hex(8),
                expect='"errors":[]',
                every_s=every_s,
            )

        # One buyer alone is what every crowd is compared with.
        crowds = CROWDS if "closed" in options.only else CROWDS[:1]
        closed: dict[int, Found] = {}
        for crowd in crowds:

            def of_crowd(_: str, served: Served, crowd: int = crowd) -> Job:
                return job(crowd, served)

            closed[crowd] = rounds(house, servers, of_crowd, number=options.rounds)
        paced: Found = {}
        if "paced" in options.only:
            paced = rounds(
                house, servers, lambda _, one: job(CROWDS[-1], one, every_s=1.0), number=options.rounds
            )
    print(
        f"### {kind}\n\nplaceOrder of {options.lines} different SKUs out of {len(skus):,}; one process, ",
        end="",
    )
    print(f"{POOL} connections; {options.rounds} rounds of {options.seconds:g} s each ", end="")
    print(f"({options.paced_seconds:g} s where buyers keep their own pace), in turns, medians\n")
    print(verdicts(_judged(closed, paced, asked=house.on_postgres)), end="\n\n")
    print(table(_rows(house, closed, paced)), end="\n\n", flush=True)
    if QUOTE in options.only:
        quotes(house, options)


def _judged(closed: Mapping[int, Found], paced: Found, *, asked: bool) -> list[Verdict]:
    """What was reached of what is asked, which is so of PostgreSQL only."""
    statements, least = (MOST_STATEMENTS, LEAST_RATE) if asked else (None, None)
    found = [
        Verdict.figure(
            "placeOrder, statements",
            middle(STATEMENTS, closed[1][PRODUCT]),
            most=statements,
            beside=f"floor {middle(STATEMENTS, closed[1][FLOOR]):.1f}",
        )
    ]
    for crowd, measured in closed.items():
        rates = (middle(RATE, measured[name]) for name in (PRODUCT, FLOOR))
        found.append(Verdict.ratio_of(f"orders per second, {_who(crowd)}", *rates, least=least))
    last = CROWDS[-1]
    ways = {"one after the other": closed.get(last, {}), "each once a second": paced}
    for way, measured in ways.items():
        for name, most in ((PRODUCT, MOST_TIMES_SLOWER if asked else None), (FLOOR, None)):
            if measured:
                found.append(
                    Verdict.ratio_of(
                        f"{name}: p99, {_who(last)}, {way}, ms, beside the p50 of one",
                        middle(P99, measured[name]),
                        middle(P50, closed[1][name]),
                        most=most,
                    )
                )
    return found


def _rows(house: House, closed: Mapping[int, Found], paced: Found) -> list[tuple[Row, Found]]:
    rows: list[tuple[Row, Found]] = []
    for crowd, measured in closed.items():
        rows += [
            (titled(RATE, f"orders per second, {_who(crowd)}"), measured),
            (titled(P50, f"p50, {_who(crowd)}, ms"), measured),
            (titled(P99, f"p99, {_who(crowd)}, ms"), measured),
        ]
    if paced:
        who = f"{_who(CROWDS[-1])}, each once a second"
        rows += [(titled(P50, f"p50, {who}, ms"), paced), (titled(P99, f"p99, {who}, ms"), paced)]
    most = closed[max(closed)]
    rows += [
        (titled(STATEMENTS, "SQL statements per order"), closed[1]),
        (BYTES, most),
        (titled(CPU, f"CPU of the server per order, {_who(max(closed))}, ms"), most),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per order, ms"), most)] if house.on_postgres else []),
        (MEMORY, most),
        (OWN_MEMORY, most),
    ]
    return rows


def _who(crowd: int) -> str:
    return "1 buyer" if crowd == 1 else f"{crowd} buyers"


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
    parser.add_argument(
        "--only", type=chosen(ROWS), default=list(ROWS), metavar="ROW,…", help=", ".join(ROWS)
    )
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--orders", type=int, default=1_000, help="so many are there before")
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--skus", type=int, default=4_000, help="out of so many the baskets are filled")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--paced-seconds", type=float, default=20.0, help="where buyers keep their own pace")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-level", default="info", help="of the product; info is its default")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
