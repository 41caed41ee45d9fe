"""Quotes: what a basket costs one customer now, line by line, and what keeps it from being ordered.

One function answers for the quote a buyer looks at and for the order that is placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from domain.catalog import InvalidQuantity, Listing, NotForSale, Pack, Unit, UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import SkuCode, SkuId
from domain.inventory import Demand, InsufficientStock
from domain.merchant import Merchant, StockDisplay
from domain.money import Money
from domain.price_choice import NO_PRICES, Price, PriceStep, SkuPrices
from domain.pricing import PriceUnavailable
from domain.quantity import NONE, Quantity

MOST_LINES = 500
LARGEST_LINE = 10**9
"""A line takes at most a million of the base unit, in thousandths."""


@attrs.frozen(kw_only=True)
class BasketLine:
    """What somebody asks for: a SKU by id or by code, how many, in which unit (the base unit where none is named)."""

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    """What was written where it is neither, to name it in the refusal."""
    quantity: Decimal
    unit: str | None = None


@attrs.frozen
class Basket:
    """The lines somebody asks for, as they were given."""

    lines: tuple[BasketLine, ...] = ()


@attrs.frozen
class Shelf:
    """What is known about the SKUs of a basket: what they are, what they cost the customer, what can be had."""

    listings: tuple[Listing, ...]
    prices: Mapping[SkuId, SkuPrices]
    available: Mapping[SkuId, Quantity]


@attrs.frozen(kw_only=True)
class QuoteLine:
    """One line of a quote: equal lines are merged, `line` is where the first of them stood in the basket."""

    line: int
    listing: Listing | None = None
    pack: Pack | None = None
    quantity: Quantity | None = None
    base_quantity: Quantity | None = None
    requested: Decimal
    prices: SkuPrices = attrs.field(default=NO_PRICES, eq=False, repr=False)
    """All that the price was chosen from."""
    price: Price | None = None
    total: Money | None = None
    problems: tuple[DomainError, ...] = ()

    @property
    def price_trace(self) -> tuple[PriceStep, ...]:
        """How the price came about, the least binding list first."""
        if self.pack is None or self.base_quantity is None:
            return ()
        return self.prices.explain(quantity=self.base_quantity, factor=self.pack.factor)


@attrs.frozen
class OrderMinimum:
    """What the goods of an order come to at least, and how much these are short of it: nothing where they reach it."""

    amount: Money
    short: Money


@attrs.frozen(kw_only=True)
class Quote:
    """What the basket costs; the total counts the lines that can be priced."""

    lines: tuple[QuoteLine, ...]
    total: Money
    problems: tuple[DomainError, ...] = ()
    """What is wrong with the basket as a whole."""
    order_minimum: OrderMinimum | None = None
    """None where the merchant has none. Until the order is placed it is advice, and no problem."""

    @property
    def refusals(self) -> tuple[DomainError, ...]:
        """Everything that keeps the basket from being ordered."""
        of_lines = (problem for line in self.lines for problem in line.problems)
        return (*self.problems, *self._below_minimum(), *of_lines)

    def _below_minimum(self) -> tuple[DomainError, ...]:
        """Only where every line has a price is it known how much is missing."""
        minimum = self.order_minimum
        if minimum is None or not minimum.short.minor or not self.lines:
            return ()
        if any(line.total is None for line in self.lines):
            return ()
        return (OrderMinimumNotReached(minimum.amount, minimum.short),)

    def or_refuse(self) -> Quote:
        """Give the quote back if it can be ordered.

        :raises Refused: with everything that is wrong.
        """
        if self.refusals:
            raise Refused(self.refusals)
        return self

    @property
    def demands(self) -> tuple[Demand, ...]:
        """What each line needs of the stock."""
        return tuple(
            Demand(at, line.listing.sku.id, line.base_quantity)
            for at, line in enumerate(self.lines)
            if line.listing is not None and line.base_quantity is not None
        )


@attrs.frozen
class EmptyBasket(DomainError):
    """There is nothing to order."""


@attrs.frozen
class TooManyLines(DomainError):
    """The basket has more lines than one order takes."""

    lines: int
    most: int = MOST_LINES


@attrs.frozen
class TotalChanged(DomainError):
    """The total is not what the buyer expected."""

    quote: Quote


@attrs.frozen
class OrderMinimumNotReached(DomainError):
    """The goods come to less than an order has to, by what is short."""

    minimum: Money
    short: Money


def quote_basket(basket: Basket, *, shelf: Shelf, merchant: Merchant) -> Quote:
    """Price every line, check it against the rules of its SKU and against what is available, and add up.

    The same arguments give the same quote: there is no clock and no chance here.
    """
    if not basket.lines or len(basket.lines) > MOST_LINES:
        problem = TooManyLines(len(basket.lines)) if basket.lines else EmptyBasket()
        nothing = Money(0, merchant.currency)
        return Quote(lines=(), total=nothing, problems=(problem,), order_minimum=_minimum(merchant, nothing))
    lines = [_understood(line) for line in _merged(basket, shelf.listings)]
    ordered: dict[SkuId, int] = {}
    for line in lines:
        if line.listing is not None and line.base_quantity is not None:
            sku_id = line.listing.sku.id
            ordered[sku_id] = ordered.get(sku_id, 0) + line.base_quantity.thousandths
    shown = merchant.stock_display is StockDisplay.EXACT
    quoted = tuple(_quoted(line, shelf=shelf, ordered=ordered, figures=shown) for line in lines)
    total = Money.total((line.total for line in quoted if line.total is not None), merchant.currency)
    return Quote(lines=quoted, total=total, order_minimum=_minimum(merchant, total))


def _minimum(merchant: Merchant, total: Money) -> OrderMinimum | None:
    """Compare what the goods come to, before freight, with what an order has to."""
    amount = merchant.order_minimum_amount
    if amount is None:
        return None
    return OrderMinimum(amount, Money(max(0, amount.minor - total.minor), merchant.currency))


def _merged(basket: Basket, listings: Iterable[Listing]) -> Iterable[QuoteLine]:
    """Find each line's SKU and unit, and make one line of those that name the same."""
    listings = tuple(listings)
    by_id = {listing.sku.id: listing for listing in listings}
    by_code = {listing.sku.code: listing for listing in listings}
    merged: dict[tuple[str, str], QuoteLine] = {}
    for at, asked in enumerate(basket.lines):
        listing = (
            by_id.get(asked.sku_id)
            if asked.sku_id
            else by_code.get(asked.sku_code)
            if asked.sku_code
            else None
        )
        if listing is None:
            reference = asked.sku_id or asked.sku_code or asked.reference
            merged[("", str(at))] = QuoteLine(
                line=at, requested=asked.quantity, problems=(UnknownSku(reference, at),)
            )
            continue
        sku = listing.sku
        pack = sku.sold_in(asked.unit)
        if pack is None:
            problem = UnknownUnit(sku.id, asked.unit or "", sku.units, at)
            merged[("", str(at))] = QuoteLine(
                line=at, listing=listing, requested=asked.quantity, problems=(problem,)
            )
            continue
        # A quantity that cannot be read stands alone, so that no other line makes it good.
        key = (sku.id, pack.unit.code) if _read(asked.quantity, unit=pack.unit) else ("", str(at))
        if key in merged:
            merged[key] = attrs.evolve(merged[key], requested=merged[key].requested + asked.quantity)
        else:
            merged[key] = QuoteLine(line=at, listing=listing, pack=pack, requested=asked.quantity)
    return merged.values()


def _understood(line: QuoteLine) -> QuoteLine:
    """Read the quantity as one of the unit and of the base unit, where it is one."""
    if line.listing is None or line.pack is None:
        return line
    quantity = _read(line.requested, unit=line.pack.unit)
    base = line.pack.factor.times(quantity) if quantity else None
    if base is None or base.thousandths > LARGEST_LINE:
        return line
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


def _quoted(line: QuoteLine, *, shelf: Shelf, ordered: Mapping[SkuId, int], figures: bool) -> QuoteLine:
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
    price = prices.price(quantity=base, factor=pack.factor)
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
