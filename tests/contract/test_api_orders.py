"""Ordering through the API: quotes, orders, and every refusal with its facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.authorization import Actor
from domain.identity import AddressId, OrderId, SkuId
from kit.api import Api, line, open_api, ordered
from kit.world import World

ERRORS = """errors {
  __typename
  ... on UserError { code message path }
  ... on UnknownSku { reference }
  ... on UnknownUnit { sku { code } unit units { name } }
  ... on InvalidQuantity { sku { code } nearest }
  ... on NotForSale { sku { code } }
  ... on PriceUnavailable { sku { code } }
  ... on InsufficientStock { sku { code stock { available } } available requested }
  ... on TooManyLines { lines most }
  ... on TotalChanged { quote { total { amount } lines { line quantity total { amount } } } }
  ... on PaymentMethodNotEnabled { enabled }
  ... on DeliveryDateInPast { today }
  ... on InvalidTerms { field }
  ... on IdempotencyKeyReused { key }
}"""
PLACE = f"""mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{
  order {{
    id number status paymentStatus fulfillmentStatus paymentMethod total {{ amount currency }} lineCount
    note purchaseOrderNumber requestedDeliveryDate address {{ recipient street }}
    lines {{ skuCode skuName unit {{ code name }} quantity unitPrice {{ amount }} listPrice {{ amount }}
             priceSource total {{ amount }} sku {{ code stock {{ available }} }} }}
    customer {{ name }} buyer {{ name role }}
  }}
  {ERRORS}
}} }}"""
MOVED = (
    "order { id status } errors { __typename ... on UserError { code path } ... on IllegalMove { status } }"
)
CANCEL = f"mutation ($input: CancelOrderInput!) {{ cancelOrder(input: $input) {{ {MOVED} }} }}"
CONFIRM = f"mutation ($input: ConfirmOrderInput!) {{ confirmOrder(input: $input) {{ {MOVED} }} }}"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def place(api: Api, *lines: dict[str, Any], actor: Actor | None = None, **more: Any) -> dict[str, Any]:
    """Order something as somebody."""
    asked = {"idempotencyKey": "one", "paymentMethod": "BANK_TRANSFER", "lines": list(lines), **more}
    answered = await api.ask(PLACE, {"input": asked}, actor=actor or api.world.shop.buyer())
    payload: dict[str, Any] = answered.data["placeOrder"]
    return payload


class TestPlacing:
    async def test_promises_the_goods_at_their_price(self, api: Api) -> None:
        shop = api.world.shop
        payload = await place(
            api,
            line("TEA-500", "1", "箱"),
            {"skuId": shop.sku("NUTS").id, "quantity": 2},
            line("TEA-500", 1.0, "case"),
            addressId=shop.customers["regular"].addresses[0].id,
            requestedDeliveryDate="2026-03-02",
            purchaseOrderNumber="PO-1",
            note="请早点送",
            expectedTotal="182.40",
        )
        assert payload["errors"] == []
        order = payload["order"]
        assert order["number"] == "DH00000001"
        assert (order["status"], order["paymentStatus"], order["fulfillmentStatus"]) == (
            "SUBMITTED",
            "UNPAID",
            "UNFULFILLED",
        )
        assert order["total"] == {"amount": "182.40", "currency": "CNY"}
        assert order["lineCount"] == 2
        assert order["lines"][0] == {
            "skuCode": "TEA-500",
            "skuName": "柠檬茶 500ml",
            "unit": {"code": "case", "name": "箱"},
            "quantity": "2",
            "unitPrice": {"amount": "79.20"},
            "listPrice": {"amount": "79.20"},
            "priceSource": "BASE",
            "total": {"amount": "158.40"},
            "sku": {"code": "TEA-500", "stock": {"available": "312"}},
        }
        assert order["address"] == {"recipient": "李老板", "street": "人民路 1 号"}
        assert (order["note"], order["purchaseOrderNumber"]) == ("请早点送", "PO-1")
        assert order["requestedDeliveryDate"] == "2026-03-02"
        assert (order["customer"], order["buyer"]) == (
            {"name": "和平路便利店"},
            {"name": "小李", "role": "PURCHASER"},
        )

    async def test_answers_the_same_key_with_the_same_order_as_it_is_now(self, api: Api) -> None:
        first = await place(api, line("TEA-500", 2))
        cancel = {"idempotencyKey": "off", "orderId": first["order"]["id"]}
        assert (await api.ask(CANCEL, {"input": cancel}, actor=api.world.shop.buyer())).data[
            "cancelOrder"
        ] == {
            "order": {"id": first["order"]["id"], "status": "CANCELLED"},
            "errors": [],
        }
        again = await place(api, line("TEA-500", 2))
        assert (again["order"]["id"], again["order"]["status"]) == (first["order"]["id"], "CANCELLED")
        assert again["order"]["lines"][0]["sku"]["stock"] == {"available": "360"}

    async def test_refuses_the_same_key_with_another_input(self, api: Api) -> None:
        await place(api, line("TEA-500", 2))
        payload = await place(api, line("TEA-500", 3))
        assert payload["order"] is None
        (error,) = payload["errors"]
        assert (error["code"], error["path"], error["key"]) == (
            "IDEMPOTENCY_KEY_REUSED",
            ["input", "idempotencyKey"],
            "one",
        )

    async def test_remembers_what_was_refused(self, api: Api) -> None:
        first = await place(api, line("TEA-500", 9999), expectedTotal="1")
        assert first["errors"]
        assert await place(api, line("TEA-500", 9999), expectedTotal="1") == first

    async def test_names_every_line_that_cannot_be_had(self, api: Api) -> None:
        shop = api.world.shop
        payload = await place(
            api,
            line("TEA-500", 1),
            line("NOTHING", 1),
            {"skuId": api.world.other.sku("TEA-500").id, "quantity": 1},
            {"skuId": SkuId.of(b"\xff" * 16), "quantity": 1},
            {"skuId": "nonsense", "quantity": 1},
            {"quantity": 1},
            line("TEA-1L", 13),
            line("WATER-550", 7),
            line("TEA-500", 1, "吨"),
            line("TEA-OLD", 1),
            line("CUP", 1),
            line("RICE", "0.0004"),
        )
        assert payload["order"] is None
        found = [(error["code"], error["path"][2:]) for error in payload["errors"]]
        assert found == [
            ("UNKNOWN_SKU", ["1"]),
            ("UNKNOWN_SKU", ["2"]),
            ("UNKNOWN_SKU", ["3"]),
            ("UNKNOWN_SKU", ["4"]),
            ("UNKNOWN_SKU", ["5"]),
            ("INSUFFICIENT_STOCK", ["6", "quantity"]),
            ("INVALID_QUANTITY", ["7", "quantity"]),
            ("UNKNOWN_UNIT", ["8", "unit"]),
            ("NOT_FOR_SALE", ["9"]),
            ("INSUFFICIENT_STOCK", ["9", "quantity"]),
            ("PRICE_UNAVAILABLE", ["10", "quantity"]),
            ("INSUFFICIENT_STOCK", ["10", "quantity"]),
            ("INVALID_QUANTITY", ["11", "quantity"]),
        ]
        facts = {(error["code"], error["path"][2]): error for error in payload["errors"]}
        assert facts["UNKNOWN_SKU", "1"]["reference"] == "NOTHING"
        assert facts["UNKNOWN_SKU", "4"]["reference"] == "nonsense"
        assert facts["INSUFFICIENT_STOCK", "6"]["sku"] == {"code": "TEA-1L", "stock": {"available": "12"}}
        assert facts["INSUFFICIENT_STOCK", "6"]["available"] == "12"
        assert facts["INSUFFICIENT_STOCK", "6"]["requested"] == "13"
        assert facts["INVALID_QUANTITY", "7"]["nearest"] == ["6", "12"]
        assert facts["UNKNOWN_UNIT", "8"]["units"] == [{"name": "瓶"}, {"name": "箱"}]
        assert facts["NOT_FOR_SALE", "9"]["sku"] == {"code": "TEA-OLD"}
        assert facts["PRICE_UNAVAILABLE", "10"]["sku"] == {"code": "CUP"}
        assert api.reading.calls["skus_by_id"] <= 2, "refused SKUs are read in batches"
        with api.world.database.unit_of_work.reading(shop.operator) as storage:
            tea = shop.sku("TEA-500").id
            assert str(storage.stock.sheet([tea]).available[tea]) == "360", "nothing was reserved"

    @pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "0.001", "1e-9", "1e30", "-1e30", "9" * 30])
    async def test_refuses_what_is_no_quantity(self, api: Api, quantity: str) -> None:
        payload = await place(api, line("TEA-500", quantity))
        (error,) = [one for one in payload["errors"] if one["code"] != "INSUFFICIENT_STOCK"]
        assert (error["code"], error["path"]) == ("INVALID_QUANTITY", ["input", "lines", "0", "quantity"])
        assert error["nearest"]

    @pytest.mark.parametrize("quantity", ["", "many", "NaN", "1e999", None, True, [], "１"])
    async def test_does_not_take_what_is_no_number(self, api: Api, quantity: object) -> None:
        asked = {
            "idempotencyKey": "one",
            "paymentMethod": "BANK_TRANSFER",
            "lines": [line("TEA-500", quantity)],
        }
        assert (await api.ask(PLACE, {"input": asked}, actor=api.world.shop.buyer())).code == "BAD_USER_INPUT"

    async def test_takes_five_hundred_lines_and_no_more(self, api: Api) -> None:
        lines = [line("RICE", "0.5")] * 500
        assert (await place(api, *lines))["order"]["lines"][0]["quantity"] == "250"
        payload = await place(api, *lines, line("RICE", 1), idempotencyKey="two")
        (error,) = payload["errors"]
        assert (error["code"], error["lines"], error["most"]) == ("TOO_MANY_LINES", 501, 500)
        assert error["path"] == ["input", "lines"]

    @pytest.mark.parametrize("lines", [[], None])
    async def test_does_not_order_nothing(self, api: Api, lines: list[object] | None) -> None:
        payload = await place(api, lines=lines)
        assert [(one["code"], one["path"]) for one in payload["errors"]] == [
            ("EMPTY_BASKET", ["input", "lines"])
        ]

    async def test_refuses_terms_that_cannot_be(self, api: Api) -> None:
        payload = await place(
            api,
            line("TEA-500", 1),
            paymentMethod="WECHAT_PAY",
            requestedDeliveryDate="2026-03-01",
            purchaseOrderNumber="x" * 65,
            note="x" * 501,
            addressId=AddressId.of(b"\xff" * 16),
        )
        found = {error["code"]: error for error in payload["errors"]}
        assert found["PAYMENT_METHOD_NOT_ENABLED"]["enabled"] == ["BANK_TRANSFER", "CASH_ON_DELIVERY"]
        assert found["DELIVERY_DATE_IN_PAST"]["today"] == "2026-03-02"
        assert found["DELIVERY_DATE_IN_PAST"]["path"] == ["input", "requestedDeliveryDate"]
        assert found["ADDRESS_NOT_FOUND"]["path"] == ["input", "addressId"]
        terms = [error for error in payload["errors"] if error["code"] == "INVALID_TERMS"]
        assert [error["path"] for error in terms] == [["input", "purchaseOrderNumber"], ["input", "note"]]

    async def test_finds_only_addresses_of_the_own_company(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        for at, address in enumerate(
            (shop.customers["vip"].addresses[0].id, other.customers["regular"].addresses[0].id, "x", "")
        ):
            payload = await place(api, line("TEA-500", 1), addressId=address, idempotencyKey=f"key {at}")
            assert [error["code"] for error in payload["errors"]] == ["ADDRESS_NOT_FOUND"]

    async def test_shows_the_new_quote_where_the_total_has_changed(self, api: Api) -> None:
        payload = await place(api, line("TEA-500", 24), line("TEA-500", 1), expectedTotal="87.50")
        (error,) = payload["errors"]
        assert (error["code"], error["path"]) == ("TOTAL_CHANGED", ["input", "expectedTotal"])
        assert error["quote"] == {
            "total": {"amount": "82.50"},
            "lines": [{"line": 0, "quantity": "25", "total": {"amount": "82.50"}}],
        }

    @pytest.mark.parametrize(
        "more",
        [
            {"idempotencyKey": ""},
            {"idempotencyKey": "x" * 129},
            {"idempotencyKey": "a\u0007b"},
            {"expectedTotal": "12.505"},
            {"lines": [{"skuId": "sku_x", "skuCode": "TEA-500", "quantity": 1}]},
            {"note": "a\u0000b"},
            {"requestedDeliveryDate": "2026-02-30"},
            {"requestedDeliveryDate": "tomorrow"},
            {"paymentMethod": "BARTER"},
            {"surprise": 1},
            {"lines": [{"skuCode": "TEA-500"}]},
        ],
    )
    async def test_does_not_take_what_is_no_input(self, api: Api, more: dict[str, Any]) -> None:
        asked = {
            "idempotencyKey": "one",
            "paymentMethod": "BANK_TRANSFER",
            "lines": [line("TEA-500", 1)],
            **more,
        }
        answered = await api.ask(PLACE, {"input": asked}, actor=api.world.shop.buyer())
        assert answered.code == "BAD_USER_INPUT"
        assert "Did you mean" not in answered.response.text

    async def test_speaks_the_language_of_the_buyer(self, api: Api) -> None:
        asked = {"idempotencyKey": "one", "paymentMethod": "BANK_TRANSFER", "lines": [line("TEA-1L", 13)]}
        for accepted, message in (
            ("", "库存不足,可订 12"),
            ("zh-TW", "库存不足,可订 12"),
            ("fr;q=0.9, en;q=0.5", "Only 12 can be had"),
            ("en;q=0.1, zh-CN;q=0.9", "库存不足,可订 12"),
        ):
            headers = {"accept-language": accepted}
            answered = await api.ask(PLACE, {"input": asked}, actor=api.world.shop.buyer(), headers=headers)
            assert answered.data["placeOrder"]["errors"][0]["message"] == message


class TestMoving:
    async def test_confirms_and_then_lets_only_staff_cancel(self, api: Api) -> None:
        shop = api.world.shop
        order_id = ordered(api.world)
        confirm = {"input": {"idempotencyKey": "yes", "orderId": order_id}}
        for _ in range(2):
            payload = (await api.ask(CONFIRM, confirm, actor=shop.clerk)).data["confirmOrder"]
            assert payload == {"order": {"id": order_id, "status": "CONFIRMED"}, "errors": []}
        cancel = {"input": {"idempotencyKey": "no", "orderId": order_id}}
        payload = (await api.ask(CANCEL, cancel, actor=shop.buyer())).data["cancelOrder"]
        assert payload["order"] is None
        assert payload["errors"] == [
            {
                "__typename": "IllegalMove",
                "code": "ILLEGAL_MOVE",
                "path": ["input", "orderId"],
                "status": "CONFIRMED",
            }
        ]
        payload = (await api.ask(CANCEL, cancel, actor=shop.clerk)).data["cancelOrder"]
        assert payload["order"]["status"] == "CANCELLED"

    async def test_finds_only_orders_of_the_own_company(self, api: Api) -> None:
        shop, other = api.world.shop, api.world.other
        order_id = ordered(api.world)
        missing = {
            "order": None,
            "errors": [
                {"__typename": "OrderNotFound", "code": "ORDER_NOT_FOUND", "path": ["input", "orderId"]}
            ],
        }
        for actor in (shop.buyer("vip"), other.buyer(), other.clerk):
            asked = {"input": {"idempotencyKey": "no", "orderId": order_id}}
            assert (await api.ask(CANCEL, asked, actor=actor)).data["cancelOrder"] == missing
        for at, id in enumerate((OrderId.of(b"\xff" * 16), "ord_x", "", shop.sku("NUTS").id)):
            asked = {"input": {"idempotencyKey": f"no {at}", "orderId": id}}
            assert (await api.ask(CANCEL, asked, actor=shop.buyer())).data["cancelOrder"] == missing
            assert (await api.ask(CONFIRM, asked, actor=shop.clerk)).data["confirmOrder"] == missing

    async def test_does_one_after_the_other_in_one_document(self, api: Api) -> None:
        order_id = ordered(api.world)
        document = f"""mutation ($a: ConfirmOrderInput!, $b: CancelOrderInput!) {{
          yes: confirmOrder(input: $a) {{ {MOVED} }} no: cancelOrder(input: $b) {{ {MOVED} }} }}"""
        asked = {
            "a": {"idempotencyKey": "yes", "orderId": order_id},
            "b": {"idempotencyKey": "no", "orderId": order_id},
        }
        found = (await api.ask(document, asked, actor=api.world.shop.clerk)).data
        assert [found[name]["order"]["status"] for name in ("yes", "no")] == ["CONFIRMED", "CANCELLED"]

    async def test_shows_the_stock_as_each_of_them_left_it(self, api: Api) -> None:
        document = """mutation ($a: CancelOrderInput!, $b: CancelOrderInput!) {
          first: cancelOrder(input: $a) { ...Left } second: cancelOrder(input: $b) { ...Left } }
        fragment Left on CancelOrderPayload { order { lines { sku { code stock { available } } } } }"""
        asked = {
            name: {"idempotencyKey": name, "orderId": ordered(api.world, key=name, many=10)}
            for name in ("a", "b")
        }
        found = (await api.ask(document, asked, actor=api.world.shop.buyer())).data
        left = [
            sold["sku"]["stock"]["available"]
            for name in ("first", "second")
            for sold in found[name]["order"]["lines"]
            if sold["sku"]["code"] == "TEA-500"
        ]
        assert left == ["350", "360"]
