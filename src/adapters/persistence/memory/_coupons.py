"""Coupons on one shop: their templates, and those of companies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from adapters.persistence.memory._pages import cut
from adapters.persistence.memory._shops import Shop, Shops
from application.authorization import Actor, ActorKind, Permission
from application.ports.coupons import Coupons
from application.ports.storage import Stale
from application.views.coupons import CouponBook, CouponFilter
from application.views.pages import Slice, Window
from domain.coupons import (
    ClaimWay,
    Coupon,
    CouponCode,
    CouponNotFound,
    CouponStanding,
    CouponState,
    CouponTemplate,
    CouponTemplateNotFound,
    HeldCoupon,
)
from domain.identity import AudienceId, CouponId, CouponTemplateId, CustomerId, OrderId
from domain.visibility import Audience


@attrs.frozen
class MemoryCoupons(Coupons):
    """The coupons of one merchant; for a buyer, of the own company and of those below it."""

    shop: Shop
    actor: Actor

    def add_template(self, template: CouponTemplate) -> None:
        there = self.shop.coupon_templates
        code = template.claim_code
        if template.id in there or (code is not None and code in {one.claim_code for one in there.values()}):
            raise Stale(template.id)
        known = {*self.shop.groups, *self.shop.tiers, *self.shop.customers}
        if not template.audience <= known or not (
            template.made_by is None or template.made_by in self.shop.staff
        ):
            raise Stale(template.id)
        there[template.id] = template

    def template(self, template_id: CouponTemplateId) -> CouponTemplate:
        return self.lock_template(template_id)

    def lock_template(self, which: CouponTemplateId | CouponCode) -> CouponTemplate:
        for one in self.shop.coupon_templates.values():
            if which == (one.claim_code if isinstance(which, CouponCode) else one.id):
                return one
        raise CouponTemplateNotFound

    def stop(self, template: CouponTemplate) -> None:
        found = self.lock_template(template.id)
        self.shop.coupon_templates[found.id] = attrs.evolve(found, stopped_at=template.stopped_at)

    def audience(self, customer_id: CustomerId) -> Audience:
        return self.shop.audience(customer_id)

    def companies(self, ids: Collection[AudienceId], *, most: int) -> tuple[CustomerId, ...]:
        found = (id for id in sorted(self.shop.customers) if not self.shop.audience(id).ids.isdisjoint(ids))
        return tuple(id for _, id in zip(range(most), found, strict=False))

    def claimed(
        self, template_id: CouponTemplateId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, int]:
        return Counter(
            one.customer_id
            for one in self.shop.coupons.values()
            if one.template_id == template_id and one.customer_id in customer_ids
        )

    def claim(self, template_id: CouponTemplateId, new: Sequence[Coupon]) -> None:
        template = self.shop.coupon_templates[template_id]
        most, claims = template.limits.claims, template.claims + len(new)
        if most is not None and claims > most:
            raise Stale(template_id)
        codes = {one.code for one in self.shop.coupons.values()}
        for one in new:
            if one.id in self.shop.coupons or one.code in codes or one.customer_id not in self.shop.customers:
                raise Stale(one.id)
            codes.add(one.code)
        self.shop.coupons.update({one.id: one for one in new})
        self.shop.coupon_templates[template_id] = attrs.evolve(template, claims=claims)

    def lock(self, coupon_id: CouponId) -> HeldCoupon:
        found = self.shop.coupons.get(coupon_id)
        if found is None or not self.shop.reaches(self.actor, found.customer_id):
            raise CouponNotFound
        return self._held(found)

    def withdraw(self, coupon: Coupon) -> None:
        found = self.shop.coupons[coupon.id]
        self.shop.coupons[coupon.id] = attrs.evolve(found, state=coupon.state)

    def of_company_later(
        self, customer_id: CustomerId, *, codes: Collection[CouponCode]
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        found = tuple(self._held(one) for one in self._of(customer_id) if one.code in codes)
        return lambda: found

    def usable_later(
        self, customer_id: CustomerId, *, at: datetime, most: int
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        usable = (one for one in self._of(customer_id) if one.standing(at) is CouponStanding.AVAILABLE)
        first = sorted(usable, key=lambda one: (one.holds.end is None, one.holds.end or at))
        found = tuple(map(self._held, first[:most]))
        return lambda: found

    def use(self, held: Sequence[HeldCoupon], *, order_id: OrderId, at: datetime) -> None:
        for template_id, more in Counter(one.template.id for one in held).items():
            self._count_uses(template_id, more)
        for one in held:
            found = self.shop.coupons[one.coupon.id]
            if found.standing(at) is not CouponStanding.AVAILABLE:
                raise Stale(found.id)
            self.shop.coupons[found.id] = attrs.evolve(found, state=CouponState.USED, order_id=order_id)

    def give_back(self, order_id: OrderId) -> None:
        for one in [one for one in self.shop.coupons.values() if one.order_id == order_id]:
            self.shop.coupons[one.id] = attrs.evolve(one, state=CouponState.AVAILABLE, order_id=None)
            self._count_uses(one.template_id, -1)

    def _count_uses(self, template_id: CouponTemplateId, more: int) -> None:
        template = self.shop.coupon_templates[template_id]
        most, uses = template.limits.uses, template.uses + more
        if most is not None and uses > most:
            raise Stale(template_id)
        self.shop.coupon_templates[template_id] = attrs.evolve(template, uses=uses)

    def _of(self, customer_id: CustomerId) -> list[Coupon]:
        if not self.shop.reaches(self.actor, customer_id):
            return []
        found = (one for one in self.shop.coupons.values() if one.customer_id == customer_id)
        return sorted(found, key=lambda one: one.id)

    def _held(self, one: Coupon) -> HeldCoupon:
        return HeldCoupon(one, self.shop.coupon_templates[one.template_id])


@attrs.frozen
class MemoryCouponBook(CouponBook):
    """What one actor sees of the coupons."""

    vault: Shops
    actor: Actor
    at: datetime

    async def coupons(self, *, window: Window, filter: CouponFilter, count: bool) -> Slice[HeldCoupon]:
        shop, own = self._shop(), self._own()
        if own is not None:
            filter = attrs.evolve(filter, customer_id=own)
        found = shop.coupons.values() if own is not None or self._manages() else ()
        return cut(
            (one for one in found if self._kept(one, filter)),
            window,
            key=lambda one: (one.id,),
            card=lambda one: HeldCoupon(one, shop.coupon_templates[one.template_id]),
            count=count,
            descending=True,
        )

    async def claimable(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        own = self._own()
        if own is None or not self.actor.approved:
            return Slice(total=0 if count else None)
        shop = self._shop()
        audience = shop.audience(own)
        listed = (one for one in shop.coupon_templates.values() if one.way is ClaimWay.LISTED)
        return self._page((one for one in listed if self._may_claim(one, audience, own)), window, count)

    async def templates(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        found = self._shop().coupon_templates.values() if self._manages() else ()
        return self._page(found, window, count)

    def _page(self, found: Iterable[CouponTemplate], window: Window, count: bool) -> Slice[CouponTemplate]:
        return cut(
            found, window, key=lambda one: (one.id,), card=lambda one: one, count=count, descending=True
        )

    def _kept(self, one: Coupon, filter: CouponFilter) -> bool:
        return (
            filter.customer_id in (None, one.customer_id)
            and filter.template_id in (None, one.template_id)
            and filter.standing in (None, one.standing(self.at))
        )

    def _may_claim(self, one: CouponTemplate, audience: Audience, own: CustomerId) -> bool:
        of_own = [c for c in self._shop().coupons.values() if (c.template_id, c.customer_id) == (one.id, own)]
        return one.is_for(audience) and one.claimable(claimed=len(of_own), at=self.at) is None

    def _shop(self) -> Shop:
        return self.vault.shop(self.actor.merchant_id)

    def _own(self) -> CustomerId | None:
        buys = self.actor.kind is ActorKind.BUYER and self.actor.has(Permission.PLACE_ORDERS)
        return self.actor.customer_id if buys else None

    def _manages(self) -> bool:
        return self.actor.kind is not ActorKind.BUYER and self.actor.has(Permission.MANAGE_PROMOTIONS)
