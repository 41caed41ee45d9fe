"""Quotes and the order history through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit.api import Api, line, open_api, ordered
from kit.world import World


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


class TestQuoting:
    QUERY = """query ($lines: [OrderLineInput!]!) { quote(input: {lines: $lines}) {
      lines { line quantity unit { name } unitPrice { amount } listPrice { amount } source
              breaks { minQuantity unitPrice { amount } } total { amount } sku { code }
              problems { code path ... on InsufficientStock { available } } }
      total { amount currency }
      problems { __typename code ... on TooManyLines { most } }
    } }"""

    async def test_says_what_it_costs_and_what_is_wrong(self, api: Api) -> None:
        lines = [line("WATER-550", 6), line("TEA-1L", 20), line("NOTHING", "1.50"), line("WATER-550", 6)]
        found = (await api.ask(self.QUERY, {"lines": lines}, actor=api.world.shop.buyer("strategic"))).data[
            "quote"
        ]
        assert found["total"] == {"amount": "132.96", "currency": "CNY"}
        assert found["problems"] == []
        water, tea, nothing = found["lines"]
        assert water == {
            "line": 0,
            "quantity": "12",
            "unit": {"name": "瓶"},
            "unitPrice": {"amount": "1.08"},
            "listPrice": {"amount": "1.20"},
            "source": "TIER",
            "breaks": [{"minQuantity": "1", "unitPrice": {"amount": "1.08"}}],
            "total": {"amount": "12.96"},
            "sku": {"code": "WATER-550"},
            "problems": [],
        }
        assert tea["problems"] == [
            {"code": "INSUFFICIENT_STOCK", "path": ["input", "lines", "1", "quantity"], "available": "12"}
        ]
        assert (nothing["sku"], nothing["unitPrice"], nothing["quantity"]) == (None, None, "1.50")
        assert nothing["problems"] == [{"code": "UNKNOWN_SKU", "path": ["input", "lines", "2"]}]
        assert api.reading.calls["skus_by_id"] == 1

    async def test_says_what_is_wrong_with_the_whole(self, api: Api) -> None:
        for lines, problem in (
            ([], {"__typename": "EmptyBasket", "code": "EMPTY_BASKET"}),
            (
                [line("TEA-500", 1)] * 501,
                {"__typename": "TooManyLines", "code": "TOO_MANY_LINES", "most": 500},
            ),
        ):
            found = await api.ask(self.QUERY, {"lines": lines}, actor=api.world.shop.buyer())
            assert found.data["quote"]["problems"] == [problem]


class TestHistory:
    async def test_leads_through_the_own_orders(self, api: Api) -> None:
        shop = api.world.shop
        placed = []
        for at in range(5):
            api.world.clock.forward()
            placed.append(ordered(api.world, key=f"order {at}"))
        ordered(api.world, "vip", key="another's")
        query = """query ($after: String, $filter: OrderFilter) { me { customer { addresses { address { street } }
          orders(first: 2, after: $after, filter: $filter) {
            totalCount nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
        seen: list[str] = []
        found: dict[str, Any] = {}
        page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            found = (await api.ask(query, {"after": page["endCursor"]}, actor=shop.buyer())).data["me"][
                "customer"
            ]
            assert found["orders"]["totalCount"] == 5
            seen += [one["id"] for one in found["orders"]["nodes"]]
            page = found["orders"]["pageInfo"]
        assert seen == placed[::-1]
        cancelled = await api.ask(query, {"filter": {"status": "CANCELLED"}}, actor=shop.buyer())
        assert cancelled.data["me"]["customer"]["orders"]["totalCount"] == 0
        assert found["addresses"] == [{"address": {"street": "人民路 1 号"}}]

    async def test_asks_at_each_place_for_what_is_selected_there(self, api: Api) -> None:
        placed = ordered(api.world, many=3)
        twice = """{ me { a: customer { ...Ids } b: customer { ...Ids orders { nodes { number } } } } }
          fragment Ids on Customer { orders { nodes { id } } }"""
        found = (await api.ask(twice, actor=api.world.shop.buyer())).data["me"]
        assert found["a"] == {"orders": {"nodes": [{"id": placed}]}}
        assert list(found["b"]["orders"]["nodes"][0]) == ["id", "number"]
        rows = """{ staff { customers { edges { node { orders { nodes { id } } } }
          nodes { orders(last: 1) { totalCount nodes { lines { quantity } } } } } } }"""
        found = (await api.ask(rows, actor=api.world.shop.clerk)).data["staff"]["customers"]
        assert {"orders": {"nodes": [{"id": placed}]}} in [edge["node"] for edge in found["edges"]]
        quantities = [{"quantity": "3"}, {"quantity": "1"}]
        assert {"orders": {"totalCount": 1, "nodes": [{"lines": quantities}]}} in found["nodes"]
