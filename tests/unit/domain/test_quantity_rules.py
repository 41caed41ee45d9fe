"""What may be ordered of a SKU: minimum, step, maximum, quota, whole cases; in several units, with pooled breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import (
    CaseRule,
    InvalidQuantity,
    Listing,
    Pack,
    QuantityRule,
    Quota,
    QuotaExceeded,
    Sku,
    Unit,
)
from domain.identity import ProductId, SkuId
from domain.ladders import DatedLadder, Ladders
from domain.merchant import PriceRules
from domain.money import Percentage
from domain.period import CalendarPeriod
from domain.price_choice import SkuPrices
from domain.quantity import LARGEST, NONE, Factor, Quantity
from domain.quoting import (
    LARGEST_LINE,
    MOST_LINES,
    Basket,
    BasketLine,
    Measure,
    Quote,
    Shelf,
    TooManyLines,
    quote_basket,
)
from kit.builders import NOON, SeededIds, case_of, ladder, merchant, pieces, price_list, sku

IDS = SeededIds()
SHOP = merchant(IDS)
PRODUCT = IDS.new(ProductId)
BASE = price_list(IDS)
SIXES = QuantityRule(pieces(6), pieces(6), pieces(60))
MONTHLY = Quota(pieces(30), CalendarPeriod.MONTH)
PIECE = Pack(Unit.named("瓶"), Factor(1))


def bottles(rule: QuantityRule = QuantityRule(), *, packs: tuple[Pack, ...] = (case_of(12),)) -> Sku:
    return sku(IDS, packs=packs, rule=rule)


def quoted(
    *lines: tuple[Sku, str, str | None],
    pooled: bool = False,
    ordered: dict[SkuId, Quantity] | None = None,
    waived: frozenset[SkuId] = frozenset(),
    prices: SkuPrices | None = None,
) -> Quote:
    """Bottles cost 3.00, and 2.85 from 24 on."""
    goods = {it.id: it for it, _, _ in lines}.values()
    prices = prices or SkuPrices.of({BASE: ladder((1, "3.00"), (24, "2.85"))}, at=NOON, rules=PriceRules(2))
    on = Shelf(
        tuple(Listing(it, PRODUCT, it.name, for_sale=True, pools_breaks=pooled) for it in goods),
        {it.id: prices for it in goods},
        {it.id: Quantity(LARGEST) for it in goods},
        ordered or {},
        waived,
    )
    basket = Basket(
        tuple(BasketLine(sku_id=it.id, quantity=Decimal(number), unit=unit) for it, number, unit in lines)
    )
    return quote_basket(basket, shelf=on, merchant=SHOP)


def totals(quote: Quote) -> list[str | None]:
    return [line.total.amount if line.total else None for line in quote.lines]


class TestMaximum:
    @pytest.mark.parametrize(
        ("asked", "nearest"), [("3", [6]), ("8", [6, 12]), ("59", [54, 60]), ("62", [60]), ("66", [60])]
    )
    def test_names_the_quantities_next_to_a_wrong_one(self, asked: str, nearest: list[int]) -> None:
        it = bottles(SIXES)
        (line,) = quoted((it, asked, None)).lines
        assert line.problems == (InvalidQuantity(it.id, tuple(map(pieces, nearest)), 0),)

    @pytest.mark.parametrize("asked", ["6", "12", "60"])
    def test_takes_what_is_right(self, asked: str) -> None:
        assert quoted((bottles(SIXES), asked, None)).refusals == ()

    def test_looks_at_all_that_is_ordered(self) -> None:
        it = bottles(SIXES)
        assert quoted((it, "6", None), (it, "6", None)).refusals == ()
        problems = [line.problems for line in quoted((it, "4", "箱"), (it, "18", None)).lines]
        assert problems == [
            (InvalidQuantity(it.id, (pieces(3),), 0),),
            (InvalidQuantity(it.id, (pieces(12),), 1),),
        ]

    def test_is_more_than_nothing(self) -> None:
        with pytest.raises(ValueError, match="more than zero"):
            QuantityRule(maximum=NONE)
        with pytest.raises(ValueError, match="must be"):
            Quota(NONE, CalendarPeriod.DAY)

    @given(
        st.integers(1, 30), st.integers(1, 30), st.integers(1, 200), st.integers(0, 250), st.integers(0, 60)
    )
    def test_names_what_would_do_and_nothing_else(
        self, minimum: int, step: int, most: int, asked: int, beside: int
    ) -> None:
        rule = QuantityRule(pieces(minimum), pieces(step), pieces(most))
        nearest = rule.nearest(asked * 1000, unit=PIECE, largest=LARGEST_LINE, beside=beside * 1000)
        valid = [n for n in range(1, most + 1) if rule.allows(pieces(n + beside))]
        below = [n for n in valid if n <= asked]
        above = [n for n in valid if n >= asked]
        expected = {max(below)} if below else set()
        expected |= {min(above)} if above else set()
        assert {one.thousandths // 1000 for one in nearest} == expected


class TestQuota:
    def test_counts_what_was_ordered_before(self) -> None:
        it = bottles(QuantityRule(pieces(2), pieces(2), quota=MONTHLY))
        (line,) = quoted((it, "12", None), ordered={it.id: pieces(20)}).lines
        assert line.problems == (QuotaExceeded(it.id, MONTHLY, pieces(10), (pieces(10),), 0),)
        assert quoted((it, "10", None), ordered={it.id: pieces(20)}).refusals == ()
        assert quoted((it, "30", None)).refusals == ()

    def test_has_nothing_left_where_less_is_left_than_the_minimum(self) -> None:
        it = bottles(QuantityRule(pieces(6), pieces(6), quota=MONTHLY))
        for before in (25, 30, 40):
            (line,) = quoted((it, "6", None), ordered={it.id: pieces(before)}).lines
            left = pieces(max(0, 30 - before))
            assert line.problems == (QuotaExceeded(it.id, MONTHLY, left, (), 0),)

    def test_bounds_what_is_named_for_a_quantity_that_is_wrong_anyway(self) -> None:
        it = bottles(QuantityRule(pieces(6), pieces(6), quota=MONTHLY))
        (line,) = quoted((it, "13", None), ordered={it.id: pieces(16)}).lines
        assert line.problems == (InvalidQuantity(it.id, (pieces(12),), 0),)

    def test_binds_nobody_whom_the_rule_does_not_bind(self) -> None:
        it = bottles(QuantityRule(pieces(6), pieces(6), pieces(12), MONTHLY, CaseRule("case")))
        assert quoted((it, "101", None), waived=frozenset({it.id})).refusals == ()
        (line,) = quoted((it, "0.5", None), waived=frozenset({it.id})).lines
        assert line.problems == (InvalidQuantity(it.id, (pieces(1),), 0),)


class TestPeriods:
    AT = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    """A Thursday already in Shanghai."""

    @pytest.mark.parametrize(
        ("period", "zone", "start"),
        [
            (CalendarPeriod.DAY, "Asia/Shanghai", datetime(2026, 3, 4, 16, tzinfo=UTC)),
            (CalendarPeriod.DAY, "UTC", datetime(2026, 3, 4, tzinfo=UTC)),
            (CalendarPeriod.WEEK, "Asia/Shanghai", datetime(2026, 3, 1, 16, tzinfo=UTC)),
            (CalendarPeriod.MONTH, "Asia/Shanghai", datetime(2026, 2, 28, 16, tzinfo=UTC)),
            (CalendarPeriod.MONTH, "America/New_York", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ],
    )
    def test_begin_where_the_clock_shows_midnight(
        self, period: CalendarPeriod, zone: str, start: datetime
    ) -> None:
        assert period.start(at=self.AT, time_zone=zone) == start
        assert period.start(at=start, time_zone=zone) == start


class TestCases:
    def test_are_not_broken_where_that_is_forbidden(self) -> None:
        it = bottles(QuantityRule(case=CaseRule("case")))
        (line,) = quoted((it, "17", None)).lines
        assert line.problems == (InvalidQuantity(it.id, (pieces(12), pieces(24)), 0),)
        assert quoted((it, "24", None)).refusals == ()
        assert quoted((it, "2", "箱")).refusals == ()
        assert it.orderable == QuantityRule(step=pieces(12))

    def test_go_together_with_the_step(self) -> None:
        it = bottles(QuantityRule(pieces(8), pieces(8), pieces(48), MONTHLY, CaseRule("case")))
        assert it.orderable == QuantityRule(pieces(8), pieces(24), pieces(48), MONTHLY)

    def test_cost_more_where_they_are_broken(self) -> None:
        it = bottles(QuantityRule(case=CaseRule("case", Percentage(500))))
        quote = quoted((it, "5", None), (it, "1", "箱"))
        assert totals(quote) == ["15.75", "36.00"]
        assert [line.surcharge and line.surcharge.amount for line in quote.lines] == ["0.15", None]
        assert totals(quoted((it, "12", None))) == ["36.00"]
        assert totals(quoted((it, "1", "箱"))) == ["36.00"]

    @pytest.mark.parametrize("packs", [(), (case_of(24),)])
    def test_are_nothing_where_no_such_unit_is_sold(self, packs: tuple[Pack, ...]) -> None:
        for surcharge in (None, Percentage(500)):
            rule = QuantityRule(case=CaseRule("pallet", surcharge))
            it = bottles(rule, packs=packs)
            assert (it.case, it.orderable) == (None, rule)
            assert totals(quoted((it, "5", None))) == ["15.00"]

    def test_leave_nothing_where_step_and_case_never_meet(self) -> None:
        rule = QuantityRule(step=Quantity(999_999_937), case=CaseRule("case"))
        it = bottles(rule, packs=(Pack(Unit.named("箱"), Factor(999_983)),))
        assert it.orderable.step == Quantity(LARGEST)
        (line,) = quoted((it, "24", None)).lines
        assert line.problems == (InvalidQuantity(it.id, (), 0),)

    def test_are_nothing_where_one_is_not_exact(self) -> None:
        rule = QuantityRule(case=CaseRule("case"))
        it = bottles(rule, packs=(Pack(Unit.named("箱"), Factor(1000, 7777)),))
        assert it.orderable == rule

    def test_are_not_broken_for_any_price(self) -> None:
        CaseRule("case", Percentage(50_000))
        with pytest.raises(ValueError, match="must be"):
            CaseRule("case", Percentage(50_001))


class TestPooledBreaks:
    """Bottles at 3.00, at 2.85 from 24 on."""

    def test_are_each_lines_own_unless_told(self) -> None:
        it = bottles()
        assert totals(quoted((it, "2", "箱"), (it, "5", None))) == ["68.40", "15.00"]
        assert totals(quoted((it, "1", "箱"), (it, "12", None))) == ["36.00", "36.00"]

    def test_count_all_units_of_a_product(self) -> None:
        it = bottles()
        quote = quoted((it, "1", "箱"), (it, "12", None), pooled=True)
        assert totals(quote) == ["34.20", "34.20"]
        assert [line.price_trace[-1].min_quantity for line in quote.lines] == [pieces(24)] * 2

    @pytest.mark.parametrize(("pooled", "total"), [(False, ["69.60", "15.00"]), (True, ["69.60", "14.25"])])
    def test_stand_beside_a_price_that_the_case_has_of_its_own(self, pooled: bool, total: list[str]) -> None:
        it = bottles()
        of_bottles, of_cases = ladder((1, "3.00"), (24, "2.85")), ladder((1, "34.80"))
        prices = SkuPrices.of(
            {BASE: Ladders((DatedLadder(ladder=of_bottles), DatedLadder(ladder=of_cases, unit="case")))},
            at=NOON,
            rules=PriceRules(2),
        )
        assert totals(quoted((it, "2", "箱"), (it, "5", None), pooled=pooled, prices=prices)) == total

    def test_count_all_skus_of_a_product_with_the_same_base_unit(self) -> None:
        one, other, loose = bottles(), bottles(), sku(IDS, unit="公斤", packs=())
        quote = quoted((one, "12", None), (other, "12", None), (loose, "12", None), pooled=True)
        assert totals(quote) == ["34.20", "34.20", "36.00"]

    def test_leave_alone_what_cannot_be_read(self) -> None:
        one, other = bottles(), bottles()
        quote = quoted((one, "12", None), (other, "12.5", None), pooled=True)
        assert totals(quote) == ["36.00", None]


class TestSeveralUnits:
    """2 cases plus 3 bottles, in one line of the basket."""

    def basket(self, it: Sku, *plus: tuple[str, str | None]) -> Basket:
        more = tuple(Measure(quantity=Decimal(number), unit=unit) for number, unit in plus)
        return Basket((BasketLine(sku_id=it.id, quantity=Decimal(2), unit="箱", plus=more),))

    def quote(self, it: Sku, basket: Basket) -> Quote:
        prices = SkuPrices.of({BASE: ladder((1, "3.00"), (24, "2.85"))}, at=NOON, rules=PriceRules(2))
        listing = Listing(it, PRODUCT, it.name, for_sale=True)
        on = Shelf((listing,), {it.id: prices}, {it.id: Quantity(LARGEST)})
        return quote_basket(basket, shelf=on, merchant=SHOP)

    def test_is_a_line_for_each_unit(self) -> None:
        it = bottles()
        quote = self.quote(it, self.basket(it, ("3", None), ("1", "瓶")))
        assert [(line.line, line.requested, line.pack and line.pack.unit.name) for line in quote.lines] == [
            (0, Decimal(2), "箱"),
            (0, Decimal(4), "瓶"),
        ]
        assert totals(quote) == ["68.40", "12.00"]

    def test_names_where_it_stood_for_whatever_is_wrong(self) -> None:
        it = bottles()
        quote = self.quote(it, self.basket(it, ("3", "no such"), ("0.5", None), ("0.5", None)))
        assert [type(problem).__name__ for line in quote.lines for problem in line.problems] == [
            "UnknownUnit",
            "InvalidQuantity",
            "InvalidQuantity",
        ]
        assert {line.line for line in quote.lines} == {0}
        strange = attrs.evolve(it, id=IDS.new(SkuId))
        unknown = self.quote(it, self.basket(strange, ("3", None)))
        assert [type(one).__name__ for one in unknown.refusals] == ["UnknownSku", "UnknownSku"]

    def test_is_as_many_lines_as_it_has_units(self) -> None:
        it = bottles()
        many = self.quote(it, self.basket(it, *[("1", None)] * (MOST_LINES - 1)))
        assert many.refusals == ()
        too_many = self.quote(it, self.basket(it, *[("1", None)] * MOST_LINES))
        assert too_many.problems == (TooManyLines(MOST_LINES + 1),)
