"""Coupons at either wholesaler: some that everybody may claim, some of one company, and one that was used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import attrs

from application.ports.bulk import Storable
from domain.coupons import (
    ClaimWay,
    Coupon,
    CouponCode,
    CouponName,
    CouponTemplate,
    StackingGroup,
)
from domain.identity import CouponId, CouponTemplateId, OrderId
from domain.money import Currency, Money
from domain.period import Period
from domain.promotions import Scope
from kit import builders as a
from kit import couponing as c
from kit.walls.secrets import Marker
from kit.world import Shop, World

_MINOR = {"A": 6_800_009, "B": 6_900_013}
"""Amounts that stand nowhere else begin here."""
HOLDER = "regular"
"""The company that has coupons of its own."""


def coupons_of(world: World, shop: Shop, marker: Marker) -> list[Storable]:
    """Store them."""
    templates = [*_templates(world, shop, marker)]
    mine = templates[1]
    coupons = [
        attrs.evolve(
            c.coupon(world.ids, mine, shop.customers[HOLDER], number=_number(shop, at), at=_at(shop, at)),
            holds=Period(_at(shop, at)),
        )
        for at in (1, 2)
    ]
    expired = attrs.evolve(
        coupons[1],
        id=world.ids.new(CouponId),
        code=code_of(shop, 3),
        claimed_at=_at(shop, 3),
        holds=Period(_at(shop, 3), _at(shop, 4)),
    )
    coupons.append(expired)
    until = _at(shop, 30) + timedelta(days=20_000)
    coupons.append(
        attrs.evolve(
            c.coupon(world.ids, mine, shop.customers[HOLDER], number=_number(shop, 4), at=_at(shop, 5)),
            holds=Period(_at(shop, 5), until),
        )
    )
    templates[1] = attrs.evolve(mine, claims=len(coupons))
    world.add(templates, coupons, to=shop)
    return [*templates, *coupons]


def use_last(world: World, shop: Shop, stored: Sequence[Storable], order_id: OrderId) -> list[Storable]:
    """Use the last coupon in an order; everything that was stored, with the coupon as it is now."""
    coupon = [one for one in stored if isinstance(one, Coupon)][-1]
    with world.database.unit_of_work(shop.operator) as storage:
        held = storage.coupons.lock(coupon.id)
        storage.coupons.use((held,), order_id=order_id, at=world.clock.now())
    with world.database.unit_of_work(shop.operator) as storage:
        used = storage.coupons.lock(coupon.id).coupon
    return [used if one is coupon else one for one in stored]


def _templates(world: World, shop: Shop, marker: Marker) -> Iterator[CouponTemplate]:
    start, at = _MINOR[marker.letter], _at(shop, 20)
    listed = c.template(world.ids, threshold="1", off="1", each=None)
    yield attrs.evolve(
        listed,
        name=CouponName(marker.text("领券")),
        terms=marker.text("全场"),
        threshold=Money(start, Currency.CNY),
        stacking=StackingGroup(marker.text("组")),
        made_by=shop.staff["clerk"].id,
        made_at=at,
    )
    scope = Scope(
        sku_ids=frozenset({shop.products["nuts"].skus[0].id}),
        product_ids=frozenset({shop.products["tea"].id}),
        category_ids=frozenset({shop.categories["tea"].id}),
        brand_ids=frozenset({shop.brands["sunny"].id}),
        without=frozenset({shop.products["cup"].id}),
    )
    held = c.template(world.ids, percent="10", each=None, way=ClaimWay.ISSUED)
    yield attrs.evolve(
        held,
        name=CouponName(marker.text("老客券")),
        terms=marker.text("限茶"),
        most=Money(start + 2, Currency.CNY),
        threshold=Money(start + 4, Currency.CNY),
        scope=scope,
        audience=frozenset({shop.customers[HOLDER].id}),
        made_by=shop.staff["clerk"].id,
        made_at=_at(shop, 21),
    )
    coded = c.template(
        world.ids,
        way=ClaimWay.BY_CODE,
        claim_code=c.code(_number(shop, 9)),
        claims=1,
        claimed=0,
        audience=[shop.customers[HOLDER].id],
    )
    yield attrs.evolve(
        coded,
        name=CouponName(marker.text("暗号券")),
        terms=marker.text("凭暗号"),
        open=Period(None, a.NOON - timedelta(days=1)),
        made_at=_at(shop, 22),
    )


def _letter(shop: Shop) -> int:
    return 0 if shop.merchant.slug == "shanquan" else 1


def _number(shop: Shop, at: int) -> int:
    return 10**9 * (_letter(shop) + 1) + at


def _at(shop: Shop, at: int) -> datetime:
    return a.LONG_AGO + timedelta(minutes=at, seconds=_letter(shop))


def code_of(shop: Shop, at: int) -> CouponCode:
    """The code of a coupon of the company that has some: 1 and 2 can be used, 3 has expired,
    4 is used; with 9 one claims."""
    return c.code(_number(shop, at))


def missing_code() -> str:
    """A code that nothing has."""
    return c.code(1).shown


def missing_template() -> str:
    """A template that there is not."""
    return f"{CouponTemplateId.tag}_{'7' * 26}"


def missing_coupon() -> str:
    """A coupon that there is not."""
    return f"{CouponId.tag}_{'7' * 26}"
