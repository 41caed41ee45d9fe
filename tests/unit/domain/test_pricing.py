"""The list first, then the break; contract, price list, tier, base."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import CustomerId
from domain.money import LARGEST_PRICE, Currency, UnitPrice
from domain.pricing import (
    EMPTY,
    MOST_RUNGS,
    InvalidPrice,
    Ladder,
    PriceList,
    PriceSource,
    QuantityBreak,
    Rung,
    check_ladder,
)
from domain.quantity import Quantity
from kit import strategies as some
from kit.builders import NOON, SeededIds, customer, ladder, pieces, price_list, tier, yuan

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
    PriceSource.PRICE_LIST: [(False, False), (True, False), (False, True)],
}


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


def test_a_contract_is_for_one_customer() -> None:
    assert CONTRACT.customer_id == SHOP.id
    assert isinstance(CONTRACT.customer_id, CustomerId)


def test_a_ladder_is_written_on_one_line() -> None:
    assert str(ladder((1, "3.5"), (24, "3.3333"), ("240.5", "92.5%"))) == "1: 3.50; 24: 3.3333; 240.5: 92.5%"
    assert str(EMPTY) == ""
