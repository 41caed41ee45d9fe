"""Reading a basket: which SKU, unit and quantity each line means, and which lines are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from domain.catalog import Listing, Unit, UnknownSku, UnknownUnit
from domain.quantity import NONE, Quantity
from domain.quoting._shapes import LARGEST_LINE, Basket, BasketLine, QuoteLine


def merged_lines(basket: Basket, listings: Iterable[Listing]) -> Iterable[QuoteLine]:
    """Find each line's SKU and unit, and make one line of those that name the same."""
    listings = tuple(listings)
    by_id = {listing.sku.id: listing for listing in listings}
    by_code = {listing.sku.code: listing for listing in listings}
    merged: dict[tuple[str, str], QuoteLine] = {}
    for at, asked, quantity, unit in _asked(basket):
        listing = (
            by_id.get(asked.sku_id)
            if asked.sku_id
            else by_code.get(asked.sku_code)
            if asked.sku_code
            else None
        )
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
        if key in merged:
            together = merged[key].requested + quantity
            merged[key] = attrs.evolve(merged[key], requested=together, quantity=None)
        else:
            merged[key] = QuoteLine(line=at, listing=listing, pack=pack, requested=quantity, quantity=read)
    return merged.values()


def _asked(basket: Basket) -> Iterator[tuple[int, BasketLine, Decimal, str | None]]:
    """Every quantity in one unit, with the line it is of and where that stands."""
    for at, line in enumerate(basket.lines):
        yield at, line, line.quantity, line.unit
        for more in line.plus:
            yield at, line, more.quantity, more.unit


def understood(line: QuoteLine) -> QuoteLine:
    """Read the quantity as one of the unit and of the base unit, where it is one."""
    if line.listing is None or line.pack is None:
        return line
    quantity = line.quantity or _read(line.requested, unit=line.pack.unit)
    base = line.pack.factor.times(quantity) if quantity else None
    if base is None or base.thousandths > LARGEST_LINE:
        return attrs.evolve(line, quantity=None)
    # Made anew rather than evolved, because that costs a multiple, and there are as many as lines.
    return QuoteLine(
        line=line.line,
        listing=line.listing,
        pack=line.pack,
        quantity=quantity,
        base_quantity=base,
        requested=line.requested,
    )


def _read(number: Decimal, *, unit: Unit) -> Quantity | None:
    try:
        quantity = Quantity.of(number)
    except ValueError:
        return None
    return quantity if quantity > NONE and quantity.thousandths % unit.smallest == 0 else None
