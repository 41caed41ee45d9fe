"""Prices through the API: by quantity and unit, from exact decimal numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit import builders as a
from kit.api import Api, open_api
from kit.world import World


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    async with open_api(world) as opened:
        yield opened


class TestPrices:
    QUERY = """query ($c: String, $q: Decimal, $u: String) {
      sku(code: $c) {
        price(quantity: $q, unit: $u) { unitPrice { amount } appliedFromQuantity validUntil }
        priceHidden(quantity: $q, unit: $u)
      }
    }"""

    @pytest.mark.parametrize(
        ("quantity", "unit", "amount", "reached"),
        [
            ("1", None, "3.50", "1"),
            (24, "bottle", "3.30", "24"),
            ("1", "箱", "79.20", "24"),
            ("10.0", "case", "74.40", "240"),
            (None, None, "3.50", "1"),
            (1e2, None, "3.30", "24"),
        ],
    )
    async def test_depend_on_quantity_and_unit(
        self, api: Api, quantity: object, unit: str | None, amount: str, reached: str
    ) -> None:
        asked = {"c": "TEA-500", "q": quantity, "u": unit}
        found = (await api.ask(self.QUERY, asked, actor=api.world.shop.buyer())).data["sku"]
        assert found["price"]["unitPrice"] == {"amount": amount}
        assert (found["price"]["appliedFromQuantity"], found["priceHidden"]) == (reached, None)

    @pytest.mark.parametrize(
        ("quantity", "unit"),
        [("0", None), ("-1", None), ("1", "pallet"), ("1", ""), ("1.23456", None), ("1e30", None)],
    )
    async def test_refuse_a_wrong_unit_or_quantity_where_it_was_asked(
        self, api: Api, quantity: str, unit: str | None
    ) -> None:
        asked = {"c": "TEA-500", "q": quantity, "u": unit}
        answered = await api.ask(self.QUERY, asked, actor=api.world.shop.buyer())
        assert {(error["extensions"]["code"], tuple(error["path"])) for error in answered.errors} == {
            ("BAD_USER_INPUT", ("sku", "price")),
            ("BAD_USER_INPUT", ("sku", "priceHidden")),
        }

    async def test_stand_beside_a_reason_where_a_ladder_begins_higher(self, api: Api) -> None:
        shop = api.world.shop
        with api.world.database.unit_of_work(shop.clerk) as storage:
            change = a.ladder((10, "1.00"))
            from domain.pricing import PriceChange, PricesSet

            cup = shop.sku("CUP").id
            base = shop.lists["base"].id
            fact = PricesSet(at=a.NOON, list_id=base, sku_ids=(cup,))
            storage.prices.set([PriceChange(base, cup, change)], event=fact)
        for quantity, hidden in (("1", "NO_PRICE"), ("10", None)):
            found = await api.ask(self.QUERY, {"c": "CUP", "q": quantity}, actor=shop.buyer())
            assert found.data["sku"]["priceHidden"] == hidden
            assert (found.data["sku"]["price"] is None) is (hidden is not None)

    async def test_are_looked_at_where_only_the_reason_is_asked_for(self, api: Api) -> None:
        query = '{ sku(code: "TEA-500") { priceHidden } }'
        assert (await api.ask(query, actor=api.world.shop.buyer())).data["sku"] == {"priceHidden": None}

    async def test_show_packs_as_exact_ratios(self, api: Api) -> None:
        query = """{ sku(code: "RICE") {
          unit { decimals } packs { unit { name decimals } factor { numerator denominator } }
        } }"""
        assert (await api.ask(query, actor=api.world.shop.guest)).data["sku"] == {
            "unit": {"decimals": 3},
            "packs": [{"unit": {"name": "斤", "decimals": 2}, "factor": {"numerator": 1, "denominator": 2}}],
        }


class TestDecimals:
    QUERY = 'query ($q: Decimal) { sku(code: "TEA-500") { price(quantity: $q) { source } } }'

    @pytest.mark.parametrize(
        "value",
        ["NaN", "Infinity", "-Infinity", "1e31", "1e-31", "1" * 31, "", " 1", "1_0", "１", "0x1", "1e999999",
         True, [1], {"a": 1}, 0.1234567890123456, 12345678901234567890.0, "一"],
    )  # fmt: skip
    async def test_are_exact_or_refused(self, api: Api, value: object) -> None:
        answered = await api.ask(self.QUERY, {"q": value}, actor=api.world.shop.buyer())
        assert answered.code == "BAD_USER_INPUT"
        assert "path" not in answered.errors[0]

    @pytest.mark.parametrize("literal", ["NaN", "true", "[1]", '"1e99"', "1e99", '""', "{a: 1}", "1e31"])
    async def test_are_exact_or_refused_in_documents(self, api: Api, literal: str) -> None:
        document = f'{{ sku(code: "TEA-500") {{ price(quantity: {literal}) {{ source }} }} }}'
        answered = await api.ask(document, actor=api.world.shop.buyer())
        assert answered.code == "GRAPHQL_VALIDATION_FAILED"

    @pytest.mark.parametrize("literal", ["1", "1.0", '"1"', "24.000", "1e1", "10E0"])
    async def test_are_read_in_documents(self, api: Api, literal: str) -> None:
        document = f'{{ sku(code: "TEA-500") {{ price(quantity: {literal}) {{ source }} }} }}'
        assert (await api.ask(document, actor=api.world.shop.buyer())).data["sku"]["price"] == {
            "source": "BASE"
        }
