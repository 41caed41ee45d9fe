"""Price lists, what they say, and batches, as the merchant's staff see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

import attrs

from application.views.catalog import SkuCard, SkuHead, SkuWant
from application.views.pages import Slice, Window
from domain.floors import PriceFlag
from domain.identity import PriceListId, SkuCode, SpecialPriceId
from domain.price_batches import PriceBatch
from domain.pricing import PriceList, Rung
from domain.quantity import Quantity
from domain.special_prices import SpecialPrice


class PriceListItem(NamedTuple):
    """One ladder of a SKU in a list, whenever it holds."""

    sku: SkuHead | SkuCard
    unit: str | None
    """The code of the unit that each price is for; None is the base unit."""
    rungs: tuple[Rung, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    priority: int


@attrs.frozen(kw_only=True, cache_hash=True)
class PriceItemWant:
    """What is asked for of an item beside its prices and what its SKU is called."""

    sku: SkuWant | None = None


class SpecialState(Enum):
    """Where the time of a special price stands, whatever days and hours it has."""

    UPCOMING = "UPCOMING"
    CURRENT = "CURRENT"
    ENDED = "ENDED"


@attrs.frozen(kw_only=True)
class SpecialFilter:
    """Which special prices: all of what is given must hold."""

    state: SpecialState | None = None
    sku_code: SkuCode | None = None


EVERY_SPECIAL = SpecialFilter()


class SpecialPriceCard(NamedTuple):
    """A special price, its SKU, and how much was bought at it: nothing is counted where there is no limit."""

    special: SpecialPrice
    sku: SkuHead | SkuCard
    taken: Quantity
    """Of the base unit."""
    flags: tuple[PriceFlag, ...] = ()
    """What to look at, told to whoever has just set it."""


class PriceBook(Protocol):
    """Queries over prices, opened for one actor at one moment; nobody sees anything who may not manage prices."""

    async def lists(self, *, window: Window, text: str | None, count: bool) -> Slice[PriceList]:
        """A page of the lists whose name has this text, by the key (name, id)."""
        ...

    async def items(
        self,
        *,
        list_id: PriceListId | None,
        window: Window,
        sku_code: SkuCode | None,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[PriceListItem]:
        """A page of what a list says, or that of the base price, of one SKU or of all.

        By the key (SKU code, how the ladder is told from its siblings).
        """
        ...

    async def batches(self, *, window: Window, count: bool) -> Slice[PriceBatch]:
        """A page of the batches, the newest first, by id."""
        ...

    async def specials(
        self,
        *,
        window: Window,
        filter: SpecialFilter = EVERY_SPECIAL,
        count: bool,
        want: PriceItemWant = PriceItemWant(),
    ) -> Slice[SpecialPriceCard]:
        """A page of the special prices, the newest first, by id."""
        ...

    async def specials_by_id(
        self, ids: Collection[SpecialPriceId], *, want: PriceItemWant = PriceItemWant()
    ) -> Mapping[SpecialPriceId, SpecialPriceCard]:
        """Those of these ids; what does not exist is left out."""
        ...
