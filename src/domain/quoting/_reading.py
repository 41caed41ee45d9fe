"""Reading a basket: which SKU, unit and quantity each line means, and which lines are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from domain.catalog import Listing, Pack, Unit, UnknownSku, UnknownUnit
from domain.quantity import NONE, Quantity
from domain.quoting._shapes import LARGEST_LINE, Basket, BasketLine, QuoteLine


def read_lines(basket: Basket, listings: Iterable[Listing]) -> list[QuoteLine]:
    """Find each line's SKU and unit, make one line of those that name the same, and read how much is asked for."""
    listings = tuple(listings)
    by_id = {listing.sku.id: listing for listing in listings}
    by_code = {listing.sku.code: listing for listing in listings}
    merged: dict[tuple[str, str], _Merged | QuoteLine] = {}
    for at, asked, quantity, unit in _asked(basket):
        listing = by_id.get(asked.sku_id) if asked.sku_id else None
        if listing is None and not asked.sku_id and asked.sku_code:
            listing = by_code.get(asked.sku_code)
        if listing is None:
            reference = asked.reference or asked.sku_id or asked.sku_code or ""
            merged["", str(len(merged))] = QuoteLine(
                line=at, requested=quantity, problems=(UnknownSku(reference, at),)
            )
            continue
        sku = listing.sku
        pack = sku.sold_in(unit)
        if pack is None:
            problem = UnknownUnit(sku.id, unit or "", sku.units, at)
            merged["", str(len(merged))] = QuoteLine(
                line=at, listing=listing, requested=quantity, problems=(problem,)
            )
            continue
        # A quantity that cannot be read stands alone, so that no other line makes it good.
        read = _read(quantity, unit=pack.unit)
        key = (sku.id, pack.unit.code) if read else ("", str(len(merged)))
        before = merged.get(key)
        if isinstance(before, _Merged):
            before.requested += quantity
            before.quantity = None
        else:
            merged[key] = _Merged(at, listing, pack, quantity, read)
    return [one.read() if isinstance(one, _Merged) else one for one in merged.values()]


@attrs.define
class _Merged:
    """What lines of one SKU and unit ask for."""

    line: int
    listing: Listing
    pack: Pack
    requested: Decimal
    quantity: Quantity | None
    """What was read, where it is of one line alone."""

    def read(self) -> QuoteLine:
        """Read the quantity as one of the unit and of the base unit, where it is one."""
        quantity = self.quantity or _read(self.requested, unit=self.pack.unit)
        base = self.pack.factor.times(quantity) if quantity else None
        if base is not None and base.thousandths > LARGEST_LINE:
            base = None
        return QuoteLine(
            line=self.line,
            listing=self.listing,
            pack=self.pack,
            quantity=None if base is None else quantity,
            base_quantity=base,
            requested=self.requested,
        )


def _asked(basket: Basket) -> Iterator[tuple[int, BasketLine, Decimal, str | None]]:
    """Every quantity in one unit, with the line it is of and where that stands."""
    for at, line in enumerate(basket.lines):
        yield at, line, line.quantity, line.unit
        for more in line.plus:
            yield at, line, more.quantity, more.unit


def _read(number: Decimal, *, unit: Unit) -> Quantity | None:
    try:
        quantity = Quantity.of(number)
    except ValueError:
        return None
    return quantity if quantity > NONE and quantity.thousandths % unit.smallest == 0 else None
