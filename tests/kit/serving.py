"""A real HTTP server on this machine, in threads, that can be told to misbehave."""

from __future__ import annotations

import json
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

DRIP_S = 0.02


class Trouble(Enum):
    """How a server can be of no use."""

    SILENT = "it takes the request and says nothing"
    DRIPPING_HEADERS = "its headers come one byte after the other and never end"
    DRIPPING_BODY = "its body comes one byte after the other and never ends"
    CLOSING = "it closes the connection without a word"
    NOT_HTTP = "it speaks something else"
    NOT_JSON = "it answers in prose"
    NO_OBJECT = "its JSON is a list"
    EMPTY = "it answers with nothing"
    DEEP = "its JSON goes a million levels deep"
    HUGE = "it answers with megabytes"
    PACKED = "it answers with something compressed that nobody asked for"
    REDIRECTING = "it sends us elsewhere"


@attrs.frozen(kw_only=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@attrs.frozen
class Reply:
    """What the server says."""

    status: int
    body: bytes
    content_type: str = "application/json; encoding=utf-8"


@attrs.define(kw_only=True)
class LocalServer:
    """Where it listens, what it was asked, and what troubles it."""

    url: str
    asked: list[Asked] = attrs.field(factory=list)
    trouble: Trouble | None = None
    stopping: threading.Event = attrs.field(factory=threading.Event)


@contextmanager
def served(answer: Callable[[Asked], Reply], *, tls: ssl.SSLContext | None = None) -> Iterator[LocalServer]:
    """Serve on a free port as long as the block runs; every request has a thread."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self._asked()
            local.asked.append(asked)
            if local.trouble is None:
                reply = answer(asked)
                self._reply(reply.status, reply.body, reply.content_type)
            else:
                self._spoil(local.trouble)

        def do_POST(self) -> None:
            self.do_GET()

        def _asked(self) -> Asked:
            parts = urlsplit(self.path)
            return Asked(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length", "0"))),
            )

        def _reply(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def _spoil(self, trouble: Trouble) -> None:
            self.close_connection = True
            match trouble:
                case Trouble.SILENT:
                    local.stopping.wait()
                case Trouble.DRIPPING_HEADERS:
                    self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                case Trouble.DRIPPING_BODY:
                    self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
                case Trouble.CLOSING:
                    pass
                case Trouble.NOT_HTTP:
                    self.wfile.write(b"\x00\xff220 smtp.example.com ready\r\n\r\n")
                case Trouble.NOT_JSON:
                    self._reply(200, b"<html>502 Bad Gateway</html>", "text/html")
                case Trouble.NO_OBJECT:
                    self._reply(200, b"[]", "application/json")
                case Trouble.EMPTY:
                    self._reply(200, b"", "application/json")
                case Trouble.DEEP:
                    self._reply(200, b"[" * 60_000, "application/json")
                case Trouble.HUGE:
                    self._reply(200, b'{"a":"' + b"x" * 5_000_000 + b'"}', "application/json")
                case Trouble.PACKED:
                    self._reply(200, b"\x1f\x8b" + bytes(64), "application/json", Content_Encoding="gzip")
                case Trouble.REDIRECTING:
                    self._reply(302, b"", "text/plain", Location=f"{local.url}/elsewhere")

        def _drip(self, first: bytes) -> None:
            self.wfile.write(first)
            while not local.stopping.wait(DRIP_S):
                self.wfile.write(b"x")

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing; tests ask what was asked."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Callers that hang up are what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    local = LocalServer(url=f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield local
    finally:
        local.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def everything_of(error: BaseException | None) -> Iterator[str]:
    """All that anybody could print of an exception and of those that it came from."""
    while error is not None:
        yield from traceback.format_exception(error)
        yield repr([error, error.args, getattr(error, "__dict__", {})])
        assert not hasattr(error, "request"), "an exception of the HTTP client holds what was sent"
        error = error.__cause__ or error.__context__
