"""Coupons and their templates, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from application.ports.clock import Ids
from domain.coupons import (
    ClaimWay,
    Coupon,
    CouponCode,
    CouponLimits,
    CouponName,
    CouponState,
    CouponTemplate,
    CouponValidity,
    StackingGroup,
)
from domain.customers import Customer
from domain.identity import AudienceId, CouponId, CouponTemplateId, OrderId
from domain.money import Currency, Money, Percentage
from domain.period import ALWAYS, Period
from domain.promotions import EVERYTHING, Gift, Scope
from kit import builders as a

CNY = Currency.CNY
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def code(number: int) -> CouponCode:
    """The code of this number."""
    text = ""
    for _ in range(16):
        number, digit = divmod(number, len(_LETTERS))
        text = _LETTERS[digit] + text
    return CouponCode(text)


def template(
    ids: Ids,
    *,
    name: str = "满减券",
    off: str | None = "10.00",
    percent: str | None = None,
    gift: Gift | None = None,
    most: str | None = None,
    threshold: str | None = None,
    scope: Scope = EVERYTHING,
    validity: CouponValidity = CouponValidity(),
    claims: int | None = None,
    each: int | None = 1,
    uses: int | None = None,
    way: ClaimWay = ClaimWay.LISTED,
    claim_code: CouponCode | None = None,
    open: Period = ALWAYS,
    audience: Iterable[AudienceId] = (),
    stacking: str | None = None,
    claimed: int = 0,
    used: int = 0,
    at: datetime = a.LONG_AGO,
) -> CouponTemplate:
    """A template: ten yuan off, to be found in the list."""
    return CouponTemplate(
        id=ids.new(CouponTemplateId),
        name=CouponName(name),
        currency=CNY,
        off=gift or (money(off or "0") if percent is None else Percentage.of(percent)),
        most=None if most is None else money(most),
        threshold=None if threshold is None else money(threshold),
        scope=scope,
        validity=validity,
        limits=CouponLimits(claims=claims, claims_each=each, uses=uses),
        way=way,
        claim_code=claim_code,
        open=open,
        audience=frozenset(audience),
        stacking=None if stacking is None else StackingGroup(stacking),
        claims=claimed,
        uses=used,
        made_at=at,
    )


def coupon(
    ids: Ids,
    template: CouponTemplate,
    customer: Customer,
    *,
    number: int = 0,
    holds: Period | None = None,
    state: CouponState = CouponState.AVAILABLE,
    order_id: OrderId | None = None,
    at: datetime = a.LONG_AGO,
) -> Coupon:
    """A coupon of a company."""
    return Coupon(
        id=ids.new(CouponId),
        template_id=template.id,
        customer_id=customer.id,
        code=code(number),
        claimed_at=at,
        holds=holds or Period(at),
        state=state,
        order_id=order_id,
    )


def money(number: str) -> Money:
    """So many yuan."""
    whole, _, cents = number.partition(".")
    return Money(int(whole) * 100 + int((cents + "00")[:2]), CNY)
