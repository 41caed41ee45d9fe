"""The endpoint: who is asking, what is asked, and the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import anyio.to_thread
import attrs
from anyio import CapacityLimiter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from adapters.graphql.context import Context
from adapters.graphql.errors import cause_of, log_not_now, told
from adapters.graphql.guard import Exceeded, Limits
from adapters.graphql.http import (
    GRAPHQL_JSON,
    LEGACY_JSON,
    Sent,
    Unacceptable,
    answer,
    media_type,
    read,
    read_file,
)
from adapters.graphql.ide import Ide
from adapters.graphql.limits import TooOften
from adapters.graphql.looks import Foresight, Looks
from adapters.graphql.messages import Code, Limit, Locale, Wrong, say
from adapters.graphql.pace import Pace
from adapters.graphql.schema import schema
from adapters.graphql.trusted import Trusted
from adapters.graphql.uploads import FLOORS, MOST_FILE_BYTES, PRICES, Upload, no_tables
from application.authorization import Actor, ActorKind, Unauthenticated
from application.importing import ColumnsNotUnderstood, Table, UnreadableTable
from application.ports.clock import Clock, Ids
from application.ports.directory import UnknownMerchant
from application.ports.storage import NotNow
from application.ports.tokens import Claims, InvalidToken, Tokens
from application.use_cases import UseCases
from application.views.reading import Reading, TooSoon
from domain.identity import Id
from domain.trail import Origin

log = logging.getLogger(__name__)

_READS = frozenset({OperationType.QUERY})
_ALL = frozenset({OperationType.QUERY, OperationType.MUTATION})
_STATUS = {Code.INTERNAL: 500, Code.CONFLICT: 503, Code.TIMEOUT: 503, Code.RATE_LIMITED: 429}


class RequestId(Id):
    """What one request is called in logs and in errors that say nothing else."""

    __slots__ = ()
    tag = "req"


@attrs.frozen(kw_only=True)
class Service:
    """What the endpoint needs of the house."""

    use: UseCases
    reading: Reading
    tokens: Tokens
    clock: Clock
    ids: Ids
    graphiql: bool = False
    demo_token: Callable[[], str] | None = None
    """Makes a token that the page for browsers comes with."""
    limits: Limits = Limits()
    pace: Pace | None = None
    """Counts who asks how often; without one nobody is told to wait."""
    engine: bool = True
    """Whether queries are executed by compiled code; without it graphql-core executes them."""
    heard: Callable[[Actor], None] = lambda _: None
    """Is told who asks, as soon as that is known."""
    trusted: Trusted = Trusted()
    tables: Callable[[bytes], Table] = no_tables
    """Reads files that are sent."""
    verb_threads: int = 8
    """How many verbs run at once; the database has as many connections for them."""


def routes(service: Service) -> list[BaseRoute]:
    """The routes of the API."""
    ide = Ide(service.demo_token) if service.graphiql else None
    endpoint = Endpoint(service, ide, CapacityLimiter(service.verb_threads))
    found: list[BaseRoute] = [
        Route("/graphql", endpoint.graphql, methods=["GET", "POST"]),
        Route("/price-batches", endpoint.price_batches, methods=["POST"]),
        Route("/floors", endpoint.floors, methods=["POST"]),
    ]
    if ide is not None:
        found.append(Route("/graphql/assets/{name}", ide.asset, methods=["GET"]))
    return found


Answering: TypeAlias = Callable[..., Awaitable[Response]]
"""Answers a request once it is known that it may be answered."""


@attrs.frozen
class Endpoint:
    """Answers `/graphql`, and takes files beside it."""

    service: Service
    ide: Ide | None
    verb_threads: CapacityLimiter
    foresight: Foresight = attrs.field(factory=Foresight)

    async def graphql(self, request: Request) -> Response:
        """Answer one request, whatever happens."""
        if self.ide is not None and _wants_page(request):
            return self.ide.page()
        return await self._served(request, self._answer)

    async def price_batches(self, request: Request) -> Response:
        """Take a table of prices, stage it, and tell what it would change."""
        return await self._served(request, partial(self._filed, PRICES))

    async def floors(self, request: Request) -> Response:
        """Take a table of floors, set them, and tell what that changes."""
        return await self._served(request, partial(self._filed, FLOORS))

    async def _served(self, request: Request, answering: Answering) -> Response:
        address = request.client.host if request.client else ""
        locale = Locale.accepted(request.headers.get("accept-language"))
        reference = self.service.ids.new(RequestId)
        looks = Looks(self.service.reading, self.service.clock.now)
        try:
            response = await self._told(
                request, looks, answering, address=address, locale=locale, reference=reference
            )
        except BaseException:
            await looks.close()
            raise
        # Nobody has to wait for the end of the moment that was looked at.
        response.background = BackgroundTask(looks.close)
        return response

    async def _told(
        self,
        request: Request,
        looks: Looks,
        answering: Answering,
        *,
        address: str,
        locale: Locale,
        reference: str,
    ) -> Response:
        media = media_type(request)
        try:
            if media is None:
                raise Unacceptable(406, wrong=Wrong.REQUEST)
            if self.service.pace is not None:
                await self.service.pace.address(address)
            return await answering(
                request, looks, media=media, address=address, locale=locale, reference=reference
            )
        except TooOften as often:
            return _refuse_haste(often, media=media or LEGACY_JSON, locale=locale)
        except Exceeded as exceeded:
            return _refuse_excess(exceeded, media=media or LEGACY_JSON, locale=locale)
        except Unacceptable as refused:
            return _refuse(refused, media=media or LEGACY_JSON, locale=locale)
        except Exception:
            log.exception("masked as INTERNAL", extra={"reference": reference})
            message = say(Code.INTERNAL, locale, reference=reference)
            extensions = {"code": Code.INTERNAL.value, "reference": reference}
            content = {"errors": [{"message": message, "extensions": extensions}]}
            return answer(content, status=500, media=media or LEGACY_JSON)

    async def _answer(
        self, request: Request, looks: Looks, *, media: str, address: str, locale: Locale, reference: str
    ) -> Response:
        sent = await read(request, self.service.limits)
        claims = self._claims(request)
        asked = (sent.query, sent.hash, sent.operation_name, claims and claims.kind)
        looks.foreseen = self.foresight.trips(*asked)
        actor = await self._actor(request, claims, looks)
        if self.service.pace is not None:
            await self.service.pace.person(actor)
        context = Context(
            actor=attrs.evolve(actor, origin=_origin(request, reference)),
            use=self.service.use,
            locale=locale,
            request_id=reference,
            looks=looks,
            verb_threads=self.verb_threads,
            limits=self.service.limits,
            pace=self.service.pace,
            address=address,
            explorable=self.service.graphiql,
            compiled=self.service.engine,
        )
        query, writing = self._document(sent, actor), request.method == "POST"
        result = await _execute(query, sent, context, writing=writing)
        if looks.is_first and any(isinstance(cause_of(error), TooSoon) for error in result.errors or ()):
            # Nothing was changed: with the first change the first moment is over, and no other is foreseen.
            looks = await looks.again()
            actor = attrs.evolve(await self._actor(request, claims, looks), origin=context.actor.origin)
            context = attrs.evolve(context, actor=actor, looks=looks)
            result = await _execute(query, sent, context, writing=writing)
        self.foresight.learn(looks.trips, *asked)
        return _respond(result, context, media=media)

    async def _filed(
        self,
        upload: Upload,
        request: Request,
        looks: Looks,
        *,
        media: str,
        address: str,
        locale: Locale,
        reference: str,
    ) -> Response:
        """Who may is found out before anything of the file is read."""
        actor = await self._actor(request, self._claims(request), looks)
        if self.service.pace is not None:
            await self.service.pace.person(actor)
        if actor.kind is ActorKind.GUEST:
            raise _no_longer()
        if not all(actor.has(need) for need in upload.needs):
            raise Unacceptable(403, Code.FORBIDDEN)
        await looks.close()
        octets = await read_file(request, self.service.limits, most=MOST_FILE_BYTES)
        actor = attrs.evolve(actor, origin=_origin(request, reference))
        take = partial(upload, self.service, actor, octets, request.query_params)
        try:
            content = await anyio.to_thread.run_sync(take, limiter=self.verb_threads)
        except UnreadableTable as unreadable:
            raise Unacceptable(400, wrong=Wrong.FILE, why=unreadable.reason) from None
        except ColumnsNotUnderstood as wrong:
            names = ", ".join((*wrong.unknown, *wrong.missing, *wrong.twice))
            raise Unacceptable(400, wrong=Wrong.COLUMNS, why=names) from None
        except NotNow as cause:
            log_not_now(cause)
            raise Unacceptable(503, Code.CONFLICT, retry_after="1") from None
        return answer(content, status=200, media=LEGACY_JSON)

    def _document(self, sent: Sent, actor: Actor) -> str:
        """Find the document that was sent or named.

        :raises Unacceptable: if there is none of that name, or whoever asks may not send others than those trusted.
        """
        trusted = self.service.trusted
        found = trusted.find(text=sent.query, hash=sent.hash)
        if found is not None:
            return found
        if sent.query is None:
            raise Unacceptable(400, Code.PERSISTED_QUERY_NOT_FOUND)
        if trusted.only and actor.kind is not ActorKind.STAFF:
            raise Unacceptable(403, Code.FORBIDDEN, wrong=Wrong.ONLY_TRUSTED)
        return sent.query

    async def _actor(self, request: Request, claims: Claims | None, looks: Looks) -> Actor:
        """Find out who is asking: whom a token names, or else a guest.

        :raises Unacceptable: if the person is gone, or belongs to another merchant than the one named.
        """
        slug = request.headers.get("x-merchant")
        try:
            if claims is None:
                actor = await looks.current.guest(slug=slug)
            else:
                actor = await looks.current.actor(claims)
        except Unauthenticated:
            raise _no_longer() from None
        except UnknownMerchant:
            raise Unacceptable(400, wrong=Wrong.MERCHANT) from None
        except NotNow as cause:
            log_not_now(cause)
            raise Unacceptable(503, Code.CONFLICT, retry_after="1") from None
        self.service.heard(actor)
        if slug is not None and slug != actor.merchant.slug:
            raise Unacceptable(403, Code.FORBIDDEN)
        return actor

    def _claims(self, request: Request) -> Claims | None:
        """Read the token, if one was sent.

        :raises Unacceptable: if it does not hold.
        """
        authorization = request.headers.get("authorization")
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise InvalidToken
            return self.service.tokens.read(token.strip(), at=self.service.clock.now())
        except InvalidToken:
            raise _no_longer() from None


async def _execute(query: str, sent: Sent, context: Context, *, writing: bool) -> ExecutionResult:
    """Execute an operation within its time; those that are sent by GET only read.

    A verb that has begun is not cut in half: what it did stands, and its key tells a client that tries again.
    """
    try:
        async with asyncio.timeout(context.limits.execute_s):
            return await schema.execute(
                query,
                variable_values=dict(sent.variables or {}),
                context_value=context,
                operation_name=sent.operation_name,
                allowed_operation_types=_ALL if writing else _READS,
            )
    except TimeoutError:
        raise Unacceptable(503, Code.TIMEOUT) from None
    except InvalidOperationTypeError:
        if writing:
            raise Unacceptable(400, wrong=Wrong.REQUEST) from None
        raise Unacceptable(405, wrong=Wrong.REQUEST, allow="POST") from None
    except CannotGetOperationTypeError:
        raise Unacceptable(400, wrong=Wrong.REQUEST) from None


def _respond(result: ExecutionResult, context: Context, *, media: str) -> Response:
    errors = [
        told(error, locale=context.locale, reference=context.request_id, suggesting=context.explorable)
        for error in result.errors or ()
    ]
    content: dict[str, Any] = {"errors": errors} if errors else {}
    refused = result.data is None and all("path" not in error for error in errors)
    if refused:
        code = Code(errors[0]["extensions"]["code"])
        status = _STATUS.get(code, 400 if media == GRAPHQL_JSON else 200)
        again = (
            {"retry-after": str(errors[0]["extensions"]["retryAfter"])} if code is Code.RATE_LIMITED else {}
        )
        return answer(content, status=status, media=media, **again)
    return answer({**content, "data": result.data}, status=200, media=media)


def _no_longer() -> Unacceptable:
    """What is said to those whose token does not hold."""
    return Unacceptable(401, Code.UNAUTHENTICATED, www_authenticate='Bearer error="invalid_token"')


def _refuse(refused: Unacceptable, *, media: str, locale: Locale) -> Response:
    why = {} if refused.why is None else {"reason": refused.why}
    error = {
        "message": say(refused.wrong or refused.code, locale),
        "extensions": {"code": refused.code.value, **why},
    }
    return answer({"errors": [error]}, status=refused.status, media=media, **refused.headers)


def _refuse_haste(often: TooOften, *, media: str, locale: Locale) -> Response:
    code = Code.RATE_LIMITED
    extensions = {"code": code.value, "retryAfter": often.retry_s}
    content = {"errors": [{"message": say(code, locale), "extensions": extensions}]}
    return answer(content, status=429, media=media, **{"retry-after": str(often.retry_s)})


def _refuse_excess(exceeded: Exceeded, *, media: str, locale: Locale) -> Response:
    code = Code.QUERY_TOO_COMPLEX
    error = {
        "message": f"{say(code, locale)}: {say(exceeded.limit, locale, exceeded.most)}",
        "extensions": {"code": code.value, "limit": exceeded.limit.value, "most": exceeded.most},
    }
    too_large = (Limit.BODY_BYTES, Limit.DOCUMENT_BYTES, Limit.FILE_BYTES)
    status = 413 if exceeded.limit in too_large else 400
    return answer({"errors": [error]}, status=status, media=media)


def _origin(request: Request, reference: str) -> Origin:
    """Where a request comes from: its peer, and what the log calls it where somebody has named it before."""
    named = request.scope.get("state", {}).get("request_id", reference)
    return Origin(address=request.client.host if request.client else "", request_id=named)


def _wants_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )
