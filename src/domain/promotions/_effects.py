"""What promotions do: take something off, or give something away."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import Any, TypeAlias

import attrs

from domain.identity import SkuId
from domain.money import Money, Percentage
from domain.promotions._scope import EVERYTHING, Scope
from domain.quantity import NONE, Quantity

MOST_STEPS = 10
MOST_PARTS = 10
MOST_GIFTS = 10
LARGEST_COUNT = 10**6
WHOLE = 10_000
"""All of a price, in hundredths of a percent."""

Threshold: TypeAlias = Money | Quantity
"""What has to be reached: an amount, or a quantity of the base unit."""


def _more_than_nothing(_: object, field: attrs.Attribute[Any], threshold: Threshold) -> None:
    if size(threshold) <= 0:
        raise ValueError(f"{field.name} is more than nothing")


def _some(_: object, field: attrs.Attribute[Any], off: Percentage) -> None:
    if not 0 < off.hundredths <= WHOLE:
        raise ValueError(f"{field.name} is more than nothing, and at most all")


def _count(_: object, field: attrs.Attribute[Any], number: int | None) -> None:
    if number is not None and not 1 <= number <= LARGEST_COUNT:
        raise ValueError(f"{field.name} is from 1 to {LARGEST_COUNT}")


def size(threshold: Threshold) -> int:
    """How much it is, in minor units or thousandths."""
    return threshold.minor if isinstance(threshold, Money) else threshold.thousandths


def sized(number: int, like: Threshold) -> Threshold:
    """So much of what another threshold is of."""
    return Money(number, like.currency) if isinstance(like, Money) else Quantity(number)


@attrs.frozen
class Step:
    """From this threshold on so much is taken off: an amount, or a share (9 折 is 10 % off)."""

    threshold: Threshold = attrs.field(validator=_more_than_nothing)
    off: Money | Percentage

    def __attrs_post_init__(self) -> None:
        if isinstance(self.off, Percentage):
            _some(self, attrs.fields(Step).off, self.off)
        elif self.off.minor <= 0:
            raise ValueError("off is more than nothing")
        elif isinstance(self.threshold, Money) and self.off.minor > self.threshold.minor:
            raise ValueError("no more is taken off than has to be reached")


@attrs.frozen(kw_only=True)
class ThresholdDiscount:
    """A threshold discount (满减, 满折): the deepest step that the goods reach; or, where it repeats, one step as often
    as they reach it (每满), up to a cap (封顶)."""

    steps: tuple[Step, ...] = attrs.field(
        validator=attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(MOST_STEPS))
    )
    repeats: bool = False
    cap: Money | None = attrs.field(default=None)

    def __attrs_post_init__(self) -> None:
        thresholds = [step.threshold for step in self.steps]
        if len({type(one) for one in thresholds}) > 1:
            raise ValueError("steps are all of amounts or all of quantities")
        if any(size(after) <= size(before) for before, after in pairwise(thresholds)):
            raise ValueError("steps ascend")
        first, *more = self.steps
        if self.repeats and (more or isinstance(first.off, Percentage)):
            raise ValueError("what repeats is one amount")
        if self.cap is not None and self.cap.minor <= 0:
            raise ValueError("a cap is more than nothing")


@attrs.frozen(kw_only=True)
class NthPiece:
    """Every nth piece for less (第 N 件): pieces are counted over all lines of the scope, the dearest first."""

    nth: int = attrs.field(validator=_count)
    off: Percentage = attrs.field(validator=_some)
    most: int | None = attrs.field(default=None, validator=_count)
    """So many pieces at most."""


@attrs.frozen(kw_only=True)
class BuyGet:
    """Buy so many of the scope's goods, get so many of others in the basket for less (买 A 得 B)."""

    buy: Quantity = attrs.field(validator=_more_than_nothing)
    get: Quantity = attrs.field(validator=_more_than_nothing)
    goods: Scope = EVERYTHING
    """What is got for less."""
    off: Percentage = attrs.field(default=Percentage(WHOLE), validator=_some)
    most: int | None = attrs.field(default=None, validator=_count)
    """So many times at most."""


@attrs.frozen
class BundlePart:
    """So many of some goods."""

    goods: Scope
    quantity: Quantity = attrs.field(validator=_more_than_nothing)


@attrs.frozen(kw_only=True)
class Bundle:
    """A set at a fixed price (组合套餐): its parts are in the scope; one part of several goods is N of them for X."""

    parts: tuple[BundlePart, ...] = attrs.field(
        validator=attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(MOST_PARTS))
    )
    price: Money
    most: int | None = attrs.field(default=None, validator=_count)
    """So many sets at most."""

    def __attrs_post_init__(self) -> None:
        if self.price.minor < 0:
            raise ValueError("a set never costs less than nothing")


class GiftShortage(Enum):
    """What is done when there are fewer of a gift than are due."""

    BLOCK = "BLOCK"
    PARTIAL = "PARTIAL"
    SUBSTITUTE = "SUBSTITUTE"
    OWE = "OWE"


@attrs.frozen
class GiftGoods:
    """So many of a SKU, in its base unit, each time a gift is due."""

    sku_id: SkuId
    quantity: Quantity = attrs.field(default=Quantity(1000), validator=attrs.validators.gt(NONE))


@attrs.frozen(kw_only=True)
class Gift:
    """A gift with purchase (满赠): all of these goods, or one of them as the buyer chooses."""

    threshold: Threshold = attrs.field(validator=_more_than_nothing)
    goods: tuple[GiftGoods, ...] = attrs.field(
        validator=attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(MOST_GIFTS))
    )
    choice: bool = False
    """Whether the buyer chooses one of them."""
    repeats: bool = False
    """Whether it is due as often as the threshold is reached."""
    most: int | None = attrs.field(default=None, validator=_count)
    """So many times at most."""
    after_discount: bool = False
    """Whether an amount has to be reached after group discounts, and not before them."""
    shortage: GiftShortage = GiftShortage.PARTIAL
    substitutes: tuple[GiftGoods, ...] = attrs.field(
        default=(), validator=attrs.validators.max_len(MOST_GIFTS)
    )
    """What is given in their stead, in this order, where they are short; so many for each time that is missing."""

    def __attrs_post_init__(self) -> None:
        if len({one.sku_id for one in self.goods}) < len(self.goods):
            raise ValueError("every gift is named once")
        if bool(self.substitutes) is not (self.shortage is GiftShortage.SUBSTITUTE):
            raise ValueError("substitutes are there where they are given")


Effect: TypeAlias = ThresholdDiscount | NthPiece | BuyGet | Bundle | Gift
