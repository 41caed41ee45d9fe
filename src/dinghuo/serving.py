"""Serving: the socket, the server, and an orderly end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE

from dinghuo.leaving import HANDSHAKE_S, LeavingServer, LeavingSupervisor, hold_back
from dinghuo.receiving import TimedConfig
from dinghuo.speech import CommandRefused, refusal
from dinghuo.stopping import go_on

FINISH_WITHIN_S = 10
BACKLOG = 2048


def listening(*, host: str, port: int) -> socket.socket:
    """Take the port, before anything else is done.

    :raises CommandRefused: if it cannot be had.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind)
    except OSError as error:
        raise _unavailable(host, port, error) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        # Listening at once: two that have only bound a port would both believe that it is theirs.
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise _unavailable(host, port, error) from error
    return taken


def address_of(taken: socket.socket, *, host: str) -> str:
    """The address to give to a browser on this machine."""
    port = taken.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    app: ASGIApp,
    *,
    on: socket.socket,
    receive_s: float,
    announce: Callable[[], None],
    proxies: Sequence[str] = (),
) -> None:
    """Serve until asked to stop, then finish what was begun; `proxies` are believed where a request comes from."""
    server = _Server(config(app, receive_s=receive_s, proxies=proxies))
    server.announce = announce
    # The server gives these back before it ends and raises what it caught once more: by then it has been heeded.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    go_on()
    server.run(sockets=[on])


def serve_in_processes(
    *,
    on: socket.socket,
    workers: int,
    receive_s: float,
    environment: Mapping[str, str],
    proxies: Sequence[str] = (),
) -> bool:
    """Serve with several processes, which read the settings from the environment; tell whether they could."""
    os.environ.update(environment)
    supervisor = LeavingSupervisor(
        config("dinghuo.asgi:app", workers=workers, receive_s=receive_s, proxies=proxies), sockets=[on]
    )
    supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


def config(
    app: ASGIApp | str, *, receive_s: float, proxies: Sequence[str], workers: int = 1
) -> uvicorn.Config:
    """What uvicorn is told."""
    return TimedConfig(
        app,
        receive_s=receive_s,
        factory=isinstance(app, str),
        workers=workers,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        backlog=BACKLOG,
        timeout_graceful_shutdown=FINISH_WITHIN_S,
    )


class _Server(LeavingServer):
    """Says so when it is ready; asked to stop a second time, it waits for nobody."""

    announce: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self.announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hold_back(sockets or [])
        await asyncio.sleep(HANDSHAKE_S)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        super().handle_exit(sig, frame)


def _unavailable(host: str, port: int, error: OSError) -> CommandRefused:
    if error.errno == errno.EADDRINUSE:
        return refusal(
            zh=f"端口 {port} 已被占用。请停掉占用它的程序,或换一个端口:--port {port + 1}",
            en=f"Port {port} is in use. Stop the program that uses it, or name another port: --port {port + 1}",
        )
    why = error.strerror or str(error)
    return refusal(
        zh=f"无法在 {host} 的端口 {port} 上提供服务:{why}。请检查 --host 和 --port。",
        en=f"Port {port} of {host} cannot be had: {why}. Check --host and --port.",
    )
