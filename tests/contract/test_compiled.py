"""The API executed by compiled code: to the letter what it answers without."""

from __future__ import annotations

import pytest

from adapters.graphql.schema import schema
from application.authorization import Actor
from kit.api import HOME, open_api, ordered
from kit.world import World

QUERIES = (
    HOME,
    "{ products(first: 1000) { nodes { name } } }",
    "{ me { id } staff { id } merchant { name } }",
    '{ sku(code: "TEA-500") { __typename id price(quantity: "3") { unitPrice { amount } } stock { status } } }',
    '{ sku(code: "TEA-500") { price(unit: "none") { source } } brands { id } }',
    '{ node(id: "brd_none") { id } nodes(ids: ["x", "y"]) { __typename ... on Sku { code } } }',
    "{ products(first: 2) { edges { node { id ...P } } nodes { ...P } } } fragment P on Product { name skus { code } }",
    "query ($yes: Boolean = false) { categories { id parent { name } } brands @include(if: $yes) { name } }",
)


@pytest.mark.parametrize("who", ["guest", "buyer", "clerk"])
async def test_it_answers_the_same(world: World, who: str) -> None:
    ordered(world)
    actors: dict[str, Actor] = {
        "guest": world.shop.guest,
        "buyer": world.shop.buyer("regular"),
        "clerk": world.shop.clerk,
    }
    counts = schema.engine.counts
    async with open_api(world, engine=False) as api:
        before = counts.fast + counts.with_holes
        usual = [(await api.ask(query, actor=actors[who])).response for query in QUERIES]
        assert counts.fast + counts.with_holes == before, "the setting gives everything to graphql-core"
    async with open_api(world) as api:
        for _ in range(3):  # new, compiled, and compiled before
            compiled = [(await api.ask(query, actor=actors[who])).response for query in QUERIES]
            for one, other in zip(usual, compiled, strict=True):
                assert (other.status_code, other.text) == (one.status_code, one.text)
    assert counts.fast + counts.with_holes - before >= len(QUERIES)
