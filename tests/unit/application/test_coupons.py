"""Coupons: made, issued and withdrawn by staff, claimed by companies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import attrs
import pytest

from adapters.persistence.memory import MemoryDatabase
from application.authorization import Forbidden, Permission
from application.coupons import AskedScope, AskedTemplate, _verbs
from application.groups import TooManyCustomers
from application.ports.storage import IdempotencyKeyReused
from domain.coupons import (
    ClaimRefusal,
    ClaimWay,
    CouponCode,
    CouponNotClaimable,
    CouponNotFound,
    CouponState,
    CouponTemplate,
    CouponTemplateNotFound,
    CouponUsed,
    HeldCoupon,
    InvalidCoupon,
)
from domain.errors import Refused
from domain.identity import AudienceId, CouponId, CouponTemplateId
from domain.money import Percentage
from domain.promotions import Gift, GiftGoods, Scope, UnknownGoods
from domain.quantity import Quantity
from domain.verification import ApprovalPending
from domain.visibility import UnknownAudience
from kit import builders as a
from kit import couponing as c
from kit.builders import NOON
from kit.couponing import money
from kit.world import World, furnish

DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return furnish(MemoryDatabase())


def asked(**given: object) -> AskedTemplate:
    return AskedTemplate(**{"name": "券", "amount_off": Decimal(10), **given})  # type: ignore[arg-type]


def made(world: World, **given: object) -> CouponTemplate:
    return world.use.create_coupon_template(actor=world.shop.clerk, asked=asked(**given))


def named(*ids: AudienceId) -> Mapping[str, AudienceId | None]:
    return {id: id for id in ids}


def claimed(
    world: World, which: CouponTemplateId | CouponCode | None, *, by: str = "vip", key: str = "k"
) -> HeldCoupon:
    return world.use.claim_coupon(actor=world.shop.buyer(by), key=a.key(key), which=which)


class TestMaking:
    def test_a_template_is_made_with_everything(self, world: World) -> None:
        shop = world.shop
        scope = AskedScope(
            sku_ids=(shop.sku("NUTS").id,),
            product_ids=(shop.products["tea"].id,),
            category_ids=(shop.categories["tea"].id,),
            brand_ids=(shop.brands["sunny"].id,),
            without=(shop.sku("TEA-1L").id, shop.brands["spring"].id),
        )
        template = made(
            world,
            amount_off=None,
            percentage_off=Decimal("12.5"),
            most_off=Decimal(30),
            threshold=Decimal(100),
            terms=" 限茶饮 ",
            scope=scope,
            valid_from=NOON,
            valid_until=NOON + 9 * DAY,
            valid_days=7,
            way=ClaimWay.BY_CODE,
            open_from=NOON,
            open_until=NOON + DAY,
            audience=named(shop.groups["east"].id, shop.tiers["vip"].id, shop.customers["vip"].id),
            stacking_group="开业",
            claims=10,
            claims_each=None,
            uses=5,
        )
        assert (template.off, template.terms, template.made_by) == (
            Percentage.of("12.5"),
            "限茶饮",
            shop.staff["clerk"].id,
        )
        assert template.scope == Scope(
            sku_ids=frozenset(scope.sku_ids),  # type: ignore[arg-type]  # the same texts
            product_ids=frozenset(scope.product_ids),  # type: ignore[arg-type]
            category_ids=frozenset(scope.category_ids),  # type: ignore[arg-type]
            brand_ids=frozenset(scope.brand_ids),  # type: ignore[arg-type]
            without=frozenset(scope.without),  # type: ignore[arg-type]
        )
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.coupons.lock_template(template.id) == template

    def test_a_template_may_give_something(self, world: World) -> None:
        present = Gift(threshold=money("30.00"), goods=(GiftGoods(world.shop.sku("NUTS").id),))
        template = made(world, amount_off=None, gift=present)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.coupons.lock_template(template.id).off == present == template.off
        strange = Gift(threshold=money("30.00"), goods=(GiftGoods(world.other.sku("NUTS").id),))
        with pytest.raises(Refused) as refused:
            made(world, amount_off=None, gift=strange)
        assert refused.value.refusals == (UnknownGoods(world.other.sku("NUTS").id),)
        for wrong in ({"amount_off": Decimal(1)}, {"gift": attrs.evolve(present, threshold=Quantity(1000))}):
            with pytest.raises(Refused) as refused:
                made(world, **{"amount_off": None, "gift": present, **wrong})
            assert refused.value.refusals == (InvalidCoupon("gift"),)
        with pytest.raises(Refused) as refused:
            made(world, amount_off=None, gift=present, threshold=Decimal(1))
        assert refused.value.refusals == (InvalidCoupon("threshold"),)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, "name"),
            ({"terms": "x" * 201}, "terms"),
            ({"terms": "a\nb"}, "terms"),
            ({"amount_off": Decimal("0.001")}, "amountOff"),
            ({"amount_off": None}, "amountOff"),
            ({"percentage_off": Decimal(5)}, "percentageOff"),
            ({"amount_off": None, "percentage_off": Decimal("100.01")}, "percentageOff"),
            ({"amount_off": None, "percentage_off": Decimal(0)}, "percentageOff"),
            ({"amount_off": Decimal(0)}, "amountOff"),
            ({"amount_off": Decimal(-1)}, "amountOff"),
            ({"threshold": Decimal("9.99")}, "threshold"),
            ({"threshold": Decimal("NaN")}, "threshold"),
            ({"most_off": Decimal("1.005")}, "mostOff"),
            ({"valid_until": NOON}, "validUntil"),
            ({"valid_from": NOON, "valid_until": NOON - DAY}, "validUntil"),
            ({"valid_days": 0}, "validUntil"),
            ({"open_from": NOON, "open_until": NOON}, "openUntil"),
            ({"stacking_group": ""}, "stackingGroup"),
            ({"claims": 0}, "limits"),
            ({"uses": 1_000_001}, "limits"),
            ({"audience": {str(at): None for at in range(101)}}, "audience"),
            ({"scope": AskedScope(sku_ids=("x",) * 101)}, "scope"),
        ],
    )
    def test_what_cannot_be_is_named(self, world: World, given: dict[str, object], field: str) -> None:
        with pytest.raises(Refused) as refused:
            made(world, **given)
        assert refused.value.refusals == (InvalidCoupon(field),)

    def test_everything_that_is_wrong_is_named_at_once(self, world: World) -> None:
        with pytest.raises(Refused) as refused:
            made(world, name="", claims=0)
        assert refused.value.refusals == (InvalidCoupon("name"), InvalidCoupon("limits"))

    def test_whatever_is_named_and_not_there_is_refused_alike(self, world: World) -> None:
        theirs, vip = world.other.sku("NUTS").id, world.other.customers["vip"].id
        product = world.shop.products["tea"].id
        with pytest.raises(Refused) as refused:
            made(
                world,
                scope=AskedScope(sku_ids=(theirs, "nonsense", product), without=("no",)),
                audience={vip: vip, "nobody": None},
            )
        assert refused.value.refusals == (
            UnknownGoods(theirs),
            UnknownGoods("nonsense"),
            UnknownGoods(product),
            UnknownGoods("no"),
            UnknownAudience(vip),
            UnknownAudience("nobody"),
        )

    def test_it_is_noted_and_stopped_once(self, world: World) -> None:
        template = made(world, way=ClaimWay.BY_CODE)
        stop = world.use.stop_coupon_template
        stopped = stop(actor=world.shop.clerk, template_id=template.id)
        assert stopped == template.stop(at=NOON)
        assert stop(actor=world.shop.clerk, template_id=template.id) == stopped
        entries = [one for one in trail_of(world) if one[1] == template.id]
        assert [operation for operation, _, _ in entries] == ["createCouponTemplate", "stopCouponTemplate"]
        assert template.claim_code is not None and template.claim_code not in str(entries)

    def test_only_staff_who_set_prices_may(self, world: World) -> None:
        use, trainee = world.use, world.shop.colleague(Permission.MANAGE_CUSTOMERS)
        id, coupon_id = world.ids.new(CouponTemplateId), world.ids.new(CouponId)
        for act in (
            lambda: use.create_coupon_template(actor=trainee, asked=asked()),
            lambda: use.stop_coupon_template(actor=trainee, template_id=id),
            lambda: use.issue_coupons(actor=trainee, key=a.key(), template_id=id, to={}),
            lambda: use.withdraw_coupon(actor=trainee, coupon_id=coupon_id),
            lambda: use.claim_coupon(actor=world.shop.clerk, key=a.key(), which=id),
        ):
            with pytest.raises(Forbidden):
                act()
        with pytest.raises(CouponTemplateNotFound):
            use.stop_coupon_template(actor=world.shop.clerk, template_id=id)


def trail_of(world: World) -> list[tuple[str, str, Mapping[str, str]]]:
    assert isinstance(world.database, MemoryDatabase)
    entries = world.database.vault.shop(world.shop.merchant.id).trail.values()
    return [
        (one.operation, one.about_id, {"before": str(one.before), "after": str(one.after)}) for one in entries
    ]


class TestIssuing:
    def issue(self, world: World, template: CouponTemplate, *to: AudienceId, key: str = "k") -> int:
        return world.use.issue_coupons(
            actor=world.shop.clerk, key=a.key(key), template_id=template.id, to=named(*to)
        ).issued

    def test_every_company_gets_one_unless_it_has_as_many_as_it_may(self, world: World) -> None:
        shop, template = world.shop, made(world)
        east, vip = shop.groups["east"].id, shop.tiers["vip"].id
        assert self.issue(world, template, east) == 1
        assert self.issue(world, template, east, key="again") == 0
        assert self.issue(world, template, east, vip, shop.customers["vip"].id, key="all") == 2
        assert self.issue(world, template, east, vip, shop.customers["vip"].id, key="all") == 2
        with world.database.unit_of_work(shop.clerk) as storage:
            assert storage.coupons.lock_template(template.id).claims == 3
        operations = [operation for operation, _, _ in trail_of(world)]
        assert operations.count("issueCoupons") == 2
        assert list(world.database.audit.findings()) == []

    def test_none_is_issued_where_there_are_too_few(self, world: World) -> None:
        template = made(world, claims=1)
        with pytest.raises(CouponNotClaimable) as refused:
            self.issue(world, template, world.shop.tiers["vip"].id)
        assert refused.value.reason is ClaimRefusal.NONE_LEFT
        assert self.issue(world, template, world.shop.customers["vip"].id, key="one") == 1
        with pytest.raises(CouponNotClaimable):
            self.issue(world, template, world.shop.customers["regular"].id, key="two")

    def test_none_is_issued_of_what_was_stopped(self, world: World) -> None:
        template = made(world)
        world.use.stop_coupon_template(actor=world.shop.clerk, template_id=template.id)
        with pytest.raises(CouponNotClaimable) as refused:
            self.issue(world, template, world.shop.customers["vip"].id)
        assert refused.value.reason is ClaimRefusal.OVER

    def test_whoever_is_not_there_is_named(self, world: World) -> None:
        template, theirs = made(world), world.other.customers["vip"].id
        with pytest.raises(Refused) as refused:
            world.use.issue_coupons(
                actor=world.shop.clerk,
                key=a.key(),
                template_id=template.id,
                to={theirs: theirs, "no": None},
            )
        assert refused.value.refusals == (
            UnknownAudience(theirs, field="to"),
            UnknownAudience("no", field="to"),
        )
        for to in ({}, {str(at): None for at in range(101)}):
            with pytest.raises(InvalidCoupon):
                world.use.issue_coupons(
                    actor=world.shop.clerk, key=a.key(f"{len(to)}"), template_id=template.id, to=to
                )

    def test_a_key_is_of_one_issue(self, world: World) -> None:
        template = made(world)
        self.issue(world, template, world.shop.customers["vip"].id)
        with pytest.raises(IdempotencyKeyReused):
            self.issue(world, template, world.shop.customers["regular"].id)

    def test_it_is_bounded(self, world: World) -> None:
        template = made(world)
        with patch.object(_verbs, "MOST_ISSUED", 1), pytest.raises(TooManyCustomers):
            self.issue(world, template, world.shop.tiers["vip"].id)


class TestClaiming:
    def test_a_company_claims_from_the_list_once(self, world: World) -> None:
        template = made(world, way=ClaimWay.LISTED)
        held = claimed(world, template.id)
        assert held.coupon.customer_id == world.shop.customers["vip"].id
        assert held.template == attrs.evolve(template, claims=1)
        assert claimed(world, template.id) == held
        with pytest.raises(CouponNotClaimable) as refused:
            claimed(world, template.id, key="again")
        assert refused.value.reason is ClaimRefusal.CLAIMED
        assert claimed(world, template.id, by="regular").coupon.code != held.coupon.code

    def test_a_company_claims_with_a_code(self, world: World) -> None:
        template = made(world, way=ClaimWay.BY_CODE)
        assert template.claim_code is not None
        assert claimed(world, template.claim_code).template.claims == 1
        with pytest.raises(CouponTemplateNotFound):
            claimed(world, template.id, key="by id")

    def test_what_is_not_for_a_company_is_not_there(self, world: World) -> None:
        vip = world.shop.tiers["vip"].id
        for_vip = made(world, way=ClaimWay.LISTED, audience=named(vip))
        issued = made(world)
        for at, which in enumerate((for_vip.id, issued.id, world.ids.new(CouponTemplateId), c.code(1), None)):
            with pytest.raises(CouponTemplateNotFound):
                claimed(world, which, by="regular", key=str(at))
        assert claimed(world, for_vip.id).template.id == for_vip.id

    def test_a_company_that_is_not_approved_waits(self, world: World) -> None:
        template = made(world, way=ClaimWay.LISTED)
        pending = attrs.evolve(world.shop.buyer("vip"), approved=False)
        with pytest.raises(ApprovalPending):
            world.use.claim_coupon(actor=pending, key=a.key("k"), which=template.id)
        assert claimed(world, template.id).template.claims == 1


class TestWithdrawing:
    def test_it_is_taken_back_once_and_stays_counted(self, world: World) -> None:
        template = made(world, way=ClaimWay.LISTED)
        coupon = claimed(world, template.id).coupon
        withdraw = world.use.withdraw_coupon
        found = withdraw(actor=world.shop.clerk, coupon_id=coupon.id)
        assert found.coupon.state is CouponState.WITHDRAWN
        assert withdraw(actor=world.shop.clerk, coupon_id=coupon.id) == found
        assert [operation for operation, _, _ in trail_of(world)].count("withdrawCoupon") == 1
        with pytest.raises(CouponNotClaimable):
            claimed(world, template.id, key="again")

    def test_what_was_used_or_is_not_there_is_not_taken_back(self, world: World) -> None:
        shop = world.shop
        order = world.use.place_order(
            actor=shop.buyer("vip"),
            key=a.key(),
            basket=a.basket((shop.sku("TEA-500"), 1)),
            wishes=a.wishes(),
        )
        of = c.template(world.ids, claimed=1, used=1)
        used = c.coupon(world.ids, of, shop.customers["vip"], state=CouponState.USED, order_id=order.id)
        world.add([of], [used])
        with pytest.raises(CouponUsed):
            world.use.withdraw_coupon(actor=shop.clerk, coupon_id=used.id)
        for missing in (used.id, world.ids.new(CouponId)):
            with pytest.raises(CouponNotFound):
                world.use.withdraw_coupon(actor=world.other.clerk, coupon_id=missing)
