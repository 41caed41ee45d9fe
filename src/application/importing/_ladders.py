"""The ladders of a row: what the cells say, put over what is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from application.importing._cells import Given
from application.importing._columns import PriceColumn
from domain.catalog import QuantityRule
from domain.money import Percentage, UnitPrice
from domain.pricing import Ladder, PriceList, QuantityBreak, Rung
from domain.quantity import Quantity

ONE = 1000
WHOLE = Percentage(10_000)


@attrs.frozen
class BreaksDisagree(Exception):
    """Two cells speak of the same quantity, or there are too many breaks."""

    column: PriceColumn


def start_of(rule: QuantityRule) -> int:
    """Where a ladder begins: at one unit, or at the minimum where less than one may be ordered."""
    return min(ONE, rule.minimum.thousandths)


def says_the_same(ladder: Ladder, given: Sequence[Given], *, start: int) -> bool:
    """Tell whether every cell repeats what the ladder has: most cells of most imports do."""
    there = {rung.min_quantity.thousandths: rung.price for rung in ladder.rungs}
    return all(
        there.get(column.min_quantity.thousandths if column.min_quantity else start) == price
        for column, price in given
    )


def laid_over(existing: Ladder, given: Sequence[Given], *, before: int, start: int) -> Ladder:
    """Put the cells of one list over its ladder; a blank cell keeps the rung it stands for.

    :raises BreaksDisagree: if the result is no ladder.
    """
    rungs = {rung.min_quantity.thousandths: rung for rung in existing.rungs}
    first = next((price for column, price in given if column.min_quantity is None), None)
    if first is None and before != start and before in rungs:
        first = rungs[before].price
    if first is not None:
        rungs = {at: rung for at, rung in rungs.items() if at > start and at != before}
        rungs[start] = Rung(Quantity(start), first)
    for column, price in given:
        if column.min_quantity is None:
            continue
        if first is not None and column.min_quantity.thousandths == start:
            raise BreaksDisagree(column)
        rungs[column.min_quantity.thousandths] = Rung(column.min_quantity, price)
    try:
        return Ladder.of(rungs.values())
    except ValueError:
        raise BreaksDisagree(given[0][0]) from None


def price_at(ladder: Ladder, thousandths: int) -> UnitPrice | Percentage | None:
    """The price of the rung that begins exactly here."""
    return next((rung.price for rung in ladder.rungs if rung.min_quantity.thousandths == thousandths), None)


def written(price: UnitPrice | Percentage | None) -> str:
    """Write a price as a cell would have it."""
    if price is None:
        return ""
    return f"{price}%" if isinstance(price, Percentage) else price.amount


def rungs_text(ladder: Ladder) -> str:
    """Write a whole ladder, each rung behind the quantity from which it holds."""
    return " ".join(f"{rung.min_quantity}+:{written(rung.price)}" for rung in ladder.rungs)


@attrs.frozen
class Dearer:
    """Where a tier's price is above the base price."""

    quantity: Quantity
    tier_price: UnitPrice
    base_price: UnitPrice


def dearer(tier_list: PriceList, ladder: Ladder, base: Ladder, *, scale: int) -> Dearer | None:
    """Find the lowest quantity at which the tier pays more than everyone else."""
    rungs: Iterable[Rung] = ladder.rungs
    if not ladder.rungs and tier_list.tier is not None and tier_list.tier.percentage is not None:
        rungs = (Rung(rung.min_quantity, tier_list.tier.percentage) for rung in base.rungs[:1])
    own = tuple(rungs)
    if all(isinstance(rung.price, Percentage) and rung.price <= WHOLE for rung in own):
        return None
    tier_breaks = Ladder(own).over(base, scale=scale)
    base_breaks = base.over(Ladder(()), scale=scale)
    for quantity in sorted({one.min_quantity for one in (*tier_breaks, *base_breaks)}):
        theirs, everyones = _reached(tier_breaks, quantity), _reached(base_breaks, quantity)
        if theirs and everyones and theirs.ten_thousandths > everyones.ten_thousandths:
            return Dearer(quantity, theirs, everyones)
    return None


def _reached(breaks: Sequence[QuantityBreak], quantity: Quantity) -> UnitPrice | None:
    return next((one.unit_price for one in reversed(breaks) if one.min_quantity <= quantity), None)
