"""A merchant cannot be set up wrong."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identity import MerchantId, StaffId
from domain.merchant import Merchant, Staff
from domain.money import Currency
from domain.quantity import Quantity

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


@pytest.mark.parametrize("zone", ["", "Asia", "Asia/Nowhere", "../etc", "/etc/passwd", "a\0b"])
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
