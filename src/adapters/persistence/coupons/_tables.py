"""Coupons in tables: templates, to whom they are open, and the coupons of companies."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    UniqueConstraint,
    and_,
    select,
)

from adapters.persistence.facts import read_whole, written_whole
from adapters.persistence.statements import JoinedText, Row
from adapters.persistence.tables import (
    Instant,
    Whole,
    Words,
    belongs_to,
    instant,
    one_of,
    perhaps_instant,
    tenant_table,
)
from adapters.persistence.visibility import audience_id
from domain.coupons import (
    ClaimWay,
    Coupon,
    CouponCode,
    CouponLimits,
    CouponName,
    CouponState,
    CouponTemplate,
    CouponValidity,
    HeldCoupon,
    StackingGroup,
)
from domain.identity import (
    BrandId,
    CategoryId,
    CouponId,
    CouponTemplateId,
    CustomerGroupId,
    CustomerId,
    Id,
    MerchantId,
    OrderId,
    PriceTierId,
    ProductId,
    SkuId,
    StaffId,
)
from domain.money import Currency, Money, Percentage
from domain.period import Period
from domain.promotions import Gift, Scope

AnyId = TypeVar("AnyId", bound=Id)

coupon_templates = tenant_table(
    "coupon_templates",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("terms", Words, nullable=False),
    Column("amount_off", Whole),
    # In hundredths of a percent.
    Column("share_off", Integer),
    Column("most_off", Whole),
    Column("threshold", Whole),
    # As `scope_text` writes it.
    Column("scope", Words, nullable=False),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("valid_days", Integer),
    Column("way", Words, nullable=False),
    Column("claim_code", Words),
    Column("open_from", Instant),
    Column("open_until", Instant),
    Column("stacking", Words),
    Column("most_claims", Integer),
    Column("most_claims_each", Integer),
    Column("most_uses", Integer),
    Column("claims", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("made_by", Words),
    Column("made_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    # What is given, as the fields of the class; then nothing comes off.
    Column("gift", Words),
    belongs_to("staff", "made_by"),
    UniqueConstraint("merchant_id", "claim_code"),
    one_of("way", ClaimWay),
    CheckConstraint("(amount_off IS NULL) <> (share_off IS NULL)", name="amount_or_share"),
    CheckConstraint("gift IS NULL OR amount_off = 0", name="gift"),
    CheckConstraint("claims >= 0 AND (most_claims IS NULL OR claims <= most_claims)", name="claims"),
    CheckConstraint("uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", name="uses"),
)

coupon_audiences = tenant_table(
    "coupon_audiences",
    Column("template_id", Words, nullable=False),
    # Whichever of the three below it is.
    Column("audience_id", Words, nullable=False),
    Column("group_id", Words),
    Column("tier_id", Words),
    Column("customer_id", Words),
    belongs_to("coupon_templates", "template_id"),
    belongs_to("customer_groups", "group_id"),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("customers", "customer_id"),
    CheckConstraint("audience_id = COALESCE(group_id, tier_id, customer_id)", name="audience"),
    CheckConstraint(
        "(group_id IS NULL OR tier_id IS NULL) AND (group_id IS NULL OR customer_id IS NULL)"
        " AND (tier_id IS NULL OR customer_id IS NULL)",
        name="one",
    ),
    key=("template_id", "audience_id"),
)

coupons = tenant_table(
    "coupons",
    Column("id", Words, nullable=False),
    Column("template_id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("holds_from", Instant, nullable=False),
    Column("holds_until", Instant),
    Column("state", Words, nullable=False),
    Column("order_id", Words),
    belongs_to("coupon_templates", "template_id"),
    belongs_to("customers", "customer_id"),
    # Checked when the transaction ends, because a coupon is used before its order is stored.
    belongs_to("orders", "order_id", late=True),
    UniqueConstraint("merchant_id", "code"),
    one_of("state", CouponState),
    CheckConstraint("(order_id IS NULL) = (state <> 'USED')", name="used"),
    CheckConstraint("holds_until > holds_from", name="holds"),
    Index(None, "merchant_id", "customer_id", "id"),
    Index(None, "merchant_id", "template_id", "customer_id"),
    Index(None, "merchant_id", "order_id"),
)


_KINDS = {kind.tag: kind for kind in (SkuId, ProductId, CategoryId, BrandId)}


def scope_text(scope: Scope) -> str:
    """Write a scope: all that is in it, and after a dash all that is not."""
    return " ".join([*sorted(scope.named), *(f"-{id}" for id in sorted(scope.without))])


@lru_cache(maxsize=1_024)
def scope_of(text: str) -> Scope:
    """Read what `scope_text` wrote."""

    def ids(kind: type[AnyId]) -> frozenset[AnyId]:
        return frozenset(kind(word) for word in text.split() if word.startswith(kind.tag))

    without = (word[1:] for word in text.split() if word.startswith("-"))
    return Scope(
        sku_ids=ids(SkuId),
        product_ids=ids(ProductId),
        category_ids=ids(CategoryId),
        brand_ids=ids(BrandId),
        without=frozenset(_KINDS[word.partition("_")[0]](word) for word in without),
    )


def template_row(merchant_id: MerchantId, one: CouponTemplate) -> Row:
    return (
        merchant_id,
        one.id,
        one.name,
        one.terms,
        one.off.minor if isinstance(one.off, Money) else 0 if isinstance(one.off, Gift) else None,
        one.off.hundredths if isinstance(one.off, Percentage) else None,
        one.most and one.most.minor,
        one.threshold and one.threshold.minor,
        scope_text(one.scope),
        one.validity.period.start,
        one.validity.period.end,
        one.validity.days,
        one.way.value,
        one.claim_code,
        one.open.start,
        one.open.end,
        one.stacking,
        one.limits.claims,
        one.limits.claims_each,
        one.limits.uses,
        one.claims,
        one.uses,
        one.made_by,
        one.made_at,
        one.stopped_at,
        written_whole(one.off) if isinstance(one.off, Gift) else None,
    )


def audience_rows(merchant_id: MerchantId, one: CouponTemplate) -> list[Row]:
    return [
        (
            merchant_id,
            one.id,
            id,
            id if isinstance(id, CustomerGroupId) else None,
            id if isinstance(id, PriceTierId) else None,
            id if isinstance(id, CustomerId) else None,
        )
        for id in sorted(one.audience)
    ]


def coupon_row(merchant_id: MerchantId, one: Coupon) -> Row:
    return (
        merchant_id,
        one.id,
        one.template_id,
        one.customer_id,
        one.code,
        one.claimed_at,
        one.holds.start or one.claimed_at,
        one.holds.end,
        one.state.value,
        one.order_id,
    )


_AUDIENCE: ColumnElement[str] = (
    select(JoinedText(coupon_audiences.c.audience_id))
    .where(
        coupon_audiences.c.merchant_id == coupon_templates.c.merchant_id,
        coupon_audiences.c.template_id == coupon_templates.c.id,
    )
    .correlate(coupon_templates)
    .scalar_subquery()
)
TEMPLATE = (*tuple(coupon_templates.c)[1:], _AUDIENCE)
COUPON = tuple(coupons.c)[1:]
HELD = (*COUPON, *TEMPLATE)


def template_of(row: Row, currency: Currency) -> CouponTemplate:
    """Read a template from `TEMPLATE`."""
    id, name, terms, amount, share, most, threshold, scope, *rest = row
    valid_from, valid_until, days, way, code, open_from, open_until, stacking, *limits = rest
    claims, each, uses, claimed, used, made_by, made_at, stopped_at, gift, audience = limits

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    return CouponTemplate(
        id=CouponTemplateId(id),
        name=CouponName(name),
        terms=terms,
        currency=currency,
        off=_off(amount, share, gift, currency),
        most=money(most),
        threshold=money(threshold),
        scope=scope_of(scope),
        validity=CouponValidity(
            period=Period(perhaps_instant(valid_from), perhaps_instant(valid_until)), days=days
        ),
        limits=CouponLimits(claims=claims, claims_each=each, uses=uses),
        way=ClaimWay(way),
        claim_code=code and CouponCode(code),
        open=Period(perhaps_instant(open_from), perhaps_instant(open_until)),
        audience=frozenset(audience_id(one) for one in audience.split(";")) if audience else frozenset(),
        stacking=stacking and StackingGroup(stacking),
        claims=claimed,
        uses=used,
        made_by=made_by and StaffId(made_by),
        made_at=instant(made_at),
        stopped_at=perhaps_instant(stopped_at),
    )


def _off(
    amount: int | None, share: int | None, gift: str | None, currency: Currency
) -> Money | Percentage | Gift:
    if gift is not None:
        return _gift(gift)
    return Percentage(share or 0) if amount is None else Money(amount, currency)


@lru_cache(maxsize=1_024)
def _gift(text: str) -> Gift:
    return read_whole(text, Gift)


def coupon_of(row: Row) -> Coupon:
    """Read a coupon from `COUPON`."""
    id, template_id, customer_id, code, claimed_at, holds_from, holds_until, state, order_id = row
    return Coupon(
        id=CouponId(id),
        template_id=CouponTemplateId(template_id),
        customer_id=CustomerId(customer_id),
        code=CouponCode(code),
        claimed_at=instant(claimed_at),
        holds=Period(instant(holds_from), perhaps_instant(holds_until)),
        state=CouponState(state),
        order_id=order_id and OrderId(order_id),
    )


def held_of(row: Row, currency: Currency) -> HeldCoupon:
    """Read a coupon and what it promises from `HELD`."""
    return HeldCoupon(coupon_of(row[: len(COUPON)]), template_of(row[len(COUPON) :], currency))


HELD_TABLES = coupons.join(
    coupon_templates,
    and_(
        coupon_templates.c.merchant_id == coupons.c.merchant_id,
        coupon_templates.c.id == coupons.c.template_id,
    ),
)
"""Coupons with their templates."""
