"""Receiving: requests have to arrive, and answers to be taken, within a time; uvicorn itself waits for ever."""

from __future__ import annotations

from asyncio import TimerHandle
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.graphql.limits import DEADLINE

GRACE_S = 1.0
"""How long whoever reads a body may take to answer that it came too slowly."""
LEAST_PER_S = 1024
"""Whoever takes fewer bytes of an answer than this keeps it from others."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class TimedConfig(uvicorn.Config):
    """What uvicorn is told, and how long a request may take to arrive."""

    def __init__(self, app: ASGIApp | str, *, receive_s: float, **options: Any) -> None:
        super().__init__(app, **{**options, "http": TimedProtocol})
        self.receive_s = receive_s


class TimedProtocol(HttpToolsProtocol):
    """One connection, whose time runs from its beginning, and for each further request from its first byte.

    It ends when the request is there. Between requests the connection has the time that uvicorn gives it. While
    something of an answer is left to be sent, it has to become less.
    """

    _timer: TimerHandle | None = None
    _begun = False
    """Whether there is a request that has not arrived as a whole."""
    _has_head = False
    _sending: TimerHandle | None = None
    _answers = 0
    """How often there was something to send."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        if self._sending is not None:
            self._sending.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # Whatever comes: uvicorn forgets that the connection is idle, even for an empty line.
        self._start()
        super().data_received(data)

    def handle_websocket_upgrade(self) -> None:
        self._stop()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun, self._has_head = True, False
        self._start()

    def on_headers_complete(self) -> None:
        self._has_head = True
        if self._timer is not None:
            self.scope["extensions"] = {DEADLINE: {"at": self._timer.when()}}
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._begun = False
        self._stop()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    @property
    def _receive_s(self) -> float:
        assert isinstance(self.config, TimedConfig), "it is the configuration that names this protocol"
        return self.config.receive_s

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._receive_s, self._is_over)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _is_over(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            # Not the client keeps us waiting: what it sent waits for an answer to an earlier request.
            self._start()
        elif self._has_head and self._begun and not self.cycle.response_started:
            # Whoever reads the body knows of the deadline, and says so in the words of the API.
            self._timer = self.loop.call_later(GRACE_S, self.transport.abort)
        else:
            if self._begun and not self._has_head:
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    def _watch(self) -> None:
        self._answers += 1
        if self._sending is None:
            self._look_later(self.transport.get_write_buffer_size())

    def _look_later(self, left: int) -> None:
        if left:
            look = partial(self._look, answers=self._answers, left=left)
            self._sending = self.loop.call_later(self._receive_s, look)

    def _look(self, *, answers: int, left: int) -> None:
        """Look whether what was left to be sent has become less, unless there is more because of another answer."""
        self._sending = None
        now = self.transport.get_write_buffer_size()
        if now and answers == self._answers and left - now < LEAST_PER_S * self._receive_s:
            self.transport.abort()
        else:
            self._look_later(now)
