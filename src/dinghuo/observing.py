"""Observing requests: a name for each, one line in the log, and the counters; nothing about persons."""

from __future__ import annotations

import re
import time
from secrets import token_hex
from typing import Any

import attrs
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from application.authorization import Actor
from dinghuo.metrics import Metrics

HEADER = b"x-request-id"
ROUTES = frozenset({"/", "/graphql", "/healthz", "/readyz", "/metrics", "/schema.graphql"})
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
"""What is not among these is counted as `other`, so that nobody can make counters without end."""
_OTHER = "other"
_SANE = re.compile(rb"[A-Za-z0-9._\-]{1,64}")


@attrs.frozen
class Observed:
    """Names a request, and says afterwards how it went."""

    app: ASGIApp
    metrics: Metrics
    log: Any = attrs.field(factory=lambda: structlog.get_logger("dinghuo.http"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        status = 0
        clear_contextvars()
        bind_contextvars(request_id=request_id.decode())
        scope.setdefault("state", {})["request_id"] = request_id.decode()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                status = message.get("status", _STARTS[message["type"]])
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id)]
            await send(message)

        begun = time.perf_counter()
        try:
            await self.app(scope, receive, named)
        except Exception:
            # The outermost place: whoever asked was given the name of the request, the log gets the rest.
            self.log.exception("unexpected")
        finally:
            self._tell(scope, status, time.perf_counter() - begun)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
        method = method if method in METHODS or method == "WEBSOCKET" else _OTHER
        route = scope["path"] if scope["path"] in ROUTES else _OTHER
        self.metrics.requests.labels(method, route, status).inc()
        if method != "WEBSOCKET":
            self.metrics.seconds.labels(method, route).observe(seconds)
        write = self.log.error if status >= 500 else self.log.info
        write("request", method=method, route=route, status=status, ms=round(seconds * 1000, 2))


_STARTS = {"http.response.start": 0, "websocket.accept": 101, "websocket.http.response.start": 0}


def _request_id(scope: Scope) -> bytes:
    given: bytes = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return given if _SANE.fullmatch(given) else token_hex(16).encode()


async def failure(request: Request, _: Exception) -> Response:
    """Answer for what nobody expected: with the name of the request, by which the log can be searched."""
    extensions = {"code": "INTERNAL", "reference": request.state.request_id}
    return JSONResponse(
        {"errors": [{"message": "Internal error.", "extensions": extensions}]}, status_code=500
    )


def note_merchant(actor: Actor) -> None:
    """Let the log know the merchant as soon as it is known."""
    bind_contextvars(merchant=str(actor.merchant_id))
