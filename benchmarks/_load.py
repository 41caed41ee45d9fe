"""The load generator, a process of its own: reads one job as JSON, and writes what happened as JSON.

Each connection sends a request, waits for the whole answer and sends the next: a closed loop over keep-alive
connections, without a library in between. With a pace each sends when its time has come, whether the one before was
quick or slow, and how long an answer takes is counted from then on.
"""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from itertools import count
from typing import Any, cast

import attrs
import orjson
import uvloop

from benchmarks._common import ROOT, Failed, Person

KEY = "$KEY$"
"""Stands in a body for a key that no other request has."""


_ERRORS = b'"errors":[{'


@attrs.frozen(kw_only=True)
class Job:
    """What to send where, for how long, and what every answer has to have in it."""

    port: int
    requests: list[tuple[str, str]]
    """Bearer tokens with bodies; a connection sends every so-many-th of them, in turns."""
    connections: int
    seconds: float
    warm_up_s: float = 1.0
    key_prefix: str = ""
    expect: str = ""
    number: int = 0
    """So many requests and no more, however long they take."""
    every_s: float = 0.0
    """Each connection sends one request in so many seconds; the connections one after the other."""
    statuses: list[int] = attrs.field(factory=lambda: [200])


@attrs.frozen(kw_only=True)
class Result:
    """What happened."""

    sent: int
    """All requests, those of the warm-up too."""
    per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int
    wrong: int
    first_wrong: str
    refused: int
    """Answers that carry errors, of whatever status."""


def request(person: Person, query: str, variables: object) -> tuple[str, str]:
    """Write a request for the generator."""
    return person.token, orjson.dumps({"query": query, "variables": variables}).decode()


def run(job: Job) -> Result:
    """Run a job in a process of its own.

    :raises Failed: if it breaks.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._load"],
        input=orjson.dumps(attrs.asdict(job)),
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise Failed(done.stderr.decode())
    return Result(**orjson.loads(done.stdout))


class Connection(asyncio.Protocol):
    """One connection that speaks as much HTTP/1.1 as the server's answers need."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("closed before the answer was whole"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0 or self._waiting is None:
            return
        length = _length(bytes(self._received[:head]))
        if len(self._received) - head - 4 >= length:
            status, body = int(self._received[9:12]), bytes(self._received[head + 4 : head + 4 + length])
            self._received.clear()
            self._waiting.set_result((status, body))

    def expect(self) -> asyncio.Future[tuple[int, bytes]]:
        """Wait for the next answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def write(self, octets: bytes) -> None:
        if self._transport is None:
            raise ConnectionResetError("closed")
        self._transport.write(octets)

    @property
    def closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def ask(self, octets: bytes) -> tuple[int, bytes]:
        """Send a request and wait for the answer."""
        answer = self.expect()
        self.write(octets)
        return await answer


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without its length")


async def connect(port: int) -> Connection:
    """Open a connection to this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def written(token: str, body: bytes) -> bytes:
    """Write a POST to the API."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Log:
    """Counts answers and keeps how long they took, once it counts."""

    def __init__(self, job: Job) -> None:
        self.expect, self.statuses = job.expect.encode(), frozenset(job.statuses)
        self.took: list[float] = []
        self.sent = self.wrong = self.bytes = self.refused = 0
        self.first_wrong = ""

    def note(self, status: int, body: bytes) -> None:
        self.sent += 1
        self.bytes = len(body)
        self.refused += status != 200 or _ERRORS in body
        if status not in self.statuses or self.expect not in body:
            self.wrong += 1
            self.first_wrong = self.first_wrong or f"{status} {body[:1000].decode(errors='replace')}"


async def _loop(job: Job, which: int, begin: float, log: _Log, numbers: count[int]) -> None:
    connection = await connect(job.port)
    until = math.inf if job.number else begin + job.seconds
    due = time.perf_counter() + job.every_s * which / job.connections
    turns = range(which, job.number or sys.maxsize, job.connections)
    for turn in turns:
        if job.every_s:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent = due if job.every_s else time.perf_counter()
        if sent >= until:
            break
        due += job.every_s
        if connection.closed:
            connection = await connect(job.port)
        token, body = job.requests[turn % len(job.requests)]
        unique = body.replace(KEY, f"{job.key_prefix}-{next(numbers)}").encode()
        log.note(*await connection.ask(written(token, unique)))
        if sent >= begin:
            log.took.append(time.perf_counter() - sent)
    connection.close()


async def _run(job: Job) -> Result:
    log, numbers = _Log(job), count()
    begin = time.perf_counter() + job.warm_up_s
    await asyncio.gather(*(_loop(job, which, begin, log, numbers) for which in range(job.connections)))
    took = sorted(log.took)
    return Result(
        sent=log.sent,
        per_second=len(took) / (time.perf_counter() - begin),
        p50_ms=_share(took, 0.5),
        p99_ms=_share(took, 0.99),
        bytes=log.bytes,
        wrong=log.wrong,
        first_wrong=log.first_wrong,
        refused=log.refused,
    )


def _share(took: list[float], share: float) -> float:
    return took[min(int(len(took) * share), len(took) - 1)] * 1000 if took else 0.0


def main() -> None:
    plain: dict[str, Any] = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(attrs.asdict(uvloop.run(_run(Job(**plain))))))


if __name__ == "__main__":
    main()
