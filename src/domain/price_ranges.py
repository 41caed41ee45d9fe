"""Ranges of prices: by which goods are kept, and counted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import attrs

from domain.money import UnitPrice

MOST_EDGES = 20
"""So many prices part ranges at most."""
_PARTS = 5
_DIGITS = 2


@attrs.frozen
class PriceRange:
    """Prices from `start` up to, but not including, `end`; what is missing bounds nothing."""

    start: UnitPrice | None = None
    end: UnitPrice | None = None

    def __attrs_post_init__(self) -> None:
        if self.start is None or self.end is None:
            return
        if self.start.currency is not self.end.currency:
            raise ValueError("different currencies do not meet")
        if self.end.ten_thousandths <= self.start.ten_thousandths:
            raise ValueError("a range ends above where it starts")

    def __contains__(self, price: UnitPrice) -> bool:
        above = self.start is None or self.start.ten_thousandths <= price.ten_thousandths
        return above and (self.end is None or price.ten_thousandths < self.end.ten_thousandths)


def parted(edges: Iterable[UnitPrice]) -> tuple[PriceRange, ...]:
    """The ranges between these prices, below the lowest and from the highest on: every price is in one of them."""
    by_price = {edge.ten_thousandths: edge for edge in edges}
    in_order = [by_price[key] for key in sorted(by_price)]
    return tuple(PriceRange(start, end) for start, end in pairwise([None, *in_order, None]))


def usual_edges(prices: Iterable[UnitPrice]) -> tuple[UnitPrice, ...]:
    """The prices that part these into five ranges with about as many in each, rounded down to two digits.

    Where many cost the same, or almost, they are fewer; below the lowest price there is no range.
    """
    in_order = sorted(prices, key=lambda price: price.ten_thousandths)
    found: list[UnitPrice] = []
    for part in range(1, _PARTS) if in_order else ():
        edge = _round(in_order[len(in_order) * part // _PARTS])
        below = found[-1] if found else in_order[0]
        if edge.ten_thousandths > below.ten_thousandths:
            found.append(edge)
    return tuple(found)


def _round(price: UnitPrice) -> UnitPrice:
    step: int = 10 ** max(0, len(str(price.ten_thousandths)) - _DIGITS)
    return UnitPrice(price.ten_thousandths // step * step, price.currency)
