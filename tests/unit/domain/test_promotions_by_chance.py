"""What holds for every basket and every promotion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity import CategoryId, ProductId, SkuId
from domain.merchant import MarginGuard
from domain.money import Currency, Money, Percentage, UnitPrice
from domain.period import Period
from domain.promotions import (
    Bundle,
    BundlePart,
    BuyGet,
    Guard,
    NthPiece,
    PricedLine,
    Promotion,
    Schedule,
    Scope,
    Stacking,
    Step,
    ThresholdDiscount,
    fold,
)
from domain.quantity import Quantity
from kit.builders import NOON, SeededIds
from kit.promoting import folded, gift, promotion, stocked
from kit.promoting import given as asked

IDS = SeededIds(4)
SKUS = tuple(IDS.new(SkuId) for _ in range(6))
PRODUCTS = tuple(IDS.new(ProductId) for _ in range(6))
PLACES = tuple(IDS.new(CategoryId) for _ in range(3))
FREE = IDS.new(SkuId)

some_lines = st.lists(
    st.builds(
        lambda at, fen, pieces: PricedLine(
            sku_id=SKUS[at],
            product_id=PRODUCTS[at],
            category_ids=frozenset({PLACES[at % 3]}),
            base_quantity=Quantity(pieces),
            total=Money(fen, Currency.CNY),
        ),
        st.integers(0, 5),
        st.integers(0, 10**6),
        st.integers(1, 50).map(lambda number: number * 500),
    ),
    min_size=1,
    max_size=8,
)
scopes = st.builds(
    Scope,
    sku_ids=st.frozensets(st.sampled_from(SKUS), max_size=2),
    category_ids=st.frozensets(st.sampled_from(PLACES), max_size=1),
    without=st.frozensets(st.sampled_from(SKUS), max_size=1),
)
amounts = st.integers(1, 10**6).map(lambda fen: Money(fen, Currency.CNY))
quantities = st.integers(1, 30).map(lambda number: Quantity(number * 1000))
shares = st.integers(1, 10_000).map(Percentage)


@st.composite
def thresholds(draw: st.DrawFn) -> ThresholdDiscount:
    """Steps of amounts or of quantities, of which one may repeat."""
    reached = draw(st.lists(st.integers(1, 10**5), min_size=1, max_size=3, unique=True).map(sorted))
    in_pieces, repeats = draw(st.booleans()), draw(st.booleans())
    steps = []
    for one in reached[:1] if repeats else reached:
        off = draw(st.integers(1, one)) if repeats or draw(st.booleans()) else draw(shares)
        threshold = Quantity(one * 10) if in_pieces else Money(one, Currency.CNY)
        steps.append(Step(threshold, Money(off, Currency.CNY) if isinstance(off, int) else off))
    return ThresholdDiscount(steps=tuple(steps), repeats=repeats, cap=draw(st.none() | amounts))


few = st.none() | st.integers(1, 5)
effects = (
    thresholds()
    | st.builds(NthPiece, nth=st.integers(1, 5), off=shares, most=few)
    | st.builds(BuyGet, buy=quantities, get=quantities, goods=scopes, off=shares, most=few)
    | st.builds(
        Bundle,
        parts=st.lists(st.builds(BundlePart, scopes, quantities), min_size=1, max_size=2).map(tuple),
        price=amounts,
        most=few,
    )
)
promotions = st.builds(
    promotion,
    effects,
    scope=scopes,
    priority=st.integers(0, 2),
    exclusive_group=st.none() | st.sampled_from(["A", "B"]),
    stacking=st.sampled_from(Stacking),
)


@settings(max_examples=50)
@given(some_lines, st.lists(promotions, max_size=5))
def test_lines_add_up_and_none_costs_less_than_nothing(
    lines: list[PricedLine], offers: list[Promotion]
) -> None:
    found = folded(lines, *offers)
    for line, net, off in zip(lines, found.nets, found.discounts, strict=True):
        assert net + off == line.total
        assert 0 <= net.minor <= line.total.minor
    taken = Money.total((one.discount for one in found.applied), Currency.CNY)
    assert taken == Money.total(found.discounts, Currency.CNY)
    for one in found.applied:
        assert Money.total(one.shares, Currency.CNY) == one.discount == one.cost
    # Every promotion is mentioned once at most, and the same input has the same outcome.
    told = [one.promotion.id for one in found.applied] + [one.promotion.id for one in found.rejected]
    assert len(told) == len(set(told))
    again = asked(lines, *offers)
    assert fold(again) == fold(again) == found


@settings(max_examples=50)
@given(some_lines, promotions, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_discount(
    lines: list[PricedLine], offer: Promotion, chance: Random
) -> None:
    """A group or gift promotion takes off the same whichever way the lines stand; who gets the odd fen is a tie."""
    shuffled = list(lines)
    chance.shuffle(shuffled)
    one, other = folded(lines, offer), folded(shuffled, offer)
    if isinstance(offer.effect, ThresholdDiscount):
        assert [found.discount for found in one.applied] == [found.discount for found in other.applied]
        ties = {(line.total, off) for line, off in zip(lines, one.discounts, strict=True)}
        others = {(line.total, off) for line, off in zip(shuffled, other.discounts, strict=True)}
        assert ties == others
    assert [found.reason for found in one.rejected] == [found.reason for found in other.rejected]


@settings(max_examples=50)
@given(some_lines, st.integers(0, 7), st.integers(1, 50), st.integers(1, 30), st.booleans())
def test_more_of_something_never_makes_fewer_gifts(
    lines: list[PricedLine], at: int, more: int, reach: int, repeats: bool
) -> None:
    one = gift(f"x{reach}", FREE, repeats=repeats)
    stock = dict([stocked(FREE, 10_000)])

    def given_of(basket: Sequence[PricedLine]) -> int:
        return sum(found.quantity.thousandths for found in folded(basket, one, gifts=stock).gifts)

    grown = list(lines)
    place = at % len(lines)
    base = grown[place].base_quantity.thousandths
    # At the same price of one of them.
    grown[place] = attrs.evolve(
        grown[place],
        base_quantity=Quantity(base + more * 1000),
        total=Money(grown[place].total.minor * (base + more * 1000) // base, Currency.CNY),
    )
    assert given_of(grown) >= given_of(lines)


@settings(max_examples=50)
@given(some_lines, promotions, st.integers(-3, 3))
def test_the_moment_matters_only_at_the_edges(lines: list[PricedLine], offer: Promotion, hours: int) -> None:
    limited = attrs.evolve(
        offer, schedule=Schedule(validity=Period(NOON - timedelta(hours=1), NOON + timedelta(hours=1)))
    )
    at = NOON + timedelta(hours=hours)
    inside = -1 <= hours < 1
    found = folded(lines, limited, at=at)
    assert found.nets == (folded(lines, offer).nets if inside else tuple(line.total for line in lines))


@settings(max_examples=50)
@given(some_lines, promotions)
def test_it_makes_no_difference_in_how_many_lines_a_promotion_of_groups_is_ordered(
    lines: list[PricedLine], offer: Promotion
) -> None:
    """What counts is the base unit: goods in two lines come to the same thresholds as in one."""
    if not isinstance(offer.effect, ThresholdDiscount):
        return
    split = [
        attrs.evolve(line, base_quantity=Quantity(part), total=Money(fen, Currency.CNY))
        for line in lines
        for part, fen in (
            (line.base_quantity.thousandths - 1, line.total.minor - line.total.minor // 3),
            (1, line.total.minor // 3),
        )
    ]
    whole, parts = folded(lines, offer), folded(split, offer)
    assert Money.total(whole.nets, Currency.CNY) == Money.total(parts.nets, Currency.CNY)


floors = st.dictionaries(
    st.sampled_from(SKUS), st.integers(0, 10**6).map(lambda price: UnitPrice(price, Currency.CNY))
)


@settings(max_examples=100)
@given(some_lines, st.lists(promotions, max_size=5), floors, st.sampled_from(MarginGuard))
def test_a_cap_leaves_no_line_below_its_floor_for_a_discount_and_all_adds_up(
    lines: list[PricedLine],
    offers: list[Promotion],
    prices: dict[SkuId, UnitPrice],
    policy: MarginGuard,
) -> None:
    given_, guard = asked(lines, *offers), Guard(policy=policy, floors=prices)
    plain, found = fold(given_), fold(attrs.evolve(given_, guard=guard))
    assert 0 <= sum(net.minor for net in found.nets) <= sum(line.total.minor for line in lines)
    for at, line in enumerate(lines):
        taken = sum(one.taken[at] for one in found.applied)
        assert found.nets[at].minor == line.total.minor - taken
        assert taken == found.discounts[at].minor
        floor = prices[line.sku_id].times(line.base_quantity).minor if line.sku_id in prices else 0
        below = plain.nets[at].minor < floor
        assert below is any(one.at == at for one in found.guarded)
        if policy is MarginGuard.CAP:
            assert found.nets[at].minor == max(plain.nets[at].minor, min(floor, line.total.minor))
        else:
            assert found.nets[at] == plain.nets[at]
    assert all(one.discount.minor == sum(one.taken) <= one.cost.minor for one in found.applied)
    assert all(one.discount.minor or one.gifts for one in found.applied)
