"""Home, the one query a client sends first: the product beside the floor, in one run.

python -m benchmarks.home [--database sqlite|postgres|both] [--postgres URL] [--seconds 5] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import orjson

from benchmarks._common import ROOT, Failed, House, Person, Served, database_options, kept, kinds
from benchmarks._floor import POOL, floor
from benchmarks._load import Job, request
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
    rounds,
    table,
    titled,
)

QUERY = (ROOT / "tests/kit/home.graphql").read_text()
VARIABLES = {"first": 50}


def main() -> int:
    options = _options()
    sizes = ("products", "skus", "customers", "orders", "lines")
    words = [word for size in sizes for word in (f"--{size}", str(getattr(options, size)))]
    name = f"p{options.products}x{options.skus}_c{options.customers}_o{options.orders}_l{options.lines}"
    print(f"{os.cpu_count()} processors, shared by the server, the database and the load generator\n")
    for kind in kinds(options):
        with kept(kind, name=name, cache=options.cache, seed=words, url=options.postgres) as house:
            house.log_level = options.log_level
            _run(kind, house, options)
    return 0


def _run(kind: str, house: House, options: argparse.Namespace) -> None:
    buyer = _with_orders(house)
    with house.served() as product, floor(house) as by_hand:
        servers = {"product": product, "floor": by_hand}
        _same(servers, buyer)

        def job(connections: int, served: Served) -> Job:
            return Job(
                port=served.port,
                requests=[request(buyer, QUERY, VARIABLES)],
                connections=connections,
                seconds=options.seconds,
                expect='"pageInfo":{"hasNextPage":',
            )

        many = rounds(
            house, servers, lambda _, served: job(options.connections, served), number=options.rounds
        )
        alone = rounds(house, servers, lambda _, served: job(1, served), number=options.rounds)
    print(f"Home on {kind}: {_sizes(house)}; one process, {POOL} connections to the database")
    print(f"{options.rounds} rounds of {options.seconds:g} s each, in turns; median (lowest – highest)\n")
    rows = [
        (titled(RATE, f"requests per second, {options.connections} connections"), many),
        (titled(P50, "p50 at one connection, ms"), alone),
        (titled(P99, "p99 at one connection, ms"), alone),
        (titled(P99, f"p99 at {options.connections} connections, ms"), many),
        (titled(STATEMENTS, "SQL statements per request"), alone),
        (BYTES, alone),
        (titled(CPU, "CPU of the server per request, ms"), many),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per request, ms"), many)] if house.on_postgres else []),
        (MEMORY, many),
        (OWN_MEMORY, many),
    ]
    print(table(rows), end="\n\n", flush=True)


def _with_orders(house: House) -> Person:
    """The VIP buyer whose company ordered most."""
    of_company = dict(house.rows("SELECT customer_id, count(*) FROM orders GROUP BY customer_id"))
    return max(house.buyers(tier="VIP"), key=lambda one: of_company.get(one.claims.customer_id, 0))


def _same(servers: dict[str, Served], buyer: Person) -> None:
    """See to it that both do the same work.

    :raises Failed: if their answers differ.
    """
    content = orjson.dumps({"query": QUERY, "variables": VARIABLES})
    headers = {**buyer.headers, "Content-Type": "application/json"}
    answers: list[Any] = []
    for served in servers.values():
        answer = httpx.post(f"{served.url}/graphql", content=content, headers=headers, timeout=60)
        answers.append(orjson.loads(answer.raise_for_status().content))
    if answers[0] != answers[1]:
        raise Failed("the floor's answer differs from the product's: " + _difference(*answers, at="answer"))


def _difference(one: Any, other: Any, *, at: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        key = next(key for key in one if one[key] != other[key])
        return _difference(one[key], other[key], at=f"{at}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        place = next(place for place in range(len(one)) if one[place] != other[place])
        return _difference(one[place], other[place], at=f"{at}[{place}]")
    return f"{at}: {str(one)[:500]} ≠ {str(other)[:500]}"


def _sizes(house: House) -> str:
    names = ("products", "skus", "prices", "warehouses", "orders", "order_lines")
    counts = house.rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in names))[0]
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in zip(names, counts, strict=True))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the Home query beside its floor.")
    database_options(parser)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--skus", type=int, default=2, help="of every product")
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--log-level", default="info", help="of the product; info is its default")
    cache = Path(tempfile.gettempdir()) / "dinghuo-bench"
    parser.add_argument("--cache", type=Path, default=cache, help="where seeded databases are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
