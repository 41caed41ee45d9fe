"""Floors, and the guard that no line goes below one: what it refuses, and what it takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from domain.catalog import Listing
from domain.coupons import CouponNotUsable, CouponRefusal, HeldCoupon, Purse
from domain.errors import Refused
from domain.floors import (
    BelowFloor,
    BelowFloorNeedsApproval,
    SkuFloor,
    above_base,
    below_floor,
    margin_of,
    usual_margin,
)
from domain.identity import BuyerId, CategoryId, CustomerId, OrderId, SkuId
from domain.merchant import MarginGuard, Merchant, PriceRules
from domain.money import Currency, Money, Percentage, Rounding
from domain.ordering import AdjustmentTooLarge, Order, recomputed
from domain.price_choice import SkuPrices
from domain.pricing import QuantityBreak
from domain.promotions import (
    Adjustment,
    Budget,
    Folded,
    Guard,
    Offer,
    PricedLine,
    Promotion,
    PromotionInput,
    RejectionReason,
    fold,
)
from domain.quantity import Factor
from domain.quoting import Promoting, Quote, Shelf, promoted, quote_basket
from domain.visibility import NOBODY
from kit import builders as a
from kit import couponing as c
from kit.builders import NOON, SeededIds, yuan
from kit.promoting import cny, gift, less, line, net, off, reasons, stocked
from kit.promoting import given as asked

IDS = SeededIds(41)
TEA, NUTS = (IDS.new(SkuId) for _ in range(2))
CAP, BLOCK, APPROVAL, NONE = MarginGuard.CAP, MarginGuard.BLOCK, MarginGuard.APPROVAL, MarginGuard.NONE


def guard(policy: MarginGuard, *, approved: Mapping[SkuId, str] | None = None, **floors: str) -> Guard:
    """Guard tea and nuts by these floors."""
    ids = {"tea": TEA, "nuts": NUTS}
    return Guard(
        policy=policy,
        floors={ids[name]: yuan(price) for name, price in floors.items()},
        approved={id: yuan(price) for id, price in (approved or {}).items()},
    )


def tea(total: str, count: str = "10") -> PricedLine:
    return line(total, count=count, sku_id=TEA)


def nuts(total: str, count: str = "10") -> PricedLine:
    return line(total, count=count, sku_id=NUTS)


def guarded(lines: Sequence[PricedLine], by: Guard | None, *offers: Promotion | Offer, **rest: Any) -> Folded:
    return fold(attrs.evolve(asked(lines, *offers, **rest), guard=by))


def amounts(found: Folded) -> list[tuple[str, str, str]]:
    return [(one.floor.amount, one.before.amount, one.after.amount) for one in found.guarded]


class TestFloor:
    def test_it_is_what_is_set_or_the_cost_and_a_margin(self) -> None:
        usual, own = Percentage.of(20), Percentage.of("12.5")
        assert SkuFloor(floor=yuan("9.5"), cost=yuan("20")).lowest(usual) == yuan("9.5")
        assert SkuFloor(cost=yuan("10")).lowest(usual) == yuan("12")
        assert SkuFloor(cost=yuan("10"), margin=own).lowest(usual) == yuan("11.25")
        assert SkuFloor(cost=yuan("10"), margin=Percentage(0)).lowest(usual) == yuan("10")
        assert SkuFloor(cost=yuan("10")).lowest(None) == yuan("10")

    def test_it_is_rounded_half_up_to_four_decimals(self) -> None:
        assert SkuFloor(cost=yuan("0.0033"), margin=Percentage.of(50)).lowest(None) == yuan("0.0050")
        assert SkuFloor(cost=yuan("0.0001"), margin=Percentage.of("49.99")).lowest(None) == yuan("0.0001")

    def test_it_is_set_or_worked_out_of_a_cost(self) -> None:
        assert SkuFloor.perhaps(floor=None, cost=None, margin=None) is None
        assert SkuFloor.perhaps(floor=yuan("1"), cost=None, margin=None) == SkuFloor(floor=yuan("1"))
        with pytest.raises(ValueError, match="or a cost"):
            SkuFloor()
        for floor in (None, yuan("1")):
            with pytest.raises(ValueError, match="a cost"):
                SkuFloor.perhaps(floor=floor, cost=None, margin=Percentage(1))

    def test_its_margin_is_at_most_nine_times_the_cost(self) -> None:
        assert margin_of(Decimal(900)) == Percentage(90_000)
        for number in ("900.01", "-1", "1.001"):
            with pytest.raises(ValueError, match=r"900|decimals|from 0"):
                margin_of(Decimal(number))

    def test_the_margin_of_the_nearest_category_counts(self) -> None:
        food, drinks, water = (IDS.new(CategoryId) for _ in range(3))
        margins = {food: Percentage(1), water: Percentage(3)}
        assert usual_margin((food, drinks, water), margins) == Percentage(3)
        assert usual_margin((food, drinks), margins) == Percentage(1)
        assert usual_margin((drinks,), margins) is None
        assert usual_margin((), margins) is None


def breaks(*rungs: tuple[int, str]) -> tuple[QuantityBreak, ...]:
    return tuple(QuantityBreak(a.pieces(start), yuan(price)) for start, price in rungs)


class TestFlags:
    def test_a_price_of_a_unit_is_compared_with_the_floor_of_so_many(self) -> None:
        assert below_floor(breaks((1, "3"), (24, "2.9")), yuan("2.95"), Factor(1))
        assert not below_floor(breaks((1, "3"), (24, "2.95")), yuan("2.95"), Factor(1))
        assert below_floor(breaks((1, "70.79")), yuan("2.95"), Factor(24))
        assert not below_floor(breaks((1, "70.80")), yuan("2.95"), Factor(24))
        assert not below_floor((), yuan("2.95"), Factor(1))

    @pytest.mark.parametrize(
        ("own", "base", "above"),
        [
            ([(1, "3")], [(1, "3")], False),
            ([(1, "3.01")], [(1, "3")], True),
            ([(10, "3")], [(1, "4"), (20, "2.9")], True),
            ([(10, "3")], [(1, "2.9"), (10, "3")], False),
            ([(1, "3")], [(10, "2")], True),
            ([], [(1, "3")], False),
            ([(1, "3")], [], False),
        ],
    )
    def test_prices_are_compared_at_every_quantity_at_which_both_say_one(
        self, own: list[tuple[int, str]], base: list[tuple[int, str]], above: bool
    ) -> None:
        assert above_base(breaks(*own), breaks(*base)) is above


class TestGuard:
    def test_it_tells_nothing_of_what_is_not_below_its_floor(self) -> None:
        for policy in MarginGuard:
            found = guarded([tea("100"), nuts("50")], guard(policy, tea="9"), less(("100", "10")))
            assert (found.guarded, off(found)) == ((), ["6.67", "3.33"])
        assert guarded([tea("100")], None, less(("100", "90"))).guarded == ()

    def test_it_compares_with_the_floor_of_the_whole_quantity_rounded_once(self) -> None:
        exact = tea("12.49", "333")
        assert guarded([exact], guard(BLOCK, tea="0.0375")).guarded == ()
        assert amounts(guarded([tea("12.48", "333")], guard(BLOCK, tea="0.0375"))) == [
            ("12.49", "12.48", "12.48")
        ]

    def test_block_refuses_and_changes_nothing(self) -> None:
        found = guarded([tea("100"), nuts("50")], guard(BLOCK, tea="9.5"), less(("100", "15")))
        assert amounts(found) == [("95.00", "90.00", "90.00")]
        assert [(one.at, one.refused, one.capped) for one in found.guarded] == [(0, True, False)]
        assert net(found) == "135.00"

    def test_none_only_tells(self) -> None:
        [one] = guarded([tea("100")], guard(NONE, tea="9.5"), less(("100", "15"))).guarded
        assert (one.refused, one.capped) == (False, False)

    @pytest.mark.parametrize(
        ("lowest", "refused"), [(None, True), ("9.01", True), ("9", False), ("8.9999", False)]
    )
    def test_approval_passes_down_to_the_price_that_was_approved(
        self, lowest: str | None, refused: bool
    ) -> None:
        by = guard(APPROVAL, approved={} if lowest is None else {TEA: lowest}, tea="9.5")
        [one] = guarded([tea("100")], by, less(("100", "10"))).guarded
        assert (one.refused, one.after) == (refused, cny("90"))


class TestCap:
    def test_it_takes_discounts_back_as_far_as_the_floor_from_the_last_first(self) -> None:
        first, last = less(("100", "20")), less(("50", "10"), priority=-1)
        found = guarded([tea("100"), nuts("100")], guard(CAP, tea="8.8"), first, last)
        assert amounts(found) == [("88.00", "85.00", "88.00")]
        assert (off(found), net(found)) == (["12.00", "15.00"], "173.00")
        assert [(one.promotion.id, one.taken, one.discount, one.cost) for one in found.applied] == [
            (first.id, (1000, 1000), cny("20"), cny("20")),
            (last.id, (200, 500), cny("7"), cny("7")),
        ]
        assert sum(one.discount.minor for one in found.applied) == 2700

    def test_it_takes_from_the_one_before_where_that_is_not_enough(self) -> None:
        first, last = less(("100", "20")), less(("50", "10"), priority=-1)
        found = guarded([tea("100"), nuts("100")], guard(CAP, tea="9.9", nuts="0.01"), first, last)
        assert [one.taken for one in found.applied] == [(100, 1000), (0, 500)]
        assert off(found) == ["1.00", "15.00"]

    def test_it_only_takes_discounts_back(self) -> None:
        found = guarded([tea("100"), nuts("100")], guard(CAP, tea="12"), less(("100", "20")))
        assert amounts(found) == [("120.00", "90.00", "100.00")]
        assert [one.refused for one in found.guarded] == [False]
        assert off(found) == ["0.00", "10.00"]
        plain = guarded([tea("100")], guard(CAP, tea="12"))
        assert (amounts(plain), plain.nets) == ([("120.00", "100.00", "100.00")], (cny("100"),))
        assert not plain.guarded[0].capped

    def test_what_has_nothing_left_is_not_applied(self) -> None:
        spent = less(("50", "10"), ("150", "20"))
        found = guarded([tea("100")], guard(CAP, tea="10"), spent)
        assert (found.applied, reasons(found), net(found)) == ((), [("NO_DISCOUNT", None)], "100.00")
        assert found.near_misses == ()
        assert [one.reason for one in found.rejected] == [RejectionReason.NO_DISCOUNT]

    def test_a_gift_is_given_all_the_same(self) -> None:
        given_away = gift("50", NUTS)
        found = guarded(
            [tea("100")], guard(CAP, tea="10", nuts="9"), given_away, gifts=dict([stocked(NUTS, 5)])
        )
        assert [one.promotion.id for one in found.applied] == [given_away.id]
        assert (found.applied[0].cost, found.guarded) == (cny("1"), ())

    def test_what_is_used_of_a_budget_is_what_is_left(self) -> None:
        limited = less(("50", "30"), budget=Budget(amount=cny("40")))
        [one] = guarded([tea("100")], guard(CAP, tea="9"), limited).applied
        assert (one.discount, one.cost) == (cny("10"), cny("10"))


SHOP = a.merchant(IDS)
GOODS = a.sku(IDS, code="TEA")
LISTING = Listing(GOODS, a.product(IDS, skus=[GOODS]).id, GOODS.name, for_sale=True)


def quoted(
    by: Guard | None, *offers: Promotion, coupon: str | None = None, merchant: Merchant = SHOP
) -> Quote:
    """Ten for 10.00 each."""
    prices = {GOODS.id: SkuPrices.of({a.price_list(IDS): a.ladder((1, "10"))}, at=NOON, rules=PriceRules())}
    shelf = Shelf((LISTING,), prices, {GOODS.id: a.pieces(99)})
    plain = quote_basket(a.basket((GOODS, 10)), shelf=shelf, merchant=merchant)
    purse = Purse()
    if coupon is not None:
        of = c.template(IDS, off=coupon, threshold=coupon)
        held = HeldCoupon(c.coupon(IDS, of, a.customer(IDS, tier=a.tier(IDS))), of)
        purse = Purse((held.coupon.code,), (held,))
    promoting = Promoting(
        offers=tuple(Offer(promotion=one) for one in offers), audience=NOBODY, at=NOON, guard=by, purse=purse
    )
    return promoted(plain, promoting, merchant=merchant)


def floor(policy: MarginGuard, price: str, approved: str | None = None) -> Guard:
    allowed = {} if approved is None else {GOODS.id: yuan(approved)}
    return Guard(policy=policy, floors={GOODS.id: yuan(price)}, approved=allowed)


class TestQuote:
    def test_a_line_below_its_floor_is_refused_without_any_figure(self) -> None:
        found = quoted(floor(BLOCK, "9.5"), less(("100", "10")))
        assert found.lines[0].problems == (BelowFloor(GOODS.id, 0),)
        assert found.refusals == (BelowFloor(GOODS.id, 0),)
        found = quoted(floor(APPROVAL, "9.5"), less(("100", "10")))
        assert found.refusals == (BelowFloorNeedsApproval(GOODS.id, 0),)
        assert quoted(floor(APPROVAL, "9.5", "9"), less(("100", "10"))).refusals == ()

    def test_its_price_alone_may_be_below_the_floor(self) -> None:
        found = quoted(floor(BLOCK, "11"))
        assert (found.lines[0].discount, found.refusals) == (None, (BelowFloor(GOODS.id, 0),))
        found = quoted(floor(CAP, "11"))
        assert (found.refusals, found.total, found.lines[0].discount_capped) == ((), cny("100"), False)

    def test_a_capped_line_says_so(self) -> None:
        found = quoted(floor(CAP, "9.5"), less(("100", "10")))
        [one] = found.lines
        assert (one.discount, one.net, one.discount_capped, found.total) == (
            cny("5"),
            cny("95"),
            True,
            cny("95"),
        )

    def test_a_coupon_that_is_taken_back_whole_is_not_usable(self) -> None:
        found = quoted(floor(CAP, "10"), coupon="20")
        assert found.coupons_used == ()
        [refusal] = found.refusals
        assert isinstance(refusal, CouponNotUsable)
        assert refusal.reason is CouponRefusal.NO_DISCOUNT

    def test_an_order_keeps_what_it_was_guarded_by_and_is_worked_out_again(self) -> None:
        found = quoted(floor(CAP, "9.5"), less(("100", "10")))
        order = Order.place(
            id=IDS.new(OrderId),
            customer_id=IDS.new(CustomerId),
            buyer_id=IDS.new(BuyerId),
            quote=found,
            terms=a.BY_TRANSFER,
            at=NOON,
        )
        kept = found.promoted_from
        assert kept is not None
        whole = {"adjusted": order.adjusted, "rounded": order.rounded}
        assert recomputed(order.lines, order.promotions, kept, **whole)
        assert order.total == cny("95")
        for other in (None, floor(CAP, "9.6")):
            assert not recomputed(order.lines, order.promotions, attrs.evolve(kept, guard=other), **whole)
        blocked = attrs.evolve(kept, guard=floor(BLOCK, "9.6"), offers=())
        plain = tuple(attrs.evolve(one, discount=Money(0, Currency.CNY)) for one in order.lines)
        assert recomputed(plain, (), blocked, **whole)
        assert not recomputed(plain, (), attrs.evolve(blocked, guard=floor(BLOCK, "10.01")), **whole)

    def test_of_orders_from_before_nothing_that_is_taken_off_the_whole_is_guarded(self) -> None:
        kept = quoted(floor(CAP, "9.5"), less(("100", "10"))).promoted_from
        assert kept is not None
        found = fold(attrs.evolve(kept, adjustment=Adjustment(amount=cny("1.23")), rounding=Rounding.JIAO))
        assert (net(found), found.adjusted, found.rounded) == ("93.00", 123, 77)
        [one] = found.guarded
        assert (one.before, one.after, found.applied[0].discount) == (cny("90"), cny("95"), cny("5"))
        round_only = quoted(None, merchant=attrs.evolve(SHOP, order_rounding=Rounding.JIAO))
        assert round_only.lines[0].discount == cny("0")


class TestWhole:
    """Tea and nuts at 35.00 each: what is taken off the whole is guarded, too."""

    LINES = (tea("35"), nuts("35"))

    def found(
        self,
        policy: MarginGuard,
        *,
        allowed: str | None = None,
        rounding: Rounding = Rounding.NONE,
        lines: Sequence[PricedLine] = LINES,
        by_staff: str | Rounding = "0",
        offers: Sequence[Promotion] = (),
        **floors: str,
    ) -> Folded:
        by = guard(policy, approved={} if allowed is None else {TEA: allowed}, **floors)
        adjustment = Adjustment(rounding=by_staff) if isinstance(by_staff, Rounding) else None
        if isinstance(by_staff, str) and by_staff != "0":
            adjustment = Adjustment(amount=cny(by_staff))
        by = attrs.evolve(by, guards_whole=True)
        return fold(attrs.evolve(asked(lines, *offers), guard=by, adjustment=adjustment, rounding=rounding))

    def nets(self, found: Folded) -> list[str]:
        return [one.amount for one in found.nets]

    @pytest.mark.parametrize("policy", [BLOCK, APPROVAL])
    def test_a_line_that_staff_bring_below_its_floor_is_refused(self, policy: MarginGuard) -> None:
        assert self.found(policy, by_staff="8", tea="3.1", nuts="3").guarded == ()
        found = self.found(policy, by_staff="8.01", tea="3.1", nuts="3")
        [one] = found.guarded
        assert (one.refused, found.adjusted) == (True, 801)
        assert (one.at, one.floor, one.before, one.after) == (0, cny("31"), cny("30.99"), cny("30.99"))

    def test_an_approval_lets_staff_go_down_to_it(self) -> None:
        for lowest, refused in (("3", False), ("3.01", True)):
            found = self.found(APPROVAL, by_staff="10", allowed=lowest, tea="3.1")
            assert [one.refused for one in found.guarded] == [refused]
            assert self.nets(found) == ["30.00", "30.00"]

    def test_of_what_staff_take_off_is_taken_back_what_goes_below_a_floor(self) -> None:
        found = self.found(CAP, by_staff="10", tea="3.1", nuts="1")
        assert (self.nets(found), found.adjusted) == (["31.00", "30.00"], 900)
        assert amounts(found) == [("31.00", "30.00", "31.00")]
        assert [one.amount for one in found.discounts] == ["4.00", "5.00"]
        assert self.nets(
            self.found(CAP, by_staff=Rounding.JIAO, lines=(tea("35.5"), nuts("35")), tea="3.55")
        ) == [
            "35.50",
            "34.75",
        ]

    def test_it_is_taken_back_before_a_promotion_is(self) -> None:
        """Ten of both 35.00 go to 30.00, of which the floor of tea takes back 2.00; then nothing comes off it."""
        found = self.found(CAP, by_staff="6.30", tea="3.2", offers=[less(("70", "10"))])
        [promotion] = found.applied
        assert [one.amount for one in promotion.shares] == ["3.00", "5.00"]
        assert (self.nets(found), found.adjusted) == (["32.00", "26.95"], 305)
        # Of 6.30 tea would have had 3.25 by its 32.00, and cost 26.75 without the guard.
        assert amounts(found) == [("32.00", "26.75", "32.00")]

    def test_a_price_that_is_below_its_floor_stays_as_it_is(self) -> None:
        found = self.found(CAP, by_staff="10", tea="9", rounding=Rounding.JIAO)
        assert (self.nets(found), found.adjusted, found.rounded) == (["35.00", "30.00"], 500, 0)

    @pytest.mark.parametrize("policy", [BLOCK, CAP, APPROVAL])
    def test_rounding_leaves_every_line_its_floor(self, policy: MarginGuard) -> None:
        lines = (tea("35.30"), nuts("35.40"))
        round_ = {"rounding": Rounding.JIAO, "lines": lines}
        free = self.found(policy, **round_)  # type: ignore[arg-type]  # as they come
        assert (self.nets(free), free.rounded) == (["34.95", "35.05"], 70)
        # Where tea may cost no less, nuts take all of it; and where both together may not, it is not round.
        found = self.found(policy, tea="3.53", nuts="1", **round_)  # type: ignore[arg-type]  # as they come
        assert (self.nets(found), found.rounded, found.guarded) == (["35.30", "34.70"], 70, ())
        found = self.found(policy, tea="3.52", nuts="3.49", **round_)  # type: ignore[arg-type]  # as they come
        assert (self.nets(found), found.rounded) == (["35.30", "35.40"], 0)
        found = self.found(policy, tea="3.50", nuts="3.50", **round_)  # type: ignore[arg-type]  # as they come
        assert (self.nets(found), found.rounded) == (["35.00", "35.00"], 70)

    def test_rounding_goes_down_to_what_is_approved(self) -> None:
        lines = (tea("35.30"), nuts("35.40"))
        found = self.found(APPROVAL, allowed="3.4", tea="4", nuts="3.54", rounding=Rounding.JIAO, lines=lines)
        assert (self.nets(found), found.rounded) == (["34.60", "35.40"], 70)
        assert [one.refused for one in found.guarded] == [False]


class TestAdjusting:
    """What staff take off an order that was placed under a guard."""

    def order(self, by: Guard, **changes: Any) -> tuple[Order, PromotionInput]:
        found = quoted(attrs.evolve(by, guards_whole=True), **changes)
        assert found.promoted_from is not None
        placed = Order.place(
            id=IDS.new(OrderId),
            customer_id=IDS.new(CustomerId),
            buyer_id=IDS.new(BuyerId),
            quote=found,
            terms=a.BY_TRANSFER,
            at=NOON,
        )
        return placed, found.promoted_from

    def adjusted(self, by: Guard, off: str) -> Order:
        order, given = self.order(by)
        return order.adjust(attrs.evolve(given, adjustment=Adjustment(amount=cny(off))), at=NOON)

    @pytest.mark.parametrize(("policy", "kind"), [(BLOCK, BelowFloor), (APPROVAL, BelowFloorNeedsApproval)])
    def test_is_refused_below_a_floor(self, policy: MarginGuard, kind: type[BelowFloor]) -> None:
        assert self.adjusted(floor(policy, "9.5"), "5").total == cny("95")
        with pytest.raises(Refused) as caught:
            self.adjusted(floor(policy, "9.5"), "5.01")
        assert caught.value.refusals == (kind(GOODS.id, None),)

    def test_is_capped_at_the_floor_and_can_be_worked_out_again(self) -> None:
        order, given = self.order(floor(CAP, "9.5"))
        given = attrs.evolve(given, adjustment=Adjustment(amount=cny("7")))
        found = order.adjust(given, at=NOON)
        assert (found.total, found.adjusted) == (cny("95"), cny("5"))
        whole = {"adjusted": found.adjusted, "rounded": found.rounded}
        assert recomputed(found.lines, found.promotions, given, **whole)
        assert given.guard is not None
        before = attrs.evolve(given, guard=attrs.evolve(given.guard, guards_whole=False))
        assert not recomputed(found.lines, found.promotions, before, **whole)
        with pytest.raises(AdjustmentTooLarge) as caught:
            self.adjusted(floor(CAP, "9.5"), "100.01")
        assert caught.value == AdjustmentTooLarge(cny("100"))
