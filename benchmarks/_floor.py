"""The floor as a server: Starlette under uvicorn, the product's own token check, SQL by hand, orjson."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.identity.tokens import SignedTokens
from adapters.sealing import FileKeyring
from adapters.system import SystemClock
from application.ports.sealing import place_of
from application.ports.tokens import Claims, InvalidToken
from benchmarks._by_hand import Hand, PostgresByHand, SqliteByHand
from benchmarks._common import ROOT, STOP_WITHIN_S, House, Served, announced
from benchmarks._home_by_hand import Nobody, home
from benchmarks._home_in_sql import home_in_sql
from benchmarks._orders_by_hand import Refused, place
from dinghuo.asgi import get_ready

POOL = 8
"""As many connections as the product's pools have by default."""
_DATABASE, _KEY, _KIND, _KEYRING = "FLOOR_DATABASE", "FLOOR_KEY", "FLOOR_KIND", "FLOOR_KEYRING"
BY_HAND, IN_SQL = "A", "B"
"""Dicts of Python's own, or a text of PostgreSQL's."""
_SEALED = re.compile(rb'"(~1\.[^"]+)"')


def app() -> Starlette:
    """Make the application; `FLOOR_…` in the environment says of what."""
    house = House(ROOT, os.environ[_DATABASE], key=os.environ[_KEY])
    sqlite = not house.on_postgres
    hand: Hand = SqliteByHand(house.file, pool=POOL) if sqlite else PostgresByHand(house.conninfo, pool=POOL)
    clock = SystemClock()
    tokens = SignedTokens(key=house.key.encode(), clock=clock)
    in_sql = os.environ[_KIND] == IN_SQL
    ring = FileKeyring(Path(os.environ[_KEYRING]))

    async def answer(request: Request) -> Response:
        at = clock.now()
        try:
            claims = tokens.read(request.headers["authorization"].removeprefix("Bearer "), at=at)
            asked = orjson.loads(await request.body())
            variables, of = asked["variables"], claims.merchant_id
            if "input" in variables:
                found = await hand.write(
                    lambda: place(claims, variables["input"], at=at, sqlite=sqlite, ring=ring), of=of
                )
            elif in_sql:
                written = await hand.read(lambda: home_in_sql(claims, variables, at=at), of=of)
                name = _SEALED.search(written)
                if name is not None:
                    opened = orjson.dumps(ring.open(name[1].decode(), place=_named(claims)))
                    written = written[: name.start()] + opened + written[name.end() :]
                return Response(written, media_type="application/json")
            else:
                found = await hand.read(lambda: home(claims, variables, at=at, sqlite=sqlite), of=of)
                found["me"]["name"] = ring.open(found["me"]["name"], place=_named(claims))
        except (InvalidToken, Nobody):
            return Response(status_code=401)
        except Refused as refused:
            return PlainTextResponse(str(refused), status_code=409)
        return Response(orjson.dumps({"data": found}), media_type="application/json")

    async def counted(_: Request) -> Response:
        return PlainTextResponse(f"dinghuo_sql_statements_total {hand.statements}\n")

    async def ready(_: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await hand.start()
        get_ready()
        yield
        await hand.stop()

    routes = [
        Route("/graphql", answer, methods=["POST"]),
        Route("/metrics", counted),
        Route("/readyz", ready),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _named(claims: Claims) -> str:
    """Where the name of the buyer who asks is sealed."""
    return place_of(claims.merchant_id, "buyers", "name", claims.person_id)


@contextmanager
def floor(house: House, kind: str = BY_HAND) -> Iterator[Served]:
    """Serve a floor over the same database, in a process of its own."""
    log = Path(house.data) / f"floor-{secrets.token_hex(4)}.log"
    command = ["uvicorn", "--factory", "benchmarks._floor:app", "--port", "0", "--no-access-log"]
    environment = {**os.environ, _DATABASE: house.database, _KEY: house.key, _KIND: kind}
    environment[_KEYRING] = str(house.keyring)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, stdout=file, stderr=subprocess.STDOUT, cwd=ROOT
        )
    try:
        yield Served(port=announced(process, log), pid=process.pid, log=log)
    finally:
        process.terminate()
        process.wait(STOP_WITHIN_S)
