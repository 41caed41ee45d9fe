"""What may be ordered of a SKU, and in which units."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import (
    DEEPEST_CATEGORY,
    MOST_OPTIONS,
    MOST_PACKS,
    MOST_SKUS,
    Category,
    Option,
    Pack,
    QuantityRule,
    Sku,
    StockStatus,
    Unit,
)
from domain.identity import CategoryId
from domain.quantity import LARGEST, LARGEST_FACTOR, NONE, Factor, Quantity
from kit import strategies as some
from kit.builders import SeededIds, case_of, category, pieces, product, sku

BOTTLE, CASE, KG, JIN = (Unit.named(name) for name in ("瓶", "箱", "公斤", "斤"))
IN_BOTTLES = Pack(BOTTLE, Factor(1))
SIXES = QuantityRule(minimum=pieces(6), step=pieces(6))
small_factors = st.builds(Factor, st.sampled_from((1, 1, 2, 5, 12, 24)), st.sampled_from((1, 1, 2, 3, 4)))


def valid(rule: QuantityRule, unit: Pack, *, largest: int, beside: int) -> Iterator[int]:
    """Every valid quantity of the unit in thousandths, by trying them all."""
    for quantity in range(unit.unit.smallest, 10**6, unit.unit.smallest):
        more, rest = divmod(quantity * unit.factor.numerator, unit.factor.denominator)
        if beside + more > largest:
            return
        if not rest and rule.allows(Quantity(beside + more)):
            yield quantity


class TestQuantityRule:
    @given(st.integers(1, 40), st.integers(1, 12), st.integers(-5, 100))
    def test_allows_multiples_of_the_step_from_the_minimum_on(
        self, minimum: int, step: int, asked: int
    ) -> None:
        rule = QuantityRule(minimum=Quantity(minimum), step=Quantity(step))
        assert rule.allows(Quantity(asked)) is (asked >= minimum and asked in range(0, 101, step))

    @given(
        rule=st.builds(
            QuantityRule,
            minimum=st.integers(1, 9000).map(Quantity),
            step=st.sampled_from((500, 1000, 1500, 6000)).map(Quantity),
        ),
        unit=st.builds(Pack, st.sampled_from((BOTTLE, Unit("l", "升", 1))), small_factors),
        wanted=st.integers(0, 40_000),
        largest=st.integers(0, 30_000),
        beside=st.integers(0, 12_000) | st.integers(0, 24).map(lambda halves: halves * 500),
    )
    def test_finds_the_nearest_quantities_that_trying_all_finds(
        self, rule: QuantityRule, unit: Pack, wanted: int, largest: int, beside: int
    ) -> None:
        every = list(valid(rule, unit, largest=largest, beside=beside))
        below = [quantity for quantity in every if quantity <= wanted][-1:]
        above = [quantity for quantity in every if quantity >= wanted][:1]
        found = rule.nearest(wanted, unit=unit, largest=largest, beside=beside)
        assert [quantity.thousandths for quantity in found] == sorted({*below, *above})

    @given(
        rule=st.builds(QuantityRule, minimum=some.quantities(), step=some.quantities()),
        unit=st.builds(Pack, some.units, st.builds(Factor, st.integers(1, 10**6), st.integers(1, 10**6))),
        wanted=st.integers(0, 10**15),
        largest=st.integers(0, 10**12),
        beside=st.integers(0, 10**12),
    )
    def test_finds_only_quantities_that_may_be_ordered(
        self, rule: QuantityRule, unit: Pack, wanted: int, largest: int, beside: int
    ) -> None:
        found = rule.nearest(wanted, unit=unit, largest=largest, beside=beside)
        assert list(found) == sorted(set(found))
        assert len(found) <= 2
        for quantity in found:
            together = beside + Fraction(
                quantity.thousandths * unit.factor.numerator, unit.factor.denominator
            )
            assert quantity > NONE
            assert quantity.thousandths % unit.unit.smallest == 0
            assert together.denominator == 1
            assert together <= largest
            assert rule.allows(Quantity(int(together)))

    @pytest.mark.parametrize(
        ("wanted", "nearest"),
        [
            ("3", [6]),
            ("8", [6, 12]),
            ("59", [54, 60]),
            ("62", [60]),
            ("12", [12]),
            ("0", [6]),
            ("6.001", [6, 12]),
        ],
    )
    def test_names_what_the_worked_case_names(self, wanted: str, nearest: list[int]) -> None:
        found = SIXES.nearest(pieces(wanted).thousandths, unit=IN_BOTTLES, largest=60_000)
        assert found == tuple(pieces(number) for number in nearest)

    def test_counts_what_else_is_ordered(self) -> None:
        assert SIXES.allows(pieces(6 + 6))
        assert SIXES.nearest(5000, unit=IN_BOTTLES, largest=60_000, beside=7000) == (pieces(5),)
        assert SIXES.nearest(6000, unit=IN_BOTTLES, largest=60_000, beside=7000) == (pieces(5), pieces(11))

    def test_speaks_of_packs_where_packs_are_asked_for(self) -> None:
        by_eights = QuantityRule(minimum=pieces(8), step=pieces(8))
        assert by_eights.nearest(3000, unit=case_of(12), largest=10**6) == (pieces(2), pieces(4))
        assert by_eights.nearest(3000, unit=case_of(12), largest=30_000) == (pieces(2),)
        assert by_eights.nearest(1000, unit=case_of(12), largest=10**6, beside=4000) == (pieces(1),)

    @pytest.mark.parametrize(
        ("unit", "largest", "beside"),
        [
            (case_of(2), 10**6, 1000),
            (IN_BOTTLES, 5999, 0),
            (IN_BOTTLES, 60_000, 60_000),
            (IN_BOTTLES, 60_000, 10**9),
            (case_of(100), 60_000, 0),
            (IN_BOTTLES, 60_000, 500),
        ],
    )
    def test_finds_nothing_where_the_unit_cannot_meet_the_rule(
        self, unit: Pack, largest: int, beside: int
    ) -> None:
        assert SIXES.nearest(1000, unit=unit, largest=largest, beside=beside) == ()

    def test_stays_within_quantities_for_the_smallest_units(self) -> None:
        crumbs = Pack(KG, Factor(1, LARGEST_FACTOR))
        assert QuantityRule().nearest(10**15, unit=crumbs, largest=10**9) == (Quantity(LARGEST),)

    @pytest.mark.parametrize(
        "rule", [{"minimum": NONE}, {"step": NONE}, {"minimum": -pieces(1)}, {"step": -pieces(1)}]
    )
    def test_is_about_more_than_nothing(self, rule: dict[str, Quantity]) -> None:
        with pytest.raises(ValueError, match="more than zero"):
            QuantityRule(**{"minimum": pieces(1), "step": pieces(1), **rule})  # type: ignore[arg-type]  # by name


class TestUnit:
    @pytest.mark.parametrize(("decimals", "smallest"), [(0, 1000), (1, 100), (2, 10), (3, 1)])
    def test_has_a_smallest_quantity(self, decimals: int, smallest: int) -> None:
        assert Unit("kg", "公斤", decimals).smallest == smallest

    def test_is_known_by_its_name_in_the_trade(self) -> None:
        assert Unit.named("公斤") == Unit("kg", "公斤", 3)
        assert Unit.named("箱") == Unit("case", "箱")
        assert Unit.named("篓") == Unit("篓", "篓", 0)

    @pytest.mark.parametrize(
        "unit", [("", "瓶", 0), ("bottle", "", 0), ("kg", "公斤", 4), ("kg", "公斤", -1)]
    )
    def test_has_a_code_a_name_and_up_to_three_decimals(self, unit: tuple[str, str, int]) -> None:
        with pytest.raises(ValueError, match=r"code|name|decimals"):
            Unit(*unit)


class TestSku:
    def test_is_sold_in_its_base_unit_where_nothing_is_asked_for(self) -> None:
        tea = sku(SeededIds(), packs=[case_of(24)])
        for unit in (None, "瓶", "bottle"):
            assert tea.sold_in(unit) == IN_BOTTLES
        for unit in ("箱", "case"):
            assert tea.sold_in(unit) == case_of(24)
        for unit in ("", "托", "CASE"):
            assert tea.sold_in(unit) is None
        assert tea.units == (BOTTLE, CASE)

    @given(some.skus())
    def test_finds_every_unit_by_code_and_by_name(self, it: Sku) -> None:
        for unit in it.units:
            by_code, by_name = it.sold_in(unit.code), it.sold_in(unit.name)
            assert by_code == by_name
            assert by_code is not None
            assert by_code.unit == unit

    @pytest.mark.parametrize(
        "unit", [BOTTLE, Unit("bottle", "Flasche"), Unit("btl", "瓶"), Unit("瓶", "x"), Unit("x", "bottle")]
    )
    def test_has_no_two_units_that_one_word_names(self, unit: Unit) -> None:
        with pytest.raises(ValueError, match="same code or name"):
            sku(SeededIds(), packs=[Pack(unit, Factor(6))])
        with pytest.raises(ValueError, match="same code or name"):
            sku(SeededIds(), unit="个", packs=[Pack(BOTTLE, Factor(2)), Pack(unit, Factor(6))])

    def test_may_have_a_unit_whose_code_is_its_name(self) -> None:
        assert sku(SeededIds(), unit="篓").units == (Unit("篓", "篓"),)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"packs": tuple(Pack(Unit(f"u{at}", f"单位{at}"), Factor(2)) for at in range(MOST_PACKS + 1))},
            {"options": (Option("口味", "柠檬"),) * (MOST_OPTIONS + 1)},
        ],
    )
    def test_has_a_name_and_not_too_many_of_anything(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            attrs.evolve(sku(SeededIds()), **wrong)

    @pytest.mark.parametrize("option", [("", "柠檬"), ("口味", "")])
    def test_names_its_options(self, option: tuple[str, str]) -> None:
        with pytest.raises(ValueError, match=r"name|value"):
            Option(*option)


class TestProduct:
    def test_comes_in_one_sku_at_least_and_not_too_many(self) -> None:
        ids = SeededIds()
        tea = product(ids)
        with pytest.raises(ValueError, match="skus"):
            attrs.evolve(tea, skus=())
        with pytest.raises(ValueError, match="skus"):
            attrs.evolve(tea, skus=tuple(sku(ids) for _ in range(MOST_SKUS + 1)))
        with pytest.raises(ValueError, match="position"):
            attrs.evolve(tea, position=-1)


class TestCategory:
    def test_hangs_below_the_last_of_its_ancestors(self) -> None:
        ids = SeededIds()
        drinks = category(ids)
        teas = category(ids, below=drinks)
        iced = category(ids, below=teas)
        assert (drinks.parent_id, teas.parent_id, iced.parent_id) == (None, drinks.id, teas.id)

    def test_does_not_hang_too_deep(self) -> None:
        above = tuple(CategoryId.of(bytes(15) + bytes([at])) for at in range(DEEPEST_CATEGORY))
        deepest = attrs.evolve(category(SeededIds()), ancestors=above[1:])
        assert isinstance(deepest, Category)
        with pytest.raises(ValueError, match="ancestors"):
            attrs.evolve(deepest, ancestors=above)


@pytest.mark.parametrize(
    ("available", "status"),
    [
        (0, StockStatus.OUT_OF_STOCK),
        (1, StockStatus.LOW),
        (5000, StockStatus.LOW),
        (5001, StockStatus.IN_STOCK),
        (-1, StockStatus.OUT_OF_STOCK),
    ],
)
def test_stock_is_low_at_the_threshold_and_below(available: int, status: StockStatus) -> None:
    assert StockStatus.of(Quantity(available), low=pieces(5)) is status
