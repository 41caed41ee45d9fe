"""Price lists through the API: kept by staff, page by page, and shown to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import attrs
import pytest

from domain.identity import PriceBatchId
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange
from kit import builders as a
from kit.api import Api, open_api
from kit.world import World

LISTS = """query ($first: Int, $after: String, $last: Int, $before: String, $text: String) { staff {
  priceLists(first: $first, after: $after, last: $last, before: $before, text: $text) {
    totalCount pageInfo { endCursor startCursor hasNextPage }
    nodes { id name source priority validFrom validUntil tier { code } customerId groupId } } } }"""
ITEMS = """query ($list: ID, $first: Int, $after: String, $last: Int, $before: String, $code: String) { staff {
  priceListItems(priceList: $list, first: $first, after: $after, last: $last, before: $before, skuCode: $code) {
    totalCount pageInfo { endCursor startCursor hasNextPage }
    nodes { sku { code name unit { name } } unit priority validFrom validUntil
      rungs { minQuantity unitPrice { amount } percentage } } } } }"""
BATCHES = """query ($first: Int, $after: String) { staff { priceBatches(first: $first, after: $after) {
  totalCount pageInfo { endCursor } nodes { id name state ladders createdAt effectiveFrom publishedAt } } } }"""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def asked(api: Api, query: str, field: str, **variables: Any) -> Any:
    answered = await api.ask(query, variables, actor=api.world.shop.clerk)
    return answered.data["staff"][field]


async def test_lists_are_paged_by_name(api: Api) -> None:
    found = await asked(api, LISTS, "priceLists", first=100)
    names = [one["name"] for one in found["nodes"]]
    assert names == sorted(one.name for one in api.world.shop.lists.values())
    assert found["totalCount"] == len(names)
    forward: list[str] = []
    after = None
    while len(forward) < len(names):
        page = await asked(api, LISTS, "priceLists", first=3, after=after)
        forward += [one["name"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert forward == names
    last = await asked(api, LISTS, "priceLists", last=2)
    assert [one["name"] for one in last["nodes"]] == names[-2:]
    some = await asked(api, LISTS, "priceLists", text="特惠")
    assert {one["name"] for one in some["nodes"]} == {"三月特惠", "VIP 特惠"}
    assert some["totalCount"] == 2


async def test_a_list_is_made_and_changed(api: Api) -> None:
    clerk, vip = api.world.shop.clerk, api.world.shop.customers["vip"].id
    create = """mutation ($input: CreatePriceListInput!) { createPriceList(input: $input) {
      priceList { id name source priority customerId validFrom } errors { ... on UserError { code } } } }"""
    start = (a.NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    made = {
        "name": "总部价",
        "priority": 3,
        "validFrom": start,
        "audience": {"customerId": vip},
    }
    answered = (await api.ask(create, {"input": made}, actor=clerk)).data["createPriceList"]
    assert answered["errors"] == []
    one = answered["priceList"]
    assert {**one, "id": ""} == {
        "id": "",
        "name": "总部价",
        "source": "PRICE_LIST",
        "priority": 3,
        "customerId": vip,
        "validFrom": start,
    }
    wrong = {"name": "", "audience": {"customerId": api.world.other.customers["vip"].id}}
    refused = (await api.ask(create, {"input": wrong}, actor=clerk)).data["createPriceList"]
    assert [error["code"] for error in refused["errors"]] == ["INVALID_PRICE_LIST"]
    change = """mutation ($input: ChangePriceListInput!) { changePriceList(input: $input) {
      priceList { name priority validFrom } errors { ... on UserError { code } } } }"""
    changed = {"priceListId": one["id"], "name": "新名"}
    answered = (await api.ask(change, {"input": changed}, actor=clerk)).data["changePriceList"]
    assert answered == {"priceList": {"name": "新名", "priority": 0, "validFrom": None}, "errors": []}


async def test_what_a_list_says_is_paged_by_sku(api: Api) -> None:
    shop = api.world.shop
    base, tea = shop.lists["base"].id, shop.sku("TEA-500").id
    setting = """mutation ($input: SetPricesInput!) {
      setPrices(input: $input) { errors { ... on UserError { code } } } }"""
    end = (a.NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    prices = [
        {"skuId": tea, "unit": "箱", "breaks": [{"unitPrice": "90"}]},
        {"skuId": tea, "validUntil": end, "priority": 2, "breaks": [{"unitPrice": "9"}]},
    ]
    answered = await api.ask(setting, {"input": {"prices": prices}}, actor=shop.clerk)
    assert answered.data["setPrices"]["errors"] == []
    whole = await asked(api, ITEMS, "priceListItems", list=base, first=100)
    codes = [one["sku"]["code"] for one in whole["nodes"]]
    assert codes == sorted(codes)
    assert whole["totalCount"] == len(codes)
    forward: list[Any] = []
    after = None
    while len(forward) < len(codes):
        page = await asked(api, ITEMS, "priceListItems", list=base, first=2, after=after)
        forward += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    assert forward == whole["nodes"]
    back = await asked(api, ITEMS, "priceListItems", list=base, last=2, before=after)
    assert back["nodes"] == whole["nodes"][-3:-1]
    only = (await asked(api, ITEMS, "priceListItems", list=base, code="TEA-500"))["nodes"]
    told = [(one["unit"], one["priority"], one["validUntil"]) for one in only]
    assert told == [(None, 0, None), ("case", 0, None), (None, 2, end)]
    assert [rung["unitPrice"]["amount"] for rung in only[0]["rungs"]] == ["3.50", "3.30", "3.10"]
    assert await asked(api, ITEMS, "priceListItems", first=100) == whole
    strategic = shop.lists["strategic"].id
    shares = await asked(api, ITEMS, "priceListItems", list=strategic, code="WATER-550")
    assert shares["nodes"][0]["rungs"] == [{"minQuantity": "1", "unitPrice": None, "percentage": "90"}]
    for strange in (api.world.other.lists["base"].id, "x"):
        assert (await asked(api, ITEMS, "priceListItems", list=strange))["nodes"] == []


async def test_batches_are_paged_and_their_prices_are_shown_once_they_are_published(api: Api) -> None:
    shop, ids = api.world.shop, api.world.ids
    promotion, cup = shop.lists["promotion"].id, shop.sku("CUP").id
    batches = [
        PriceBatch(id=ids.new(PriceBatchId), name=f"第 {at} 批", ladders=1, created_at=a.NOON)
        for at in range(3)
    ]
    api.world.add(batches)
    with api.world.database.unit_of_work(shop.clerk) as storage:
        storage.price_batches.stage(batches[0].id, [PriceChange(promotion, cup, a.ladder((1, 7)))])
    newest = await asked(api, BATCHES, "priceBatches", first=2)
    assert [one["name"] for one in newest["nodes"]] == ["第 2 批", "第 1 批"]
    assert newest["totalCount"] == 3
    assert (await asked(api, ITEMS, "priceListItems", list=promotion, code="CUP"))["nodes"] == []
    publish = """mutation ($input: PublishPriceBatchInput!) { publishPriceBatch(input: $input) {
      batch { state effectiveFrom } errors { ... on UserError { code } } } }"""
    undo = """mutation ($input: UndoPriceBatchInput!) { undoPriceBatch(input: $input) {
      batch { state } errors { ... on UserError { code } } } }"""
    named = {"input": {"batchId": batches[0].id}}
    published = (await api.ask(publish, named, actor=shop.clerk)).data["publishPriceBatch"]
    assert published["batch"]["state"] == "PUBLISHED"
    [item] = (await asked(api, ITEMS, "priceListItems", list=promotion, code="CUP"))["nodes"]
    assert item["validFrom"] == published["batch"]["effectiveFrom"]
    again = (await api.ask(publish, named, actor=shop.clerk)).data["publishPriceBatch"]
    assert [error["code"] for error in again["errors"]] == ["ILLEGAL_BATCH_MOVE"]
    undone = (await api.ask(undo, named, actor=shop.clerk)).data["undoPriceBatch"]
    assert undone == {"batch": {"state": "UNDONE"}, "errors": []}
    assert (await asked(api, ITEMS, "priceListItems", list=promotion, code="CUP"))["nodes"] == []


async def test_prices_are_raised_after_a_look_at_it(api: Api) -> None:
    shop = api.world.shop
    query = """mutation ($input: RaisePricesInput!) { raisePrices(input: $input) {
      prices { sku { code } unit percentage before { unitPrice { amount } } after { unitPrice { amount } } }
      errors { ... on UserError { code } } } }"""
    rise = {
        "priceListId": shop.lists["promotion"].id,
        "percentage": "110",
        "brand": None,
        "skuIds": [shop.sku("NUTS").id, shop.sku("CUP").id],
    }
    expected = {
        "prices": [
            {
                "sku": {"code": "NUTS"},
                "unit": None,
                "percentage": "10.00",
                "before": [{"unitPrice": {"amount": "10.80"}}],
                "after": [{"unitPrice": {"amount": "11.88"}}],
            }
        ],
        "errors": [],
    }
    for preview in (True, True, False):
        answered = await api.ask(query, {"input": {**rise, "preview": preview}}, actor=shop.clerk)
        assert answered.data["raisePrices"] == expected
    [item] = (await asked(api, ITEMS, "priceListItems", list=rise["priceListId"], code="NUTS"))["nodes"]
    assert item["rungs"][0]["unitPrice"] == {"amount": "11.88"}
    wrong = {"priceListId": shop.lists["promotion"].id, "amount": "0.00001"}
    refused = (await api.ask(query, {"input": wrong}, actor=shop.clerk)).data["raisePrices"]
    assert [error["code"] for error in refused["errors"]] == ["INVALID_PRICE"]


async def test_a_list_is_copied(api: Api) -> None:
    shop = api.world.shop
    query = """mutation ($input: CopyPriceListInput!) { copyPriceList(input: $input) {
      priceList { id source } errors { ... on UserError { code } } } }"""
    asked_for = {"priceListId": shop.lists["base"].id, "name": "副本", "audience": {}}
    made = (await api.ask(query, {"input": asked_for}, actor=shop.clerk)).data["copyPriceList"]["priceList"]
    found = await asked(api, ITEMS, "priceListItems", list=made["id"], first=100)
    base = await asked(api, ITEMS, "priceListItems", list=shop.lists["base"].id, first=100)
    assert (made["source"], found) == ("PRICE_LIST", base)


async def test_nobody_else_sees_them(api: Api) -> None:
    shop = api.world.shop
    stranger = attrs.evolve(shop.clerk, person_id=shop.staff["trainee"].id)
    for query, field, variables in (
        (LISTS, "priceLists", {}),
        (ITEMS, "priceListItems", {"list": shop.lists["base"].id}),
        (BATCHES, "priceBatches", {}),
    ):
        answered = await api.ask(query, variables, actor=stranger)
        assert {error["extensions"]["code"] for error in answered.errors} == {"FORBIDDEN"}, field
        buyer = await api.ask(query, variables, actor=shop.buyer())
        assert buyer.data == {"staff": None}
    manager = a.staff(api.world.ids, permissions=["MANAGE_PRICES"])
    api.world.add([manager])
    alone = attrs.evolve(shop.clerk, person_id=manager.id)
    answered = await api.ask("{ staff { priceLists { nodes { name customerId } } } }", actor=alone)
    assert {error["extensions"]["code"] for error in answered.errors} == {"FORBIDDEN"}
