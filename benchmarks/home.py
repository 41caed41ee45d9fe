"""Home, the one query a client sends first, beside its floors; and what else readers ask, in one run.

python -m benchmarks.home [--database sqlite|postgres|both] [--postgres URL] [--only ROW,…] [--seconds 5] [--rounds 3]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks._common import House, chosen, database_options, kept, kinds, machine
from benchmarks._floor import POOL
from benchmarks._growth import Sizes, growth, search
from benchmarks._home_rows import home, mix, names, statements, wall
from benchmarks._lists import lists
from benchmarks._memory import memory
from benchmarks._verdicts import Verdict, verdicts

ROWS: Mapping[str, Callable[[House, Namespace], tuple[list[Verdict], str]]] = {
    "home": home,
    "mix": mix,
    "statements": statements,
    "names": names,
    "wall": wall,
    "lists": lists,
    "growth": growth,
    "search": search,
    "memory": memory,
}


def main() -> int:
    options = _options()
    sizes = Sizes(
        products=options.products,
        skus=options.skus,
        customers=options.customers,
        orders=options.orders,
        lines=options.lines,
    )
    print(machine(), end="\n\n")
    for kind in kinds(options):
        with kept(
            kind, name=sizes.name, cache=options.cache, seed=sizes.words, url=options.postgres
        ) as house:
            house.log_level = options.log_level
            _run(kind, house, options)
    return 0


def _run(kind: str, house: House, options: Namespace) -> None:
    found: list[Verdict] = []
    details: list[str] = []
    for name in options.only:
        print(f"{kind}: {name}", file=sys.stderr, flush=True)
        rows, detail = ROWS[name](house, options)
        found += rows
        details += [detail] if detail else []
    print(f"### {kind}\n\n{_sizes(house)}; one process, {POOL} connections to the database; ", end="")
    print(f"{options.rounds} rounds of {options.seconds:g} s each, in turns, medians\n")
    print("\n\n".join([verdicts(found), *details]), end="\n\n", flush=True)


def _sizes(house: House) -> str:
    names = ("products", "skus", "prices", "warehouses", "orders", "order_lines")
    counts = house.rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in names))[0]
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in zip(names, counts, strict=True))


def _options() -> Namespace:
    parser = argparse.ArgumentParser(description="Measure what readers ask, beside its floors.")
    database_options(parser)
    parser.add_argument(
        "--only", type=chosen(ROWS), default=list(ROWS), metavar="ROW,…", help=", ".join(ROWS)
    )
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--skus", type=int, default=2, help="of every product")
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mix", type=int, default=2_000, help="so many different Homes")
    parser.add_argument("--requests", type=int, default=50_000, help="of the row memory")
    parser.add_argument(
        "--growth", action="store_true", help="seed the large installations, which takes long"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-level", default="info", help="of the product; info is its default")
    cache = Path(tempfile.gettempdir()) / "dinghuo-bench"
    parser.add_argument("--cache", type=Path, default=cache, help="where seeded databases are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
