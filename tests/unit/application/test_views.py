"""What readers are given decides a little by itself: how long a page is, and what a card costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from application.authorization import HiddenReason
from application.views.catalog import SkuCard
from application.views.pages import LARGEST_PAGE, USUAL_PAGE, InvalidPage, Window
from domain.merchant import PriceRules
from domain.price_choice import SkuPrices
from kit.builders import NOON, SeededIds, case_of, ladder, pieces, price_list, product, sku

IDS = SeededIds()
TEA = sku(IDS, packs=[case_of(24)])
CARD = SkuCard(
    id=TEA.id,
    code=TEA.code,
    name=TEA.name,
    product_id=product(IDS).id,
    unit=TEA.unit,
    packs=TEA.packs,
    min_quantity=TEA.rule.minimum,
    quantity_step=TEA.rule.step,
    prices=SkuPrices.of({price_list(IDS): ladder((1, "3.50"), (24, "3.30"))}, at=NOON, rules=PriceRules(2)),
)


class TestWindow:
    @pytest.mark.parametrize(
        ("asked", "size", "backwards"),
        [
            ({}, USUAL_PAGE, False),
            ({"first": 1}, 1, False),
            ({"first": LARGEST_PAGE}, LARGEST_PAGE, False),
            ({"last": 5}, 5, True),
        ],
    )
    def test_is_as_long_as_asked_for(self, asked: dict[str, Any], size: int, backwards: bool) -> None:
        window = Window.of(**asked, after=(1, "a"), before=(2, "b"))
        assert window == Window(size=size, after=(1, "a"), before=(2, "b"), backwards=backwards)

    @pytest.mark.parametrize(
        "asked",
        [{"first": 0}, {"first": LARGEST_PAGE + 1}, {"last": 0}, {"first": -1}, {"first": 1, "last": 1}],
    )
    def test_is_one_to_a_hundred_rows_from_one_end(self, asked: dict[str, Any]) -> None:
        with pytest.raises(InvalidPage):
            Window.of(**asked)


class TestSkuCard:
    def test_prices_one_of_the_unit_at_the_quantity_of_it(self) -> None:
        prices = [
            CARD.price(quantity=Decimal(many), unit=unit) for many, unit in ((1, None), (24, "瓶"), (1, "箱"))
        ]
        assert [price and price.unit_price.amount for price in prices] == ["3.50", "3.30", "79.20"]

    def test_shows_no_price_that_is_hidden(self) -> None:
        hidden = CARD._replace(price_hidden=HiddenReason.LOGIN_REQUIRED)
        assert hidden.price(quantity=Decimal(1), unit=None) is None

    def test_says_nothing_where_nobody_has_a_price(self) -> None:
        assert CARD.price(quantity=Decimal("0.5"), unit=None) is None

    @pytest.mark.parametrize(
        ("quantity", "unit"),
        [
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("1E+400", None),
            ("0.0001", None),
            ("1", "托"),
            ("1", ""),
        ],
    )
    def test_refuses_what_cannot_be_priced(self, quantity: str, unit: str | None) -> None:
        with pytest.raises(ValueError, match=r"unit|zero|number"):
            CARD.price(quantity=Decimal(quantity), unit=unit)

    def test_is_sold_in_what_its_sku_is_sold_in(self) -> None:
        for unit in (None, "瓶", "bottle", "箱", "case", "托", ""):
            assert CARD.sold_in(unit) == TEA.sold_in(unit)
        assert CARD.min_quantity == pieces(1)
