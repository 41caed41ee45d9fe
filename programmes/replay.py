"""The same key again and again: one order and equal answers, and no other basket under it.

python -m programmes.replay [--database sqlite|postgres|both] [--keys 500] [--replays 10] [--seeds 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from random import Random

from benchmarks._common import House, Person, Served
from benchmarks._shop import PLACE_ORDER, Shop

from programmes._crowd import Told, Wish, counted, together, verdict
from programmes._verdicts import Verdict, main, options

KEYS_AT_ONCE = 20
LINES = 3


def options_of(parser: argparse.ArgumentParser) -> None:
    """How often what is sent."""
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--replays", type=int, default=10)


def replay(
    house: House, servers: Sequence[Served], verdict: Verdict, given: argparse.Namespace, chance: Random
) -> None:
    """Send the same orders again and again, to all servers."""
    shop = Shop.of(house, servers[0])
    shop.receive(shop.skus, units=100_000)
    buyers, begun = house.buyers(), time.perf_counter()
    orders = _count(house)
    ids: set[str] = set()
    for first in range(0, given.keys, KEYS_AT_ONCE):
        keys = [
            f"again-{chance.getrandbits(64):x}-{at}"
            for at in range(first, min(first + KEYS_AT_ONCE, given.keys))
        ]
        who = [chance.choice(buyers) for _ in keys]
        baskets = [shop.basket(shop.skus, LINES, chance) for _ in keys]
        wishes = [
            _wish(servers[turn % len(servers)], buyer, key, lines)
            for key, buyer, lines in zip(keys, who, baskets, strict=True)
            for turn in range(given.replays)
        ]
        order = chance.sample(range(len(wishes)), len(wishes))
        told = dict(zip(order, together([wishes[at] for at in order]), strict=True))
        for at, key in enumerate(keys):
            of_key = [told[at * given.replays + one] for one in range(given.replays)]
            ids |= _one_order(of_key, key, verdict)
        others = [_other(lines) for lines in baskets]
        # The same keys, other lines:
        changed = together([_wish(servers[0], *one) for one in zip(who, keys, others, strict=True)])
        verdict.expect(dict(counted(changed)), {"IDEMPOTENCY_KEY_REUSED": len(keys)}, about="other lines")
    verdict.expect(len(ids), given.keys, about="different orders answered")
    verdict.expect(_count(house) - orders, given.keys, about="orders stored")
    took = time.perf_counter() - begun
    sent = given.keys * (given.replays + 1)
    verdict.say(
        f"replay: {given.keys} keys sent {given.replays} times at once are {len(ids)} orders;"
        f" {given.keys} changed baskets refused; {sent / took:,.0f} answers/s"
    )


def _wish(served: Served, buyer: Person, key: str, lines: Sequence[dict[str, str]]) -> Wish:
    asked = {"idempotencyKey": key, "paymentMethod": "CASH_ON_DELIVERY", "lines": list(lines)}
    return Wish(port=served.port, token=buyer.token, query=PLACE_ORDER, variables={"input": asked})


def _other(lines: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same goods, but one line of them less."""
    return list(lines[1:])


def _one_order(told: Sequence[Told], key: str, noted: Verdict) -> set[str]:
    """All answers are the same order."""
    contents = [one.content for one in told]
    if any(verdict(one) != "ACCEPTED" for one in told) or any(one != contents[0] for one in contents):
        noted.expect(sorted({str(one)[:300] for one in contents}), "one order", about=f"answers to {key}")
        return set()
    return {told[0].field("placeOrder")["order"]["id"]}


def _count(house: House) -> int:
    [(number,)] = house.rows("SELECT count(*) FROM orders")
    found: int = number
    return found


if __name__ == "__main__":
    parser = options("Send the same orders again and again.")
    options_of(parser)
    sys.exit(main(parser.parse_args(), replay))
