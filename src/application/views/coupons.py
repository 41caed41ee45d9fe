"""Coupons as readers see them."""

from __future__ import annotations

from typing import Protocol

import attrs

from application.views.pages import Slice, Window
from domain.coupons import CouponStanding, CouponTemplate, HeldCoupon
from domain.identity import CouponTemplateId, CustomerId


@attrs.frozen(kw_only=True, cache_hash=True)
class CouponFilter:
    """Which coupons: all of what is given must hold."""

    standing: CouponStanding | None = None
    """At the moment of the look."""
    template_id: CouponTemplateId | None = None
    customer_id: CustomerId | None = None


ANY_COUPON = CouponFilter()


class CouponBook(Protocol):
    """Queries over coupons, opened for one actor at one moment.

    A buyer who orders sees the coupons of the own company, and which it may claim once it is approved; staff who manage
    promotions see all of them and their templates. Everybody else sees none.
    """

    async def coupons(self, *, window: Window, filter: CouponFilter, count: bool) -> Slice[HeldCoupon]:
        """A page of coupons, newest first, by the key (id)."""
        ...

    async def claimable(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        """A page of what the own company may claim from the list now, newest first, by the key (id)."""
        ...

    async def templates(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        """A page of templates, newest first, by the key (id)."""
        ...
