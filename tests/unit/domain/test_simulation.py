"""What a promotion would have done to an order that was placed."""

from __future__ import annotations

import attrs
import pytest

from domain.identity import CustomerId, OrderId, ProductId, PromotionId, SkuId
from domain.merchant import MarginGuard
from domain.money import Money, Rounding, UnitPrice
from domain.period import Period
from domain.promotions import (
    Adjustment,
    Budget,
    Gift,
    GiftGoods,
    GiftStock,
    Guard,
    Offer,
    PricedLine,
    Promotion,
    PromotionInput,
    PromotionName,
    Schedule,
    Step,
    ThresholdDiscount,
)
from domain.quantity import Quantity
from domain.simulation import Simulated, Trial
from domain.visibility import NOBODY
from kit import builders as a
from kit.couponing import CNY, money

IDS = a.SeededIds(3)
MINE, YOURS = IDS.new(CustomerId), IDS.new(CustomerId)


def promotion(off: str, *, id: PromotionId | None = None, group: str | None = None) -> Promotion:
    return Promotion(
        id=id or IDS.new(PromotionId),
        name=PromotionName("满减"),
        effect=ThresholdDiscount(steps=(Step(money("100.00"), money(off)),)),
        exclusive_group=group,
    )


def given(minor: int = 20_000, *offers: Promotion) -> PromotionInput:
    line = PricedLine(
        sku_id=SkuId.of(bytes(16)),
        product_id=ProductId.of(bytes(16)),
        base_quantity=Quantity(1000),
        total=Money(minor, CNY),
    )
    return PromotionInput(
        lines=(line,),
        offers=tuple(Offer(promotion=one) for one in offers),
        currency=CNY,
        audience=NOBODY,
        at=a.NOON,
        time_zone="Asia/Shanghai",
    )


def on(trial: Trial, order: PromotionInput, customer_id: CustomerId = MINE) -> Simulated:
    return trial.on(order, order_id=IDS.new(OrderId), customer_id=customer_id)


class TestTrial:
    def test_a_gift_is_tried_as_if_there_were_enough_of_it(self) -> None:
        free = IDS.new(SkuId)
        effect = Gift(threshold=money("100.00"), goods=(GiftGoods(free),), repeats=True)
        gift = Promotion(id=IDS.new(PromotionId), name=PromotionName("满赠"), effect=effect)
        stock = GiftStock(sku_id=free, available=Quantity(10**9), unit_price=UnitPrice(25_000, CNY))
        found = on(Trial(gift, gifts={free: stock}), given())
        assert (found.applied, found.discount, found.worth, found.after) == (
            True,
            money("0.00"),
            money("5.00"),
            money("200.00"),
        )
        assert not on(Trial(gift), given()).applied, "nobody may get it"

    def test_it_says_what_would_have_come_off(self) -> None:
        found = on(Trial(promotion("10.00")), given())
        assert (found.before, found.after, found.discount, found.applied) == (
            money("200.00"),
            money("190.00"),
            money("10.00"),
            True,
        )
        none = on(Trial(promotion("10.00")), given(9_999))
        assert (none.before, none.after, none.discount, none.applied) == (
            money("99.99"),
            money("99.99"),
            money("0"),
            False,
        )

    def test_it_takes_the_place_of_itself_and_of_what_is_worse(self) -> None:
        old = promotion("5.00", group="g")
        itself = on(Trial(promotion("8.00", id=old.id)), given(20_000, old))
        assert (itself.before, itself.after) == (money("195.00"), money("192.00"))
        better = on(Trial(promotion("8.00", group="g")), given(20_000, old))
        assert (better.after, better.discount) == (money("192.00"), money("8.00"))
        worse = on(Trial(promotion("3.00", group="g")), given(20_000, old))
        assert (worse.after, worse.applied) == (money("195.00"), False)

    def test_it_holds_though_its_time_is_not_that_of_the_order(self) -> None:
        over = attrs.evolve(
            promotion("10.00"), schedule=Schedule(validity=Period(None, a.LONG_AGO)), suspended=True
        )
        assert on(Trial(over), given()).applied
        never = attrs.evolve(over, schedule=Schedule(weekdays=frozenset({7})))
        assert not on(Trial(never), given()).applied

    def test_it_uses_its_budget_order_by_order(self) -> None:
        limited = attrs.evolve(
            promotion("10.00"), budget=Budget(amount=money("30.00"), uses=9, uses_per_customer=2)
        )
        trial = Trial(limited)
        asked = [MINE, MINE, MINE, YOURS, YOURS]
        assert [on(trial, given(), one).applied for one in asked] == [True, True, False, True, False]
        twice = Trial(attrs.evolve(promotion("10.00"), budget=Budget(uses=2)), claim="a coupon")
        assert [on(twice, given()).applied for _ in range(3)] == [True, True, False]

    @pytest.mark.parametrize(
        ("policy", "floor", "below", "after"),
        [
            (MarginGuard.NONE, "195", True, "190.00"),
            (MarginGuard.CAP, "195", True, "195.00"),
            (MarginGuard.BLOCK, "190", False, "190.00"),
            (MarginGuard.BLOCK, "210", True, "190.00"),
        ],
    )
    def test_it_tells_what_would_have_gone_below_a_floor_of_today(
        self, policy: MarginGuard, floor: str, below: bool, after: str
    ) -> None:
        guard = Guard(policy=policy, floors={SkuId.of(bytes(16)): a.yuan(floor)})
        found = on(Trial(promotion("10.00"), guard=guard), given())
        assert (found.below_floor, found.after) == (below, money(after))
        assert not on(Trial(promotion("10.00"), guard=guard), given(9_999)).below_floor
        assert not on(Trial(promotion("10.00")), attrs.evolve(given(), guard=guard)).below_floor
        adjusted = attrs.evolve(given(), adjustment=Adjustment(amount=money("50.00")))
        assert on(Trial(promotion("10.00"), guard=guard), adjusted).below_floor is below

    @pytest.mark.parametrize("whole", [True, False])
    def test_what_staff_take_off_the_whole_is_guarded_as_in_an_order(self, whole: bool) -> None:
        floors = {SkuId.of(bytes(16)): a.yuan("150.00")}
        guard = Guard(policy=MarginGuard.CAP, floors=floors, guards_whole=whole)
        adjusted = attrs.evolve(given(), adjustment=Adjustment(amount=money("50.00")))
        found = on(Trial(promotion("10.00"), guard=guard), adjusted)
        assert (found.after, found.below_floor) == (money("150.00" if whole else "140.00"), False)


def test_what_decided_an_order_with_nothing_on_offer_is_kept() -> None:
    guard = Guard(policy=MarginGuard.BLOCK, floors={})
    plain = given()
    assert plain.kept_of(None) == plain
    other = attrs.evolve(given(1), guard=guard, rounding=Rounding.FEN)
    assert plain.kept_of(other) == attrs.evolve(plain, guard=guard, rounding=Rounding.FEN)
