"""Quotes: what a basket costs one customer now, line by line, and what keeps it from being ordered.

One function answers for the quote a buyer looks at and for the order that is placed.
"""

from domain.quoting._promoted import Promoting, promoted
from domain.quoting._quote import quote_basket, quote_lines
from domain.quoting._reading import ReadLine, read_lines
from domain.quoting._shapes import (
    LARGEST_LINE,
    MOST_LINES,
    Basket,
    BasketLine,
    EmptyBasket,
    GiftShelf,
    Measure,
    OrderMinimum,
    OrderMinimumNotReached,
    Quote,
    QuoteGift,
    QuoteLine,
    Shelf,
    TooManyLines,
    TotalChanged,
)

__all__ = [
    "LARGEST_LINE",
    "MOST_LINES",
    "Basket",
    "BasketLine",
    "EmptyBasket",
    "GiftShelf",
    "Measure",
    "OrderMinimum",
    "OrderMinimumNotReached",
    "Promoting",
    "Quote",
    "QuoteGift",
    "QuoteLine",
    "ReadLine",
    "Shelf",
    "TooManyLines",
    "TotalChanged",
    "promoted",
    "quote_basket",
    "quote_lines",
    "read_lines",
]
