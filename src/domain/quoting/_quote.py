"""Making the quote: every line read, priced and checked, and all added up."""

from __future__ import annotations

from collections.abc import Sequence

from domain.merchant import Merchant, StockDisplay
from domain.money import Money
from domain.quoting import _pricing
from domain.quoting._reading import ReadLine, read_lines
from domain.quoting._shapes import (
    MOST_LINES,
    Basket,
    EmptyBasket,
    OrderMinimum,
    Quote,
    Shelf,
    TooManyLines,
)


def quote_basket(basket: Basket, *, shelf: Shelf, merchant: Merchant) -> Quote:
    """Price every line, check it against the rules of its SKU and against what is available, and add up.

    The same arguments give the same quote: there is no clock and no chance here.
    """
    if not 0 < basket.size <= MOST_LINES:
        problem = TooManyLines(basket.size) if basket.lines else EmptyBasket()
        nothing = Money(0, merchant.currency)
        return Quote(lines=(), total=nothing, problems=(problem,), order_minimum=_minimum(merchant, nothing))
    return quote_lines(read_lines(basket, shelf.listings), shelf=shelf, merchant=merchant)


def quote_lines(lines: Sequence[ReadLine], *, shelf: Shelf, merchant: Merchant) -> Quote:
    """Quote the lines of a basket that were read before: `quote_basket` in two steps."""
    together = _pricing.Together.of(lines)
    shown = merchant.stock_display is StockDisplay.EXACT
    quoted = tuple(_pricing.priced(line, shelf=shelf, together=together, figures=shown) for line in lines)
    total = Money.total((line.total for line in quoted if line.total is not None), merchant.currency)
    return Quote(lines=quoted, total=total, order_minimum=_minimum(merchant, total))


def _minimum(merchant: Merchant, total: Money) -> OrderMinimum | None:
    """Compare what the goods come to, before freight, with what an order has to."""
    amount = merchant.order_minimum_amount
    if amount is None:
        return None
    return OrderMinimum(amount, Money(max(0, amount.minor - total.minor), merchant.currency))
