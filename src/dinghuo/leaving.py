"""Leaving: whoever has asked is answered before the server ends, and is told to ask no more on this connection.

uvicorn alone closes every connection that is idle at that moment, also under a request that has just arrived, and drops
those that the system has taken for it; with several processes it lets the system take more until the end.
"""

from __future__ import annotations

import asyncio
import ctypes
import select
import signal
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors import Multiprocess, multiprocess

LAST_CALL_S = 1.0
"""How long connections stay open for the request that may be on its way."""
_TICK_S = 0.05
HANDSHAKE_S = 0.1
"""How long connections that are being made have to be there, when no others can be begun."""
_SO_ATTACH_FILTER = 26
_FLAGS_AT, _SYN, _ACK = 13, 0x02, 0x10
_LOAD, _AND, _IS, _RETURN = 0x30, 0x54, 0x15, 0x06
_BEGINS_NONE = (
    (_LOAD, 0, 0, _FLAGS_AT),
    (_AND, 0, 0, _SYN | _ACK),
    (_IS, 0, 1, _SYN),
    (_RETURN, 0, 0, 0),
    (_RETURN, 0, 0, 0xFFFFFFFF),
)
"""A filter, as Linux reads it, of TCP segments: nothing gets through that begins a connection (RFC 9293: SYN without
ACK), and everything else does, so that who has begun to connect gets in, and can go on with it."""
_STOPS = (signal.SIGINT, signal.SIGTERM)


def hold_back(sockets: Sequence[socket.socket]) -> None:
    """Let the system begin no more connections for these sockets; those it has begun can still be made and accepted.

    To close them alone would reset whoever came after the last look. A filter is how Linux can be told; whoever is held
    back tries again after a second and is refused. Who is in the middle of it needs HANDSHAKE_S yet.
    """
    steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _BEGINS_NONE))
    program = struct.pack("HP", len(_BEGINS_NONE), ctypes.addressof(steps))
    for one in sockets:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


class LeavingServer(uvicorn.Server):
    """A server that loses no request that has arrived as a whole."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app: Any = self.config.loaded_app
        last: Any = _saying_so(app)
        self.config.loaded_app = last
        came = self._close_the_door(sockets or [])
        loop = asyncio.get_running_loop()
        for one in came:
            await loop.connect_accepted_socket(self._connection, one)
        for connection in self._connections():
            if _is_idle(connection):
                connection.app = last
            else:
                connection.shutdown()  # after its answer, that is
        await self._last_call()
        await super().shutdown(sockets)

    def _close_the_door(self, sockets: Sequence[socket.socket]) -> list[socket.socket]:
        """Take in whoever stands before it, and close it, with nothing in between."""
        came: list[socket.socket] = []
        for one in sockets:
            one.setblocking(False)
            with suppress(OSError):
                while True:
                    came.append(one.accept()[0])
        for server in self.servers:
            server.close()
        for one in sockets:
            one.close()
        return came

    def _connection(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def _last_call(self) -> None:
        """Wait for the last requests, then close what is idle, unless one has arrived this very moment."""
        for _ in range(round(LAST_CALL_S / _TICK_S)):
            if not self.server_state.connections or self.force_exit:
                return
            await asyncio.sleep(_TICK_S)
        for connection in self._connections():
            if _is_idle(connection) and not _has_sent(connection):
                connection.shutdown()
        await asyncio.sleep(_TICK_S)

    def _connections(self) -> list[HttpToolsProtocol]:
        return [one for one in self.server_state.connections if isinstance(one, HttpToolsProtocol)]


class LeavingSupervisor(Multiprocess):
    """Lets several processes leave; asked a second time, it waits for them no longer."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._asked = 0

    def handle_signals(self) -> None:
        self._asked += sum(number in _STOPS for number in self.signal_queue)
        super().handle_signals()

    def terminate_all(self) -> None:
        hold_back(self.sockets)
        time.sleep(HANDSHAKE_S)
        # First our own: as long as anybody holds it open, the system takes connections that nobody will answer.
        for one in self.sockets:
            one.close()
        super().terminate_all()

    def join_all(self) -> None:
        while any(process.exitcode is None for process in self.processes):
            self._asked += sum(number in _STOPS for number in self.signal_queue)
            self.signal_queue.clear()
            if self._asked > 1:
                for process in self.processes:
                    process.kill()
            for process in self.processes:
                process.process.join(_TICK_S)


class _Worker(multiprocess.Process):
    """A process of several."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = LeavingServer(config=self.config)
        return self._server


# The supervisor makes processes in four places and lets nobody say of which kind.
multiprocess.Process = _Worker  # type: ignore[misc]


def _saying_so(app: ASGIApp) -> ASGIApp:
    """Let every answer say that it is the last of its connection."""

    async def last(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await app(scope, receive, told if scope["type"] == "http" else send)

    return last


def _is_idle(connection: HttpToolsProtocol) -> bool:
    """Tell whether no request is being answered."""
    cycle: RequestResponseCycle | None = connection.cycle
    return cycle is None or cycle.response_complete


def _has_sent(connection: HttpToolsProtocol) -> bool:
    """Tell whether there is something that has not been read."""
    poll = select.poll()
    poll.register(connection.transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(poll.poll(0))
