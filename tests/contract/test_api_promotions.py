"""Promotions through the API: staff make them, buyers are told of them, quotes and orders tell what came of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from application.authorization import Actor
from kit.api import Api, line, open_api
from kit.world import World

CREATE = """mutation ($input: CreatePromotionInput!) { createPromotion(input: $input) {
  promotion { id name version } errors { ... on UserError { code path } ... on InvalidPromotion { reason } } } }"""
SHOWN = """{ id name text version suspended public priority exclusiveGroup stacking validFrom validUntil weekdays
  timeSlots { start end } audienceIds budgetAmount { amount } budgetUses usesPerCustomer
  usage { uses amount { amount } }
  scope { skuIds productIds categoryIds brandIds withoutIds }
  effect { thresholdDiscount { steps { threshold { amount { amount } quantity } amountOff { amount } percentOff }
             repeats cap { amount } }
           nthPiece { nth percentOff most } buyGet { buy get percentOff most goods { skuIds } }
           bundle { price { amount } most parts { quantity goods { skuIds } } }
           gift { threshold { amount { amount } quantity } goods { skuId quantity } choice repeats most afterDiscount
                  shortage substitutes { skuId } } } }"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) { total { amount } problems { code }
  lines { total { amount } discount { amount } net { amount } }
  applied { promotion { name kind } discount { amount } gifts { sku { code } quantity missing owed value { amount } } }
  rejected { promotion { name } reason gap { amount { amount } quantity } }
  nearMiss { promotion { name } gap { amount { amount } quantity } } } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { total { amount } promotions { name discount { amount } gifts { quantity sku { code } } }
          lines { total { amount } discount { amount } net { amount } giftValue { amount } sku { code } } }
  errors { ... on UserError { code } } } }"""


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


def asking(world: World, name: str = "regular") -> Actor:
    """A buyer of a merchant who has promotions."""
    actor = world.shop.buyer(name)
    return attrs.evolve(actor, merchant=attrs.evolve(actor.merchant, promotes=True))


def less(reach: str, off: str, **more: Any) -> dict[str, Any]:
    """满减."""
    effect = {"thresholdDiscount": {"steps": [{"amount": reach, "amountOff": off}]}}
    return {"name": f"满{reach}减{off}", "effect": effect, **more}


async def made(api: Api, draft: dict[str, Any]) -> str:
    """The id of a promotion that staff have made."""
    answered = await api.ask(CREATE, {"input": {"promotion": draft}}, actor=api.world.shop.clerk)
    assert answered.data["createPromotion"]["errors"] == []
    id: str = answered.data["createPromotion"]["promotion"]["id"]
    return id


async def test_staff_see_what_they_wrote(api: Api) -> None:
    shop = api.world.shop
    tea, water = shop.sku("TEA-500").id, shop.sku("WATER-550").id
    scope = {"skuIds": [tea], "withoutIds": [water], "categoryIds": [shop.categories["tea"].id]}
    part = {"goods": {"skuIds": [tea]}, "quantity": "2"}
    drafts: list[dict[str, Any]] = [
        {
            **less("200", "20"),
            "text": "全场",
            "scope": scope,
            "audienceIds": [shop.tiers["vip"].id],
            "validFrom": "2026-01-01T00:00:00Z",
            "validUntil": "2027-01-01T00:00:00Z",
            "weekdays": [7, 1],
            "timeSlots": [{"start": "22:00", "end": "02:00"}],
            "budgetAmount": "1000",
            "budgetUses": 10,
            "usesPerCustomer": 2,
            "priority": 3,
            "exclusiveGroup": "A",
            "stacking": "ALONE",
            "public": False,
        },
        {"name": "满件", "effect": {"thresholdDiscount": {"steps": [{"quantity": "2", "percentOff": "10"}]}}},
        {"name": "第二件", "effect": {"nthPiece": {"nth": 2, "percentOff": "50"}}},
        {"name": "买得", "effect": {"buyGet": {"buy": "2", "get": "1", "goods": {"skuIds": [tea]}}}},
        {
            "name": "套餐",
            "effect": {"bundle": {"price": "9.90", "parts": [part]}},
        },
        {
            "name": "满赠",
            "effect": {
                "gift": {
                    "amount": "100",
                    "goods": [{"skuId": tea}],
                    "shortage": "SUBSTITUTE",
                    "substitutes": [{"skuId": water, "quantity": "2"}],
                }
            },
        },
    ]
    ids = [await made(api, one) for one in drafts]
    query = f"{{ promotions(first: 10) {{ totalCount nodes {SHOWN} }} }}"
    found = (await api.ask(query, actor=shop.clerk)).data["promotions"]
    assert (found["totalCount"], [one["id"] for one in found["nodes"]]) == (6, sorted(ids, reverse=True))
    by_name = {one["name"]: one for one in found["nodes"]}
    first = by_name["满200减20"]
    assert first["scope"] == {
        "skuIds": [tea],
        "productIds": [],
        "categoryIds": [shop.categories["tea"].id],
        "brandIds": [],
        "withoutIds": [water],
    }
    assert (first["weekdays"], first["timeSlots"]) == ([1, 7], [{"start": "22:00", "end": "02:00"}])
    assert (first["budgetAmount"], first["budgetUses"], first["usesPerCustomer"]) == (
        {"amount": "1000.00"},
        10,
        2,
    )
    assert (first["stacking"], first["exclusiveGroup"], first["priority"]) == ("ALONE", "A", 3)
    assert first["usage"] == {"uses": 0, "amount": {"amount": "0.00"}}
    assert by_name["满件"]["effect"]["thresholdDiscount"]["steps"] == [
        {"threshold": {"amount": None, "quantity": "2"}, "amountOff": None, "percentOff": "10"}
    ]
    assert by_name["第二件"]["effect"]["nthPiece"] == {"nth": 2, "percentOff": "50", "most": None}
    assert by_name["买得"]["effect"]["buyGet"]["percentOff"] == "100"
    assert by_name["套餐"]["effect"]["bundle"]["price"] == {"amount": "9.90"}
    assert by_name["满赠"]["effect"]["gift"]["substitutes"] == [{"skuId": water}]
    one = f"query ($id: ID!) {{ promotion(id: $id) {SHOWN} }}"
    assert (await api.ask(one, {"id": ids[0]}, actor=shop.clerk)).data["promotion"] == first
    for strange in ("prm", f"prm_{'7' * 26}"):
        assert (await api.ask(one, {"id": strange}, actor=shop.clerk)).data == {"promotion": None}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, {"code": "INVALID_PROMOTION", "path": ["input", "name"], "reason": "NAME"}),
        ({"effect": {}}, {"code": "INVALID_PROMOTION", "path": ["input", "effect"], "reason": "EFFECT"}),
        (
            {"effect": {"nthPiece": {"nth": 2, "percentOff": "50"}, "bundle": {"parts": [], "price": "1"}}},
            {"code": "INVALID_PROMOTION", "path": ["input", "effect"], "reason": "EFFECT"},
        ),
        (
            {"effect": {"thresholdDiscount": {"steps": [{"amount": "1.001", "amountOff": "1"}]}}},
            {"code": "INVALID_PROMOTION", "path": ["input", "effect"], "reason": "EFFECT"},
        ),
        (
            {"timeSlots": [{"start": "25:00", "end": "1:00"}]},
            {"code": "INVALID_PROMOTION", "path": ["input", "schedule"], "reason": "SCHEDULE"},
        ),
        (
            {"budgetUses": 0},
            {"code": "INVALID_PROMOTION", "path": ["input", "budget"], "reason": "BUDGET"},
        ),
        ({"scope": {"withoutIds": ["x"]}}, {"code": "UNKNOWN_GOODS", "path": ["input"]}),
        (
            {"effect": {"gift": {"amount": "1", "goods": [{"skuId": "x"}]}}},
            {"code": "UNKNOWN_GOODS", "path": ["input"]},
        ),
        ({"audienceIds": ["x"]}, {"code": "UNKNOWN_AUDIENCE", "path": ["input", "audienceIds"]}),
    ],
)
async def test_says_what_is_wrong(api: Api, changes: dict[str, Any], error: dict[str, Any]) -> None:
    draft = {**less("200", "20"), **changes}
    answered = await api.ask(CREATE, {"input": {"promotion": draft}}, actor=api.world.shop.clerk)
    assert answered.data["createPromotion"] == {"promotion": None, "errors": [error]}


async def test_is_changed_suspended_resumed_and_ended(api: Api) -> None:
    clerk, id = api.world.shop.clerk, await made(api, less("200", "20"))
    change = """mutation ($input: ChangePromotionInput!) { changePromotion(input: $input) {
      promotion { name version } errors { ... on UserError { code } } } }"""
    asked = {"promotionId": id, "version": 1, "promotion": less("100", "10")}
    for expected in (
        {"promotion": {"name": "满100减10", "version": 2}, "errors": []},
        {"promotion": None, "errors": [{"code": "INVALID_PROMOTION"}]},
    ):
        assert (await api.ask(change, {"input": asked}, actor=clerk)).data["changePromotion"] == expected
    for verb, suspended in (("suspend", True), ("resume", False), ("end", False)):
        kind = f"{verb.capitalize()}PromotionInput"
        halt = f"""mutation ($input: {kind}!) {{ {verb}Promotion(input: $input) {{
          promotion {{ suspended validUntil }} errors {{ ... on UserError {{ code }} }} }} }}"""
        told = (await api.ask(halt, {"input": {"promotionId": id}}, actor=clerk)).data[f"{verb}Promotion"]
        assert (told["errors"], told["promotion"]["suspended"]) == ([], suspended)
        assert (told["promotion"]["validUntil"] is not None) is (verb == "end")
        missing = await api.ask(halt, {"input": {"promotionId": f"prm_{'7' * 26}"}}, actor=clerk)
        assert missing.data[f"{verb}Promotion"]["errors"] == [{"code": "PROMOTION_NOT_FOUND"}]


async def test_buyers_are_told_what_is_on_offer(api: Api) -> None:
    await made(api, less("200", "20"))
    await made(
        api,
        {
            "name": "满赠",
            "effect": {"gift": {"quantity": "9", "goods": [{"skuId": api.world.shop.sku("NUTS").id}]}},
        },
    )
    query = """{ offers { name text kind validUntil giftThreshold { quantity }
      steps { threshold { amount { amount } } amountOff { amount } percentOff } } }"""
    found = (await api.ask(query, actor=asking(api.world))).data["offers"]
    assert [(one["name"], one["kind"]) for one in found] == [
        ("满200减20", "THRESHOLD_DISCOUNT"),
        ("满赠", "GIFT"),
    ]
    assert found[0]["steps"] == [
        {"threshold": {"amount": {"amount": "200.00"}}, "amountOff": {"amount": "20.00"}, "percentOff": None}
    ]
    assert found[1]["giftThreshold"] == {"quantity": "9"}
    assert (await api.ask(query, actor=api.world.shop.guest)).data["offers"] == []


async def test_a_quote_and_its_order_tell_what_came_of_them(api: Api) -> None:
    world = api.world
    nuts, cup = world.shop.sku("NUTS").id, world.shop.sku("CUP").id
    await made(api, less("10", "3"))
    await made(api, less("99999", "3"))
    await made(
        api,
        {
            "name": "任选",
            "effect": {"gift": {"amount": "10", "choice": True, "goods": [{"skuId": cup}, {"skuId": nuts}]}},
        },
    )
    lines = [line("TEA-500", 24), line("RICE", 2)]
    asked: dict[str, Any] = {"lines": lines}
    quote = (await api.ask(QUOTE, {"input": asked}, actor=asking(world))).data["quote"]
    assert [(one["promotion"]["name"], one["discount"]["amount"]) for one in quote["applied"]] == [
        ("满10减3", "3.00"),
        ("任选", "0.00"),
    ]
    [gift] = quote["applied"][1]["gifts"]
    assert (gift["sku"], gift["quantity"], gift["missing"], gift["owed"]) == (
        {"code": "NUTS"},
        "1",
        "0",
        False,
    )
    [rejected], [near] = quote["rejected"], quote["nearMiss"]
    assert (rejected["reason"], rejected["gap"]) == ("BELOW_THRESHOLD", near["gap"])
    net = sum(int(one["net"]["amount"].replace(".", "")) for one in quote["lines"])
    off = sum(int(one["discount"]["amount"].replace(".", "")) for one in quote["lines"])
    assert (off, f"{net / 100:.2f}") == (300, quote["total"]["amount"])
    wrong = {"gifts": [{"promotionId": f"prm_{'7' * 26}", "skuId": nuts}], **asked}
    assert (await api.ask(QUOTE, {"input": wrong}, actor=asking(world))).data["quote"]["problems"] == []
    order = {
        "idempotencyKey": "k",
        "paymentMethod": "BANK_TRANSFER",
        "expectedTotal": quote["total"]["amount"],
        **asked,
    }
    placed = (await api.ask(PLACE, {"input": order}, actor=asking(world))).data["placeOrder"]
    assert placed["errors"] == []
    assert placed["order"]["total"] == quote["total"]
    assert [one["name"] for one in placed["order"]["promotions"]] == ["满10减3", "任选"]
    assert placed["order"]["promotions"][1]["gifts"] == [{"quantity": "1", "sku": {"code": "NUTS"}}]
    *ordered, given = placed["order"]["lines"]
    assert [one["net"] for one in ordered] == [one["net"] for one in quote["lines"]]
    assert (given["net"], given["giftValue"], given["sku"]) == (
        {"amount": "0.00"},
        gift["value"],
        {"code": "NUTS"},
    )
