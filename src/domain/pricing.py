"""Prices: ladders of quantity breaks, tiers, price lists, and which of them a customer gets.

The order is that of the trade's price resolvers: lists first, then breaks. The customer's own contract comes first,
then its own price lists, then those of the companies above it, the nearest first; then lists for its groups, its tier
or everyone, by priority; then the tier's price, lists for its regions, and the base price. Within the list that is
chosen the deepest break that the quantity reaches counts; a list whose lowest break is not reached is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, IntEnum
from functools import lru_cache
from typing import Self, TypeAlias, TypeVar

import attrs

from domain.errors import DomainError
from domain.events import Event
from domain.identity import CustomerGroupId, CustomerId, PriceListId, PriceTierId, SkuId
from domain.money import LARGEST_PRICE, Currency, Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.quantity import Factor, Quantity, decimal_text

MOST_RUNGS = 20


class PriceSource(Enum):
    """Where a price comes from."""

    CONTRACT = "CONTRACT"
    PRICE_LIST = "PRICE_LIST"
    TIER = "TIER"
    BASE = "BASE"
    SPECIAL = "SPECIAL"


class PriceOutcome(Enum):
    """What came of a list, or of a special price, when a price was looked for."""

    APPLIED = "APPLIED"
    BELOW_LOWEST_BREAK = "BELOW_LOWEST_BREAK"
    NOT_LOWER = "NOT_LOWER"
    CONTRACT_STAYS = "CONTRACT_STAYS"
    NOT_ENOUGH_LEFT = "NOT_ENOUGH_LEFT"


class _Level(IntEnum):
    """How binding a list is, the most binding first."""

    CONTRACT = 0
    COMPANY = 1
    GROUP = 2
    TIER = 3
    REGION = 4
    BASE = 5


@attrs.frozen
class QuantityBreak:
    """From this quantity of the base unit on, one of it costs this much (阶梯价)."""

    min_quantity: Quantity
    unit_price: UnitPrice


def _can_be_set(_: object, __: object, price: UnitPrice | Percentage) -> None:
    if isinstance(price, UnitPrice) and price.ten_thousandths > LARGEST_PRICE:
        raise ValueError("the price is too large")


@attrs.frozen(cache_hash=True)
class Rung:
    """A break as the merchant sets it: a price, or a share of the base price at the same quantity."""

    min_quantity: Quantity
    price: UnitPrice | Percentage = attrs.field(validator=_can_be_set)


def _written(price: UnitPrice | Percentage) -> str:
    return price.amount if isinstance(price, UnitPrice) else f"{decimal_text(price.hundredths * 10)}%"


def _ascending(_: object, __: attrs.Attribute[tuple[Rung, ...]], rungs: tuple[Rung, ...]) -> None:
    if len(rungs) > MOST_RUNGS:
        raise ValueError(f"a ladder has at most {MOST_RUNGS} rungs")
    below = 0
    for rung in rungs:
        if rung.min_quantity.thousandths <= below:
            raise ValueError("breaks start above zero and ascend")
        below = rung.min_quantity.thousandths


@attrs.frozen(cache_hash=True)
class Ladder:
    """The rungs of one SKU in one list, by ascending minimum quantity; empty where the list has no price for it."""

    rungs: tuple[Rung, ...] = attrs.field(validator=_ascending)

    @classmethod
    def of(cls, rungs: Iterable[Rung]) -> Self:
        """Sort the rungs.

        :raises ValueError: if two start at the same quantity, or there are too many.
        """
        return cls(tuple(sorted(rungs, key=lambda rung: rung.min_quantity)))

    def __str__(self) -> str:
        """Write it on one line: `1: 3.50; 24: 3.30; 240: 90%`."""
        return "; ".join(f"{rung.min_quantity}: {_written(rung.price)}" for rung in self.rungs)

    def over(self, base: Ladder, *, scale: int) -> tuple[QuantityBreak, ...]:
        """Turn shares into prices: a share holds for every rung of the base ladder from its own quantity on.

        A share of a base that has no price at its quantity yields nothing there. The same ladders are asked again
        and again, so what came of them is kept.
        """
        return _over(self, base, scale)

    def _over(self, base: Ladder, scale: int) -> tuple[QuantityBreak, ...]:
        prices = [
            QuantityBreak(one.min_quantity, one.price)
            for one in base.rungs
            if isinstance(one.price, UnitPrice)
        ]
        return self.above(prices, scale=scale)

    def above(
        self, base: Sequence[QuantityBreak], *, scale: int, factor: Factor = Factor(1)
    ) -> tuple[QuantityBreak, ...]:
        """Turn shares into prices, where the base is known by its breaks; own prices are those of `factor` units."""
        breaks: list[QuantityBreak] = []
        shared = any(isinstance(rung.price, Percentage) for rung in self.rungs)
        starts = {rung.min_quantity for rung in self.rungs}
        if shared:
            starts |= {one.min_quantity for one in base}
        for start in sorted(starts):
            own = reached(self.rungs, start)
            price = own.price if own else None
            if isinstance(price, Percentage):
                below = reached(base, start)
                price = price.of_price(below.unit_price, scale=scale) if below else None
            elif price is not None:
                price = price.per(factor, scale=scale)
            if price is not None and (not shared or not breaks or breaks[-1].unit_price != price):
                breaks.append(QuantityBreak(start, price))
        return tuple(breaks)


_over = lru_cache(maxsize=8_192)(Ladder._over)
EMPTY = Ladder(())


@attrs.frozen(kw_only=True)
class PriceTier:
    """A level of customers (客户等级): a share of the base price, or rows of its own in the tier's list, or both."""

    id: PriceTierId
    code: str = attrs.field(validator=attrs.validators.min_len(1))
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    percentage: Percentage | None = None


@attrs.frozen(kw_only=True, cache_hash=True)
class PriceList:
    """A list of prices, for whom it is, and when it holds.

    BASE is for everyone, TIER for one tier, CONTRACT for one customer alone. A PRICE_LIST is for everyone or for one of
    these: a company and those below it, a group or a region of companies, a tier.
    """

    id: PriceListId
    source: PriceSource = attrs.field(
        validator=attrs.validators.not_(attrs.validators.in_((PriceSource.SPECIAL,)))
    )
    name: str = ""
    priority: int = 0
    tier: PriceTier | None = None
    customer_id: CustomerId | None = None
    group_id: CustomerGroupId | None = None
    region_id: CustomerGroupId | None = None
    validity: Period = ALWAYS
    distance: int = 0
    """How far above whoever asks the company is whose list it is; zero where it is their own, or nobody's."""

    def __attrs_post_init__(self) -> None:
        audience = (self.tier, self.customer_id, self.group_id, self.region_id)
        named = [at for at, one in enumerate(audience) if one is not None]
        allowed = {
            PriceSource.BASE: ([],),
            PriceSource.TIER: ([0],),
            PriceSource.CONTRACT: ([1],),
            PriceSource.PRICE_LIST: ([], [0], [1], [2], [3]),
        }
        if named not in allowed[self.source]:
            raise ValueError(f"a {self.source.value} list is not for this audience")

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """The order in which lists are asked: how binding they are, then the higher priority, then the older list."""
        return (self._level, self.distance, -self.priority, self.id)

    @property
    def _level(self) -> _Level:
        if self.source is not PriceSource.PRICE_LIST:
            return _Level[self.source.value]
        if self.customer_id is not None:
            return _Level.COMPANY
        return _Level.GROUP if self.region_id is None else _Level.REGION


_B = TypeVar("_B", QuantityBreak, Rung)


def reached(breaks: Sequence[_B], quantity: Quantity) -> _B | None:
    """The deepest break that the quantity reaches."""
    deepest, thousandths = None, quantity.thousandths
    for one in breaks:
        if one.min_quantity.thousandths > thousandths:
            break
        deepest = one
    return deepest


@attrs.frozen
class PriceChange:
    """New rungs for one SKU in one list; none takes the SKU out of the list.

    Without a validity they hold from now on, in place of whatever holds without an end; with one, in place of what
    begins at the same moment.
    """

    list_id: PriceListId
    sku_id: SkuId
    ladder: Ladder
    unit: str | None = None
    """The code of the unit that each price is for; None is the base unit."""
    validity: Period = ALWAYS
    priority: int = 0

    @property
    def key(self) -> PriceKey:
        """What of a list it is about."""
        return (self.list_id, self.sku_id, self.unit)


PriceKey: TypeAlias = tuple[PriceListId, SkuId, str | None]
"""A SKU in a list, in a unit by its code; None is the base unit."""


@attrs.frozen(kw_only=True)
class PricesSet(Event):
    """Prices of a list were changed."""

    list_id: PriceListId
    sku_ids: tuple[SkuId, ...]


@attrs.frozen
class PriceUnavailable(DomainError):
    """Nobody has said what this SKU costs this customer at this quantity."""

    sku_id: SkuId
    line: int = 0


@attrs.frozen
class UnknownPriceList(DomainError):
    """There is no such tier or price list."""

    reference: str
    line: int = 0


@attrs.frozen
class InvalidPrice(DomainError):
    """A price that cannot be set: negative, too large, too fine, no share here, or breaks that do not ascend."""

    reason: str
    line: int = 0


def check_ladder(
    ladder: Ladder, *, source: PriceSource, scale: int, line: int = 0, currency: Currency
) -> InvalidPrice | None:
    """Find what keeps a ladder from being set in a list of this source."""
    for rung in ladder.rungs:
        if isinstance(rung.price, Percentage):
            if source is PriceSource.BASE:
                return InvalidPrice("SHARE_OF_NOTHING", line)
        elif rung.price.currency is not currency:
            return InvalidPrice("CURRENCY", line)
        elif not rung.price.fits(scale):
            return InvalidPrice("TOO_FINE", line)
    return None
