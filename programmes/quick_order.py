"""Pasted texts of 500 lines, in every way they are written: each is read whole, and within a second.

python -m programmes.quick_order [--database sqlite|postgres|both] [--products 10000] [--texts 6]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from random import Random

from benchmarks._common import House

from programmes._crowd import Wish, in_turns
from programmes._verdicts import Verdict, everywhere, options

LINES = 500
WITHIN_S = 1
_PARSE = """
query Parse($input: ParseOrderTextInput!) {
  parseOrderText(input: $input) {
    pieces {
      line text name status moreCandidates
      sku { id code name } amounts { quantity unit { code name } }
      candidates { id code name }
      problems { __typename ... on UserError { code message } ... on InvalidQuantity { nearest } }
    }
    problems { __typename ... on UserError { message } }
  }
}
"""


def texts(given: argparse.Namespace, house: House, verdict: Verdict) -> None:
    """Fill an installation, and let a buyer paste texts one after the other."""
    house.run("seed", "--products", str(given.products), "--customers", "20", "--orders", "20")
    chance = Random(given.seed)
    goods = house.rows(
        "SELECT s.code, s.name, s.barcode, p.name FROM skus s JOIN products p"
        " ON p.merchant_id = s.merchant_id AND p.id = s.product_id ORDER BY s.id"
    )
    goods = [one for one in goods if not any(mark in f"{one[1]}{one[3]}" for mark in ",，、;；。")]
    buyer = house.buyers()[0]
    with house.served() as served:
        wishes = [
            Wish(
                port=served.port,
                token=buyer.token,
                query=_PARSE,
                variables={"input": {"text": _text(goods, chance)}},
            )
            for _ in range(given.texts)
        ]
        [told] = in_turns([wishes])
    statuses: Counter[str] = Counter()
    for one in told:
        read = one.field("parseOrderText") or {"pieces": [], "problems": one.content}
        verdict.expect((len(read["pieces"]), read["problems"]), (LINES, []), about="pieces and problems")
        statuses.update(piece["status"] for piece in read["pieces"])
    times = sorted(one.after_s for one in told)
    verdict.say(
        f"quick order: {len(told)} texts of {LINES} lines among {len(goods):,} SKUs: fastest"
        f" {times[0] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms; {dict(statuses.most_common())}"
    )
    verdict.expect(times[-1] < WITHIN_S, True, about=f"read within {WITHIN_S} s")


def _text(goods: list[tuple[str, str, str | None, str]], chance: Random) -> str:
    """So many lines, each written in some way."""
    lines = []
    for code, name, barcode, product in (chance.choice(goods) for _ in range(LINES)):
        many = chance.randint(1, 40)
        part = product[: chance.randint(2, 5)]
        lines.append(
            chance.choice(
                (
                    f"{code}\t{many}",
                    f"{barcode or code} {many}",
                    f"{name} {many}箱",
                    f"{name}{many}件",
                    f"{part}{many}箱",
                    f"{many}箱{product}",
                    f"{product} 三瓶",
                )
            )
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = options("Paste long texts.")
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--texts", type=int, default=6)
    asked = parser.parse_args()
    sys.exit(everywhere(asked, lambda _, house, verdict: texts(asked, house, verdict)))
