"""SIGTERM under load: whoever has sent a request is answered, and nothing that was promised is lost or doubled.

python -m programmes.shutdown [--rounds 20] [--database sqlite|postgres|both] [--clients 50] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import select
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import attrs
import orjson
from benchmarks._common import House, Person, Served, database_options
from benchmarks._load import written
from benchmarks._shop import PLACE_ORDER, Shop

from programmes._verdicts import Verdict, everywhere

EXIT_WITHIN_S = 15
FORCED_WITHIN_S = 4
SEED = ("--products", "30", "--customers", "60", "--orders", "20", "--lines", "3")
READ = "{ me { customer { orders(first: 3) { nodes { number } } } } products(first: 5) { nodes { name } } }"


@attrs.define
class Trade:
    """What clients have sent and heard; what is not answered is sent again, under the same key."""

    acknowledged: dict[str, str] = attrs.field(factory=dict)
    """The order of a key."""
    open: dict[str, tuple[Person, bytes]] = attrs.field(factory=dict)
    """Who asked for what under a key, and was not answered."""
    phases: Counter[str] = attrs.field(factory=Counter)


class Gone(Exception):
    """The connection ended: in which phase of a request."""


@attrs.define
class Line:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    @classmethod
    async def to(cls, port: int) -> Line:
        """:raises Gone: if nobody listens any more."""
        try:
            return cls(*await asyncio.open_connection("127.0.0.1", port))
        except OSError:
            raise Gone("refused before anything was sent") from None

    def is_over(self) -> bool:
        """Tell whether the server has ended it, or said something that nobody asked for."""
        poll = select.poll()
        poll.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return self.reader.at_eof() or bool(poll.poll(0))

    async def ask(self, octets: bytes) -> tuple[int, bool, bytes]:
        """Send a request as a whole; a status, whether the connection goes on, and a body.

        :raises Gone: if there is no whole answer.
        """
        if self.is_over():
            raise Gone("closed between requests" if self.used else "closed before anything was sent")
        self.used, age = True, "on a used connection" if self.used else "on a new connection"
        self.writer.write(octets)
        head = b""
        try:
            await self.writer.drain()
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            body = await self.reader.readexactly(length)
        except (OSError, EOFError):
            phase = "in the middle of the answer" if head else "after it was sent"
            raise Gone(f"LOST {phase}, {age}") from None
        return int(head[9:12]), b"connection: close" not in head.lower(), body

    def close(self) -> None:
        self.writer.transport.abort()


@attrs.frozen(kw_only=True)
class Client:
    """Orders and reads in turns until the server is gone; some keep their connection, some never do."""

    served: Served
    person: Person
    shop: Shop
    trade: Trade
    chance: Random
    name: str
    keeps: bool

    async def run(self) -> None:
        line: Line | None = None
        for turn in range(100_000):
            try:
                line = line or await Line.to(self.served.port)
                goes_on = await self._ask(line, turn)
            except Gone as gone:
                self.trade.phases[str(gone)] += 1
                if str(gone).startswith("refused"):
                    return
                goes_on = False
            if line is not None and not (goes_on and self.keeps):
                line.close()
                line = None
            if self.chance.random() < 0.2:
                await asyncio.sleep(self.chance.random() * 0.5)

    async def _ask(self, line: Line, turn: int) -> bool:
        key = f"{self.name}-{turn}"
        if turn % 2:
            status, goes_on, _ = await line.ask(_request(self.person, READ, {}))
            self.trade.phases[f"read, status {status}"] += 1
            return goes_on
        lines = self.shop.basket(self.shop.skus, 2, self.chance)
        asked = {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": lines}
        octets = _request(self.person, PLACE_ORDER, {"input": asked})
        self.trade.open[key] = (self.person, octets)
        status, goes_on, body = await line.ask(octets)
        self.trade.phases[heard(self.trade, key, status, body)] += 1
        return goes_on


def heard(trade: Trade, key: str, status: int, body: bytes) -> str:
    """Note the answer to an order."""
    content: Any = orjson.loads(body)
    placed = (content.get("data") or {}).get("placeOrder") or {}
    if placed.get("order"):
        trade.acknowledged[key] = placed["order"]["id"]
        del trade.open[key]
        return "ordered"
    if placed.get("errors"):
        del trade.open[key]
        return "order refused"
    return f"no order, status {status}: {[one['extensions']['code'] for one in content.get('errors', ())]}"


def _request(person: Person, query: str, variables: Any) -> bytes:
    return written(person.token, orjson.dumps({"query": query, "variables": variables}))


@attrs.frozen(kw_only=True)
class Round:
    """One server, asked to stop in the middle of its work."""

    house: House
    verdict: Verdict
    chance: Random
    workers: int
    number: int

    def run(self, trade: Trade, *, clients: int) -> str:
        """Let clients trade until the server is gone; how it went."""
        words = ("--workers", str(self.workers)) if self.workers > 1 else ()
        with self.house.served(*words) as served:
            asyncio.run(self._again(served, trade))
            shop = Shop.of(self.house, served)
            shop.receive(shop.skus, units=10_000)
            before, begun = trade.phases.copy(), time.monotonic()
            took = asyncio.run(self._trade(served, shop, trade, clients))
            done = trade.phases - before
            ran = time.monotonic() - begun
        lost = sum(number for phase, number in done.items() if phase.startswith("LOST"))
        odd = [
            phase for phase in done if phase.startswith(("no order", "read")) and "status 200" not in phase
        ]
        self.verdict.expect(lost, 0, about=f"round {self.number}: requests lost ({dict(done)})")
        self.verdict.expect([one for one in odd if "status 503" not in one], [], about="answers")
        self.verdict.expect(took <= EXIT_WITHIN_S, True, about=f"the end after {took:.1f} s")
        return f"{sum(done.values())} requests in {ran:.1f} s, ended after {took:.1f} s"

    async def _trade(self, served: Served, shop: Shop, trade: Trade, number: int) -> float:
        buyers = self.house.buyers()
        running = [
            asyncio.create_task(
                Client(
                    served=served,
                    person=buyers[at % len(buyers)],
                    shop=shop,
                    trade=trade,
                    chance=Random(self.chance.random()),
                    name=f"{self.workers}-{self.number}-{at}",
                    keeps=at % 5 > 0,
                ).run()
            )
            for at in range(number)
        ]
        await asyncio.sleep(0.3 + 1.5 * self.chance.random())
        os.kill(served.pid, signal.SIGTERM)
        took = await asyncio.to_thread(ended, served, self.verdict)
        await asyncio.wait_for(asyncio.gather(*running), EXIT_WITHIN_S)
        return took

    async def _again(self, served: Served, trade: Trade) -> None:
        """Send what was not answered, and some of what was."""
        for key, (_, octets) in list(trade.open.items()):
            line = await Line.to(served.port)
            status, _, body = await line.ask(octets)
            self.verdict.expect(
                heard(trade, key, status, body) in ("ordered", "order refused"), True, about=f"{key} again"
            )
            trade.phases["sent again"] += 1
            line.close()


def ended(served: Served, verdict: Verdict) -> float:
    """Wait for the end of a server that was asked to stop, and look at its exit code; the seconds it took."""
    begun = time.monotonic()
    found = os.waitid(os.P_PID, served.pid, os.WEXITED | os.WNOWAIT)
    assert found is not None
    verdict.expect((found.si_code, found.si_status), (os.CLD_EXITED, 0), about="how the server ended")
    return time.monotonic() - begun


def late(house: House, verdict: Verdict, *, workers: int) -> None:
    """Ask on connections that were open before, after the server was asked to stop; knock anew."""
    words = ("--workers", str(workers)) if workers > 1 else ()
    octets = _request(house.buyers()[0], READ, {})

    async def ask(served: Served) -> set[str]:
        used, fresh = await Line.to(served.port), await Line.to(served.port)
        heard = [await used.ask(octets)]
        os.kill(served.pid, signal.SIGTERM)
        await asyncio.sleep(0.4)
        heard += [await used.ask(octets), await fresh.ask(octets)]
        try:
            while True:
                heard.append(await (await Line.to(served.port)).ask(octets))
                await asyncio.sleep(0.1)
        except Gone as gone:
            return {str(gone), *(f"status {status}" for status, _, _ in heard)}

    with house.served(*words) as served:
        heard = asyncio.run(ask(served))
        verdict.expect(
            heard, {"status 200", "refused before anything was sent"}, about="what latecomers hear"
        )
        ended(served, verdict)


def impatient(house: House, verdict: Verdict, *, workers: int) -> None:
    """Ask a server to stop that waits for the rest of a request, and ask again."""
    words = ("--workers", str(workers)) if workers > 1 else ()
    with house.served(*words) as served, socket.create_connection(("127.0.0.1", served.port)) as half:
        half.sendall(_request(house.buyers()[0], READ, {})[:-1])
        time.sleep(0.3)
        os.kill(served.pid, signal.SIGTERM)
        time.sleep(2.5)
        verdict.expect(
            os.waitid(os.P_PID, served.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG), None, about="end"
        )
        os.kill(served.pid, signal.SIGTERM)
        took = ended(served, verdict)
    verdict.expect(took <= FORCED_WITHIN_S, True, about=f"the end that was forced, after {took:.1f} s")
    verdict.say(f"a second SIGTERM ended it after {took:.1f} s")


def shutdown(house: House, verdict: Verdict, given: argparse.Namespace, workers: int) -> None:
    """All rounds on one installation."""
    trade, chance = Trade(), Random(f"{workers}/{given.seed}")
    [(before,)] = house.rows("SELECT count(*) FROM orders")
    for number in range(given.rounds):
        made = Round(house=house, verdict=verdict, chance=chance, workers=workers, number=number)
        verdict.say(f"round {number + 1}: {made.run(trade, clients=given.clients)}")
    last = Round(house=house, verdict=verdict, chance=chance, workers=workers, number=given.rounds)
    with house.served() as served:
        asyncio.run(last._again(served, trade))
    _stored_once(house, trade, verdict, before=before)
    for phase, number in sorted(trade.phases.items()):
        verdict.say(f"{number:>7} {phase}")
    late(house, verdict, workers=workers)
    impatient(house, verdict, workers=workers)
    verdict.holds(house)


def _stored_once(house: House, trade: Trade, verdict: Verdict, *, before: int) -> None:
    ids: Sequence[str] = list(trade.acknowledged.values())
    verdict.expect(len(set(ids)), len(ids), about="different orders")
    stored = {id for (id,) in house.rows("SELECT id FROM orders")}
    verdict.expect(sorted(set(ids) - stored), [], about="orders acknowledged and not stored")
    verdict.expect(len(stored) - before, len(ids), about="orders stored")
    verdict.expect(list(trade.open), [], about="keys without an answer")


def main() -> int:
    """Try every database with one process and with two; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description="Stop servers in the middle of their work.")
    database_options(parser)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--workers", type=int, help="so many processes; one and then two by default")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    def trial(kind: str, house: House, verdict: Verdict) -> None:
        house.run("seed", *SEED)
        for workers in [given.workers] if given.workers else (1, 2):
            print(f"{kind}, {workers} process(es), seed {given.seed}", flush=True)
            shutdown(house, verdict, given, workers)

    return everywhere(given, trial)


if __name__ == "__main__":
    sys.exit(main())
