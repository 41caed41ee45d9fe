"""Reading a basket: which SKU, unit and quantity each line means, and which lines are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

import attrs

from domain.catalog import Listing, Pack, UnknownSku, UnknownUnit
from domain.errors import DomainError
from domain.quantity import Quantity
from domain.quoting._shapes import LARGEST_LINE, Basket, BasketLine


@attrs.define
class ReadLine:
    """What the lines of one SKU and unit ask for together, or one that could not be understood."""

    line: int
    """Where the first of them stood in the basket."""
    requested: Decimal
    listing: Listing | None = None
    pack: Pack | None = None
    quantity: Quantity | None = None
    """How many of the unit, and of the base unit, where that can be read."""
    base_quantity: Quantity | None = None
    problem: DomainError | None = None
    """Why it could not be understood."""

    def add(self, quantity: Decimal) -> None:
        """Take in another line of the same SKU and unit."""
        self.requested += quantity
        self.quantity = None

    def read(self) -> None:
        """Read the quantity as one of the unit and of the base unit, where it is one."""
        if self.pack is None:
            return
        quantity = self.quantity or _read(self.requested, self.pack.unit.smallest)
        base = self.pack.factor.times(quantity) if quantity else None
        if base is None or base.thousandths > LARGEST_LINE:
            quantity = base = None
        self.quantity, self.base_quantity = quantity, base


def read_lines(basket: Basket, listings: Iterable[Listing]) -> list[ReadLine]:
    """Find each line's SKU and unit, make one line of those that name the same, and read how much is asked for."""
    listings = tuple(listings)
    by_id = {listing.sku.id: listing for listing in listings}
    by_code = {listing.sku.code: listing for listing in listings}
    merged: dict[tuple[str, str], ReadLine] = {}
    for at, asked, quantity, unit in _asked(basket):
        listing = by_id.get(asked.sku_id) if asked.sku_id else None
        if listing is None and not asked.sku_id and asked.sku_code:
            listing = by_code.get(asked.sku_code)
        if listing is None:
            reference = asked.reference or asked.sku_id or asked.sku_code or ""
            problem: DomainError = UnknownSku(reference, at)
            merged["", str(len(merged))] = ReadLine(at, quantity, problem=problem)
            continue
        sku = listing.sku
        pack = sku.sold_in(unit)
        if pack is None:
            problem = UnknownUnit(sku.id, unit or "", sku.units, at)
            merged["", str(len(merged))] = ReadLine(at, quantity, listing, problem=problem)
            continue
        # A quantity that cannot be read stands alone, so that no other line makes it good.
        read = _read(quantity, pack.unit.smallest)
        key = (sku.id, pack.unit.code) if read else ("", str(len(merged)))
        before = merged.get(key)
        if before is not None:
            before.add(quantity)
        else:
            merged[key] = ReadLine(at, quantity, listing, pack, read)
    lines = list(merged.values())
    for line in lines:
        line.read()
    return lines


def _asked(basket: Basket) -> Iterator[tuple[int, BasketLine, Decimal, str | None]]:
    """Every quantity in one unit, with the line it is of and where that stands."""
    for at, line in enumerate(basket.lines):
        yield at, line, line.quantity, line.unit
        for more in line.plus:
            yield at, line, more.quantity, more.unit


@lru_cache(maxsize=4_096)
def _quantity(number: Decimal) -> Quantity:
    """The quantity of a number: the same few are ordered again and again, and equal numbers are the same quantity."""
    return Quantity.of(number)


def _read(number: Decimal, smallest: int) -> Quantity | None:
    if not number.is_finite():
        return None
    try:
        quantity = _quantity(number)
    except ValueError:
        return None
    thousandths = quantity.thousandths
    return quantity if thousandths > 0 and thousandths % smallest == 0 else None
