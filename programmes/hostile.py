"""Honest requests while others mean harm: the slowest in a hundred take at most twice as long.

python -m programmes.hostile [--database sqlite|postgres|both] [--per-second 50] [--half-open 500] [--seconds 15]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from statistics import median
from typing import TypeVar

from benchmarks._common import House, Person, Served
from benchmarks._load import Job, request, run

from adapters.graphql.ide import home_query
from programmes._attackers import Attack, Siege, attack, besiege
from programmes._verdicts import Verdict, main, options

MOST = 2.0
RECEIVE_S = 15
SLACK_S = 1.0
LEAD_S = 1.0
VARIABLES = {"first": 50}

T = TypeVar("T", Attack, Siege)


def options_of(parser: argparse.ArgumentParser) -> None:
    """How many of whom."""
    parser.add_argument("--connections", type=int, default=16, help="so many honest clients at once")
    parser.add_argument("--per-second", type=float, default=50, help="so many hostile requests")
    parser.add_argument(
        "--half-open", type=int, default=500, help="so many connections that bring no request"
    )
    parser.add_argument("--seconds", type=float, default=15, help="how long each part is")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often all parts, of which the median counts"
    )
    parser.add_argument("--at-least", type=int, default=200, help="so many honest answers in each part")
    parser.add_argument("--most", type=float, default=MOST, help="how much longer honest requests may take")


def hostile(
    house: House, servers: Sequence[Served], verdict: Verdict, given: argparse.Namespace, chance: Random
) -> None:
    """Serve honest clients in peace, under attack and under siege, in turns."""
    served, buyer = servers[0], chance.choice(house.buyers())
    peace: list[float] = []
    attacked: list[float] = []
    besieged: list[float] = []
    kept_s: list[float] = []
    _honest(served, buyer, given, verdict)  # what is done only once is done
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(attack, served.port, per_second=1, seconds=0).result()  # and the process is there

        def beside(what: Callable[..., T], **how: float) -> tuple[float, T]:
            lasts = given.seconds + 2 * LEAD_S
            running: Future[T] = pool.submit(what, served.port, seconds=lasts, **how)
            return _honest(served, buyer, given, verdict), running.result()

        for _ in range(given.rounds):
            peace.append(_honest(served, buyer, given, verdict))
            p99, harm = beside(attack, per_second=given.per_second)
            attacked.append(p99)
            _were_refused(harm, verdict)
            p99, siege = beside(besiege, connections=given.half_open)
            besieged.append(p99)
            kept_s.append(siege.longest_s)
    calm = median(peace)
    for name, found in (
        (f"{given.per_second:g} hostile requests a second", median(attacked)),
        (f"{given.half_open} half-open connections", median(besieged)),
    ):
        verdict.say(
            f"hostile: p99 of Home with {given.connections} clients {calm:.1f} ms, beside {name} {found:.1f} ms:"
            f" {found / calm:.2f} times"
        )
        verdict.expect(found / calm <= given.most, True, about=f"at most {given.most:g} times beside {name}")
    verdict.say(f"hostile: half-open connections were closed after at most {max(kept_s):.1f} s")
    verdict.expect(max(kept_s) <= RECEIVE_S + SLACK_S, True, about=f"closed within {RECEIVE_S} s")


def _honest(served: Served, buyer: Person, given: argparse.Namespace, verdict: Verdict) -> float:
    """Ask for Home as often as it is answered; the time in ms that one in a hundred answers exceeds."""
    result = run(
        Job(
            port=served.port,
            requests=[request(buyer, home_query(), VARIABLES)],
            connections=given.connections,
            seconds=given.seconds,
            warm_up_s=LEAD_S,
            expect='"products"',
        )
    )
    verdict.expect((result.wrong, result.first_wrong), (0, ""), about="honest answers that were wrong")
    answers = round(result.per_second * given.seconds)
    few = answers < given.at_least
    verdict.expect(few, False, about=f"too few honest answers for a p99, {answers} of {given.at_least}")
    return result.p99_ms


def _were_refused(harm: Attack, verdict: Verdict) -> None:
    """Every hostile request got an answer that is none of a broken server."""
    odd = {status: many for status, many in harm.statuses.items() if not 200 <= status < 500}
    verdict.expect(odd, {}, about=f"answers to {harm.sent} hostile requests")


if __name__ == "__main__":
    parser = options("Serve honest clients while others mean harm.")
    parser.set_defaults(processes=1)
    options_of(parser)
    sys.exit(main(parser.parse_args(), hostile))
