"""What one list says of one SKU: a ladder for each unit, chosen as a whole at every moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import CustomerId
from domain.ladders import (
    DatedLadder,
    Ladders,
    Standing,
    dated,
    ladder_for,
    open_ended,
    replaced_by,
    standing_at,
    still_counting,
)
from domain.merchant import PriceRules, PriceStrategy
from domain.period import ALWAYS, Period
from domain.price_choice import Price, SkuPrices
from domain.pricing import EMPTY, Ladder, PriceChange, PriceList, PriceSource
from domain.quantity import Factor
from kit import strategies as some
from kit.builders import NOON, SeededIds, case_of, group, ladder, pieces, price_list, sku, tier

IDS = SeededIds()
DAY = timedelta(days=1)
TODAY, TOMORROW, NEXT_WEEK = Period(start=NOON), Period(start=NOON + DAY), Period(start=NOON + 7 * DAY)
SALE = Period(start=NOON + DAY, end=NOON + 3 * DAY)
BASE = price_list(IDS)
LOWEST = PriceRules(2, PriceStrategy.LOWEST)


def at(
    price: int | str,
    *,
    validity: Period = ALWAYS,
    unit: str | None = None,
    priority: int = 0,
    place: int = 0,
) -> DatedLadder:
    return DatedLadder(
        ladder=ladder((1, price)), unit=unit, validity=validity, priority=priority, place=place
    )


def said(moment: datetime, *ladders: DatedLadder) -> Ladder:
    return Ladders(ladders).at(moment).ladder


class TestLadders:
    def test_one_that_always_holds_for_the_base_unit_stands_for_itself(self) -> None:
        assert Ladders.put([at(3)]) == ladder((1, 3))
        assert Ladders.put([]) == EMPTY
        for other in (at(3, unit="case"), at(3, priority=1), at(3, validity=TODAY)):
            assert Ladders.put([other]) == Ladders((other,))

    def test_a_dated_one_goes_before_one_that_always_holds(self) -> None:
        assert said(NOON, at(3), at(4, validity=TODAY)) == ladder((1, 4))
        assert said(NOON - DAY, at(3), at(4, validity=TODAY)) == ladder((1, 3))
        assert said(NOON, at(3), at(4, validity=Period(end=NOON + DAY))) == ladder((1, 4))

    def test_the_later_start_goes_first_then_what_came_later(self) -> None:
        both = (at(3, validity=TODAY), at(4, validity=TOMORROW))
        assert [said(moment, *both) for moment in (NOON, NOON + DAY)] == [ladder((1, 3)), ladder((1, 4))]
        assert said(NOON, at(5, validity=TODAY, place=2), at(6, validity=TODAY, place=1)) == ladder((1, 5))

    def test_a_higher_priority_goes_before_a_later_start(self) -> None:
        assert said(NOON + DAY, at(3, priority=1), at(4, validity=TOMORROW)) == ladder((1, 3))

    def test_a_sale_ends_and_what_was_before_holds_again(self) -> None:
        found = [said(NOON + days * DAY, at(3), at(2, validity=SALE)) for days in (0, 1, 2, 3)]
        assert found == [ladder((1, price)) for price in (3, 2, 2, 3)]

    def test_every_unit_has_its_own(self) -> None:
        found = Ladders((at(3), at("34.80", unit="case"), at(33, unit="case", validity=TOMORROW))).at(NOON)
        assert (found.ladder, found.units) == (ladder((1, 3)), {"case": ladder((1, "34.80"))})
        assert found.until == NOON + DAY

    def test_is_asked_for_one_unit(self) -> None:
        many = Ladders((at(3), at("34.80", unit="case")))
        assert [ladder_for(many, unit, NOON) for unit in (None, "case", "box")] == [
            ladder((1, 3)),
            ladder((1, "34.80")),
            EMPTY,
        ]
        assert [ladder_for(ladder((1, 3)), unit, NOON) for unit in (None, "case")] == [ladder((1, 3)), EMPTY]

    def test_tells_until_when_it_says_the_same(self) -> None:
        never = Ladders((at(3, priority=1), at(2, validity=SALE)))
        assert never.at(NOON).until is None
        sale = Ladders((at(3), at(2, validity=SALE)))
        ends = [sale.at(NOON + days * DAY).until for days in (0, 1, 3)]
        assert ends == [NOON + DAY, NOON + 3 * DAY, None]

    @given(st.lists(st.builds(at, st.integers(0, 9), validity=some.periods()), max_size=4), some.instants)
    def test_says_the_same_until_it_says_so(self, ladders: list[DatedLadder], moment: datetime) -> None:
        it = Ladders(tuple(ladders))
        now = it.at(moment)
        for edge in it.edges:
            if edge > moment and (now.until is None or edge < now.until):
                assert it.at(edge).ladder == now.ladder

    def test_is_written_on_one_line(self) -> None:
        told = str(Ladders((at(3), at(34, unit="case", validity=TODAY, priority=2))))
        assert told == "1: 3.00 | case 2026-03-02T04:00:00+00:00/ #2 1: 34.00"

    def test_one_alone_says_the_same_at_every_moment(self) -> None:
        assert standing_at(ladder((1, 3)), NOON) == ladder((1, 3))
        assert standing_at(Ladders((at(3, validity=TODAY),)), NOON) == Standing(ladder((1, 3)))


class TestReplacing:
    def change(self, validity: Period = ALWAYS, unit: str | None = None) -> PriceChange:
        return PriceChange(BASE.id, sku(IDS).id, ladder((1, 9)), unit, validity)

    @pytest.mark.parametrize(
        ("there", "gives_way"),
        [
            (at(3), True),
            (at(3, validity=TODAY), True),
            (at(3, validity=TOMORROW), False),
            (at(3, validity=SALE), False),
            (at(3, unit="case"), False),
        ],
    )
    def test_a_change_for_good_replaces_what_holds_without_an_end(
        self, there: DatedLadder, gives_way: bool
    ) -> None:
        assert replaced_by(self.change(), there, at=NOON) is gives_way

    @pytest.mark.parametrize(
        ("there", "gives_way"),
        [(at(3), False), (at(3, validity=TODAY), False), (at(3, validity=TOMORROW), True)],
    )
    def test_a_dated_one_replaces_what_begins_with_it(self, there: DatedLadder, gives_way: bool) -> None:
        assert replaced_by(self.change(SALE), there, at=NOON) is gives_way

    def test_knows_what_holds_without_an_end(self) -> None:
        assert open_ended(ladder((1, 3)), NOON) == ladder((1, 3))
        both = Ladders((at(3), at(4, validity=TODAY), at(2, validity=Period(NOON, NOON + DAY))))
        assert open_ended(both, NOON) == ladder((1, 4))
        assert open_ended(Ladders((at(3, unit="case"),)), NOON) == EMPTY

    def test_a_change_is_a_ladder(self) -> None:
        assert dated(self.change(SALE, "case")) == at(9, validity=SALE, unit="case")


CASE = case_of(12)


def priced(
    ladders: dict[PriceList, Ladder | Ladders], bottles: int, *, rules: PriceRules = PriceRules(2)
) -> Price | None:
    """What one case costs."""
    prices = SkuPrices.of(ladders, at=NOON, rules=rules)
    return prices.price(quantity=pieces(bottles), factor=CASE.factor, unit=CASE.unit.code)


def told(price: Price | None) -> str | None:
    return None if price is None else price.unit_price.amount


def of_case(*rungs: tuple[int, int | str]) -> DatedLadder:
    return DatedLadder(ladder=ladder(*rungs), unit="case")


class TestUnits:
    BOTTLES = DatedLadder(ladder=ladder((1, 3), (24, "2.85")))

    def test_a_case_costs_its_own_price_where_it_has_one(self) -> None:
        """Two cases and five bottles come to 84.60, and to 83.85 where all 29 bottles count together."""
        both: dict[PriceList, Ladder | Ladders] = {BASE: Ladders((self.BOTTLES, of_case((1, "34.80"))))}
        prices = SkuPrices.of(both, at=NOON, rules=PriceRules(2))
        case = prices.price_in(CASE, quantity=pieces(2))
        alone, pooled = (prices.price(quantity=pieces(many)) for many in (5, 29))
        assert case and alone and pooled
        assert (case.unit_price.amount, case.unit) == ("34.80", "case")
        totals = [
            case.unit_price.times(pieces(2)).minor + bottle.unit_price.times(pieces(5)).minor
            for bottle in (alone, pooled)
        ]
        assert totals == [8460, 8385]

    def test_a_case_without_a_price_costs_its_bottles(self) -> None:
        assert told(priced({BASE: Ladders((self.BOTTLES,))}, 12)) == "36.00"
        assert told(priced({BASE: self.BOTTLES.ladder}, 24)) == "34.20"
        another = DatedLadder(ladder=ladder((1, 9)), unit="pallet")
        assert told(priced({BASE: Ladders((self.BOTTLES, another))}, 12)) == "36.00"

    def test_the_list_is_chosen_before_the_unit(self) -> None:
        contract = price_list(IDS, source=PriceSource.PRICE_LIST)
        lists: dict[PriceList, Ladder | Ladders] = {
            BASE: Ladders((self.BOTTLES, of_case((1, "34.80")))),
            contract: ladder((1, "2.95")),
        }
        found = priced(lists, 12)
        assert told(found) == "35.40"
        assert found
        assert found.list_price.amount == "34.80"

    def test_a_case_that_has_not_enough_bottles_for_its_price_goes_to_the_next_list(self) -> None:
        group_list = price_list(IDS, source=PriceSource.PRICE_LIST)
        lists: dict[PriceList, Ladder | Ladders] = {
            BASE: self.BOTTLES.ladder,
            group_list: Ladders((of_case((120, 30)),)),
        }
        assert [told(priced(lists, many)) for many in (12, 120)] == ["36.00", "30.00"]

    def test_a_share_is_a_share_of_the_price_of_the_unit(self) -> None:
        vip = tier(IDS, percentage="95")
        of_vip = price_list(IDS, source=PriceSource.TIER, tier=vip)
        base = Ladders((self.BOTTLES, of_case((1, "34.80"))))
        assert told(priced({BASE: base, of_vip: EMPTY}, 12)) == "33.06"
        assert told(priced({BASE: base, of_vip: ladder((1, 2), (24, "90%"))}, 12)) == "24.00"
        assert told(priced({BASE: base, of_vip: ladder((1, 2), (24, "90%"))}, 24)) == "31.32"
        assert told(priced({BASE: base, of_vip: Ladders((of_case((1, "50%")),))}, 12)) == "17.40"
        assert (
            told(priced({BASE: self.BOTTLES.ladder, of_vip: Ladders((of_case((1, "50%")),))}, 12)) == "18.00"
        )
        empty = price_list(IDS, source=PriceSource.PRICE_LIST)
        assert told(priced({BASE: base, empty: EMPTY}, 12)) == "34.80"
        only_cases = Ladders((of_case((1, "34.80")),))
        assert told(priced({BASE: only_cases, of_vip: EMPTY}, 12)) == "33.06"
        assert SkuPrices.of({BASE: only_cases}, at=NOON, rules=PriceRules()).price(quantity=pieces(1)) is None

    def test_the_lowest_is_the_lowest_for_the_unit(self) -> None:
        other = price_list(IDS, source=PriceSource.PRICE_LIST)
        lists: dict[PriceList, Ladder | Ladders] = {
            BASE: Ladders((self.BOTTLES, of_case((1, "34.80")))),
            other: ladder((1, "2.95"), (120, "2.50")),
        }
        found = [told(priced(lists, many, rules=LOWEST)) for many in (12, 120)]
        assert found == ["34.80", "30.00"]

    def test_tells_how_the_price_of_a_unit_came_about(self) -> None:
        other = price_list(IDS, source=PriceSource.PRICE_LIST)
        base = Ladders((self.BOTTLES, of_case((1, "34.80"))))
        prices = SkuPrices.of({BASE: base, other: ladder((1, "2.95"))}, at=NOON, rules=PriceRules(2))
        steps = prices.explain(quantity=pieces(12), factor=Factor(12), unit="case")
        assert [(one.source.value, one.after and one.after.amount) for one in steps] == [
            ("BASE", "34.80"),
            ("PRICE_LIST", "35.40"),
        ]


class TestTime:
    def test_a_price_is_told_until_when_it_holds(self) -> None:
        vip = tier(IDS, percentage="95")
        of_vip = price_list(IDS, source=PriceSource.TIER, tier=vip)
        ends = price_list(IDS, source=PriceSource.PRICE_LIST, validity=Period(end=NOON + 2 * DAY))
        base = Ladders((at(12), at(13, validity=TOMORROW)))
        cases: list[tuple[dict[PriceList, Ladder | Ladders], datetime | None]] = [
            ({BASE: base}, NOON + DAY),
            ({BASE: base, of_vip: EMPTY}, NOON + DAY),
            ({BASE: base, of_vip: ladder((1, 9))}, None),
            ({BASE: base, ends: Ladders((at(9), at(8, validity=NEXT_WEEK)))}, NOON + 2 * DAY),
        ]
        for lists, until in cases:
            found = SkuPrices.of(lists, at=NOON, rules=PriceRules()).price(quantity=pieces(1))
            assert found
            assert found.valid_until == until

    def test_a_price_changes_at_the_moment_it_is_to(self) -> None:
        lists = {BASE: Ladders((at(12), at(13, validity=TOMORROW)))}
        edge = NOON + DAY
        for moment, amount in ((edge - timedelta(microseconds=1), "12.00"), (edge, "13.00")):
            found = SkuPrices.of(lists, at=moment, rules=PriceRules()).price(quantity=pieces(1))
            assert told(found) == amount


def test_lists_are_asked_from_the_nearest_to_the_farthest() -> None:
    own, above, highest = (
        PriceList(
            id=price_list(IDS).id,
            source=PriceSource.PRICE_LIST,
            customer_id=IDS.new(CustomerId),
            distance=distance,
            priority=distance,
        )
        for distance in (0, 1, 2)
    )
    contract = price_list(IDS, source=PriceSource.PRICE_LIST)
    free, region = group(IDS), group(IDS)
    for_group = price_list(IDS, source=PriceSource.PRICE_LIST, group=free, priority=1)
    for_region = price_list(IDS, source=PriceSource.PRICE_LIST, region=region, priority=9)
    of_tier = price_list(IDS, source=PriceSource.TIER, tier=tier(IDS))
    lists = [BASE, for_region, of_tier, contract, for_group, highest, above, own]
    found = sorted(lists, key=lambda one: one.rank)
    assert found == [own, above, highest, for_group, contract, of_tier, for_region, BASE]


class TestStillCounting:
    def test_leaves_out_what_is_over_and_what_never_comes_again(self) -> None:
        over, sale, plain = at(1, validity=Period(end=NOON)), at(2, validity=SALE), at(9)
        hand, first = at(3, validity=TOMORROW), at(5, validity=TOMORROW, place=2)
        second = at(6, validity=TOMORROW, place=3)
        urgent, case = at(7, validity=TOMORROW, priority=1), at(8, validity=TOMORROW, unit="case")
        found = still_counting(Ladders((over, plain, first, hand, second, urgent, case)), NOON)
        assert found == (plain, second, urgent, case)
        assert still_counting(Ladders((sale, first)), NOON) == (first,)
        assert still_counting(ladder((1, 3)), NOON) == (at(3),)

    @given(
        st.lists(
            st.builds(
                at,
                st.integers(1, 9),
                validity=st.sampled_from([ALWAYS, TODAY, TOMORROW, SALE, Period(end=NOON + DAY)]),
                unit=st.sampled_from([None, "case"]),
                priority=st.integers(0, 1),
            ),
            unique_by=lambda one: (one.unit, one.validity == ALWAYS, one.validity.start),
        ),
        st.lists(st.tuples(st.sampled_from([TODAY, TOMORROW, NEXT_WEEK]), st.integers(1, 9))),
        st.integers(0, 10),
    )
    def test_costs_what_it_did(
        self, by_hand: list[DatedLadder], batches: list[tuple[Period, int]], days: int
    ) -> None:
        """With no places any more, as a copy has them, every moment has the same prices."""
        published = [at(price, validity=when, place=place) for place, (when, price) in enumerate(batches, 1)]
        before, moment = Ladders((*by_hand, *published)), NOON + days * DAY
        after = Ladders(tuple(attrs.evolve(one, place=0) for one in still_counting(before, moment)))
        for later in range(10):
            then, there = (one.at(moment + later * DAY / 2) for one in (before, after))
            assert (then.ladder, then.units) == (there.ladder, there.units)
