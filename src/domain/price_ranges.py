"""Ranges of prices: by which goods are kept, and counted."""

from __future__ import annotations

import attrs

from domain.money import UnitPrice


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
