"""Coupons as readers see them, straight from rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, func, or_, select

from adapters.persistence.coupons import (
    HELD,
    HELD_TABLES,
    TEMPLATE,
    coupon_audiences,
    coupon_templates,
    coupons,
    held_of,
    template_of,
)
from adapters.persistence.customers import customers
from adapters.persistence.groups import audience_column, audience_of
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.statements import Ask, Reader, Row, Statement, any_of
from adapters.persistence.tables import Instant
from application.authorization import ActorKind, Permission
from application.views.coupons import CouponBook, CouponFilter
from application.views.pages import Slice, Window
from domain.coupons import ClaimWay, CouponStanding, CouponState, CouponTemplate, HeldCoupon
from domain.identity import CustomerId, PriceTierId
from domain.visibility import NOBODY, Audience

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_AT: BindParameter[Any] = bindparam("at", type_=Instant())
_BY_ID = (coupons.c.id,)
_BY_TEMPLATE = (coupon_templates.c.id,)


@attrs.frozen(kw_only=True)
class _Which:
    """What of the question which coupons are wanted changes the statement."""

    standing: CouponStanding | None = None
    template: bool = False
    customer: bool = False

    @classmethod
    def of(cls, filter: CouponFilter) -> _Which:
        return cls(
            standing=filter.standing,
            template=filter.template_id is not None,
            customer=filter.customer_id is not None,
        )

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [coupons.c.merchant_id == _MERCHANT]
        if self.customer:
            found.append(coupons.c.customer_id == bindparam("customer_id"))
        if self.template:
            found.append(coupons.c.template_id == bindparam("template_id"))
        if self.standing in (CouponStanding.USED, CouponStanding.WITHDRAWN):
            found.append(coupons.c.state == self.standing.value)
        elif self.standing is not None:
            found.append(coupons.c.state == CouponState.AVAILABLE.value)
            found += _timely(self.standing)
        return found


def _timely(standing: CouponStanding) -> list[ColumnElement[bool]]:
    early, late = coupons.c.holds_from > _AT, coupons.c.holds_until <= _AT
    if standing is CouponStanding.NOT_YET:
        return [early]
    if standing is CouponStanding.EXPIRED:
        return [late]
    return [coupons.c.holds_from <= _AT, or_(coupons.c.holds_until.is_(None), coupons.c.holds_until > _AT)]


@lru_cache(maxsize=256)
def _coupons(shape: Shape, which: _Which) -> Statement:
    return Statement(
        select(*HELD)
        .select_from(HELD_TABLES)
        .where(*which.conditions(), *conditions(shape, _BY_ID))
        .order_by(*ordering(shape, _BY_ID))
        .limit(most(shape))
    )


@lru_cache(maxsize=64)
def _count_coupons(which: _Which) -> Statement:
    return Statement(select(func.count()).select_from(coupons).where(*which.conditions()))


_OF_MERCHANT: list[ColumnElement[bool]] = [coupon_templates.c.merchant_id == _MERCHANT]


def _claimable() -> list[ColumnElement[bool]]:
    """What may be claimed from the list now by whoever goes by `ids`, and has not claimed as many as it may."""
    one = coupon_templates.c
    rules = (coupon_audiences.c.merchant_id == _MERCHANT, coupon_audiences.c.template_id == one.id)
    claimed = (
        select(func.count())
        .select_from(coupons)
        .where(
            coupons.c.merchant_id == _MERCHANT,
            coupons.c.template_id == one.id,
            coupons.c.customer_id == bindparam("customer_id"),
        )
        .correlate(coupon_templates)
        .scalar_subquery()
    )
    return [
        *_OF_MERCHANT,
        one.way == ClaimWay.LISTED.value,
        one.stopped_at.is_(None),
        or_(one.open_from.is_(None), one.open_from <= _AT),
        or_(one.open_until.is_(None), one.open_until > _AT),
        or_(one.valid_until.is_(None), one.valid_until > _AT),
        or_(one.most_claims.is_(None), one.most_claims > one.claims),
        or_(one.most_claims_each.is_(None), one.most_claims_each > claimed),
        or_(~exists().where(*rules), exists().where(*rules, any_of(coupon_audiences.c.audience_id, "ids"))),
    ]


@lru_cache(maxsize=64)
def _templates(shape: Shape, *, claimable: bool) -> Statement:
    found = _claimable() if claimable else _OF_MERCHANT
    return Statement(
        select(*TEMPLATE)
        .where(*found, *conditions(shape, _BY_TEMPLATE))
        .order_by(*ordering(shape, _BY_TEMPLATE))
        .limit(most(shape))
    )


@lru_cache(maxsize=2)
def _count_templates(*, claimable: bool) -> Statement:
    found = _claimable() if claimable else _OF_MERCHANT
    return Statement(select(func.count()).select_from(coupon_templates).where(*found))


_GOES_BY = Statement(
    select(customers.c.tier_id, audience_column()).where(
        customers.c.merchant_id == _MERCHANT, customers.c.id == bindparam("customer_id")
    )
)


@attrs.frozen
class SqlCouponBook(CouponBook):
    """What one actor sees of the coupons."""

    sight: Sight

    async def coupons(self, *, window: Window, filter: CouponFilter, count: bool) -> Slice[HeldCoupon]:
        actor = self.sight.actor
        if self._own() is not None:
            filter = attrs.evolve(filter, customer_id=self._own())
        elif not self._manages():
            return Slice(total=0 if count else None)
        which = _Which.of(filter)
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id}
        if filter.customer_id is not None:
            asked["customer_id"] = filter.customer_id
        if filter.template_id is not None:
            asked["template_id"] = filter.template_id
        if filter.standing not in (None, CouponStanding.USED, CouponStanding.WITHDRAWN):
            asked["at"] = self.sight.at

        def reader() -> Reader[Slice[HeldCoupon]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_coupons(shape, which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count_coupons(which), asked))[0][0] if count else None
            nodes = [held_of(row, actor.merchant.currency) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

        return await self.sight.read(reader)

    async def claimable(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        own = self._own()
        if own is None or not self.sight.actor.approved:
            return Slice(total=0 if count else None)

        def asked(audience: Audience) -> dict[str, Any]:
            return {"customer_id": own, "ids": sorted(audience.ids), "at": self.sight.at}

        return await self.sight.read(lambda: self._page(window, count, claimable=True, asked=asked))

    async def templates(self, *, window: Window, count: bool) -> Slice[CouponTemplate]:
        if not self._manages():
            return Slice(total=0 if count else None)
        return await self.sight.read(
            lambda: self._page(window, count, claimable=False, asked=lambda _: dict[str, Any]())
        )

    def _page(
        self, window: Window, count: bool, *, claimable: bool, asked: Callable[[Audience], dict[str, Any]]
    ) -> Reader[Slice[CouponTemplate]]:
        actor = self.sight.actor
        merchant: dict[str, Any] = {"merchant_id": actor.merchant_id}
        audience = NOBODY
        if claimable:
            found = yield Ask(_GOES_BY, {**merchant, "customer_id": actor.customer_id})
            audience = _audience(actor.customer_id, found)
        given = {**merchant, **asked(audience)}
        shape = Shape.of(window, descending=True)
        rows = yield Ask(_templates(shape, claimable=claimable), {**given, **page_parameters(window)})
        total = (yield Ask(_count_templates(claimable=claimable), given))[0][0] if count else None
        nodes = [template_of(row, actor.merchant.currency) for row in page_of(rows, window)]
        return cut(rows, window, key=lambda row: (row[0],), nodes=nodes, total=total)

    def _own(self) -> CustomerId | None:
        """The company whose coupons a buyer sees, who may order."""
        actor = self.sight.actor
        buys = actor.kind is ActorKind.BUYER and actor.has(Permission.PLACE_ORDERS)
        return actor.customer_id if buys else None

    def _manages(self) -> bool:
        actor = self.sight.actor
        return actor.kind is not ActorKind.BUYER and actor.has(Permission.MANAGE_PROMOTIONS)


def _audience(customer_id: CustomerId | None, found: list[Row]) -> Audience:
    if customer_id is None or not found:
        return NOBODY
    tier_id, ways = found[0]
    return audience_of(customer_id, PriceTierId(tier_id), ways)
