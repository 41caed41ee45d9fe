"""The back office through the API: orders, customers, stock and prices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.graphql.guard import Limits
from domain.identity import PriceListId, PriceTierId, SkuId, WarehouseId
from kit.api import Api, open_api, ordered
from kit.world import World

ERRORS = """errors {
  __typename ... on UserError { code message path }
  ... on UnknownSku { reference } ... on UnknownWarehouse { reference } ... on InvalidChange { reason }
  ... on UnknownUnit { unit } ... on TooManyChanges { most } ... on IdempotencyKeyReused { key }
}"""
STOCK = "stock { sku { code name barcode } warehouse { code name } onHand reserved available }"
RECEIVE = f"mutation ($input: ReceiveStockInput!) {{ receiveStock(input: $input) {{ {STOCK} {ERRORS} }} }}"
ADJUST = f"""mutation ($input: AdjustStockInput!) {{ adjustStock(input: $input) {{ {STOCK}
  {ERRORS[:-1]} ... on StockTooLow {{ available sku {{ code }} }} }} }} }}"""
SET = """mutation ($input: SetPricesInput!) { setPrices(input: $input) {
  skus { code price { unitPrice { amount } source } }
  errors { __typename ... on UserError { code path } ... on InvalidPrice { reason }
           ... on UnknownPriceList { reference } ... on UnknownSku { reference } ... on TooManyPrices { most } }
} }"""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


def change(code: str, quantity: object, warehouse: str = "MAIN", unit: str | None = None) -> dict[str, Any]:
    """A change of stock."""
    return {"skuCode": code, "quantity": quantity, "warehouse": warehouse, "unit": unit}


async def receive(api: Api, *changes: dict[str, Any], key: str = "one") -> dict[str, Any]:
    """Receive goods."""
    asked = {"idempotencyKey": key, "changes": list(changes), "note": "到货"}
    payload: dict[str, Any] = (await api.ask(RECEIVE, {"input": asked}, actor=api.world.shop.clerk)).data[
        "receiveStock"
    ]
    return payload


async def set_prices(api: Api, *prices: dict[str, Any]) -> dict[str, Any]:
    """Set prices."""
    asked = {"input": {"prices": list(prices)}}
    payload: dict[str, Any] = (await api.ask(SET, asked, actor=api.world.shop.clerk)).data["setPrices"]
    return payload


class TestOrders:
    async def test_are_those_of_all_customers(self, api: Api) -> None:
        placed = [ordered(api.world), ordered(api.world, "vip")]
        query = """query ($f: OrderFilter) { staff { permissions orders(filter: $f) { totalCount nodes {
          id customer { name tier { code } addresses { id } } buyer { name customer { name } } } } } }"""
        found = (await api.ask(query, actor=api.world.shop.clerk)).data["staff"]["orders"]
        assert {one["id"] for one in found["nodes"]} == set(placed)
        assert {(one["customer"]["name"], one["buyer"]["name"]) for one in found["nodes"]} == {
            ("和平路便利店", "小李"),
            ("Lucky 100% Mart", "阿丽"),
        }
        assert api.reading.calls == {"newest": 1, "newest, counted": 1}
        none = await api.ask(query, {"f": {"status": "CONFIRMED"}}, actor=api.world.shop.clerk)
        assert none.data["staff"]["orders"] == {"totalCount": 0, "nodes": []}
        assert (await api.ask(query, actor=api.world.other.clerk)).data["staff"]["orders"]["nodes"] == []

    async def test_are_read_once_below_all_customers(self, api: Api) -> None:
        for at in range(3):
            ordered(api.world, key=f"order {at}")
            ordered(api.world, "vip", key=f"order {at}")
        query = """{ staff { customers { nodes { name tier { code } orders(first: 1) { totalCount nodes {
          lines { sku { code product { name } } } } } } } } }"""
        found = (await api.ask(query, actor=api.world.shop.clerk)).data["staff"]["customers"]["nodes"]
        counts = {one["name"]: one["orders"]["totalCount"] for one in found}
        assert counts == {"和平路便利店": 3, "Lucky 100% Mart": 3, "大润发_总店": 0, "城西批发部": 0}
        assert api.reading.calls == {"customers": 1}


class TestCustomers:
    async def test_are_found_by_a_part_of_the_name(self, api: Api) -> None:
        query = """query ($t: String, $a: String) { staff { customers(first: 3, after: $a, text: $t) {
          totalCount nodes { name } pageInfo { hasNextPage endCursor } } } }"""
        clerk = api.world.shop.clerk
        found = (await api.ask(query, {"t": "100%"}, actor=clerk)).data["staff"]["customers"]
        assert [one["name"] for one in found["nodes"]] == ["Lucky 100% Mart"]
        first = (await api.ask(query, actor=clerk)).data["staff"]["customers"]
        after = {"a": first["pageInfo"]["endCursor"]}
        rest = (await api.ask(query, after, actor=clerk)).data["staff"]["customers"]
        assert first["totalCount"] == 4
        assert len({one["name"] for one in first["nodes"] + rest["nodes"]}) == 4
        assert rest["pageInfo"]["hasNextPage"] is False

    async def test_have_tiers(self, api: Api) -> None:
        found = (await api.ask("{ staff { tiers { code name } } }", actor=api.world.shop.clerk)).data["staff"]
        assert [tier["code"] for tier in found["tiers"]] == ["REGULAR", "STRATEGIC", "VIP"]


class TestStock:
    QUERY = """query ($s: [ID!], $w: ID, $a: String) { staff { stock(first: 3, after: $a, skuIds: $s, warehouse: $w) {
      totalCount nodes { sku { id code name } warehouse { id code } onHand reserved available }
      pageInfo { hasNextPage endCursor } } warehouses { code } } }"""

    async def test_is_shown_by_sku_and_warehouse(self, api: Api) -> None:
        ordered(api.world)
        shop = api.world.shop
        asked = {"s": [shop.sku("TEA-500").id], "w": shop.warehouses["main"].id}
        found = (await api.ask(self.QUERY, asked, actor=shop.clerk)).data["staff"]
        (item,) = found["stock"]["nodes"]
        assert (item["onHand"], item["reserved"], item["available"]) == ("240", "2", "238")
        assert (item["sku"]["code"], item["warehouse"]["code"]) == ("TEA-500", "MAIN")
        assert found["warehouses"] == [{"code": "MAIN"}, {"code": "SECOND"}]
        assert api.reading.calls["skus_by_id"] == 0

    async def test_leads_through_all_of_it(self, api: Api) -> None:
        seen: list[tuple[str, str]] = []
        found: dict[str, Any] = {}
        page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            asked = {"a": page["endCursor"]}
            found = (await api.ask(self.QUERY, asked, actor=api.world.shop.clerk)).data["staff"]["stock"]
            seen += [(one["sku"]["code"], one["warehouse"]["code"]) for one in found["nodes"]]
            page = found["pageInfo"]
        assert len(seen) == len(set(seen)) == found["totalCount"] == 8

    async def test_has_nothing_where_an_id_is_missing_foreign_or_none(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        cases: list[dict[str, Any]] = [
            {"s": []},
            {"s": ["x"]},
            {"s": [SkuId.of(b"\xff" * 16)]},
            {"s": [other.sku("NUTS").id]},
            {"w": "x"},
            {"w": WarehouseId.of(b"\xff" * 16)},
            {"w": other.warehouses["main"].id},
        ]
        for asked in cases:
            found = (await api.ask(self.QUERY, asked, actor=shop.clerk)).data["staff"]["stock"]
            assert (found["nodes"], found["totalCount"]) == ([], 0), asked

    async def test_takes_a_hundred_ids(self, api: Api) -> None:
        asked = {"s": [SkuId.of(b"\xff" * 16)] * 101}
        assert (await api.ask(self.QUERY, asked, actor=api.world.shop.clerk)).code == "BAD_USER_INPUT"


class TestReceiving:
    async def test_brings_goods_in_once(self, api: Api) -> None:
        for _ in range(2):
            payload = await receive(api, change("NUTS", 20), change("TEA-1L", "2", "SECOND", "箱"))
            assert payload["errors"] == []
            assert {
                (one["sku"]["code"], one["warehouse"]["code"]): one["onHand"] for one in payload["stock"]
            } == {
                ("NUTS", "MAIN"): "100",
                ("TEA-1L", "SECOND"): "24",
            }
        assert api.reading.calls == {"skus_by_id": 2, "warehouses": 2}

    async def test_refuses_all_of_it_where_anything_is_wrong(self, api: Api) -> None:
        payload = await receive(
            api,
            change("NUTS", 20),
            change("NOTHING", 1),
            change("NUTS", 1, "NOWHERE"),
            change("NUTS", 1, WarehouseId.of(b"\xff" * 16)),
            change("NUTS", 1, "MAIN", "吨"),
            change("NUTS", 0),
            change("NUTS", -1),
            change("NUTS", "0.5"),
            {"skuId": api.world.other.sku("NUTS").id, "warehouse": "MAIN", "quantity": 1},
        )
        assert payload["stock"] is None
        assert [(error["code"], error["path"][1:3]) for error in payload["errors"]] == [
            ("UNKNOWN_SKU", ["changes", "1"]),
            ("UNKNOWN_WAREHOUSE", ["changes", "2"]),
            ("UNKNOWN_WAREHOUSE", ["changes", "3"]),
            ("UNKNOWN_UNIT", ["changes", "4"]),
            ("INVALID_CHANGE", ["changes", "5"]),
            ("INVALID_CHANGE", ["changes", "6"]),
            ("INVALID_CHANGE", ["changes", "7"]),
            ("UNKNOWN_SKU", ["changes", "8"]),
        ]
        reasons = [error["reason"] for error in payload["errors"] if "reason" in error]
        assert reasons == ["NOTHING", "NEGATIVE", "NOT_OF_THE_UNIT"]

    async def test_refuses_nothing_and_too_much(self, api: Api) -> None:
        async with open_api(api.world, limits=Limits(list_items=1001)) as roomy:
            for changes in ((), (change("NUTS", 1),) * 1001):
                (error,) = (await receive(roomy, *changes))["errors"]
                assert (error["code"], error["most"], error["path"]) == (
                    "TOO_MANY_CHANGES",
                    1000,
                    ["input", "changes"],
                )

    async def test_refuses_a_key_that_was_used(self, api: Api) -> None:
        await receive(api, change("NUTS", 1))
        (error,) = (await receive(api, change("NUTS", 2)))["errors"]
        assert (error["code"], error["key"]) == ("IDEMPOTENCY_KEY_REUSED", "one")


class TestAdjusting:
    async def test_takes_out_only_what_is_free(self, api: Api) -> None:
        ordered(api.world, many=200)
        shop = api.world.shop
        asked = {"idempotencyKey": "a", "reason": "DAMAGE", "changes": [change("TEA-500", "-41")]}
        payload = (await api.ask(ADJUST, {"input": asked}, actor=shop.clerk)).data["adjustStock"]
        (error,) = payload["errors"]
        assert (error["__typename"], error["available"], error["sku"]) == (
            "StockTooLow",
            "40",
            {"code": "TEA-500"},
        )
        assert error["path"] == ["input", "changes", "0", "quantity"]
        asked = {"idempotencyKey": "b", "reason": "COUNT", "changes": [change("TEA-500", "-40")]}
        payload = (await api.ask(ADJUST, {"input": asked}, actor=shop.clerk)).data["adjustStock"]
        (item,) = payload["stock"]
        assert (item["onHand"], item["reserved"], item["available"]) == ("200", "200", "0")

    async def test_is_for_those_who_keep_the_stock(self, api: Api) -> None:
        asked = {"idempotencyKey": "a", "reason": "COUNT", "changes": [change("TEA-500", "1")]}
        assert (await api.ask(ADJUST, {"input": asked}, actor=api.world.shop.buyer())).code == "FORBIDDEN"


class TestPrices:
    async def test_are_set_for_everybody_a_tier_or_a_list(self, api: Api) -> None:
        shop = api.world.shop
        rungs = [{"unitPrice": "11"}, {"minQuantity": 10, "unitPrice": "10.50"}]
        payload = await set_prices(
            api,
            {"skuCode": "NUTS", "breaks": rungs},
            {
                "skuId": shop.sku("NUTS").id,
                "tier": "VIP",
                "breaks": [{"minQuantity": "1", "percentage": "90"}],
            },
            {"skuCode": "TEA-500", "priceListId": shop.lists["promotion"].id, "breaks": [{"unitPrice": "3"}]},
        )
        assert payload == {
            "skus": [
                {"code": "NUTS", "price": {"unitPrice": {"amount": "11.00"}, "source": "BASE"}},
                {"code": "TEA-500", "price": {"unitPrice": {"amount": "3.00"}, "source": "PRICE_LIST"}},
            ],
            "errors": [],
        }
        query = '{ sku(code: "NUTS") { price(quantity: 10) { unitPrice { amount } source } } }'
        found = (await api.ask(query, actor=shop.buyer("vip"))).data["sku"]["price"]
        assert found == {"unitPrice": {"amount": "9.45"}, "source": "TIER"}

    async def test_are_all_refused_where_one_is_wrong(self, api: Api) -> None:
        other = api.world.other
        fine = [{"unitPrice": "1"}]
        payload = await set_prices(
            api,
            {"skuCode": "NUTS", "breaks": fine},
            {"skuCode": "NOTHING", "breaks": fine},
            {"skuId": other.sku("NUTS").id, "breaks": fine},
            {"skuCode": "NUTS", "tier": "GOLD", "breaks": fine},
            {"skuCode": "NUTS", "tier": PriceTierId.of(b"\xff" * 16), "breaks": fine},
            {"skuCode": "NUTS", "priceListId": other.lists["base"].id, "breaks": fine},
            {"skuCode": "NUTS", "priceListId": PriceListId.of(b"\xff" * 16), "breaks": fine},
            {"skuCode": "CUP", "breaks": [{"unitPrice": "-1"}]},
            {"skuCode": "CUP", "breaks": [{"unitPrice": "1.005"}]},
            {"skuCode": "CUP", "breaks": [{"percentage": "90"}]},
            {"skuCode": "CUP", "breaks": [{}]},
            {"skuCode": "CUP", "breaks": [{"unitPrice": 1, "percentage": 1}]},
            {"skuCode": "CUP", "breaks": [*fine, *fine]},
            {"skuCode": "NUTS", "breaks": fine},
            {"skuCode": "CUP", "tier": "VIP", "breaks": [{"percentage": "1000.001"}]},
        )
        assert payload["skus"] is None
        codes = [(int(one["path"][2]), one["code"], one.get("reason")) for one in payload["errors"]]
        assert codes == [
            (1, "UNKNOWN_SKU", None),
            (2, "UNKNOWN_SKU", None),
            (3, "UNKNOWN_PRICE_LIST", None),
            (4, "UNKNOWN_PRICE_LIST", None),
            (5, "UNKNOWN_PRICE_LIST", None),
            (6, "UNKNOWN_PRICE_LIST", None),
            (7, "INVALID_PRICE", "NOT_A_PRICE"),
            (8, "INVALID_PRICE", "TOO_FINE"),
            (9, "INVALID_PRICE", "SHARE_OF_NOTHING"),
            (10, "INVALID_PRICE", "PRICE_OR_PERCENTAGE"),
            (11, "INVALID_PRICE", "PRICE_OR_PERCENTAGE"),
            (12, "INVALID_PRICE", "BREAKS"),
            (13, "INVALID_PRICE", "TWICE"),
            (14, "INVALID_PRICE", "NOT_A_PERCENTAGE"),
        ]
        (error,) = (await set_prices(api))["errors"]
        assert (error["code"], error["most"]) == ("TOO_MANY_PRICES", 1000)

    async def test_are_for_those_who_manage_them(self, api: Api) -> None:
        asked: dict[str, Any] = {"input": {"prices": []}}
        document = "mutation ($input: SetPricesInput!) { setPrices(input: $input) { errors { __typename } } }"
        assert (await api.ask(document, asked, actor=api.world.shop.buyer())).code == "FORBIDDEN"
        assert (await api.ask(document, asked, actor=api.world.shop.guest)).code == "UNAUTHENTICATED"
