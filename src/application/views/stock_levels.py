"""How much there is of a SKU, as far as whoever looks may know."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

import attrs

from application.authorization import (
    Actor,
    ActorKind,
    HiddenReason,
    stock_figure_hidden_from,
    stock_shown_to,
)
from domain.catalog import StockStatus
from domain.merchant import StockDisplay
from domain.quantity import NONE, Quantity


class StockBand(NamedTuple):
    """Between which round numbers a figure lies: at least the one, and below the other, if there is one."""

    at_least: Quantity
    below: Quantity | None

    @classmethod
    def of(cls, available: Quantity) -> StockBand:
        """Find the band of a figure."""
        return _BANDS[bisect_right(_EDGES, available.thousandths)]


_EDGES = [number * 1000 for number in (1, 10, 50, 100, 500, 1000)]
_BOUNDS = [NONE, *map(Quantity, _EDGES)]
_BANDS = [StockBand(low, high) for low, high in zip(_BOUNDS, [*_BOUNDS[1:], None], strict=True)]


class StockLevel(NamedTuple):
    """The stock of a SKU over all warehouses; the figure is hidden from some, beside a reason."""

    status: StockStatus
    available: Quantity | None = None
    available_hidden: HiddenReason | None = None
    available_band: StockBand | None = None
    """Where the merchant shows that in the place of the figure."""


@attrs.frozen
class StockSight:
    """What somebody is shown of the stock: settled once for all that they look at."""

    figure_hidden: HiddenReason | None
    banded: bool
    coarse: bool
    """Whether the status says no more than whether there is something."""
    low_stock: Quantity

    @classmethod
    def of(cls, actor: Actor) -> StockSight:
        """What the actor is shown."""
        shown = stock_shown_to(actor)
        return _sight(
            stock_figure_hidden_from(actor),
            shown is StockDisplay.BANDED and actor.kind is not ActorKind.GUEST and actor.approved,
            shown is StockDisplay.HIDDEN,
            actor.merchant.low_stock,
        )

    def level(self, available: Quantity, *, low_stock: Quantity | None) -> StockLevel:
        """What is shown of so much; `low_stock` is the SKU's own, where it says it."""
        low = NONE if self.coarse else self.low_stock if low_stock is None else low_stock
        status = StockStatus.of(available, low=low)
        if self.figure_hidden is None:
            return StockLevel(status, available)
        band = StockBand.of(available) if self.banded else None
        return StockLevel(status, None, self.figure_hidden, band)


_sight = lru_cache(maxsize=1024)(StockSight)
"""The same sight is the very same, so that what was made with it is met again."""
