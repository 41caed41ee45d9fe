"""Coupons: what templates promise, who may claim one, and which are used in an order."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from domain.coupons import (
    ClaimRefusal,
    ClaimWay,
    CouponCode,
    CouponLimits,
    CouponNotClaimable,
    CouponOutcome,
    CouponRefusal,
    CouponStanding,
    CouponState,
    CouponTemplate,
    CouponUsed,
    CouponValidity,
    HeldCoupon,
    Purse,
)
from domain.identity import CouponId, CustomerId, OrderId, ProductId, SkuId
from domain.money import Currency, Money, Percentage
from domain.period import Period
from domain.promotions import (
    Folded,
    Gift,
    GiftGoods,
    Offer,
    PricedLine,
    PromotionInput,
    Scope,
    Stacking,
    Step,
    ThresholdDiscount,
    fold,
)
from domain.quantity import Quantity
from domain.visibility import NOBODY, Audience
from kit import builders as a
from kit import couponing as c
from kit.couponing import CNY, money

NOW, DAY = a.NOON, timedelta(days=1)
IDS = a.SeededIds(7)
MINE, YOURS = IDS.new(CustomerId), IDS.new(CustomerId)


def held(template: CouponTemplate, *, number: int = 0, holds: Period | None = None) -> HeldCoupon:
    company = a.customer(IDS, tier=a.tier(IDS))
    return HeldCoupon(c.coupon(IDS, template, company, number=number, holds=holds), template)


def _held(template: CouponTemplate, given: dict[str, object]) -> HeldCoupon:
    found = held(template)
    coupon = attrs.evolve(found.coupon, **given)  # type: ignore[arg-type]  # as it is given
    return HeldCoupon(coupon, template)


class TestCode:
    def test_it_is_read_however_it_is_written(self) -> None:
        assert CouponCode("abcd-efgh-jkmn-pqrs") == CouponCode(" ABCDEFGH JKMNPQRS ") == "ABCDEFGHJKMNPQRS"
        assert CouponCode("abcdefghjkmnpqrs").shown == "ABCD-EFGH-JKMN-PQRS"

    @pytest.mark.parametrize("text", ["", "ABCD", "ABCD-EFGH-JKMN-PQR0", "A" * 17, "A" * 1000])
    def test_it_is_none_of_another_form(self, text: str) -> None:
        with pytest.raises(ValueError, match="a coupon code is"):
            CouponCode(text)

    def test_every_letter_is_as_likely(self) -> None:
        asked: list[int] = []

        def chance(below: int) -> int:
            asked.append(below)
            return 0

        assert CouponCode.made_of(chance) == "2" * 16
        assert asked == [30] * 16


class TestTemplate:
    @pytest.mark.parametrize(
        "given",
        [
            {"off": "0"},
            {"off": "10.00", "threshold": "9.99"},
            {"off": "10.00", "most": "5.00"},
            {"percent": "0"},
            {"percent": "101"},
            {"off": "2000000000"},
            {"threshold": "0"},
            {"way": ClaimWay.BY_CODE},
            {"claim_code": c.code(1)},
            {"each": 0},
            {"claims": 1_000_001},
        ],
    )
    def test_it_cannot_be(self, given: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r".+"):
            c.template(IDS, **given)  # type: ignore[arg-type]  # as it is given

    @pytest.mark.parametrize("days", [0, 3_661])
    def test_it_holds_for_ten_years_at_the_longest(self, days: int) -> None:
        with pytest.raises(ValueError, match="3660 days"):
            CouponValidity(days=days)

    def test_its_amounts_are_of_its_currency(self) -> None:
        with pytest.raises(ValueError, match="of the currency"):
            attrs.evolve(c.template(IDS), off=Money(1000, Currency.USD))

    def test_it_needs_goods_for_as_much_as_comes_off(self) -> None:
        assert c.template(IDS, off="10.00").promotion.effect == ThresholdDiscount(
            steps=(Step(money("10.00"), money("10.00")),)
        )
        assert c.template(IDS, percent="10", most="3.00").promotion.effect == ThresholdDiscount(
            steps=(Step(money("0.01"), Percentage.of(10)),), cap=money("3.00")
        )

    def test_it_gives_in_place_of_taking_off(self) -> None:
        goods = (GiftGoods(SkuId.of(bytes(16))),)
        present = Gift(threshold=money("30.00"), goods=goods, choice=True)
        template = c.template(IDS, gift=present)
        assert (template.promotion.effect, template.least) == (present, money("30.00"))
        assert c.template(IDS, threshold="20.00").least == money("20.00")
        with pytest.raises(ValueError, match="from which"):
            c.template(IDS, gift=present, threshold="1.00")
        with pytest.raises(ValueError, match="there is a most"):
            c.template(IDS, gift=present, most="1.00")
        for threshold in (Quantity(1000), Money(3000, Currency.USD)):
            with pytest.raises(ValueError, match=r"from which|currency"):
                c.template(IDS, gift=Gift(threshold=threshold, goods=goods))

    def test_it_is_stopped_once(self) -> None:
        stopped = c.template(IDS).stop(at=NOW)
        assert stopped.stopped_at == NOW
        assert stopped.stop(at=NOW + DAY) is stopped

    def test_it_is_for_those_it_names(self) -> None:
        audience = Audience(frozenset({MINE}))
        assert c.template(IDS).is_for(audience)
        assert c.template(IDS, audience=[MINE]).is_for(audience)
        assert not c.template(IDS, audience=[YOURS]).is_for(audience)

    def test_it_is_used_up(self) -> None:
        assert not c.template(IDS, used=9).used_up
        assert not c.template(IDS, uses=10, used=9).used_up
        assert c.template(IDS, uses=10, used=10).used_up


class TestClaiming:
    def give(self, template: CouponTemplate, *, claimed: int = 0, at: datetime = NOW) -> Period:
        coupon = template.give(id=IDS.new(CouponId), code=c.code(1), customer_id=MINE, claimed=claimed, at=at)
        assert (coupon.customer_id, coupon.template_id, coupon.claimed_at) == (MINE, template.id, at)
        assert coupon.standing(coupon.holds.start or at) is CouponStanding.AVAILABLE
        return coupon.holds

    @pytest.mark.parametrize(
        ("validity", "holds"),
        [
            (CouponValidity(), Period(NOW)),
            (CouponValidity(days=7), Period(NOW, NOW + 7 * DAY)),
            (CouponValidity(period=Period(NOW + DAY, NOW + 3 * DAY)), Period(NOW + DAY, NOW + 3 * DAY)),
            (CouponValidity(period=Period(None, NOW + 3 * DAY), days=7), Period(NOW, NOW + 3 * DAY)),
            (CouponValidity(period=Period(None, NOW + 9 * DAY), days=7), Period(NOW, NOW + 7 * DAY)),
        ],
    )
    def test_it_holds(self, validity: CouponValidity, holds: Period) -> None:
        assert self.give(c.template(IDS, validity=validity)) == holds

    @pytest.mark.parametrize(
        ("given", "claimed", "reason"),
        [
            ({"open": Period(NOW + DAY)}, 0, ClaimRefusal.NOT_YET),
            ({"open": Period(None, NOW)}, 0, ClaimRefusal.OVER),
            ({"validity": CouponValidity(period=Period(None, NOW))}, 0, ClaimRefusal.OVER),
            ({"each": 2}, 2, ClaimRefusal.CLAIMED),
            ({"claims": 10, "claimed": 10}, 0, ClaimRefusal.NONE_LEFT),
        ],
    )
    def test_it_is_refused(self, given: dict[str, object], claimed: int, reason: ClaimRefusal) -> None:
        with pytest.raises(CouponNotClaimable) as refused:
            self.give(c.template(IDS, **given), claimed=claimed)  # type: ignore[arg-type]  # as it is given
        assert refused.value == CouponNotClaimable(reason)

    def test_it_is_refused_where_it_was_stopped(self) -> None:
        with pytest.raises(CouponNotClaimable) as refused:
            self.give(c.template(IDS).stop(at=NOW - DAY))
        assert refused.value.reason is ClaimRefusal.OVER

    def test_it_is_given_until_the_last(self) -> None:
        self.give(c.template(IDS, claims=10, claimed=9, each=None), claimed=500)


class TestCoupon:
    def test_where_it_stands(self) -> None:
        of = c.template(IDS)
        coupon = held(of, holds=Period(NOW, NOW + DAY)).coupon
        assert [coupon.standing(NOW + step).value for step in (-DAY, 0 * DAY, DAY)] == [
            "NOT_YET",
            "AVAILABLE",
            "EXPIRED",
        ]
        assert attrs.evolve(coupon, holds=Period(None, NOW)).standing(NOW) is CouponStanding.EXPIRED
        used = attrs.evolve(coupon, state=CouponState.USED, order_id=IDS.new(OrderId))
        assert used.standing(NOW) is CouponStanding.USED

    def test_it_is_withdrawn_unless_it_was_used(self) -> None:
        coupon = held(c.template(IDS)).coupon
        withdrawn = coupon.withdraw()
        assert withdrawn.standing(NOW) is CouponStanding.WITHDRAWN
        assert withdrawn.withdraw() == withdrawn
        used = attrs.evolve(coupon, state=CouponState.USED, order_id=IDS.new(OrderId))
        with pytest.raises(CouponUsed):
            used.withdraw()

    def test_it_is_used_in_an_order(self) -> None:
        coupon = held(c.template(IDS)).coupon
        with pytest.raises(ValueError, match="used in an order"):
            attrs.evolve(coupon, state=CouponState.USED)
        with pytest.raises(ValueError, match="used in an order"):
            attrs.evolve(coupon, order_id=IDS.new(OrderId))


def basket(*fen: int, offers: tuple[Offer, ...] = ()) -> PromotionInput:
    lines = tuple(
        PricedLine(
            sku_id=SkuId.of(bytes([at] * 16)),
            product_id=ProductId.of(bytes([at] * 16)),
            base_quantity=Quantity(3000),
            total=Money(one, CNY),
        )
        for at, one in enumerate(fen)
    )
    return PromotionInput(
        lines=lines, offers=offers, currency=CNY, audience=NOBODY, at=NOW, time_zone="Asia/Shanghai"
    )


def used(purse: Purse, given: PromotionInput) -> tuple[list[CouponOutcome], Folded]:
    folded = fold(attrs.evolve(given, offers=(*given.offers, *purse.offers(at=NOW))))
    return list(purse.outcomes(folded, at=NOW)), folded


def purse(*coupons: HeldCoupon) -> Purse:
    return Purse(tuple(one.coupon.code for one in coupons), coupons)


class TestUsing:
    def test_it_comes_after_group_promotions(self) -> None:
        """Three at 90.00 with 满200减20 come to 250.00: a coupon of 满240 is used, one of 满260 is 10.00 short."""
        spend = attrs.evolve(
            c.template(IDS).promotion,
            effect=ThresholdDiscount(steps=(Step(money("200.00"), money("20.00")),)),
            public=True,
        )
        given = basket(27_000, offers=(Offer(promotion=spend),))
        [outcome], folded = used(purse(held(c.template(IDS, threshold="240.00"))), given)
        assert (outcome.discount, outcome.refusal) == (money("10.00"), None)
        assert [net.minor for net in folded.nets] == [24_000]
        [outcome], folded = used(purse(held(c.template(IDS, threshold="260.00"))), given)
        assert (outcome.discount, outcome.refusal) == (None, CouponRefusal.BELOW_THRESHOLD)
        assert outcome.gap == money("10.00")
        assert [net.minor for net in folded.nets] == [25_000]

    def test_only_the_goods_in_its_scope_count(self) -> None:
        first = Scope(sku_ids=frozenset({SkuId.of(bytes(16))}))
        [outcome], folded = used(purse(held(c.template(IDS, scope=first))), basket(999, 5_000))
        assert (outcome.refusal, outcome.gap) == (CouponRefusal.BELOW_THRESHOLD, money("0.01"))
        [outcome], folded = used(purse(held(c.template(IDS, scope=first))), basket(1_000, 5_000))
        assert [net.minor for net in folded.nets] == [0, 5_000]
        none = Scope(sku_ids=frozenset({SkuId.of(bytes([9] * 16))}))
        [outcome], folded = used(purse(held(c.template(IDS, scope=none))), basket(1_000))
        assert outcome.refusal is CouponRefusal.NOT_FOR_THESE

    def test_one_goes_alone_and_the_best_is_taken(self) -> None:
        ten, twelve = c.template(IDS), c.template(IDS, percent="12", stacking="share")
        outcomes, folded = used(purse(held(ten, number=1), held(twelve, number=2)), basket(10_000))
        assert [one.refusal for one in outcomes] == [CouponRefusal.NOT_STACKABLE, None]
        assert outcomes[1].discount == money("12.00")
        assert [net.minor for net in folded.nets] == [8_800]

    def test_one_of_each_stacking_group_goes_together(self) -> None:
        templates = [
            c.template(IDS, off=off, stacking=of) for off, of in (("1", "a"), ("2", "a"), ("3", "b"))
        ]
        coupons = [held(one, number=at) for at, one in enumerate(templates)]
        outcomes, folded = used(purse(*coupons), basket(10_000))
        assert [one.refusal for one in outcomes] == [CouponRefusal.NOT_STACKABLE, None, None]
        assert [net.minor for net in folded.nets] == [9_500]

    def test_it_takes_nothing_off_what_costs_nothing(self) -> None:
        free = attrs.evolve(
            c.template(IDS).promotion,
            effect=ThresholdDiscount(steps=(Step(money("0.01"), Percentage.of(100)),)),
            stacking=Stacking.ALONE,
        )
        [outcome], _ = used(purse(held(c.template(IDS))), basket(2_000, offers=(Offer(promotion=free),)))
        assert outcome.refusal is CouponRefusal.NOT_STACKABLE
        [outcome], _ = used(purse(held(c.template(IDS, percent="0.01"))), basket(10))
        assert outcome.refusal is CouponRefusal.NO_DISCOUNT

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"holds": Period(NOW + DAY)}, CouponRefusal.NOT_YET),
            ({"holds": Period(None, NOW)}, CouponRefusal.EXPIRED),
            ({"state": CouponState.WITHDRAWN}, CouponRefusal.WITHDRAWN),
            ({"state": CouponState.USED, "order_id": OrderId.of(bytes(16))}, CouponRefusal.USED),
        ],
    )
    def test_it_is_not_used_out_of_its_state(self, given: dict[str, object], refusal: CouponRefusal) -> None:
        [outcome], folded = used(purse(_held(c.template(IDS), given)), basket(10_000))
        assert (outcome.refusal, outcome.discount) == (refusal, None)
        assert folded.applied == ()

    def test_it_is_not_used_where_its_template_is_used_up(self) -> None:
        [outcome], _ = used(purse(held(c.template(IDS, uses=10, used=10))), basket(10_000))
        assert outcome.refusal is CouponRefusal.USED_UP

    def test_each_says_what_it_is_short_of(self) -> None:
        coupons = [held(c.template(IDS, threshold=of), number=at) for at, of in enumerate(("30", "40"))]
        outcomes, _ = used(purse(*coupons), basket(2_000))
        assert [one.gap for one in outcomes] == [money("10.00"), money("20.00")]

    def test_it_is_used_once_however_often_it_is_named(self) -> None:
        mine = held(c.template(IDS), number=5)
        twice = Purse((c.code(5), c.code(5).shown), (mine,))
        outcomes, folded = used(twice, basket(10_000))
        assert [one.discount for one in outcomes] == [money("10.00")] * 2
        assert [net.minor for net in folded.nets] == [9_000]
        assert twice.codes == {c.code(5)}

    def test_what_there_is_not_is_unknown_however_it_is_written(self) -> None:
        mine = held(c.template(IDS), number=5)
        references = (c.code(5).shown.lower(), c.code(6), "nonsense", c.code(5).shown.lower())
        asked = Purse(references, (mine,))
        outcomes, folded = used(asked, basket(10_000))
        assert asked.used(folded) == (mine,)
        assert (outcomes[0].coupon_id, outcomes[0].name) == (mine.coupon.id, mine.template.name)
        assert (outcomes[1].coupon_id, outcomes[1].name) == (None, None)
        assert [(one.reference, one.refusal) for one in outcomes] == [
            (references[0], None),
            (references[1], CouponRefusal.UNKNOWN),
            ("nonsense", CouponRefusal.UNKNOWN),
        ]

    def test_limits_are_of_a_size(self) -> None:
        assert CouponLimits(claims=1_000_000, claims_each=None, uses=1) is not None
