"""Pricing a line, and checking it against the rules of its SKU and against what is available."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Self

import attrs

from domain.catalog import InvalidQuantity, Listing, NotForSale, Pack, QuantityRule, QuotaExceeded
from domain.errors import DomainError
from domain.identity import ProductId, SkuId
from domain.inventory import InsufficientStock
from domain.price_choice import NO_PRICES, broken_case
from domain.pricing import PriceUnavailable
from domain.quantity import NONE, Quantity
from domain.quoting._reading import ReadLine
from domain.quoting._shapes import LARGEST_LINE, QuoteLine, Shelf
from domain.special_prices import Ordered

_ANYTHING = QuantityRule(Quantity(1), Quantity(1))


@attrs.frozen
class Together:
    """What all lines ask for together, in thousandths of the base unit."""

    of_sku: Mapping[SkuId, int]
    of_product: Mapping[tuple[ProductId, str], int]
    """Of the products that pool their breaks, by the base unit: bottles and kilograms do not add up."""

    @classmethod
    def of(cls, lines: Iterable[ReadLine]) -> Self:
        """Add up what can be read."""
        of_sku: dict[SkuId, int] = {}
        of_product: dict[tuple[ProductId, str], int] = {}
        for line in lines:
            if line.listing is not None and line.base_quantity is not None:
                sku_id, thousandths = line.listing.sku.id, line.base_quantity.thousandths
                of_sku[sku_id] = of_sku.get(sku_id, 0) + thousandths
                if line.listing.pools_breaks:
                    key = _pool(line.listing)
                    of_product[key] = of_product.get(key, 0) + thousandths
        return cls(of_sku, of_product)

    def priced_at(self, listing: Listing, base: Quantity) -> Quantity:
        """The quantity whose break counts for a line of so much."""
        return Quantity(self.of_product[_pool(listing)]) if listing.pools_breaks else base


def _pool(listing: Listing) -> tuple[ProductId, str]:
    return listing.product_id, listing.sku.unit.code


def priced(line: ReadLine, *, shelf: Shelf, together: Together, figures: bool) -> QuoteLine:
    """Price a line that was understood, and say what is wrong with it; `figures` may tell how much is in stock."""
    if line.listing is None or line.pack is None:
        why = () if line.problem is None else (line.problem,)
        return QuoteLine(line=line.line, listing=line.listing, requested=line.requested, problems=why)
    sku, pack = line.listing.sku, line.pack
    problems: list[DomainError] = [] if line.listing.for_sale else [NotForSale(sku.id, line.line)]
    ordered = together.of_sku.get(sku.id, 0)
    problems += _against_the_rule(line, shelf=shelf, ordered=ordered)
    quantity, base = line.quantity, line.base_quantity
    if quantity is None or base is None:
        return QuoteLine(
            line=line.line,
            listing=line.listing,
            pack=pack,
            requested=line.requested,
            problems=tuple(problems),
        )
    prices = shelf.prices.get(sku.id, NO_PRICES)
    priced_at = together.priced_at(line.listing, base)
    surcharge, of_sku = None, Ordered(Quantity(ordered), base) if prices.specials else None
    price = prices.price(quantity=priced_at, factor=pack.factor, unit=pack.unit.code, ordered=of_sku)
    if price is None:
        problems.append(PriceUnavailable(sku.id, line.line))
    elif sku.rule.case is not None:
        price, surcharge = broken_case(
            price, rule=sku.rule.case, case=sku.case, pack=pack, quantity=base, scale=prices.rules.scale
        )
    available = shelf.available.get(sku.id, NONE)
    if ordered > available.thousandths:
        left = max(0, available.thousandths - (ordered - base.thousandths))
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
        priced_at=priced_at,
        ordered=of_sku,
        surcharge=surcharge,
        total=total,
        problems=tuple(problems),
    )


def _against_the_rule(line: ReadLine, *, shelf: Shelf, ordered: int) -> tuple[DomainError, ...]:
    """What of the SKU's rule a line breaks, with all that is ordered of the SKU: nothing else where it is waived."""
    assert line.listing is not None, "only understood lines come here"
    sku, base = line.listing.sku, line.base_quantity
    rule = _ANYTHING if sku.id in shelf.waived else sku.orderable
    largest, left = LARGEST_LINE, None
    if rule.quota is not None:
        left = max(0, rule.quota.most.thousandths - shelf.ordered.get(sku.id, NONE).thousandths)
        largest = min(largest, left)
    beside = ordered - (base.thousandths if base else 0)
    all_of_it = base if base is not None and base.thousandths == ordered else Quantity(ordered)
    if base is None or ordered > LARGEST_LINE or not rule.allows(all_of_it):
        nearest = _nearest(line, rule, largest=largest, beside=beside)
        return (InvalidQuantity(sku.id, nearest, line.line),)
    if rule.quota is not None and left is not None and ordered > left:
        nearest = _nearest(line, rule, largest=largest, beside=beside)
        return (QuotaExceeded(sku.id, rule.quota, Quantity(left), nearest, line.line),)
    return ()


def _nearest(line: ReadLine, rule: QuantityRule, *, largest: int, beside: int) -> tuple[Quantity, ...]:
    assert line.pack is not None, "only understood lines come here"
    asked = Decimal(0) if line.requested.is_nan() else line.requested
    wanted = int(min(max(asked, Decimal(0)), Decimal(LARGEST_LINE)) * 1000)
    return rule.nearest(wanted, unit=line.pack, largest=largest, beside=beside)


def _in_unit(base: int, pack: Pack) -> Quantity:
    """Say how many whole pieces of the unit so much of the base unit makes."""
    smallest = pack.unit.smallest
    return Quantity(base * pack.factor.denominator // pack.factor.numerator // smallest * smallest)
