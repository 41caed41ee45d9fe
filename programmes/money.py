"""Money, worked out twice: very many baskets and promotions by chance, by the engine and by a second calculator.

python -m programmes.money [--baskets 100000] [--seed N]

A basket that the two disagree about is told by its seed and number, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

from kit.second_baskets import compare
from programmes._verdicts import Verdict


def money(verdict: Verdict, *, seed: int, baskets: int) -> None:
    """Compare so many baskets."""
    begun = time.perf_counter()
    verdict.expect(compare(seed, baskets), None, about=f"seed {seed}, the first basket that differs")
    took = time.perf_counter() - begun
    verdict.say(
        f"money: {baskets:,} baskets with their promotions and coupons, {baskets / took:,.0f} a second"
    )


def main() -> int:
    """Compare what was asked for; 1 if the two disagree."""
    parser = argparse.ArgumentParser(description="Let two calculators work out the same baskets.")
    parser.add_argument("--baskets", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="any by default")
    given = parser.parse_args()
    verdict = Verdict()
    print(f"seed {given.seed}", flush=True)
    money(verdict, seed=given.seed, baskets=given.baskets)
    print(f"{len(verdict.lies)} lies" if verdict.lies else "no lie")
    return 1 if verdict.lies else 0


if __name__ == "__main__":
    sys.exit(main())
