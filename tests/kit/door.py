"""Requests straight into the application: a client library takes as long to ask as the application to answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
from starlette.types import ASGIApp, Message


@attrs.define(kw_only=True)
class Reply:
    """What the application answered."""

    status_code: int = 0
    headers: dict[str, str] = attrs.field(factory=dict)
    body: bytearray = attrs.field(factory=bytearray)

    @property
    def text(self) -> str:
        """The answer as text."""
        return self.body.decode()

    def json(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    async def take(self, message: Message) -> None:
        """Take in what the application sends."""
        if message["type"] == "http.response.start":
            self.status_code = message["status"]
            self.headers |= {
                name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            assert message["type"] == "http.response.body", message
            self.body += message.get("body", b"")


@attrs.frozen
class Door:
    """Where requests come in, as the server would hand them over."""

    app: ASGIApp

    async def post(self, path: str, *, content: bytes | str, headers: Mapping[str, str]) -> Reply:
        """Ask one thing, and wait for the whole answer."""
        body = content if isinstance(content, bytes) else content.encode()
        left: list[Message] = [
            {"type": "http.disconnect"},
            {"type": "http.request", "body": body, "more_body": False},
        ]

        async def receive() -> Message:
            return left.pop()

        reply = Reply()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"host", b"dinghuo.test"),
                (b"content-length", str(len(body)).encode()),
                *(
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in headers.items()
                ),
            ],
            "client": ("127.0.0.1", 123),
            "server": ("dinghuo.test", 80),
        }
        await self.app(scope, receive, reply.take)
        return reply
