"""Baskets and promotions by chance, the same for the engine and for the second calculator, and the two compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from random import Random
from typing import Any

import attrs

from domain.identity import BrandId, CategoryId, Id, ProductId, PromotionId, SkuId
from domain.merchant import MarginGuard
from domain.money import Currency, Money, Percentage, Rounding, UnitPrice
from domain.promotions import (
    Adjustment,
    Bundle,
    BundlePart,
    BuyGet,
    Effect,
    Folded,
    Gift,
    GiftGoods,
    GiftShort,
    GiftShortage,
    GiftStock,
    Guard,
    NthPiece,
    Offer,
    PricedLine,
    Promotion,
    PromotionInput,
    PromotionName,
    Scope,
    Stacking,
    Step,
    ThresholdDiscount,
    UnknownGift,
    fold,
)
from domain.quantity import Quantity
from domain.visibility import NOBODY
from kit.second_calculator import BuyGet as SecondBuyGet
from kit.second_calculator import (
    Deal,
    Give,
    Goods,
    Guarded,
    Handed,
    Line,
    Nth,
    Off,
    Reckoned,
    Set,
    cost,
    reckon,
)

CNY = Currency.CNY
AT = datetime(2026, 11, 27, tzinfo=UTC)
_SHARES = (500, 1000, 2000, 3333, 5000, 8000, 10_000)
_ROUND = {Rounding.NONE: 1, Rounding.FEN: 10, Rounding.JIAO: 100}
"""To how many fen a sum is rounded."""
_THRESHOLDS = (1, 999, 5_000, 10_000, 19_999, 20_000, 30_000)
_PRICES = (1, 99, 100, 375, 3_333, 10_000, 33_330, 33_333, 59_900, 100_000, 123_456, 999_999)
"""Ten-thousandths of the main unit."""


def _id(kind: type[Id], number: int) -> Id:
    return kind.of(number.to_bytes(16, "big"))


SKUS = [SkuId(_id(SkuId, at)) for at in range(8)]
PRODUCTS = [ProductId(_id(ProductId, at // 2)) for at in range(8)]
CATEGORIES = [CategoryId(_id(CategoryId, at)) for at in range(3)]
BRANDS = [BrandId(_id(BrandId, at)) for at in range(2)]


@attrs.frozen
class Case:
    """A basket and what is on offer, in both tongues."""

    lines: tuple[PricedLine, ...]
    offers: tuple[Offer, ...]
    line_facts: tuple[tuple[Fraction, Fraction], ...]
    """Unit price in the main unit, and quantity, of each line."""
    floors: tuple[int | None, ...] | None = None
    """Where something is guarded: the floor of each line, in ten-thousandths, if it has one."""
    adjustment: Adjustment | None = None
    rounding: Rounding = Rounding.NONE
    policy: MarginGuard = MarginGuard.CAP
    approved: tuple[int | None, ...] = ()
    """Down to which price each line is approved, in ten-thousandths, where it is."""
    guards_whole: bool = True
    shelf: tuple[GiftStock, ...] = ()
    """What may be given."""
    choices: tuple[tuple[PromotionId, SkuId], ...] = ()

    @property
    def given(self) -> PromotionInput:
        """For the engine."""
        return PromotionInput(
            lines=self.lines,
            offers=self.offers,
            currency=CNY,
            audience=NOBODY,
            at=AT,
            time_zone="Asia/Shanghai",
            gifts={one.sku_id: one for one in self.shelf},
            choices=dict(self.choices),
            guard=self._guard,
            adjustment=self.adjustment,
            rounding=self.rounding,
        )

    @property
    def _guard(self) -> Guard | None:
        if self.floors is None:
            return None

        def by_sku(prices: Sequence[int | None]) -> dict[SkuId, UnitPrice]:
            found = zip(self.lines, prices, strict=True)
            return {line.sku_id: UnitPrice(price, CNY) for line, price in found if price is not None}

        return Guard(
            policy=self.policy,
            floors=by_sku(self.floors),
            approved=by_sku(self.approved),
            guards_whole=self.guards_whole,
        )

    @property
    def second(self) -> tuple[list[Line], list[Deal], Guarded, dict[str, tuple[Fraction, Fraction]]]:
        """For the second calculator, which works out the amounts of the lines by itself."""
        lines = [
            Line(
                frozenset({line.sku_id, line.product_id, *line.category_ids, line.brand_id or ""}),
                quantity,
                cost(price, quantity),
            )
            for line, (price, quantity) in zip(self.lines, self.line_facts, strict=True)
        ]
        floors, lowest = (
            [None if price is None else Fraction(price, 10_000) for price in prices]
            for prices in (self.floors or (), self.approved if self.floors else ())
        )
        guard = Guarded(self.policy.value, floors, lowest, self.guards_whole)
        shelf: dict[str, tuple[Fraction, Fraction]] = {
            one.sku_id: (_size(one.available), Fraction(one.unit_price.ten_thousandths, 10_000))
            for one in self.shelf
        }
        return lines, [_deal(offer, dict(self.choices)) for offer in self.offers], guard, shelf

    @property
    def reckoned(self) -> Reckoned:
        """What the second calculator makes of it."""
        off, rounding = None, Rounding.NONE
        if self.adjustment is not None:
            rounding = self.adjustment.rounding
            off = None if self.adjustment.amount is None else self.adjustment.amount.minor
        steps = _ROUND[rounding], _ROUND[self.rounding]
        return reckon(*self.second, staff_off=off, staff_round=steps[0], rounds=steps[1])


def disagreement(case: Case, engine: Callable[[PromotionInput], Folded] = fold) -> str | None:
    """What the two say differently of a basket, if anything; and whatever nobody may say of one."""
    folded, reckoned = engine(case.given), case.reckoned
    listed = [line.total.minor for line in case.lines]
    nets = tuple(net.minor for net in folded.nets)
    if [line.fen for line in case.second[0]] != listed:
        return f"lines cost {listed}"
    if not all(0 <= net <= before for net, before in zip(nets, listed, strict=True)):
        return f"below nothing, or above the list: {nets} of {listed}"
    if nets != reckoned.nets:
        return f"nets {nets}, and by the second calculator {reckoned.nets}"
    said = sorted(
        (_name(one.promotion, one.claim), tuple(share.minor for share in one.shares))
        for one in folded.applied
    )
    if said != sorted(reckoned.cuts):
        return f"{said}, and by the second calculator {sorted(reckoned.cuts)}"
    given = _gifts(case, folded)
    if given != (reckoned.gifts, reckoned.worths, reckoned.faults):
        said_so = (reckoned.gifts, reckoned.worths, reckoned.faults)
        return f"gifts {given}, and by the second calculator {said_so}"
    whole = (folded.adjusted, folded.rounded)
    if whole != reckoned.off_whole:
        return f"off the whole {whole}, and by the second calculator {reckoned.off_whole}"
    refused = tuple(one.at for one in folded.guarded if one.refused)
    if refused != reckoned.refused:
        return f"refused {refused}, and by the second calculator {reckoned.refused}"
    off = sum(one.discount.minor for one in folded.applied) + sum(whole)
    if sum(listed) - off != sum(nets) or any(
        one.discount != Money.total(one.shares, CNY) for one in folded.applied
    ):
        return "the discounts do not add up"
    return None


def _gifts(case: Case, folded: Folded) -> tuple[object, object, object]:
    """What the engine gives, what that is worth, and why it does not; in the words of the second calculator."""
    names = {one.promotion.id: _name(one.promotion, one.claim) for one in case.offers}
    gifts = tuple(
        Handed(
            names[one.promotion_id],
            one.sku_id,
            _size(one.quantity),
            _size(one.missing),
            one.owed,
            one.value.minor,
        )
        for one in folded.gifts
    )
    worths = tuple(
        (names[one.promotion.id], (one.cost - one.discount).minor) for one in folded.applied if one.gifts
    )
    faults = tuple(
        (names[one.promotion_id], one.sku_id, _size(one.missing) if isinstance(one, GiftShort) else None)
        for one in folded.problems
        if isinstance(one, GiftShort | UnknownGift)
    )
    return gifts, worths, faults


def case_of(chance: Random) -> Case:
    """A basket by chance, with up to six promotions and up to two coupons, of which something may be left off."""
    lines, facts = [], []
    for at in chance.sample(range(8), chance.randint(1, 6)):
        price = chance.choice(_PRICES)
        thousandths = chance.choice((1, 2, 3, 4, 6, 7, 12, 24)) * 1000
        if chance.random() < 0.15:
            thousandths = chance.randint(1, 12_000)
        total = UnitPrice(price, CNY).times(Quantity(thousandths))
        lines.append(
            PricedLine(
                sku_id=SKUS[at],
                product_id=PRODUCTS[at],
                category_ids=frozenset({CATEGORIES[0], CATEGORIES[1 + at % 2]}),
                brand_id=BRANDS[at % 2] if at % 3 else None,
                base_quantity=Quantity(thousandths),
                total=total,
            )
        )
        facts.append((Fraction(price, 10_000), Fraction(thousandths, 1000)))
    offers = [_offer(chance, number) for number in range(chance.randint(0, 6))]
    offers += [_claimed(chance, number) for number in range(100, 100 + chance.choice((0, 0, 1, 1, 2)))]
    floors = None
    if chance.random() < 0.3:
        shares = (None, 0, 5_000, 8_000, 9_500, 10_000, 12_345)
        floors = tuple(
            None if (share := chance.choice(shares)) is None else int(price * share) for price, _ in facts
        )
    adjustment = None
    if chance.random() < 0.3:
        adjustment = chance.choice(
            (
                Adjustment(amount=Money(chance.randint(1, 20_000), CNY)),
                Adjustment(rounding=Rounding.FEN),
                Adjustment(rounding=Rounding.JIAO),
            )
        )
    rounding = chance.choice((Rounding.NONE, Rounding.NONE, Rounding.FEN, Rounding.JIAO))
    policy = chance.choice((MarginGuard.CAP, MarginGuard.CAP, MarginGuard.BLOCK, MarginGuard.APPROVAL))
    approved = tuple(
        None if chance.random() < 0.5 else int(price * chance.choice((0, 5_000, 9_000))) for price, _ in facts
    )
    return Case(
        lines=tuple(lines),
        line_facts=tuple(facts),
        floors=floors,
        adjustment=adjustment,
        rounding=rounding,
        policy=policy,
        approved=approved,
        guards_whole=chance.random() < 0.85,
        **_giving(chance, offers),
    )


def _giving(chance: Random, offers: Sequence[Offer]) -> dict[str, Any]:
    """Gifts and coupons that give, beside what else is on offer; what there is to give, and what the buyer chooses."""
    gifts = [_given(chance, 200 + at, claimed=False) for at in range(chance.choice((0, 0, 1, 2)))]
    gifts += [_given(chance, 300 + at, claimed=True) for at in range(chance.choice((0, 1, 1, 2)))]
    shelf = tuple(
        GiftStock(
            sku_id=id,
            available=Quantity(chance.choice((0, 1, 2, 3, 5, 12, 99)) * 1000 + chance.choice((0, 0, 500))),
            unit_price=UnitPrice(chance.choice(_PRICES), CNY),
        )
        for id in chance.sample(SKUS, 6)
    )
    choices = []
    for one in gifts:
        effect = one.promotion.effect
        assert isinstance(effect, Gift)
        if chance.random() < (0.5 if effect.choice else 0.05):
            choices.append(
                (one.promotion.id, chance.choice([*(goods.sku_id for goods in effect.goods), SKUS[0]]))
            )
    return {"offers": (*offers, *gifts), "shelf": shelf, "choices": tuple(choices)}


def _given(chance: Random, number: int, *, claimed: bool) -> Offer:
    def goods(most: int) -> tuple[GiftGoods, ...]:
        found = chance.sample(SKUS, chance.randint(1, most))
        return tuple(GiftGoods(id, Quantity(chance.choice((500, 1000, 1000, 2000)))) for id in found)

    shortage = chance.choice([*GiftShortage])
    # Of substitutes some are named twice, and some are the gift itself.
    instead = (*goods(2), *goods(2)) if shortage is GiftShortage.SUBSTITUTE else ()
    in_pieces = not claimed and chance.random() < 0.3
    effect = Gift(
        threshold=Quantity(chance.choice((1, 2, 5)) * 1000)
        if in_pieces
        else Money(chance.choice(_THRESHOLDS[1:]), CNY),
        goods=goods(3),
        choice=chance.random() < 0.4,
        repeats=chance.random() < 0.5,
        most=_most(chance),
        after_discount=chance.random() < 0.5,
        shortage=shortage,
        substitutes=instead,
    )
    promotion = Promotion(
        id=PromotionId(_id(PromotionId, number)),
        name=PromotionName(f"gift {number}"),
        effect=effect,
        scope=_scope(chance),
        priority=0 if claimed else chance.choice((0, 0, 1)),
        exclusive_group=chance.choice(("coupons", None))
        if claimed
        else chance.choice((None, "one", "gifts")),
        stacking=Stacking.ALONE if not claimed and chance.random() < 0.15 else Stacking.STACK,
    )
    return Offer(promotion=promotion, claim=f"gift {number}" if claimed else None)


def shuffled(case: Case, chance: Random) -> Case:
    """The same promotions in another order, perhaps without some of them."""
    kept = [offer for offer in case.offers if chance.random() < 0.8]
    chance.shuffle(kept)
    return attrs.evolve(case, offers=tuple(kept))


def _offer(chance: Random, number: int) -> Offer:
    effect: Effect = chance.choice((_threshold, _threshold, _threshold, _nth, _buy_get, _bundle))(chance)
    return Offer(
        promotion=Promotion(
            id=PromotionId(_id(PromotionId, number)),
            name=PromotionName(f"promotion {number}"),
            effect=effect,
            scope=_scope(chance),
            priority=chance.choice((0, 0, 0, 1, 2)),
            exclusive_group=chance.choice((None, None, "one", "one", "two")),
            stacking=Stacking.ALONE if chance.random() < 0.15 else Stacking.STACK,
        )
    )


def _claimed(chance: Random, number: int) -> Offer:
    promotion = Promotion(
        id=PromotionId(_id(PromotionId, number)),
        name=PromotionName(f"coupon {number}"),
        effect=_coupon(chance),
        scope=_scope(chance),
        exclusive_group=chance.choice(("coupons", None)),
    )
    return Offer(promotion=promotion, claim=f"coupon {number}")


def _scope(chance: Random) -> Scope:
    kind, without = chance.randrange(6), frozenset[SkuId]()
    if chance.random() < 0.2:
        without = frozenset(chance.sample(SKUS, 2))
    if kind == 0:
        return Scope(sku_ids=frozenset(chance.sample(SKUS, 3)), without=without)
    if kind == 1:
        return Scope(product_ids=frozenset(chance.sample(PRODUCTS, 2)), without=without)
    if kind == 2:
        return Scope(category_ids=frozenset({chance.choice(CATEGORIES)}), without=without)
    if kind == 3:
        return Scope(brand_ids=frozenset({chance.choice(BRANDS)}), without=without)
    return Scope(without=without)


def _threshold(chance: Random) -> ThresholdDiscount:
    in_pieces = chance.random() < 0.25
    if chance.random() < 0.3:
        least = (
            Quantity(chance.choice((2, 3, 10)) * 1000)
            if in_pieces
            else Money(chance.choice(_THRESHOLDS), CNY)
        )
        most = least.minor if isinstance(least, Money) else 5_000
        step = Step(least, Money(chance.randint(1, max(1, most // 2)), CNY))
        cap = Money(chance.randint(1, 20_000), CNY) if chance.random() < 0.5 else None
        return ThresholdDiscount(steps=(step,), repeats=True, cap=cap)
    thresholds = sorted(chance.sample(range(1, 20) if in_pieces else _THRESHOLDS, chance.randint(1, 3)))
    steps = []
    for one in thresholds:
        if chance.random() < 0.5:
            off: Money | Percentage = Percentage(chance.choice(_SHARES))
        else:
            off = Money(chance.randint(1, 8_000 if in_pieces else one), CNY)
        steps.append(Step(Quantity(one * 1000) if in_pieces else Money(one, CNY), off))
    cap = Money(chance.randint(1, 5_000), CNY) if chance.random() < 0.2 else None
    return ThresholdDiscount(steps=tuple(steps), cap=cap)


def _coupon(chance: Random) -> ThresholdDiscount:
    threshold = chance.choice(_THRESHOLDS)
    if chance.random() < 0.5:
        return ThresholdDiscount(
            steps=(Step(Money(threshold, CNY), Money(chance.randint(1, threshold), CNY)),)
        )
    cap = Money(chance.randint(1, 5_000), CNY) if chance.random() < 0.3 else None
    share = Percentage(chance.choice(_SHARES))
    return ThresholdDiscount(steps=(Step(Money(threshold, CNY), share),), cap=cap)


def _most(chance: Random) -> int | None:
    return chance.choice((None, None, 1, 2))


def _nth(chance: Random) -> NthPiece:
    return NthPiece(
        nth=chance.choice((1, 2, 2, 3, 5)), off=Percentage(chance.choice(_SHARES)), most=_most(chance)
    )


def _buy_get(chance: Random) -> BuyGet:
    return BuyGet(
        buy=Quantity(chance.choice((1, 2, 3, 10)) * 1000),
        get=Quantity(chance.choice((1, 1, 2)) * 1000),
        goods=_scope(chance),
        off=Percentage(chance.choice(_SHARES)),
        most=_most(chance),
    )


def _bundle(chance: Random) -> Bundle:
    parts = [
        BundlePart(_scope(chance), Quantity(chance.choice((1, 1, 2, 3)) * 1000))
        for _ in range(chance.randint(1, 3))
    ]
    return Bundle(
        parts=tuple(parts),
        price=Money(chance.choice((1, 990, 5_000, 9_999, 20_000)), CNY),
        most=_most(chance),
    )


# --- the same in the words of the second calculator -----------------------------------------------------------


def _name(promotion: Promotion, claim: str | None) -> str:
    return f"{promotion.id}{claim or ''}"


def _deal(offer: Offer, choices: Mapping[PromotionId, SkuId]) -> Deal:
    promotion, effect = offer.promotion, offer.promotion.effect
    stage = 7 if isinstance(effect, ThresholdDiscount) else 8 if isinstance(effect, Gift) else 6
    stage = 9 if offer.claim is not None else stage
    return Deal(
        name=_name(promotion, offer.claim),
        stage=stage,
        what=_what(effect, choices.get(promotion.id)),
        goods=_goods(promotion.scope),
        priority=promotion.priority,
        group=promotion.exclusive_group,
        alone=promotion.stacking is Stacking.ALONE,
    )


def _goods(scope: Scope) -> Goods:
    named: set[str] = {*scope.sku_ids, *scope.product_ids, *scope.category_ids, *scope.brand_ids}
    return Goods(frozenset(named), frozenset(scope.without))


def _what(effect: Effect, chosen: SkuId | None) -> Off | Nth | SecondBuyGet | Set | Give:
    if isinstance(effect, ThresholdDiscount):
        in_pieces = isinstance(effect.steps[0].threshold, Quantity)
        return Off(
            tuple((_size(step.threshold), _off(step.off)) for step in effect.steps),
            in_pieces=in_pieces,
            repeats=effect.repeats,
            cap=None if effect.cap is None else effect.cap.minor,
        )
    if isinstance(effect, NthPiece):
        return Nth(effect.nth, Fraction(effect.off.hundredths, 10_000), effect.most)
    if isinstance(effect, BuyGet):
        share = Fraction(effect.off.hundredths, 10_000)
        return SecondBuyGet(_size(effect.buy), _size(effect.get), _goods(effect.goods), share, effect.most)
    if isinstance(effect, Gift):
        return Give(
            _size(effect.threshold),
            tuple((one.sku_id, _size(one.quantity)) for one in effect.goods),
            in_pieces=isinstance(effect.threshold, Quantity),
            choice=effect.choice,
            chosen=chosen,
            repeats=effect.repeats,
            most=effect.most,
            late=effect.after_discount,
            short=effect.shortage.value,
            instead=tuple((one.sku_id, _size(one.quantity)) for one in effect.substitutes),
        )
    parts = tuple((_goods(part.goods), _size(part.quantity)) for part in effect.parts)
    return Set(parts, effect.price.minor, effect.most)


def _size(threshold: Money | Quantity) -> Fraction:
    return (
        Fraction(threshold.minor) if isinstance(threshold, Money) else Fraction(threshold.thousandths, 1000)
    )


def _off(off: Money | Percentage) -> int | Fraction:
    return off.minor if isinstance(off, Money) else Fraction(off.hundredths, 10_000)


def compare(
    seed: int, baskets: int, engine: Callable[[PromotionInput], Folded] = fold
) -> tuple[int, str] | None:
    """Compare so many baskets: the number of the first that the two disagree about, and what they say."""
    for number in range(baskets):
        chance = Random(f"{seed}/{number}")
        case = case_of(chance)
        for one in (case, shuffled(case, chance)) if number % 4 == 0 else (case,):
            found = disagreement(one, engine)
            if found is not None:
                return number, found
    return None
