"""GraphQL over HTTP: what a request must look like, and what its answer looks like."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import attrs
import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.graphql.guard import Exceeded, Limits, check_json
from adapters.graphql.limits import DEADLINE
from adapters.graphql.messages import Code, Limit, Wrong
from adapters.graphql.trusted import hash_of, named

GRAPHQL_JSON = "application/graphql-response+json"
LEGACY_JSON = "application/json"
_LONGEST_ACCEPT = 1024


class Unacceptable(Exception):
    """A request that is answered before any document is looked at."""

    def __init__(
        self,
        status: int,
        code: Code = Code.BAD_USER_INPUT,
        *,
        wrong: Wrong | None = None,
        why: str | None = None,
        **headers: str,
    ) -> None:
        super().__init__(status)
        self.status, self.code, self.wrong, self.why = status, code, wrong, why
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@attrs.frozen(kw_only=True)
class Sent:
    """What a client sent."""

    query: str | None
    """The document; None where only its hash was sent."""
    hash: str | None = None
    variables: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    operation_name: str | None = None


async def read(request: Request, limits: Limits) -> Sent:
    """Read a request.

    :raises Unacceptable: if it is not as GraphQL over HTTP wants it, or comes too slowly.
    :raises Exceeded: if it has more of something than it may have.
    """
    if request.method == "POST":
        _check_content_type(request)
        try:
            async with asyncio.timeout_at(_until(request, limits)):
                octets = await _body(request, limits)
        except TimeoutError:
            raise Unacceptable(408, Code.TIMEOUT, wrong=Wrong.SLOW, connection="close") from None
        return _sent(_json(octets, limits), octets, limits)
    octets = b""
    asked: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if asked.get(name):
            written = _octets(asked[name])
            asked[name] = _json(written, limits)
            octets += written
        else:
            asked.pop(name, None)
    return _sent(asked, octets, limits)


def _until(request: Request, limits: Limits) -> float:
    """The moment until when the request may arrive: the server knows when it began, if it is ours."""
    known = request.scope.get("extensions", {}).get(DEADLINE)
    return known["at"] if known else asyncio.get_running_loop().time() + limits.receive_s


def answer(content: Mapping[str, Any], *, status: int, media: str, **headers: str) -> Response:
    """Write an answer."""
    return Response(
        orjson.dumps(content),
        status_code=status,
        headers={"cache-control": "no-store", **headers},
        media_type=f"{media}; charset=utf-8",
    )


def write(part: Mapping[str, Any]) -> orjson.Fragment:
    """Write a part of answers that are to come."""
    # What orjson gives has room behind it, and whoever shrinks it leaves a hole: what is kept is as long as it is.
    return orjson.Fragment(bytes(memoryview(orjson.dumps(part))))


def media_type(request: Request) -> str | None:
    """Choose what the client accepts: plain JSON where it does not say, None where it takes neither of ours."""
    accepted = request.headers.get("accept", "")[:_LONGEST_ACCEPT]
    if not accepted.strip():
        return LEGACY_JSON
    best, found = 0.0, None
    for part in accepted.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        media = {
            GRAPHQL_JSON: GRAPHQL_JSON,
            LEGACY_JSON: LEGACY_JSON,
            "application/*": LEGACY_JSON,
            "*/*": LEGACY_JSON,
        }.get(name)
        weight = _weight(parameters)
        if media is not None and weight > best:
            best, found = weight, media
    return found


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _check_content_type(request: Request) -> None:
    media, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charset = next((one[8:].strip('"') for one in parameters if one.startswith("charset=")), "utf-8")
    if media != LEGACY_JSON or charset not in ("utf-8", "utf8"):
        raise Unacceptable(415, wrong=Wrong.REQUEST, accept_post=LEGACY_JSON)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Unacceptable(415, wrong=Wrong.REQUEST, accept_encoding="identity")


async def read_file(request: Request, limits: Limits, *, most: int) -> bytes:
    """Receive a file as it is; what it is is told by its octets, whatever it is said to be.

    :raises Unacceptable: if it comes too slowly.
    :raises Exceeded: as soon as it is known to be too large.
    """
    try:
        async with asyncio.timeout_at(_until(request, limits)):
            return await _octets_of(request, most, Limit.FILE_BYTES)
    except TimeoutError:
        raise Unacceptable(408, Code.TIMEOUT, wrong=Wrong.SLOW, connection="close") from None


async def _body(request: Request, limits: Limits) -> bytes:
    """Receive the body, as long as it stays within the limit."""
    return await _octets_of(request, limits.body_bytes, Limit.BODY_BYTES)


async def _octets_of(request: Request, most: int, limit: Limit) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise Exceeded(limit, most)
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > most:
            raise Exceeded(limit, most)
    return bytes(octets)


def _json(octets: bytes, limits: Limits) -> Any:
    try:
        return orjson.loads(octets)
    except orjson.JSONDecodeError:
        # Nesting beyond its own bound it takes for no JSON.
        check_json(octets, limits)
        raise Unacceptable(400, wrong=Wrong.REQUEST) from None


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unacceptable(400, wrong=Wrong.REQUEST) from None


def _sent(content: Any, octets: bytes, limits: Limits) -> Sent:
    """Look at what was sent: one operation, never a batch."""
    if not isinstance(content, dict):
        raise Unacceptable(400, wrong=Wrong.REQUEST)
    query, name = content.get("query"), content.get("operationName")
    variables, extensions = content.get("variables"), content.get("extensions")
    if not isinstance(query, str | None) or not isinstance(name, str | None):
        raise Unacceptable(400, wrong=Wrong.REQUEST)
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise Unacceptable(400, wrong=Wrong.REQUEST)
    hash_ = _hash(content.get("documentId"), (extensions or {}).get("persistedQuery"))
    if query is None or not query.strip():
        query = None
        if hash_ is None:
            raise Unacceptable(400, wrong=Wrong.REQUEST)
    elif len(_octets(query)) > limits.document_bytes:
        raise Exceeded(Limit.DOCUMENT_BYTES, limits.document_bytes)
    check_json(octets, limits)
    if query is not None and hash_ is not None and hash_of(query) != hash_:
        raise Unacceptable(400, wrong=Wrong.OTHER_HASH)
    # The character that no database takes is always written like this in JSON.
    if b"\\u0000" in octets and not _storable(variables):
        raise Unacceptable(400, wrong=Wrong.TEXT)
    return Sent(query=query, hash=hash_, variables=variables, operation_name=name or None)


def _hash(identifier: object, persisted: object) -> str | None:
    """The hash that a request names its document by, in either way; None where it does not."""
    given = [] if identifier is None else [identifier]
    if persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise Unacceptable(400, wrong=Wrong.REQUEST)
        given.append(persisted.get("sha256Hash"))
    hashes = {named(one) for one in given}
    if None in hashes or len(hashes) > 1:
        raise Unacceptable(400, wrong=Wrong.REQUEST)
    return hashes.pop() if hashes else None


def _storable(content: object) -> bool:
    """Tell whether every text in it can be stored: no database takes the character zero."""
    left = [content]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if "\0" in one:
                return False
        elif isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
    return True
