"""GraphQL over HTTP: who is asking, what is sent, and that nothing of the inside gets out."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import attrs
import httpx
import pytest

from application.authorization import Actor
from application.ports.storage import Busy, Stale
from application.ports.tokens import Claims
from application.views.reading import Views
from domain.identity import BuyerId
from kit.api import FORBIDDEN_WORDS, Api, LookThrough, ReadingThrough, open_api
from kit.world import World

GRAPHQL = "application/graphql-response+json"
ASK = "{ merchant { slug } }"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def send(api: Api, content: object, **headers: str) -> httpx.Response:
    """Send whatever it is, as a guest of the first wholesaler."""
    octets = content if isinstance(content, bytes) else json.dumps(content).encode()
    usual = {"content-type": "application/json", "x-merchant": "shanquan", "accept-language": "en"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await api.http.post("/graphql", content=octets, headers={**usual, **given})
    assert not [word for word in FORBIDDEN_WORDS if word in response.text], response.text
    return response


def code(response: httpx.Response) -> str:
    """The code of the first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


class TestWho:
    async def test_is_a_guest_of_the_merchant_named(self, api: Api) -> None:
        for slug in ("shanquan", "haiyun"):
            response = await send(api, {"query": ASK}, x_merchant=slug)
            assert response.json() == {"data": {"merchant": {"slug": slug}}}

    async def test_is_nobody_where_the_merchant_is_unknown_or_not_named(self, api: Api) -> None:
        unknown = await send(api, {"query": ASK}, x_merchant="nobody")
        unnamed = await api.http.post("/graphql", json={"query": ASK})
        for response in (unknown, unnamed):
            assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")

    async def test_is_whom_the_token_names(self, api: Api) -> None:
        token = api.token(api.world.shop.buyer())
        response = await send(api, {"query": "{ me { name } }"}, authorization=f"bearer {token}")
        assert response.json() == {"data": {"me": {"name": "小李"}}}

    async def test_is_refused_with_a_token_that_does_not_hold(self, api: Api) -> None:
        shop = api.world.shop
        gone = attrs.evolve(shop.buyer(), person_id=BuyerId.of(b"\xff" * 16))
        elsewhere = attrs.evolve(shop.buyer(), merchant=api.world.other.merchant)
        changed = attrs.evolve(shop.buyer(), customer_id=shop.customers["vip"].id)
        fine = api.token(shop.buyer())
        for authorization in (
            "Bearer",
            "Bearer ",
            "Bearer nonsense",
            "Basic " + fine,
            f"Bearer {fine}x",
            f"Bearer {fine[:-1]}",
            f"Bearer {api.token(shop.buyer(), lasts=timedelta(seconds=0))}",
            f"Bearer {api.token(gone)}",
            f"Bearer {api.token(elsewhere)}",
            f"Bearer {api.token(changed)}",
            "Bearer " + "x" * 10_000,
        ):
            response = await send(api, {"query": ASK}, authorization=authorization)
            assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED"), authorization[:20]
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert "data" not in response.json()

    async def test_is_refused_with_a_token_of_another_merchant(self, api: Api) -> None:
        authorization = f"Bearer {api.token(api.world.other.buyer())}"
        response = await send(api, {"query": ASK}, authorization=authorization)
        assert (response.status_code, code(response)) == (403, "FORBIDDEN")
        response = await send(api, {"query": ASK}, authorization=authorization, x_merchant="haiyun")
        assert response.json()["data"]["merchant"] == {"slug": "haiyun"}


class TestRequests:
    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "application/graphql",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json; charset=gb18030",
        ],
    )
    async def test_are_json(self, api: Api, content_type: str) -> None:
        response = await send(api, {"query": ASK}, content_type=content_type)
        assert (response.status_code, code(response)) == (415, "BAD_USER_INPUT")

    async def test_are_not_compressed(self, api: Api) -> None:
        assert (await send(api, {"query": ASK}, content_encoding="gzip")).status_code == 415

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"nonsense",
            b"\xff\xfe",
            b'"text"',
            b"null",
            b"[" * 100_000,
            [{"query": ASK}],
            {},
            {"query": None},
            {"query": ""},
            {"query": 1},
            {"query": [ASK]},
            {"query": ASK, "variables": []},
            {"query": ASK, "variables": "x"},
            {"query": ASK, "operationName": 1},
            {"query": ASK, "extensions": "x"},
            {"query": ASK, "variables": {"a": ["\0"]}},
            b'{"query": "{ merchant { slug } }", "variables": {"a": "\\ud800"}}',
        ],
    )
    @pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
    async def test_are_well_formed(self, api: Api, content: object, accept: str) -> None:
        response = await send(api, content, accept=accept)
        assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"

    async def test_are_not_larger_than_a_quarter_of_a_mebibyte(self, api: Api) -> None:
        def padded(size: int) -> bytes:
            empty = json.dumps({"query": ASK, "extensions": {"x": ""}}).encode()
            return json.dumps({"query": ASK, "extensions": {"x": "x" * (size - len(empty))}}).encode()

        assert (await send(api, padded(256 * 1024))).status_code == 200
        assert (await send(api, padded(256 * 1024 + 1))).status_code == 413
        assert (await send(api, b"{}", content_length="99999999999999999999999")).status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b" " * 4096

        headers = {"content-type": "application/json", "x-merchant": "shanquan"}
        assert (await api.http.post("/graphql", content=endless(), headers=headers)).status_code == 413

    async def test_read_by_get_and_write_by_post(self, api: Api) -> None:
        who = {"x-merchant": "shanquan"}
        query = "query ($id: ID!) { product(id: $id) { id } }"
        found = await api.http.get(
            "/graphql", params={"query": query, "variables": '{"id": "x"}'}, headers=who
        )
        assert found.json() == {"data": {"product": None}}
        mutation = (
            'mutation { cancelOrder(input: {idempotencyKey: "x", orderId: "x"}) { errors { __typename } } }'
        )
        refused = await api.http.get("/graphql", params={"query": mutation}, headers=who)
        assert (refused.status_code, refused.headers["allow"], code(refused)) == (
            405,
            "POST",
            "BAD_USER_INPUT",
        )
        two = f"query A {ASK} {mutation.replace('mutation', 'mutation B')}"
        chosen = await api.http.get("/graphql", params={"query": two, "operationName": "B"}, headers=who)
        assert chosen.status_code == 405
        for params in ({"variables": "x", "query": ASK}, {}, {"query": ""}):
            assert (await api.http.get("/graphql", params=params, headers=who)).status_code == 400
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            assert (await api.http.request(method, "/graphql", headers=who)).status_code == 405

    async def test_name_one_operation(self, api: Api) -> None:
        two = f"query A {ASK} query B {ASK}"
        assert (await send(api, {"query": two, "operationName": "A"})).json()["data"]
        for name in (None, "C", ""):
            response = await send(api, {"query": two, "operationName": name}, accept=GRAPHQL)
            assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
        subscription = await send(api, {"query": "subscription { x }"}, accept=GRAPHQL)
        assert subscription.status_code == 400


class TestAnswers:
    @pytest.mark.parametrize(
        ("accept", "media"),
        [
            (None, "application/json"),
            ("*/*", "application/json"),
            ("application/*", "application/json"),
            ("application/json", "application/json"),
            (GRAPHQL, GRAPHQL),
            (f"{GRAPHQL}; charset=utf-8, application/json; q=0.9", GRAPHQL),
            (f"application/json, {GRAPHQL};q=0.5", "application/json"),
            (f"text/html, {GRAPHQL};q=0.1", GRAPHQL),
        ],
    )
    async def test_come_as_the_client_accepts_them(self, api: Api, accept: str | None, media: str) -> None:
        headers = {"x-merchant": "shanquan"} | ({"accept": accept} if accept else {})
        if accept is None:
            del api.http.headers["accept"]
        response = await api.http.post("/graphql", json={"query": ASK}, headers=headers)
        assert (response.status_code, response.headers["content-type"]) == (200, f"{media}; charset=utf-8")

    async def test_do_not_come_otherwise(self, api: Api) -> None:
        for accept in ("text/html", "application/xml", f"{GRAPHQL};q=0"):
            assert (await send(api, {"query": ASK}, accept=accept)).status_code == 406

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
            ({"query": "{ merchant { slug }"}, "GRAPHQL_PARSE_FAILED"),
            ({"query": "{ merchant { slugg } }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "{ merchant }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": '{ sku(code: "\\u0000") { id } }'}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "query ($i: ID!) { product(id: $i) { id } }"}, "BAD_USER_INPUT"),
            ({"query": "query ($i: ID!) { product(id: $i) { id } }", "variables": {"i": {}}}, "BAD_USER_INPUT"),
            ({"query": "query ($s: ProductSort) { products(sort: $s) { nodes { id } } }",
              "variables": {"s": "POSITIO"}}, "BAD_USER_INPUT"),
            ({"query": "{" + "a{" * 1_000 + "b" + "}" * 1_001}, "QUERY_TOO_COMPLEX"),
        ],
    )  # fmt: skip
    async def test_say_what_is_wrong_with_a_document(
        self, api: Api, content: Mapping[str, Any], expected: str
    ) -> None:
        modern = await send(api, content, accept=GRAPHQL)
        legacy = await send(api, content)
        assert (modern.status_code, code(modern)) == (400, expected)
        assert (legacy.status_code, code(legacy)) == (200, expected)
        assert modern.json() == legacy.json()
        assert "data" not in modern.json()
        assert "Did you mean" not in modern.text

    async def test_are_not_kept(self, api: Api) -> None:
        assert (await send(api, {"query": ASK})).headers["cache-control"] == "no-store"

    async def test_speak_the_language_of_the_client(self, api: Api) -> None:
        quote = {"query": "{ quote(input: {lines: []}) { total { amount } } }"}
        assert (await send(api, quote)).json()["errors"][0]["message"] == "Sign in first"
        assert (await send(api, quote, accept_language="")).json()["errors"][0]["message"] == "请先登录"
        assert (
            (await send(api, b"", accept_language="de")).json()["errors"][0]["message"].startswith("这不是")
        )

    async def test_are_the_same_when_a_document_is_sent_again(self, api: Api) -> None:
        query = {"query": "query ($n: Int) { products(first: $n) { nodes { name } } }"}
        answers = [await send(api, {**query, "variables": {"n": n}}) for n in (1, 2, 1, 0)]
        assert [
            len((one.json()["data"] or {"products": {"nodes": []}})["products"]["nodes"]) for one in answers
        ] == [
            1,
            2,
            1,
            0,
        ]


@attrs.frozen
class Broken(LookThrough):
    """A look in which something goes wrong once it is known who asks."""

    fault: Exception

    def views(self, actor: Actor) -> Views:
        raise self.fault


class Lost(LookThrough):
    """A look in which something goes wrong when somebody comes in."""

    async def guest(self, *, slug: str | None) -> Actor:
        raise LookupError("secret")

    async def actor(self, claims: Claims) -> Actor:
        raise Busy("secret")


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (KeyError("sqlite3 secret"), "INTERNAL"),
            (RuntimeError('File "/home/secret"'), "INTERNAL"),
            (Busy("a secret is locked", because="what is locked"), "CONFLICT"),
            (Stale("secret"), "CONFLICT"),
            (TimeoutError("secret"), "TIMEOUT"),
        ],
    )
    async def test_stay_inside(
        self, world: World, fault: Exception, expected: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        query = f'{{ merchant {{ slug }} product(id: "{world.shop.products["tea"].id}") {{ id }} }}'
        broken = ReadingThrough(world.database.reading, lambda look: Broken(look, fault))
        async with open_api(world, reading=broken) as hurt:
            with caplog.at_level(logging.WARNING, logger="adapters.graphql"):
                response = await send(hurt, {"query": query})
        assert response.status_code == 200
        assert response.json()["data"] == {"merchant": {"slug": "shanquan"}, "product": None}
        (error,) = response.json()["errors"]
        assert (error["extensions"]["code"], error["path"]) == (expected, ["product"])
        assert "secret" not in response.text
        logged = [record for record in caplog.records if record.name.startswith("adapters.graphql")]
        if expected == "INTERNAL":
            (record,) = logged
            assert record.__dict__["reference"] == error["extensions"]["reference"]
            assert error["extensions"]["reference"] in error["message"]
            assert record.exc_info is not None
            assert record.exc_info[1] is fault
        elif expected == "CONFLICT":
            (record,) = logged
            told = record.__dict__["because"]
            assert (record.levelname, told) == (
                "WARNING",
                "what is locked" if isinstance(fault, Busy) else "Stale",
            )
            assert "secret" not in f"{record.__dict__}"
        else:
            assert not logged

    async def test_stay_inside_before_there_is_a_document(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_api(world, reading=ReadingThrough(world.database.reading, Lost)) as api:
            lost = await send(api, {"query": ASK})
            busy = await send(api, {"query": ASK}, authorization=f"Bearer {api.token(world.shop.buyer())}")
        assert (lost.status_code, code(lost)) == (500, "INTERNAL")
        assert (busy.status_code, code(busy), busy.headers["retry-after"]) == (503, "CONFLICT", "1")
        assert "secret" not in lost.text + busy.text
        assert "secret" in caplog.text


class TestBrowsers:
    async def test_get_a_page_that_needs_nobody_else(self, world: World) -> None:
        async with open_api(world, graphiql=True, demo_token=lambda: "a.demo.token") as api:
            page = await api.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
            assert page.status_code == 200
            assert "query Home" in page.text
            assert "Bearer a.demo.token" in page.text
            assert "//" not in page.text.replace("<!doctype", "")
            policy = page.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "default-src 'none'" in policy
            addresses = [part.split('"')[0] for part in page.text.split('="/graphql/assets/')[1:]]
            assert len(addresses) == 6
            for address in addresses:
                asset = await api.http.get(f"/graphql/assets/{address}")
                assert asset.status_code == 200
                assert "immutable" in asset.headers["cache-control"]
            for name in ("page.html", "LICENSE", "..%2fserver.py"):
                assert (await api.http.get(f"/graphql/assets/{name}")).status_code == 404
            found = await api.http.get(
                "/graphql",
                params={"query": ASK},
                headers={"accept": "text/html, */*", "x-merchant": "haiyun"},
            )
            assert found.json()["data"]["merchant"]["slug"] == "haiyun"

    async def test_get_no_token_where_there_is_none_to_give(self, world: World) -> None:
        async with open_api(world, graphiql=True) as api:
            page = await api.http.get("/graphql", headers={"accept": "text/html"})
        assert "Bearer" not in page.text

    async def test_get_nothing_where_it_is_off(self, api: Api) -> None:
        assert (await api.http.get("/graphql", headers={"accept": "text/html"})).status_code == 406
        assert (await api.http.get("/graphql/assets/graphiql.min.js")).status_code == 404
