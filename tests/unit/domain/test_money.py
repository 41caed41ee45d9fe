"""Money is exact: one rounding rule, and no unit is lost when an amount is split."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import LARGEST_CALCULATED, LARGEST_PRICE, Currency, Money, Percentage, UnitPrice, half_up
from domain.quantity import LARGEST, LARGEST_FACTOR, Factor, Quantity
from kit import strategies as some
from kit.builders import pieces, yuan

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


def fen(*amounts: str) -> list[Money]:
    return [Money(int(Decimal(amount) * 100), Currency.CNY) for amount in amounts]


def rounded(exact: Fraction) -> int:
    """Half away from zero, by another road than the code under test."""
    down, rest = divmod(abs(exact), 1)
    return (1 if exact >= 0 else -1) * (int(down) + (rest >= Fraction(1, 2)))


class TestRounding:
    @given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
    def test_rounds_half_away_from_zero(self, numerator: int, denominator: int) -> None:
        assert half_up(numerator, denominator) == rounded(Fraction(numerator, denominator))

    @given(st.integers(-(10**9), 10**9), st.integers(0, 6))
    def test_agrees_with_the_decimal_module(self, number: int, places: int) -> None:
        expected = Decimal(number).scaleb(-places).quantize(Decimal(1), ROUND_HALF_UP)
        assert half_up(number, 10**places) == int(expected)

    @pytest.mark.parametrize(
        ("numerator", "result"),
        [(4, 0), (5, 1), (14, 1), (15, 2), (25, 3), (-4, 0), (-5, -1), (-15, -2), (0, 0)],
    )
    def test_takes_the_half_up(self, numerator: int, result: int) -> None:
        assert half_up(numerator, 10) == result


class TestMoney:
    @given(some.money(), some.money())
    def test_adds_and_subtracts(self, one: Money, other: Money) -> None:
        assert (one + other).minor == one.minor + other.minor
        assert one + other - other == one

    @given(st.lists(some.money()))
    def test_totals_any_number_of_amounts(self, amounts: list[Money]) -> None:
        assert Money.total(amounts, Currency.CNY).minor == sum(amount.minor for amount in amounts)

    def test_refuses_to_mix_currencies(self) -> None:
        one, other = Money(1, Currency.CNY), Money(1, Currency.USD)
        for mix in (
            lambda: one + other,
            lambda: one - other,
            lambda: Money.total([other], Currency.CNY),
            lambda: one.discount_over([other]),
        ):
            with pytest.raises(ValueError, match="different currencies"):
                mix()

    def test_is_never_a_float(self) -> None:
        with pytest.raises(TypeError):
            Money(1.0, Currency.CNY)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            UnitPrice(1.0, Currency.CNY)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Percentage(1.0)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (1250, Currency.CNY, "12.50"),
            (5, Currency.CNY, "0.05"),
            (0, Currency.USD, "0.00"),
            (-5, Currency.CNY, "-0.05"),
            (-123_456, Currency.EUR, "-1234.56"),
            (1250, Currency.JPY, "1250"),
            (0, Currency.JPY, "0"),
        ],
    )
    def test_is_written_with_the_decimals_of_its_currency(
        self, minor: int, currency: Currency, text: str
    ) -> None:
        assert Money(minor, currency).amount == text

    @given(some.money(some.currencies))
    def test_is_written_exactly(self, money: Money) -> None:
        assert Decimal(money.amount).scaleb(money.currency.exponent) == money.minor


class TestAllocation:
    @given(some.money(some.currencies), weights)
    def test_loses_no_unit(self, money: Money, weights: list[int]) -> None:
        parts = money.allocate(weights)
        assert Money.total(parts, money.currency) == money
        assert len(parts) == len(weights)

    @given(some.money(), weights)
    def test_gives_each_its_share_within_one_unit(self, money: Money, weights: list[int]) -> None:
        for part, weight in zip(money.allocate(weights), weights, strict=True):
            share = Fraction(money.minor * weight, sum(weights))
            assert abs(part.minor - share) < 1
            assert part.minor * money.minor >= 0

    @given(some.money(least=0), weights)
    def test_gives_what_is_left_to_the_largest_remainders(self, money: Money, weights: list[int]) -> None:
        shares = [divmod(money.minor * weight, sum(weights)) for weight in weights]
        got = [part.minor - whole for part, (whole, _) in zip(money.allocate(weights), shares, strict=True)]
        more = [rest for extra, (_, rest) in zip(got, shares, strict=True) if extra]
        none = [rest for extra, (_, rest) in zip(got, shares, strict=True) if not extra]
        assert min(more, default=sum(weights)) >= max(none, default=0)

    @given(some.money(), weights, st.randoms(use_true_random=False))
    def test_gives_the_same_parts_whatever_the_order(
        self, money: Money, weights: list[int], random: Random
    ) -> None:
        order = list(range(len(weights)))
        random.shuffle(order)
        parts, shuffled = money.allocate(weights), money.allocate([weights[at] for at in order])
        assert sorted(zip(weights, (part.minor for part in parts), strict=True)) == sorted(
            zip((weights[at] for at in order), (part.minor for part in shuffled), strict=True)
        )

    @given(some.money(least=0), weights)
    def test_splits_a_debt_as_it_splits_an_amount(self, money: Money, weights: list[int]) -> None:
        debt = Money(-money.minor, money.currency)
        assert [-part.minor for part in debt.allocate(weights)] == [
            part.minor for part in money.allocate(weights)
        ]

    def test_settles_ties_by_weight_and_then_by_place(self) -> None:
        assert [part.minor for part in Money(1, Currency.CNY).allocate([1, 1])] == [1, 0]
        assert [part.minor for part in Money(2, Currency.CNY).allocate([1, 3])] == [0, 2]
        assert [part.minor for part in Money(2, Currency.CNY).allocate([3, 1])] == [2, 0]
        assert [part.minor for part in Money(5, Currency.CNY).allocate([2, 2, 2])] == [2, 2, 1]

    def test_splits_nothing_among_nobody(self) -> None:
        nothing = Money(0, Currency.CNY)
        assert nothing.allocate([]) == ()
        assert nothing.allocate([0, 0]) == (nothing, nothing)

    @pytest.mark.parametrize(
        ("minor", "weights"), [(1, [0, 0]), (1, []), (1, [2, -1]), (0, [1, -1]), (-1, [0])]
    )
    def test_refuses_weights_that_cannot_share(self, minor: int, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            Money(minor, Currency.CNY).allocate(weights)

    @pytest.mark.parametrize(
        ("discount", "bases", "parts"),
        [
            ("10", ["33.33", "33.33", "33.34"], ["3.33", "3.33", "3.34"]),
            ("10", ["0.01", "0.01", "99.98"], ["0", "0", "10"]),
            ("15", ["59.90", "0", "29.95", "10.15"], ["8.99", "0", "4.49", "1.52"]),
            ("20", ["5", "3"], ["5", "3"]),
        ],
    )
    def test_allocates_the_worked_cases(self, discount: str, bases: list[str], parts: list[str]) -> None:
        assert list(fen(discount)[0].discount_over(fen(*bases))) == fen(*parts)

    @given(some.money(least=0), st.lists(some.money(least=0, most=10**6), min_size=1))
    def test_never_takes_more_off_a_line_than_it_costs(self, discount: Money, bases: list[Money]) -> None:
        parts = discount.discount_over(bases)
        assert all(0 <= part.minor <= base.minor for part, base in zip(parts, bases, strict=True))
        assert sum(part.minor for part in parts) == min(discount.minor, sum(base.minor for base in bases))

    def test_leaves_the_last_line_what_other_systems_lose(self) -> None:
        assert sum(part.minor for part in fen("0.16")[0].discount_over(fen(*["0.05"] * 7, "0.01"))) == 16


class TestUnitPrice:
    @given(some.unit_prices(most=LARGEST_PRICE), some.quantities(least=-LARGEST, most=LARGEST))
    def test_prices_a_quantity_with_one_rounding(self, price: UnitPrice, quantity: Quantity) -> None:
        exact = Fraction(price.ten_thousandths, 10_000) * Fraction(quantity.thousandths, 1000)
        assert price.times(quantity) == Money(rounded(exact * 100), Currency.CNY)

    @given(some.unit_prices(Currency.JPY), some.quantities())
    def test_prices_in_whole_yen(self, price: UnitPrice, quantity: Quantity) -> None:
        exact = Fraction(price.ten_thousandths, 10_000) * Fraction(quantity.thousandths, 1000)
        assert price.times(quantity) == Money(rounded(exact), Currency.JPY)

    @pytest.mark.parametrize(("quantity", "total"), [(333, "12.49"), (1000, "37.50"), (1, "0.04")])
    def test_prices_less_than_a_fen(self, quantity: int, total: str) -> None:
        assert yuan("0.0375").times(pieces(quantity)).amount == total

    @given(some.unit_prices(most=LARGEST_PRICE), some.factors, st.integers(2, 4))
    def test_prices_another_unit_exactly_or_rounds_to_the_scale(
        self, price: UnitPrice, factor: Factor, scale: int
    ) -> None:
        exact = Fraction(price.ten_thousandths * factor.numerator, factor.denominator)
        step = 10 ** (4 - scale)
        expected = exact if exact.denominator == 1 else rounded(exact / step) * step
        assert price.per(factor, scale=scale).ten_thousandths == expected

    @given(some.unit_prices(scale=2), st.integers(1, 1000), st.integers(1, 1000))
    def test_costs_the_same_in_any_larger_unit(self, price: UnitPrice, factor: int, many: int) -> None:
        in_packs = price.per(Factor(factor), scale=2).times(pieces(many))
        assert in_packs == price.times(pieces(many * factor))

    @given(st.integers(0, LARGEST_PRICE), some.currencies)
    def test_reads_back_what_it_writes(self, number: int, currency: Currency) -> None:
        price = UnitPrice(number, currency)
        assert UnitPrice.of(price.amount, currency) == price
        assert UnitPrice.of(Decimal(price.amount), currency) == price

    @pytest.mark.parametrize(
        ("number", "currency", "text"),
        [
            (375, Currency.CNY, "0.0375"),
            (120_000, Currency.CNY, "12.00"),
            (125_000, Currency.CNY, "12.50"),
            (125_500, Currency.CNY, "12.55"),
            (125_550, Currency.CNY, "12.555"),
            (0, Currency.CNY, "0.00"),
            (120_000, Currency.JPY, "12"),
            (125_000, Currency.JPY, "12.5"),
        ],
    )
    def test_is_written_with_two_to_four_decimals(self, number: int, currency: Currency, text: str) -> None:
        assert UnitPrice(number, currency).amount == text

    @pytest.mark.parametrize(
        "number",
        [
            "-0.01",
            "0.00001",
            "10000000.0001",
            "NaN",
            "Infinity",
            "1E+400",
            "1E-10",
            "1." + "0" * 40 + "1",
            "",
            "ten",
        ],
    )
    def test_refuses_what_is_no_price(self, number: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            yuan(number)

    def test_goes_as_far_as_every_unit_of_the_dearest_goods(self) -> None:
        dearest = yuan(10_000_000)
        assert dearest.ten_thousandths == LARGEST_PRICE
        share = Percentage.of(1000).of_price(dearest, scale=2)
        assert share.per(Factor(LARGEST_FACTOR), scale=2).ten_thousandths == LARGEST_CALCULATED
        with pytest.raises(ValueError, match="ten_thousandths"):
            UnitPrice(LARGEST_CALCULATED + 1, Currency.CNY)
        with pytest.raises(ValueError, match="ten_thousandths"):
            UnitPrice(-1, Currency.CNY)

    @given(st.integers(0, 10**8), st.integers(2, 4))
    def test_fits_a_scale_when_it_has_no_more_decimals(self, number: int, scale: int) -> None:
        assert UnitPrice(number, Currency.CNY).fits(scale) is (Fraction(number, 10_000) * 10**scale % 1 == 0)


class TestPercentage:
    @given(st.integers(0, 100_000), some.unit_prices(most=LARGEST_PRICE), st.integers(2, 4))
    def test_takes_its_share_of_a_price_with_one_rounding(
        self, share: int, price: UnitPrice, scale: int
    ) -> None:
        step = 10 ** (4 - scale)
        exact = Fraction(price.ten_thousandths * share, 10_000)
        taken = Percentage(share).of_price(price, scale=scale)
        assert taken.ten_thousandths == rounded(exact / step) * step
        assert taken.fits(scale)
        assert taken.currency is price.currency

    @given(st.integers(0, 100_000))
    def test_reads_back_what_it_writes(self, number: int) -> None:
        assert Percentage.of(str(Percentage(number))) == Percentage(number)

    @pytest.mark.parametrize(("number", "text"), [(9500, "95"), (9550, "95.5"), (1, "0.01"), (0, "0")])
    def test_is_written_as_people_do(self, number: int, text: str) -> None:
        assert str(Percentage(number)) == text

    @pytest.mark.parametrize("number", ["-1", "1000.01", "0.001", "NaN", "Infinity", "1E+400", "x"])
    def test_refuses_what_is_no_percentage(self, number: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            Percentage.of(number)

    @given(st.integers(0, 100_000), st.integers(0, 100_000))
    def test_compares_as_numbers_do(self, one: int, other: int) -> None:
        assert (Percentage(one) < Percentage(other)) is (one < other)

    @pytest.mark.parametrize(("scale", "price", "total"), [(2, "3.16", "22.12"), (4, "3.1635", "22.14")])
    def test_charges_the_price_it_shows(self, scale: int, price: str, total: str) -> None:
        shown = Percentage.of(95).of_price(yuan("3.33"), scale=scale)
        assert shown.amount == price
        assert shown.times(pieces(7)).amount == total


@given(some.money(least=0, most=10**6), weights)
def test_splitting_again_by_the_parts_changes_nothing(money: Money, weights: list[int]) -> None:
    parts = [part.minor for part in money.allocate(weights)]
    assert [part.minor for part in money.allocate(parts)] == parts
