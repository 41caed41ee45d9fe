"""Promotions over a quote: what they take off its lines, and what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import attrs

from domain.coupons import CouponNotUsable, CouponOutcome, HeldCoupon, Purse
from domain.floors import refused_below
from domain.identity import PromotionId, SkuId
from domain.merchant import Merchant
from domain.money import Money, Rounding
from domain.promotions import (
    GiftLine,
    GiftStock,
    Guard,
    GuardedLine,
    Offer,
    PricedLine,
    PromotionInput,
    fold,
)
from domain.quantity import Quantity
from domain.quoting._shapes import GiftShelf, Quote, QuoteGift, QuoteLine
from domain.visibility import Audience


@attrs.frozen(kw_only=True)
class Promoting:
    """What is on offer to a customer at a moment, and what may be given away."""

    offers: tuple[Offer, ...]
    audience: Audience
    at: datetime
    gifts: Mapping[SkuId, GiftShelf] = MappingProxyType({})
    choices: Mapping[PromotionId, SkuId] = MappingProxyType({})
    purse: Purse = Purse()
    """The coupons that are asked for."""
    own_coupons: tuple[HeldCoupon, ...] = ()
    """Of each of these is told what would become of it alone."""
    guard: Guard | None = None
    """What no line may cost less than."""


def promoted(quote: Quote, promoting: Promoting, *, merchant: Merchant) -> Quote:
    """Let promotions take off the lines that can be priced what they take off, and give what they give; then round.

    What is ordered is not given away: of a SKU that is both there is only the rest to give. The order minimum is
    compared with what the goods cost before promotions, so that none of them is in the way of an order.
    """
    priced = [line for line in quote.lines if line.total is not None]
    lines = tuple(_seen(line) for line in priced)
    ordered: dict[SkuId, int] = {}
    for line in lines:
        ordered[line.sku_id] = ordered.get(line.sku_id, 0) + line.base_quantity.thousandths
    gifts = {
        id: GiftStock(
            sku_id=id,
            available=Quantity(max(0, one.available.thousandths - ordered.get(id, 0))),
            unit_price=one.unit_price,
        )
        for id, one in promoting.gifts.items()
    }
    given = PromotionInput(
        lines=lines,
        offers=(*promoting.offers, *promoting.purse.offers(at=promoting.at)),
        currency=merchant.currency,
        audience=promoting.audience,
        at=promoting.at,
        time_zone=merchant.time_zone,
        gifts=gifts,
        choices=promoting.choices,
        guard=promoting.guard,
        rounding=merchant.order_rounding,
    )
    folded = fold(given)
    coupons = promoting.purse.outcomes(folded, at=promoting.at)
    below = {one.at: one for one in folded.guarded}
    # Where nothing can be taken off nobody is told of a discount of nothing.
    discounts: Sequence[Money | None] = folded.discounts
    if not given.offers and given.rounding is Rounding.NONE:
        discounts = [None] * len(priced)
    after = iter(
        _after(line, discount, below.get(at), given.guard)
        for at, (line, discount) in enumerate(zip(priced, discounts, strict=True))
    )
    return attrs.evolve(
        quote,
        lines=tuple(line if line.total is None else next(after) for line in quote.lines),
        total=Money.total(folded.nets, merchant.currency),
        problems=(
            *quote.problems,
            *folded.problems,
            *(CouponNotUsable(one.reference, one.refusal, one.gap) for one in coupons if one.refusal),
        ),
        coupons=coupons,
        own_coupons=_tried(given, promoting),
        coupons_used=promoting.purse.used(folded),
        promotions=folded,
        gifts=tuple(_handed(promoting.gifts[gift.sku_id], gift) for gift in folded.gifts),
        promoted_from=given,
    )


def _seen(line: QuoteLine) -> PricedLine:
    """A line as promotions see it."""
    listing, base, total = line.listing, line.base_quantity, line.total
    assert listing is not None and base is not None and total is not None, "what is priced is understood"
    return PricedLine(
        sku_id=listing.sku.id,
        product_id=listing.product_id,
        category_ids=listing.category_ids,
        brand_id=listing.brand_id,
        base_quantity=base,
        total=total,
    )


def _after(
    line: QuoteLine, discount: Money | None, below: GuardedLine | None, guard: Guard | None
) -> QuoteLine:
    """A line after promotions, and after the guard."""
    if below is None or guard is None:
        return line if discount is None else line.discounted(discount)
    problems, listing = line.problems, line.listing
    assert listing is not None, "what is priced is understood"
    if below.refused:
        problems = (*problems, refused_below(guard.policy, listing.sku.id, line.line))
    return attrs.evolve(line, discount=discount, discount_capped=below.capped, problems=problems)


def _tried(given: PromotionInput, promoting: Promoting) -> tuple[CouponOutcome, ...]:
    """What would become of each coupon alone: the basket is worked out once for each."""
    found: list[CouponOutcome] = []
    for one in promoting.own_coupons:
        alone = Purse((one.coupon.code.shown,), (one,))
        offers = (*promoting.offers, *alone.offers(at=promoting.at))
        found += alone.outcomes(fold(attrs.evolve(given, offers=offers)), at=promoting.at)
    return tuple(found)


def _handed(shelf: GiftShelf, gift: GiftLine) -> QuoteGift:
    return QuoteGift(shelf.listing, shelf.unit_price, gift)
