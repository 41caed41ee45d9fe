"""Coupons as the verbs and readers need them: counted exactly, and each company's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from application.authorization import Actor, Permission
from application.ports.storage import Stale
from application.views.coupons import ANY_COUPON, CouponFilter
from application.views.pages import Window
from domain.coupons import (
    ClaimWay,
    Coupon,
    CouponNotFound,
    CouponStanding,
    CouponState,
    CouponTemplate,
    CouponTemplateNotFound,
    CouponValidity,
    HeldCoupon,
)
from domain.identity import CouponId, CouponTemplateId, OrderId
from domain.ordering import Order
from domain.period import Period
from domain.promotions import Scope
from kit import builders as a
from kit import couponing as c
from kit.builders import NOON
from kit.world import World

DAY = timedelta(days=1)
ALL = Window(size=100)


def rich(world: World) -> CouponTemplate:
    """A template with everything in it."""
    shop = world.shop
    scope = Scope(
        sku_ids=frozenset({shop.sku("NUTS").id}),
        product_ids=frozenset({shop.products["tea"].id}),
        category_ids=frozenset({shop.categories["water"].id}),
        brand_ids=frozenset({shop.brands["spring"].id}),
        without=frozenset({shop.sku("TEA-1L").id, shop.brands["sunny"].id}),
    )
    made = c.template(
        world.ids,
        name="开业券",
        percent="12.5",
        most="30.00",
        threshold="100.00",
        scope=scope,
        validity=CouponValidity(period=Period(NOON, NOON + 9 * DAY), days=7),
        claims=10,
        each=2,
        uses=5,
        way=ClaimWay.BY_CODE,
        claim_code=c.code(99),
        open=Period(NOON - DAY, NOON + DAY),
        audience=[shop.groups["east"].id, shop.tiers["vip"].id, shop.customers["contract"].id],
        stacking="开业",
    )
    return attrs.evolve(made, terms="限茶饮", made_by=shop.staff["clerk"].id)


def stored(world: World, *templates: CouponTemplate, coupons: Sequence[Coupon] = ()) -> None:
    world.add(templates, coupons)


def placed(world: World, name: str = "vip") -> Order:
    """An order that is stored."""
    basket = a.basket((world.shop.sku("TEA-500"), 1))
    key = a.key(world.ids.new(OrderId))
    return world.use.place_order(actor=world.shop.buyer(name), key=key, basket=basket, wishes=a.wishes())


def held_by(world: World, actor: Actor, coupon: Coupon) -> HeldCoupon:
    with world.database.unit_of_work(actor) as storage:
        return storage.coupons.lock(coupon.id)


class TestTemplates:
    def test_it_gives_back_what_was_stored(self, world: World) -> None:
        made, simple = rich(world), c.template(world.ids)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.add_template(made)
            storage.coupons.add_template(simple)
        with world.database.unit_of_work(world.shop.clerk) as storage:
            assert storage.coupons.lock_template(made.id) == made
            assert storage.coupons.lock_template(c.code(99)) == made
            assert storage.coupons.lock_template(simple.id) == simple
            stopped = simple.stop(at=NOON)
            storage.coupons.stop(stopped)
            assert storage.coupons.lock_template(simple.id) == stopped

    def test_it_finds_neither_what_is_not_there_nor_what_is_anothers(self, world: World) -> None:
        stored(world, theirs := rich(world))
        for which in (theirs.id, c.code(99), world.ids.new(CouponTemplateId)):
            with (
                pytest.raises(CouponTemplateNotFound),
                world.database.unit_of_work(world.other.clerk) as storage,
            ):
                storage.coupons.lock_template(which)

    def test_a_claim_code_is_taken_once(self, world: World) -> None:
        stored(world, rich(world))
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.add_template(rich(world))

    def test_it_is_open_to_nobody_who_is_not_there(self, world: World) -> None:
        theirs = c.template(world.ids, audience=[world.other.customers["vip"].id])
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.add_template(theirs)

    def test_it_knows_companies_by_all_they_go_by(self, world: World) -> None:
        shop, theirs = world.shop, world.other.customers["vip"].id
        regular, vip, contract = (shop.customers[name].id for name in ("regular", "vip", "contract"))
        with world.database.unit_of_work.reading(shop.clerk) as storage:
            coupons = storage.coupons
            by_group = coupons.companies([shop.groups["east"].id], most=9)
            by_tier = coupons.companies([shop.tiers["vip"].id], most=9)
            of_all = coupons.companies(
                [shop.groups["east"].id, shop.tiers["vip"].id, contract, theirs], most=9
            )
            assert (by_group, by_tier) == ((regular,), tuple(sorted((vip, contract))))
            assert of_all == tuple(sorted((regular, vip, contract)))
            assert coupons.companies([shop.tiers["vip"].id], most=1) == (min(vip, contract),)
            assert coupons.audience(regular).ids == {
                regular,
                shop.tiers["regular"].id,
                shop.groups["east"].id,
                shop.groups["jiangsu"].id,
            }
            assert coupons.audience(theirs).ids == frozenset()


class TestClaims:
    def test_they_are_counted_up_to_the_limit(self, world: World) -> None:
        of = c.template(world.ids, claims=3, each=None)
        stored(world, of)
        vip, regular = world.shop.customers["vip"], world.shop.customers["regular"]
        three = [c.coupon(world.ids, of, who, number=at) for at, who in enumerate((vip, vip, regular))]
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.claim(of.id, three)
            assert storage.coupons.lock_template(of.id).claims == 3
            assert storage.coupons.claimed(of.id, [vip.id, regular.id]) == {vip.id: 2, regular.id: 1}
            assert storage.coupons.claimed(of.id, [world.shop.customers["contract"].id]) == {}
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.claim(of.id, [c.coupon(world.ids, of, vip, number=9)])
        assert held_by(world, world.shop.clerk, three[0]) == HeldCoupon(three[0], attrs.evolve(of, claims=3))

    def test_a_code_is_taken_once(self, world: World) -> None:
        of = c.template(world.ids)
        vip = world.shop.customers["vip"]
        stored(world, of, coupons=[c.coupon(world.ids, of, vip)])
        with pytest.raises(Stale), world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.claim(of.id, [c.coupon(world.ids, of, vip)])

    def test_a_company_finds_its_own_and_no_others(self, world: World) -> None:
        of = c.template(world.ids)
        shop = world.shop
        mine = c.coupon(world.ids, of, shop.customers["vip"], number=1)
        yours = c.coupon(world.ids, of, shop.customers["regular"], number=2)
        stored(world, of, coupons=[mine, yours])
        vip, regular = shop.customers["vip"].id, shop.customers["regular"].id
        with world.database.unit_of_work.reading(shop.buyer("vip")) as storage:
            both = [mine.code, yours.code, c.code(3)]
            assert storage.coupons.of_company_later(vip, codes=both)() == (HeldCoupon(mine, of),)
            assert storage.coupons.of_company_later(regular, codes=both)() == ()
            assert storage.coupons.of_company_later(vip, codes=[])() == ()
            assert storage.coupons.usable_later(regular, at=NOON, most=9)() == ()
        for missing in (yours.id, world.ids.new(CouponId)):
            with pytest.raises(CouponNotFound), world.database.unit_of_work(shop.buyer("vip")) as storage:
                storage.coupons.lock(missing)
        with pytest.raises(CouponNotFound), world.database.unit_of_work(shop.guest) as storage:
            storage.coupons.lock(mine.id)
        with world.database.unit_of_work.reading(shop.guest) as storage:
            assert storage.coupons.of_company_later(vip, codes=both)() == ()

    def test_those_that_may_be_used_now_come_by_their_end(self, world: World) -> None:
        of, vip = c.template(world.ids), world.shop.customers["vip"]
        periods = [
            Period(NOON, NOON + 9 * DAY),
            Period(NOON - DAY),
            Period(NOON - DAY, NOON + DAY),
            Period(NOON + DAY),
            Period(NOON - DAY, NOON),
            Period(NOON - DAY),
        ]
        made = [c.coupon(world.ids, of, vip, number=at, holds=one) for at, one in enumerate(periods)]
        made[5] = made[5].withdraw()
        stored(world, of, coupons=made)
        with world.database.unit_of_work.reading(world.shop.buyer("vip")) as storage:
            found = storage.coupons.usable_later(vip.id, at=NOON, most=9)()
            assert [one.coupon for one in found] == [made[2], made[0], made[1]]
            assert len(storage.coupons.usable_later(vip.id, at=NOON, most=2)()) == 2


class TestUses:
    def test_it_is_used_once_and_given_back_once(self, world: World) -> None:
        of, order = c.template(world.ids, uses=1), placed(world)
        coupon = c.coupon(world.ids, of, world.shop.customers["vip"])
        stored(world, of, coupons=[coupon])
        held = HeldCoupon(coupon, of)
        buyer = world.shop.buyer("vip")
        with world.database.unit_of_work(buyer) as storage:
            storage.coupons.use([held], order_id=order.id, at=NOON)
        found = held_by(world, buyer, coupon)
        assert (found.coupon.state, found.coupon.order_id) == (CouponState.USED, order.id)
        assert found.template.uses == 1
        with pytest.raises(Stale), world.database.unit_of_work(buyer) as storage:
            storage.coupons.use([held], order_id=order.id, at=NOON)
        for _ in range(2):
            with world.database.unit_of_work(buyer) as storage:
                storage.coupons.give_back(order.id)
            assert held_by(world, buyer, coupon) == held

    def test_it_is_not_used_beyond_the_limit_of_all(self, world: World) -> None:
        of, order = c.template(world.ids, uses=1, each=None), placed(world)
        two = [c.coupon(world.ids, of, world.shop.customers["vip"], number=at) for at in (1, 2)]
        stored(world, of, coupons=two)
        buyer = world.shop.buyer("vip")
        for together in ([two[0]], [two[1]]):
            held = [HeldCoupon(one, of) for one in together]
            try:
                with world.database.unit_of_work(buyer) as storage:
                    storage.coupons.use(held, order_id=order.id, at=NOON)
            except Stale:
                assert together == [two[1]]
        assert held_by(world, buyer, two[0]).template.uses == 1
        assert held_by(world, buyer, two[1]).coupon.state is CouponState.AVAILABLE

    @pytest.mark.parametrize("holds", [Period(NOON + DAY), Period(NOON - DAY, NOON)])
    def test_it_is_not_used_out_of_its_time(self, world: World, holds: Period) -> None:
        of, order = c.template(world.ids), placed(world)
        coupon = c.coupon(world.ids, of, world.shop.customers["vip"], holds=holds)
        stored(world, of, coupons=[coupon])
        with (
            pytest.raises(Stale),
            world.database.unit_of_work(world.shop.buyer("vip")) as storage,
        ):
            storage.coupons.use([HeldCoupon(coupon, of)], order_id=order.id, at=NOON)

    def test_what_was_withdrawn_is_not_used(self, world: World) -> None:
        of, order = c.template(world.ids), placed(world)
        coupon = c.coupon(world.ids, of, world.shop.customers["vip"])
        stored(world, of, coupons=[coupon])
        with world.database.unit_of_work(world.shop.clerk) as storage:
            storage.coupons.withdraw(storage.coupons.lock(coupon.id).coupon.withdraw())
        with (
            pytest.raises(Stale),
            world.database.unit_of_work(world.shop.buyer("vip")) as storage,
        ):
            storage.coupons.use([HeldCoupon(coupon, of)], order_id=order.id, at=NOON)


class TestBook:
    async def test_everybody_sees_what_is_theirs(self, world: World) -> None:
        shop = world.shop
        of, other = c.template(world.ids), c.template(world.ids)
        mine = c.coupon(world.ids, of, shop.customers["vip"], number=1)
        yours = c.coupon(world.ids, other, shop.customers["regular"], number=2).withdraw()
        stored(world, of, other, coupons=[mine, yours])
        seen: dict[str, list[Coupon]] = {}
        for name, actor in {
            "vip": shop.buyer("vip"),
            "viewer": shop.buyer("viewer"),
            "guest": shop.guest,
            "clerk": shop.clerk,
            "trainee": shop.colleague(Permission.VIEW_CUSTOMERS),
            "theirs": world.other.clerk,
        }.items():
            book = world.database.reading(actor, at=NOON).coupons
            found = await book.coupons(window=ALL, filter=ANY_COUPON, count=True)
            seen[name] = [edge.node.coupon for edge in found.edges]
            assert found.total == len(seen[name])
            assert len((await book.templates(window=ALL, count=False)).edges) == (2 if name == "clerk" else 0)
        assert seen == {
            "vip": [mine],
            "viewer": [],
            "guest": [],
            "clerk": [yours, mine],
            "trainee": [],
            "theirs": [],
        }

    @pytest.mark.parametrize(
        ("standing", "numbers"),
        [("AVAILABLE", [1]), ("NOT_YET", [2]), ("EXPIRED", [3]), ("WITHDRAWN", [4]), ("USED", [])],
    )
    async def test_it_keeps_those_that_stand_so(
        self, world: World, standing: str, numbers: list[int]
    ) -> None:
        shop = world.shop
        of = c.template(world.ids)
        periods = [Period(NOON - DAY), Period(NOON + DAY), Period(NOON - DAY, NOON), Period(NOON - DAY)]
        made = [
            c.coupon(world.ids, of, shop.customers["vip"], number=at, holds=one)
            for at, one in enumerate(periods, start=1)
        ]
        made[3] = made[3].withdraw()
        stored(world, of, coupons=made)
        book = world.database.reading(shop.clerk, at=NOON).coupons
        wanted = [CouponFilter(standing=CouponStanding(standing))]
        wanted.append(attrs.evolve(wanted[0], template_id=of.id, customer_id=shop.customers["vip"].id))
        for filter in wanted:
            found = await book.coupons(window=ALL, filter=filter, count=True)
            assert [edge.node.coupon.code for edge in found.edges] == [c.code(at) for at in numbers]
            assert found.total == len(numbers)
        elsewhere = CouponFilter(template_id=world.ids.new(CouponTemplateId))
        assert (await book.coupons(window=ALL, filter=elsewhere, count=False)).edges == ()

    async def test_it_lists_what_a_company_may_claim(self, world: World) -> None:
        shop, ids = world.shop, world.ids
        listed = {
            "everybody": c.template(ids),
            "those in the east": c.template(ids, audience=[shop.groups["east"].id]),
            "the tier": c.template(ids, audience=[shop.tiers["vip"].id]),
            "the other": c.template(ids, audience=[shop.customers["contract"].id]),
            "issued": c.template(ids, way=ClaimWay.ISSUED),
            "by code": c.template(ids, way=ClaimWay.BY_CODE, claim_code=c.code(7)),
            "not yet": c.template(ids, open=Period(NOON + DAY)),
            "over": c.template(ids, open=Period(None, NOON)),
            "useless": c.template(ids, validity=CouponValidity(period=Period(None, NOON))),
            "stopped": c.template(ids).stop(at=NOON),
            "none left": c.template(ids, claims=1, claimed=1),
            "claimed": c.template(ids, each=1),
            "again": c.template(ids, each=2),
        }
        stored(
            world,
            *listed.values(),
            coupons=[
                c.coupon(ids, listed[name], shop.customers[who], number=at)
                for at, (name, who) in enumerate(
                    [("claimed", "vip"), ("claimed", "regular"), ("again", "vip"), ("again", "regular")]
                )
            ],
        )

        async def claimable(name: str) -> list[str]:
            book = world.database.reading(shop.buyer(name), at=NOON).coupons
            found = await book.claimable(window=ALL, count=True)
            assert found.total == len(found.edges)
            return sorted(
                key for edge in found.edges for key, one in listed.items() if one.id == edge.node.id
            )

        assert await claimable("vip") == ["again", "everybody", "the tier"]
        assert await claimable("regular") == ["again", "everybody", "those in the east"]
        assert await claimable("viewer") == []
        pending = attrs.evolve(shop.buyer("vip"), approved=False)
        for actor in (pending, shop.clerk, shop.guest):
            book = world.database.reading(actor, at=NOON).coupons
            assert (await book.claimable(window=ALL, count=True)).total == 0
