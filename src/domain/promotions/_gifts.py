"""Gifts with purchase: which are due, and what is given where they are short."""

from __future__ import annotations

from collections.abc import Sequence

from domain.identity import SkuId
from domain.promotions._effects import Gift, GiftGoods, GiftShortage, size, sized
from domain.promotions._promotion import Promotion
from domain.promotions._state import Lost, State, Won
from domain.promotions._thresholds import reach
from domain.promotions._till import GiftLine, GiftShort, RejectionReason, UnknownGift
from domain.quantity import NONE, Quantity


def give(
    promotion: Promotion, effect: Gift, state: State, bases: Sequence[int], lines: Sequence[int]
) -> Won | Lost:
    """Give what is due, or what there is of it."""
    reached, each = reach(effect.threshold, state, bases, lines), size(effect.threshold)
    times = reached // each
    if not times:
        return Lost(RejectionReason.BELOW_THRESHOLD, sized(each - reached, effect.threshold))
    most = effect.most if effect.repeats else 1
    gap = None
    if most is None or times < most:
        gap = sized(each - reached % each, effect.threshold)
    times = times if most is None else min(times, most)
    chosen = state.chosen(promotion.id)
    goods = _due(effect, state, chosen, times)
    if not goods:
        problems = () if chosen is None else (UnknownGift(promotion.id, chosen),)
        return Won(problems=problems) if problems else Lost(RejectionReason.GIFT_SHORT)
    counter = _Counter(promotion, effect, state)
    for one in goods:
        counter.hand_over(one, times)
    if counter.problems:
        return Won(problems=tuple(counter.problems))
    if not counter.gifts:
        return Lost(RejectionReason.GIFT_SHORT)
    return Won(used=lines, gifts=tuple(counter.gifts), worth=counter.worth, gap=gap)


def _due(effect: Gift, state: State, chosen: SkuId | None, times: int) -> tuple[GiftGoods, ...]:
    """What is to be given of what there is for this customer; of a choice nobody made, the first there is enough of."""
    known = tuple(one for one in effect.goods if one.sku_id in state.gifts)
    if chosen is not None:
        return tuple(one for one in known if effect.choice and one.sku_id == chosen)
    if not effect.choice:
        return known
    enough = (one for one in known if state.gifts[one.sku_id] >= one.quantity.thousandths * times)
    return tuple([next(enough, known[0])] if known else ())


class _Counter:
    """Where gifts are handed over, as long as there are any."""

    def __init__(self, promotion: Promotion, effect: Gift, state: State) -> None:
        self._promotion, self._effect, self._state = promotion, effect, state
        self._left = dict(state.gifts)
        self.gifts: list[GiftLine] = []
        self.problems: list[GiftShort] = []
        self.worth = 0

    def hand_over(self, goods: GiftGoods, times: int) -> None:
        """Give so many times these goods, or as the effect says where they are short."""
        given = self._take(goods, times)
        missing = times - given
        if missing and self._effect.shortage is GiftShortage.BLOCK:
            self.problems.append(GiftShort(self._promotion.id, goods.sku_id, _of(goods, missing)))
        elif missing and self._effect.shortage is GiftShortage.OWE:
            self._give(goods, given, missing=missing, owed=True)
        elif missing and self._effect.shortage is GiftShortage.SUBSTITUTE:
            instead = []
            for other in self._effect.substitutes:
                there = self._take(other, missing) if other.sku_id in self._left else 0
                missing -= there
                instead.append((other, there))
            self._give(goods, given, missing=missing)
            for other, there in instead:
                self._give(other, there)
        else:
            self._give(goods, given, missing=missing)

    def _take(self, goods: GiftGoods, times: int) -> int:
        """Take the whole of it off the shelf, as often as there is; say how often."""
        each = goods.quantity.thousandths
        there = min(times, self._left[goods.sku_id] // each)
        self._left[goods.sku_id] -= there * each
        return there

    def _give(self, goods: GiftGoods, times: int, *, missing: int = 0, owed: bool = False) -> None:
        if not times and not owed:
            return
        price = self._state.given.gifts[goods.sku_id].unit_price
        quantity, later = _of(goods, times), _of(goods, missing)
        value = price.times(quantity)
        self.worth += value.minor + (price.times(later).minor if owed else 0)
        self.gifts.append(
            GiftLine(
                promotion_id=self._promotion.id,
                sku_id=goods.sku_id,
                quantity=quantity,
                missing=later,
                owed=owed,
                value=value,
            )
        )


def _of(goods: GiftGoods, times: int) -> Quantity:
    return Quantity(goods.quantity.thousandths * times) if times else NONE
