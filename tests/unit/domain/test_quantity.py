"""Quantities are exact thousandths, or refuse to be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quantity import LARGEST, LARGEST_FACTOR, NONE, Factor, Quantity, decimal_text, scaled
from kit import strategies as some

thousandths = st.integers(-LARGEST, LARGEST)


@given(thousandths)
def test_reads_back_what_it_writes(number: int) -> None:
    assert Quantity.of(str(Quantity(number))) == Quantity(number)


@given(thousandths)
def test_writes_a_plain_decimal_number_without_trailing_zeros(number: int) -> None:
    text = decimal_text(number)
    assert Decimal(text) == Decimal(number) / 1000
    assert "E" not in text
    assert "." not in text or not text.endswith(("0", "."))


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (1, "0.001"), (-1, "-0.001"), (2500, "2.5"), (-12_000, "-12"), (10_010, "10.01")],
)
def test_writes_thousandths_as_people_do(number: int, text: str) -> None:
    assert str(Quantity(number)) == text


@given(
    st.decimals(allow_nan=True, allow_infinity=True)
    | st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(), st.integers(0, 40))
)
def test_takes_a_decimal_exactly_or_not_at_all(number: Decimal) -> None:
    exact = number.is_finite() and abs(number.adjusted()) < 50 and Fraction(number) * 1000
    try:
        assert Quantity.of(number).thousandths == exact
    except ValueError:
        assert not number.is_finite() or Fraction(number) * 1000 % 1 or abs(number) > LARGEST // 1000


@pytest.mark.parametrize(
    "number",
    [
        *(Decimal(text) for text in ("NaN", "sNaN", "Infinity", "-Infinity", "1E+400", "1E-10", "1E+999999")),
        Decimal("1.00000000000000000000000000000000000001"),
        Decimal("1E-999999"),
        "1.0001",
        "",
        "one",
        "1000000000.001",
        "-1000000000.001",
        None,
        [],
    ],
)
def test_refuses_what_is_no_quantity(number: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Quantity.of(number)


@pytest.mark.parametrize("number", ["-0", "0E+999999", "0.000", "0E-400", "-0.0"])
def test_knows_one_zero(number: str) -> None:
    assert Quantity.of(Decimal(number)) == NONE
    assert str(Quantity.of(number)) == "0"
    assert not Quantity.of(number)


def test_takes_the_largest_and_nothing_beyond() -> None:
    assert Quantity.of("1000000000").thousandths == LARGEST
    assert Quantity(-LARGEST).thousandths == -LARGEST
    for beyond in (LARGEST + 1, -LARGEST - 1):
        with pytest.raises(ValueError, match="thousandths"):
            Quantity(beyond)
    with pytest.raises(ValueError, match="thousandths"):
        _ = Quantity(LARGEST) + Quantity(1)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_adds_subtracts_and_compares_as_numbers_do(left: int, right: int) -> None:
    one, other = Quantity(left), Quantity(right)
    assert (one + other).thousandths == left + right
    assert (one - other).thousandths == left - right
    assert -one == NONE - one
    assert (one < other, one <= other) == (left < right, left <= right)
    assert bool(one) is (left != 0)


def test_is_never_a_float() -> None:
    with pytest.raises(TypeError):
        Quantity(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Factor(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Factor(1, 1.5)  # type: ignore[arg-type]


@given(st.integers(1, LARGEST_FACTOR), st.integers(1, LARGEST_FACTOR), thousandths)
def test_converts_exactly_or_not_at_all(numerator: int, denominator: int, number: int) -> None:
    exact = Fraction(number * numerator, denominator)
    converted = Factor(numerator, denominator).times(Quantity(number))
    if exact.denominator == 1 and abs(exact) <= LARGEST:
        assert converted == Quantity(int(exact))
    else:
        assert converted is None


@given(some.factors, st.integers(1, 10**6))
def test_converts_whole_multiples_of_the_denominator(factor: Factor, number: int) -> None:
    assert factor.times(Quantity(number * factor.denominator)) == Quantity(number * factor.numerator)


@pytest.mark.parametrize(
    ("factor", "most"), [(Factor(1000), LARGEST // 1000), (Factor(1000, 3), LARGEST // 1000 * 3)]
)
def test_converts_up_to_the_largest_quantity(factor: Factor, most: int) -> None:
    assert factor.times(Quantity(most)) == Quantity(LARGEST)
    assert factor.times(Quantity(-most)) == Quantity(-LARGEST)
    assert factor.times(Quantity(most + 3)) is None
    assert factor.times(Quantity(-most - 3)) is None


@pytest.mark.parametrize(
    "ratio", [(0, 1), (1, 0), (-1, 1), (1, -1), (LARGEST_FACTOR + 1, 1), (1, LARGEST_FACTOR + 1)]
)
def test_a_factor_is_a_ratio_of_two_numbers_up_to_a_million(ratio: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="ator"):
        Factor(*ratio)


def test_a_factor_may_be_as_large_as_a_million() -> None:
    assert Factor(LARGEST_FACTOR, LARGEST_FACTOR).times(Quantity(7)) == Quantity(7)


@given(st.integers(-(10**20), 10**20), st.integers(0, 6))
def test_counts_in_units_of_the_last_decimal(number: int, decimals: int) -> None:
    assert scaled(Decimal(number).scaleb(-decimals), decimals=decimals) == number
