"""A merchant cannot be set up wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from domain.delivery import DeliveryCalendar
from domain.identity import MerchantId, StaffId
from domain.merchant import (
    LARGEST_MINIMUM,
    Logo,
    Merchant,
    MerchantName,
    SettingsChanged,
    Staff,
    StockDisplay,
)
from domain.money import Currency, Money
from domain.quantity import Quantity
from kit.builders import NOON

ID = MerchantId.of(bytes(16))


def merchant(**settings: Any) -> Merchant:
    return Merchant(**({"id": ID, "slug": "shanquan", "name": "山泉"} | settings))


def test_sells_in_yuan_and_hides_prices_from_guests_unless_told() -> None:
    usual = merchant()
    assert usual.currency is Currency.CNY
    assert usual.time_zone == "Asia/Shanghai"
    assert usual.price_scale == 2
    assert not usual.guest_prices
    assert usual.low_stock == Quantity(20_000)
    assert usual.stock_display is StockDisplay.EXACT
    assert (usual.logo, usual.order_minimum_amount, usual.cut_off_time) == (None, None, None)
    assert usual.deliveries.earliest(at=NOON) == date(2026, 3, 2)


@pytest.mark.parametrize("slug", ["a", "0", "a-b", "a--b", "a" * 63])
def test_takes_a_slug_that_fits_a_host_name(slug: str) -> None:
    assert merchant(slug=slug).slug == slug


@pytest.mark.parametrize("slug", ["", "-", "-a", "a-", "A", "a b", "山", "a" * 64, "a\n", "a_b"])
def test_refuses_a_slug_that_does_not(slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        merchant(slug=slug)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Urumqi", "Europe/Berlin"])
def test_takes_a_time_zone_that_is_known(zone: str) -> None:
    assert merchant(time_zone=zone).time_zone == zone


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Asia",
        "Asia/Nowhere",
        "../etc",
        "/etc/passwd",
        "a\0b",
        "\ud800",
        "localtime",
        "posix/Asia/Shanghai",
        "right/UTC",
        "x" * 60_000,
    ],
)
def test_refuses_a_time_zone_that_is_not(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        merchant(time_zone=zone)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_takes_two_to_four_decimals_of_a_price(scale: int) -> None:
    assert merchant(price_scale=scale).price_scale == scale


@pytest.mark.parametrize("scale", [1, 5, -2])
def test_refuses_other_decimals_of_a_price(scale: int) -> None:
    with pytest.raises(ValueError, match="price_scale"):
        merchant(price_scale=scale)


def test_has_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        merchant(name="")


def test_gives_staff_no_permissions_unless_told() -> None:
    assert Staff(id=StaffId.of(bytes(16)), name="王店长").permissions == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "https://cdn.example.com:8443/a/b.png?v=2&w=1",
        "https://xn--fiqs8s.xn--fiqs8s/",
        "logo",
        "logos/shanquan-1.svg",
        "9f86d081",
    ],
)
def test_takes_a_logo_at_an_address_or_by_reference(text: str) -> None:
    assert Logo(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " logo",
        "http://example.com/",
        "HTTPS://example.com/",
        "https://",
        "https://example",
        "https://192.0.2.7/x",
        "https://[2001:db8::1]/",
        "https://user:pass@example.com/",
        "https://example.com\\@evil.com/",
        "https://example.com/ x",
        "https://example.com/<script>",
        'https://example.com/"',
        "https://example.com/\n",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "//example.com/x",
        "/etc/passwd",
        "../logo",
        "a/../b",
        "a//b",
        "标志",
        "x" * 501,
    ],
)
def test_refuses_any_other_logo(text: str) -> None:
    with pytest.raises(ValueError, match="https address or a reference"):
        Logo(text)


def test_has_a_name_of_a_length_when_its_staff_give_it() -> None:
    assert MerchantName(" 山泉 ") == "山泉"
    for name in ("", "x" * 101, "a\nb"):
        with pytest.raises(ValueError, match="MerchantName"):
            MerchantName(name)


@pytest.mark.parametrize(
    "minimum",
    [
        Money(0, Currency.CNY),
        Money(-1, Currency.CNY),
        Money(LARGEST_MINIMUM + 1, Currency.CNY),
        Money(1, Currency.USD),
    ],
)
def test_refuses_an_order_minimum_of_nothing_or_of_other_money(minimum: Money) -> None:
    with pytest.raises(ValueError, match="order minimum"):
        merchant(order_minimum_amount=minimum)


def test_stock_is_never_low_below_nothing() -> None:
    with pytest.raises(ValueError, match="low_stock"):
        merchant(low_stock=Quantity(-1))


def test_cannot_have_a_calendar_that_cannot_be() -> None:
    for wrong in ({"cut_off_time": time(1, 1, 1)}, {"delivery_lead_days": -1}):
        with pytest.raises(ValueError, match=r"hour and a minute|lead_days"):
            merchant(**wrong)
    found = merchant(time_zone="Europe/Berlin", cut_off_time=time(17), delivery_lead_days=2)
    assert found.deliveries == DeliveryCalendar(time_zone="Europe/Berlin", cut_off_time=time(17), lead_days=2)


class TestChanging:
    def test_changes_what_is_given_and_counts(self) -> None:
        changed = merchant().change({"name": "海韵", "guest_prices": True}, seen=0)
        assert changed == merchant(name="海韵", guest_prices=True, version=1)

    def test_stays_the_same_where_nothing_changes(self) -> None:
        before = merchant()
        assert before.change({"name": before.name}, seen=0) is before
        assert before.change({}, seen=0) is before

    @pytest.mark.parametrize("seen", [-1, 0, 2])
    def test_refuses_to_change_what_was_not_seen(self, seen: int) -> None:
        with pytest.raises(SettingsChanged) as refused:
            merchant(version=1).change({"name": "海韵"}, seen=seen)
        assert refused.value == SettingsChanged(1)


def test_a_day_ends_where_the_merchant_is() -> None:
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)
    here = merchant()
    assert here.day_of(midnight - timedelta(microseconds=1)) == date(2026, 3, 1)
    assert here.day_of(midnight) == date(2026, 3, 2)
