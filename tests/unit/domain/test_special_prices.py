"""Special prices: the lower one counts, a contract stays, and what is left covers all of a line or none of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import CaseRule
from domain.identity import CustomerId, PriceTierId
from domain.ladders import AnyLadder, DatedLadder, Ladders
from domain.merchant import PriceRules, PriceStrategy
from domain.money import Percentage
from domain.period import ALWAYS, Period
from domain.price_choice import Price, PriceStage, SkuPrices, broken_case
from domain.pricing import EMPTY, PriceList, PriceOutcome, PriceSource, QuantityBreak
from domain.promotions import Schedule, TimeSlot
from domain.quantity import Factor, Quantity
from domain.special_prices import (
    InvalidSpecialPrice,
    MissedSpecial,
    Ordered,
    SpecialOffer,
    SpecialPrice,
    Taken,
    offered,
)
from domain.visibility import NOBODY, Audience
from kit.builders import NOON, SeededIds, case_of, customer, ladder, pieces, price_list, tier, yuan
from kit.specials import offer, special

IDS = SeededIds()
VIP = tier(IDS, code="VIP", name="VIP", percentage="95")
SHOP = customer(IDS, tier=VIP)
BASE = price_list(IDS)
OF_TIER = price_list(IDS, source=PriceSource.TIER, tier=VIP)
CONTRACT = price_list(IDS, source=PriceSource.CONTRACT, customer=SHOP)
SHANGHAI = "Asia/Shanghai"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_100: Mapping[PriceList, AnyLadder] = {BASE: ladder((1, 100)), OF_TIER: EMPTY}
CASE = case_of(24)


def prices(
    *offers: SpecialOffer,
    lists: Mapping[PriceList, AnyLadder] = AT_100,
    strategy: PriceStrategy = PriceStrategy.PRIORITY,
) -> SkuPrices:
    rules = PriceRules(2, strategy)
    return SkuPrices.of(lists, at=NOON, rules=rules).with_specials(offers)


def price(*offers: SpecialOffer, many: int = 1, **rest: Any) -> Price:
    found = prices(*offers, **rest).price(quantity=pieces(many))
    assert found is not None
    return found


def outcomes(found: SkuPrices, many: int = 1, **rest: Any) -> list[str]:
    steps = found.explain(quantity=pieces(many), **rest)
    return [step.outcome.value for step in steps if step.stage is PriceStage.SPECIAL]


class TestChoosing:
    def test_the_lower_counts_against_the_price_of_the_lists(self) -> None:
        for asked, told, source in (
            ("90", "90", PriceSource.SPECIAL),
            ("95", "95", PriceSource.TIER),
            ("96", "95", PriceSource.TIER),
            ("90%", "90", PriceSource.SPECIAL),
            ("97%", "95", PriceSource.TIER),
        ):
            found = price(offer(special(asked)))
            assert (found.unit_price, found.source, found.list_price) == (yuan(told), source, yuan(100))

    def test_a_share_that_stacks_is_one_of_the_customers_own_price(self) -> None:
        found = price(offer(special("90%", stacks=True)))
        assert (found.unit_price, found.source, found.tier) == (yuan("85.5"), PriceSource.SPECIAL, None)
        assert found.special is not None
        assert (found.special.ordinary, found.special.source) == (yuan(95), PriceSource.TIER)
        assert (found.special.name, found.special.until, found.special.left) == ("限时特价", None, None)

    def test_a_contract_stays_unless_it_is_let_in(self) -> None:
        lists = {**AT_100, CONTRACT: ladder((1, 92))}
        assert price(offer(special("90")), lists=lists).source is PriceSource.CONTRACT
        assert price(offer(special("90", contracts=True)), lists=lists).unit_price == yuan(90)
        assert price(offer(special("93", contracts=True)), lists=lists).source is PriceSource.CONTRACT
        assert outcomes(prices(offer(special("90")), lists=lists)) == ["CONTRACT_STAYS"]

    def test_of_several_the_lowest_counts_and_of_equal_ones_the_older(self) -> None:
        first, second, third = special("90"), special("85"), special("85")
        found = prices(offer(first), offer(second), offer(third))
        chosen = found.price(quantity=pieces(1))
        assert chosen is not None and chosen.special is not None
        assert (chosen.unit_price, chosen.special.offer.special) == (yuan(85), second)
        steps = found.explain(quantity=pieces(1))[-3:]
        assert [(one.outcome, one.before, one.after, one.rule) for one in steps] == [
            (PriceOutcome.APPLIED, yuan(95), yuan(90), "限时特价"),
            (PriceOutcome.APPLIED, yuan(90), yuan(85), "限时特价"),
            (PriceOutcome.NOT_LOWER, yuan(85), yuan(85), "限时特价"),
        ]

    def test_what_has_no_price_has_none_by_a_special_price(self) -> None:
        nothing = prices(offer(special("1")), lists={BASE: ladder((10, 3))})
        assert nothing.price(quantity=pieces(1)) is None
        assert outcomes(nothing) == []

    def test_without_special_prices_everything_is_as_before(self) -> None:
        assert prices() == SkuPrices.of(AT_100, at=NOON, rules=PriceRules(2))
        assert prices().with_specials(()) is not None and price().special is None
        assert outcomes(prices()) == []

    def test_it_says_until_when_the_price_holds(self) -> None:
        dated = Ladders((DatedLadder(ladder=ladder((1, 100)), validity=Period(None, NOON + HOUR)),))
        for lists, until, told in (
            (AT_100, None, None),
            (AT_100, NOON + DAY, NOON + DAY),
            ({BASE: dated}, NOON + DAY, NOON + HOUR),
            ({BASE: dated}, None, NOON + HOUR),
        ):
            assert price(offer(special("90"), until=until), lists=lists).valid_until == told

    @given(
        own=st.integers(1, 10**6),
        asked=st.lists(st.integers(0, 10**6), max_size=4),
        left=st.lists(st.none() | st.integers(0, 5), min_size=4, max_size=4),
        many=st.integers(1, 5),
    )
    def test_it_is_the_lowest_of_what_there_is_enough_of(
        self, own: int, asked: list[int], left: list[int | None], many: int
    ) -> None:
        cents = [f"{one / 100:.2f}" for one in asked]
        offers = [offer(special(one), left=rest) for one, rest in zip(cents, left, strict=False)]
        found = price(*offers, lists={BASE: ladder((1, f"{own / 100:.2f}"))}, many=many)
        may = [one for one, rest in zip(asked, left, strict=False) if rest is None or rest >= many]
        assert found.unit_price.ten_thousandths == min([own, *may]) * 100
        assert (found.source is PriceSource.SPECIAL) == (min([own, *may]) < own)


class TestUnits:
    def test_one_of_the_base_unit_is_for_every_pack_at_its_factor(self) -> None:
        found = prices(offer(special("90"))).price_in(CASE, quantity=pieces(1))
        assert found is not None
        assert (found.unit_price, found.unit) == (yuan(2160), None)
        assert [(str(one.min_quantity), one.unit_price) for one in found.breaks] == [("1", yuan(90))]

    def test_one_of_a_pack_is_for_that_alone(self) -> None:
        found = prices(offer(special("2000", unit=CASE.unit.code)))
        of_case, of_bottle = found.price_in(CASE, quantity=pieces(1)), found.price(quantity=pieces(24))
        assert of_case is not None and of_bottle is not None
        assert (of_case.unit_price, of_case.unit) == (yuan(2000), CASE.unit.code)
        assert [one.unit_price for one in of_case.breaks] == [yuan(2000)]
        assert of_bottle.source is PriceSource.TIER

    def test_a_pack_with_a_price_of_its_own_is_compared_with_that(self) -> None:
        units = Ladders(
            (
                DatedLadder(ladder=ladder((1, 100))),
                DatedLadder(ladder=ladder((1, 2000), (48, 1900)), unit=CASE.unit.code),
            )
        )
        found = prices(offer(special("80")), lists={BASE: units}).price_in(CASE, quantity=pieces(2))
        assert found is not None
        assert (found.unit_price, found.source) == (yuan(1900), PriceSource.BASE)
        cheap = prices(offer(special("70")), lists={BASE: units})
        one = cheap.price_in(CASE, quantity=pieces(2))
        assert one is not None and one.special is not None
        assert (one.unit_price, one.unit, one.special.own) == (yuan(1680), CASE.unit.code, yuan(1900))
        assert [(str(rung.min_quantity), rung.unit_price) for rung in one.breaks] == [("1", yuan(1680))]
        steps = cheap.explain(quantity=pieces(48), factor=CASE.factor, unit=CASE.unit.code)
        assert (steps[-1].before, steps[-1].after) == (yuan(1900), yuan(1680))

    def test_the_surcharge_for_a_broken_case_comes_to_it(self) -> None:
        rule = CaseRule(unit=CASE.unit.code, surcharge=Percentage.of(10))
        found = price(offer(special("90")))
        dearer, more = broken_case(found, rule=rule, case=CASE, pack=case_of(1), quantity=pieces(1), scale=2)
        assert dearer.special is not None
        assert (dearer.unit_price, more, dearer.special.ordinary, dearer.special.own) == (
            yuan(99),
            yuan(9),
            yuan("104.5"),
            yuan(95),
        )


class TestBreaks:
    LISTS: Mapping[PriceList, AnyLadder] = {BASE: ladder((1, 100), (10, 92), (100, 80))}

    def rungs(self, found: Price) -> list[tuple[str, str]]:
        return [(str(one.min_quantity), one.unit_price.amount) for one in found.breaks]

    def test_the_ladder_has_the_special_price_where_it_is_lower(self) -> None:
        found = price(offer(special("90")), lists=self.LISTS, many=12)
        assert self.rungs(found) == [("1", "90.00"), ("100", "80.00")]
        assert str(found.applied_from_quantity) == "1"

    def test_and_the_own_price_where_more_is_ordered_than_is_left(self) -> None:
        found = price(offer(special("70"), left=10), lists=self.LISTS)
        assert self.rungs(found) == [("1", "70.00"), ("100", "80.00")]

    def test_by_the_lowest_price_each_rung_is_of_its_own_list(self) -> None:
        lists = {BASE: ladder((1, 100)), CONTRACT: ladder((10, 95))}
        found = price(offer(special("90")), lists=lists, strategy=PriceStrategy.LOWEST)
        assert self.rungs(found) == [("1", "90.00"), ("10", "95.00")]


class TestLimits:
    def test_what_is_left_covers_all_that_is_ordered_or_none_of_it(self) -> None:
        there = offer(special("90"), left=3)
        assert price(there, many=3).source is PriceSource.SPECIAL
        found = price(there, many=4)
        assert (found.unit_price, found.source) == (yuan(95), PriceSource.TIER)
        assert found.missed == MissedSpecial(name=there.special.name, unit_price=yuan(90), left=pieces(3))
        assert outcomes(prices(there), 4) == ["NOT_ENOUGH_LEFT"]

    def test_nothing_is_missed_where_nothing_is_left_or_another_is_as_low(self) -> None:
        assert price(offer(special("90"), left=0)).missed is None
        assert price(offer(special("90"), left=1), offer(special("90")), many=2).missed is None
        low, lower = offer(special("80"), left=1), offer(special("70"), left=0)
        found = price(low, lower, offer(special("90")), many=2)
        assert found.unit_price == yuan(90)
        assert found.missed is not None and found.missed.unit_price == yuan(80)

    def test_it_is_compared_with_what_is_ordered_not_with_what_reaches_a_break(self) -> None:
        there = prices(offer(special("90"), left=3), offer(special("80", unit="x"), left=1))
        for of_sku, of_unit, unit, told in (
            (3, 1, None, 90),
            (4, 1, None, 95),
            (4, 1, "x", 80),
            (4, 2, "x", 95),
        ):
            ordered = Ordered(pieces(of_sku), pieces(of_unit))
            found = there.price(quantity=pieces(50), unit=unit, ordered=ordered)
            assert found is not None and found.unit_price == yuan(told)

    def test_the_tighter_of_both_limits_counts(self) -> None:
        both = special("1", stock=10, per_customer=4)
        for taken, left in ((Taken(), 4), (Taken(8_000, 1_000), 2), (Taken(5_000, 5_000), 0)):
            found = SpecialOffer.of(both, taken, at=NOON, time_zone=SHANGHAI)
            assert found.left == pieces(left)
        free = SpecialOffer.of(special("1"), Taken(5, 5), at=NOON, time_zone=SHANGHAI)
        assert (free.left, free.special.limited, both.limited) == (None, False, True)


class TestOffers:
    def test_are_for_whom_they_are_while_they_hold_the_older_first(self) -> None:
        sku = special("1").sku_id
        mine, later = IDS.new(CustomerId), Schedule(validity=Period(NOON + HOUR))
        first, second = special("3", sku_id=sku), special("2", sku_id=sku, audience=frozenset({mine}))
        wrong = special("1", sku_id=sku, audience=frozenset({IDS.new(PriceTierId)}))
        coming = special("1", sku_id=sku, schedule=later)
        all_of = [(one, Taken()) for one in (wrong, second, coming, first)]
        for audience, expected in ((NOBODY, [first]), (Audience(frozenset({mine})), [first, second])):
            found = offered(all_of, audience=audience, at=NOON, time_zone=SHANGHAI)
            assert [one.special for one in found[sku]] == expected

    def test_end(self) -> None:
        held = special("1", schedule=Schedule(validity=Period(NOON - DAY, NOON + DAY)))
        assert held.end(at=NOON).schedule.validity == Period(NOON - DAY, NOON)
        coming = special("1", schedule=Schedule(validity=Period(NOON + DAY)))
        ended = coming.end(at=NOON)
        assert ended.ended(NOON) and not coming.ended(NOON + DAY)
        with pytest.raises(InvalidSpecialPrice):
            ended.end(at=NOON)

    @pytest.mark.parametrize(
        "change",
        [
            {"price": Percentage.of(100)},
            {"price": Percentage.of(0)},
            {"stacks": True},
            {"price": attrs.evolve(yuan(1), ten_thousandths=10**11 + 1)},
            {"stock": Quantity(0)},
            {"per_customer": Quantity(-1)},
        ],
    )
    def test_cannot_be_anything(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValueError):  # noqa: PT011  # each says what it is about in its own words
            attrs.evolve(special("1"), **change)


class TestSchedule:
    """Until when something holds that holds now: it is noon in Shanghai, on a Monday."""

    @pytest.mark.parametrize(
        ("schedule", "hours"),
        [
            (Schedule(), None),
            (Schedule(validity=Period(None, NOON + HOUR)), 1),
            (Schedule(slots=(TimeSlot(time(10), time(14)),)), 2),
            (Schedule(slots=(TimeSlot(time(10), time(14)), TimeSlot(time(14), time(17)))), 5),
            (Schedule(slots=(TimeSlot(time(0), time(0)),)), None),
            (Schedule(slots=(TimeSlot(time(10), time(14)),), validity=Period(None, NOON + HOUR)), 1),
            (Schedule(slots=(TimeSlot(time(10), time(14)),), validity=Period(None, NOON + DAY)), 2),
            (Schedule(weekdays=frozenset(range(1, 8))), None),
        ],
    )
    def test_it_says_when_it_stops(self, schedule: Schedule, hours: int | None) -> None:
        assert schedule.holds(NOON, time_zone=SHANGHAI)
        expected = None if hours is None else NOON + hours * HOUR
        assert schedule.until(NOON, time_zone=SHANGHAI) == expected

    @given(
        days=st.sets(st.integers(1, 7), max_size=6),
        slots=st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=3),
        hour=st.integers(0, 24 * 14),
    )
    def test_it_holds_until_then_and_not_then(
        self, days: set[int], slots: list[tuple[int, int]], hour: int
    ) -> None:
        given_slots = tuple(TimeSlot(time(start), time(end)) for start, end in slots)
        schedule = Schedule(weekdays=frozenset(days), slots=given_slots)
        at: datetime = NOON + hour * HOUR
        if not schedule.holds(at, time_zone=SHANGHAI):
            return
        until = schedule.until(at, time_zone=SHANGHAI)
        end = at + 8 * DAY if until is None else until
        while at < end:
            assert schedule.holds(at, time_zone=SHANGHAI)
            at += HOUR
        assert until is None or not schedule.holds(until, time_zone=SHANGHAI)


def test_a_special_price_is_open_to_all_by_default() -> None:
    one: SpecialPrice = special("1")
    assert (one.is_for(NOBODY), one.schedule.validity, one.contracts) == (True, ALWAYS, False)
    assert one.charged(own=yuan(9), listed=yuan(9), factor=Factor(12), scale=2) == yuan(12)


def test_it_makes_something_of_every_break() -> None:
    own = [QuantityBreak(pieces(many), yuan(price)) for many, price in ((1, "10"), (10, "9"))]
    for price, prices in (("90%", ["9.00", "8.10"]), ("5", ["60.00", "60.00"])):
        found = special(price).of_each(own, Factor(12), scale=2)
        assert [(one.min_quantity, one.unit_price.amount) for one in found] == [
            (one.min_quantity, amount) for one, amount in zip(own, prices, strict=True)
        ]
