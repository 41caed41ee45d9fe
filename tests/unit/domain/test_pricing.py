"""The list first, then the break; contract, price list, tier, base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import Pack, Unit
from domain.identity import CustomerId, PriceListId, PriceTierId
from domain.money import LARGEST_PRICE, Currency, Percentage, UnitPrice
from domain.period import Period
from domain.pricing import (
    EMPTY,
    MOST_ASKED,
    MOST_RUNGS,
    NO_PRICES,
    InvalidPrice,
    Ladder,
    Price,
    PriceList,
    PriceSource,
    PriceTier,
    QuantityBreak,
    Rung,
    SkuPrices,
    check_ladder,
)
from domain.quantity import LARGEST_FACTOR, Factor, Quantity
from kit import strategies as some
from kit.builders import NOON, SeededIds, case_of, customer, ladder, pieces, price_list, tier, yuan

IDS = SeededIds()
VIP = tier(IDS, code="VIP", name="VIP", percentage="95")
REGULAR = tier(IDS)
SHOP = customer(IDS, tier=VIP)
BASE = price_list(IDS)
OF_TIER = price_list(IDS, source=PriceSource.TIER, tier=VIP)
GROUP = price_list(IDS, source=PriceSource.PRICE_LIST)
CONTRACT = price_list(IDS, source=PriceSource.CONTRACT, customer=SHOP)
YESTERDAY = NOON - timedelta(days=1)

AUDIENCES = {
    PriceSource.BASE: [(False, False)],
    PriceSource.TIER: [(True, False)],
    PriceSource.CONTRACT: [(False, True)],
    PriceSource.PRICE_LIST: [(False, False), (True, False)],
}


def priced(
    ladders: Mapping[PriceList, Ladder], many: int | str, *, factor: Factor = Factor(1), scale: int = 2
) -> Price | None:
    return SkuPrices.of(ladders, at=NOON, scale=scale).price(quantity=pieces(many), factor=factor)


def said(price: Price | None) -> tuple[str, PriceSource, str] | None:
    if price is None:
        return None
    return price.unit_price.amount, price.source, str(price.applied_from_quantity)


def price_at(breaks: Sequence[QuantityBreak], quantity: Quantity) -> UnitPrice | None:
    """The deepest break reached, by looking at all of them."""
    return next((one.unit_price for one in reversed(breaks) if one.min_quantity <= quantity), None)


class TestLadder:
    @given(some.ladders(most=MOST_RUNGS))
    def test_stands_in_ascending_order(self, it: Ladder) -> None:
        starts = [rung.min_quantity for rung in it.rungs]
        assert starts == sorted(set(starts))
        assert Ladder.of(reversed(it.rungs)) == it

    @pytest.mark.parametrize("starts", [(2, 2), (1, 3, 3), (0,), (-1, 2)])
    def test_starts_above_zero_and_never_twice_at_the_same_quantity(self, starts: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="start above zero and ascend"):
            ladder(*((start, 1) for start in starts))

    def test_refuses_rungs_out_of_order(self) -> None:
        with pytest.raises(ValueError, match="ascend"):
            Ladder(tuple(reversed(ladder((1, 3), (2, 2)).rungs)))

    def test_is_not_endless(self) -> None:
        assert len(ladder(*((at + 1, 1) for at in range(MOST_RUNGS))).rungs) == MOST_RUNGS
        with pytest.raises(ValueError, match="rungs"):
            ladder(*((at + 1, 1) for at in range(MOST_RUNGS + 1)))

    def test_has_no_price_that_cannot_be_set(self) -> None:
        largest = UnitPrice(LARGEST_PRICE, Currency.CNY)
        assert Rung(pieces(1), largest).price == largest
        with pytest.raises(ValueError, match="too large"):
            Rung(pieces(1), UnitPrice(LARGEST_PRICE + 1, Currency.CNY))

    @given(some.ladders(shares=False), some.ladders(shares=False))
    def test_of_prices_is_what_it_says_over_any_base(self, it: Ladder, base: Ladder) -> None:
        expected = tuple((rung.min_quantity, rung.price) for rung in it.rungs)
        assert tuple((one.min_quantity, one.unit_price) for one in it.over(base, scale=2)) == expected

    @given(
        some.ladders(),
        some.ladders(shares=False),
        st.integers(2, 4),
        st.lists(some.quantities(most=10**6), min_size=1, max_size=10),
    )
    def test_gives_at_every_quantity_the_price_or_the_share_that_holds_there(
        self, it: Ladder, base: Ladder, scale: int, quantities: list[Quantity]
    ) -> None:
        breaks = it.over(base, scale=scale)
        edges = [rung.min_quantity for rung in (*it.rungs, *base.rungs)]
        for quantity in (*quantities, *edges):
            reached = [rung for rung in it.rungs if rung.min_quantity <= quantity]
            listed = price_at(base.over(EMPTY, scale=scale), quantity)
            if not reached:
                assert price_at(breaks, quantity) is None
            elif isinstance(reached[-1].price, UnitPrice):
                assert price_at(breaks, quantity) == reached[-1].price
            elif listed is not None:
                assert price_at(breaks, quantity) == reached[-1].price.of_price(listed, scale=scale)
            elif not any(isinstance(rung.price, UnitPrice) for rung in reached):
                assert price_at(breaks, quantity) is None

    @given(some.ladders(), some.ladders(shares=False))
    def test_gives_breaks_that_ascend(self, it: Ladder, base: Ladder) -> None:
        starts = [one.min_quantity for one in it.over(base, scale=2)]
        assert starts == sorted(set(starts))

    def test_takes_the_share_of_every_rung_of_the_base_from_its_own_on(self) -> None:
        base = ladder((1, 12), (12, 10), (24, 8))
        breaks = ladder((12, "95%"), (48, "90%")).over(base, scale=2)
        assert [(str(one.min_quantity), one.unit_price.amount) for one in breaks] == [
            ("12", "9.50"),
            ("24", "7.60"),
            ("48", "7.20"),
        ]

    def test_does_not_repeat_a_price(self) -> None:
        breaks = ladder((1, "50%"), (10, 6), (20, "50%")).over(ladder((1, 12)), scale=2)
        assert breaks == (QuantityBreak(pieces(1), yuan(6)),)

    def test_has_no_share_of_a_price_that_is_not_there(self) -> None:
        assert ladder((1, "95%")).over(EMPTY, scale=2) == ()
        assert ladder((1, "95%")).over(ladder((5, 10)), scale=2) == (QuantityBreak(pieces(5), yuan("9.50")),)
        assert ladder((1, "95%")).over(ladder((1, "50%")), scale=2) == ()


class TestPriceList:
    @pytest.mark.parametrize("source", list(AUDIENCES))
    @pytest.mark.parametrize("with_tier", [True, False])
    @pytest.mark.parametrize("with_customer", [True, False])
    def test_is_for_the_audience_of_its_source(
        self, source: PriceSource, with_tier: bool, with_customer: bool
    ) -> None:
        def made() -> PriceList:
            return price_list(
                SeededIds(),
                source=source,
                tier=VIP if with_tier else None,
                customer=SHOP if with_customer else None,
            )

        if (with_tier, with_customer) in AUDIENCES[source]:
            assert made().source is source
        else:
            with pytest.raises(ValueError, match="not for this audience"):
                made()

    def test_is_never_special(self) -> None:
        with pytest.raises(ValueError, match="source"):
            price_list(SeededIds(), source=PriceSource.SPECIAL)

    @given(st.lists(some.price_lists(), max_size=6))
    def test_ranks_by_source_then_priority_then_age(self, lists: list[PriceList]) -> None:
        order = [PriceSource.CONTRACT, PriceSource.PRICE_LIST, PriceSource.TIER, PriceSource.BASE]
        assert sorted(lists, key=lambda one: one.rank) == sorted(
            sorted(sorted(lists, key=lambda one: one.id), key=lambda one: one.priority, reverse=True),
            key=lambda one: order.index(one.source),
        )


class TestPrecedence:
    LADDERS: ClassVar[dict[PriceList, Ladder]] = {
        BASE: ladder((1, 12)),
        OF_TIER: EMPTY,
        GROUP: ladder((24, "10.80")),
        CONTRACT: ladder((1, "10.50")),
    }

    def test_a_contract_comes_first(self) -> None:
        assert said(priced(self.LADDERS, 24)) == ("10.50", PriceSource.CONTRACT, "1")

    def test_a_list_takes_the_place_of_a_contract_that_expired(self) -> None:
        expired = attrs.evolve(CONTRACT, validity=Period(end=YESTERDAY))
        ladders = {**self.LADDERS, expired: self.LADDERS[CONTRACT]}
        del ladders[CONTRACT]
        assert said(priced(ladders, 24)) == ("10.80", PriceSource.PRICE_LIST, "24")
        assert said(priced(ladders, 23)) == ("11.40", PriceSource.TIER, "1")

    def test_a_list_whose_lowest_break_is_not_reached_is_passed_over(self) -> None:
        ladders = {one: self.LADDERS[one] for one in (BASE, OF_TIER, GROUP)}
        assert said(priced(ladders, 24)) == ("10.80", PriceSource.PRICE_LIST, "24")
        assert said(priced(ladders, "23.999")) == ("11.40", PriceSource.TIER, "1")

    def test_the_base_price_is_for_whoever_has_no_other(self) -> None:
        assert said(priced({BASE: ladder((1, 12))}, 1)) == ("12.00", PriceSource.BASE, "1")

    def test_the_list_is_chosen_before_the_break(self) -> None:
        default, custom = ladder((1, 9), (2, 8), (5, 6)), ladder((1, 8), (2, 7), (4, 7))
        ladders = {BASE: default, GROUP: custom}
        prices = [priced(ladders, many) for many in (1, 2, 4, 5)]
        assert [price and price.unit_price.amount for price in prices] == ["8.00", "7.00", "7.00", "7.00"]

    def test_the_higher_priority_comes_first_and_then_the_older_list(self) -> None:
        low, old = (
            price_list(IDS, source=PriceSource.PRICE_LIST),
            price_list(IDS, source=PriceSource.PRICE_LIST),
        )
        high = price_list(IDS, source=PriceSource.PRICE_LIST, priority=1)
        ladders = {old: ladder((1, 3)), low: ladder((1, 2)), high: ladder((1, 9))}
        assert said(priced(ladders, 1)) == ("9.00", PriceSource.PRICE_LIST, "1")
        del ladders[high]
        assert said(priced(ladders, 1)) == ("2.00", PriceSource.PRICE_LIST, "1")

    def test_rows_of_the_tier_come_before_its_percentage(self) -> None:
        ladders = {BASE: ladder((1, 12)), OF_TIER: ladder((10, 11))}
        assert said(priced(ladders, 10)) == ("11.00", PriceSource.TIER, "10")
        assert said(priced(ladders, 9)) == ("12.00", PriceSource.BASE, "1")

    def test_a_tier_without_a_percentage_and_rows_says_nothing(self) -> None:
        of_regular = price_list(IDS, source=PriceSource.TIER, tier=REGULAR)
        assert said(priced({BASE: ladder((1, 12)), of_regular: EMPTY}, 1)) == ("12.00", PriceSource.BASE, "1")

    def test_only_the_list_of_the_tier_takes_its_percentage(self) -> None:
        of_vips = price_list(IDS, source=PriceSource.PRICE_LIST, tier=VIP)
        assert said(priced({BASE: ladder((1, 12)), of_vips: EMPTY}, 1)) == ("12.00", PriceSource.BASE, "1")

    def test_a_tier_takes_its_share_of_every_break_of_the_base(self) -> None:
        price = priced({BASE: ladder((2, 12), (24, 10)), OF_TIER: EMPTY}, 24)
        assert price is not None
        assert [(str(one.min_quantity), one.unit_price.amount) for one in price.breaks] == [
            ("2", "11.40"),
            ("24", "9.50"),
        ]
        assert (price.tier, price.list_price) == (VIP, yuan(10))

    def test_a_tier_that_pays_nothing_pays_nothing(self) -> None:
        free = tier(IDS, percentage="0")
        of_free = price_list(IDS, source=PriceSource.TIER, tier=free)
        assert said(priced({BASE: ladder((1, 12)), of_free: EMPTY}, 1)) == ("0.00", PriceSource.TIER, "1")


class TestSkuPrices:
    def test_shows_the_base_price_beside_the_price(self) -> None:
        ladders = {BASE: ladder((10, 12), (20, 11)), CONTRACT: ladder((1, 9))}
        prices = [priced(ladders, many) for many in (1, 10, 20)]
        assert [price and price.list_price.amount for price in prices] == ["12.00", "12.00", "11.00"]

    def test_shows_the_price_twice_where_there_is_no_base(self) -> None:
        price = priced({CONTRACT: ladder((1, 9))}, 1, factor=Factor(12))
        assert price is not None
        assert (price.unit_price, price.list_price) == (yuan(108), yuan(108))

    def test_says_nothing_where_nobody_has_a_price(self) -> None:
        assert priced({}, 1) is None
        assert priced({BASE: EMPTY, OF_TIER: EMPTY}, 1) is None
        assert priced({BASE: ladder((2, 12))}, 1) is None
        assert NO_PRICES.price(quantity=pieces(1)) is None

    def test_prices_a_case_as_so_many_pieces(self) -> None:
        price = priced({BASE: ladder((1, 3))}, 24, factor=Factor(12))
        assert price is not None
        assert price.unit_price.amount == "36.00"
        assert [one.unit_price.amount for one in price.breaks] == ["3.00"]

    def test_says_until_when_its_list_holds(self) -> None:
        until = NOON + timedelta(days=3)
        season = price_list(IDS, source=PriceSource.PRICE_LIST, validity=Period(end=until))
        price = priced({BASE: ladder((1, 12)), season: ladder((1, 9))}, 1)
        assert price is not None
        assert price.valid_until == until

    def test_prices_in_the_unit_asked_for_at_the_quantity_it_makes(self) -> None:
        prices = SkuPrices.of({BASE: ladder((1, 3), (24, 2))}, at=NOON, scale=2)
        in_cases = prices.price_in(case_of(12), quantity=pieces(2))
        assert said(in_cases) == ("24.00", PriceSource.BASE, "24")
        thirds = Pack(Unit.named("个"), Factor(1, 3))
        assert prices.price_in(thirds, quantity=pieces(1)) is None
        assert said(prices.price_in(thirds, quantity=pieces(3))) == ("1.00", PriceSource.BASE, "1")

    @given(
        ladders=st.dictionaries(some.price_lists(), some.ladders(), max_size=5),
        at=some.instants,
        quantity=some.quantities(most=10**6),
        factor=some.factors,
    )
    def test_is_the_same_whatever_the_order_of_the_lists(
        self, ladders: dict[PriceList, Ladder], at: datetime, quantity: Quantity, factor: Factor
    ) -> None:
        backwards = dict(reversed(ladders.items()))
        one, other = (SkuPrices.of(some, at=at, scale=2) for some in (ladders, backwards))
        assert one == other
        assert one.price(quantity=quantity, factor=factor) == other.price(quantity=quantity, factor=factor)

    @given(
        ladders=st.dictionaries(some.price_lists(), some.ladders(shares=False, fewest=1), max_size=5),
        at=some.instants,
        quantity=some.quantities(most=10**6),
    )
    def test_takes_the_first_list_that_holds_and_has_a_break_there(
        self, ladders: dict[PriceList, Ladder], at: datetime, quantity: Quantity
    ) -> None:
        price = SkuPrices.of(ladders, at=at, scale=4).price(quantity=quantity)
        for one in sorted((one for one in ladders if at in one.validity), key=lambda one: one.rank):
            reached = [rung for rung in ladders[one].rungs if rung.min_quantity <= quantity]
            if reached:
                assert price is not None
                assert (price.source, price.unit_price) == (one.source, reached[-1].price)
                assert price.applied_from_quantity == reached[-1].min_quantity
                break
        else:
            assert price is None

    @given(
        ladders=st.dictionaries(some.price_lists(), some.ladders(), min_size=1, max_size=4),
        one=some.instants,
        other=some.instants,
        quantity=some.quantities(most=10**6),
    )
    def test_changes_only_where_a_list_begins_or_ends(
        self, ladders: dict[PriceList, Ladder], one: datetime, other: datetime, quantity: Quantity
    ) -> None:
        edges = {edge for it in ladders for edge in (it.validity.start, it.validity.end) if edge is not None}
        earlier, later = min(one, other), max(one, other)
        if any(earlier < edge <= later for edge in edges):
            later = earlier
        prices = [SkuPrices.of(ladders, at=at, scale=2).price(quantity=quantity) for at in (earlier, later)]
        assert prices[0] == prices[1]

    def test_survives_the_dearest_price_in_the_largest_unit(self) -> None:
        dear = price_list(IDS, source=PriceSource.TIER, tier=tier(IDS, percentage="1000"))
        price = priced({BASE: ladder((1, 10_000_000)), dear: EMPTY}, 1, factor=Factor(LARGEST_FACTOR))
        assert price is not None
        assert price.unit_price.ten_thousandths == 10**18 < 2**63


class TestSamePrices:
    def test_it_answers_the_same_as_before_whatever_was_asked_in_between(self) -> None:
        prices = SkuPrices.of({BASE: ladder((1, 3), (24, 2))}, at=NOON, scale=2)
        asked = [pieces(many) for many in range(1, 2 * MOST_ASKED + 30)]
        first = [prices.price(quantity=quantity) for quantity in asked]
        assert [prices.price(quantity=quantity) for quantity in reversed(asked)] == first[::-1]
        assert prices.price(quantity=asked[0]) is first[0]
        assert prices.price(quantity=asked[0], factor=Factor(2)) != first[0]


class TestCheckLadder:
    @pytest.mark.parametrize(
        ("rungs", "source", "scale", "reason"),
        [
            ([(1, "3.33"), (2, "3.30")], PriceSource.BASE, 2, None),
            ([(1, "95%")], PriceSource.TIER, 2, None),
            ([], PriceSource.BASE, 2, None),
            ([(1, "3.3333")], PriceSource.BASE, 4, None),
            ([(1, "95%")], PriceSource.BASE, 2, "SHARE_OF_NOTHING"),
            ([(1, "3.33"), (2, "3.305")], PriceSource.BASE, 2, "TOO_FINE"),
            ([(1, "3.3333")], PriceSource.CONTRACT, 3, "TOO_FINE"),
        ],
    )
    def test_finds_what_cannot_be_set(
        self, rungs: list[tuple[int, str]], source: PriceSource, scale: int, reason: str | None
    ) -> None:
        fault = check_ladder(ladder(*rungs), source=source, scale=scale, line=7, currency=Currency.CNY)
        assert fault == (InvalidPrice(reason, 7) if reason else None)

    def test_refuses_another_currency(self) -> None:
        dollars = Ladder((Rung(pieces(1), UnitPrice(100, Currency.USD)),))
        fault = check_ladder(dollars, source=PriceSource.BASE, scale=2, currency=Currency.CNY)
        assert fault == InvalidPrice("CURRENCY")


@pytest.mark.parametrize("wrong", [{"code": ""}, {"name": ""}])
def test_a_tier_has_a_code_and_a_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        attrs.evolve(VIP, **wrong)


@given(some.ladders(shares=False, fewest=1), some.quantities(most=10**6), st.integers(0, 10_000))
def test_a_tier_that_takes_a_share_never_pays_more_than_the_base_price(
    base: Ladder, quantity: Quantity, share: int
) -> None:
    some_tier = PriceTier(id=PriceTierId.of(bytes(16)), code="T", name="T", percentage=Percentage(share))
    of_tier = PriceList(id=PriceListId.of(bytes(16)), source=PriceSource.TIER, tier=some_tier)
    price = SkuPrices.of({BASE: base, of_tier: EMPTY}, at=NOON, scale=4).price(quantity=quantity)
    if price is not None:
        assert price.source is PriceSource.TIER
        assert price.unit_price.ten_thousandths <= price.list_price.ten_thousandths
    else:
        assert quantity < base.rungs[0].min_quantity


def test_a_contract_is_for_one_customer() -> None:
    assert CONTRACT.customer_id == SHOP.id
    assert isinstance(CONTRACT.customer_id, CustomerId)


def test_a_ladder_is_written_on_one_line() -> None:
    assert str(ladder((1, "3.5"), (24, "3.3333"), ("240.5", "92.5%"))) == "1: 3.50; 24: 3.3333; 240.5: 92.5%"
    assert str(EMPTY) == ""
