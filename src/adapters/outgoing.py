"""Requests to servers of others: bounded in time and size, redirected nowhere, silent about what they carry."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

if TYPE_CHECKING:
    import ssl

LONGEST_BODY = 64 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

# They write every address they call, and there are services that take their secret in the address.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def service_url(text: str) -> str:
    """Check the address of a server of others.

    :raises ValueError: if it is not https, or http on this machine, or has a password or a fragment in it; the
        message does not repeat it.
    """
    refused = ValueError("an address is https://…, or http:// on this machine, without a user and a fragment")
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise refused from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    readable = text.isascii() and text.isprintable() and " " not in text
    if not (whole and secure and readable) or parts.fragment or "@" in parts.netloc:
        raise refused
    return text


@attrs.frozen(kw_only=True)
class Patience:
    """How long is waited for a connection, for every piece of an answer, and for the whole of it, in seconds."""

    connect_s: float = 3.0
    read_s: float = 5.0
    whole_s: float = 10.0


@attrs.frozen
class Answered:
    """What came back: the status, and the body as it came, or None where it was longer than is read."""

    status: int
    body: bytes | None = attrs.field(repr=False)


class Unanswered(Exception):
    """No answer came, or not in time. It names neither the address nor what was sent."""


def _checked(_: object, __: attrs.Attribute[str], url: str) -> None:
    service_url(url)


@attrs.frozen(kw_only=True, slots=False)
class Outgoing:
    """One server of others, asked over a new connection each time, from any thread that runs no event loop.

    A connection that is kept may be gone without a word, and then nobody knows whether what was sent has arrived.
    """

    url: str = attrs.field(repr=False, validator=_checked)
    patience: Patience = attrs.field(factory=Patience)

    def ask(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = LONGEST_BODY,
    ) -> Answered:
        """Send a request, once, and read at most so many bytes of the answer; 0 reads the status alone.

        :raises Unanswered: if there is no answer in time.
        """
        import anyio
        import httpx

        try:
            return anyio.run(self._exchange, method, path, query, content, headers, most)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            why = type(error).__name__
        # Raised outside, because what httpx raises holds the whole request.
        raise Unanswered(why)

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        most: int,
    ) -> Answered:
        import anyio
        import httpx

        patience = self.patience
        timeout = httpx.Timeout(patience.read_s, connect=patience.connect_s)
        # The environment could name a proxy, and so somebody who reads what is sent.
        client = httpx.AsyncClient(verify=self._trusted, timeout=timeout, trust_env=False)
        request = client.build_request(
            method,
            self.url + path,
            params=query,
            content=content,
            headers={"Accept-Encoding": "identity", "Connection": "close", **(headers or {})},
        )
        with anyio.fail_after(patience.whole_s):
            async with client:
                response = await client.send(request, stream=True, follow_redirects=False)
                try:
                    return Answered(response.status_code, await _body(response, most) if most else b"")
                finally:
                    await response.aclose()

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed: those of certifi, or of SSL_CERT_FILE or SSL_CERT_DIR."""
        import httpx

        return httpx.create_ssl_context()


async def _body(response: Any, most: int) -> bytes | None:
    parts, length = [], 0
    async for part in response.aiter_raw():
        length += len(part)
        if length > most:
            return None
        parts.append(part)
    return b"".join(parts)
