"""Coupons as the verbs need them: guarded where they are counted, locked where a decision needs what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.coupons._tables import (
    HELD,
    HELD_TABLES,
    TEMPLATE,
    audience_rows,
    coupon_audiences,
    coupon_row,
    coupon_templates,
    coupons,
    held_of,
    template_of,
    template_row,
)
from adapters.persistence.customers import customers
from adapters.persistence.groups import SqlGroups, audience_column, audience_of, group_memberships
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import (
    Instant,
)
from application.authorization import Actor
from application.ports.coupons import Coupons
from domain.coupons import (
    Coupon,
    CouponCode,
    CouponNotFound,
    CouponState,
    CouponTemplate,
    CouponTemplateNotFound,
    HeldCoupon,
)
from domain.identity import (
    AudienceId,
    CouponId,
    CouponTemplateId,
    CustomerGroupId,
    CustomerId,
    OrderId,
    PriceTierId,
)
from domain.visibility import NOBODY, Audience

_MERCHANT: BindParameter[str] = bindparam("merchant_id")


def _template(column: ColumnElement[Any]) -> Statement:
    return Statement(
        select(*TEMPLATE)
        .where(coupon_templates.c.merchant_id == _MERCHANT, column == bindparam("which"))
        .with_for_update()
    )


_BY_ID, _BY_CODE = _template(coupon_templates.c.id), _template(coupon_templates.c.claim_code)
_LOOK = Statement(
    select(*TEMPLATE).where(
        coupon_templates.c.merchant_id == _MERCHANT, coupon_templates.c.id == bindparam("which")
    )
)
_THIS = and_(
    coupon_templates.c.merchant_id == bindparam("of_merchant"),
    coupon_templates.c.id == bindparam("the_template"),
)
_STOP = Statement(update(coupon_templates).where(_THIS).values(stopped_at=bindparam("at", type_=Instant())))
_CLAIMED_MORE = coupon_templates.c.claims + bindparam("more", type_=Integer())
_COUNT_CLAIMS = Statement(
    update(coupon_templates)
    .where(
        _THIS, or_(coupon_templates.c.most_claims.is_(None), coupon_templates.c.most_claims >= _CLAIMED_MORE)
    )
    .values(claims=_CLAIMED_MORE)
)
_USED_MORE = coupon_templates.c.uses + bindparam("more", type_=Integer())
_COUNT_USES = Statement(
    update(coupon_templates)
    .where(_THIS, or_(coupon_templates.c.most_uses.is_(None), coupon_templates.c.most_uses >= _USED_MORE))
    .values(uses=_USED_MORE)
)
_GOES_BY = Statement(
    select(customers.c.id, customers.c.tier_id, audience_column()).where(
        customers.c.merchant_id == _MERCHANT, customers.c.id == bindparam("customer_id")
    )
)

_WITHIN = exists().where(
    group_memberships.c.merchant_id == _MERCHANT,
    group_memberships.c.customer_id == customers.c.id,
    group_memberships.c.until.is_(None),
    any_of(group_memberships.c.group_id, "ids"),
)
_COMPANIES = Statement(
    select(customers.c.id)
    .where(
        customers.c.merchant_id == _MERCHANT,
        or_(any_of(customers.c.id, "ids"), any_of(customers.c.tier_id, "ids"), _WITHIN),
    )
    .order_by(customers.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_CLAIMED = Statement(
    select(coupons.c.customer_id, func.count())
    .where(
        coupons.c.merchant_id == _MERCHANT,
        coupons.c.template_id == bindparam("template_id"),
        any_of(coupons.c.customer_id, "customer_ids"),
    )
    .group_by(coupons.c.customer_id)
)


@lru_cache(maxsize=4)
def _lock(reach: Reach) -> Statement:
    return Statement(
        select(*HELD)
        .select_from(HELD_TABLES)
        .where(
            coupons.c.merchant_id == _MERCHANT,
            coupons.c.id == bindparam("coupon_id"),
            *seen(coupons.c.customer_id, reach),
        )
        .with_for_update(of=coupons)
    )


@lru_cache(maxsize=4)
def _by_codes(reach: Reach) -> Statement:
    return Statement(
        select(*HELD)
        .select_from(HELD_TABLES)
        .where(
            coupons.c.merchant_id == _MERCHANT,
            coupons.c.customer_id == bindparam("customer_id"),
            any_of(coupons.c.code, "codes"),
            *seen(coupons.c.customer_id, reach),
        )
        .order_by(coupons.c.id)
    )


@lru_cache(maxsize=4)
def _usable(reach: Reach) -> Statement:
    at = bindparam("at", type_=Instant())
    return Statement(
        select(*HELD)
        .select_from(HELD_TABLES)
        .where(
            coupons.c.merchant_id == _MERCHANT,
            coupons.c.customer_id == bindparam("customer_id"),
            coupons.c.state == CouponState.AVAILABLE.value,
            coupons.c.holds_from <= at,
            or_(coupons.c.holds_until.is_(None), coupons.c.holds_until > at),
            *seen(coupons.c.customer_id, reach),
        )
        .order_by(coupons.c.holds_until.is_(None), coupons.c.holds_until, coupons.c.id)
        .limit(bindparam("most", type_=Integer()))
    )


_WITHDRAW = Statement(
    update(coupons)
    .where(coupons.c.merchant_id == bindparam("of_merchant"), coupons.c.id == bindparam("the_coupon"))
    .values(state=CouponState.WITHDRAWN.value)
)
_AT = bindparam("at", type_=Instant())
_USE = Statement(
    update(coupons)
    .where(
        coupons.c.merchant_id == bindparam("of_merchant"),
        any_of(coupons.c.id, "coupon_ids"),
        coupons.c.state == CouponState.AVAILABLE.value,
        coupons.c.holds_from <= _AT,
        or_(coupons.c.holds_until.is_(None), coupons.c.holds_until > _AT),
    )
    .values(state=CouponState.USED.value, order_id=bindparam("in_order", type_=Text()))
)
_IN_ORDER = (
    coupons.c.merchant_id == bindparam("of_merchant"),
    coupons.c.order_id == bindparam("in_order"),
    coupons.c.state == CouponState.USED.value,
)
_USED_IN = Statement(select(coupons.c.template_id).where(*_IN_ORDER))
_LOCK_TEMPLATES = Statement(
    select(coupon_templates.c.id)
    .where(
        coupon_templates.c.merchant_id == bindparam("of_merchant"),
        any_of(coupon_templates.c.id, "template_ids"),
    )
    .order_by(coupon_templates.c.id)
    .with_for_update()
)
_GIVE_BACK = Statement(
    update(coupons)
    .where(*_IN_ORDER)
    .values(state=CouponState.AVAILABLE.value, order_id=null())
    .returning(coupons.c.template_id)
)


@attrs.frozen
class SqlCoupons(Coupons):
    """The coupons of one merchant; for a buyer, of the own company and of those below it."""

    session: Session
    actor: Actor

    def add_template(self, template: CouponTemplate) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(coupon_templates, [template_row(merchant_id, template)])
        self.session.insert(coupon_audiences, audience_rows(merchant_id, template))

    def template(self, template_id: CouponTemplateId) -> CouponTemplate:
        return self._template(_LOOK, template_id)

    def lock_template(self, which: CouponTemplateId | CouponCode) -> CouponTemplate:
        statement = _BY_CODE if isinstance(which, CouponCode) else _BY_ID
        return self._template(statement, which)

    def _template(self, statement: Statement, which: str) -> CouponTemplate:
        for row in self.session.all(statement, {**self._merchant, "which": which}):
            return template_of(row, self.actor.merchant.currency)
        raise CouponTemplateNotFound

    def stop(self, template: CouponTemplate) -> None:
        asked = {**self._of(template.id), "at": template.stopped_at}
        self.session.must_change(_STOP, asked, rows=1, about=template.id)

    def audience(self, customer_id: CustomerId) -> Audience:
        for id, tier_id, ways in self.session.all(_GOES_BY, {**self._merchant, "customer_id": customer_id}):
            return audience_of(CustomerId(id), PriceTierId(tier_id), ways)
        return NOBODY

    def companies(self, ids: Collection[AudienceId], *, most: int) -> tuple[CustomerId, ...]:
        asked = {one for one in ids if isinstance(one, CustomerGroupId)}
        below: set[AudienceId] = set()
        if asked:
            groups = SqlGroups(self.session, self.actor.merchant_id).all()
            below = {group.id for group in groups if not asked.isdisjoint(group.line)}
        found = {**self._merchant, "ids": sorted({*ids, *below}), "most": most}
        return tuple(CustomerId(id) for (id,) in self.session.all(_COMPANIES, found))

    def claimed(
        self, template_id: CouponTemplateId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, int]:
        asked = {**self._merchant, "template_id": template_id, "customer_ids": sorted(customer_ids)}
        return {CustomerId(id): counted for id, counted in self.session.all(_CLAIMED, asked)}

    def claim(self, template_id: CouponTemplateId, new: Sequence[Coupon]) -> None:
        asked = {**self._of(template_id), "more": len(new)}
        self.session.must_change(_COUNT_CLAIMS, asked, rows=1, about=template_id)
        self.session.insert(coupons, [coupon_row(self.actor.merchant_id, one) for one in new])

    def lock(self, coupon_id: CouponId) -> HeldCoupon:
        reach = reach_of(self.actor)
        asked = {**self._merchant, "coupon_id": coupon_id, **seeing(self.actor)}
        for row in [] if reach is Reach.NONE else self.session.all(_lock(reach), asked):
            return held_of(row, self.actor.merchant.currency)
        raise CouponNotFound

    def withdraw(self, coupon: Coupon) -> None:
        asked = {"of_merchant": self.actor.merchant_id, "the_coupon": coupon.id}
        self.session.must_change(_WITHDRAW, asked, rows=1, about=coupon.id)

    def of_company_later(
        self, customer_id: CustomerId, *, codes: Collection[CouponCode]
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        if not codes:
            return tuple
        return self._held(_by_codes, {"customer_id": customer_id, "codes": sorted(codes)})

    def usable_later(
        self, customer_id: CustomerId, *, at: datetime, most: int
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        return self._held(_usable, {"customer_id": customer_id, "at": at, "most": most})

    def use(self, held: Sequence[HeldCoupon], *, order_id: OrderId, at: datetime) -> None:
        for template_id, more in sorted(Counter(one.template.id for one in held).items()):
            self.session.must_change(
                _COUNT_USES, {**self._of(template_id), "more": more}, rows=1, about=template_id
            )
        ids = sorted(one.coupon.id for one in held)
        asked = {"of_merchant": self.actor.merchant_id, "coupon_ids": ids, "in_order": order_id, "at": at}
        self.session.must_change(_USE, asked, rows=len(ids), about=order_id)

    def give_back(self, order_id: OrderId) -> None:
        asked = {"of_merchant": self.actor.merchant_id, "in_order": order_id}
        used_in = sorted({id for (id,) in self.session.all(_USED_IN, asked)})
        if not used_in:
            return
        # Templates before coupons, as everywhere.
        self.session.all(_LOCK_TEMPLATES, {**asked, "template_ids": used_in})
        given = Counter(id for (id,) in self.session.all(_GIVE_BACK, asked))
        for template_id, less in sorted(given.items()):
            self.session.must_change(
                _COUNT_USES, {**self._of(template_id), "more": -less}, rows=1, about=template_id
            )

    def _held(
        self, statement: Callable[[Reach], Statement], asked: Mapping[str, Any]
    ) -> Callable[[], tuple[HeldCoupon, ...]]:
        reach, currency = reach_of(self.actor), self.actor.merchant.currency
        if reach is Reach.NONE:
            return tuple
        rows = self.session.ask(statement(reach), {**self._merchant, **asked, **seeing(self.actor)})
        return lambda: tuple(held_of(row, currency) for row in rows())

    @property
    def _merchant(self) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id}

    def _of(self, template_id: CouponTemplateId) -> dict[str, Any]:
        return {"of_merchant": self.actor.merchant_id, "the_template": template_id}
