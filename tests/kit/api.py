"""The API as a client sees it: requests over HTTP into the application, without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import attrs
import httpx
from starlette.applications import Starlette

from adapters.graphql.guard import Limits
from adapters.graphql.server import Service, routes
from adapters.identity.tokens import SignedTokens
from application.authorization import Actor, ActorKind
from application.ports.tokens import Claims
from application.views.reading import Look, Reading, Views
from domain.identity import OrderId
from kit import builders as a
from kit.door import Door
from kit.world import World

HOME = (Path(__file__).parent / "home.graphql").read_text(encoding="utf-8")
KEY = a.KEY
FORBIDDEN_WORDS = (
    "Traceback",
    "sqlalchemy",
    "sqlite3",
    "psycopg",
    "KeyError",
    "ValueError",
    "TypeError",
    "AttributeError",
    "RecursionError",
    'File "',
    "object at 0x",
)
"""What no answer may have in it."""
ROOMY = Limits(
    document_bytes=12_603,
    tokens=923,
    brace_depth=24,
    nodes=384,
    depth=9,
    aliases=23,
    directives=15,
    selections=76,
    root_fields=7,
    same_names=7_692,
    objects=38_461,
)
"""The limits of documents divided by 1.3: whatever a test asks for could be by so much larger."""


@attrs.frozen
class CountedReading(Reading):
    """A reading whose queries are counted, by name."""

    reading: Reading
    calls: Counter[str] = attrs.field(factory=Counter)

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        return self.counted(self.reading(actor, at=at))

    def look(self, *, at: datetime, foreseen: int = 0) -> Look:
        return _CountedLook(self.reading.look(at=at, foreseen=foreseen), self)

    def counted(self, views: Views) -> Views:
        """The same views, counted."""
        return Views(
            catalog=cast(Any, _Counted(views.catalog, self.calls)),
            orders=cast(Any, _Counted(views.orders, self.calls)),
            customers=cast(Any, _Counted(views.customers, self.calls)),
            stock=cast(Any, _Counted(views.stock, self.calls)),
            prices=cast(Any, _Counted(views.prices, self.calls)),
            floors=cast(Any, _Counted(views.floors, self.calls)),
            allowances=cast(Any, _Counted(views.allowances, self.calls)),
            amendments=cast(Any, _Counted(views.amendments, self.calls)),
            trail=cast(Any, _Counted(views.trail, self.calls)),
            registrations=cast(Any, _Counted(views.registrations, self.calls)),
            coupons=cast(Any, _Counted(views.coupons, self.calls)),
            staff=cast(Any, _Counted(views.staff, self.calls)),
            own_names=cast(Any, _Counted(views.own_names, self.calls)),
            missed=cast(Any, _Counted(views.missed, self.calls)),
            promotions=cast(Any, _Counted(views.promotions, self.calls)),
        )

    async def ready(self) -> None:
        await self.reading.ready()


@attrs.frozen
class LookThrough(Look):
    """A look through another."""

    inner: Look

    @property
    def trips(self) -> int:
        return self.inner.trips

    async def guest(self, *, slug: str | None) -> Actor:
        return await self.inner.guest(slug=slug)

    async def actor(self, claims: Claims) -> Actor:
        return await self.inner.actor(claims)

    def views(self, actor: Actor) -> Views:
        return self.inner.views(actor)

    async def close(self) -> None:
        await self.inner.close()


@attrs.frozen
class _CountedLook(LookThrough):
    reading: CountedReading

    def views(self, actor: Actor) -> Views:
        return self.reading.counted(self.inner.views(actor))


@attrs.frozen
class ReadingThrough(Reading):
    """A reading in which every look is something else's."""

    inner: Reading
    through: Callable[[Look], Look]

    def __call__(self, actor: Actor, *, at: datetime) -> Views:
        return self.inner(actor, at=at)

    def look(self, *, at: datetime, foreseen: int = 0) -> Look:
        return self.through(self.inner.look(at=at, foreseen=foreseen))

    async def ready(self) -> None:
        await self.inner.ready()


class _Counted:
    def __init__(self, port: object, calls: Counter[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._port, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._calls[name] += 1
            if kwargs.get("count"):
                self._calls[f"{name}, counted"] += 1
            return method(*args, **kwargs)

        return counted


@attrs.frozen
class Answered:
    """An answer, taken apart."""

    response: httpx.Response

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        content = self.response.json()
        assert "errors" not in content, content["errors"]
        return content["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors beside the data."""
        return list(self.response.json()["errors"])

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(self.errors[0]["extensions"]["code"])


@attrs.frozen(kw_only=True)
class Api:
    """A client of the API, in a furnished world."""

    world: World
    tokens: SignedTokens
    reading: CountedReading
    http: httpx.AsyncClient
    door: Door

    def token(self, actor: Actor, *, lasts: timedelta = timedelta(hours=1)) -> str:
        """A token for somebody of the world."""
        return self.tokens.issue(a.claims(actor), until=self.world.clock.now() + lasts)

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Send a document as somebody; guests name their merchant."""
        who = (
            {"x-merchant": actor.merchant.slug}
            if actor.kind is ActorKind.GUEST
            else {"authorization": f"Bearer {self.token(actor)}"}
        )
        response = await self.http.post(
            "/graphql",
            json={"query": query, "variables": dict(variables or {})},
            headers={"accept-language": "en", **who, **(headers or {})},
        )
        assert not [word for word in FORBIDDEN_WORDS if word in response.text], response.text
        return Answered(response)


@asynccontextmanager
async def open_api(world: World, **options: Any) -> AsyncIterator[Api]:
    """Open the API on a furnished database."""
    tokens = SignedTokens(key=KEY, clock=world.clock)
    reading = CountedReading(world.database.reading)
    usual: dict[str, Any] = {
        "use": world.use,
        "reading": reading,
        "tokens": tokens,
        "clock": world.clock,
        "ids": world.ids,
        "limits": ROOMY,
    }
    service = Service(**{**usual, **options})
    app = Starlette(routes=routes(service))
    transport = httpx.ASGITransport(app=app)
    await world.database.start()
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://dinghuo.test") as http:
            yield Api(world=world, tokens=tokens, reading=reading, http=http, door=Door(app))
    finally:
        # Also where the test fails: a worker of the pool that is cancelled while it connects goes on for ever.
        await world.database.stop()


def ordered(
    world: World, name: str = "regular", *, key: str = "one", many: int = 2, code: str = "TEA-500"
) -> OrderId:
    """Let somebody order two goods."""
    shop = world.shop
    order = world.use.place_order(
        actor=shop.buyer(name),
        key=a.key(key),
        basket=a.basket((shop.sku(code), many), (shop.sku("NUTS"), 1)),
        wishes=a.wishes(),
    )
    return order.id


def line(code: str, quantity: object, unit: str | None = None) -> dict[str, Any]:
    """A line of an order."""
    return {"skuCode": code, "quantity": quantity, "unit": unit}
