"""Settings: what is given is changed, all of it or nothing, and the trail says what it was and is."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import (
    Actor,
    Forbidden,
    HiddenReason,
    Permission,
    Unauthenticated,
    stock_figure_hidden_from,
    stock_shown_to,
)
from application.merchant import AskedSettings
from application.views.pages import Window
from application.views.stock_levels import StockBand, StockLevel, StockSight
from application.views.trail import ANY_ENTRY
from domain.catalog import StockStatus
from domain.errors import DomainError, Refused
from domain.merchant import (
    InvalidSetting,
    MarginGuard,
    Merchant,
    PaymentMethod,
    PriceStrategy,
    SettingsChanged,
    StockDisplay,
)
from domain.money import Currency, Money, Rounding
from kit import builders as a
from kit.world import World, furnish


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def change(world: World, *, by: Actor | None = None, seen: int = 0, **asked: Any) -> Merchant:
    actor = by or world.shop.colleague(Permission.MANAGE_SETTINGS)
    return world.use.set_merchant_settings(actor=actor, asked=AskedSettings(**asked), seen=seen)


def refusals(world: World, **asked: Any) -> tuple[DomainError, ...]:
    with pytest.raises(Refused) as caught:
        change(world, **asked)
    return caught.value.refusals


async def noted(world: World) -> list[tuple[str, str, dict[str, tuple[str | None, str | None]]]]:
    book = world.views(world.shop.clerk).trail
    found = await book.entries(window=Window(size=100), filter=ANY_ENTRY, count=False)
    return [
        (
            edge.node.operation,
            edge.node.about_id,
            {name: (before, after) for name, before, after in edge.node.facts},
        )
        for edge in reversed(found.edges)
    ]


class TestChanging:
    async def test_changes_what_is_given_and_notes_it(self, world: World) -> None:
        found = change(
            world,
            name=" 新名字 ",
            logo="https://example.com/logo.png",
            time_zone="Europe/Berlin",
            guest_prices=True,
            stock_display=StockDisplay.BANDED,
            low_stock=Decimal("7.5"),
            order_minimum_amount=Decimal(200),
            cut_off_time="17:30",
            delivery_lead_days=2,
            price_strategy=PriceStrategy.LOWEST,
            margin_guard=MarginGuard.BLOCK,
            order_rounding=Rounding.FEN,
            payment_methods=[PaymentMethod.ALIPAY, PaymentMethod.BANK_TRANSFER],
        )
        assert (found.name, found.logo, found.low_stock) == (
            "新名字",
            "https://example.com/logo.png",
            a.pieces("7.5"),
        )
        assert (found.order_minimum_amount, found.cut_off_time) == (Money(20_000, Currency.CNY), time(17, 30))
        assert found.payment_methods == {PaymentMethod.ALIPAY, PaymentMethod.BANK_TRANSFER}
        assert found.version == 1
        again = change(world, seen=1, logo=None, order_minimum_amount=None, cut_off_time=None)
        assert (again.logo, again.order_minimum_amount, again.cut_off_time, again.name) == (
            None,
            None,
            None,
            "新名字",
        )
        first, second = await noted(world)
        assert first == (
            "setMerchantSettings",
            world.shop.merchant.id,
            {
                "name": (world.shop.merchant.name, "新名字"),
                "logo": ("", "https://example.com/logo.png"),
                "timeZone": ("Asia/Shanghai", "Europe/Berlin"),
                "guestPrices": ("false", "true"),
                "stockDisplay": ("EXACT", "BANDED"),
                "lowStock": ("20", "7.5"),
                "orderMinimumAmount": ("", "200.00"),
                "cutOffTime": ("", "17:30"),
                "deliveryLeadDays": ("0", "2"),
                "priceStrategy": ("PRIORITY", "LOWEST"),
                "marginGuard": ("NONE", "BLOCK"),
                "orderRounding": ("NONE", "FEN"),
                "paymentMethods": ("BANK_TRANSFER CASH_ON_DELIVERY", "ALIPAY BANK_TRANSFER"),
            },
        )
        assert second[2] == {
            "logo": ("https://example.com/logo.png", ""),
            "orderMinimumAmount": ("200.00", ""),
            "cutOffTime": ("17:30", ""),
        }

    async def test_leaves_nothing_where_nothing_changes(self, world: World) -> None:
        assert change(world) == world.shop.merchant
        assert change(world, name=world.shop.merchant.name, cut_off_time=None).version == 0
        assert await noted(world) == []

    async def test_refuses_what_was_changed_since_it_was_seen(self, world: World) -> None:
        change(world, name="一")
        assert refusals(world, name="二") == (SettingsChanged(1),)
        assert refusals(world, name="二", seen=2) == (SettingsChanged(1),)
        assert [facts["name"][1] for _, _, facts in await noted(world)] == ["一"]

    async def test_names_everything_that_is_wrong_and_changes_nothing(self, world: World) -> None:
        found = refusals(
            world,
            seen=5,
            name=" ",
            time_zone="Asia/Nowhere",
            guest_prices=True,
            low_stock=Decimal(-1),
            payment_methods=[],
            delivery_lead_days=61,
            logo="http://example.com",
            order_minimum_amount=Decimal(0),
            cut_off_time="24:00",
        )
        assert found == (
            SettingsChanged(0),
            InvalidSetting("name", "NOT_A_NAME"),
            InvalidSetting("timeZone", "UNKNOWN_ZONE"),
            InvalidSetting("lowStock", "NOT_A_QUANTITY"),
            InvalidSetting("paymentMethods", "NONE"),
            InvalidSetting("deliveryLeadDays", "OUT_OF_RANGE"),
            InvalidSetting("logo", "NOT_A_LOGO"),
            InvalidSetting("orderMinimumAmount", "NOT_AN_AMOUNT"),
            InvalidSetting("cutOffTime", "NOT_A_TIME"),
        )
        assert change(world) == world.shop.merchant
        assert await noted(world) == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"low_stock": Decimal("0.0001")},
            {"low_stock": Decimal("1e30")},
            {"order_minimum_amount": Decimal("1.001")},
            {"order_minimum_amount": Decimal("12.340000000000000000000000000001")},
            {"order_minimum_amount": Decimal("1e30")},
            {"order_minimum_amount": Decimal(-5)},
            {"order_minimum_amount": Decimal("NaN")},
            *({"cut_off_time": text} for text in ("", "7:30", "17:60", "17:30:00", "１７:30", "17:30\n")),
        ],
    )
    def test_refuses_what_is_none(self, world: World, wrong: dict[str, Any]) -> None:
        assert [type(one) for one in refusals(world, **wrong)] == [InvalidSetting]

    def test_is_for_those_who_may(self, world: World) -> None:
        for actor in (
            world.shop.buyer("vip"),
            world.shop.colleague(*(set(Permission) - {Permission.MANAGE_SETTINGS})),
        ):
            with pytest.raises(Forbidden):
                change(world, by=actor, name="二")
        with pytest.raises(Unauthenticated):
            change(world, by=world.shop.guest, name="二")


def eyes(world: World, display: StockDisplay) -> dict[str, Actor]:
    """Everybody of a merchant who shows the stock so."""
    merchant = change(world, stock_display=display)
    shop = world.shop
    buyer, clerk = shop.buyer(), shop.clerk
    assert buyer.customer_id is not None
    return {
        "guest": Actor.guest(merchant),
        "buyer": Actor.buyer(
            merchant,
            id=shop.buyers["regular"].id,
            customer_id=buyer.customer_id,
            role=shop.buyers["regular"].role,
        ),
        "staff": Actor.staff(merchant, id=shop.staff["clerk"].id, granted=clerk.permissions),
        "operator": Actor.operator(merchant),
    }


class TestStockSight:
    HIDDEN: ClassVar = {
        StockDisplay.EXACT: (HiddenReason.LOGIN_REQUIRED, None),
        StockDisplay.BANDED: (HiddenReason.LOGIN_REQUIRED, HiddenReason.MERCHANT_HIDES),
        StockDisplay.HIDDEN: (HiddenReason.MERCHANT_HIDES, HiddenReason.MERCHANT_HIDES),
    }

    @pytest.mark.parametrize("display", StockDisplay)
    def test_staff_see_figures_and_others_what_the_merchant_shows(
        self, world: World, display: StockDisplay
    ) -> None:
        seen = eyes(world, display)
        assert (stock_figure_hidden_from(seen["guest"]), stock_figure_hidden_from(seen["buyer"])) == (
            self.HIDDEN[display]
        )
        for name in ("staff", "operator"):
            assert stock_figure_hidden_from(seen[name]) is None
            assert stock_shown_to(seen[name]) is StockDisplay.EXACT
            level = StockSight.of(seen[name]).level(a.pieces(7), low_stock=None)
            assert level == StockLevel(StockStatus.LOW, a.pieces(7))

    @pytest.mark.parametrize(
        ("display", "guest", "buyer"),
        [
            (StockDisplay.EXACT, StockStatus.LOW, StockStatus.LOW),
            (StockDisplay.BANDED, StockStatus.LOW, StockStatus.LOW),
            (StockDisplay.HIDDEN, StockStatus.IN_STOCK, StockStatus.IN_STOCK),
        ],
    )
    def test_what_is_hidden_says_no_more_than_whether_there_is_something(
        self, world: World, display: StockDisplay, guest: StockStatus, buyer: StockStatus
    ) -> None:
        seen = eyes(world, display)
        for name, expected in (("guest", guest), ("buyer", buyer)):
            sight = StockSight.of(seen[name])
            assert sight.level(a.pieces(7), low_stock=None).status is expected
            assert sight.level(a.pieces(7), low_stock=a.pieces(8)).status is expected
            assert sight.level(a.pieces(0), low_stock=None).status is StockStatus.OUT_OF_STOCK
            if (name, display) != ("buyer", StockDisplay.EXACT):
                assert sight.level(a.pieces(7), low_stock=None).available is None

    def test_only_buyers_see_the_band(self, world: World) -> None:
        seen = eyes(world, StockDisplay.BANDED)
        band = StockBand(a.pieces(1), a.pieces(10))
        assert StockSight.of(seen["buyer"]).level(a.pieces(7), low_stock=None).available_band == band
        for name in ("guest", "staff"):
            assert StockSight.of(seen[name]).level(a.pieces(7), low_stock=None).available_band is None

    def test_it_is_the_very_same_for_those_who_see_the_same(self, world: World) -> None:
        assert StockSight.of(world.shop.buyer()) is StockSight.of(world.shop.buyer("vip"))


@pytest.mark.parametrize(
    ("available", "at_least", "below"),
    [
        ("0", "0", "1"),
        ("0.999", "0", "1"),
        ("1", "1", "10"),
        ("9.999", "1", "10"),
        ("10", "10", "50"),
        ("99", "50", "100"),
        ("100", "100", "500"),
        ("999.999", "500", "1000"),
        ("1000", "1000", None),
        ("1000000", "1000", None),
    ],
)
def test_bands_begin_with_their_number(available: str, at_least: str, below: str | None) -> None:
    expected = StockBand(a.pieces(at_least), None if below is None else a.pieces(below))
    assert StockBand.of(a.pieces(available)) == expected
