"""How a programme says what it found: figures as they come, lies at the end, and an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random

import attrs
from benchmarks._common import Failed, House, Served, database_options, fresh, kinds

PRODUCTS, CUSTOMERS, ORDERS = 40, 400, 50
MOST_PROCESSES = 2


@attrs.define
class Verdict:
    """Gathers lies."""

    lies: list[str] = attrs.field(factory=list)

    def expect(self, found: object, wanted: object, *, about: str) -> None:
        """Note a lie if they differ."""
        if found != wanted:
            self.lies.append(f"{about}: {found!r}, not {wanted!r}")
            print(f"  LIE: {self.lies[-1]}", flush=True)

    def say(self, words: str) -> None:
        """Show a figure."""
        print(f"  {words}", flush=True)

    def holds(self, house: House) -> None:
        """Let the product check everything it has stored."""
        try:
            house.run("verify")
        except Failed as failed:
            self.expect(str(failed), "exit code 0", about="verify")
        else:
            self.say("verify: everything holds")


Programme = Callable[[House, Sequence[Served], Verdict, argparse.Namespace, Random], None]
"""Does its worst to an installation and the servers over it, and notes the lies it is told."""


def options(description: str) -> argparse.ArgumentParser:
    """The options that every programme has."""
    parser = argparse.ArgumentParser(description=description)
    database_options(parser)
    parser.add_argument("--seeds", type=int, default=1, help="how often, each time with another seed")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument(
        "--processes",
        type=int,
        help="so many servers; one on SQLite, one and then two on PostgreSQL by default",
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="so many companies order")
    return parser


def main(given: argparse.Namespace, *programmes: Programme) -> int:
    """Run programmes on every database that was asked for; 1 if anything was a lie."""
    return everywhere(given, lambda kind, house, verdict: _run(kind, house, verdict, given, programmes))


def everywhere(given: argparse.Namespace, trial: Callable[[str, House, Verdict], None]) -> int:
    """Try an empty installation on every database that was asked for; 1 if anything was a lie."""
    verdict = Verdict()
    for kind in kinds(given):
        try:
            with fresh(kind, url=given.postgres, log_level="warning") as house:
                trial(kind, house, verdict)
        except Failed as failed:
            verdict.expect(str(failed), "that it works", about=kind)
    lies = len(verdict.lies)
    print(f"{lies} lies" if lies else "no lie")
    return 1 if lies else 0


def _run(
    kind: str, house: House, verdict: Verdict, given: argparse.Namespace, programmes: Sequence[Programme]
) -> None:
    sizes = {"--products": PRODUCTS, "--customers": given.customers, "--orders": ORDERS}
    house.run("seed", *(str(word) for size in sizes.items() for word in size))
    most = MOST_PROCESSES if house.on_postgres else 1
    for processes in [given.processes] if given.processes else range(1, most + 1):
        with ExitStack() as stack:
            servers = [stack.enter_context(house.served()) for _ in range(processes)]
            for seed in range(given.seed, given.seed + given.seeds):
                print(f"{kind}, {processes} server process(es), seed {seed}", flush=True)
                for programme in programmes:
                    programme(house, servers, verdict, given, Random(f"{processes}/{seed}"))
    verdict.holds(house)
