"""Money: integers of the minor unit beside a currency; all rounding and splitting is here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from operator import index
from typing import Self

import attrs

from domain.quantity import Factor, Quantity, scaled, whole

_PRICE_DECIMALS = 4
_PRICE_SCALE = 10**_PRICE_DECIMALS
_QUANTITY_SCALE = 1000
MOST_TEXTS = 8_192
"""Amounts whose text is remembered: a page shows hundreds, and many of them again and again."""
LARGEST_PRICE = 10**11
"""No price that is set is more than ten million, so that the amounts of the largest basket fit 64 bits."""
LARGEST_CALCULATED = 10**18
"""What ten times the largest price comes to for a unit of a million base units."""


class Currency(Enum):
    """The currency, by its ISO 4217 code."""

    CNY = "CNY"
    HKD = "HKD"
    USD = "USD"
    EUR = "EUR"
    JPY = "JPY"

    # That of Enum is written in Python, and whatever is remembered by its currency asks for it.
    __hash__ = object.__hash__

    @property
    def exponent(self) -> int:
        """How many decimals the minor unit has (ISO 4217)."""
        return 0 if self is Currency.JPY else 2


_PER_MINOR = {one: _PRICE_SCALE * _QUANTITY_SCALE // 10**one.exponent for one in Currency}
"""How many ten-thousandths times thousandths make a minor unit."""


class Rounding(Enum):
    """What is left off to make an amount round (抹零): nothing, less than a jiao (抹分), or less than a yuan (抹角)."""

    NONE = "NONE"
    FEN = "FEN"
    JIAO = "JIAO"


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero, the one rounding rule of the house (四舍五入)."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Split a number of minor units as `Money.allocate` says; for whoever splits very often.

    :raises ValueError: if a weight is negative or all are zero while there is something to split.
    """
    base = sum(weights)
    if (weights and min(weights) < 0) or (base == 0 and minor):
        raise ValueError("weights are never negative and not all zero")
    if base == 0:
        return [0] * len(weights)
    sign = -1 if minor < 0 else 1
    amount = abs(minor)
    shares = [amount * weight for weight in weights]
    parts = [share // base for share in shares]
    left = amount - sum(parts)
    if left:
        # Whatever leaves more than the last to get one gets one, and of those that leave as much as it the larger
        # weights, of equal ones the earlier: sorting is stable, backwards too.
        rests = [share % base for share in shares]
        last = sorted(rests)[-left]
        parts = [part + (rest > last) for part, rest in zip(parts, rests, strict=True)]
        left = amount - sum(parts)
        like = [at for at, rest in enumerate(rests) if rest == last]
        for at in sorted(like, key=weights.__getitem__, reverse=True)[:left]:
            parts[at] += 1
    return parts if sign > 0 else [-part for part in parts]


@attrs.frozen
class Money:
    """An amount in minor units: 12.50 CNY is 1250."""

    minor: int = attrs.field(converter=index)  # a check that is not written in Python: baskets make hundreds
    currency: Currency

    def __add__(self, other: Money) -> Money:
        """:raises ValueError: if the currencies differ."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """:raises ValueError: if the currencies differ."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: Currency) -> Money:
        """Add up any number of amounts of one currency.

        :raises ValueError: if one is of another.
        """
        minor = 0
        for amount in amounts:
            if amount.currency is not currency:
                raise ValueError("different currencies do not meet")
            minor += amount.minor
        return cls(minor, currency)

    @property
    def amount(self) -> str:
        """The decimal text with the currency's exponent: "12.50"."""
        return _minor_text(self.minor, self.currency)

    def allocate(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Split by largest remainder: each part is floor(amount × weight / Σ weights), and what is left goes, one minor
        unit each, to the largest remainders; ties to the larger weight, then to the earlier part.

        Every part is between zero and its weight's share rounded away from zero; the parts sum to the amount.

        :raises ValueError: if a weight is negative or all are zero while there is something to split.
        """
        parts = split(self.minor, weights)
        return tuple(Money(part, self.currency) for part in parts)

    def discount_over(self, bases: Sequence[Money]) -> tuple[Money, ...]:
        """Allocate a discount to lines by what they cost: never more than all of them, a free line gets nothing.

        :raises ValueError: if the currencies differ, or a line costs less than nothing.
        """
        total = Money.total(bases, self.currency).minor
        return Money(min(self.minor, total), self.currency).allocate([base.minor for base in bases])

    def scaled(self, part: Money, whole: Money) -> Money:
        """Take this as large a share of itself as a part is of a whole, rounded half up (stage f of the pricing order).

        :raises ValueError: if the currencies differ, or the whole is nothing.
        """
        self._same(part)
        self._same(whole)
        if whole.minor <= 0:
            raise ValueError("there is no share of nothing")
        return Money(half_up(self.minor * part.minor, whole.minor), self.currency)

    def beyond(self, rounding: Rounding) -> Money:
        """What is left off to make the amount round, for amounts that are not negative.

        It is less than a tenth of the main unit, or than one of it; a currency without decimals is always round.
        """
        if rounding is Rounding.NONE:
            return Money(0, self.currency)
        decimals = self.currency.exponent
        step: int = 10 ** (max(0, decimals - 1) if rounding is Rounding.FEN else decimals)
        return Money(self.minor % step, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency is not other.currency:
            raise ValueError("different currencies do not meet")


@attrs.frozen
class UnitPrice:
    """The price of one unit in ten-thousandths of the currency's main unit: 0.0375 CNY is 375."""

    ten_thousandths: int = attrs.field(validator=whole(0, LARGEST_CALCULATED))
    currency: Currency

    @classmethod
    def of(cls, number: Decimal | int | str, currency: Currency) -> Self:
        """Take a decimal number of the main unit, as a price is set.

        :raises ValueError: if it is not a number, is negative, too large, or has more than four decimals.
        """
        price = cls(scaled(number, decimals=_PRICE_DECIMALS), currency)
        if price.ten_thousandths > LARGEST_PRICE:
            raise ValueError("the price is too large")
        return price

    @property
    def amount(self) -> str:
        """The decimal text: the currency's exponent at least, four decimals at most."""
        return _price_text(self.ten_thousandths, self.currency)

    def weighed(self, quantity: Quantity, *, nominal: Quantity, actual: Quantity) -> Money:
        """Price a quantity that was to weigh so much and weighs so much, rounding half up to the minor unit, once."""
        divisor = _PER_MINOR[self.currency] * nominal.thousandths
        return Money(
            half_up(self.ten_thousandths * quantity.thousandths * actual.thousandths, divisor), self.currency
        )

    def times(self, quantity: Quantity) -> Money:
        """Price a quantity, rounding half up to the minor unit, once (stage b of the pricing order)."""
        currency = self.currency
        return Money(half_up(self.ten_thousandths * quantity.thousandths, _PER_MINOR[currency]), currency)

    def per(self, factor: Factor, *, scale: int) -> UnitPrice:
        """Price a unit of `factor` base units: exact, or rounded half up to `scale` decimals where it cannot be."""
        whole, rest = divmod(self.ten_thousandths * factor.numerator, factor.denominator)
        if not rest:
            return UnitPrice(whole, self.currency)
        return UnitPrice(
            _to_scale(self.ten_thousandths * factor.numerator, factor.denominator, scale), self.currency
        )

    def fits(self, scale: int) -> bool:
        """Tell whether the price has no more than `scale` decimals."""
        step: int = 10 ** (_PRICE_DECIMALS - scale)
        return self.ten_thousandths % step == 0


@attrs.frozen(order=True)
class Percentage:
    """A share in hundredths of a percent: 95 % is 9500."""

    hundredths: int = attrs.field(validator=whole(0, 100_000))

    @classmethod
    def of(cls, number: Decimal | int | str) -> Self:
        """Take a decimal number of percent.

        :raises ValueError: if it is not a number from 0 to 1000 with at most two decimals.
        """
        return cls(scaled(number, decimals=2))

    def of_price(self, price: UnitPrice, *, scale: int) -> UnitPrice:
        """Take the share of a price, rounded half up to `scale` decimals (stage a of the pricing order)."""
        return UnitPrice(_to_scale(price.ten_thousandths * self.hundredths, 10_000, scale), price.currency)

    def __str__(self) -> str:
        return _text(self.hundredths, 2, 0)


def _to_scale(numerator: int, denominator: int, scale: int) -> int:
    step: int = 10 ** (_PRICE_DECIMALS - scale)
    return half_up(numerator, denominator * step) * step


@lru_cache(maxsize=MOST_TEXTS)
def _minor_text(minor: int, currency: Currency) -> str:
    return _text(minor, currency.exponent, currency.exponent)


@lru_cache(maxsize=MOST_TEXTS)
def _price_text(ten_thousandths: int, currency: Currency) -> str:
    return _text(ten_thousandths, _PRICE_DECIMALS, currency.exponent)


def _text(number: int, decimals: int, at_least: int) -> str:
    digits = f"{abs(number):0{decimals + 1}d}"
    cut = len(digits) - decimals
    rest = digits[cut:]
    shown = rest[:at_least] + rest[at_least:].rstrip("0")
    return f"{'-' if number < 0 else ''}{digits[:cut]}{'.' + shown if shown else ''}"
