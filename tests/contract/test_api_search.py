"""Goods narrowed down and counted, through the front door."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

import attrs
import pytest

from domain.catalog import Option
from kit import builders as a
from kit.api import Api, open_api
from kit.world import World

FOUND = """query ($filter: ProductFilter, $sort: ProductSort) { products(filter: $filter, sort: $sort) {
    nodes { name boughtBefore } edges { cursor } totalCount } }"""
FACETS = """query ($filter: ProductFilter) { productFacets(filter: $filter) {
    total inStock outOfStock boughtBefore
    categories { category { name parent { name } } count } brands { brand { name } count }
    options { name values { value count } } } }"""


async def found(api: Api, sort: str | None = None, **filter: Any) -> list[str]:
    data = (await api.ask(FOUND, {"filter": filter, "sort": sort}, actor=api.world.shop.buyer())).data
    return [node["name"] for node in data["products"]["nodes"]]


def cups(world: World) -> None:
    skus = [
        attrs.evolve(a.sku(world.ids, code=f"MUG-{value}", name=value), options=(Option("颜色", value),))
        for value in ("红", "蓝")
    ]
    world.add([a.product(world.ids, name="马克杯", skus=skus, position=99)])


class TestFilters:
    async def test_they_take_several_choices(self, world: World) -> None:
        cups(world)
        brands = [one.id for one in world.shop.brands.values()]
        async with open_api(world) as api:
            assert await found(api, options=[{"name": "颜色", "values": ["红", "绿"]}]) == ["马克杯"]
            assert await found(api, options=[{"name": "颜色", "values": ["绿"]}]) == []
            assert len(await found(api, brands=brands)) == 3
            assert await found(api, brands=["not-an-id"]) == []
            assert await found(api, brands=["not-an-id", brands[1]]) == await found(api, brand=brands[1])
            assert await found(api, brands=[], categories=[], options=[]) == await found(api)
            assert await found(api, boughtBefore=True) == []

    @pytest.mark.parametrize(
        "filter",
        [
            {"brands": ["x"] * 51},
            {"categories": ["x"] * 51},
            {"options": [{"name": "颜色", "values": []}]},
            {"options": [{"name": "颜色", "values": ["红"] * 51}]},
            {"options": [{"name": "颜色", "values": ["红"]}, {"name": "颜色", "values": ["蓝"]}]},
            {"options": [{"name": str(at), "values": ["红"]} for at in range(11)]},
        ],
    )
    async def test_they_refuse_too_much(self, world: World, filter: Any) -> None:
        async with open_api(world) as api:
            for document in (FOUND, FACETS):
                [error] = (await api.ask(document, {"filter": filter}, actor=world.shop.guest)).errors
                assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_what_is_sought_comes_by_relevance(self, world: World) -> None:
        async with open_api(world) as api:
            for filter, sort, by in (
                ({"text": "茶"}, None, "RELEVANCE"),
                ({}, None, "POSITION"),
                ({"text": "茶"}, "NAME", "NAME"),
                ({}, "RELEVANCE", "RELEVANCE"),
            ):
                data = (await api.ask(FOUND, {"filter": filter, "sort": sort}, actor=world.shop.buyer())).data
                cursor = data["products"]["edges"][0]["cursor"]
                assert by.encode() in urlsafe_b64decode(cursor + "==")


class TestFacets:
    async def test_they_are_counted(self, world: World) -> None:
        cups(world)
        spring = world.shop.brands["spring"].id
        async with open_api(world) as api:
            data = (await api.ask(FACETS, {"filter": {"brand": spring}}, actor=world.shop.buyer())).data[
                "productFacets"
            ]
        assert data["total"] == data["inStock"] == 2 and data["outOfStock"] == data["boughtBefore"] == 0
        drinks, *rest = data["categories"]
        assert drinks == {"category": {"name": "饮料", "parent": None}, "count": 2}
        [tea] = [one for one in rest if one["category"]["name"] == "茶饮"]
        assert tea == {"category": {"name": "茶饮", "parent": {"name": "饮料"}}, "count": 1}
        assert {one["brand"]["name"]: one["count"] for one in data["brands"]} == {"山泉": 2, "Sunny": 1}
        assert "颜色" not in {one["name"] for one in data["options"]}

    async def test_what_cannot_be_is_counted_as_nothing(self, world: World) -> None:
        async with open_api(world) as api:
            data = (await api.ask(FACETS, {"filter": {"brand": "nobody"}}, actor=world.shop.buyer())).data[
                "productFacets"
            ]
        assert data == {
            "total": 0,
            "inStock": 0,
            "outOfStock": 0,
            "boughtBefore": 0,
            "categories": [],
            "brands": [],
            "options": [],
        }
