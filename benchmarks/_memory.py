"""What a worker holds of memory while it answers whatever comes."""

from __future__ import annotations

import secrets
from argparse import Namespace
from collections.abc import Sequence
from random import Random
from statistics import linear_regression

from benchmarks._asking import HISTORY, HOME, NAMES, SEARCH, SKU, cursors, garbage, texts
from benchmarks._common import Failed, House, Served, fresh
from benchmarks._load import KEY, Job, request, run
from benchmarks._shop import PLACE_ORDER, Shop
from benchmarks._verdicts import Verdict

EACH = 5_000
"""After so many requests it is looked at."""
SETTLED = 10_000
"""What it holds after so many is what it may hold for good."""
MOST_MB = 150.0
FLAT = 1.05
_SHARES = {"home": 20, "names": 15, "sku": 20, "search": 15, "history": 15, "order": 10, "garbage": 5}
_REQUESTS = 2_000
_Asked = tuple[str, tuple[str, str]]
"""A kind, and a request of it."""


def memory(house: House, options: Namespace) -> tuple[list[Verdict], str]:
    """Send mixed requests to a worker of its own, over a database of its own, and look at it now and then."""
    kind = "postgres" if house.on_postgres else "sqlite"
    samples: list[tuple[int, float, float]] = []
    with fresh(kind, url=options.postgres, log_level=options.log_level) as own:
        own.run("seed", "--products", "2000", "--skus", "2", "--customers", "60", "--orders", "1000")
        own.settle()
        with own.served() as served:
            samples.append((0, *served.memory_mb()))
            mixed = _mixed(own, served, Random(options.seed))
            sent = 0
            while sent < options.requests:
                number = min(EACH, options.requests - sent)
                sent += _send(served, mixed, number, options.connections)
                samples.append((sent, *served.memory_mb()))
        own.run("verify")
    return _judged(samples), _shown(samples)


def _mixed(house: House, served: Served, chance: Random) -> list[_Asked]:
    shop, buyers, pages = Shop.of(house, served), house.buyers(), cursors(house)
    shop.receive(shop.skus, units=1_000_000)
    codes = [code for (code,) in house.rows("SELECT code FROM skus ORDER BY code")]
    words = [text for of_kind in texts(house, number=100, chance=chance).values() for text in of_kind]

    def one(kind: str) -> tuple[str, str]:
        buyer = chance.choice(buyers)
        if kind == "home":
            return request(buyer, HOME, {"first": chance.choice((20, 50)), "after": chance.choice(pages)})
        if kind == "names":
            return request(buyer, NAMES, {})
        if kind == "sku":
            return request(buyer, SKU, {"code": chance.choice(codes)})
        if kind == "search":
            return request(buyer, SEARCH, {"text": chance.choice(words)})
        if kind == "history":
            return request(buyer, HISTORY, {})
        if kind == "order":
            lines = shop.basket(shop.skus, 20, chance)
            given = {"idempotencyKey": KEY, "paymentMethod": "BANK_TRANSFER", "lines": lines}
            return request(buyer, PLACE_ORDER, {"input": given})
        return chance.choice(garbage(buyer))

    kinds = chance.choices(list(_SHARES), weights=list(_SHARES.values()), k=_REQUESTS)
    return [(kind, one(kind)) for kind in kinds]


def _send(served: Served, mixed: Sequence[_Asked], number: int, connections: int) -> int:
    asked = [request for _, request in mixed]
    result = run(
        Job(
            port=served.port,
            requests=asked,
            connections=connections,
            seconds=0,
            warm_up_s=0,
            number=number,
            key_prefix=secrets.token_hex(8),
            statuses=[200, 400, 401, 413],
        )
    )
    if result.wrong:
        raise Failed(f"{result.wrong} of {result.sent} answers were wrong; the first:\n{result.first_wrong}")
    of_garbage = sum(mixed[turn % len(mixed)][0] == "garbage" for turn in range(number))
    if result.refused != of_garbage:
        raise Failed(
            f"{result.refused} of {result.sent} answers carry errors, and not the {of_garbage} that should"
        )
    return result.sent


def _judged(samples: Sequence[tuple[int, float, float]]) -> list[Verdict]:
    sent = samples[-1][0]
    found = []
    for place, what in ((1, "in total"), (2, "not mapped from files")):
        settled = [(one[0], one[place]) for one in samples if one[0] >= min(SETTLED, sent)]
        slope = linear_regression(*zip(*settled, strict=True)).slope * 10_000 if len(settled) > 1 else 0.0
        first, last = settled[0][1], settled[-1][1]
        after = f"{first:.0f} after {settled[0][0]:,}; {slope:+.1f} in 10,000"
        work = f"memory of a worker after {sent:,} mixed requests, {what}, MB"
        found.append(Verdict.figure(work, last, most=MOST_MB, beside=after))
        if len(settled) > 1:
            work = f"the same beside what it was after {settled[0][0]:,}"
            found.append(Verdict.ratio_of(work, last, first, most=FLAT))
    return found


def _shown(samples: Sequence[tuple[int, float, float]]) -> str:
    lines = [
        "Memory of a worker\n",
        "| after requests | in total, MB | not mapped from files, MB |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*lines, *(f"| {sent:,} | {total:.0f} | {own:.0f} |" for sent, total, own in samples)])
