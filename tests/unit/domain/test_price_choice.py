"""One of many prices: the list first, then the break; contract, price list, tier, base; or the lowest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import attrs
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import Pack, Unit
from domain.identity import PriceListId, PriceTierId, SkuId
from domain.merchant import PriceRules, PriceStrategy
from domain.money import Percentage, UnitPrice
from domain.period import Period
from domain.price_choice import MOST_ASKED, NO_PRICES, Price, PriceStep, SkuPrices
from domain.pricing import (
    EMPTY,
    Ladder,
    PriceList,
    PriceOutcome,
    PriceSource,
    PriceTier,
    QuantityBreak,
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
LOWEST = PriceStrategy.LOWEST
YESTERDAY = NOON - timedelta(days=1)


def priced(
    ladders: Mapping[PriceList, Ladder],
    many: int | str,
    *,
    factor: Factor = Factor(1),
    scale: int = 2,
    strategy: PriceStrategy = PriceStrategy.PRIORITY,
) -> Price | None:
    prices = SkuPrices.of(ladders, at=NOON, rules=PriceRules(scale, strategy))
    return prices.price(quantity=pieces(many), factor=factor)


def told(step: PriceStep) -> tuple[str, str, str, str | None, str | None]:
    return (
        step.source.value,
        step.outcome.value,
        str(step.min_quantity),
        None if step.before is None else step.before.amount,
        None if step.after is None else step.after.amount,
    )


def price_at(breaks: Sequence[QuantityBreak], quantity: Quantity) -> UnitPrice | None:
    """The deepest break reached, by looking at all of them."""
    return next((one.unit_price for one in reversed(breaks) if one.min_quantity <= quantity), None)


def said(price: Price | None) -> tuple[str, PriceSource, str] | None:
    if price is None:
        return None
    return price.unit_price.amount, price.source, str(price.applied_from_quantity)


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
        prices = [priced(ladders, many, strategy=LOWEST) for many in (1, 2, 4, 5)]
        assert [price and price.unit_price.amount for price in prices] == ["8.00", "7.00", "7.00", "6.00"]

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
        prices = SkuPrices.of({BASE: ladder((1, 3), (24, 2))}, at=NOON, rules=PriceRules(2))
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
        one, other = (SkuPrices.of(some, at=at, rules=PriceRules(2)) for some in (ladders, backwards))
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
        price = SkuPrices.of(ladders, at=at, rules=PriceRules(4)).price(quantity=quantity)
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
        prices = [
            SkuPrices.of(ladders, at=at, rules=PriceRules(2)).price(quantity=quantity)
            for at in (earlier, later)
        ]
        assert prices[0] == prices[1]

    def test_survives_the_dearest_price_in_the_largest_unit(self) -> None:
        dear = price_list(IDS, source=PriceSource.TIER, tier=tier(IDS, percentage="1000"))
        price = priced({BASE: ladder((1, 10_000_000)), dear: EMPTY}, 1, factor=Factor(LARGEST_FACTOR))
        assert price is not None
        assert price.unit_price.ten_thousandths == 10**18 < 2**63


class TestSamePrices:
    def test_it_answers_the_same_as_before_whatever_was_asked_in_between(self) -> None:
        prices = SkuPrices.of({BASE: ladder((1, 3), (24, 2))}, at=NOON, rules=PriceRules(2))
        asked = [pieces(many) for many in range(1, 2 * MOST_ASKED + 30)]
        first = [prices.price(quantity=quantity) for quantity in asked]
        assert [prices.price(quantity=quantity) for quantity in reversed(asked)] == first[::-1]
        assert prices.price(quantity=asked[0]) is first[0]
        assert prices.price(quantity=asked[0], factor=Factor(2)) != first[0]

    def test_more_breaks_than_are_remembered_are_told_all_the_same(self) -> None:
        rungs = [(10 * at, 30 - at) for at in range(1, 13)]
        prices = SkuPrices.of({BASE: ladder(*rungs)}, at=NOON, rules=PriceRules(2))
        for _ in range(2):
            found = [prices.price(quantity=pieces(many + 1)) for many, _ in rungs]
            assert [one and one.unit_price for one in found] == [yuan(price) for _, price in rungs]

    def test_the_same_ladders_are_put_in_order_once(self) -> None:
        sku_id, other_id = IDS.new(SkuId), IDS.new(SkuId)
        ladders = {sku_id: {BASE: ladder((1, 3))}, other_id: {BASE: ladder((1, 4))}}
        first = SkuPrices.of_each(ladders, at=NOON, rules=PriceRules(2))
        again = SkuPrices.of_each(ladders, at=NOON, rules=PriceRules(2))
        assert again[sku_id] is first[sku_id]
        assert first[other_id] != first[sku_id]
        finer = SkuPrices.of_each(ladders, at=NOON, rules=PriceRules(4))
        assert finer[sku_id] is not first[sku_id]


class TestLowest:
    """The lowest of all prices counts, where the merchant has decided so."""

    LADDERS: ClassVar[dict[PriceList, Ladder]] = TestPrecedence.LADDERS

    def test_a_contract_gives_way_to_a_lower_price(self) -> None:
        assert said(priced(self.LADDERS, 24, strategy=LOWEST)) == ("10.50", PriceSource.CONTRACT, "1")
        lower = {**self.LADDERS, GROUP: ladder((24, "10.40"))}
        assert said(priced(lower, 24, strategy=LOWEST)) == ("10.40", PriceSource.PRICE_LIST, "24")
        assert said(priced(lower, 23, strategy=LOWEST)) == ("10.50", PriceSource.CONTRACT, "1")
        assert said(priced(lower, 24)) == ("10.50", PriceSource.CONTRACT, "1")

    def test_the_ladder_is_the_lowest_of_all_at_every_quantity(self) -> None:
        # Of two lists 1: 9, 2: 8, 5: 6 and 1: 8, 2: 7, 4: 7.
        lists = {BASE: ladder((1, 9), (2, 8), (5, 6)), GROUP: ladder((1, 8), (2, 7), (4, 7))}
        prices = [priced(lists, many, strategy=LOWEST) for many in (1, 2, 4, 5)]
        assert [one and one.unit_price.amount for one in prices] == ["8.00", "7.00", "7.00", "6.00"]
        by_priority = [priced(lists, many) for many in (1, 2, 4, 5)]
        assert [one and one.unit_price.amount for one in by_priority] == ["8.00", "7.00", "7.00", "7.00"]
        assert prices[0] is not None
        assert [(str(one.min_quantity), one.unit_price.amount) for one in prices[0].breaks] == [
            ("1", "8.00"),
            ("2", "7.00"),
            ("5", "6.00"),
        ]

    def test_of_equal_prices_the_most_binding_list_says_it(self) -> None:
        lists = {BASE: ladder((1, 9)), CONTRACT: ladder((1, 9)), GROUP: ladder((1, 9))}
        assert said(priced(lists, 1, strategy=LOWEST)) == ("9.00", PriceSource.CONTRACT, "1")

    def test_nobody_says_a_price_below_every_break(self) -> None:
        assert priced({GROUP: ladder((24, 9))}, 23, strategy=LOWEST) is None
        assert priced({}, 1, strategy=LOWEST) is None

    @given(
        st.fixed_dictionaries(
            {
                BASE: some.ladders(shares=False),
                OF_TIER: some.ladders(),
                GROUP: some.ladders(),
                CONTRACT: some.ladders(),
            }
        ),
        some.quantities(most=10**6),
    )
    def test_is_the_least_of_what_each_list_says_alone(
        self, ladders: dict[PriceList, Ladder], quantity: Quantity
    ) -> None:
        prices = SkuPrices.of(ladders, at=NOON, rules=PriceRules(2, LOWEST))
        alone = [price_at(breaks, quantity) for _, breaks in prices.candidates]
        least = min((one.ten_thousandths for one in alone if one is not None), default=None)
        price = prices.price(quantity=quantity)
        assert (price and price.unit_price.ten_thousandths) == least
        if price is not None:
            assert price_at(price.breaks, quantity) == price.unit_price
            by_priority = SkuPrices.of(ladders, at=NOON, rules=PriceRules()).price(quantity=quantity)
            assert by_priority is not None
            assert price.unit_price.ten_thousandths <= by_priority.unit_price.ten_thousandths


class TestExplain:
    """A price that can be followed from list to list."""

    def test_tells_what_every_list_did_to_it(self) -> None:
        prices = SkuPrices.of(TestPrecedence.LADDERS, at=NOON, rules=PriceRules())
        assert [told(step) for step in prices.explain(quantity=pieces(23))] == [
            ("BASE", "APPLIED", "1", None, "12.00"),
            ("TIER", "APPLIED", "1", "12.00", "11.40"),
            ("PRICE_LIST", "BELOW_LOWEST_BREAK", "24", "11.40", "11.40"),
            ("CONTRACT", "APPLIED", "1", "11.40", "10.50"),
        ]

    def test_tells_what_was_not_lower(self) -> None:
        prices = SkuPrices.of(
            {BASE: ladder((1, 9)), CONTRACT: ladder((1, 10))}, at=NOON, rules=PriceRules(2, LOWEST)
        )
        assert [told(step) for step in prices.explain(quantity=pieces(2), factor=Factor(12))] == [
            ("BASE", "APPLIED", "1", None, "108.00"),
            ("CONTRACT", "NOT_LOWER", "1", "108.00", "108.00"),
        ]

    def test_has_nothing_to_tell_without_lists(self) -> None:
        assert NO_PRICES.explain(quantity=pieces(1)) == ()

    @given(
        st.fixed_dictionaries(
            {
                BASE: some.ladders(shares=False),
                OF_TIER: some.ladders(),
                GROUP: some.ladders(),
                CONTRACT: some.ladders(),
            }
        ),
        some.quantities(most=10**6),
        st.sampled_from(PriceStrategy),
    )
    def test_ends_with_the_price(
        self, ladders: dict[PriceList, Ladder], quantity: Quantity, strategy: PriceStrategy
    ) -> None:
        prices = SkuPrices.of(ladders, at=NOON, rules=PriceRules(2, strategy))
        steps, price = prices.explain(quantity=quantity), prices.price(quantity=quantity)
        assert len(steps) == len(prices.candidates)
        assert (steps[-1].after if steps else None) == (price and price.unit_price)
        assert [step.before for step in steps] == [None, *(step.after for step in steps)][: len(steps)]
        applied = [step for step in steps if step.outcome is PriceOutcome.APPLIED]
        assert (applied[-1].source if applied else None) == (price and price.source)


@given(some.ladders(shares=False, fewest=1), some.quantities(most=10**6), st.integers(0, 10_000))
def test_a_tier_that_takes_a_share_never_pays_more_than_the_base_price(
    base: Ladder, quantity: Quantity, share: int
) -> None:
    some_tier = PriceTier(id=PriceTierId.of(bytes(16)), code="T", name="T", percentage=Percentage(share))
    of_tier = PriceList(id=PriceListId.of(bytes(16)), source=PriceSource.TIER, tier=some_tier)
    price = SkuPrices.of({BASE: base, of_tier: EMPTY}, at=NOON, rules=PriceRules(4)).price(quantity=quantity)
    if price is not None:
        assert price.source is PriceSource.TIER
        assert price.unit_price.ten_thousandths <= price.list_price.ten_thousandths
    else:
        assert quantity < base.rungs[0].min_quantity
