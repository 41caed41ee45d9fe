"""Backups under load: made, restored elsewhere and verified, and damaged copies of them refused.

python -m programmes.drills [--rounds 10] [--database sqlite|postgres|both] [--clients 8] [--rate 50] [--seed 1]
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import attrs
import httpx
from benchmarks._common import ROOT, House, Person, Served, database_options, fresh
from benchmarks._shop import PLACE_ORDER, Shop

from kit.api import HOME
from programmes._verdicts import Verdict, everywhere

SEED = ("--products", "200", "--customers", "60", "--lines", "4")
REFUSED = 2
KEY, OTHER = (base64.b64encode(bytes([octet]) * 32).decode() for octet in (1, 2))


@attrs.define
class Trade:
    """Orders that clients were told of, as they come in."""

    acknowledged: list[str] = attrs.field(factory=list)
    odd: Counter[str] = attrs.field(factory=Counter)


@attrs.frozen(kw_only=True)
class Client:
    """Orders at its pace until it is told to stop."""

    served: Served
    person: Person
    shop: Shop
    trade: Trade
    chance: Random
    name: str
    pause_s: float

    def run(self, stop: threading.Event) -> None:
        with httpx.Client(timeout=60, headers=dict(self.person.headers)) as http:
            turn = 0
            while not stop.wait(self.pause_s * 2 * self.chance.random()):
                self._order(http, f"{self.name}-{turn}")
                turn += 1

    def _order(self, http: httpx.Client, key: str) -> None:
        lines = self.shop.basket(self.shop.skus, 3, self.chance)
        asked = {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": lines}
        body = {"query": PLACE_ORDER, "variables": {"input": asked}}
        answer = http.post(f"{self.served.url}/graphql", json=body)
        placed: Any = (answer.json().get("data") or {}).get("placeOrder") or {}
        if placed.get("order"):
            self.trade.acknowledged.append(placed["order"]["id"])
        else:
            self.trade.odd[f"status {answer.status_code}: {answer.text[:300]}"] += 1


@contextmanager
def trading(house: House, served: Served, given: argparse.Namespace, name: str) -> Iterator[Trade]:
    """Let clients order, together so many a second, until the block ends."""
    shop, buyers, trade, stop = Shop.of(house, served), house.buyers(), Trade(), threading.Event()
    shop.receive(shop.skus, units=100_000)
    clients = [
        Client(
            served=served,
            person=buyers[at % len(buyers)],
            shop=shop,
            trade=trade,
            chance=Random(f"{given.seed}/{name}/{at}"),
            name=f"{name}-{at}",
            pause_s=given.clients / given.rate,
        )
        for at in range(given.clients)
    ]
    threads = [threading.Thread(target=one.run, args=(stop,), daemon=True) for one in clients]
    for thread in threads:
        thread.start()
    try:
        yield trade
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)


@attrs.frozen(kw_only=True)
class Ended:
    """How a verb ended."""

    code: int
    words: str
    took_s: float


def told(house: House, *words: str, key: str = KEY) -> Ended:
    """Run a verb of the command line under a key of backups."""
    begun = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "dinghuo",
            *words,
            "--data",
            str(house.data),
            "--database",
            house.database,
        ],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("DINGHUO_")},
            "PYTHONPATH": str(ROOT / "src"),
            "DINGHUO_LANGUAGE": "en",
            "DINGHUO_BACKUP_KEY": key,
            "DINGHUO_KEYRING": str(house.keyring),
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return Ended(code=done.returncode, words=done.stdout + done.stderr, took_s=time.monotonic() - begun)


def damages(whole: bytes, chance: Random) -> Mapping[str, tuple[bytes, str]]:
    """Copies that nobody may take for whole, and what has to be said of each."""
    half = len(whole) // 2
    bit, cut = chance.randrange(400, len(whole) - 16), chance.randrange(1, len(whole))
    flipped = bytearray(whole)
    flipped[bit] ^= 1 << chance.randrange(8)
    return {
        f"cut off after {cut} bytes": (whole[:cut], "is incomplete"),
        "without its last byte": (whole[:-1], "is incomplete"),
        "with a byte more": (whole + b"\0", "is incomplete"),
        f"a bit of byte {bit} flipped": (bytes(flipped), "is damaged"),
        "two halves swapped": (whole[:400] + whole[half:-16] + whole[400:half] + whole[-16:], "is damaged"),
        "not a backup": (b"SQLite format 3\0" + whole[16:], "is no backup"),
    }


@attrs.frozen(kw_only=True)
class Drill:
    """One backup, and everything that has to be true of it."""

    house: House
    verdict: Verdict
    elsewhere: House
    chance: Random
    folder: Path

    def run(self, served: Served, trade: Trade) -> tuple[Ended, Ended]:
        """Back up while orders come in, and restore to the other place."""
        file = self.folder / f"drill-{self.chance.getrandbits(32):x}.dhb"
        before = set(trade.acknowledged)
        backup = told(self.house, "backup", str(file))
        after = len(trade.acknowledged)
        self.verdict.expect(backup.code, 0, about=f"backup: {backup.words}")
        self.verdict.expect(after > len(before), True, about="orders came in during the backup")
        self.refused(file)
        self.elsewhere.keyring = self.house.keyring
        restore = told(self.elsewhere, "restore", str(file))
        self.verdict.expect(restore.code, 0, about=f"restore: {restore.words}")
        found = {id for (id,) in self.elsewhere.rows("SELECT id FROM orders")}
        self.verdict.expect(sorted(before - found), [], about="orders acknowledged before and not restored")
        stored = {id for (id,) in self.house.rows("SELECT id FROM orders")}
        self.verdict.expect(sorted(found - stored), [], about="orders restored and never placed")
        self.verdict.say(
            f"{len(before)} orders before, {after - len(before)} during; {file.stat().st_size:,} bytes;"
            f" backup {backup.took_s:.1f} s, restore {restore.took_s:.1f} s"
        )
        return backup, restore

    def refused(self, file: Path) -> None:
        """Try to restore what must not be restored; the place it was to go to stays empty."""
        whole, copy = file.read_bytes(), file.with_suffix(".copy")
        for name, (octets, words) in damages(whole, self.chance).items():
            copy.write_bytes(octets)
            self._refused(copy, KEY, words, name)
        self._refused(file, OTHER, "Wrong key", "another key")
        copy.unlink()

    def _refused(self, file: Path, key: str, words: str, name: str) -> None:
        ended = told(self.elsewhere, "restore", str(file), key=key)
        self.verdict.expect(
            (ended.code, words in ended.words), (REFUSED, True), about=f"{name}: {ended.words.strip()}"
        )
        self.verdict.expect(_is_untouched(self.elsewhere), True, about=f"nothing is changed, {name}")


def _is_untouched(house: House) -> bool:
    if not house.on_postgres:
        return not house.file.exists()
    [(number,)] = house.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    return not number


def same_answers(house: House, elsewhere: House, verdict: Verdict, folder: Path) -> None:
    """Back up what is quiet, and ask both the same questions."""
    file = folder / "quiet.dhb"
    elsewhere.keyring = house.keyring
    for one, words in ((house, "backup"), (elsewhere, "restore")):
        ended = told(one, words, str(file))
        verdict.expect(ended.code, 0, about=f"{words}: {ended.words}")
    answers = []
    for one in (house, elsewhere):
        one.key = house.key
        with one.served() as served:
            answers.append([served.ask(HOME, person=person) for person in house.buyers()[:20]])
    verdict.expect(answers[1] == answers[0], True, about="the same answers from what was restored")
    verdict.say(f"{len(answers[0])} buyers see the same at home as before")


def drills(kind: str, house: House, verdict: Verdict, given: argparse.Namespace) -> None:
    """All rounds on one installation, each restored to a place of its own."""
    house.run("seed", *SEED, "--orders", str(given.orders))
    backups: list[float] = []
    restores: list[float] = []

    def elsewhere(act: Callable[[House], None]) -> None:
        with fresh(kind, url=given.postgres, log_level="warning") as other:
            act(other)
            verdict.holds(other)

    with ExitStack() as stack:
        served = stack.enter_context(house.served())
        trade = stack.enter_context(trading(house, served, given, kind))
        begun = time.monotonic()
        time.sleep(1)
        for number in range(given.rounds):
            chance = Random(f"{kind}/{given.seed}/{number}")

            def drill(other: House, chance: Random = chance) -> None:
                made = Drill(
                    house=house, verdict=verdict, elsewhere=other, chance=chance, folder=house.data
                ).run(served, trade)
                backups.append(made[0].took_s)
                restores.append(made[1].took_s)

            print(f"{kind}, drill {number + 1}", flush=True)
            elsewhere(drill)
        lasted, orders = time.monotonic() - begun, len(trade.acknowledged)
    verdict.expect(dict(trade.odd), {}, about="answers that are no order")
    verdict.expect(trade.acknowledged != [], True, about="there was something to lose")
    verdict.say(f"{orders} orders, {orders / lasted:.0f} a second while {given.rounds} drills were held")
    elsewhere(lambda other: same_answers(house, other, verdict, house.data))
    verdict.holds(house)
    left = [path.name for path in house.data.iterdir() if path.name.startswith(".")]
    verdict.expect(left, [], about="what lies about")
    verdict.say(
        f"backup with its trial restore: median {median(backups):.1f} s, longest {max(backups):.1f} s;"
        f" restore: median {median(restores):.1f} s, longest {max(restores):.1f} s"
    )


def main() -> int:
    """Hold drills on every database; 1 if a backup was not what it said, or a damaged one was taken."""
    parser = argparse.ArgumentParser(
        description="Back up under load, restore elsewhere, refuse what is damaged."
    )
    database_options(parser)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=int, default=50, help="orders a second, of all clients together")
    parser.add_argument("--orders", type=int, default=2_000, help="orders that are there before")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    def trial(kind: str, house: House, verdict: Verdict) -> None:
        print(f"{kind}, {given.rounds} drills, {given.rate} orders/s, seed {given.seed}", flush=True)
        drills(kind, house, verdict, given)

    return everywhere(given, trial)


if __name__ == "__main__":
    sys.exit(main())
