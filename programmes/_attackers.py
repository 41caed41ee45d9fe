"""Those who mean harm, each in a process of its own: one who sends hostile requests, and many who send half of one."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode

import attrs
import uvloop

from kit.hostile import HOSTILE, Hostile

ANSWER_WITHIN_S = 20
_HALF = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: applicat"


@attrs.frozen(kw_only=True)
class Attack:
    """What was sent, and the statuses that came back; 0 where none did."""

    sent: int
    statuses: dict[int, int]


@attrs.frozen(kw_only=True)
class Siege:
    """How long the server kept connections that brought no request."""

    closed: int
    longest_s: float


def attack(port: int, *, per_second: float, seconds: float) -> Attack:
    """Send the whole corpus again and again, at an even rate, whatever comes back and whenever."""
    return uvloop.run(_attack(port, [octets_of(one) for one in HOSTILE], per_second, seconds))


def besiege(port: int, *, connections: int, seconds: float) -> Siege:
    """Keep so many connections half open: each that is closed is opened again."""
    return uvloop.run(_besiege(port, connections, seconds))


def octets_of(one: Hostile) -> bytes:
    """Write a hostile request as it travels."""
    target = f"/graphql?{urlencode(one.params)}" if one.params else "/graphql"
    headers = {"host": "127.0.0.1", "content-length": str(len(one.content)), **one.headers}
    lines = [f"{one.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + one.content


async def _attack(port: int, requests: Sequence[bytes], per_second: float, seconds: float) -> Attack:
    statuses: Counter[int] = Counter()

    async def send(octets: bytes) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(octets)
            line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S)
            writer.close()
            statuses[int(line[9:12] or 0)] += 1
        except (OSError, TimeoutError):
            statuses[0] += 1

    begun, number, running = time.perf_counter(), 0, set[asyncio.Task[None]]()
    while (due := begun + number / per_second) < begun + seconds:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        task = asyncio.create_task(send(requests[number % len(requests)]))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
    await asyncio.gather(*running)
    return Attack(sent=number, statuses=dict(statuses))


async def _besiege(port: int, connections: int, seconds: float) -> Siege:
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def hold(which: int) -> None:
        while time.perf_counter() < until:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            begun = time.perf_counter()
            writer.write(_HALF[: 1 + which % len(_HALF)])
            with suppress(ConnectionResetError):  # closed all the same
                await reader.read()
            took.append(time.perf_counter() - begun)
            writer.close()

    await asyncio.gather(*map(hold, range(connections)))
    return Siege(closed=len(took), longest_s=max(took, default=0.0))
