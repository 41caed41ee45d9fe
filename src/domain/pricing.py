"""Prices: ladders of quantity breaks, tiers, price lists, and which of them a customer gets.

The order is that of the trade's price resolvers: lists first, then breaks. The customer's own contract comes before
price lists by priority, these before the tier's price, and that before the base price. Within the list that is chosen
the deepest break that the quantity reaches counts; a list whose lowest break is not reached is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Self, TypeVar

import attrs

from domain.errors import DomainError
from domain.events import Event
from domain.identity import CustomerId, PriceListId, PriceTierId, SkuId
from domain.money import LARGEST_PRICE, Currency, Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.quantity import Quantity, decimal_text

MOST_RUNGS = 20


class PriceSource(Enum):
    """Where a price comes from."""

    CONTRACT = "CONTRACT"
    PRICE_LIST = "PRICE_LIST"
    TIER = "TIER"
    BASE = "BASE"
    SPECIAL = "SPECIAL"


_PRECEDENCE = {PriceSource.CONTRACT: 0, PriceSource.PRICE_LIST: 1, PriceSource.TIER: 2, PriceSource.BASE: 3}


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
            QuantityBreak(rung.min_quantity, rung.price)
            for rung in self.rungs
            if isinstance(rung.price, UnitPrice)
        ]
        if len(prices) == len(self.rungs):
            return tuple(prices)
        starts = {rung.min_quantity for rung in (*self.rungs, *base.rungs)}
        breaks: list[QuantityBreak] = []
        for start in sorted(starts):
            own = reached(self.rungs, start)
            price = own.price if own else None
            if isinstance(price, Percentage):
                below = reached(base.rungs, start)
                listed = below.price if below else None
                price = price.of_price(listed, scale=scale) if isinstance(listed, UnitPrice) else None
            if price is not None and (not breaks or breaks[-1].unit_price != price):
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

    BASE is for everyone, TIER for one tier, CONTRACT for one customer, PRICE_LIST for one tier or for everyone.
    """

    id: PriceListId
    source: PriceSource = attrs.field(validator=attrs.validators.in_(tuple(_PRECEDENCE)))
    name: str = ""
    priority: int = 0
    tier: PriceTier | None = None
    customer_id: CustomerId | None = None
    validity: Period = ALWAYS

    def __attrs_post_init__(self) -> None:
        audience = (self.tier is not None, self.customer_id is not None)
        allowed = {
            PriceSource.BASE: ((False, False),),
            PriceSource.TIER: ((True, False),),
            PriceSource.CONTRACT: ((False, True),),
            PriceSource.PRICE_LIST: ((False, False), (True, False)),
        }
        if audience not in allowed[self.source]:
            raise ValueError(f"a {self.source.value} list is not for this audience")

    @property
    def rank(self) -> tuple[int, int, str]:
        """The order in which lists are asked: by source, then the higher priority, then the older list."""
        return (_PRECEDENCE[self.source], -self.priority, self.id)


_B = TypeVar("_B", QuantityBreak, Rung)


def reached(breaks: tuple[_B, ...], quantity: Quantity) -> _B | None:
    """The deepest break that the quantity reaches."""
    deepest = None
    for one in breaks:
        if one.min_quantity > quantity:
            break
        deepest = one
    return deepest


@attrs.frozen
class PriceChange:
    """New rungs for one SKU in one list; none takes the SKU out of the list."""

    list_id: PriceListId
    sku_id: SkuId
    ladder: Ladder


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
