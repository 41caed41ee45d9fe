"""Quantities: integers of thousandths, and exact factors between units."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Self

import attrs

_DECIMALS = 3
_SCALE = 10**_DECIMALS
_EXACTLY = Context(prec=28, traps=[InvalidOperation, Inexact])
_ONE = Decimal(1)
LARGEST = 10**12
"""No quantity is larger than a thousand million units, so that sums of many fit 64 bits."""
LARGEST_FACTOR = 10**6


def scaled(number: Decimal | int | str, *, decimals: int) -> int:
    """Count a decimal number in units of its last decimal place: 2.5 with three decimals is 2500.

    :raises ValueError: if it is not a number, has more decimals, or more digits than anything counted here.
    """
    try:
        return int(_EXACTLY.quantize(Decimal(number).scaleb(decimals, context=_EXACTLY), _ONE))
    except (ArithmeticError, ValueError, TypeError):
        raise ValueError(f"not a number of at most {decimals} decimals") from None


def whole(lowest: int, highest: int) -> Callable[[object, attrs.Attribute[int], int], None]:
    """Let a field be a whole number of this range; one function, because values are made by the hundred."""

    def check(_: object, field: attrs.Attribute[int], number: int) -> None:
        if not isinstance(number, int):
            raise TypeError(f"{field.name} is a whole number, not {number!r}")
        if not lowest <= number <= highest:
            raise ValueError(f"{field.name} is from {lowest} to {highest}, not {number}")

    return check


@attrs.frozen
class Quantity:
    """How many of a unit, in thousandths of it: 2.5 is 2500. Changes of stock may be negative."""

    thousandths: int = attrs.field(validator=whole(-LARGEST, LARGEST))

    @classmethod
    def of(cls, number: Decimal | int | str) -> Self:
        """Take a decimal number of units.

        :raises ValueError: if it is not a number, has more than three decimals, or is beyond the limit.
        """
        return cls(scaled(number, decimals=_DECIMALS))

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.thousandths + other.thousandths)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.thousandths - other.thousandths)

    def __neg__(self) -> Quantity:
        return Quantity(-self.thousandths)

    # Written out, because those that attrs generates build two tuples, and prices are found by comparing.

    def __lt__(self, other: Quantity) -> bool:
        return self.thousandths < other.thousandths

    def __le__(self, other: Quantity) -> bool:
        return self.thousandths <= other.thousandths

    def __gt__(self, other: Quantity) -> bool:
        return self.thousandths > other.thousandths

    def __ge__(self, other: Quantity) -> bool:
        return self.thousandths >= other.thousandths

    def __bool__(self) -> bool:
        return self.thousandths != 0

    def __str__(self) -> str:
        return decimal_text(self.thousandths)


NONE = Quantity(0)


@attrs.frozen
class Factor:
    """How many of the base unit one of another unit is, as an exact ratio: 箱 = 24 is 24/1, 斤 in kg is 1/2."""

    numerator: int = attrs.field(validator=whole(1, LARGEST_FACTOR))
    denominator: int = attrs.field(default=1, validator=whole(1, LARGEST_FACTOR))

    def times(self, quantity: Quantity) -> Quantity | None:
        """Convert into the base unit; None where thousandths cannot express it exactly."""
        if self.numerator == self.denominator:
            return quantity
        whole, rest = divmod(quantity.thousandths * self.numerator, self.denominator)
        return None if rest or abs(whole) > LARGEST else Quantity(whole)


ONE = Factor(1)
"""The base unit itself."""


@lru_cache(maxsize=4_096)
def decimal_text(thousandths: int) -> str:
    """Write thousandths as a plain decimal number without trailing zeros."""
    whole, rest = divmod(abs(thousandths), _SCALE)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:03d}".rstrip("0")
