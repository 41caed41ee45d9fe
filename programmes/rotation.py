"""Keys are rotated under load and killed again and again, and nothing that was planted is found in any file.

python -m programmes.rotation [--database sqlite|postgres|both] [--rotations 3] [--kills 5] [--canaries 500] [--rate 20]
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import attrs
import httpx
import psycopg
from benchmarks._common import House, Person, Served, database_options
from benchmarks._shop import PLACE_ORDER, Shop

from adapters.persistence.sql import SqlDatabase
from adapters.sealing import FileKeyring
from adapters.system import SystemClock
from kit.builders import FixedClock
from kit.canaries import Canaries, files, found_in, plant, postgres_places, seen_in
from kit.world import World, furnish
from programmes._verdicts import Verdict, everywhere
from programmes.drills import told

ROOT = Path(__file__).resolve().parents[1]
SEED = ("--products", "40", "--orders", "300")
_ME = """
{ me { name customer { addresses { address { recipient phone street } } orders(first: 3) { nodes { note } } } } }
"""


@attrs.define
class Load:
    """What clients were answered."""

    answered: int = 0
    odd: Counter[str] = attrs.field(factory=Counter)
    names: dict[str, Any] = attrs.field(factory=dict)


@contextmanager
def loaded(house: House, served: Served, given: argparse.Namespace) -> Iterator[Load]:
    """Let clients order and look who they are, together so many times a second, until the block ends."""
    shop, buyers, load, stop = Shop.of(house, served), house.buyers(), Load(), threading.Event()
    shop.receive(shop.skus, units=100_000)

    def run(person: Person, name: str) -> None:
        chance = Random(name)
        with httpx.Client(timeout=30, headers=dict(person.headers)) as http:
            turn = 0
            while not stop.wait(given.clients / given.rate):
                turn += 1
                asked: Any = {"query": _ME}
                if turn % 2:
                    order = {
                        "idempotencyKey": f"{name}-{turn}",
                        "paymentMethod": "BANK_TRANSFER",
                        "note": f"{name}-{turn}",
                        "lines": shop.basket(shop.skus, 2, chance),
                    }
                    asked = {"query": PLACE_ORDER, "variables": {"input": order}}
                try:
                    answer = http.post(f"{served.url}/graphql", json=asked).json()
                except (httpx.HTTPError, ValueError) as error:
                    load.odd[repr(error)] += 1
                    continue
                data = answer.get("data") or {}
                if "errors" in answer or (turn % 2 and not (data.get("placeOrder") or {}).get("order")):
                    load.odd[str(answer)[:300]] += 1
                elif not turn % 2 and load.names.setdefault(name, data["me"]["name"]) != data["me"]["name"]:
                    load.odd[f"{name} has another name"] += 1
                load.answered += 1

    threads = [
        threading.Thread(target=run, args=(buyers[at % len(buyers)], f"c{given.seed}-{at}"), daemon=True)
        for at in range(given.clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)


def rotate(house: House, verdict: Verdict, *, kills: int, chance: Random) -> None:
    """Rotate; killed so many times on the way, each time somewhere else, and begun again."""
    command = [*house._command("keys", "rotate")]
    for _ in range(kills):
        process = subprocess.Popen(
            command,
            env=house._environment(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while process.poll() is None and not FileKeyring(house.keyring).rotating:
            time.sleep(0.05)
        time.sleep(chance.uniform(2, 12))
        process.send_signal(signal.SIGKILL)
        words, _ = process.communicate()
        if process.returncode == -signal.SIGKILL:
            counts = sorted(under_keys(house).values(), key=int)
            verdict.say(f"killed; under each key: {', '.join(counts)}")
        else:
            verdict.say(f"it was over before it was killed: {words.strip()}")
    began = time.monotonic()
    words = house.run("keys", "rotate")
    verdict.say(f"{words.strip().splitlines()[0]} ({time.monotonic() - began:.0f} s)")


def under_keys(house: House) -> dict[str, str]:
    """What `keys list` says of each key: how many values."""
    rows = [line.split() for line in house.run("keys", "list").splitlines()]
    return {row[0]: row[-1].replace(",", "") for row in rows}


def places(house: House, *, since: str) -> list[tuple[str, bytes]]:
    """Everything that is kept: the data folder with its logs and backups, and PostgreSQL's own files."""
    found = files(house.data)
    if house.on_postgres:
        with closing(psycopg.connect(house.conninfo, autocommit=True)) as connection:
            found += postgres_places(connection, since=since)
    return found


def planted(house: House, canaries: Canaries, *, many: int) -> World:
    """A world of its own beside the seeded one, with so many canaries."""
    database = SqlDatabase(house.database, clock=SystemClock(), sealing=house.sealing())
    try:
        world = attrs.evolve(furnish(database, seed=7), clock=FixedClock(SystemClock().now()))
        house.change(
            "UPDATE stock SET on_hand = on_hand + 1000000000, available = available + 1000000000"
            " WHERE on_hand = 80000",
            "UPDATE movements SET change = change + 1000000000, after = after + 1000000000 WHERE after = 80000",
        )
        plant(world, canaries, many=many)
    finally:
        database.close()
    return world


def rotation(house: House, verdict: Verdict, given: argparse.Namespace) -> None:
    """All of it, on one installation."""
    canaries, chance, since = Canaries(), Random(given.seed), "0/0"
    if house.on_postgres:
        [(since,)] = house.rows("SELECT pg_current_wal_lsn()::text")
    house.run("seed", *SEED, "--customers", str(given.customers))
    with house.served() as served:
        with loaded(house, served, given) as load:
            time.sleep(1)
            for _ in range(given.rotations):
                rotate(house, verdict, kills=given.kills, chance=chance)
        counts = under_keys(house)
    verdict.expect(dict(load.odd), {}, about="requests that failed")
    verdict.expect(load.answered > 100, True, about="there was load")
    verdict.expect(
        sum(values != "0" for values in counts.values()), 1, about="keys that something is sealed with"
    )
    verdict.say(f"{load.answered} requests were answered meanwhile; keys: {counts}")
    planted(house, canaries, many=given.canaries)
    rotate(house, verdict, kills=0, chance=chance)
    backup = told(house, "backup", str(house.data / "shop.dhb"))
    verdict.expect(backup.code, 0, about=f"backup: {backup.words}")
    found = places(house, since=since)
    verdict.expect(seen_in(canaries, found), True, about="what is in the clear is found")
    verdict.expect(found_in(canaries, found)[:10], [], about="canaries found")
    verdict.say(
        f"{given.canaries} of each kind planted, {len(found)} files of {sum(len(one) for _, one in found):,} bytes"
        " looked through: none found"
    )
    verdict.holds(house)


def main() -> int:
    """Rotate on every database; 1 if a request failed, a value was lost, or a canary was found."""
    parser = argparse.ArgumentParser(description="Rotate keys under load, kill it, and look for canaries.")
    database_options(parser)
    parser.add_argument("--rotations", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5, help="how often each rotation is killed")
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--canaries", type=int, default=500)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=int, default=20, help="requests a second, of all clients together")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    def trial(kind: str, house: House, verdict: Verdict) -> None:
        print(f"{kind}, {given.rotations} rotations, each killed {given.kills} times", flush=True)
        rotation(house, verdict, given)

    return everywhere(given, trial)


if __name__ == "__main__":
    sys.exit(main())
