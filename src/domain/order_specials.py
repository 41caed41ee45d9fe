"""What an order keeps of special prices, and working them out once more."""

from __future__ import annotations

from collections.abc import Sequence

from domain.ordering import OrderLine
from domain.pricing import PriceSource
from domain.quoting import Quote
from domain.special_prices import OrderSpecial


def kept_specials(quote: Quote) -> tuple[OrderSpecial, ...]:
    """What an order of this quote keeps: one for every line that has a special price."""
    return tuple(
        OrderSpecial(
            line=at,
            special=line.price.special.offer.special,
            own=line.price.special.own,
            source=line.price.special.source,
            factor=line.price.special.factor,
            scale=line.prices.rules.scale,
            surcharge=line.surcharge,
            quantity=line.base_quantity,
        )
        for at, line in enumerate(quote.lines)
        if line.price is not None and line.price.special is not None and line.base_quantity is not None
    )


def specials_recomputed(lines: Sequence[OrderLine], kept: Sequence[OrderSpecial]) -> bool:
    """Work out once more what every special price made of its line, and tell whether the lines say the same."""
    special = [at for at, line in enumerate(lines) if line.price_source is PriceSource.SPECIAL]
    return special == [one.line for one in kept] and all(_holds(lines[one.line], one) for one in kept)


def _holds(line: OrderLine, kept: OrderSpecial) -> bool:
    special = kept.special
    charged = special.charged(own=kept.own, listed=line.list_price, factor=kept.factor, scale=kept.scale)
    more = 0 if kept.surcharge is None else kept.surcharge.ten_thousandths
    return (
        special.sku_id == line.sku_id
        and special.is_of(line.unit_code)
        and kept.quantity == line.base_quantity == kept.factor.times(line.quantity)
        and (kept.source is not PriceSource.CONTRACT or special.contracts)
        and charged.ten_thousandths < kept.own.ten_thousandths
        and charged.ten_thousandths + more == line.unit_price.ten_thousandths
    )
