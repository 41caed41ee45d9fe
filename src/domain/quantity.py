"""Quantities: integers of thousandths, and exact factors between units."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Self

import attrs

_DECIMALS = 3
_SCALE = 10**_DECIMALS
_EXACTLY = Context(prec=28, traps=[InvalidOperation, Inexact])
LARGEST = 10**12
"""No quantity is larger than a thousand million units, so that sums of many fit 64 bits."""
LARGEST_FACTOR = 10**6


def scaled(number: Decimal | int | str, *, decimals: int) -> int:
    """Count a decimal number in units of its last decimal place: 2.5 with three decimals is 2500.

    :raises ValueError: if it is not a number, has more decimals, or more digits than anything counted here.
    """
    try:
        exact = _EXACTLY.quantize(Decimal(number), Decimal(1).scaleb(-decimals))
        return int(exact.scaleb(decimals, context=_EXACTLY))
    except (ArithmeticError, ValueError, TypeError):
        raise ValueError(f"not a number of at most {decimals} decimals") from None


@attrs.frozen
class Quantity:
    """How many of a unit, in thousandths of it: 2.5 is 2500. Changes of stock may be negative."""

    thousandths: int = attrs.field(
        validator=attrs.validators.and_(
            attrs.validators.instance_of(int), attrs.validators.ge(-LARGEST), attrs.validators.le(LARGEST)
        )
    )

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

    numerator: int = attrs.field(
        validator=attrs.validators.and_(
            attrs.validators.instance_of(int), attrs.validators.gt(0), attrs.validators.le(LARGEST_FACTOR)
        )
    )
    denominator: int = attrs.field(
        default=1,
        validator=attrs.validators.and_(
            attrs.validators.instance_of(int), attrs.validators.gt(0), attrs.validators.le(LARGEST_FACTOR)
        ),
    )

    def times(self, quantity: Quantity) -> Quantity | None:
        """Convert into the base unit; None where thousandths cannot express it exactly."""
        whole, rest = divmod(quantity.thousandths * self.numerator, self.denominator)
        return None if rest or abs(whole) > LARGEST else Quantity(whole)


def decimal_text(thousandths: int) -> str:
    """Write thousandths as a plain decimal number without trailing zeros."""
    whole, rest = divmod(abs(thousandths), _SCALE)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:03d}".rstrip("0")
