"""Groups, tags and the visibility of goods, through the front door."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from domain.identity import CustomerGroupId, CustomerId, ProductId
from kit.api import HOME, Api, open_api
from kit.world import World

CREATE = """mutation ($input: CreateCustomerGroupInput!) { createCustomerGroup(input: $input) {
    group { id name kind parent { name parent { name } } } errors { __typename ... on UserError { path } } } }"""
RENAME = """mutation ($input: RenameCustomerGroupInput!) { renameCustomerGroup(input: $input) {
    group { name } errors { __typename } } }"""
DELETE = """mutation ($input: DeleteCustomerGroupInput!) { deleteCustomerGroup(input: $input) {
    group { name } errors { __typename ... on GroupInUse { groupIds productIds uses } } } }"""
MOVE = """mutation ($input: %sInput!) { %s(input: $input) {
    group { name } errors { __typename ... on UserError { path } ... on UnknownCustomer { reference } } } }"""
TAG = """mutation ($input: %sInput!) { %s(input: $input) {
    customers { name tags } errors { __typename ... on UserError { path } } } }"""
SHOW = """mutation ($input: SetProductVisibilityInput!) { setProductVisibility(input: $input) {
    products { name visibility { restricted
      shownTo { id group { name parent { name } } tier { code } customer { name } }
      hiddenFrom { id group { name } tier { code } customer { name } } } }
    errors { __typename ... on UserError { path } ... on UnknownAudience { reference }
      ... on InvalidVisibility { reason } } } }"""

NO_GROUP = """mutation ($input: %sInput!) { %s(input: $input) {
    errors { __typename ... on GroupNotFound { reference } } } }"""


def named(document: str, mutation: str) -> str:
    """The document with a mutation in it, and its input."""
    return document % (f"{mutation[0].upper()}{mutation[1:]}", mutation)


async def done(api: Api, document: str, **input: Any) -> Any:
    """What came of a mutation of the clerk's."""
    data = (await api.ask(document, {"input": input}, actor=api.world.shop.clerk)).data
    [payload] = data.values()
    return payload


async def staff(api: Api, selection: str) -> Any:
    return (await api.ask(f"{{ staff {{ {selection} }} }}", actor=api.world.shop.clerk)).data["staff"]


class TestGroups:
    async def test_they_are_made_renamed_listed_and_deleted(self, world: World) -> None:
        jiangsu = world.shop.groups["jiangsu"].id
        async with open_api(world) as api:
            made = await done(api, CREATE, name="南京", kind="REGION", parentId=jiangsu)
            id = made["group"].pop("id")
            above = {"name": "江苏", "parent": {"name": "华东"}}
            assert made == {"group": {"name": "南京", "kind": "REGION", "parent": above}, "errors": []}
            assert (await done(api, RENAME, groupId=id, name="南京市"))["group"] == {"name": "南京市"}
            listed = await staff(api, "groups { name kind parent { name } }")
            assert [one["name"] for one in listed["groups"]] == ["华东", "西部", "连锁", "江苏", "南京市"]
            assert (await done(api, DELETE, groupId=id))["group"] == {"name": "南京市"}
            assert len((await staff(api, "groups { id }"))["groups"]) == 4

    @pytest.mark.parametrize(
        ("input", "refusal", "path"),
        [
            ({"name": "西部", "kind": "FREE"}, "GroupNameTaken", ["input", "name"]),
            ({"name": "", "kind": "FREE"}, "InvalidGroup", ["input"]),
            ({"name": "北", "kind": "REGION", "parentId": "no id"}, "GroupNotFound", ["input"]),
        ],
    )
    async def test_what_cannot_be_is_refused(
        self, world: World, input: dict[str, Any], refusal: str, path: list[str]
    ) -> None:
        async with open_api(world) as api:
            told = await done(api, CREATE, **input)
        assert told["group"] is None
        assert [(one["__typename"], one["path"]) for one in told["errors"]] == [(refusal, path)]

    async def test_a_group_in_use_is_not_deleted(self, world: World) -> None:
        shop = world.shop
        tea, west = shop.products["tea"].id, shop.groups["west"].id
        async with open_api(world) as api:
            await done(api, SHOW, products=[{"productId": tea, "restricted": True, "shownTo": [west]}])
            for name, groups, products in (
                ("west", [], [tea]),
                ("east", [shop.groups["jiangsu"].id], []),
            ):
                told = await done(api, DELETE, groupId=shop.groups[name].id)
                assert told["errors"] == [
                    {"__typename": "GroupInUse", "groupIds": groups, "productIds": products, "uses": []}
                ]
            missing = await done(api, DELETE, groupId=world.ids.new(CustomerGroupId))
            assert missing["errors"] == [{"__typename": "GroupNotFound"}]

    async def test_what_is_not_there_is_told_back_as_it_was_asked_for(self, world: World) -> None:
        shop = world.shop
        strange = (world.ids.new(CustomerGroupId), shop.customers["vip"].id, "no id", "", "群" * 90)
        async with open_api(world) as api:
            for text in strange:
                for mutation, input in (
                    ("deleteCustomerGroup", {"groupId": text}),
                    ("renameCustomerGroup", {"groupId": text, "name": "北"}),
                    ("createCustomerGroup", {"parentId": text, "name": "北", "kind": "REGION"}),
                ):
                    told = await done(api, named(NO_GROUP, mutation), **input)
                    assert told["errors"] == [{"__typename": "GroupNotFound", "reference": text}]


class TestCustomers:
    async def test_they_are_put_in_and_taken_out_and_their_history_stays(self, world: World) -> None:
        shop = world.shop
        vip, regular = shop.customers["vip"].id, shop.customers["regular"].id
        history = 'customers(text: "Lucky") { nodes { groups { name } groupHistory { group { name } since until } } }'
        async with open_api(world) as api:
            moved = {"groupId": shop.groups["jiangsu"].id, "customerIds": [vip, regular]}
            assert (await done(api, named(MOVE, "addToCustomerGroup"), **moved))["group"] == {"name": "江苏"}
            world.clock.forward()
            assert (await done(api, named(MOVE, "removeFromCustomerGroup"), **moved))["errors"] == []
            [found] = (await staff(api, history))["customers"]["nodes"]
        assert [one["name"] for one in found["groups"]] == ["西部", "连锁"]
        first = found["groupHistory"][0]
        assert (first["group"]["name"], first["until"] > first["since"]) == ("江苏", True)
        assert sorted(one["group"]["name"] for one in found["groupHistory"][1:]) == ["西部", "连锁"]
        assert {one["until"] for one in found["groupHistory"][1:]} == {None}

    async def test_strangers_are_named(self, world: World) -> None:
        shop, foreign = world.shop, world.other.customers["vip"].id
        ids = [shop.customers["vip"].id, foreign, world.ids.new(CustomerId)]
        async with open_api(world) as api:
            told = await done(
                api,
                named(MOVE, "addToCustomerGroup"),
                groupId=shop.groups["east"].id,
                customerIds=ids,
            )
        assert told["errors"] == [
            {
                "__typename": "UnknownCustomer",
                "path": ["input", "customerIds", str(at)],
                "reference": ids[at],
            }
            for at in (1, 2)
        ]

    async def test_they_are_tagged_and_untagged(self, world: World) -> None:
        ids = [world.shop.customers["regular"].id, world.shop.customers["vip"].id]
        async with open_api(world) as api:
            told = await done(api, named(TAG, "tagCustomers"), customerIds=ids, tags=["ＶＩＰ", "现结"])
            assert [one["tags"] for one in told["customers"]] == [
                ["vip", "新客", "现结"],
                ["vip", "现结", "连锁"],
            ]
            told = await done(api, named(TAG, "untagCustomers"), customerIds=ids, tags=["Vip"])
            assert [one["tags"] for one in told["customers"]] == [["新客", "现结"], ["现结", "连锁"]]
            told = await done(api, named(TAG, "tagCustomers"), customerIds=ids, tags=["x" * 33])
            assert told["errors"] == [{"__typename": "InvalidTag", "path": ["input", "tags"]}]

    async def test_they_are_found_by_group_tag_and_tier(self, world: World) -> None:
        shop = world.shop
        wanted: list[tuple[dict[str, str], set[str]]] = [
            ({"group": shop.groups["east"].id}, {"和平路便利店"}),
            ({"group": shop.groups["jiangsu"].id}, {"和平路便利店"}),
            ({"group": shop.groups["chains"].id}, {"Lucky 100% Mart"}),
            ({"group": world.other.groups["chains"].id}, set()),
            ({"group": "no id"}, set()),
            ({"tag": "连锁"}, {"Lucky 100% Mart"}),
            ({"tag": " "}, set()),
            ({"tier": shop.tiers["vip"].id}, {"Lucky 100% Mart", "城西批发部"}),
            ({"tier": shop.tiers["vip"].id, "tag": "现结"}, {"Lucky 100% Mart"}),
        ]
        document = """query ($filter: CustomerFilter) { staff { customers(filter: $filter) {
            nodes { name } totalCount } } }"""
        async with open_api(world) as api:
            for filter, names in wanted:
                data = (await api.ask(document, {"filter": filter}, actor=shop.clerk)).data
                found = data["staff"]["customers"]
                assert {one["name"] for one in found["nodes"]} == names, filter
                assert found["totalCount"] == len(names)

    async def test_buyers_see_neither_groups_nor_tags(self, world: World) -> None:
        async with open_api(world) as api:
            for field in ("groups { name }", "tags", "groupHistory { since }"):
                told = await api.ask(f"{{ me {{ customer {{ {field} }} }} }}", actor=world.shop.buyer("vip"))
                assert told.code == "FORBIDDEN"


class TestVisibility:
    async def test_it_is_set_and_read_back(self, world: World) -> None:
        shop = world.shop
        jiangsu, vip, regular = (
            shop.groups["jiangsu"].id,
            shop.tiers["vip"].id,
            shop.customers["regular"].id,
        )
        async with open_api(world) as api:
            asked = {
                "productId": shop.products["tea"].id,
                "restricted": True,
                "shownTo": [jiangsu, vip],
                "hiddenFrom": [regular],
            }
            told = await done(api, SHOW, products=[asked])
            by_id = {
                jiangsu: {
                    "id": jiangsu,
                    "group": {"name": "江苏", "parent": {"name": "华东"}},
                    "tier": None,
                    "customer": None,
                },
                vip: {"id": vip, "group": None, "tier": {"code": "VIP"}, "customer": None},
            }
            hidden = {"id": regular, "group": None, "tier": None, "customer": {"name": "和平路便利店"}}
            shown = {
                "restricted": True,
                "shownTo": [by_id[id] for id in sorted(by_id)],
                "hiddenFrom": [hidden],
            }
            assert told == {"products": [{"name": "柠檬茶", "visibility": shown}], "errors": []}

    async def test_everything_that_is_wrong_is_named(self, world: World) -> None:
        shop = world.shop
        products = [
            {"productId": world.ids.new(ProductId), "restricted": True},
            {"productId": shop.products["tea"].id, "restricted": True, "shownTo": ["nobody"]},
            {
                "productId": shop.products["rice"].id,
                "restricted": False,
                "shownTo": [shop.groups["east"].id],
            },
        ]
        async with open_api(world) as api:
            told = await done(api, SHOW, products=products)
        assert told["products"] is None
        assert told["errors"] == [
            {"__typename": "UnknownProduct", "path": ["input", "products", "0", "productId"]},
            {"__typename": "UnknownAudience", "path": ["input", "products", "1"], "reference": "nobody"},
            {
                "__typename": "InvalidVisibility",
                "path": ["input", "products", "2"],
                "reason": "NOT_RESTRICTED",
            },
        ]

    async def test_staff_ask_who_would_see_what(self, world: World) -> None:
        shop = world.shop
        tea, east = shop.products["tea"].id, shop.groups["east"].id
        document = """query ($product: ID!, $customer: ID!) { staff { visibility(
            product: $product, customer: $customer) { visible reason audience { id } } } }"""
        async with open_api(world) as api:

            async def asked(product: str, customer: str) -> Any:
                variables = {"product": product, "customer": customer}
                return (await api.ask(document, variables, actor=shop.clerk)).data["staff"]["visibility"]

            regular, vip = shop.customers["regular"].id, shop.customers["vip"].id
            everyone = {"visible": True, "reason": "EVERYONE", "audience": None}
            assert await asked(tea, regular) == everyone
            await done(api, SHOW, products=[{"productId": tea, "restricted": True, "shownTo": [east]}])
            named = {"visible": True, "reason": "NAMED", "audience": {"id": east}}
            assert await asked(tea, regular) == named
            assert await asked(tea, vip) == {"visible": False, "reason": "NOT_NAMED", "audience": None}
            for strange in (
                (tea, world.other.customers["vip"].id),
                (world.other.products["tea"].id, vip),
                ("no id", vip),
            ):
                assert await asked(*strange) is None

    async def test_only_staff_of_the_catalog_read_it(self, world: World) -> None:
        document = "{ products { nodes { visibility { restricted } } } }"
        async with open_api(world) as api:
            trainee = attrs.evolve(world.shop.clerk, person_id=world.shop.staff["trainee"].id)
            for actor in (world.shop.buyer("vip"), trainee):
                assert (await api.ask(document, actor=actor)).code == "FORBIDDEN"
            assert (await api.ask(document, actor=world.shop.guest)).code == "UNAUTHENTICATED"
            assert (await api.ask(document, actor=world.shop.clerk)).data["products"]["nodes"]


async def test_home_takes_three_statements_with_restrictions_and_without(world: World) -> None:
    shop = world.shop
    async with open_api(world) as api:
        spent = []
        for rules in ([], [{"productId": shop.products["tea"].id, "restricted": True}]):
            if rules:
                await done(api, SHOW, products=rules)
            await api.ask(HOME, {"category": None}, actor=shop.buyer("vip"))
            before = world.database.statements
            answered = (await api.ask(HOME, {"category": None}, actor=shop.buyer("vip"))).data
            spent.append(world.database.statements - before)
            names = {edge["node"]["name"] for edge in answered["products"]["edges"]}
            assert ("柠檬茶" in names) is not bool(rules)
    assert spent in ([3, 3], [0, 0]), "memory sends none"
