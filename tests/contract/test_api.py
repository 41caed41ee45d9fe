"""Reading through the API, as guests, buyers and staff see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.identity import (
    BrandId,
    CategoryId,
    SkuId,
)
from kit.api import HOME, Api, open_api, ordered
from kit.world import World

MISSING = SkuId.of(b"\xff" * 16)


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


def by_code(data: dict[str, Any]) -> dict[str, Any]:
    """The SKUs of a page of goods, by code."""
    return {sku["code"]: sku for edge in data["products"]["edges"] for sku in edge["node"]["skus"]}


class TestHome:
    async def test_shows_a_buyer_the_own_prices_and_orders(self, api: Api) -> None:
        order_id = ordered(api.world, "vip")
        data = (await api.ask(HOME, {"category": None}, actor=api.world.shop.buyer("vip"))).data
        tea = by_code(data)["TEA-500"]
        assert tea["price"]["unitPrice"] == {"amount": "3.33", "currency": "CNY"}
        assert tea["price"]["listPrice"] == {"amount": "3.50", "currency": "CNY"}
        assert (tea["price"]["source"], tea["price"]["tier"]["code"]) == ("TIER", "VIP")
        assert [rung["minQuantity"] for rung in tea["price"]["breaks"]] == ["1", "24", "240"]
        assert tea["stock"] == {"status": "IN_STOCK", "available": "358", "availableHidden": None}
        assert tea["priceHidden"] is None
        assert data["me"]["customer"]["tier"] == {"code": "VIP", "name": "VIP"}
        (edge,) = data["me"]["customer"]["orders"]["edges"]
        order = edge["node"]
        assert (order["id"], order["status"], order["paymentStatus"]) == (order_id, "SUBMITTED", "UNPAID")
        assert order["placedAt"] == "2026-03-02T04:00:00Z"
        assert [(line["quantity"], line["sku"]["code"]) for line in order["lines"]] == [
            ("2", "TEA-500"),
            ("1", "NUTS"),
        ]

    async def test_shows_a_guest_goods_without_prices_and_figures(self, api: Api) -> None:
        data = (await api.ask(HOME, {"category": None}, actor=api.world.shop.guest)).data
        assert data["me"] is None
        assert set(by_code(data)) == {"TEA-500", "TEA-1L", "WATER-550", "RICE", "NUTS", "CUP"}
        for sku in by_code(data).values():
            assert (sku["price"], sku["priceHidden"]) == (None, "LOGIN_REQUIRED")
            assert (sku["stock"]["available"], sku["stock"]["availableHidden"]) == (None, "LOGIN_REQUIRED")

    async def test_shows_staff_the_base_price(self, api: Api) -> None:
        data = (await api.ask(HOME, {"category": None}, actor=api.world.shop.clerk)).data
        assert data["me"] is None
        assert by_code(data)["TEA-500"]["price"]["source"] == "BASE"

    async def test_says_why_there_is_no_price(self, api: Api) -> None:
        data = (await api.ask(HOME, {"category": None}, actor=api.world.shop.buyer())).data
        cup = by_code(data)["CUP"]
        assert (cup["price"], cup["priceHidden"]) == (None, "NO_PRICE")

    async def test_filters_by_a_category_with_its_subtree(self, api: Api) -> None:
        shop = api.world.shop
        for category in (shop.categories["drinks"].id, str(shop.categories["tea"].id)):
            data = (await api.ask(HOME, {"category": category}, actor=shop.guest)).data
            assert "TEA-500" in by_code(data)
            assert "RICE" not in by_code(data)

    async def test_finds_nothing_in_a_category_that_is_missing_foreign_or_none(self, api: Api) -> None:
        for category in (
            CategoryId.of(b"\xff" * 16),
            api.world.other.categories["tea"].id,
            "tea",
            "",
            MISSING,
        ):
            data = (await api.ask(HOME, {"category": category}, actor=api.world.shop.guest)).data
            assert data["products"] == {
                "edges": [],
                "pageInfo": {"hasNextPage": False, "endCursor": None},
            }

    async def test_takes_three_statements_however_many_rows(self, api: Api) -> None:
        spent: list[int] = []
        for orders in range(3):
            ordered(api.world, key=f"order {orders}")
            api.reading.calls.clear()
            before = api.world.database.statements
            await api.ask(HOME, {"category": None, "first": 1 + orders * 2}, actor=api.world.shop.buyer())
            spent.append(api.world.database.statements - before)
            assert api.reading.calls == {"products": 1, "me": 1}
        assert set(spent) <= {0, 3}, "memory sends none; who asks, goods, orders"


class TestPages:
    QUERY = """query ($first: Int, $after: String, $last: Int, $before: String, $sort: ProductSort) {
      products(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
        nodes { name } edges { cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }"""

    @pytest.mark.parametrize("sort", ["POSITION", "NAME", "NEWEST", None])
    async def test_lead_through_the_whole_list_both_ways(self, api: Api, sort: str | None) -> None:
        there: list[str] = []
        page = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            asked = {"first": 2, "after": page["endCursor"], "sort": sort}
            products = (await api.ask(self.QUERY, asked, actor=api.world.shop.guest)).data["products"]
            there += [one["name"] for one in products["nodes"]]
            page = products["pageInfo"]
        back: list[str] = []
        page = {"hasPreviousPage": True, "startCursor": None}
        while page["hasPreviousPage"]:
            asked = {"last": 2, "before": page["startCursor"], "sort": sort}
            products = (await api.ask(self.QUERY, asked, actor=api.world.shop.guest)).data["products"]
            back = [one["name"] for one in products["nodes"]] + back
            page = products["pageInfo"]
        assert there == back
        assert sorted(there) == sorted(["Mixed_Nuts 100%", "天然水", "柠檬茶", "香米", "纸杯"])

    @pytest.mark.parametrize(
        "asked",
        [
            {"first": 0},
            {"first": -1},
            {"first": 101},
            {"last": 101},
            {"first": 1, "last": 1},
            {"after": ""},
            {"after": "nonsense"},
            {"after": "中文"},
            {"before": "AAAA"},
            {"after": "WyJOQU1FIiwxLCJ4Il0"},  # ["NAME",1,"x"]
            {"after": "WyJQT1NJVElPTiIsIjEiLCJ4Il0"},  # ["POSITION","1","x"]
            {"after": "WyJQT1NJVElPTiIsMSwieCIsMl0"},  # ["POSITION",1,"x",2]
            {"after": "WyJQT1NJVElPTiIsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCwieCJd"},
            {"after": "WyJQT1NJVElPTiIsMSwiXHUwMDAwIl0"},  # a text with the character zero
            {"after": "x" * 5000},
        ],
    )
    async def test_refuses_what_is_no_page(self, api: Api, asked: dict[str, Any]) -> None:
        answered = await api.ask(self.QUERY, asked, actor=api.world.shop.guest)
        assert (answered.code, answered.errors[0]["path"]) == ("BAD_USER_INPUT", ["products"])

    async def test_refuse_the_cursor_of_another_order(self, api: Api) -> None:
        guest = api.world.shop.guest
        found = (await api.ask(self.QUERY, {"sort": "NEWEST"}, actor=guest)).data["products"]
        cursor = found["pageInfo"]["endCursor"]
        assert (
            await api.ask(self.QUERY, {"sort": "NAME", "after": cursor}, actor=guest)
        ).code == "BAD_USER_INPUT"

    async def test_are_counted_only_for_those_who_ask(self, api: Api) -> None:
        guest = api.world.shop.guest
        counted = "{ products(first: 1) { totalCount nodes { id } } }"
        assert (await api.ask(counted, actor=guest)).data["products"]["totalCount"] == 5
        assert api.reading.calls["products, counted"] == 1
        await api.ask("{ products(first: 1) { nodes { id } } }", actor=guest)
        assert api.reading.calls["products, counted"] == 1
        nothing = '{ products(filter: {brand: "none"}) { totalCount } }'
        assert (await api.ask(nothing, actor=guest)).data["products"]["totalCount"] == 0


class TestLooking:
    async def test_searches_for_short_texts_only(self, api: Api) -> None:
        query = """query ($text: String) {
            products(filter: { text: $text }) { nodes { id } } staff { customers(text: $text) { nodes { id } } }
        }"""
        nothing = {"products": {"nodes": []}, "staff": {"customers": {"nodes": []}}}
        for letter in ("x", "字", "%"):
            assert (await api.ask(query, {"text": letter * 200}, actor=api.world.shop.clerk)).data == nothing
            for many in (201, 60_000):
                answered = await api.ask(query, {"text": letter * many}, actor=api.world.shop.clerk)
                assert answered.code == "BAD_USER_INPUT"

    async def test_finds_goods_by_text_brand_and_stock(self, api: Api) -> None:
        query = "query ($f: ProductFilter) { products(filter: $f) { nodes { name } } }"
        spring = api.world.shop.brands["spring"].id
        for asked, names in (
            ({"text": "柠檬"}, ["柠檬茶"]),
            ({"text": "tea-1l"}, ["柠檬茶"]),
            ({"text": "ningmeng"}, ["柠檬茶"]),
            ({"text": "nmc"}, ["柠檬茶"]),
            ({"text": "茶" * 100}, []),
            ({"text": "100%"}, ["Mixed_Nuts 100%"]),
            ({"brand": spring}, ["天然水", "柠檬茶"]),
            ({"brand": api.world.other.brands["spring"].id}, []),
            ({"brand": BrandId.of(b"\xff" * 16)}, []),
            ({"inStock": False}, ["纸杯"]),
            ({"text": ""}, ["Mixed_Nuts 100%", "天然水", "柠檬茶", "纸杯", "香米"]),
            (None, ["Mixed_Nuts 100%", "天然水", "柠檬茶", "纸杯", "香米"]),
        ):
            found = (await api.ask(query, {"f": asked}, actor=api.world.shop.guest)).data["products"]["nodes"]
            assert sorted(one["name"] for one in found) == sorted(names), asked

    async def test_shows_one_product_even_if_it_is_gone(self, api: Api) -> None:
        gone = api.world.shop.products["gone"]
        query = "query ($id: ID!) { product(id: $id) { name forSale skus { code product { name } } } }"
        found = (await api.ask(query, {"id": gone.id}, actor=api.world.shop.guest)).data["product"]
        assert found["forSale"] is False
        assert found["skus"] == [{"code": "SODA", "product": {"name": "柠檬汽水"}}]

    @pytest.mark.parametrize("id", ["", "x", "prd_", "sku_0", "prd_" + "0" * 26, "\u4e2d", "a" * 9999])
    async def test_answers_null_for_what_is_no_id(self, api: Api, id: str) -> None:
        query = "query ($id: ID!) { product(id: $id) { id } sku(id: $id) { id } node(id: $id) { id } }"
        found = await api.ask(query, {"id": id}, actor=api.world.shop.guest)
        assert found.data == {"product": None, "sku": None, "node": None}

    async def test_answers_null_for_what_is_anothers(self, api: Api) -> None:
        other = api.world.other
        query = (
            "query ($p: ID!, $s: ID!) { product(id: $p) { id } sku(id: $s) { id } a: node(id: $p) { id } }"
        )
        asked = {"p": other.products["tea"].id, "s": other.sku("TEA-500").id}
        found = await api.ask(query, asked, actor=api.world.shop.buyer())
        assert found.data == {"product": None, "sku": None, "a": None}

    async def test_finds_a_sku_by_one_of_three(self, api: Api) -> None:
        query = "query ($i: ID, $c: String, $b: String) { sku(id: $i, code: $c, barcode: $b) { code } }"
        tea = api.world.shop.sku("TEA-500")
        guest = api.world.shop.guest
        for asked in ({"i": tea.id}, {"c": "TEA-500"}, {"c": " TEA-500 "}, {"b": "6901234567892"}):
            assert (await api.ask(query, asked, actor=guest)).data["sku"] == {"code": "TEA-500"}
        for asked in ({"c": "nothing"}, {"c": ""}, {"c": "x" * 65}, {"c": "\u200b"}, {"b": "1"}):
            assert (await api.ask(query, asked, actor=guest)).data["sku"] is None
        for asked in ({}, {"c": "TEA-500", "b": "1"}, {"i": tea.id, "c": "TEA-500"}):
            assert (await api.ask(query, asked, actor=guest)).code == "BAD_USER_INPUT"

    async def test_shows_the_tree_and_the_brands(self, api: Api) -> None:
        shop = api.world.shop
        query = "query ($p: ID) { categories(parent: $p) { name parent { name } } brands { name } }"
        top = (await api.ask(query, actor=shop.guest)).data
        assert [one["name"] for one in top["categories"]] == ["食品", "饮料"]
        assert [one["name"] for one in top["brands"]] == ["Sunny", "山泉"]
        below = (await api.ask(query, {"p": shop.categories["drinks"].id}, actor=shop.guest)).data
        assert below["categories"] == [
            {"name": "水", "parent": {"name": "饮料"}},
            {"name": "茶饮", "parent": {"name": "饮料"}},
        ]
        for parent in ("", api.world.other.categories["drinks"].id, CategoryId.of(b"\xff" * 16)):
            assert (await api.ask(query, {"p": parent}, actor=shop.guest)).data["categories"] == []

    async def test_shows_the_merchant(self, api: Api) -> None:
        found = await api.ask(
            "{ merchant { name slug currency timeZone paymentMethods } }", actor=api.world.shop.guest
        )
        assert found.data["merchant"] == {
            "name": "山泉食品",
            "slug": "shanquan",
            "currency": "CNY",
            "timeZone": "Asia/Shanghai",
            "paymentMethods": ["BANK_TRANSFER", "CASH_ON_DELIVERY"],
        }


class TestSelections:
    async def test_are_followed_through_aliases_and_fragments(self, api: Api) -> None:
        query = """query ($id: ID!) {
          product(id: $id) { ...One ... on Node { id } ... on Product { goods: skus { ...Price } } }
        }
        fragment One on Product { called: description skus { stock { status } } }
        fragment Price on Sku {
          cost: price { unitPrice { amount } }
          bulk: price(quantity: 24) { unitPrice { amount } }
        }
        """
        tea = api.world.shop.products["tea"]
        found = (await api.ask(query, {"id": tea.id}, actor=api.world.shop.buyer())).data["product"]
        assert found["called"] == "酸甜"
        assert found["skus"][0]["stock"] == {"status": "IN_STOCK"}
        assert [found["goods"][0][name]["unitPrice"]["amount"] for name in ("cost", "bulk")] == [
            "3.50",
            "3.30",
        ]

    async def test_are_planned_anew_for_other_switches(self, api: Api) -> None:
        query = """query ($all: Boolean!) { products(first: 1) { nodes {
          skus @include(if: $all) { code price @skip(if: $all) { source } ... @include(if: $all) { price { source } } }
        } } }"""
        for everything in (False, True, False, True):
            asked = {"all": everything}
            (found,) = (await api.ask(query, asked, actor=api.world.shop.buyer())).data["products"]["nodes"]
            assert found == ({"skus": [{"code": "NUTS", "price": {"source": "BASE"}}]} if everything else {})
