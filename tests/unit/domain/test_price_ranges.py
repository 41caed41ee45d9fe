"""Ranges of prices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Currency, UnitPrice
from domain.price_ranges import PriceRange, parted, usual_edges
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


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([], [(None, None)]),
        (["5"], [(None, "5"), ("5", None)]),
        (["5", "2", "5.00"], [(None, "2"), ("2", "5"), ("5", None)]),
    ],
)
def test_every_price_is_in_one_of_those_between_edges(
    edges: list[str], expected: list[tuple[str | None, str | None]]
) -> None:
    found = parted(map(yuan, edges))
    assert [*found] == [
        PriceRange(*(None if one is None else yuan(one) for one in ends)) for ends in expected
    ]
    for price in ("0", "1.9999", "2", "4.99", "5", "99"):
        assert sum(yuan(price) in one for one in found) == 1


@pytest.mark.parametrize(
    ("prices", "edges"),
    [
        ([], []),
        (["3"], []),
        (["3", "3", "3", "3", "3.01"], []),
        (["0", "0", "0", "7.77", "7.77"], ["7.7"]),
        (["1.25", "2.5", "3.75", "5", "12.34"], ["2.5", "3.7", "5", "12"]),
        ([str(price) for price in range(1, 101)], ["21", "41", "61", "81"]),
        (["0.0375", "0.0412", "0.05", "0.06", "987.65"], ["0.041", "0.05", "0.06", "980"]),
    ],
)
def test_usual_edges_part_prices_evenly(prices: list[str], edges: list[str]) -> None:
    for some in (prices, prices[::-1]):
        assert [*usual_edges(map(yuan, some))] == [*map(yuan, edges)]


@given(st.lists(st.integers(0, 10**7), max_size=60))
def test_usual_edges_leave_nothing_out_and_no_range_empty_below(prices: list[int]) -> None:
    known = [UnitPrice(one, Currency.CNY) for one in prices]
    edges = usual_edges(known)
    ranges = parted(edges)
    counts = [sum(price in one for price in known) for one in ranges]
    assert sum(counts) == len(known) and len(edges) < 5
    assert not known or (counts[0] > 0 and counts[-1] > 0)


@pytest.mark.parametrize("end", [UnitPrice(10_000, Currency.CNY), UnitPrice(20_000, Currency.USD)])
def test_there_is_something_in_them(end: UnitPrice) -> None:
    with pytest.raises(ValueError, match=r"ends above|do not meet"):
        PriceRange(yuan("1"), end)
