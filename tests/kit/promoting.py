"""Promotions and baskets to try them on, in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from application.promotions import Draft
from domain.identity import AudienceId, BrandId, CategoryId, ProductId, PromotionId, SkuId
from domain.money import Currency, Money, Percentage, UnitPrice
from domain.promotions import (
    Effect,
    Folded,
    Gift,
    GiftGoods,
    GiftStock,
    Offer,
    PricedLine,
    Promotion,
    PromotionInput,
    PromotionName,
    Scope,
    Step,
    Threshold,
    ThresholdDiscount,
    Usage,
    fold,
)
from domain.quantity import Quantity
from domain.visibility import Audience
from kit.builders import NOON, SeededIds

IDS = SeededIds(77)
SHANGHAI = "Asia/Shanghai"


def cny(amount: Decimal | int | str) -> Money:
    """So many yuan."""
    return Money(int(Decimal(amount) * 100), Currency.CNY)


def line(
    total: Decimal | int | str,
    *,
    count: Decimal | int | str = 1,
    sku_id: SkuId | None = None,
    product_id: ProductId | None = None,
    category_ids: Sequence[CategoryId] = (),
    brand_id: BrandId | None = None,
) -> PricedLine:
    """A line of a basket that costs so much."""
    return PricedLine(
        sku_id=sku_id or IDS.new(SkuId),
        product_id=product_id or IDS.new(ProductId),
        category_ids=frozenset(category_ids),
        brand_id=brand_id,
        base_quantity=Quantity.of(count),
        total=cny(total),
    )


def promotion(effect: Effect, **rest: Any) -> Promotion:
    """A promotion with this effect."""
    rest.setdefault("id", IDS.new(PromotionId))
    rest.setdefault("name", PromotionName("促销"))
    return Promotion(effect=effect, **rest)


def drafted(of: Promotion, **changes: Any) -> Draft:
    """A promotion as staff write it down."""
    names = {field.name for field in attrs.fields(Draft)}
    return Draft(**{**{name: getattr(of, name) for name in names}, **changes})


def threshold(text: str) -> Threshold:
    """`100` is an amount, `x2` a quantity."""
    return Quantity.of(text[1:]) if text.startswith("x") else cny(text)


def step(reach: str, off: str) -> Step:
    """`("100", "10")` is 满100减10, `("x2", "10%")` is 满2件9折."""
    return Step(threshold(reach), Percentage.of(off[:-1]) if off.endswith("%") else cny(off))


def less(*steps: tuple[str, str], repeats: bool = False, cap: str | None = None, **rest: Any) -> Promotion:
    """A threshold discount."""
    effect = ThresholdDiscount(
        steps=tuple(step(*one) for one in steps), repeats=repeats, cap=None if cap is None else cny(cap)
    )
    return promotion(effect, **rest)


def gift(reach: str, *goods: SkuId, scope: Scope | None = None, **rest: Any) -> Promotion:
    """One each of these goods from the threshold on."""
    effect = Gift(threshold=threshold(reach), goods=tuple(GiftGoods(one) for one in goods), **rest)
    return promotion(effect, **({} if scope is None else {"scope": scope}))


def stocked(sku_id: SkuId, available: int, price: str = "1") -> tuple[SkuId, GiftStock]:
    """What there is of a gift."""
    price_each = UnitPrice.of(price, Currency.CNY)
    return sku_id, GiftStock(sku_id=sku_id, available=Quantity.of(available), unit_price=price_each)


def given(
    lines: Sequence[PricedLine],
    *offers: Promotion | Offer,
    at: datetime = NOON,
    audience: Sequence[AudienceId] = (),
    gifts: Mapping[SkuId, GiftStock] | None = None,
    choices: Mapping[PromotionId, SkuId] | None = None,
    used: Mapping[PromotionId, Usage] | None = None,
) -> PromotionInput:
    """A basket, and what is on offer."""
    usage = used or {}
    return PromotionInput(
        lines=tuple(lines),
        offers=tuple(
            one if isinstance(one, Offer) else Offer(promotion=one, usage=usage.get(one.id, Usage()))
            for one in offers
        ),
        currency=Currency.CNY,
        audience=Audience(frozenset(audience)),
        at=at,
        time_zone=SHANGHAI,
        gifts=gifts or {},
        choices=choices or {},
    )


def folded(lines: Sequence[PricedLine], *offers: Promotion | Offer, **rest: Any) -> Folded:
    """What the promotions do to the basket."""
    return fold(given(lines, *offers, **rest))


def off(folded: Folded) -> list[str]:
    """What is taken off each line."""
    return [one.amount for one in folded.discounts]


def net(folded: Folded) -> str:
    """What the lines cost together."""
    return Money.total(folded.nets, Currency.CNY).amount


def reasons(folded: Folded) -> list[tuple[str, str | None]]:
    """Why promotions are not applied, and what is missing."""
    return [(one.reason.value, _written(one.gap)) for one in folded.rejected]


def gaps(folded: Folded) -> list[str | None]:
    """How much more would do more."""
    return [_written(one.gap) for one in folded.near_misses]


def _written(gap: Threshold | None) -> str | None:
    return None if gap is None else gap.amount if isinstance(gap, Money) else f"x{gap}"
