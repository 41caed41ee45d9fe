"""Pricing a line, and checking it against the rules of its SKU and against what is available."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from domain.catalog import InvalidQuantity, NotForSale, Pack
from domain.errors import DomainError
from domain.identity import SkuId
from domain.inventory import InsufficientStock
from domain.price_choice import NO_PRICES
from domain.pricing import PriceUnavailable
from domain.quantity import NONE, Quantity
from domain.quoting._shapes import LARGEST_LINE, QuoteLine, Shelf


def priced(line: QuoteLine, *, shelf: Shelf, ordered: Mapping[SkuId, int], figures: bool) -> QuoteLine:
    if line.listing is None or line.pack is None:
        return line
    sku, pack = line.listing.sku, line.pack
    problems: list[DomainError] = [] if line.listing.for_sale else [NotForSale(sku.id, line.line)]
    together = ordered.get(sku.id, 0)
    quantity, base = line.quantity, line.base_quantity
    if quantity is None or base is None or together > LARGEST_LINE or not sku.rule.allows(Quantity(together)):
        problems.append(_invalid(line, sku_id=sku.id, beside=together - (base.thousandths if base else 0)))
    if quantity is None or base is None:
        return attrs.evolve(line, problems=tuple(problems))
    prices = shelf.prices.get(sku.id, NO_PRICES)
    price = prices.price(quantity=base, factor=pack.factor, unit=pack.unit.code)
    if price is None:
        problems.append(PriceUnavailable(sku.id, line.line))
    available = shelf.available.get(sku.id, NONE)
    if together > available.thousandths:
        left = max(0, available.thousandths - (together - base.thousandths))
        told = _in_unit(left, pack) if figures else None
        problems.append(InsufficientStock(sku.id, told, quantity, line.line))
    total = price.unit_price.times(quantity) if price else None
    return QuoteLine(
        line=line.line,
        listing=line.listing,
        pack=pack,
        quantity=quantity,
        base_quantity=base,
        requested=line.requested,
        prices=prices,
        price=price,
        total=total,
        problems=tuple(problems),
    )


def _invalid(line: QuoteLine, *, sku_id: SkuId, beside: int) -> InvalidQuantity:
    assert line.listing is not None and line.pack is not None, "only understood lines come here"
    asked = Decimal(0) if line.requested.is_nan() else line.requested
    wanted = int(min(max(asked, Decimal(0)), Decimal(LARGEST_LINE)) * 1000)
    nearest = line.listing.sku.rule.nearest(wanted, unit=line.pack, largest=LARGEST_LINE, beside=beside)
    return InvalidQuantity(sku_id, nearest, line.line)


def _in_unit(base: int, pack: Pack) -> Quantity:
    """Say how many whole pieces of the unit so much of the base unit makes."""
    smallest = pack.unit.smallest
    return Quantity(base * pack.factor.denominator // pack.factor.numerator // smallest * smallest)
