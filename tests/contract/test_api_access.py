"""Who may see what: identities, doors and permissions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest

from application.authorization import Permission
from domain.identity import (
    CustomerId,
    Id,
    OrderId,
    SkuId,
)
from kit.api import Api, open_api, ordered
from kit.world import World

MISSING = SkuId.of(b"\xff" * 16)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


class TestNodes:
    def ids(self, world: World) -> dict[str, Id]:
        shop = world.shop
        return {
            "Merchant": shop.merchant.id,
            "Product": shop.products["tea"].id,
            "Sku": shop.sku("TEA-500").id,
            "Order": ordered(world),
            "Category": shop.categories["tea"].id,
            "Brand": shop.brands["spring"].id,
            "Customer": shop.customers["regular"].id,
            "Buyer": shop.buyers["regular"].id,
        }

    async def test_are_found_again_by_their_identity(self, api: Api) -> None:
        ids = self.ids(api.world)
        query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
          __typename id
          ... on Product { name skus { code price { source } } }
          ... on Sku { code stock { available } }
          ... on Order { lines { skuCode } customer { name } }
        } }"""
        for actor in (api.world.shop.buyer(), api.world.shop.clerk):
            found = (await api.ask(query, {"ids": list(ids.values())}, actor=actor)).data["nodes"]
            assert [(one["__typename"], one["id"]) for one in found] == list(ids.items())
            assert found[1]["skus"][0]["price"]["source"] == "BASE"
            assert [line["skuCode"] for line in found[3]["lines"]] == ["TEA-500", "NUTS"]

    async def test_are_null_to_those_who_may_not_see_them(self, api: Api) -> None:
        ids = self.ids(api.world)
        query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        for actor in (api.world.shop.buyer("vip"), api.world.other.buyer(), api.world.other.clerk):
            theirs = [ids["Order"], ids["Customer"], ids["Buyer"], OrderId.of(b"\xff" * 16), "ord_x"]
            found = (await api.ask(query, {"ids": theirs}, actor=actor)).data["nodes"]
            assert found == [None] * 5

    async def test_do_not_tell_guests_which_ids_there_are(self, api: Api) -> None:
        ids = self.ids(api.world)
        query = "query ($id: ID!) { node(id: $id) { id } }"
        for there, missing in (
            (ids["Order"], OrderId.of(b"\xff" * 16)),
            (ids["Customer"], CustomerId.of(b"\xff" * 16)),
        ):
            answers = [
                await api.ask(query, {"id": id}, actor=api.world.shop.guest) for id in (there, missing)
            ]
            assert answers[0].response.json() == answers[1].response.json()
            assert answers[0].code == "UNAUTHENTICATED"

    async def test_do_not_tell_staff_what_they_may_not_see(self, api: Api) -> None:
        ids = self.ids(api.world)
        nobody = api.world.shop.colleague(Permission.VIEW_STOCK)
        with_fragment = "query ($id: ID!) { node(id: $id) { ... on Customer { name } } }"
        for query in ("query ($id: ID!) { node(id: $id) { id } }", with_fragment):
            for id in (ids["Customer"], CustomerId.of(b"\xff" * 16)):
                actor = attrs.evolve(nobody, person_id=api.world.shop.staff["trainee"].id)
                answered = await api.ask(query, {"id": id}, actor=actor)
                assert (answered.code, answered.errors[0]["path"]) == ("FORBIDDEN", ["node"])

    async def test_are_not_even_named_to_staff_who_may_not_see_them(self, api: Api) -> None:
        ids = self.ids(api.world)
        trainee = attrs.evolve(api.world.shop.colleague(), person_id=api.world.shop.staff["trainee"].id)
        query = (
            "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { __typename } nodes(ids: $ids) { __typename } }"
        )
        for kind in ("Customer", "Buyer", "Order"):
            asked = {"id": ids[kind], "ids": [ids[kind]]}
            assert (await api.ask(query, asked, actor=trainee)).data == {"node": None, "nodes": [None]}

    async def test_come_a_hundred_at_a_time(self, api: Api) -> None:
        query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        guest = api.world.shop.guest
        assert (await api.ask(query, {"ids": [MISSING] * 100}, actor=guest)).data["nodes"] == [None] * 100
        assert (await api.ask(query, {"ids": [MISSING] * 101}, actor=guest)).code == "BAD_USER_INPUT"

    async def test_are_read_in_batches(self, api: Api) -> None:
        ids = [sku.id for product in api.world.shop.products.values() for sku in product.skus]
        query = """query ($ids: [ID!]!) {
          nodes(ids: $ids) { ... on Sku { code product { category { parent { id } } } } }
        }"""
        await api.ask(query, {"ids": ids}, actor=api.world.shop.guest)
        assert api.reading.calls == {"skus_by_id": 1}


class TestPermissions:
    async def test_turn_guests_away_with_a_word(self, api: Api) -> None:
        quote = "{ quote(input: {lines: []}) { total { amount } } }"
        answered = await api.ask(quote, actor=api.world.shop.guest)
        assert (answered.code, answered.errors[0]["path"]) == ("UNAUTHENTICATED", ["quote"])
        assert answered.response.json()["data"] is None

    async def test_open_doors_only_to_those_who_have_the_key(self, api: Api) -> None:
        query = "{ me { name } staff { id orders { totalCount } } }"
        shop = api.world.shop
        assert (await api.ask(query, actor=shop.guest)).data == {"me": None, "staff": None}
        buyer = (await api.ask(query, actor=shop.buyer())).data
        assert buyer == {"me": {"name": "小李"}, "staff": None}
        clerk = (await api.ask(query, actor=shop.clerk)).data
        assert clerk == {"me": None, "staff": {"id": shop.staff["clerk"].id, "orders": {"totalCount": 0}}}

    @pytest.mark.parametrize(
        "below",
        [
            "orders { nodes { id } }",
            "... on Staff { customers { nodes { id } } }",
            "...Hidden",
            "stock { nodes { onHand } } orders { edges { node { id } } }",
        ],
    )
    async def test_hold_in_depth_for_staff(self, api: Api, below: str) -> None:
        trainee = attrs.evolve(
            api.world.shop.colleague(Permission.VIEW_STOCK), person_id=api.world.shop.staff["trainee"].id
        )
        fragment = "fragment Hidden on Staff { ...Deeper } fragment Deeper on Staff { tiers { code } }"
        document = f"{{ staff {{ {below} }} }}" + (fragment if "Hidden" in below else "")
        answered = await api.ask(document, actor=trainee)
        assert (answered.code, answered.errors[0]["path"]) == ("FORBIDDEN", ["staff"])
        assert not api.reading.calls
        assert (await api.ask("{ staff { stock { nodes { onHand } } } }", actor=trainee)).data

    async def test_do_not_count_for_what_is_skipped(self, api: Api) -> None:
        trainee = attrs.evolve(
            api.world.shop.colleague(Permission.VIEW_STOCK), person_id=api.world.shop.staff["trainee"].id
        )
        query = """query ($all: Boolean!) { staff {
          permissions orders @include(if: $all) { totalCount } ... @include(if: $all) { tiers { code } }
          customers @skip(if: true) { totalCount } warehouses @include(if: true) { code }
        } }"""
        found = (await api.ask(query, {"all": False}, actor=trainee)).data["staff"]
        assert found["permissions"] == ["BROWSE", "BACK_OFFICE", "VIEW_STOCK", "MANAGE_LOGIN"]
        assert (await api.ask(query, {"all": True}, actor=trainee)).code == "FORBIDDEN"

    async def test_let_nobody_call_a_verb_unasked(self, api: Api) -> None:
        place = """mutation { placeOrder(input: {idempotencyKey: "x", paymentMethod: BANK_TRANSFER, lines: []})
          { errors { ... on UserError { code } } } }"""
        shop = api.world.shop
        for actor, code in (
            (shop.guest, "UNAUTHENTICATED"),
            (shop.buyer("viewer"), "FORBIDDEN"),
            (shop.clerk, "FORBIDDEN"),
        ):
            assert (await api.ask(place, actor=actor)).code == code

    async def test_do_not_stand_in_the_way_of_introspection(self, api: Api) -> None:
        query = '{ __schema { queryType { name } } __type(name: "Sku") { name } }'
        async with open_api(api.world, graphiql=True) as explorable:
            found = (await explorable.ask(query, actor=api.world.shop.guest)).data
        assert found == {"__schema": {"queryType": {"name": "Query"}}, "__type": {"name": "Sku"}}
