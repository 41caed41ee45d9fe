"""What a promotion or a coupon would have done to orders that were placed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import attrs
import pytest

from adapters.graphql.connections import Order as Sorting
from application import simulating
from application.authorization import Actor, Forbidden, Permission
from application.floors import AskedFloor
from application.promotions import Draft
from application.simulating import Simulation
from domain.coupons import CouponTemplateNotFound
from domain.errors import Refused
from domain.identity import CouponTemplateId, PromotionId, SkuId
from domain.merchant import MarginGuard
from domain.money import Percentage
from domain.ordering import Order
from domain.period import Period
from domain.promotions import (
    Budget,
    Gift,
    GiftGoods,
    InvalidPromotion,
    PromotionNotFound,
    Schedule,
    Scope,
    Step,
    ThresholdDiscount,
    UnknownGoods,
)
from kit import builders as a
from kit import couponing as c
from kit.api import open_api
from kit.builders import NOON
from kit.couponing import money
from kit.world import World

DAY = timedelta(days=1)
TENTH = ThresholdDiscount(steps=(Step(money("50.00"), Percentage.of(10)),))


def draft(effect: Any = TENTH, **given: Any) -> Draft:
    return Draft(**{"name": "九折", "effect": effect, "scope": Scope(), "schedule": Schedule(), **given})


def placed(
    world: World, *, by: str = "vip", pieces: int = 20, code: str = "TEA-500", key: str = "k"
) -> Order:
    return world.use.place_order(
        actor=world.shop.buyer(by),
        key=a.key(key),
        basket=a.basket((world.shop.sku(code), pieces)),
        wishes=a.wishes(),
    )


def tried(world: World, what: Draft | PromotionId | CouponTemplateId, **given: Any) -> Simulation:
    world.clock.forward()
    return world.use.simulate_promotion(actor=world.shop.clerk, what=what, **given)


class TestSimulating:
    def test_it_says_what_would_have_come_off(self, world: World) -> None:
        large, small = placed(world, key="a"), placed(world, pieces=1, key="b")
        off = placed(world, key="c")
        world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=off.id)
        found = tried(world, draft())
        tenth = money("6.66")
        assert (found.orders, found.hit, found.customers, found.next) == (2, 1, 1, None)
        assert (found.discount, found.before - found.after) == (tenth, tenth)
        assert found.before == large.total + small.total
        [example] = found.examples
        assert (example.order_id, example.before, example.discount) == (large.id, large.total, tenth)
        with world.database.unit_of_work.reading(world.shop.clerk) as storage:
            assert storage.orders.get(large.id).total == large.total

    def test_it_is_tried_beside_what_was_on_offer(self, world: World) -> None:
        """In an exclusive group the better is applied: nothing where it is worse, the difference where it is better."""
        five = ThresholdDiscount(steps=(Step(money("50.00"), money("5.00")),))
        promotion = world.use.create_promotion(
            actor=world.shop.clerk, draft=draft(five, name="满50减5", exclusive_group="g")
        )
        promoted = attrs.evolve(world.shop.merchant, promotes=True)
        buyer = attrs.evolve(world.shop.buyer("vip"), merchant=promoted)
        order = world.use.place_order(
            actor=buyer,
            key=a.key("k"),
            basket=a.basket((world.shop.sku("TEA-500"), 20)),
            wishes=a.wishes(),
        )
        assert order.total == money("61.60")
        better = tried(world, draft(exclusive_group="g"))
        assert (better.hit, better.discount) == (1, money("6.66"))
        assert better.before - better.after == money("1.66")
        worse = tried(world, draft(attrs.evolve(TENTH, cap=money("1.00")), exclusive_group="g"))
        assert (worse.hit, worse.before) == (0, worse.after)
        itself = tried(world, promotion.id)
        assert (itself.hit, itself.discount, itself.before) == (1, money("5.00"), itself.after)

    def test_it_tells_those_who_see_floors_what_would_have_gone_below(self, world: World) -> None:
        placed(world, key="a")
        placed(world, by="regular", pieces=30, key="b")
        placed(world, code="WATER-550", pieces=24, key="c")
        assert tried(world, draft()).below_floor == 0
        floor = AskedFloor(sku_code=world.shop.sku("TEA-500").code, floor=Decimal("2.98"))
        world.use.set_floors(actor=world.shop.clerk, floors=[floor])
        found = tried(world, draft())
        # Nine tenths of 3.33 and of 3.30.
        assert (found.hit, found.below_floor) == (2, 1)
        assert [one.below_floor for one in found.examples] == [False, True]
        capped = attrs.evolve(world.shop.merchant, margin_guard=MarginGuard.CAP)
        clerk = attrs.evolve(world.shop.clerk, merchant=capped)
        less = world.use.simulate_promotion(actor=clerk, what=draft())
        # Thirty at 2.98 are 89.40, and nine tenths of 99.00 are 89.10.
        assert (less.below_floor, less.after.minor - found.after.minor) == (1, 30)
        blind = attrs.evolve(clerk, permissions=clerk.permissions - {Permission.VIEW_FLOORS})
        unseen = world.use.simulate_promotion(actor=blind, what=draft())
        assert (unseen.below_floor, unseen.after) == (0, found.after)

    def test_it_knows_goods_and_customers(self, world: World) -> None:
        shop = world.shop
        placed(world, key="a")
        placed(world, by="regular", key="b")
        tea, water = (frozenset({shop.categories[name].id}) for name in ("drinks", "water"))
        brand = frozenset({shop.brands["spring"].id})
        assert tried(world, draft(scope=Scope(category_ids=tea))).hit == 2
        assert tried(world, draft(scope=Scope(category_ids=water))).hit == 0
        assert tried(world, draft(scope=Scope(brand_ids=brand))).hit == 2
        east = frozenset({shop.groups["east"].id})
        assert tried(world, draft(audience=east)).customers == 1
        assert tried(world, draft(schedule=Schedule(validity=Period(NOON + 9 * DAY)))).hit == 2
        assert tried(world, draft(schedule=Schedule(weekdays=frozenset({7})))).hit == 0

    def test_it_keeps_to_its_budget(self, world: World) -> None:
        for at in range(4):
            placed(world, key=f"k{at}", by=("vip", "regular")[at % 2])
        assert tried(world, draft(budget=Budget(uses=3))).hit == 3
        assert tried(world, draft(budget=Budget(uses_per_customer=1))).hit == 2
        assert tried(world, draft(budget=Budget(amount=money("14.00")))).hit == 2

    def test_it_tries_a_coupon(self, world: World) -> None:
        for at in range(3):
            placed(world, key=f"k{at}")
        of = c.template(world.ids, each=2, threshold="60.00")
        far = c.template(world.ids, threshold="1000.00")
        other = c.template(world.ids, audience=[world.shop.customers["regular"].id])
        world.add([of, far, other])
        found = tried(world, of.id)
        assert (found.hit, found.discount) == (2, money("20.00"))
        assert (tried(world, far.id).hit, tried(world, other.id).hit) == (0, 0)

    def test_a_gift_is_tried_and_what_it_gives_is_worth_something(self, world: World) -> None:
        placed(world, key="k")
        gift = Gift(threshold=money("1.00"), goods=(GiftGoods(world.shop.sku("NUTS").id),))
        template = c.template(world.ids, gift=gift)
        world.add([template])
        for what in (draft(gift), template.id):
            found = tried(world, what)
            assert (found.orders, found.hit, found.discount) == (1, 1, money("0.00"))
            assert found.before == found.after and found.worth.minor > 0
            assert found.examples[0].worth == found.worth

    def test_it_goes_on_where_it_ended(self, world: World) -> None:
        orders = []
        for at in range(5):
            orders.append(placed(world, key=f"k{at}"))
            world.clock.forward()
        with patch.object(simulating, "MOST_ORDERS", 2):
            first = tried(world, draft())
            second = tried(world, draft(), after=first.next)
            third = tried(world, draft(), after=second.next)
        assert [one.orders for one in (first, second, third)] == [2, 2, 1]
        assert (first.next, third.next) == ((orders[1].placed_at, orders[1].id), None)
        seen = [one.order_id for each in (first, second, third) for one in each.examples]
        assert seen == [one.id for one in orders]
        between = tried(world, draft(), since=orders[1].placed_at, until=orders[3].placed_at)
        assert [one.order_id for one in between.examples] == [orders[1].id, orders[2].id]

    def test_it_stops_when_it_takes_too_long(self, world: World) -> None:
        for at in range(3):
            placed(world, key=f"k{at}")
        with patch.object(simulating, "LONGEST", timedelta(seconds=-1)):
            found = tried(world, draft())
        assert found.orders == 1
        assert found.next is not None

    def test_it_takes_as_many_statements_for_many_as_for_few(self, world: World) -> None:
        asked = []
        for at in range(4):
            placed(world, key=f"k{at}")
            before = world.database.statements
            tried(world, draft())
            asked.append(world.database.statements - before)
        assert asked[1:] == asked[:-1]

    def test_what_cannot_be_tried_is_refused(self, world: World) -> None:
        theirs = world.other.sku("NUTS").id
        missing = world.ids.new(PromotionId)
        for what, refusal in (
            (draft(name=""), InvalidPromotion("NAME", "name")),
            (draft(scope=Scope(sku_ids=frozenset({theirs}))), UnknownGoods(theirs)),
            (missing, PromotionNotFound(missing)),
        ):
            with pytest.raises(Refused) as refused:
                tried(world, what)
            assert refused.value.refusals == (refusal,)
        with pytest.raises(CouponTemplateNotFound):
            tried(world, world.ids.new(CouponTemplateId))
        with pytest.raises(Forbidden):
            world.use.simulate_promotion(
                actor=world.shop.colleague(Permission.MANAGE_PRICES), what=draft(), since=NOON
            )


def staff(world: World, *granted: Permission) -> Actor:
    member = a.staff(world.ids, permissions=[one.value for one in granted])
    world.add([member])
    return Actor.staff(world.shop.merchant, id=member.id, granted=frozenset(granted))


SIMULATE = """query ($input: SimulatePromotionInput!) { simulatePromotion(input: $input) {
    simulation { orders ordersHit customersHit discount { amount } before { amount } after { amount } next
      examples { orderId customerId before { amount } after { amount } discount { amount } } }
    errors { __typename ... on UserError { code path } } } }"""


class TestFrontDoor:
    async def test_staff_try_a_coupon(self, world: World) -> None:
        order = placed(world)
        of = c.template(world.ids)
        world.add([of])
        world.clock.forward()
        async with open_api(world) as api:

            async def ask(**input: Any) -> Any:
                answer = await api.ask(SIMULATE, {"input": input}, actor=world.shop.clerk)
                return answer.data["simulatePromotion"]

            found = await ask(couponTemplateId=of.id)
            assert found == {
                "errors": [],
                "simulation": {
                    "orders": 1,
                    "ordersHit": 1,
                    "customersHit": 1,
                    "discount": {"amount": "10.00"},
                    "before": {"amount": "66.60"},
                    "after": {"amount": "56.60"},
                    "next": None,
                    "examples": [
                        {
                            "orderId": order.id,
                            "customerId": order.customer_id,
                            "before": {"amount": "66.60"},
                            "after": {"amount": "56.60"},
                            "discount": {"amount": "10.00"},
                        }
                    ],
                },
            }
            for input in ({}, {"promotionId": "x", "couponTemplateId": of.id}):
                assert (await ask(**input))["errors"][0]["code"] == "INVALID_PROMOTION"
            assert (await ask(promotionId="x"))["errors"][0]["__typename"] == "PromotionNotFound"
            assert (await ask(couponTemplateId="x"))["errors"][0]["__typename"] == "CouponTemplateNotFound"
            effect = {"thresholdDiscount": {"steps": [{"amount": "50", "amountOff": "5"}]}}
            drafted = await ask(draft={"name": "满50减5", "effect": effect})
            assert drafted["simulation"]["discount"] == {"amount": "5.00"}, drafted

    @pytest.mark.parametrize(
        ("picked", "needed"),
        [
            ("orders discount { amount } examples { discount { amount } }", None),
            ("examples { orderId }", Permission.VIEW_ORDERS),
            ("examples { customerId }", Permission.VIEW_CUSTOMERS),
            ("next", Permission.VIEW_ORDERS),
        ],
    )
    async def test_whose_orders_they_were_is_not_told_with_the_sums(
        self, world: World, picked: str, needed: Permission | None
    ) -> None:
        placed(world)
        of = c.template(world.ids)
        world.add([of])
        world.clock.forward()
        document = f"""query ($input: SimulatePromotionInput!) {{
            simulatePromotion(input: $input) {{ simulation {{ {picked} }} }} }}"""
        alone, both = (
            staff(world, Permission.MANAGE_PROMOTIONS, *more) for more in ((), (needed,) if needed else ())
        )
        async with open_api(world) as api:
            input = {"input": {"couponTemplateId": of.id}}
            assert (await api.ask(document, input, actor=both)).data["simulatePromotion"]["simulation"]
            if needed is not None:
                assert (await api.ask(document, input, actor=alone)).code == "FORBIDDEN"

    async def test_where_it_goes_on_is_a_cursor(self, world: World) -> None:
        orders = [placed(world, key=f"k{at}") for at in range(2)]
        of = c.template(world.ids)
        world.add([of])
        world.clock.forward()
        async with open_api(world) as api:

            async def ask(after: str | None) -> Any:
                input = {"couponTemplateId": of.id, "after": after}
                return await api.ask(SIMULATE, {"input": input}, actor=world.shop.clerk)

            with patch.object(simulating, "MOST_ORDERS", 1):
                first = (await ask(None)).data["simulatePromotion"]["simulation"]
                second = (await ask(first["next"])).data["simulatePromotion"]["simulation"]
            seen = [one["examples"][0]["orderId"] for one in (first, second)]
            assert (seen, second["next"]) == (sorted(one.id for one in orders), None)
            bad = Sorting("SIMULATED", (str, str))
            for cursor in ("x", bad.cursor(("no", "no")), bad.cursor(("2026-01-01", SkuId.of(bytes(16))))):
                assert (await ask(cursor)).code == "BAD_USER_INPUT"
