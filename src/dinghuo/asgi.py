"""The web application: GraphQL, and beside it what operators and browsers ask for."""

from __future__ import annotations

import asyncio
import gc
import linecache
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import attrs
import structlog
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from application.ports.database import Database, SchemaState, SecondWall
from application.ports.rate_limiting import RateLimiter
from application.ports.storage import NotNow
from dinghuo.metrics import Metrics
from dinghuo.observing import Observed, failure
from dinghuo.settings import THIS_MACHINE
from dinghuo.speech import CommandRefused
from dinghuo.welcome import Welcome

READY_WITHIN_S = 3
GC_THRESHOLDS = (50_000, 10, 10)
"""Seldom enough to be cheap, often enough that what requests leave in circles does not pile up: with 50 in the second
place the memory of a worker grew by 30 MB in 120 requests, with 10 it stays level (see benchmarks/README.md)."""
SWITCH_S = 0.001
"""How long a thread that wants the interpreter waits before it is handed over, a fifth of what is usual: where one
thread reads a large table, an order asks for it after each of its statements (see benchmarks/README.md)."""
CORS_MAX_AGE_S = 600
FLUSH_S = 10
"""So often what waits to be stored is stored."""
STARTUP_FAILURE = 3
_LOCAL_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?"
_HEADERS = ("authorization", "content-type", "accept-language", "x-merchant", "x-request-id")


def get_ready() -> None:
    """Make the interpreter ready for requests, when all is there that stays.

    The collector need not look at that again, and has less to do with every request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)


def create_app(
    *,
    graphql: Sequence[BaseRoute],
    schema: Callable[[], str],
    database: Database,
    metrics: Metrics,
    cors_origins: Sequence[str],
    explorable: bool,
    rate_limiter: RateLimiter,
    flush: Callable[[], object],
) -> ASGIApp:
    """Put the routes together; `explorable` shows browsers the way into the API; what waits to be stored is flushed."""
    desk = _Desk(
        database=database, metrics=metrics, print_schema=schema, rate_limiter=rate_limiter, flush=flush
    )
    metrics.watch_statements(lambda: database.statements)
    routes: list[BaseRoute] = [
        *graphql,
        Route("/", Welcome(explorable=explorable), methods=["GET"]),
        Route("/healthz", desk.alive),
        Route("/readyz", desk.ready),
        Route("/metrics", desk.measured),
        *([Route("/schema.graphql", desk.schema)] if explorable else []),
    ]
    app: ASGIApp = Starlette(routes=routes, lifespan=desk.lifespan, exception_handlers={Exception: failure})
    if cors_origins:
        app = _shared_with(app, cors_origins)
    return Observed(app, metrics)


def _shared_with(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Let pages of these origins use the API; they send tokens themselves, never cookies."""
    return CORSMiddleware(
        app,
        allow_origins=[origin for origin in origins if origin != THIS_MACHINE],
        allow_origin_regex=_LOCAL_ORIGINS if THIS_MACHINE in origins else None,
        allow_methods=["GET", "POST"],
        allow_headers=list(_HEADERS),
        expose_headers=["x-request-id", "retry-after"],
        max_age=CORS_MAX_AGE_S,
    )


@attrs.frozen(kw_only=True)
class _Desk:
    """Answers everything that is not GraphQL."""

    database: Database
    metrics: Metrics
    print_schema: Callable[[], str]
    rate_limiter: RateLimiter
    flush: Callable[[], object]

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        await self.database.start()
        await self._look_at_wall()
        # The source of attrs' methods, which only debuggers read, need not stay: it is 4 KB a class.
        linecache.clearcache()
        get_ready()
        flushing = asyncio.create_task(self._keep_flushing())
        try:
            yield
        finally:
            flushing.cancel()
            await self._flush()
            await self.database.stop()
            await self.rate_limiter.close()

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self._flush()

    async def _flush(self) -> None:
        """Store what waits; whatever stands in the way, requests go on."""
        try:
            await anyio.to_thread.run_sync(self.flush)
        except Exception:  # noqa: BLE001  # it is on record, and only counts of searches are lost
            structlog.get_logger("dinghuo").warning("what waited was not stored", exc_info=True)

    async def _look_at_wall(self) -> None:
        """Put it on record if the database could keep merchants apart by itself and does not."""
        try:
            wall = await anyio.to_thread.run_sync(self.database.second_wall)
        except NotNow:
            return  # the first who asks whether we are ready is told
        if wall in (SecondWall.MISSING, SecondWall.OWNED):
            structlog.get_logger("dinghuo").warning("the second wall does not stand", wall=wall.value)

    async def alive(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        why = await self._missing()
        if why:
            structlog.get_logger("dinghuo").warning("not ready", why=why)
            return JSONResponse({"status": "unavailable", "why": why}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def _missing(self) -> str | None:
        """What keeps us from serving, if anything."""
        try:
            with anyio.fail_after(READY_WITHIN_S):
                await self.database.reading.ready()
                state = await anyio.to_thread.run_sync(self.database.schema_state, abandon_on_cancel=True)
        except (NotNow, TimeoutError):
            return "the database does not answer"
        return None if state is SchemaState.CURRENT else "the tables of the database are not current"

    async def measured(self, _: Request) -> Response:
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def schema(self, _: Request) -> Response:
        return PlainTextResponse(self.print_schema())


def app() -> ASGIApp:
    """Make the application from the environment alone, for `uvicorn --factory dinghuo.asgi:app`.

    :raises SystemExit: if that cannot be done; the code says that another try would end the same way.
    """
    from dinghuo.container import Container
    from dinghuo.keyring import require_named
    from dinghuo.logs import set_up_logs
    from dinghuo.opening import require_keys

    try:
        container = Container()
        settings = container.settings()
        set_up_logs(level=settings.log_level, format=settings.log_format)
        require_named(settings)
        require_keys(container)
        made: ASGIApp = container.app()
    except CommandRefused as refused:
        print(refused, file=sys.stderr)
        raise SystemExit(STARTUP_FAILURE) from refused
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(STARTUP_FAILURE) from error
    return made
