"""Floors (最低限价): the least that a SKU is sold for, set directly or worked out of its cost and a margin.

Nobody but staff learns of a floor, a cost or a margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Self

import attrs

from domain.errors import DomainError
from domain.identity import CategoryId, SkuId
from domain.merchant import MarginGuard
from domain.money import Percentage, UnitPrice
from domain.pricing import QuantityBreak, reached
from domain.quantity import Factor

LARGEST_MARGIN = Percentage(90_000)
"""So that ten times the cost is the most that a floor is worked out as."""
_DECIMALS = 4


def margin_of(number: Decimal) -> Percentage:
    """Take a decimal number of percent as a margin.

    :raises ValueError: if it is not a number from 0 to 900 with at most two decimals.
    """
    margin = Percentage.of(number)
    _possible(None, None, margin)
    return margin


def _possible(_: object, __: object, margin: Percentage | None) -> None:
    if margin is not None and margin > LARGEST_MARGIN:
        raise ValueError("a margin is at most 900 %")


@attrs.frozen(kw_only=True)
class SkuFloor:
    """What is set for a SKU, of one of the base unit: a floor, or what it costs the merchant and the margin on that."""

    floor: UnitPrice | None = None
    """Counts before the cost."""
    cost: UnitPrice | None = None
    margin: Percentage | None = attrs.field(default=None, validator=_possible)
    """By how much more than its cost it is sold at least; where nothing is set that of its category counts."""

    def __attrs_post_init__(self) -> None:
        if self.floor is None and self.cost is None:
            raise ValueError("a floor is set, or a cost")
        if self.margin is not None and self.cost is None:
            raise ValueError("a margin is on a cost")

    @classmethod
    def perhaps(
        cls, *, floor: UnitPrice | None, cost: UnitPrice | None, margin: Percentage | None
    ) -> Self | None:
        """What is set; None where nothing is."""
        if floor is None and cost is None and margin is None:
            return None
        return cls(floor=floor, cost=cost, margin=margin)

    def lowest(self, usual: Percentage | None) -> UnitPrice:
        """The least that one is sold for, where `usual` is the margin of its category.

        What is worked out of a cost is rounded half up to four decimals. Without any margin it is the cost.
        """
        if self.floor is not None:
            return self.floor
        assert self.cost is not None, "one of them is set"
        margin = self.margin or usual or Percentage(0)
        return Percentage(10_000 + margin.hundredths).of_price(self.cost, scale=_DECIMALS)


def usual_margin(line: Iterable[CategoryId], margins: Mapping[CategoryId, Percentage]) -> Percentage | None:
    """The margin of the nearest category that has one; `line` goes from the uppermost to the SKU's own."""
    return next((margins[one] for one in reversed([*line]) if one in margins), None)


class PriceFlag(Enum):
    """What staff should look at before a price holds."""

    BELOW_FLOOR = "BELOW_FLOOR"
    ABOVE_BASE = "ABOVE_BASE"


def below_floor(breaks: Iterable[QuantityBreak], floor: UnitPrice, factor: Factor) -> bool:
    """Tell whether one of these prices, of a unit of so many of the base unit, is lower than the floor of the base."""
    least = floor.ten_thousandths * factor.numerator
    return any(one.unit_price.ten_thousandths * factor.denominator < least for one in breaks)


def above_base(breaks: Sequence[QuantityBreak], base: Sequence[QuantityBreak]) -> bool:
    """Tell whether at some quantity these prices are higher than the base price of the same unit.

    Below the lowest break of a ladder another list says the price, so nothing is compared there.
    """
    for start in sorted({one.min_quantity for one in (*breaks, *base)}):
        own, other = reached(breaks, start), reached(base, start)
        if own and other and own.unit_price.ten_thousandths > other.unit_price.ten_thousandths:
            return True
    return False


@attrs.frozen
class InvalidFloor(DomainError):
    """A floor that cannot be set: FLOOR, COST or MARGIN is none, or the SKU or category was named TWICE."""

    reason: str
    line: int = 0


@attrs.frozen
class BelowFloor(DomainError):
    """The line costs less than the merchant sells it for; by how much is nobody else's business."""

    sku_id: SkuId
    line: int | None = 0
    """None where nobody named lines: staff take something off the whole."""


@attrs.frozen
class BelowFloorNeedsApproval(DomainError):
    """The line costs less than the merchant sells it for without having approved that."""

    sku_id: SkuId
    line: int | None = 0


def refused_below(policy: MarginGuard, sku_id: SkuId, line: int | None) -> DomainError:
    """Say that a line cannot be ordered so under this policy; None where nobody named lines."""
    kind = BelowFloorNeedsApproval if policy is MarginGuard.APPROVAL else BelowFloor
    return kind(sku_id, line)
