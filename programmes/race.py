"""A race for the last pieces: exactly as many orders as there are pieces, and everybody else hears why not.

python -m programmes.race [--database sqlite|postgres|both] [--buyers 1000] [--pieces 100] [--seeds 1]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from random import Random

from benchmarks._common import House, Served
from benchmarks._shop import PLACE_ORDER, Article, Shop

from programmes._crowd import Told, Wish, counted, together
from programmes._verdicts import Verdict, main, options


def options_of(parser: argparse.ArgumentParser) -> None:
    """How large the race is."""
    parser.add_argument("--buyers", type=int, default=1_000)
    parser.add_argument("--pieces", type=int, default=100)


def race(
    house: House, servers: Sequence[Served], verdict: Verdict, given: argparse.Namespace, chance: Random
) -> None:
    """Let buyers race for the last pieces."""
    shop = Shop.of(house, servers[0])
    sku = chance.choice([one for one in shop.skus if one.minimum == 1000 and one.step == 1000])
    shop.leave(house, sku, pieces=given.pieces)
    buyers = house.buyers()
    chance.shuffle(buyers)
    wishes = [
        Wish(
            port=servers[at % len(servers)].port,
            token=buyers[at % len(buyers)].token,
            query=PLACE_ORDER,
            variables={
                "input": {
                    "idempotencyKey": f"race-{chance.getrandbits(64):x}-{at}",
                    "paymentMethod": "BANK_TRANSFER",
                    "lines": [{"skuId": sku.id, "quantity": "1"}],
                }
            },
        )
        for at in range(given.buyers)
    ]
    orders = _orders_of(house, sku)
    told = together(wishes)
    accepted = min(given.buyers, given.pieces)
    wanted = {"ACCEPTED": accepted, "INSUFFICIENT_STOCK": given.buyers - accepted}
    verdict.expect(dict(counted(told)), {word: n for word, n in wanted.items() if n}, about="answers")
    for one in told:
        _names_the_stock(one, sku, verdict)
    verdict.expect(_orders_of(house, sku) - orders, accepted, about="orders stored")
    for served in servers:
        left = Shop.of(house, served).available(sku)
        verdict.expect(left, str(given.pieces - accepted), about="available afterwards")
    last = max(one.after_s for one in told)
    verdict.say(
        f"race: {counted(told)['ACCEPTED']} of {given.buyers} got one; all answered in {last:.2f} s,"
        f" {len(told) / last:,.0f} answers/s"
    )


def _names_the_stock(told: Told, sku: Article, verdict: Verdict) -> None:
    """A refusal says of what there is too little, and how little."""
    placed = told.field("placeOrder")
    if not isinstance(placed, dict) or placed["order"] is not None:
        return
    facts = [
        {name: one.get(name) for name in ("__typename", "available", "requested", "sku")}
        for one in placed["errors"]
    ]
    wanted = {"__typename": "InsufficientStock", "available": "0", "requested": "1", "sku": {"id": sku.id}}
    if facts != [wanted]:
        verdict.expect(facts, [wanted], about="a refusal")


def _orders_of(house: House, sku: Article) -> int:
    [(number,)] = house.rows(f"SELECT count(*) FROM order_lines WHERE sku_id = '{sku.id}'")
    found: int = number
    return found


if __name__ == "__main__":
    parser = options("Let buyers race for the last pieces.")
    options_of(parser)
    sys.exit(main(parser.parse_args(), race))
