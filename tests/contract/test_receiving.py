"""How long a request may take to arrive, over real connections: who is slow is cut, who is not is served."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import attrs
import pytest
import uvicorn
from anyio import to_thread
from dependency_injector import providers
from programmes._attackers import attack, besiege
from starlette.types import ASGIApp, Receive, Scope, Send
from typed_settings import Secret

from adapters.graphql.limits import Limits
from adapters.persistence.memory import MemoryDatabase
from dinghuo.container import Container
from dinghuo.receiving import TimedConfig
from dinghuo.settings import Settings
from kit.hostile import HOSTILE
from kit.world import furnish

LIMIT_S = 0.6
SLACK_S = 1.5
DRIP_S = 0.05
BODY = b'{"query": "{ merchant { slug } }"}'
HEAD = (
    b"POST /graphql HTTP/1.1\r\nhost: door\r\nx-merchant: shanquan\r\naccept-language: en\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
)
ALIVE = b"GET /healthz HTTP/1.1\r\nhost: door\r\n\r\n"


@attrs.frozen
class Client:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, bytes]:
        """The next answer on the connection."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        (length,) = (
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
        )
        return int(head.split()[1]), await self.reader.readexactly(length)

    async def drip(self, pieces: Iterable[bytes]) -> None:
        """Send piece after piece, as long as anybody takes them."""
        with suppress(ConnectionError):
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                await asyncio.sleep(DRIP_S)

    async def rest(self) -> bytes:
        """What still comes before the other side closes."""
        try:
            return await asyncio.wait_for(self.reader.read(), LIMIT_S + SLACK_S)
        except ConnectionResetError:
            return b""


@attrs.frozen
class Door:
    """A server."""

    port: int

    @asynccontextmanager
    async def visited(self) -> AsyncIterator[Client]:
        """A connection of somebody."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        yield Client(reader, writer)
        writer.close()

    async def cut(self, pieces: Iterable[bytes], *, first: bytes = b"") -> bytes:
        """Send slowly until cut, which has to be in time; answers with what came back."""
        async with self.visited() as client:
            if first:
                client.writer.write(first)
                await client.answer()
            begun = time.monotonic()
            dripping = asyncio.create_task(client.drip(pieces))
            told = await client.rest()
            took = time.monotonic() - begun
            dripping.cancel()
            assert LIMIT_S - 0.1 <= took <= LIMIT_S + SLACK_S, took
            return told


class _Server(uvicorn.Server):
    """Says so when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[Door]:
    """Serve on a port of this machine."""
    config = TimedConfig(app, receive_s=LIMIT_S, log_config=None, access_log=False)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as taken:
        running = asyncio.create_task(server.serve(sockets=[taken]))
        await server.ready.wait()
        yield Door(taken.getsockname()[1])
        server.should_exit = True
        await running


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    memory = MemoryDatabase()
    world = furnish(memory)
    container = Container()
    container.database.override(providers.Object(memory))
    container.clock.override(providers.Object(world.clock))
    settings = Settings(data=tmp_path, token_key=Secret("k" * 32), limits=Limits(receive_s=LIMIT_S))
    container.settings.override(providers.Object(settings))
    async with serving(container.app()) as opened:
        yield opened


class TestSlowRequests:
    @pytest.mark.parametrize(
        "pieces",
        [
            [b"GET /heal"],
            [b"GET /healthz HTTP/1.1\r\nhost: door\r\nx-a: "],
            [HEAD[at : at + 1] for at in range(len(HEAD))],
            [b"GET /healthz HTTP/1.1\r\n", *(b"x-%d: y\r\n" % number for number in range(1000))],
        ],
        ids=["half a line", "half a head", "bytes", "headers"],
    )
    async def test_are_cut_in_their_heads(self, door: Door, pieces: list[bytes]) -> None:
        assert (await door.cut(pieces)).startswith(b"HTTP/1.1 408 ")
        again = await door.cut(pieces, first=ALIVE)
        assert again.startswith(b"HTTP/1.1 408 ")

    async def test_are_cut_where_nothing_comes(self, door: Door) -> None:
        assert await door.cut([]) == b""

    @pytest.mark.parametrize("first", [b"", ALIVE, HEAD + BODY])
    async def test_are_told_so_by_the_api_in_their_bodies(self, door: Door, first: bytes) -> None:
        told = await door.cut([HEAD, *(BODY[at : at + 1] for at in range(len(BODY) - 1))], first=first)
        head, _, body = told.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(body)["errors"][0]["extensions"] == {"code": "TIMEOUT"}

    async def test_have_one_time_for_head_and_body(self, door: Door) -> None:
        half = len(HEAD) // 6
        head = [HEAD[at : at + half] for at in range(0, len(HEAD), half)]
        told = await door.cut([*head, *(BODY[at : at + 1] for at in range(len(BODY) - 1))])
        assert told.startswith(b"HTTP/1.1 408 ")

    async def test_are_cut_where_nobody_wants_the_body(self, door: Door) -> None:
        head = b"POST /healthz HTTP/1.1\r\nhost: door\r\ncontent-length: 1000\r\n\r\n"
        assert (await door.cut([head, *[b"x"] * 500])).startswith(b"HTTP/1.1 405 ")

    async def test_are_cut_where_only_empty_lines_come(self, door: Door) -> None:
        assert await door.cut([b"\r\n"] * 500) == b""
        assert await door.cut([b"\r\n"] * 500, first=ALIVE) == b""

    async def test_keep_nobody_else_waiting(self, door: Door) -> None:
        async def honest() -> float:
            async with door.visited() as client:
                begun = time.monotonic()
                client.writer.write(HEAD + BODY)
                assert (await client.answer())[0] == 200
                return time.monotonic() - begun

        async def half_open(which: int) -> bytes:
            return await door.cut([HEAD[: 20 + which % 50]])

        slow = [asyncio.create_task(half_open(which)) for which in range(200)]
        served = [await honest() for _ in range(50)]
        assert max(served) < SLACK_S
        told = await asyncio.gather(*slow)
        assert all(one.startswith(b"HTTP/1.1 408 ") for one in told)
        assert await honest() < SLACK_S


LARGE = b"x" * 20_000_000
"""More than what lies between a server and a client that does not read."""


async def large(scope: Scope, _: Receive, send: Send) -> None:
    """Answer whatever is asked with very much."""
    if scope["type"] == "lifespan":
        return
    length = str(len(LARGE)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": LARGE})


class TestAnswers:
    @pytest.mark.parametrize(
        "asked", [ALIVE, ALIVE * 10, ALIVE.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")]
    )
    async def test_are_not_kept_for_those_who_do_not_take_them(self, asked: bytes) -> None:
        async with serving(large) as door, door.visited() as client:
            client.writer.write(asked)
            await asyncio.sleep(LIMIT_S * 2 + SLACK_S)
            assert len(await client.rest()) < len(LARGE)

    async def test_may_be_taken_slowly(self) -> None:
        async with serving(large) as door, door.visited() as client:
            for _ in range(2):
                client.writer.write(ALIVE)
                await client.reader.readuntil(b"\r\n\r\n")
                taken = 0
                while taken < len(LARGE):
                    taken += len(await client.reader.readexactly(min(1_000_000, len(LARGE) - taken)))
                    await asyncio.sleep(LIMIT_S / 6)
                assert taken == len(LARGE)


class TestHostileRequests:
    async def test_are_all_refused_as_they_travel(self, door: Door) -> None:
        sending = partial(attack, door.port, per_second=200, seconds=len(HOSTILE) / 200)
        done = await to_thread.run_sync(sending)
        assert done.sent >= len(HOSTILE)
        assert all(200 <= status < 500 for status in done.statuses), done.statuses

    async def test_are_refused_however_many_wait(self, door: Door) -> None:
        sending = partial(besiege, door.port, connections=50, seconds=0.1)
        siege = await to_thread.run_sync(sending)
        assert siege.closed == 50
        assert siege.longest_s <= LIMIT_S + SLACK_S


class TestRequestsInTime:
    async def test_are_served_however_slow_the_answer_is(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                return
            await receive()
            await asyncio.sleep(LIMIT_S * 2)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

        async with serving(app) as door, door.visited() as client:
            # The second comes while the first is answered.
            client.writer.write(HEAD + BODY + ALIVE)
            assert await client.answer() == (200, b"ok")
            assert await client.answer() == (200, b"ok")

    async def test_may_wait_for_one_another(self, door: Door) -> None:
        async with door.visited() as client:
            for _ in range(2):
                client.writer.write(HEAD + BODY)
                status, body = await client.answer()
                assert (status, json.loads(body)) == (200, {"data": {"merchant": {"slug": "shanquan"}}})
                await asyncio.sleep(LIMIT_S * 2)

    async def test_may_come_in_pieces(self, door: Door) -> None:
        async with door.visited() as client:
            for _ in range(3):
                for piece in (HEAD[:50], HEAD[50:], BODY[:5], BODY[5:]):
                    client.writer.write(piece)
                    await asyncio.sleep(LIMIT_S / 6)
                assert (await client.answer())[0] == 200
