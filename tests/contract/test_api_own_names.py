"""What companies call goods, through the front door: said, listed, taken back, and searched by."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from application.authorization import Actor
from domain.own_names import OwnName
from domain.visibility import Visibility
from kit import builders as a
from kit.api import Api, open_api
from kit.companies import with_companies
from kit.world import World, show

SET = """mutation ($input: SetOwnNameInput!) { setOwnName(input: $input) {
    name errors { __typename ... on UserError { path } ... on InvalidOwnName { longest } } } }"""
REMOVE = """mutation ($input: RemoveOwnNameInput!) { removeOwnName(input: $input) {
    name errors { __typename } } }"""
LIST = """query ($of: ID, $first: Int, $after: String) { ownNames(customer: $of, first: $first, after: $after) {
    nodes { name sku { code } learnedAt } pageInfo { endCursor } totalCount } }"""
FIND = "query ($text: String) { products(filter: {text: $text}) { nodes { name } totalCount } }"


async def done(api: Api, document: str, actor: Actor, **input: Any) -> Any:
    [payload] = (await api.ask(document, {"input": input}, actor=actor)).data.values()
    return payload


async def listed(api: Api, actor: Actor, **asked: Any) -> list[tuple[str, str]]:
    data = (await api.ask(LIST, asked, actor=actor)).data["ownNames"]
    assert data["totalCount"] == len(data["nodes"])
    return [(node["name"], node["sku"]["code"]) for node in data["nodes"]]


async def found(api: Api, actor: Actor, text: str) -> list[str]:
    data = (await api.ask(FIND, {"text": text}, actor=actor)).data["products"]
    assert data["totalCount"] == len(data["nodes"])
    return [node["name"] for node in data["nodes"]]


class TestSaying:
    async def test_a_company_says_lists_and_takes_back(self, world: World) -> None:
        shop, buyer = world.shop, world.shop.buyer()
        tea, nuts = shop.sku("TEA-500").id, shop.sku("NUTS").id
        async with open_api(world) as api:
            assert (await done(api, SET, buyer, name=" 小　黄瓶 ", skuId=tea)) == {
                "name": "小 黄瓶",
                "errors": [],
            }
            await done(api, SET, buyer, name="零食", skuId=tea)
            await done(api, SET, buyer, name="零食", skuId=nuts)
            assert await listed(api, buyer) == [("小 黄瓶", "TEA-500"), ("零食", "NUTS")]
            page = (await api.ask(LIST, {"first": 1}, actor=buyer)).data["ownNames"]
            rest = (await api.ask(LIST, {"after": page["pageInfo"]["endCursor"]}, actor=buyer)).data[
                "ownNames"
            ]
            assert [node["name"] for node in (*page["nodes"], *rest["nodes"])] == ["小 黄瓶", "零食"]
            for _ in range(2):
                assert (await done(api, REMOVE, buyer, name="零食")) == {"name": "零食", "errors": []}
            assert await listed(api, buyer) == [("小 黄瓶", "TEA-500")]

    async def test_staff_say_it_for_any_company_and_are_noted(self, world: World) -> None:
        shop, vip = world.shop, world.shop.customers["vip"].id
        tea = shop.sku("TEA-500").id
        async with open_api(world) as api:
            await done(api, SET, shop.clerk, name="水", skuId=tea, customerId=vip)
            assert await listed(api, shop.clerk, of=vip) == [("水", "TEA-500")]
            assert await listed(api, shop.buyer("vip")) == [("水", "TEA-500")]
            assert await listed(api, shop.buyer(), of=vip) == []
            await done(api, REMOVE, shop.clerk, name="水", customerId=vip)
            assert await listed(api, shop.clerk, of=vip) == []
            asked = "{ staff { trail { nodes { operation aboutId facts { name before after } } } } }"
            entries = (await api.ask(asked, actor=shop.clerk)).data["staff"]["trail"]["nodes"]
        told = [
            {"name": "name", "before": None, "after": "水"},
            {"name": "sku", "before": None, "after": tea},
        ]
        assert entries[1] == {"operation": "setOwnName", "aboutId": vip, "facts": told}
        assert entries[0]["operation"] == "removeOwnName"

    async def test_what_is_wrong_is_named(self, world: World) -> None:
        shop, buyer = world.shop, world.shop.buyer()
        tea, theirs = shop.sku("TEA-500").id, world.other.sku("TEA-500").id
        vip = shop.customers["vip"].id
        async with open_api(world) as api:
            for input, wrong in (
                ({"name": " ", "skuId": tea}, "InvalidOwnName"),
                ({"name": "x" * 65, "skuId": tea}, "InvalidOwnName"),
                ({"name": "x", "skuId": theirs}, "UnknownSku"),
                ({"name": "x", "skuId": "nothing"}, "UnknownSku"),
                ({"name": "x", "skuId": tea, "customerId": vip}, "CustomerNotFound"),
                ({"name": "x", "skuId": tea, "customerId": "nothing"}, "CustomerNotFound"),
            ):
                payload = await done(api, SET, buyer, **input)
                assert payload["name"] is None and [one["__typename"] for one in payload["errors"]] == [wrong]
            assert (await done(api, SET, shop.clerk, name="x", skuId=tea))["errors"] == [
                {"__typename": "CustomerNotFound", "path": ["input", "customerId"]}
            ]
            payload = await done(api, REMOVE, buyer, name="")
            assert payload == {"name": None, "errors": [{"__typename": "InvalidOwnName"}]}
            payload = await done(api, REMOVE, buyer, name="x", customerId=vip)
            assert payload == {"name": None, "errors": [{"__typename": "CustomerNotFound"}]}
            assert await listed(api, buyer) == [] and await listed(api, buyer, of="nothing") == []

    async def test_only_those_who_may(self, world: World) -> None:
        shop, tea = world.shop, world.shop.sku("TEA-500").id
        regular = shop.customers["regular"].id
        trainee = Actor.staff(shop.merchant, id=shop.staff["trainee"].id, granted=frozenset())
        async with open_api(world) as api:
            for actor in (shop.guest, shop.buyer("viewer"), trainee):
                answered = await api.ask(
                    SET, {"input": {"name": "x", "skuId": tea, "customerId": regular}}, actor=actor
                )
                assert answered.errors
            assert await listed(api, shop.buyer("viewer")) == []
            for actor in (shop.guest, trainee):
                assert (await api.ask(LIST, {"of": regular}, actor=actor)).errors


@pytest.mark.parametrize("most", [600, 1], ids=["few", "many"])
class TestFinding:
    async def test_only_the_company_finds_by_its_names(
        self, world: World, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr("adapters.persistence.search.FEW", most)
        world = with_companies(world)
        shop = world.shop
        nuts, tea = shop.sku("NUTS").id, shop.sku("TEA-500").id
        with world.database.unit_of_work(shop.buyer("north")) as storage:
            names = {OwnName("小黄罐"): nuts, OwnName("Big 箱"): nuts, OwnName("天然"): tea}
            storage.own_names.learn(shop.customers["north"].id, names, at=a.NOON)
        north, nut = shop.buyer("north"), shop.product_of("NUTS").name
        async with open_api(world) as api:
            for text in ("小黄罐", "黄", "xiaohuang", "xhg", "big 箱", "BIG"):
                assert await found(api, north, text) == [nut]
                for other in ("headquarters", "corner", "regular"):
                    assert await found(api, shop.buyer(other), text) == []
                assert await found(api, shop.guest, text) == await found(api, shop.clerk, text) == []
            assert sorted(await found(api, north, "天然")) == ["天然水", "柠檬茶"]
            assert await found(api, shop.buyer(), "天然") == ["天然水"]

    async def test_what_is_hidden_or_not_for_sale_is_not_found_by_them(
        self, world: World, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr("adapters.persistence.search.FEW", most)
        shop = world.shop
        regular, buyer = shop.customers["regular"].id, shop.buyer()
        with world.database.unit_of_work(buyer) as storage:
            names = {OwnName("小黄瓶"): shop.sku("TEA-500").id, OwnName("小黄罐"): shop.sku("NUTS").id}
            storage.own_names.learn(regular, names, at=a.NOON)
        show(world, "tea", Visibility(hidden_from=frozenset({regular})))
        nuts = shop.product_of("NUTS")
        with world.database.unit_of_work(shop.operator) as storage:
            storage.bulk.replace([attrs.evolve(nuts, for_sale=False)])
        async with open_api(world) as api:
            assert await found(api, buyer, "小黄") == []
            assert await listed(api, buyer) == [("小黄罐", "NUTS")]
            assert await listed(api, shop.clerk, of=regular) == [("小黄瓶", "TEA-500"), ("小黄罐", "NUTS")]
