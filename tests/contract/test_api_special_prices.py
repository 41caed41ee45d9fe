"""Special prices through the API: made, changed and ended by staff; told to those whom they are for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import attrs
import pytest

from application.authorization import Permission
from application.floors import AskedFloor
from domain.identity import SpecialPriceId
from kit import builders as a
from kit.api import Api, open_api
from kit.specials import draft
from kit.world import World

FIELDS = """id name sku { code } unit unitPrice { amount } percentage stacks contracts audienceIds validFrom
  validUntil weekdays timeSlots { start end } stock perCustomer taken version"""
ERRORS = "errors { ... on UserError { code path } ... on InvalidSpecialPrice { reason } }"
CREATE = f"""mutation ($input: CreateSpecialPriceInput!) {{
  createSpecialPrice(input: $input) {{ specialPrice {{ {FIELDS} }} flags {ERRORS} }} }}"""
CHANGE = f"""mutation ($input: ChangeSpecialPriceInput!) {{
  changeSpecialPrice(input: $input) {{ specialPrice {{ {FIELDS} }} flags {ERRORS} }} }}"""
END = f"""mutation ($input: EndSpecialPriceInput!) {{
  endSpecialPrice(input: $input) {{ specialPrice {{ {FIELDS} }} {ERRORS} }} }}"""
LIST = f"""query ($filter: SpecialPriceFilter) {{ staff {{ specialPrices(first: 10, filter: $filter) {{
  totalCount nodes {{ {FIELDS} }} }} }} }}"""
PRICE = """query ($c: String, $q: Decimal) { sku(code: $c) { price(quantity: $q) {
  unitPrice { amount } source validUntil
  special { name ordinaryPrice { amount } endsAt left } missedSpecial { name unitPrice { amount } left } } } }"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) { lines { priceTrace {
  stage source rule outcome before { amount } after { amount } left } } } }"""
WHOLE: dict[str, Any] = {
    "name": "周三秒杀",
    "skuCode": "NUTS",
    "unitPrice": "8.80",
    "validFrom": "2026-03-01T00:00:00Z",
    "validUntil": "2026-03-09T00:00:00Z",
    "weekdays": [1, 3],
    "timeSlots": [{"start": "10:00", "end": "14:00"}],
    "stock": "10",
    "perCustomer": "2.5",
}


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def do(api: Api, document: str, **input: Any) -> Any:
    answered = await api.ask(document, {"input": input}, actor=api.world.shop.clerk)
    [payload] = answered.data.values()
    return payload


async def listed(api: Api, **filter: Any) -> Any:
    found = await api.ask(LIST, {"filter": filter or None}, actor=api.world.shop.clerk)
    return found.data["staff"]["specialPrices"]


async def price(api: Api, *, many: str = "1", by: str = "regular", code: str = "NUTS") -> Any:
    found = await api.ask(PRICE, {"c": code, "q": many}, actor=api.world.shop.buyer(by))
    return found.data["sku"]["price"]


class TestFlags:
    async def test_who_makes_one_below_a_floor_is_told(self, api: Api) -> None:
        world = api.world
        asked = AskedFloor(sku_code=world.shop.sku("NUTS").code, floor=Decimal("8.81"))
        world.use.set_floors(actor=world.shop.clerk, floors=[asked])
        made = await do(api, CREATE, **WHOLE)
        assert (made["errors"], made["flags"]) == ([], ["BELOW_FLOOR"])
        named = {"specialPriceId": made["specialPrice"]["id"], "version": 1}
        changed = await do(api, CHANGE, **named, **{**WHOLE, "unitPrice": "8.81"})
        assert (changed["errors"], changed["flags"]) == ([], [])
        refused = await do(api, CHANGE, **named, **WHOLE)
        assert (refused["specialPrice"], refused["flags"]) == (None, [])


class TestStaff:
    async def test_make_change_and_end_one(self, api: Api) -> None:
        tier = api.world.shop.tiers["vip"].id
        made = await do(api, CREATE, **WHOLE, audienceIds=[tier])
        assert made["errors"] == []
        one = made["specialPrice"]
        assert one == {
            "id": one["id"],
            "name": "周三秒杀",
            "sku": {"code": "NUTS"},
            "unit": None,
            "unitPrice": {"amount": "8.80"},
            "percentage": None,
            "stacks": False,
            "contracts": False,
            "audienceIds": [tier],
            "validFrom": "2026-03-01T00:00:00Z",
            "validUntil": "2026-03-09T00:00:00Z",
            "weekdays": [1, 3],
            "timeSlots": [{"start": "10:00", "end": "14:00"}],
            "stock": "10",
            "perCustomer": "2.5",
            "taken": "0",
            "version": 1,
        }
        changed = await do(
            api,
            CHANGE,
            specialPriceId=one["id"],
            version=1,
            name="九折",
            skuCode="TEA-500",
            unit="箱",
            percentage="90",
            stacks=True,
        )
        assert [(error["reason"], error["path"]) for error in changed["errors"]] == [
            ("SKU", ["input", "sku"])
        ]
        of_case = await do(
            api, CREATE, name="九折", skuCode="TEA-500", unit="箱", percentage="90", stacks=True
        )
        assert (of_case["specialPrice"]["unit"], of_case["specialPrice"]["percentage"]) == ("case", "90")
        ended = await do(api, END, specialPriceId=one["id"])
        assert (ended["specialPrice"]["validUntil"], ended["specialPrice"]["version"]) == (
            "2026-03-02T04:00:00Z",
            2,
        )
        again = await do(api, END, specialPriceId=one["id"])
        assert [(error["code"], error["reason"]) for error in again["errors"]] == [
            ("INVALID_SPECIAL_PRICE", "ENDED")
        ]
        for filter, many in (
            ({}, 2),
            ({"state": "ENDED"}, 1),
            ({"skuCode": "TEA-500"}, 1),
            ({"skuCode": " "}, 0),
        ):
            assert (await listed(api, **filter))["totalCount"] == many

    async def test_are_told_what_is_wrong_and_where(self, api: Api) -> None:
        for input, code, reason, path in (
            ({**WHOLE, "weekdays": [8]}, "INVALID_SPECIAL_PRICE", "SCHEDULE", ["input", "validUntil"]),
            ({**WHOLE, "skuCode": "none"}, "INVALID_SPECIAL_PRICE", "UNKNOWN_SKU", ["input", "sku"]),
            (
                {**WHOLE, "unitPrice": None},
                "INVALID_SPECIAL_PRICE",
                "PRICE_OR_PERCENTAGE",
                ["input", "unitPrice"],
            ),
        ):
            refused = await do(api, CREATE, **input)
            [error] = refused["errors"]
            assert (error["code"], error["reason"], error["path"]) == (code, reason, path)
            assert refused["specialPrice"] is None
        refused = await do(api, CREATE, **WHOLE, audienceIds=["nobody", "prd_1"])
        assert {error["code"] for error in refused["errors"]} == {"UNKNOWN_AUDIENCE"}

    async def test_who_may_not_manage_prices_learn_nothing(self, api: Api) -> None:
        theirs = api.world.use.create_special_price(
            actor=api.world.other.clerk, draft=draft("1", api.world.other.sku("NUTS"))
        )
        missing = SpecialPriceId.of(bytes(16))
        answers = [await do(api, END, specialPriceId=id) for id in (theirs.id, missing, "nothing")]
        assert {tuple(error["code"] for error in one["errors"]) for one in answers} == {
            ("SPECIAL_PRICE_NOT_FOUND",)
        }
        assert (await listed(api))["totalCount"] == 0
        colleague = a.staff(api.world.ids, permissions=[Permission.MANAGE_PROMOTIONS.value])
        api.world.add([colleague])
        nobody = attrs.evolve(api.world.shop.clerk, person_id=colleague.id)
        for document, variables in (
            (LIST, {}),
            (END, {"input": {"specialPriceId": missing}}),
            (CREATE, {"input": WHOLE}),
        ):
            answered = await api.ask(document, variables, actor=nobody)
            assert [error["extensions"]["code"] for error in answered.errors] == ["FORBIDDEN"]


class TestBuyers:
    async def test_are_told_of_what_is_for_them(self, api: Api) -> None:
        assert (await price(api))["special"] is None
        made = await do(api, CREATE, **WHOLE, audienceIds=[api.world.shop.tiers["regular"].id])
        assert made["errors"] == []
        assert await price(api, many="2") == {
            "unitPrice": {"amount": "8.80"},
            "source": "SPECIAL",
            "validUntil": "2026-03-02T06:00:00Z",
            "special": {
                "name": "周三秒杀",
                "ordinaryPrice": {"amount": "12.00"},
                "endsAt": "2026-03-02T06:00:00Z",
                "left": "2.5",
            },
            "missedSpecial": None,
        }
        found = await price(api, many="3")
        assert (found["source"], found["special"], found["missedSpecial"]) == (
            "BASE",
            None,
            {"name": "周三秒杀", "unitPrice": {"amount": "8.80"}, "left": "2.5"},
        )
        assert (await price(api, by="vip"))["special"] is None

    async def test_are_told_how_the_price_came_about(self, api: Api) -> None:
        await do(api, CREATE, **WHOLE)
        for many, outcome, after in (("2", "APPLIED", "8.80"), ("3", "NOT_ENOUGH_LEFT", "12.00")):
            lines = {"lines": [{"skuCode": "NUTS", "quantity": many}]}
            found = await api.ask(QUOTE, {"input": lines}, actor=api.world.shop.buyer())
            steps = found.data["quote"]["lines"][0]["priceTrace"]
            assert {step["stage"] for step in steps[:-1]} == {"LIST"}
            assert steps[-1] == {
                "stage": "SPECIAL",
                "source": "SPECIAL",
                "rule": "周三秒杀",
                "outcome": outcome,
                "before": {"amount": "12.00"},
                "after": {"amount": after},
                "left": "2.5",
            }

    async def test_in_carts_too(self, api: Api) -> None:
        await do(api, CREATE, **WHOLE)
        actor = api.world.shop.buyer()
        add = """mutation ($input: AddToCartInput!) { addToCart(input: $input) { errors { ... on UserError { code } }
          cart { quote { lines { source special { ordinaryPrice { amount } } } } } } }"""
        lines = [{"skuCode": "NUTS", "quantity": "2"}]
        found = await api.ask(add, {"input": {"idempotencyKey": a.key(), "lines": lines}}, actor=actor)
        [line] = found.data["addToCart"]["cart"]["quote"]["lines"]
        assert line == {"source": "SPECIAL", "special": {"ordinaryPrice": {"amount": "12.00"}}}
