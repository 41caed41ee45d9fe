"""Many clients at once: every connection is open before the first request, and all last bytes leave together."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import attrs
import orjson
import uvloop
from benchmarks._load import Connection, connect, written

ANSWER_WITHIN_S = 120
_OPEN_AT_ONCE = 100

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Wish:
    """A request of somebody to one of the servers."""

    port: int
    token: str
    query: str
    variables: Any

    @property
    def octets(self) -> bytes:
        body = orjson.dumps({"query": self.query, "variables": self.variables})
        return written(self.token, body)


@attrs.frozen(kw_only=True)
class Told:
    """What came back: a status and the content, or what went wrong on the way."""

    status: int
    content: Any
    after_s: float

    def field(self, name: str) -> Any:
        """What a field of the data holds; None where there is none."""
        data = self.content.get("data") if isinstance(self.content, dict) else None
        return data.get(name) if isinstance(data, dict) else None


def together(wishes: Sequence[Wish]) -> list[Told]:
    """Send all requests at the same moment."""
    return uvloop.run(_together(wishes))


def in_turns(of_each: Sequence[Sequence[Wish]]) -> list[list[Told]]:
    """Let each client send its requests one after the other, all clients at once."""
    return uvloop.run(_in_turns(of_each))


async def _together(wishes: Sequence[Wish]) -> list[Told]:
    connections = await _opened(wishes)
    requests = [wish.octets for wish in wishes]
    for connection, octets in zip(connections, requests, strict=True):
        connection.write(octets[:-1])
    answers = [connection.expect() for connection in connections]
    await asyncio.sleep(0.2)  # what was written has arrived by then, and every request lacks one byte
    begun = time.perf_counter()
    for connection, octets in zip(connections, requests, strict=True):
        connection.write(octets[-1:])
    told = await asyncio.gather(*(_told(answer, begun) for answer in answers))
    for connection in connections:
        connection.close()
    return told


async def _opened(wishes: Sequence[Wish]) -> list[Connection]:
    connections: list[Connection] = []
    for at in range(0, len(wishes), _OPEN_AT_ONCE):
        some = wishes[at : at + _OPEN_AT_ONCE]
        connections += await asyncio.gather(*(connect(wish.port) for wish in some))
    return connections


async def _in_turns(of_each: Sequence[Sequence[Wish]]) -> list[list[Told]]:
    async def client(wishes: Sequence[Wish]) -> list[Told]:
        connections = {port: await connect(port) for port in {wish.port for wish in wishes}}
        told = []
        for wish in wishes:
            connection, begun = connections[wish.port], time.perf_counter()
            answer = connection.expect()
            connection.write(wish.octets)
            told.append(await _told(answer, begun))
        for connection in connections.values():
            connection.close()
        return told

    return await asyncio.gather(*(client(wishes) for wishes in of_each))


async def _told(answer: asyncio.Future[tuple[int, bytes]], begun: float) -> Told:
    try:
        status, body = await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        content = orjson.loads(body)
    except (OSError, TimeoutError, ValueError) as error:
        # A client would see it as well: it is told as an answer that nobody may get.
        status, content = 0, {"went wrong": repr(error)}
    return Told(status=status, content=content, after_s=time.perf_counter() - begun)


# --- what was said about an order ---------------------------------------------------------------------------


def verdict(told: Told) -> str:
    """ACCEPTED, the codes of the refusals, or what else was said."""
    placed = told.field("placeOrder")
    if told.status != 200 or "errors" in told.content or not isinstance(placed, dict):
        return f"status {told.status}: {_without_reference(told.content)[:600]}"
    if placed["order"] is not None:
        return "ACCEPTED" if not placed["errors"] else "an order with errors"
    return " ".join(sorted(one["code"] for one in placed["errors"])) or "neither an order nor an error"


def _without_reference(content: Any) -> str:
    """Write an answer so that those that failed in one way read the same."""
    errors = content.get("errors") if isinstance(content, dict) else None
    if not isinstance(errors, list):
        return str(content)
    return "; ".join(f"{one.get('extensions', {}).get('code')} at {one.get('path')}" for one in errors)


def counted(told: Sequence[Told]) -> Counter[str]:
    """How often each was said."""
    return Counter(map(verdict, told))
