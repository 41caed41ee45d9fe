"""The merchant's settings through the API: who sees and changes them, and what they do to everybody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from application.authorization import Actor
from application.pricing import AskedPrice, AskedRung
from domain.catalog import StockStatus
from domain.identity import SkuCode
from domain.merchant import StockDisplay
from kit.api import HOME, Api, line, open_api, ordered
from kit.world import World

CHANGE = """mutation ($input: SetMerchantSettingsInput!) { setMerchantSettings(input: $input) {
  merchant { name logo timeZone paymentMethods orderMinimumAmount { amount currency } cutOffTime deliveryLeadDays
             guestPrices stockDisplay lowStock settingsVersion }
  errors { __typename ... on UserError { code message path } ... on InvalidSetting { field reason }
           ... on SettingsChanged { settingsVersion } } } }"""
PUBLIC = """{ merchant { name slug logo timeZone currency paymentMethods orderMinimumAmount { amount }
  cutOffTime deliveryLeadDays nextCutOff earliestDeliveryDate } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { total { amount } }
  errors { __typename ... on UserError { code message path }
    ... on InsufficientStock { available availableHidden requested sku { code stock { ...Stock } } }
    ... on OrderMinimumNotReached { minimum { amount } short { amount } }
    ... on DeliveryDateTooEarly { earliest } ... on DeliveryDateInPast { today }
    ... on TotalChanged { quote { lines { problems { code } sku { stock { ...Stock } } } } } } } }
  fragment Stock on Stock { status available availableHidden availableBand { atLeast below } }"""
QUOTE = """query ($lines: [OrderLineInput!]!) { quote(input: {lines: $lines}) { total { amount }
  earliestDeliveryDate orderMinimum { amount { amount } short { amount } } problems { code }
  lines { sku { stock { ...Stock } } problems { code message
    ... on InsufficientStock { available availableHidden requested } } } } }
  fragment Stock on Stock { status available availableHidden availableBand { atLeast below } }"""
STOCK = "stock { status available availableHidden availableBand { atLeast below } }"


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


async def change(api: Api, *, actor: Actor | None = None, seen: int | None = None, **given: Any) -> Any:
    """Change settings over those that are there."""
    clerk = api.world.shop.clerk
    if seen is None:
        seen = (await api.ask("{ merchant { settingsVersion } }", actor=clerk)).data["merchant"][
            "settingsVersion"
        ]
    asked = {"input": {"settingsVersion": seen, **given}}
    return (await api.ask(CHANGE, asked, actor=actor or clerk)).data["setMerchantSettings"]


async def place(api: Api, *lines: Any, key: str = "one", actor: Actor | None = None, **more: Any) -> Any:
    asked = {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": list(lines), **more}
    found = await api.ask(PLACE, {"input": asked}, actor=actor or api.world.shop.buyer())
    return found.data["placeOrder"]


async def quote(api: Api, *lines: Any, actor: Actor | None = None) -> Any:
    found = await api.ask(QUOTE, {"lines": list(lines)}, actor=actor or api.world.shop.buyer())
    return found.data["quote"]


class TestChanging:
    async def test_only_what_is_given_changes(self, api: Api) -> None:
        before = (await change(api))["merchant"]
        assert before["settingsVersion"] == 0
        found = await change(api, seen=0, logo="logos/one", orderMinimumAmount="88.8", cutOffTime="17:30")
        after = {
            "logo": "logos/one",
            "orderMinimumAmount": {"amount": "88.80", "currency": "CNY"},
            "cutOffTime": "17:30",
        }
        assert found == {"merchant": {**before, **after, "settingsVersion": 1}, "errors": []}
        same = await change(api, seen=1, name=None, stockDisplay=None, paymentMethods=None, lowStock=None)
        assert same["merchant"] == found["merchant"], "null leaves alone what there always is"
        gone = await change(api, seen=1, logo=None, orderMinimumAmount=None, cutOffTime=None)
        assert gone["merchant"] == {**before, "settingsVersion": 2}

    async def test_refusals_are_typed(self, api: Api) -> None:
        found = await change(api, seen=3, logo="http://x", cutOffTime="5 pm")
        assert found["merchant"] is None
        assert found["errors"] == [
            {
                "__typename": "SettingsChanged",
                "code": "SETTINGS_CHANGED",
                "message": "Somebody else changed the settings, look again",
                "path": ["input", "settingsVersion"],
                "settingsVersion": 0,
            },
            {
                "__typename": "InvalidSetting",
                "code": "INVALID_SETTING",
                "message": "The setting logo cannot be so",
                "path": ["input", "logo"],
                "field": "logo",
                "reason": "NOT_A_LOGO",
            },
            {
                "__typename": "InvalidSetting",
                "code": "INVALID_SETTING",
                "message": "The setting cutOffTime cannot be so",
                "path": ["input", "cutOffTime"],
                "field": "cutOffTime",
                "reason": "NOT_A_TIME",
            },
        ]

    async def test_it_is_for_staff_who_may(self, api: Api) -> None:
        shop, asked = api.world.shop, {"input": {"settingsVersion": 0, "name": "x"}}
        for actor, code in (
            (shop.guest, "UNAUTHENTICATED"),
            (shop.buyer("vip"), "FORBIDDEN"),
            (attrs.evolve(shop.clerk, person_id=shop.staff["trainee"].id), "FORBIDDEN"),
        ):
            assert (await api.ask(CHANGE, asked, actor=actor)).code == code
        assert (await change(api))["merchant"]["settingsVersion"] == 0

    async def test_everybody_sees_what_is_public_and_staff_the_rest(self, api: Api) -> None:
        shop = api.world.shop
        await change(api, cutOffTime="17:30", deliveryLeadDays=2, orderMinimumAmount="100", logo="logos/one")
        expected = {
            "name": shop.merchant.name,
            "slug": "shanquan",
            "logo": "logos/one",
            "timeZone": "Asia/Shanghai",
            "currency": "CNY",
            "paymentMethods": ["BANK_TRANSFER", "CASH_ON_DELIVERY"],
            "orderMinimumAmount": {"amount": "100.00"},
            "cutOffTime": "17:30",
            "deliveryLeadDays": 2,
            "nextCutOff": "2026-03-02T09:30:00Z",
            "earliestDeliveryDate": "2026-03-04",
        }
        for actor in (shop.guest, shop.buyer(), shop.clerk):
            for _ in range(2):
                assert (await api.ask(PUBLIC, actor=actor)).data["merchant"] == expected
        for field in ("guestPrices", "stockDisplay", "lowStock", "settingsVersion"):
            document = f"{{ merchant {{ {field} }} }}"
            assert (await api.ask(document, actor=shop.buyer())).code == "FORBIDDEN"
            assert (await api.ask(document, actor=shop.guest)).code == "UNAUTHENTICATED"
        other = await api.ask(PUBLIC, actor=api.world.other.guest)
        assert (other.data["merchant"]["logo"], other.data["merchant"]["nextCutOff"]) == (None, None)


class TestGuestPrices:
    async def test_guests_see_prices_from_the_next_request_on(self, api: Api) -> None:
        async def seen() -> set[tuple[bool, str | None]]:
            found = await api.ask(HOME, {"category": None}, actor=api.world.shop.guest)
            return {
                (sku["price"] is not None, sku["priceHidden"])
                for edge in found.data["products"]["edges"]
                for sku in edge["node"]["skus"]
                if sku["code"] != "CUP"
            }

        for shows, expected in ((True, (True, None)), (False, (False, "LOGIN_REQUIRED"))) * 2:
            await change(api, guestPrices=shows)
            for _ in range(2):
                assert await seen() == {expected}


class TestStock:
    """TEA-500 has 360 in two warehouses, TEA-1L 12, CUP none."""

    @pytest.mark.parametrize(
        ("display", "buyer", "guest"),
        [
            ("EXACT", ("LOW", "12", None, None), ("LOW", None, "LOGIN_REQUIRED", None)),
            (
                "BANDED",
                ("LOW", None, "MERCHANT_HIDES", {"atLeast": "10", "below": "50"}),
                ("LOW", None, "LOGIN_REQUIRED", None),
            ),
            (
                "HIDDEN",
                ("IN_STOCK", None, "MERCHANT_HIDES", None),
                ("IN_STOCK", None, "MERCHANT_HIDES", None),
            ),
        ],
    )
    async def test_it_is_shown_as_the_merchant_wants(
        self, api: Api, display: str, buyer: tuple[Any, ...], guest: tuple[Any, ...]
    ) -> None:
        shop = api.world.shop
        document = f'{{ sku(code: "TEA-1L") {{ {STOCK} }} }}'
        for name in ("EXACT", display):
            await change(api, stockDisplay=name)
            for actor in (shop.buyer(), shop.guest, shop.clerk):
                await api.ask(document, actor=actor)
        for actor, expected in (
            (shop.buyer(), buyer),
            (shop.guest, guest),
            (shop.clerk, ("LOW", "12", None, None)),
        ):
            found = (await api.ask(document, actor=actor)).data["sku"]["stock"]
            assert tuple(found.values()) == expected

    @pytest.mark.parametrize("display", ["BANDED", "HIDDEN"])
    async def test_the_figure_is_on_no_path(self, api: Api, display: str) -> None:
        """Nor is it in a message; whoever orders more than there is learns that, and no more."""
        shop, world = api.world.shop, api.world
        ordered(world)
        figures = {"358", "238", "118", "14.9166", "14", "12"}
        tea, small = shop.sku("TEA-500"), shop.sku("TEA-1L")
        documents: list[tuple[str, dict[str, Any]]] = [
            (HOME, {"category": None}),
            (f"{{ products {{ nodes {{ skus {{ {STOCK} product {{ skus {{ {STOCK} }} }} }} }} }} }}", {}),
            (
                f"query ($id: ID!) {{ product(id: $id) {{ skus {{ {STOCK} }} }} }}",
                {"id": shop.products["tea"].id},
            ),
            (f"query ($id: ID!) {{ sku(id: $id) {{ {STOCK} }} }}", {"id": tea.id}),
            (f"query ($id: ID!) {{ node(id: $id) {{ ... on Sku {{ {STOCK} }} }} }}", {"id": small.id}),
            (
                f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Sku {{ {STOCK} }} }} }}",
                {"ids": [tea.id, small.id]},
            ),
            (f"{{ me {{ customer {{ orders {{ nodes {{ lines {{ sku {{ {STOCK} }} }} }} }} }} }} }}", {}),
            (
                QUOTE,
                {
                    "lines": [
                        line("TEA-500", 100),
                        line("TEA-500", 20, "箱"),
                        line("TEA-1L", 400),
                        line("CUP", 3),
                    ]
                },
            ),
            (PLACE, {"input": self._order("a", line("TEA-500", 99999), line("TEA-1L", 2, "箱"))}),
            (PLACE, {"input": self._order("b", line("TEA-500", 1), expectedTotal="1.00")}),
        ]
        exact = await self._told(api, documents, shop.buyer("vip"), keys="exact")
        assert figures & exact >= {"358", "12"}, "the figures are there to be found"
        await change(api, stockDisplay=display)
        for _ in range(2):
            assert not figures & await self._told(api, documents, shop.buyer("vip"), keys=display)
            guest = [one for one in documents if one[0] not in (QUOTE, PLACE) and "me {" not in one[0]]
            assert not figures & await self._told(api, guest, shop.guest, keys=display)

    @staticmethod
    def _order(key: str, *lines: Any, **more: Any) -> dict[str, Any]:
        return {"idempotencyKey": key, "paymentMethod": "BANK_TRANSFER", "lines": list(lines), **more}

    @staticmethod
    async def _told(
        api: Api, documents: list[tuple[str, dict[str, Any]]], actor: Actor, *, keys: str
    ) -> set[str]:
        """Every number and word in the answers."""
        words: set[str] = set()
        for document, variables in documents:
            given = variables
            if "input" in variables:
                key = f"{keys}-{variables['input']['idempotencyKey']}"
                given = {"input": {**variables["input"], "idempotencyKey": key}}
            found = await api.ask(document, given, actor=actor)
            assert found.data is not None
            words |= {*re.findall(r'[^\s"{}\[\]:,]+', found.response.text)}
        return words

    @pytest.mark.parametrize("display", StockDisplay)
    async def test_what_does_not_suffice_is_told_without_the_figure(
        self, api: Api, display: StockDisplay
    ) -> None:
        await change(api, stockDisplay=display.value)
        exact = display is StockDisplay.EXACT
        lines = [line("TEA-1L", 13), line("TEA-500", 16, "箱")]
        expected = {
            "code": "INSUFFICIENT_STOCK",
            "message": "Only 12 can be had" if exact else "There is not enough",
            "available": "12" if exact else None,
            "availableHidden": None if exact else "MERCHANT_HIDES",
            "requested": "13",
        }
        quoted = await quote(api, *lines)
        assert quoted["lines"][0]["problems"] == [expected]
        for _ in range(2):
            first, second = (await place(api, *lines))["errors"]
            assert {name: first[name] for name in expected} == expected
            assert (second["available"], second["requested"]) == ("15" if exact else None, "16")

    @pytest.mark.parametrize("display", StockDisplay)
    async def test_the_filter_says_what_the_status_says(self, api: Api, display: StockDisplay) -> None:
        await change(api, stockDisplay=display.value)
        document = f"""query ($there: Boolean) {{ products(filter: {{inStock: $there}}) {{
          nodes {{ skus {{ {STOCK} }} }} }} }}"""
        for actor in (api.world.shop.buyer(), api.world.shop.guest):
            for there in (True, False):
                found = await api.ask(document, {"there": there}, actor=actor)
                nodes = found.data["products"]["nodes"]
                assert nodes
                for node in nodes:
                    levels = {StockStatus(sku["stock"]["status"]) for sku in node["skus"]}
                    assert (levels != {StockStatus.OUT_OF_STOCK}) is there

    async def test_staff_see_it_whatever_buyers_see(self, api: Api) -> None:
        await change(api, stockDisplay="HIDDEN")
        document = f'{{ sku(code: "TEA-500") {{ {STOCK} }} staff {{ stock {{ nodes {{ available }} }} }} }}'
        found = (await api.ask(document, actor=api.world.shop.clerk)).data
        assert found["sku"]["stock"]["available"] == "360"
        assert {"available": "240"} in found["staff"]["stock"]["nodes"]

    async def test_the_low_figure_is_the_merchants_where_the_sku_says_none(self, api: Api) -> None:
        document = (
            '{ tea: sku(code: "TEA-500") { stock { status } } rice: sku(code: "RICE") { stock { status } } }'
        )
        for low, expected in (("359", "IN_STOCK"), ("360", "LOW"), ("0", "IN_STOCK")):
            await change(api, lowStock=low)
            found = (await api.ask(document, actor=api.world.shop.buyer())).data
            assert (found["tea"]["stock"]["status"], found["rice"]["stock"]["status"]) == (expected, "LOW")


class TestOrderMinimum:
    async def test_a_quote_says_what_is_missing_and_an_order_is_refused(self, api: Api) -> None:
        assert (await quote(api, line("NUTS", 1)))["orderMinimum"] is None
        await change(api, orderMinimumAmount="30.00")
        found = await quote(api, line("NUTS", 2))
        assert found["orderMinimum"] == {"amount": {"amount": "30.00"}, "short": {"amount": "6.00"}}
        assert found["problems"] == []
        assert (await quote(api, line("NUTS", 3)))["orderMinimum"]["short"] == {"amount": "0.00"}
        refused = await place(api, line("NUTS", 2))
        assert refused == {
            "order": None,
            "errors": [
                {
                    "__typename": "OrderMinimumNotReached",
                    "code": "ORDER_MINIMUM_NOT_REACHED",
                    "message": "An order comes to at least 30.00: 6.00 is missing",
                    "path": ["input", "lines"],
                    "minimum": {"amount": "30.00"},
                    "short": {"amount": "6.00"},
                }
            ],
        }
        assert (await place(api, line("NUTS", 3), key="two"))["order"] == {"total": {"amount": "36.00"}}
        await change(api, orderMinimumAmount=None)
        assert (await place(api, line("NUTS", 2)))["errors"] == refused["errors"], "an answer is kept"
        assert (await place(api, line("NUTS", 2), key="three"))["errors"] == []

    async def test_it_is_named_beside_everything_else(self, api: Api) -> None:
        await change(api, orderMinimumAmount="100")
        found = await place(
            api, line("TEA-1L", 13), requestedDeliveryDate="2020-01-01", paymentMethod="ALIPAY"
        )
        assert [one["code"] for one in found["errors"]] == [
            "PAYMENT_METHOD_NOT_ENABLED",
            "DELIVERY_DATE_IN_PAST",
            "ORDER_MINIMUM_NOT_REACHED",
            "INSUFFICIENT_STOCK",
        ]
        await change(api, paymentMethods=["ALIPAY"], orderMinimumAmount="10")
        assert (await place(api, line("TEA-1L", 2), key="two", paymentMethod="ALIPAY"))["errors"] == []


class TestCutOff:
    async def test_after_it_the_earliest_day_is_later(self, api: Api) -> None:
        """It is noon in Shanghai, on the second of March."""
        await change(api, cutOffTime="12:01", deliveryLeadDays=1)
        dates = "{ merchant { nextCutOff earliestDeliveryDate } }"
        for earliest, cut_off, day in (
            ("2026-03-03", "2026-03-02T04:01:00Z", "2026-03-02"),
            ("2026-03-04", "2026-03-03T04:01:00Z", "2026-03-03"),
        ):
            found = (await api.ask(dates, actor=api.world.shop.buyer())).data["merchant"]
            assert found == {"nextCutOff": cut_off, "earliestDeliveryDate": earliest}
            assert (await quote(api, line("NUTS", 1)))["earliestDeliveryDate"] == earliest
            refused = await place(api, line("NUTS", 1), key=f"{day} early", requestedDeliveryDate=day)
            assert refused["errors"] == [
                {
                    "__typename": "DeliveryDateTooEarly",
                    "code": "DELIVERY_DATE_TOO_EARLY",
                    "message": f"The earliest day of delivery is {earliest}",
                    "path": ["input", "requestedDeliveryDate"],
                    "earliest": earliest,
                }
            ]
            taken = await place(api, line("NUTS", 1), key=f"{day} in time", requestedDeliveryDate=earliest)
            assert taken["errors"] == []
            assert (await place(api, line("NUTS", 1), key=f"{day} any"))["errors"] == []
            api.world.clock.forward()
        past = await place(api, line("NUTS", 1), key="past", requestedDeliveryDate="2026-03-01")
        assert [(one["code"], one["today"]) for one in past["errors"]] == [
            ("DELIVERY_DATE_IN_PAST", "2026-03-02")
        ]

    @pytest.mark.parametrize(
        ("zone", "now", "cut_off", "earliest"),
        [
            ("Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-29T20:00:00Z", "2026-03-29"),
            ("Europe/Berlin", "2026-03-27T21:00:00Z", "2026-03-28T21:00:00Z", "2026-03-28"),
            ("Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T21:00:00Z", "2026-10-25"),
            ("America/New_York", "2026-03-08T03:00:00Z", "2026-03-09T02:00:00Z", "2026-03-08"),
            ("Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T11:30:00Z", "2026-04-05"),
        ],
    )
    async def test_it_is_by_the_merchants_clock_whenever_that_changes(
        self, api: Api, zone: str, now: str, cut_off: str, earliest: str
    ) -> None:
        """At ten in the evening there."""
        api.world.clock.forward(datetime.fromisoformat(now).astimezone(UTC) - api.world.clock.now())
        await change(api, timeZone=zone, cutOffTime="22:00")
        dates = "{ merchant { nextCutOff earliestDeliveryDate } }"
        found = (await api.ask(dates, actor=api.world.shop.guest)).data["merchant"]
        assert found == {"nextCutOff": cut_off, "earliestDeliveryDate": earliest}

    async def test_without_one_the_day_is_the_merchants(self, api: Api) -> None:
        dates = "{ merchant { cutOffTime nextCutOff earliestDeliveryDate } }"
        for hours, day in ((0, "2026-03-02"), (12, "2026-03-03")):
            api.world.clock.forward(timedelta(hours=hours))
            found = (await api.ask(dates, actor=api.world.shop.guest)).data["merchant"]
            assert found == {"cutOffTime": None, "nextCutOff": None, "earliestDeliveryDate": day}


@pytest.mark.parametrize("storage_name", ["sqlite", "postgres"])
async def test_settings_cost_an_order_and_home_no_statement(api: Api) -> None:
    world, shop = api.world, api.world.shop

    async def spent(key: str) -> tuple[int, int]:
        before = world.database.statements
        ordered(world, key=key)
        placed = world.database.statements
        await api.ask(HOME, {"category": None}, actor=shop.buyer())
        return placed - before, world.database.statements - placed

    await spent("first")
    plain = await spent("plain")
    assert plain[0] <= 12 and plain[1] == 3, plain
    await change(
        api,
        stockDisplay="BANDED",
        orderMinimumAmount="1",
        cutOffTime="17:30",
        deliveryLeadDays=1,
        guestPrices=True,
    )
    assert await spent("after") == plain
    print(f"\nstatements, {world.database.url.partition(':')[0]}: {plain}")  # type: ignore[attr-defined]  # no port has it


class TestPriceStrategy:
    """The lowest price counts where the merchant says so, wherever a price is shown or charged."""

    PRICES = """query ($lines: [OrderLineInput!]!) {
      sku(code: "WATER-550") { price(quantity: "24") { ...Price } }
      products(first: 100) { nodes { skus { code price(quantity: "24") { ...Price } } } }
      quote(input: {lines: $lines}) { lines { unitPrice { amount } source priceTrace {
        source tier { code } outcome minQuantity before { amount } after { amount } } } } }
      fragment Price on SkuPrice { unitPrice { amount } source breaks { minQuantity unitPrice { amount } } }"""

    async def prices(self, api: Api) -> tuple[Any, Any]:
        """What a VIP pays for water, which has to be the same everywhere, and how that came about."""
        asked = {"lines": [line("WATER-550", 24)]}
        found = (await api.ask(self.PRICES, asked, actor=api.world.shop.buyer("vip"))).data
        price = found["sku"]["price"]
        [listed] = [
            sku["price"]
            for product in found["products"]["nodes"]
            for sku in product["skus"]
            if sku["code"] == "WATER-550"
        ]
        [quoted] = found["quote"]["lines"]
        assert listed == price
        assert (quoted["unitPrice"], quoted["source"]) == (price["unitPrice"], price["source"])
        placed = await place(api, *asked["lines"], key=price["source"], actor=api.world.shop.buyer("vip"))
        assert placed["errors"] == []
        total = Decimal(placed["order"]["total"]["amount"])
        assert total == Decimal(price["unitPrice"]["amount"]) * 24
        return price, quoted["priceTrace"]

    async def test_chooses_the_lowest_everywhere_and_tells_why(self, api: Api) -> None:
        base = AskedPrice(
            sku_code=SkuCode("WATER-550"),
            rungs=(AskedRung(min_quantity=Decimal(12), unit_price=Decimal("0.90")),),
        )
        api.world.use.set_prices(actor=api.world.shop.clerk, prices=[base])
        price, trace = await self.prices(api)
        assert price == {
            "unitPrice": {"amount": "1.00"},
            "source": "PRICE_LIST",
            "breaks": [{"minQuantity": "1", "unitPrice": {"amount": "1.00"}}],
        }
        assert [(one["source"], one["outcome"]) for one in trace][-1] == ("PRICE_LIST", "APPLIED")
        assert (await change(api, priceStrategy="LOWEST"))["errors"] == []
        price, trace = await self.prices(api)
        assert price["source"] == trace[-2]["source"] == "TIER"
        assert trace[-1] == {
            "source": "PRICE_LIST",
            "tier": {"code": "VIP"},
            "outcome": "NOT_LOWER",
            "minQuantity": "1",
            "before": price["unitPrice"],
            "after": price["unitPrice"],
        }
        assert [one["minQuantity"] for one in price["breaks"]] == ["1", "12"]

    async def test_is_for_staff_to_see(self, api: Api) -> None:
        for actor in (api.world.shop.buyer(), api.world.shop.guest):
            assert (await api.ask("{ merchant { priceStrategy } }", actor=actor)).code in (
                "FORBIDDEN",
                "UNAUTHENTICATED",
            )


async def test_a_row_of_another_merchant_stays(api: Api) -> None:
    other = api.world.other.clerk
    document = "{ merchant { name settingsVersion stockDisplay } }"
    before = (await api.ask(document, actor=other)).data
    await change(api, name="新", stockDisplay="HIDDEN")
    assert (await api.ask(document, actor=other)).data == before
