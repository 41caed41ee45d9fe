"""The front door: the application as the composition root wires it, with the storage swapped for memory."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
import structlog
from dependency_injector import providers
from starlette.types import ASGIApp, Message
from typed_settings import Secret

from adapters.graphql.limits import Limits
from adapters.persistence.memory import MemoryDatabase
from application.authorization import Actor
from application.ports.database import SchemaState, SecondWall
from application.ports.storage import Busy
from dinghuo.container import Container
from dinghuo.logs import set_up_logs
from dinghuo.settings import Settings
from dinghuo.speech import CommandRefused
from dinghuo.trusting import trusted_documents
from kit import builders as a
from kit.world import World, furnish

ROOT = Path(__file__).parents[2]
ORDER = {
    "idempotencyKey": "first",
    "lines": [{"skuCode": "TEA-500", "quantity": "2"}],
    "paymentMethod": "BANK_TRANSFER",
}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,x-merchant",
}
ERRORS = "errors { ... on UserError { code } }"
PLACE = (
    f"mutation($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ order {{ id status }} {ERRORS} }} }}"
)


@attrs.frozen(kw_only=True)
class House:
    """The application and whoever comes to its door."""

    container: Container
    world: World
    http: httpx.AsyncClient

    def token(self, actor: Actor, *, days: int = 1) -> str:
        """A token for the actor, signed by the house itself."""
        made: str = self.container.tokens().issue(
            a.claims(actor), until=self.world.clock.now() + timedelta(days=days)
        )
        return made

    async def ask(self, query: str, *, actor: Actor, **variables: Any) -> Any:
        """The answer to an operation."""
        answer = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token(actor)}"},
        )
        content = answer.json()
        assert "errors" not in content, content
        return content["data"]

    async def metrics(self) -> dict[str, float]:
        """What has been counted."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        return {
            name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        }


def settings(folder: Path, **changed: Any) -> Settings:
    return Settings(**{"data": folder, "token_key": Secret("k" * 32), **changed})


@asynccontextmanager
async def opened(
    folder: Path, *, database: MemoryDatabase | None = None, **changed: Any
) -> AsyncIterator[House]:
    """Open a house on the memory."""
    memory = database or MemoryDatabase()
    world = furnish(memory)
    container = Container()
    container.database.override(providers.Object(memory))
    container.clock.override(providers.Object(world.clock))
    container.settings.override(providers.Object(settings(folder, **changed)))
    app = container.app()
    async with (
        _running(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://door") as http,
    ):
        yield House(container=container, world=world, http=http)


@asynccontextmanager
async def _running(app: ASGIApp) -> AsyncIterator[None]:
    """Start the application and stop it, as a server does."""
    told: list[Message] = []
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Message:
        return next(asked)

    async def send(message: Message) -> None:
        told.append(message)

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert [message["type"] for message in told] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    yield


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Everything that is logged after `set_up_logs`, as text; afterwards nothing is set up."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield lambda: capsys.readouterr().err
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


class TestVerbs:
    """Every verb is reached through the wires: a type-checker does not see a wrong one."""

    async def test_quotes(self, house: House) -> None:
        query = '{ quote(input: { lines: [{ skuCode: "TEA-500", quantity: "2" }] }) { total { amount } } }'
        data = await house.ask(query, actor=house.world.shop.buyer("vip"))
        assert data["quote"]["total"]["amount"] == "6.66"

    async def test_places_orders(self, house: House) -> None:
        data = await house.ask(PLACE, actor=house.world.shop.buyer(), input=ORDER)
        assert (data["placeOrder"]["order"]["status"], data["placeOrder"]["errors"]) == ("SUBMITTED", [])

    @pytest.mark.parametrize(("verb", "status"), [("confirm", "CONFIRMED"), ("cancel", "CANCELLED")])
    async def test_confirms_and_cancels_orders(self, house: House, verb: str, status: str) -> None:
        placed = await house.ask(PLACE, actor=house.world.shop.buyer(), input=ORDER)
        query = (
            f"mutation($input: {verb.title()}OrderInput!) "
            f"{{ done: {verb}Order(input: $input) {{ order {{ status }} {ERRORS} }} }}"
        )
        asked = {"idempotencyKey": "second", "orderId": placed["placeOrder"]["order"]["id"]}
        data = await house.ask(query, actor=house.world.shop.clerk, input=asked)
        assert data["done"] == {"order": {"status": status}, "errors": []}

    @pytest.mark.parametrize(("verb", "extra"), [("receive", {}), ("adjust", {"reason": "COUNT"})])
    async def test_moves_stock(self, house: House, verb: str, extra: dict[str, str]) -> None:
        change = {"skuCode": "TEA-1L", "warehouse": "MAIN", "quantity": "3"}
        query = (
            f"mutation($input: {verb.title()}StockInput!) "
            f"{{ done: {verb}Stock(input: $input) {{ stock {{ onHand }} {ERRORS} }} }}"
        )
        asked = {"idempotencyKey": "third", "changes": [change], **extra}
        data = await house.ask(query, actor=house.world.shop.clerk, input=asked)
        assert data["done"] == {"stock": [{"onHand": "15"}], "errors": []}

    async def test_sets_prices(self, house: House) -> None:
        query = (
            f"mutation($input: SetPricesInput!) {{ setPrices(input: $input) {{ skus {{ code }} {ERRORS} }} }}"
        )
        prices = [{"skuCode": "CUP", "breaks": [{"unitPrice": "2.50"}]}]
        data = await house.ask(query, actor=house.world.shop.clerk, input={"prices": prices})
        assert data["setPrices"] == {"skus": [{"code": "CUP"}], "errors": []}

    async def test_notes_where_things_were_asked_from(self, house: House) -> None:
        input = {"prices": [{"skuCode": "NUTS", "breaks": [{"unitPrice": "9"}]}]}
        clerk = house.world.shop.clerk
        answer = await house.http.post(
            "/graphql",
            json={
                "query": f"mutation($i: SetPricesInput!) {{ setPrices(input: $i) {{ {ERRORS} }} }}",
                "variables": {"i": input},
            },
            headers={"Authorization": f"Bearer {house.token(clerk)}", "X-Forwarded-For": "192.0.2.1"},
        )
        (entry,) = house.world.database.vault.shop(clerk.merchant_id).trail.values()  # type: ignore[attr-defined]  # it is in memory
        assert entry.request_id == answer.headers["x-request-id"]
        assert entry.address == "127.0.0.1", "what a client says of itself is nothing"


class TestTheGuard:
    async def test_has_the_limits_of_the_settings(self, tmp_path: Path) -> None:
        async with opened(tmp_path, limits=Limits(depth=1)) as house:
            answer = await house.http.post(
                "/graphql", json={"query": "{ merchant { slug } }"}, headers={"X-Merchant": "shanquan"}
            )
            assert answer.json()["errors"][0]["extensions"]["limit"] == "depth"

    async def test_shows_the_schema_where_graphiql_is(self, tmp_path: Path) -> None:
        for shown in (True, False):
            async with opened(tmp_path, graphiql=shown) as house:
                query = '{ __type(name: "Sku") { name } }'
                answer = await house.http.post(
                    "/graphql", json={"query": query}, headers={"X-Merchant": "shanquan"}
                )
                assert ("data" in answer.json()) is shown

    async def test_answers_trusted_documents_by_their_hash(self, tmp_path: Path) -> None:
        text = "{ merchant { slug } }"
        name = sha256(text.encode()).hexdigest()
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps({name: text}), "utf-8")
        async with opened(tmp_path, trusted_documents=manifest, only_trusted=True) as house:

            async def ask(**content: object) -> Any:
                answer = await house.http.post("/graphql", json=content, headers={"X-Merchant": "shanquan"})
                return answer.json()

            persisted = {"persistedQuery": {"version": 1, "sha256Hash": name}}
            assert await ask(extensions=persisted) == {"data": {"merchant": {"slug": "shanquan"}}}
            refused = await ask(query="{ brands { id } }")
            assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    async def test_answers_what_the_example_trusts(self, tmp_path: Path) -> None:
        (name,) = json.loads((ROOT / "examples" / "trusted.json").read_text("utf-8"))
        manifest = ROOT / "examples" / "trusted.json"
        async with opened(tmp_path, trusted_documents=manifest, only_trusted=True) as house:
            params = {"documentId": f"sha256:{name}", "variables": '{"first": 1}'}
            answer = await house.http.get("/graphql", params=params, headers={"X-Merchant": "shanquan"})
            assert len(answer.json()["data"]["products"]["edges"]) == 1

    def test_has_an_example_that_its_tool_has_made(self) -> None:
        home = ROOT / "src" / "adapters" / "graphql" / "home.graphql"
        tool = [sys.executable, str(ROOT / "tools" / "trust"), str(home)]
        made = subprocess.run(tool, capture_output=True, check=True)
        assert made.stdout == (ROOT / "examples" / "trusted.json").read_bytes()

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "cannot be read: No such file or directory"),
            ("{", "is no manifest"),
            ('{"x": 1}', "is no manifest"),
            ('{"x": "{ brands { id } }"}', "is not the sha256 of its document"),
            (json.dumps({sha256(b"{ x }").hexdigest(): "{ x }"}), "cannot be used: Cannot query field"),
            (json.dumps({sha256(b"{").hexdigest(): "{"}), "cannot be used: Syntax Error"),
        ],
    )
    def test_trusts_no_other_manifest(self, tmp_path: Path, content: str | None, words: str) -> None:
        manifest = tmp_path / "manifest.json"
        if content is not None:
            manifest.write_text(content, "utf-8")
        with pytest.raises(CommandRefused) as refused:
            trusted_documents(settings(tmp_path, trusted_documents=manifest))
        said = refused.value.words
        assert words in said.en
        assert str(manifest) in said.zh
        assert "\n" not in said.en + said.zh

    def test_needs_a_manifest_to_trust_nothing_else(self, tmp_path: Path) -> None:
        with pytest.raises(CommandRefused, match="only_trusted"):
            trusted_documents(settings(tmp_path, only_trusted=True))


class TestHealth:
    async def test_is_alive_and_ready(self, house: House) -> None:
        for path in ("/healthz", "/readyz"):
            answer = await house.http.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    async def test_is_not_ready_with_old_tables(self, tmp_path: Path) -> None:
        class Old(MemoryDatabase):
            def schema_state(self) -> SchemaState:
                return SchemaState.BEHIND

        async with opened(tmp_path, database=Old()) as house:
            answer = await house.http.get("/readyz")
            assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
            assert (await house.http.get("/healthz")).status_code == 200

    async def test_is_not_ready_without_its_database(self, tmp_path: Path) -> None:
        class Silent(MemoryDatabase):
            def schema_state(self) -> SchemaState:
                raise Busy("password=geheim is not accepted")

        async with opened(tmp_path, database=Silent()) as house:
            answer = await house.http.get("/readyz")
            assert answer.status_code == 503
            assert "geheim" not in answer.text


class TestTheSecondWall:
    @pytest.mark.parametrize("wall", SecondWall)
    async def test_is_on_record_where_it_does_not_stand(
        self, tmp_path: Path, logs: Callable[[], str], wall: SecondWall
    ) -> None:
        class Open(MemoryDatabase):
            def second_wall(self) -> SecondWall:
                return wall

        set_up_logs(level="info", format="json")
        async with opened(tmp_path, database=Open()):
            warned = "the second wall does not stand" in logs()
        assert warned == (wall in (SecondWall.MISSING, SecondWall.OWNED))

    async def test_nobody_waits_for_a_database_that_does_not_answer(self, tmp_path: Path) -> None:
        class Silent(MemoryDatabase):
            def second_wall(self) -> SecondWall:
                raise Busy("not now")

        async with opened(tmp_path, database=Silent()) as house:
            assert (await house.http.get("/healthz")).status_code == 200


class TestRequestIds:
    async def test_takes_over_a_sane_one(self, house: House) -> None:
        answer = await house.http.get("/healthz", headers={"X-Request-Id": "front-1.a_B"})
        assert answer.headers["x-request-id"] == "front-1.a_B"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "é"])
    async def test_makes_one_where_it_is_not(self, house: House, given: str) -> None:
        answer = await house.http.get("/healthz", headers={b"X-Request-Id": given.encode()})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])

    async def test_never_makes_the_same_twice(self, house: House) -> None:
        made = {(await house.http.get("/healthz")).headers["x-request-id"] for _ in range(20)}
        assert len(made) == 20


class TestLog:
    async def test_says_one_line_for_a_request_and_nothing_about_persons(
        self, tmp_path: Path, logs: Callable[[], str]
    ) -> None:
        set_up_logs(level="info", format="json")
        async with opened(tmp_path) as house:
            buyer = house.world.shop.buyer("vip")
            await house.ask(PLACE, actor=buyer, input={**ORDER, "note": "call 13800138000"})
            await house.http.get("/somebody/13800138000?phone=13800138000")
            token = house.token(buyer)
        written = logs()
        first, second = (json.loads(line) for line in written.splitlines())
        assert set(first) == {
            "timestamp",
            "level",
            "event",
            "request_id",
            "merchant",
            "method",
            "route",
            "status",
            "ms",
        }
        assert (first["method"], first["route"], first["status"]) == ("POST", "/graphql", 200)
        assert first["merchant"] == buyer.merchant_id
        assert (second["route"], second["status"]) == ("other", 404)
        assert "merchant" not in second, "what was known of one request must not colour the next"
        for private in ("13800138000", "mutation", "placeOrder", token, str(buyer.person_id)):
            assert private not in written

    async def test_tells_everything_about_the_unexpected_and_the_client_nothing(
        self, tmp_path: Path, logs: Callable[[], str]
    ) -> None:
        class Broken(MemoryDatabase):
            def schema_state(self) -> SchemaState:
                raise RuntimeError("the wire to 10.0.0.7 is cut")

        set_up_logs(level="info", format="json")
        async with opened(tmp_path, database=Broken()) as house:
            answer = await house.http.get("/readyz", headers={"X-Request-Id": "r-1"})
        assert answer.status_code == 500
        assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "reference": "r-1"}
        assert "10.0.0.7" not in answer.text
        line = json.loads(logs().splitlines()[0])
        assert line["request_id"] == "r-1"
        assert "the wire to 10.0.0.7 is cut" in line["exception"]


class TestMetrics:
    async def test_counts_requests_by_route_and_never_by_anything_without_end(self, house: House) -> None:
        await house.http.get("/healthz")
        await house.http.get("/no/such/place")
        await house.http.request("BREW", "/healthz")
        counted = await house.metrics()
        name = 'dinghuo_http_requests_total{{method="{}",route="{}",status="{}"}}'.format
        assert counted[name("GET", "/healthz", 200)] == 1
        assert counted[name("GET", "other", 404)] == 1
        assert counted[name("other", "/healthz", 405)] == 1
        assert counted['dinghuo_http_request_seconds_count{method="GET",route="/healthz"}'] == 1
        assert counted["dinghuo_sql_statements_total"] == 0

    async def test_counts_an_order_once_however_often_it_is_sent(self, house: House) -> None:
        buyer = house.world.shop.buyer()
        await house.ask(PLACE, actor=buyer, input=ORDER)
        house.world.clock.forward()
        await house.ask(PLACE, actor=buyer, input=ORDER)
        refused = {**ORDER, "idempotencyKey": "other", "lines": [{"skuCode": "CUP", "quantity": "9"}]}
        await house.ask(PLACE, actor=buyer, input=refused)
        assert (await house.metrics())["dinghuo_orders_placed_total"] == 1

    async def test_never_names_a_merchant(self, house: House) -> None:
        await house.ask(PLACE, actor=house.world.shop.buyer(), input=ORDER)
        text = (await house.http.get("/metrics")).text
        assert house.world.shop.merchant.id not in text
        assert house.world.shop.merchant.slug not in text


class TestOrigins:
    async def allowed(self, house: House, origin: str) -> bool:
        answer = await house.http.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
        return answer.headers.get("access-control-allow-origin") == origin and answer.status_code == 200

    async def test_lets_nobody_in_by_default(self, house: House) -> None:
        assert not await self.allowed(house, "http://localhost:3000")

    async def test_lets_in_those_who_are_named(self, tmp_path: Path) -> None:
        async with opened(tmp_path, cors_origins="https://shop.example.com") as house:
            assert await self.allowed(house, "https://shop.example.com")
            assert not await self.allowed(house, "https://shop.example.com.evil.example")
            assert not await self.allowed(house, "http://localhost:3000")

    async def test_lets_in_every_port_of_this_machine(self, tmp_path: Path) -> None:
        async with opened(tmp_path, cors_origins="localhost") as house:
            for origin in (
                "http://localhost",
                "http://localhost:5173",
                "https://127.0.0.1:8443",
                "http://[::1]:1",
            ):
                assert await self.allowed(house, origin)
            assert not await self.allowed(house, "http://localhost.evil.example")


class TestPages:
    @pytest.mark.parametrize(
        ("path", "preferred", "language"),
        [
            ("/", "zh-CN,en", "zh"),
            ("/", "en-GB", "en"),
            ("/", "", "zh"),
            ("/?lang=en", "zh", "en"),
            ("/?lang=x", "en", "en"),
        ],
    )
    async def test_greets_in_the_readers_language(
        self, house: House, path: str, preferred: str, language: str
    ) -> None:
        answer = await house.http.get(path, headers={"Accept-Language": preferred})
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert "//" not in answer.text, "the page loads nothing from anywhere"

    async def test_shows_the_way_in_only_where_it_is_open(self, tmp_path: Path) -> None:
        async with opened(tmp_path, graphiql=True) as house:
            assert "/schema.graphql" in (await house.http.get("/")).text
            assert "type Query" in (await house.http.get("/schema.graphql")).text
            assert (
                "text/html"
                in (await house.http.get("/graphql", headers={"Accept": "text/html"})).headers["content-type"]
            )

    async def test_keeps_it_closed_by_default(self, house: House) -> None:
        assert "/schema.graphql" not in (await house.http.get("/")).text
        assert (await house.http.get("/schema.graphql")).status_code == 404
        page = await house.http.get("/graphql", headers={"Accept": "text/html"})
        assert "text/html" not in page.headers["content-type"]


class TestSwapping:
    """docs/swapping-adapters.md shows this."""

    def test_takes_one_line(self, tmp_path: Path) -> None:
        container = Container()
        container.settings.override(providers.Object(settings(tmp_path)))

        container.database.override(providers.Object(MemoryDatabase()))

        assert container.use_cases().place_order.unit_of_work is container.database().unit_of_work
        assert container.directory() is container.database().directory
        assert isinstance(container.database(), MemoryDatabase)
        assert not list(tmp_path.iterdir()), "nothing was made that was not asked for"

    def test_wires_every_verb_to_what_is_there(self, tmp_path: Path) -> None:
        container = Container()
        container.settings.override(providers.Object(settings(tmp_path)))
        container.database.override(providers.Object(MemoryDatabase()))
        use = container.use_cases()
        for field in attrs.fields(type(use)):
            verb: Any = getattr(use, field.name)
            parts = [part.name for part in attrs.fields(type(verb)) if part.init]
            assert {"unit_of_work", "people"} & set(parts)
            for part in parts:
                assert getattr(verb, part) == getattr(container, part)(), f"{field.name}.{part}"
