"""Threshold discounts, exclusive groups, who and when, budgets, and how a discount is shared by the lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import attrs
import pytest

from domain.identity import BrandId, CategoryId, CustomerGroupId, CustomerId, ProductId, PromotionId, SkuId
from domain.money import Money, Percentage
from domain.period import Period
from domain.promotions import (
    Budget,
    Bundle,
    BundlePart,
    BuyGet,
    InvalidPromotion,
    Offer,
    PromotionName,
    Schedule,
    Scope,
    Stacking,
    Stage,
    Step,
    ThresholdDiscount,
    TimeSlot,
    Usage,
)
from domain.promotions._scope import MOST_NAMED
from domain.quantity import Quantity
from kit.builders import NOON
from kit.promoting import (
    IDS,
    cny,
    folded,
    gaps,
    gift,
    less,
    line,
    net,
    off,
    promotion,
    reasons,
    step,
    stocked,
)

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("lines", "discount", "shares"),
    [
        (("33.33", "33.33", "33.34"), "10", ["3.33", "3.33", "3.34"]),
        (("0.01", "0.01", "99.98"), "10", ["0.00", "0.00", "10.00"]),
        (("59.90", "0", "29.95", "10.15"), "15", ["8.99", "0.00", "4.49", "1.52"]),
        (("5", "3"), "20", ["5.00", "3.00"]),
        (("0", "33.33", "33.33", "33.34"), "10", ["0.00", "3.33", "3.33", "3.34"]),
        (("33.33", "33.33", "33.33"), "10", ["3.34", "3.33", "3.33"]),
        (("0.05",) * 7 + ("0.01",), "0.16", ["0.03", *["0.02"] * 6, "0.01"]),
    ],
)
def test_allocates_a_discount_to_the_lines_by_largest_remainder(
    lines: tuple[str, ...], discount: str, shares: list[str]
) -> None:
    found = folded([line(one) for one in lines], less(("x1", discount)))
    assert off(found) == shares
    assert found.applied[0].discount == Money.total(found.discounts, found.nets[0].currency)


@pytest.mark.parametrize("count", ["0", "-0.001"])
def test_a_line_is_of_something(count: str) -> None:
    with pytest.raises(ValueError, match="base_quantity is more than nothing"):
        line("1.00", count=count)


def test_a_threshold_is_reached_exactly_or_not() -> None:
    below = folded([line("99.99")], less(("100", "10")))
    assert off(below) == ["0.00"]
    assert reasons(below) == [("BELOW_THRESHOLD", "0.01")]
    assert gaps(below) == ["0.01"]
    reached = folded([line("100")], less(("100", "10")))
    assert off(reached) == ["10.00"]
    assert (reached.rejected, reached.near_misses) == ((), ())


@pytest.mark.parametrize(
    ("total", "discount"), [("199.99", "0.00"), ("200", "30.00"), ("650", "90.00"), ("900", "90.00")]
)
def test_repeats_up_to_a_cap(total: str, discount: str) -> None:
    assert off(folded([line(total)], less(("200", "30"), repeats=True, cap="90"))) == [discount]


def test_what_repeats_says_how_much_more_does_more() -> None:
    assert gaps(folded([line("250")], less(("200", "30"), repeats=True))) == ["150.00"]
    assert gaps(folded([line("900")], less(("200", "30"), repeats=True, cap="90"))) == []


def test_the_deepest_step_that_is_reached_counts() -> None:
    ladder = less(("100", "10"), ("200", "30"))
    assert off(folded([line("150")], ladder)) == ["10.00"]
    assert gaps(folded([line("150")], ladder)) == ["50.00"]
    assert off(folded([line("200")], ladder)) == ["30.00"]


def test_a_share_is_rounded_once_and_may_be_capped() -> None:
    assert off(folded([line("33.35")], less(("x1", "10%")))) == ["3.34"]
    assert off(folded([line("100")], less(("x1", "10%"), cap="5"))) == ["5.00"]
    assert off(folded([line("100")], less(("x1", "10%"), cap="50"))) == ["10.00"]
    assert gaps(folded([line("100")], less(("50", "10%"), ("200", "50%"), cap="5"))) == ["100.00"]


def test_stages_follow_each_other() -> None:
    basket = [line("270", count=3)]
    group = less(("200", "20"))
    coupon = Offer(promotion=less(("240", "10")), claim="C1")
    found = folded(basket, coupon, group)
    assert net(found) == "240.00"
    assert [(one.stage, one.claim, one.discount.amount) for one in found.applied] == [
        (Stage.GROUP, None, "20.00"),
        (Stage.COUPON, "C1", "10.00"),
    ]
    refused = folded(basket, group, Offer(promotion=less(("260", "10")), claim="C2"))
    assert net(refused) == "250.00"
    assert reasons(refused) == [("BELOW_THRESHOLD", "10.00")]
    assert refused.rejected[0].claim == "C2"


def test_group_promotions_count_from_the_same_lines_but_never_take_more_than_there_is() -> None:
    found = folded([line("100")], less(("100", "60"), priority=1), less(("100", "60%")))
    assert [one.discount.amount for one in found.applied] == ["60.00", "40.00"]
    assert net(found) == "0.00"
    nothing_left = folded([line("100")], less(("100", "100"), priority=1), less(("100", "60")))
    assert reasons(nothing_left) == [("NO_DISCOUNT", None)]


def test_the_best_of_an_exclusive_group_is_applied() -> None:
    money = less(("200", "20"), exclusive_group="A", priority=9)
    share = less(("x2", "10%"), exclusive_group="A")
    found = folded([line("270", count=3)], money, share)
    assert [(one.promotion, one.discount.amount) for one in found.applied] == [(share, "27.00")]
    assert [(one.promotion, one.reason.value) for one in found.rejected] == [(money, "EXCLUSIVE_WORSE")]


def test_of_equal_ones_the_higher_priority_is_applied_then_the_lower_id() -> None:
    first = less(("10", "5"), exclusive_group="A")
    second = less(("10", "5"), exclusive_group="A")
    higher = less(("10", "5"), exclusive_group="A", priority=1)
    assert folded([line("10")], second, first).applied[0].promotion == first
    assert folded([line("10")], second, first, higher).applied[0].promotion == higher


def test_a_group_that_is_taken_at_an_earlier_stage_is_taken() -> None:
    sku_id = IDS.new(SkuId)
    one = less(("10", "5"), exclusive_group="A")
    other = attrs.evolve(gift("10", sku_id), exclusive_group="A")
    found = folded([line("10")], one, other, gifts=dict([stocked(sku_id, 5)]))
    assert reasons(found) == [("EXCLUSIVE_TAKEN", None)]
    missed = folded([line("9")], one, other)
    assert [reason for reason, _ in reasons(missed)] == ["BELOW_THRESHOLD", "BELOW_THRESHOLD"]


def test_what_stands_alone_shares_no_line() -> None:
    sku_id = IDS.new(SkuId)
    alone = less(("10", "5"), stacking=Stacking.ALONE, scope=Scope(sku_ids=frozenset({sku_id})))
    basket = [line("10", sku_id=sku_id), line("10")]
    first = folded(basket, attrs.evolve(alone, priority=1), less(("10", "1")))
    assert off(first) == ["5.00", "1.00"]
    last = folded(basket, alone, less(("10", "1"), priority=1))
    assert off(last) == ["0.50", "0.50"]
    assert reasons(last) == [("NOT_STACKABLE", None)]


def test_a_scope_is_what_it_names_with_all_below_but_not_what_it_leaves_out() -> None:
    sku, product, above, category, brand = (
        IDS.new(SkuId),
        IDS.new(ProductId),
        IDS.new(CategoryId),
        IDS.new(CategoryId),
        IDS.new(BrandId),
    )
    one = line("1", sku_id=sku, product_id=product, category_ids=(above, category), brand_id=brand)
    assert Scope().covers(one)
    assert Scope(sku_ids=frozenset({sku})).covers(one)
    assert Scope(product_ids=frozenset({product})).covers(one)
    assert Scope(category_ids=frozenset({above})).covers(one)
    assert Scope(brand_ids=frozenset({brand})).covers(one)
    assert not Scope(brand_ids=frozenset({IDS.new(BrandId)})).covers(one)
    assert not Scope(category_ids=frozenset({above}), without=frozenset({sku})).covers(one)
    assert Scope(without=frozenset({IDS.new(SkuId)})).covers(one)


def test_it_concerns_what_counts_towards_it_or_is_got_by_it() -> None:
    bought, got, other = (line("1") for _ in range(3))
    these, those = (Scope(sku_ids=frozenset({one.sku_id})) for one in (bought, got))
    piece = Quantity(1000)
    buy = promotion(BuyGet(buy=piece, get=piece, goods=those), scope=these)
    both = Scope(sku_ids=frozenset({bought.sku_id, got.sku_id}))
    bundle = promotion(Bundle(parts=(BundlePart(these, piece),), price=cny(1)), scope=both)
    plain = less(("1", "1"), scope=these)
    assert [[one.concerns(of) for of in (bought, got, other)] for one in (buy, bundle, plain)] == [
        [True, True, False],
        [True, False, False],
        [True, False, False],
    ]
    assert not promotion(bundle.effect, scope=those).concerns(bought)


def test_goods_out_of_scope_never_take_part() -> None:
    scope = Scope(sku_ids=frozenset({(inside := IDS.new(SkuId)), (other := IDS.new(SkuId))}))
    basket = [line("33.33", sku_id=inside), line("66.66", sku_id=other), line("20")]
    assert off(folded(basket, less(("x1", "10"), scope=scope))) == ["3.33", "6.67", "0.00"]
    assert reasons(folded(basket, less(("100", "10"), scope=scope))) == [("BELOW_THRESHOLD", "0.01")]


def test_what_is_for_others_or_about_nothing_there_is_not_mentioned() -> None:
    me, region = IDS.new(CustomerId), IDS.new(CustomerGroupId)
    for_region = less(("1", "1"), audience=frozenset({region}))
    nothing = less(("1", "1"), scope=Scope(sku_ids=frozenset({IDS.new(SkuId)})))
    asleep = less(("1", "1")).suspend(suspended=True)
    found = folded([line("10")], for_region, nothing, asleep, audience=[me])
    assert (found.applied, found.rejected, found.near_misses) == ((), (), ())
    assert off(folded([line("10")], for_region, audience=[me, region])) == ["1.00"]


def test_a_promotion_holds_from_its_start_until_just_before_its_end() -> None:
    one = less(("1", "1"), schedule=Schedule(validity=Period(NOON, NOON + DAY)))
    moments = [NOON - timedelta(microseconds=1), NOON, NOON + DAY - timedelta(microseconds=1), NOON + DAY]
    assert [off(folded([line("1")], one, at=at)) for at in moments] == [
        ["0.00"],
        ["1.00"],
        ["1.00"],
        ["0.00"],
    ]
    assert reasons(folded([line("1")], one, at=NOON + DAY)) == [("NOT_NOW", None)]


@pytest.mark.parametrize(
    ("schedule", "at", "holds"),
    [
        (Schedule(weekdays=frozenset({1})), NOON, True),
        (Schedule(weekdays=frozenset({2, 7})), NOON, False),
        # Sunday in Greenwich, Monday in Shanghai.
        (Schedule(weekdays=frozenset({1})), datetime(2026, 3, 1, 16, tzinfo=UTC), True),
        (Schedule(slots=(TimeSlot(time(12), time(13)),)), NOON, True),
        (Schedule(slots=(TimeSlot(time(11), time(12)),)), NOON, False),
        (Schedule(slots=(TimeSlot(time(11), time(12)), TimeSlot(time(12), time(0)))), NOON, True),
        (Schedule(slots=(TimeSlot(time(22), time(2)),)), datetime(2026, 3, 2, 17, 59, tzinfo=UTC), True),
        (Schedule(slots=(TimeSlot(time(22), time(2)),)), datetime(2026, 3, 2, 18, tzinfo=UTC), False),
        (Schedule(slots=(TimeSlot(time(22), time(2)),)), datetime(2026, 3, 2, 14, tzinfo=UTC), True),
        (
            Schedule(weekdays=frozenset({1}), slots=(TimeSlot(time(22), time(2)),)),
            datetime(2026, 3, 2, 17, tzinfo=UTC),
            True,
        ),
        (
            Schedule(weekdays=frozenset({2}), slots=(TimeSlot(time(22), time(2)),)),
            datetime(2026, 3, 2, 17, tzinfo=UTC),
            False,
        ),
    ],
)
def test_weekdays_and_hours_are_those_where_the_merchant_is(
    schedule: Schedule, at: datetime, holds: bool
) -> None:
    assert schedule.holds(at, time_zone="Asia/Shanghai") is holds


def test_a_budget_is_used_whole_or_not_at_all() -> None:
    one = less(("10", "5"), budget=Budget(amount=cny("12"), uses=3, uses_per_customer=2))
    basket = [line("10")]

    def why(usage: Usage) -> list[tuple[str, str | None]]:
        return reasons(folded(basket, one, used={one.id: usage}))

    assert why(Usage(700, 2, 1)) == []
    assert why(Usage(701, 2, 1)) == [("BUDGET_SPENT", None)]
    assert why(Usage(0, 3, 1)) == [("USES_SPENT", None)]
    assert why(Usage(0, 0, 2)) == [("CUSTOMER_USES_SPENT", None)]
    assert one.budget.limits
    assert not Budget().limits


def test_what_has_begun_ends_now_and_what_has_not_never_begins() -> None:
    ended = less(("1", "1")).end(at=NOON)
    assert ended.schedule.validity == Period(None, NOON)
    with pytest.raises(InvalidPromotion):
        ended.end(at=NOON)
    assert less(("1", "1"), schedule=Schedule(validity=Period(NOON + DAY, None))).end(at=NOON).suspended


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Step(cny(0), cny(1)),
        lambda: step("1", "0"),
        lambda: step("1", "0%"),
        lambda: step("1", "101%"),
        lambda: step("1", "2"),
        less,
        lambda: less(("2", "1"), ("x2", "1")),
        lambda: less(("2", "1"), ("2", "2")),
        lambda: less(("2", "1"), ("3", "1"), repeats=True),
        lambda: less(("2", "1%"), repeats=True),
        lambda: less(("2", "1"), cap="0"),
        lambda: less(("2", "1"), priority=10**7),
        lambda: Schedule(weekdays=frozenset({0})),
        lambda: TimeSlot(time(1, tzinfo=UTC), time(2)),
        lambda: Budget(amount=cny(0)),
        lambda: Budget(uses=0),
        lambda: Scope(sku_ids=frozenset(IDS.new(SkuId) for _ in range(MOST_NAMED + 1))),
        lambda: PromotionName(" "),
        lambda: promotion(ThresholdDiscount(steps=(step("x1", "1"),)), exclusive_group=""),
        lambda: promotion(ThresholdDiscount(steps=(step("x1", "1"),)), id=PromotionId("prm")),
    ],
)
def test_refuses_what_cannot_be(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()


def test_a_step_by_quantity_may_take_off_any_amount() -> None:
    assert Step(Quantity.of(1), cny(1000)).off == cny(1000)
    assert Step(cny(1), Percentage.of(100)).off == Percentage.of(100)
