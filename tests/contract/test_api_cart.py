"""The cart, quick order and lists through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.authorization import Actor
from kit.api import Api, line, open_api, ordered
from kit.world import World

CART = """{ lines { id quantity unitCode unit { name } selected note written sku { code } skuHidden
      changes { kind priceBefore { amount } priceNow { amount } minimumBefore minimumNow stepBefore stepNow }
      quoted { unitPrice { amount } total { amount } problems { ... on UserError { code path } } } }
    customer { name } quote { total { amount } problems { ... on UserError { code } } } }"""
ERRORS = "errors { __typename ... on UserError { code message path } }"
LOOK = f"query ($id: ID) {{ cart(customerId: $id) {CART} }}"
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
    order { lineCount total { amount } } errors { ... on UserError { code } } } }"""


def doing(name: str, *, kind: str | None = None, below: str = f"cart {CART}") -> str:
    kind = kind or f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {below} {ERRORS} }} }}"


@pytest.fixture(params=["memory", "postgres"])
def storage_name(request: pytest.FixtureRequest) -> str:
    """Verbs are tried on every database elsewhere."""
    name: str = request.param
    return name


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def do(
    api: Api, verb: str, actor: Actor | None = None, /, *, below: str | None = None, **asked: Any
) -> Any:
    document = doing(verb) if below is None else doing(verb, below=below)
    answered = await api.ask(document, {"input": asked}, actor=actor or api.world.shop.buyer())
    return answered.data[verb]


class TestCart:
    async def test_is_filled_looked_at_changed_and_ordered(self, api: Api) -> None:
        lines = [
            {**line("TEA-500", "1", "箱"), "note": "给前台"},
            {**line("NUTS", "2"), "text": "坚果"},
            line("RICE", 1),
        ]
        payload = await do(api, "addToCart", idempotencyKey="one", lines=lines)
        assert payload["errors"] == []
        tea, nuts, rice = payload["cart"]["lines"]
        assert (tea["sku"]["code"], tea["unit"]["name"], tea["quantity"], tea["note"]) == (
            "TEA-500",
            "箱",
            "1",
            "给前台",
        )
        assert (nuts["written"], nuts["skuHidden"], nuts["quoted"]["total"]["amount"]) == (
            "坚果",
            None,
            "24.00",
        )
        assert payload["cart"]["customer"]["name"] == "和平路便利店"
        changes = [
            {"lineId": rice["id"], "selected": False},
            {"lineId": nuts["id"], "quantity": "3", "note": ""},
        ]
        payload = await do(api, "changeCartLines", lines=changes)
        assert payload["cart"]["quote"]["total"]["amount"] == "115.20"
        answered = await api.ask(LOOK, actor=api.world.shop.buyer())
        assert answered.data["cart"] == payload["cart"]
        order = {"idempotencyKey": "o", "paymentMethod": "BANK_TRANSFER", "expectedTotal": "115.20"}
        placed = (await api.ask(PLACE, {"input": order}, actor=api.world.shop.buyer())).data["placeOrder"]
        assert placed == {"order": {"lineCount": 2, "total": {"amount": "115.20"}}, "errors": []}
        removed = await do(api, "removeFromCart", lineIds=[rice["id"], "no id"])
        assert removed["cart"]["lines"] == [] and removed["errors"] == []
        for name in ("clearCart", "acknowledgeCart"):
            assert (await do(api, name))["cart"]["quote"]["problems"] == [{"code": "EMPTY_BASKET"}]

    async def test_what_is_wrong_is_told_with_its_line(self, api: Api) -> None:
        lines = [line("NUTS", 1), line("NO-SUCH", 1), {**line("NUTS", 1), "note": "x" * 201}]
        payload = await do(api, "addToCart", idempotencyKey="one", lines=lines)
        assert payload["cart"] is None
        assert [(one["code"], one["path"]) for one in payload["errors"]] == [
            ("UNKNOWN_SKU", ["input", "lines", "1"]),
            ("INVALID_CART_TEXT", ["input", "lines", "2", "note"]),
        ]
        assert "200" in payload["errors"][1]["message"]
        payload = await do(api, "changeCartLines", lines=[{"lineId": "no id"}])
        assert [one["code"] for one in payload["errors"]] == ["CART_LINE_NOT_FOUND"]
        payload = await do(api, "clearCart", customerId=api.world.shop.customers["vip"].id)
        assert [one["code"] for one in payload["errors"]] == ["CUSTOMER_NOT_FOUND"]

    async def test_is_nothing_to_others(self, api: Api) -> None:
        for actor in (api.world.shop.guest, api.world.shop.clerk, api.world.shop.buyer("viewer")):
            assert (await api.ask(LOOK, actor=actor)).data["cart"] is None
        for strange in (api.world.shop.customers["vip"].id, "cus_nothing"):
            answered = await api.ask(LOOK, {"id": strange}, actor=api.world.shop.buyer())
            assert answered.data["cart"] is None

    async def test_asks_for_no_price_where_none_is_shown(self, api: Api) -> None:
        await do(api, "addToCart", idempotencyKey="one", lines=[line("TEA-500", 1)])
        spent = []
        for document in ("{ cart { lines { id quantity } } }", LOOK):
            before = api.world.database.statements
            await api.ask(document, actor=api.world.shop.buyer())
            spent.append(api.world.database.statements - before)
        assert spent[0] < spent[1] or spent == [0, 0]

    async def test_an_order_goes_in_again(self, api: Api) -> None:
        order_id = ordered(api.world)
        below = f"""reordered {{ cart {CART} lines {{ line skuName quantity put repriced priceBefore {{ amount }}
            priceNow {{ amount }} sku {{ code }} quoted {{ problems {{ ... on UserError {{ code }} }} }} }} }}"""
        payload = await do(api, "reorder", idempotencyKey="one", orderId=order_id, below=below)
        assert payload["errors"] == []
        assert [(one["sku"]["code"], one["put"]) for one in payload["reordered"]["lines"]] == [
            ("TEA-500", "2"),
            ("NUTS", "1"),
        ]
        assert len(payload["reordered"]["cart"]["lines"]) == 2
        payload = await do(api, "reorder", idempotencyKey="two", orderId="ord_nothing", below=below)
        assert [one["code"] for one in payload["errors"]] == ["ORDER_NOT_FOUND"]


class TestTexts:
    PARSE = """query ($input: ParseOrderTextInput!) { parseOrderText(input: $input) {
        pieces { line text name status moreCandidates sku { code } candidates { code }
          written { quantity unit } amounts { quantity unit { name } }
          problems { ... on UserError { code path } ... on InvalidQuantity { nearest } } }
        problems { __typename ... on UserError { code } } } }"""

    async def parse(self, api: Api, text: str, actor: Actor | None = None) -> Any:
        answered = await api.ask(self.PARSE, {"input": {"text": text}}, actor=actor or api.world.shop.buyer())
        return answered.data["parseOrderText"]

    async def test_are_read_and_what_is_chosen_is_remembered(self, api: Api) -> None:
        read = await self.parse(api, "檬茶 半箱\nTEA-1L\t2\n水7瓶\n不存在1件")
        tea, one, water, none = read["pieces"]
        assert (tea["status"], [each["code"] for each in tea["candidates"]]) == (
            "AMBIGUOUS",
            ["TEA-1L", "TEA-500"],
        )
        assert tea["written"] == [{"quantity": "0.5", "unit": "箱"}] and tea["amounts"] == []
        assert (one["status"], one["amounts"]) == ("RESOLVED", [{"quantity": "2", "unit": {"name": "瓶"}}])
        assert (water["status"], water["problems"]) == (
            "REFUSED",
            [
                {
                    "code": "INVALID_QUANTITY",
                    "path": ["input", "pieces", "2", "quantity"],
                    "nearest": ["6", "12"],
                }
            ],
        )
        assert (none["status"], none["sku"], none["moreCandidates"]) == ("UNKNOWN", None, False)
        chosen = {"skuId": api.world.shop.sku("TEA-500").id, "quantity": "12", "text": tea["name"]}
        await do(api, "addToCart", idempotencyKey="one", lines=[chosen])
        [again] = (await self.parse(api, "檬茶 半箱"))["pieces"]
        assert (again["status"], again["sku"]["code"], again["amounts"]) == (
            "RESOLVED",
            "TEA-500",
            [{"quantity": "12", "unit": {"name": "瓶"}}],
        )
        assert (await self.parse(api, "檬茶 半箱", api.world.shop.buyer("vip")))["pieces"][0]["sku"] is None

    async def test_that_are_too_long_are_refused(self, api: Api) -> None:
        read = await self.parse(api, "x 1箱," * 501)
        assert read == {
            "pieces": [],
            "problems": [{"__typename": "OrderTextTooLong", "code": "ORDER_TEXT_TOO_LONG"}],
        }


class TestLists:
    LISTS = "query { shoppingLists { id name shared version lines { quantity unitCode sku { code } } } }"
    TEMPLATES = "query { orderTemplates { id name version lines { quantity sku { code } } } }"

    async def test_are_saved_and_go_into_the_cart(self, api: Api) -> None:
        lines = [line("TEA-500", "2", "箱"), line("NUTS", 1)]
        below = "shoppingList { id name shared version }"
        payload = await do(api, "saveShoppingList", name="周单", lines=lines, below=below)
        made = payload["shoppingList"]
        assert payload["errors"] == [] and (made["shared"], made["version"]) == (True, 1)
        [found] = (await api.ask(self.LISTS, actor=api.world.shop.buyer())).data["shoppingLists"]
        assert [(one["sku"]["code"], one["unitCode"], one["quantity"]) for one in found["lines"]] == [
            ("TEA-500", "case", "2"),
            ("NUTS", "bag", "1"),
        ]
        added = f"added {{ cart {CART} leftOut {{ ... on UserError {{ code }} }} }}"
        payload = await do(api, "addListToCart", idempotencyKey="one", listId=made["id"], below=added)
        assert (payload["errors"], payload["added"]["leftOut"]) == ([], [])
        assert len(payload["added"]["cart"]["lines"]) == 2
        for code, more in (
            ("LIST_CHANGED", {"listId": made["id"], "version": 9}),
            ("LIST_NOT_FOUND", {"listId": "lst_nothing"}),
        ):
            payload = await do(api, "saveShoppingList", name="月单", lines=lines, below=below, **more)
            assert [one["code"] for one in payload["errors"]] == [code]
        payload = await do(api, "deleteShoppingList", listId=made["id"], below=below)
        assert payload["shoppingList"]["id"] == made["id"]

    async def test_templates_are_made_by_staff_for_some(self, api: Api) -> None:
        shop, below = api.world.shop, "orderTemplate { id name audience { tier { code } } }"
        asked = {"name": "夏季", "lines": [line("NUTS", 1)], "audience": [shop.tiers["vip"].id]}
        payload = await do(api, "saveOrderTemplate", shop.clerk, below=below, **asked)
        made = payload["orderTemplate"]
        assert payload["errors"] == [] and made["audience"] == [{"tier": {"code": "VIP"}}]
        had = {
            name: len((await api.ask(self.TEMPLATES, actor=shop.buyer(name))).data["orderTemplates"])
            for name in ("regular", "vip")
        }
        assert had == {"regular": 0, "vip": 1}
        for code, more in (("UNKNOWN_AUDIENCE", {"audience": ["no"]}), ("INVALID_LIST", {"name": " "})):
            payload = await do(api, "saveOrderTemplate", shop.clerk, below=below, **{**asked, **more})
            assert [one["code"] for one in payload["errors"]] == [code]
            if code == "UNKNOWN_AUDIENCE":
                assert payload["errors"][0]["path"] == ["input", "audience"]
        payload = await do(api, "deleteOrderTemplate", shop.clerk, templateId=made["id"], below=below)
        assert payload["errors"] == []
        assert (await api.ask(self.TEMPLATES, actor=shop.clerk)).data["orderTemplates"] == []
