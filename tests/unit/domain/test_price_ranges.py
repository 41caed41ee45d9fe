"""Ranges of prices."""

from __future__ import annotations

import pytest

from domain.money import Currency, UnitPrice
from domain.price_ranges import PriceRange
from kit.builders import yuan


@pytest.mark.parametrize(
    ("start", "end", "within"),
    [
        (None, None, ["0", "1", "1.9999", "2", "99"]),
        ("1", None, ["1", "1.9999", "2", "99"]),
        (None, "2", ["0", "1", "1.9999"]),
        ("1", "2", ["1", "1.9999"]),
    ],
)
def test_they_begin_with_their_start_and_end_before_their_end(
    start: str | None, end: str | None, within: list[str]
) -> None:
    low, high = (None if one is None else yuan(one) for one in (start, end))
    some = PriceRange(low, high)
    assert [price for price in ("0", "1", "1.9999", "2", "99") if yuan(price) in some] == within


@pytest.mark.parametrize("end", [UnitPrice(10_000, Currency.CNY), UnitPrice(20_000, Currency.USD)])
def test_there_is_something_in_them(end: UnitPrice) -> None:
    with pytest.raises(ValueError, match=r"ends above|do not meet"):
        PriceRange(yuan("1"), end)
