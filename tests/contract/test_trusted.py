"""Trusted documents: which are answered, to whom, and by which name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.graphql.documents import Bounds, Library
from adapters.graphql.guard import Limits
from adapters.graphql.schema import schema
from adapters.graphql.trusted import BadManifest, Fault, Trusted, hash_of, read_manifest
from application.authorization import Actor, ActorKind
from kit.api import Api, open_api, ordered
from kit.world import World

NAMES = "query Names($n: Int = 5) { products(first: $n) { nodes { name } } }"
CANCEL = "mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { order { status } } }"
ROWS = "products(first: $n) { nodes { skus { price { breaks { minQuantity } } } } }"
TREE = "query ($n: Int) { " + " ".join(f"p{number}: {ROWS}" for number in range(9)) + " }"
FREE = "{ merchant { slug } }"
DOCUMENTS = {hash_of(text): text for text in (NAMES, CANCEL, TREE)}


@pytest.fixture(params=["memory"])
def storage_name(request: pytest.FixtureRequest) -> str:
    """Memory, because no database is asked which documents are trusted."""
    name: str = request.param
    return name


@asynccontextmanager
async def trusting(world: World, *, only: bool) -> AsyncIterator[Api]:
    async with open_api(world, trusted=Trusted(DOCUMENTS, only=only), limits=Limits()) as api:
        yield api


def persisted(text: str, **more: object) -> dict[str, Any]:
    """Name a document as Apollo's clients do."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **more}


def identified(text: str, **more: object) -> dict[str, Any]:
    """Name a document as GraphQL over HTTP does."""
    return {"documentId": f"sha256:{hash_of(text)}", **more}


async def send(api: Api, content: dict[str, Any], *, actor: Actor, get: bool = False) -> httpx.Response:
    who = (
        {"x-merchant": actor.merchant.slug}
        if actor.kind is ActorKind.GUEST
        else {"authorization": f"Bearer {api.token(actor)}"}
    )
    headers = {"accept-language": "en", **who}
    if not get:
        return await api.http.post("/graphql", json=content, headers=headers)
    params = {name: one if isinstance(one, str) else json.dumps(one) for name, one in content.items()}
    return await api.http.get("/graphql", params=params, headers=headers)


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


class TestNames:
    @pytest.mark.parametrize("get", [False, True])
    @pytest.mark.parametrize("named", [persisted, identified])
    @pytest.mark.parametrize("only", [False, True])
    async def test_stand_for_documents(self, world: World, named: Any, *, get: bool, only: bool) -> None:
        async with trusting(world, only=only) as api:
            for more in ({}, {"query": NAMES}):
                content = named(NAMES, variables={"n": 1}, **more)
                for actor in (world.shop.guest, world.shop.buyer(), world.shop.clerk):
                    response = await send(api, content, actor=actor, get=get)
                    assert len(response.json()["data"]["products"]["nodes"]) == 1

    async def test_may_be_the_bare_hash(self, world: World) -> None:
        async with trusting(world, only=True) as api:
            for name in (hash_of(NAMES), hash_of(NAMES).upper()):
                response = await send(api, {"documentId": name}, actor=world.shop.guest)
                assert "data" in response.json()

    async def test_do_not_let_get_write(self, world: World) -> None:
        asked = persisted(CANCEL, variables={"i": {"idempotencyKey": "x", "orderId": ordered(world)}})
        async with trusting(world, only=True) as api:
            response = await send(api, asked, actor=world.shop.buyer(), get=True)
            assert (response.status_code, code(response)) == (405, "BAD_USER_INPUT")
            done = await send(api, asked, actor=world.shop.buyer())
            assert done.json()["data"]["cancelOrder"]["order"] == {"status": "CANCELLED"}

    @pytest.mark.parametrize("named", [persisted, identified])
    @pytest.mark.parametrize("only", [False, True])
    async def test_are_refused_where_nothing_has_them(self, world: World, named: Any, *, only: bool) -> None:
        async with trusting(world, only=only) as api:
            for actor in (world.shop.buyer(), world.shop.clerk):
                response = await send(api, named(FREE), actor=actor)
                assert (response.status_code, code(response)) == (400, "PERSISTED_QUERY_NOT_FOUND")

    async def test_are_refused_where_they_are_those_of_another_text(self, world: World) -> None:
        async with trusting(world, only=False) as api:
            for text in (NAMES, FREE):
                response = await send(api, persisted(text, query=text + " "), actor=world.shop.clerk)
                assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
                assert response.json()["errors"][0]["message"] == "The sha256 is not that of the document"

    async def test_open_the_limits_to_nobody(self, world: World) -> None:
        async with trusting(world, only=True) as api:
            few = await send(api, persisted(TREE, variables={"n": 1}), actor=world.shop.buyer())
            assert "data" in few.json()
            many = await send(api, persisted(TREE, variables={"n": 100}), actor=world.shop.buyer())
            assert many.json()["errors"][0]["extensions"]["limit"] == "objects"
            long = await send(api, persisted(TREE, variables={"n": [0] * 1001}), actor=world.shop.buyer())
            assert long.json()["errors"][0]["extensions"]["limit"] == "listItems"


class TestFreeText:
    async def test_is_refused_to_buyers_and_guests_where_only_trusted_documents_are_answered(
        self, world: World
    ) -> None:
        async with trusting(world, only=True) as api:
            for actor in (world.shop.guest, world.shop.buyer()):
                for content in ({"query": FREE}, persisted(FREE, query=FREE)):
                    response = await send(api, content, actor=actor)
                    assert (response.status_code, code(response)) == (403, "FORBIDDEN")
            staff = await send(api, {"query": FREE}, actor=world.shop.clerk)
            assert staff.json() == {"data": {"merchant": {"slug": "shanquan"}}}

    async def test_may_be_that_of_a_trusted_document(self, world: World) -> None:
        async with trusting(world, only=True) as api:
            assert "data" in (await send(api, {"query": NAMES}, actor=world.shop.guest)).json()

    async def test_is_answered_to_everybody_elsewhere(self, world: World) -> None:
        async with trusting(world, only=False) as api:
            for content in ({"query": FREE}, persisted(FREE, query=FREE)):
                assert "data" in (await send(api, content, actor=world.shop.guest)).json()


class TestManifests:
    def test_are_read_as_generators_write_them(self, tmp_path: Path) -> None:
        file = tmp_path / "manifest.json"
        file.write_text(json.dumps(DOCUMENTS), "utf-8")
        assert read_manifest(file) == DOCUMENTS
        file.write_text(json.dumps({f"sha256:{key}": text for key, text in DOCUMENTS.items()}), "utf-8")
        assert read_manifest(file) == DOCUMENTS

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            ("", Fault.NO_MANIFEST),
            ("[]", Fault.NO_MANIFEST),
            ('{"a": 1}', Fault.NO_MANIFEST),
            (json.dumps({"a": FREE}), Fault.OTHER_HASH),
            (json.dumps({hash_of(FREE): NAMES}), Fault.OTHER_HASH),
            (json.dumps({hash_of(FREE).upper(): FREE}), Fault.OTHER_HASH),
        ],
    )
    def test_are_refused_where_they_are_none(self, tmp_path: Path, content: str, fault: Fault) -> None:
        file = tmp_path / "manifest.json"
        file.write_text(content, "utf-8")
        with pytest.raises(BadManifest) as refused:
            read_manifest(file)
        assert refused.value.fault is fault

    def test_are_found_again_by_the_same_object(self) -> None:
        trusted = Trusted(DOCUMENTS)
        sent = "".join(NAMES)
        for found in (trusted.find(text=str(sent), hash=None), trusted.find(text=None, hash=hash_of(NAMES))):
            assert found is DOCUMENTS[hash_of(NAMES)]
        assert trusted.find(text=FREE, hash=None) is None
        assert Trusted().find(text=FREE, hash=hash_of(FREE)) is None

    def test_are_kept_however_many_others_are_sent(self) -> None:
        library, bounds = Library(schema._schema), Bounds(Limits())
        library.keep(hash_of(NAMES), NAMES, bounds)
        kept = library.find(NAMES, bounds)
        assert kept is not None
        for number in range(50):
            library.add(f"{number}" + " " * 16_000, bounds, kept)
        assert library.find("0" + " " * 16_000, bounds) is None
        assert library.find(NAMES, bounds) is kept
        assert library.find(NAMES, Bounds(Limits(depth=1))) is None

    @pytest.mark.parametrize(
        "text", ["{ nothing }", "{", "{ merchant { " + "slug " * 101 + "} }", "fragment F on Brand { id }"]
    )
    def test_have_only_documents_that_can_be_answered(self, text: str) -> None:
        with pytest.raises(BadManifest) as refused:
            Library(schema._schema).keep("x", text, Bounds(Limits()))
        assert (refused.value.fault, refused.value.key) == (Fault.INVALID, "x")
        assert refused.value.why
