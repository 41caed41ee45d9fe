"""Coupons in quotes and orders: what comes off, who may use which, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from application.retrying import retrying
from domain.coupons import (
    Coupon,
    CouponNotUsable,
    CouponRefusal,
    CouponState,
    CouponTemplate,
    TooManyCoupons,
)
from domain.errors import Refused
from domain.ordering import IllegalMove, Order
from domain.period import Period
from domain.promotions import Gift, GiftGoods, GiftShortage
from domain.quantity import Quantity
from domain.quoting import Quote
from kit import builders as a
from kit import couponing as c
from kit.api import Api, open_api
from kit.builders import NOON
from kit.couponing import money
from kit.racing import at_once
from kit.world import World

DAY = timedelta(days=1)


def given(
    world: World, *coupons: Coupon, of: CouponTemplate | None = None, more: tuple[CouponTemplate, ...] = ()
) -> None:
    """Store a template and its coupons, counted."""
    templates = [one for one in (of, *more) if one is not None]
    claims = {one.id: sum(coupon.template_id == one.id for coupon in coupons) for one in templates}
    world.add([attrs.evolve(one, claims=claims[one.id]) for one in templates], coupons)


def quoted(world: World, *codes: str, by: str = "vip", pieces: int = 20, own: bool = False) -> Quote:
    return world.use.quote_basket(
        actor=world.shop.buyer(by),
        basket=a.basket((world.shop.sku("TEA-500"), pieces)),
        coupons=codes,
        own_coupons=own,
    )


def placing(
    world: World, *codes: str, by: str = "vip", key: str = "k", pieces: int = 20
) -> Callable[[], Order]:
    place = retrying(world.use.place_order)
    return lambda: place(
        actor=world.shop.buyer(by),
        key=a.key(key),
        basket=a.basket((world.shop.sku("TEA-500"), pieces)),
        wishes=attrs.evolve(a.wishes(), coupons=codes),
    )


def state(world: World, coupon: Coupon) -> tuple[str, int]:
    with world.database.unit_of_work(world.shop.clerk) as storage:
        held = storage.coupons.lock(coupon.id)
    return held.coupon.state.value, held.template.uses


class TestQuote:
    def test_it_says_what_comes_off_and_why_not(self, world: World) -> None:
        of, far = c.template(world.ids), c.template(world.ids, threshold="1000.00")
        vip, regular = world.shop.customers["vip"], world.shop.customers["regular"]
        mine = c.coupon(world.ids, of, vip, number=1)
        yours = c.coupon(world.ids, of, regular, number=2)
        late = c.coupon(world.ids, far, vip, number=3)
        given(world, mine, yours, late, of=of, more=(far,))
        plain = quoted(world)
        one = quoted(world, mine.code.shown)
        assert plain.total.minor - one.total.minor == 1000
        assert [(x.discount, x.refusal) for x in one.coupons] == [(money("10.00"), None)]
        assert one.lines[0].total == plain.lines[0].total
        for code in (yours.code, c.code(9), "nonsense"):
            refused = quoted(world, code)
            assert refused.problems == (CouponNotUsable(code, CouponRefusal.UNKNOWN),)
            assert refused.total == plain.total
        short = quoted(world, late.code)
        gap = money("1000.00") - plain.total
        assert short.problems == (CouponNotUsable(late.code, CouponRefusal.BELOW_THRESHOLD, gap),)

    def test_an_order_takes_so_many(self, world: World) -> None:
        codes = [c.code(at) for at in range(6)]
        assert quoted(world, *codes).problems[0] == TooManyCoupons(6)

    def test_it_tells_of_the_own_coupons_what_each_would_do(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        templates = [c.template(world.ids), c.template(world.ids, threshold="1000.00", stacking="x")]
        templates.append(c.template(world.ids, uses=1, used=1))
        coupons = [
            c.coupon(world.ids, one, vip, number=at, holds=Period(NOON - DAY, NOON + (at + 1) * DAY))
            for at, one in enumerate(templates)
        ]
        order = placing(world)()
        used = c.coupon(world.ids, templates[2], vip, number=8, state=CouponState.USED, order_id=order.id)
        given(world, *coupons, used, of=templates[0], more=(*templates[1:],))
        plain = quoted(world, own=True)
        assert [(one.discount, one.refusal) for one in plain.own_coupons] == [
            (money("10.00"), None),
            (None, CouponRefusal.BELOW_THRESHOLD),
            (None, CouponRefusal.USED_UP),
        ]
        assert plain.own_coupons[1].gap == money("1000.00") - plain.total
        assert (plain.coupons, plain.problems, plain.total) == ((), (), quoted(world).total)
        assert quoted(world, own=True, by="regular").own_coupons == ()


class TestGifts:
    def present(self, world: World, **more: Any) -> tuple[CouponTemplate, Coupon]:
        """A coupon of VIP that gives two nuts."""
        goods = (GiftGoods(world.shop.sku("NUTS").id, Quantity(2000)),)
        of = c.template(world.ids, gift=Gift(threshold=money("1.00"), goods=goods, **more))
        coupon = c.coupon(world.ids, of, world.shop.customers["vip"])
        given(world, coupon, of=of)
        return of, coupon

    def test_it_is_given_with_the_order_and_comes_back_with_it(self, world: World) -> None:
        _, coupon = self.present(world)
        plain, quote = quoted(world), quoted(world, coupon.code, own=True)
        nuts = world.shop.sku("NUTS").id
        for told in (*quote.coupons, *quote.own_coupons):
            assert (told.refusal, told.discount) == (None, money("0.00"))
            assert [(one.sku_id, one.quantity) for one in told.gifts] == [(nuts, Quantity(2000))]
        order = placing(world, coupon.code)()
        assert (order.total, quote.total) == (plain.total, plain.total)
        gifts = [line for line in order.lines if line.gift_value is not None]
        assert [(line.sku_id, line.quantity, line.net.minor) for line in gifts] == [(nuts, Quantity(2000), 0)]
        assert state(world, coupon) == ("USED", 1)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            reserved = {one.sku_id: one.quantity for one in storage.stock.reservations(order.id)}
        assert reserved[nuts] == Quantity(2000)
        world.use.cancel_order(actor=world.shop.buyer("vip"), key=a.key("c"), order_id=order.id)
        assert state(world, coupon) == ("AVAILABLE", 0)
        assert list(world.database.audit.findings()) == []

    def test_it_is_not_used_where_there_is_none_left(self, world: World) -> None:
        _, coupon = self.present(world, shortage=GiftShortage.BLOCK)
        nuts = world.shop.sku("NUTS")
        with world.database.unit_of_work(world.shop.clerk) as storage:
            left = storage.stock.sheet([nuts.id]).available[nuts.id].thousandths // 1000
        basket = a.basket((world.shop.sku("TEA-500"), 20), (nuts, left))
        quote = world.use.quote_basket(actor=world.shop.buyer("vip"), basket=basket, coupons=(coupon.code,))
        assert CouponNotUsable(coupon.code, CouponRefusal.GIFT_SHORT) in quote.problems
        assert state(world, coupon) == ("AVAILABLE", 0)


class TestOrder:
    def test_it_uses_them_and_gives_them_back_once(self, world: World) -> None:
        of, vip = c.template(world.ids, uses=1), world.shop.customers["vip"]
        coupon = c.coupon(world.ids, of, vip)
        given(world, coupon, of=of)
        plain = quoted(world)
        order = placing(world, coupon.code)()
        assert order.total == plain.total - money("10.00")
        assert [(one.claim, one.discount) for one in order.promotions] == [(coupon.id, money("10.00"))]
        assert state(world, coupon) == ("USED", 1)
        with pytest.raises(Refused) as refused:
            placing(world, coupon.code, key="again")()
        assert refused.value.refusals == (CouponNotUsable(coupon.code, CouponRefusal.USED),)
        assert placing(world, coupon.code)() == order
        cancel, buyer = world.use.cancel_order, world.shop.buyer("vip")
        for _ in range(2):
            cancel(actor=buyer, key=a.key("c"), order_id=order.id)
        with pytest.raises(IllegalMove):
            cancel(actor=buyer, key=a.key("d"), order_id=order.id)
        assert state(world, coupon) == ("AVAILABLE", 0)
        assert placing(world, coupon.code, key="new")().total == order.total
        assert list(world.database.audit.findings()) == []

    def test_a_refused_order_uses_nothing(self, world: World) -> None:
        of, vip = c.template(world.ids), world.shop.customers["vip"]
        coupon = c.coupon(world.ids, of, vip)
        given(world, coupon, of=of)
        with pytest.raises(Refused):
            placing(world, coupon.code, pieces=100_000)()
        with pytest.raises(Refused):
            placing(world, coupon.code, c.code(9), key="other")()
        assert state(world, coupon) == ("AVAILABLE", 0)

    def test_staff_who_call_an_order_off_give_it_back(self, world: World) -> None:
        of, vip = c.template(world.ids), world.shop.customers["vip"]
        coupon = c.coupon(world.ids, of, vip)
        given(world, coupon, of=of)
        order = placing(world, coupon.code)()
        world.use.confirm_order(actor=world.shop.clerk, key=a.key("c"), order_id=order.id)
        assert state(world, coupon) == ("USED", 1)
        world.use.cancel_order(actor=world.shop.clerk, key=a.key("x"), order_id=order.id)
        assert state(world, coupon) == ("AVAILABLE", 0)

    def test_it_takes_few_statements_however_many_coupons(self, world: World) -> None:
        vip = world.shop.customers["vip"]
        templates = [c.template(world.ids, off="1", stacking=f"s{at}") for at in range(5)]
        coupons = [c.coupon(world.ids, one, vip, number=at) for at, one in enumerate(templates)]
        more = [c.coupon(world.ids, templates[0], vip, number=9, at=NOON - DAY)]
        templates[0] = attrs.evolve(templates[0], limits=attrs.evolve(templates[0].limits, claims_each=None))
        given(world, *coupons, *more, of=templates[0], more=(*templates[1:],))
        asked = []
        for key, codes in (("none", []), ("one", [more[0].code]), ("five", [one.code for one in coupons])):
            before = world.database.statements
            placing(world, *codes, key=key)()
            asked.append(world.database.statements - before)
        if world.database.statements:
            assert asked[1] - asked[0] <= 6, asked
            assert asked[2] - asked[1] <= 4, asked


class TestRace:
    """Who comes last is refused, and nobody beyond."""

    @pytest.mark.parametrize("limit", [1, 10])
    def test_as_many_are_used_as_may_be(self, world: World, limit: int) -> None:
        of = c.template(world.ids, uses=limit, each=None)
        names = ("regular", "vip", "strategic", "contract")
        many = 24
        coupons = [
            c.coupon(world.ids, of, world.shop.customers[names[at % 4]], number=at) for at in range(many)
        ]
        given(world, *coupons, of=of)
        ended = at_once(
            [
                placing(world, one.code, by=names[at % 4], key=f"k{at}", pieces=8)
                for at, one in enumerate(coupons)
            ]
        )
        won = [one for one in ended if isinstance(one, Order)]
        refusals = [one.refusals[0] for one in ended if isinstance(one, Refused)]
        assert (len(won), len(refusals)) == (limit, many - limit), [one for one in ended if one not in won]
        assert {one.reason for one in refusals if isinstance(one, CouponNotUsable)} == {CouponRefusal.USED_UP}
        assert state(world, coupons[0])[1] == limit
        assert list(world.database.audit.findings()) == []

    def test_one_coupon_is_used_once(self, world: World) -> None:
        of, vip = c.template(world.ids), world.shop.customers["vip"]
        coupon = c.coupon(world.ids, of, vip)
        given(world, coupon, of=of)
        ended = at_once([placing(world, coupon.code, key=f"k{at}", pieces=8) for at in range(8)])
        refusals = [one.refusals for one in ended if isinstance(one, Refused)]
        assert sum(isinstance(one, Order) for one in ended) == 1
        assert refusals == [(CouponNotUsable(coupon.code, CouponRefusal.USED),)] * 7
        assert list(world.database.audit.findings()) == []

    def test_a_company_claims_as_many_as_it_may(self, world: World) -> None:
        one, ten = c.template(world.ids), c.template(world.ids, claims=10, each=None)
        given(world, of=one, more=(ten,))
        claim = retrying(world.use.claim_coupon)
        vip, regular = world.shop.buyer("vip"), world.shop.buyer()

        def claiming(key: int, of: CouponTemplate) -> Callable[[], object]:
            who = vip if of is one or key % 2 else regular
            return lambda: claim(actor=who, key=a.key(f"{of.id} {key}"), which=of.id)

        ended = at_once([claiming(key, one) for key in range(6)] + [claiming(key, ten) for key in range(18)])
        assert [sum(not isinstance(x, Exception) for x in ended[:6])] == [1]
        assert [sum(not isinstance(x, Exception) for x in ended[6:])] == [10]
        assert {str(x) for x in ended if isinstance(x, Exception)} == {"CouponNotClaimable"}
        assert list(world.database.audit.findings()) == []

    def test_it_is_given_back_once_when_cancelled_from_two_sides(self, world: World) -> None:
        of, vip = c.template(world.ids, uses=5, each=None), world.shop.customers["vip"]
        coupons = [c.coupon(world.ids, of, vip, number=at) for at in (1, 2)]
        given(world, *coupons, of=of)
        order, other = (placing(world, one.code, key=one.code)() for one in coupons)
        assert state(world, coupons[0]) == ("USED", 2)
        cancel = retrying(world.use.cancel_order)
        ended = at_once(
            [
                lambda: cancel(actor=world.shop.buyer("vip"), key=a.key("b"), order_id=order.id),
                lambda: cancel(actor=world.shop.clerk, key=a.key("s"), order_id=order.id),
            ]
        )
        assert sum(isinstance(one, Order) for one in ended) == 1
        assert state(world, coupons[0]) == ("AVAILABLE", 1)
        assert state(world, coupons[1])[0] == "USED"
        assert other.promotions[0].claim == coupons[1].id
        assert list(world.database.audit.findings()) == []


PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id total { amount } }
    errors { __typename ... on UserError { path } ... on CouponNotUsable { reference reason gap { amount } }
      ... on TooManyCoupons { most } } } }"""
QUOTE = """query ($input: QuoteInput!) { quote(input: $input) { total { amount }
    coupons { reference couponId name discount { amount } refusal gap { amount } }
    ownCoupons { reference discount { amount } refusal } problems { code } } }"""


class TestFrontDoor:
    async def ask(self, api: Api, document: str, **input: Any) -> Any:
        vip = api.world.shop.buyer("vip")
        [found] = (await api.ask(document, {"input": input}, actor=vip)).data.values()
        return found

    async def test_a_quote_and_an_order_take_coupons(self, world: World) -> None:
        of, vip = c.template(world.ids, threshold="50.00"), world.shop.customers["vip"]
        coupon = c.coupon(world.ids, of, vip)
        given(world, coupon, of=of)
        lines = [{"skuCode": "TEA-500", "quantity": "20"}]
        code = coupon.code.shown
        async with open_api(world) as api:
            quote = await self.ask(api, QUOTE, lines=lines, coupons=[code, "x"], ownCoupons=True)
            plain = await self.ask(api, QUOTE, lines=lines)
            assert (plain["total"]["amount"], quote["total"]["amount"]) == ("66.60", "56.60")
            off = {"amount": "10.00"}
            assert quote["coupons"] == [
                {
                    "reference": code,
                    "couponId": coupon.id,
                    "name": "满减券",
                    "discount": off,
                    "refusal": None,
                    "gap": None,
                },
                {
                    "reference": "x",
                    "couponId": None,
                    "name": None,
                    "discount": None,
                    "refusal": "UNKNOWN",
                    "gap": None,
                },
            ]
            assert quote["ownCoupons"] == [{"reference": code, "discount": off, "refusal": None}]
            assert quote["problems"] == [{"code": "COUPON_NOT_USABLE"}]
            wishes = {"lines": lines, "paymentMethod": "BANK_TRANSFER"}
            few = [{"skuCode": "TEA-500", "quantity": "1"}]
            short = {**wishes, "lines": few, "idempotencyKey": "s", "coupons": [code]}
            [refused] = (await self.ask(api, PLACE, **short))["errors"]
            assert (refused["path"], refused["reference"], refused["reason"]) == (
                ["input", "coupons"],
                code,
                "BELOW_THRESHOLD",
            )
            assert (await self.ask(api, PLACE, **short))["errors"] == [refused]
            many = {**wishes, "idempotencyKey": "m", "coupons": [c.code(at) for at in range(6)]}
            assert (await self.ask(api, PLACE, **many))["errors"][0]["most"] == 5
            placed = await self.ask(
                api, PLACE, **wishes, idempotencyKey="k", coupons=[code], expectedTotal="1.00"
            )
            assert [one["__typename"] for one in placed["errors"]] == ["TotalChanged"]
            placed = await self.ask(api, PLACE, **wishes, idempotencyKey="l", coupons=[code])
            assert placed["errors"] == []
            assert placed["order"]["total"] == quote["total"]
