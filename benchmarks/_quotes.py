"""A quote of 100 lines with 20 promotions on offer, for a customer with a contract, a price list and a tier."""

from __future__ import annotations

import argparse
from random import Random
from typing import Any

from benchmarks._common import Failed, House, Served
from benchmarks._load import Job, request
from benchmarks._rounds import BYTES, CPU, DATABASE_CPU, P50, P99, STATEMENTS, middle, rounds, table, titled
from benchmarks._shop import Shop
from benchmarks._verdicts import Verdict, verdicts

LINES = 100
PROMOTIONS = 20
MOST_MS = 15
MOST_STATEMENTS = 6
_CREATE = """
mutation Create($input: CreatePromotionInput!) {
  createPromotion(input: $input) { promotion { id } errors { __typename ... on UserError { message path } } }
}
"""
_QUOTE = """
query Quote($input: QuoteInput!) {
  quote(input: $input) {
    total { amount }
    lines { line total { amount } discount { amount } net { amount } problems { code } }
    applied { promotion { name } discount { amount } gifts { quantity value { amount } } }
    rejected { promotion { name } reason }
    nearMiss { promotion { name } gap { amount { amount } quantity } }
    problems { code }
  }
}
"""


def quotes(house: House, options: argparse.Namespace) -> None:
    """Measure it, one after the other."""
    chance = Random(options.seed)
    with house.served() as served:
        shop = Shop.of(house, served)
        skus = shop.skus[: options.skus]
        _promote(house, served, shop)
        contracts = house.rows("SELECT customer_id FROM price_lists WHERE source = 'CONTRACT'")
        with_contract = {customer_id for (customer_id,) in contracts}
        buyer = next(one for one in house.buyers() if one.claims.customer_id in with_contract)
        requests = [
            request(buyer, _QUOTE, {"input": {"lines": shop.basket(skus, LINES, chance)}}) for _ in range(64)
        ]
        answer = served.ask(
            _QUOTE, person=buyer, variables={"input": {"lines": shop.basket(skus, LINES, chance)}}
        )["quote"]
        told = len(answer["applied"]) + len(answer["rejected"])
        if told != PROMOTIONS or not answer["applied"]:
            raise Failed(f"{PROMOTIONS} promotions are about the goods, and {told} are told of")

        def job(_: str, one: Served) -> Job:
            return Job(
                port=one.port,
                requests=requests,
                connections=1,
                seconds=options.seconds,
                key_prefix="",
                expect='"total":',
                every_s=0.0,
            )

        found = rounds(house, {"product": served}, job, number=options.rounds)
    asked = house.on_postgres
    print(f"quote of {LINES} lines, {PROMOTIONS} promotions on offer\n")
    measured = found["product"]
    print(
        verdicts(
            [
                Verdict.figure("quote, p50, ms", middle(P50, measured), most=MOST_MS if asked else None),
                Verdict.figure(
                    "quote, statements",
                    middle(STATEMENTS, measured),
                    most=MOST_STATEMENTS if asked else None,
                ),
            ]
        ),
        end="\n\n",
    )
    rows = [
        (titled(P50, "quote, p50, ms"), found),
        (titled(P99, "quote, p99, ms"), found),
        (titled(STATEMENTS, "SQL statements per quote"), found),
        (BYTES, found),
        (titled(CPU, "CPU of the server per quote, ms"), found),
        *([(titled(DATABASE_CPU, "CPU of PostgreSQL per quote, ms"), found)] if asked else []),
    ]
    print(table(rows), end="\n\n", flush=True)


def _promote(house: House, served: Served, shop: Shop) -> None:
    """Make promotions of every kind, all about everything."""
    gift = shop.skus[0].id
    effects: list[dict[str, Any]] = [
        {"thresholdDiscount": {"steps": [{"amount": "200", "amountOff": "5"}]}},
        {"thresholdDiscount": {"steps": [{"quantity": "50", "percentOff": "2"}]}},
        {"thresholdDiscount": {"steps": [{"amount": "500", "amountOff": "3"}], "repeats": True, "cap": "30"}},
        {"nthPiece": {"nth": 50, "percentOff": "10", "most": 2}},
        {"gift": {"amount": "1000", "goods": [{"skuId": gift}]}},
    ]
    for at in range(PROMOTIONS):
        draft = {
            "name": f"促销 {at}",
            "effect": effects[at % len(effects)],
            "priority": at,
            **({"exclusiveGroup": "A"} if at % 3 == 0 else {}),
        }
        made = served.ask(_CREATE, person=house.owner(), variables={"input": {"promotion": draft}})
        if made["createPromotion"]["errors"]:
            raise Failed(f"createPromotion was refused: {made['createPromotion']['errors']}")
