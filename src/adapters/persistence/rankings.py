"""Lists of goods in an order that is worked out first, and of which a page is looked up by its ids."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import attrs
from sqlalchemy import Integer, and_, bindparam, exists, func, literal_column, select

from adapters.persistence.catalog import products
from adapters.persistence.catalog_statements import Filter, kept
from adapters.persistence.made import product_id
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.purchases import stands
from adapters.persistence.statements import Statement
from adapters.persistence.tables import Instant
from application.authorization import Actor
from application.views.pages import Edge, Key, Slice, Window
from domain.best_sellers import MOST_BEST_SELLERS, counted
from domain.identity import ProductId
from domain.money import UnitPrice

T = TypeVar("T")
_SINCE, _UNTIL = (bindparam(name, type_=Instant()) for name in ("sold_since", "sold_until"))
BEST, REST = 0, 1
"""The first part of the key of a best seller, and of everything else."""


@lru_cache(maxsize=64)
def best_sellers(filter: Filter) -> Statement:
    """The ids of what sells best of what is found; how much of it stays in the database.

    A line counts once, whatever is ordered in it: a hundred bottles are not more than a pallet. Gifts were not sold.
    """
    of_order = and_(order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id)
    lines = func.count()
    sold = (
        select(order_lines.c.product_id, lines.label("lines"))
        .select_from(orders.join(order_lines, of_order))
        .where(
            orders.c.merchant_id == bindparam("merchant_id"),
            orders.c.placed_at >= _SINCE,
            orders.c.placed_at < _UNTIL,
            *stands(orders),
            order_lines.c.gift_value.is_(None),
        )
        .group_by(order_lines.c.product_id)
        .subquery("sold")
    )
    # Looked up for each that was sold: a join may go through all goods instead, to look each up among those.
    one = (products.c.merchant_id == bindparam("merchant_id"), products.c.id == sold.c.product_id)
    position = select(products.c.position).where(*one).correlate(sold).scalar_subquery()
    return Statement(
        select(sold.c.product_id)
        .where(exists(select(products.c.id).where(*one, *kept(filter)).correlate(sold)))
        .order_by(sold.c.lines.desc(), position, sold.c.product_id)
        .limit(literal_column(str(MOST_BEST_SELLERS), Integer()))
    )


def counting(actor: Actor, at: datetime) -> dict[str, Any]:
    """The parameters that say which orders count."""
    period = counted(at=at, time_zone=actor.merchant.time_zone)
    return {"sold_since": period.start, "sold_until": period.end}


@attrs.frozen
class Split:
    """What a window leaves of the best sellers, in the direction in which it is filled, and of everything else."""

    best: Sequence[ProductId]
    rest: Window | None
    """None where nothing else is asked for."""

    @classmethod
    def of(cls, ranking: Sequence[str], window: Window) -> Split:
        """Split it; what was a best seller once and is not any more is taken for the last of them."""
        places = {id: place for place, id in enumerate(ranking)}
        start, end = 0, len(ranking)
        low, high = window.after, window.before
        if low is not None:
            start = places.get(str(low[2]), end - 1) + 1 if low[0] == BEST else end
        if high is not None and high[0] == BEST:
            end = places.get(str(high[2]), end)
        best = [product_id(id) for id in ranking[start:end]]
        most = window.size + 1
        best = best[::-1][:most] if window.backwards else best[:most]
        rest = None
        if (high is None or high[0] != BEST) and (window.backwards or len(best) < most):
            after = low[1:] if low is not None and low[0] != BEST else None
            rest = attrs.evolve(window, after=after, before=high and high[1:])
        return cls(best, rest)


def filled(found: Sequence[Edge[T]], window: Window) -> Slice[T]:
    """Make a page of what was found in the direction in which the window is filled, and perhaps one more."""
    more = len(found) > window.size
    edges = found[: window.size]
    return Slice(
        edges=tuple(edges[::-1] if window.backwards else edges),
        has_next=more if not window.backwards else window.before is not None,
        has_previous=more if window.backwards else window.after is not None,
    )


def between(keys: Sequence[Key], window: Window) -> Sequence[Key]:
    """What a window leaves of keys in their order, in the direction in which it is filled, and perhaps one more."""
    start = 0 if window.after is None else bisect_right(keys, window.after)
    end = len(keys) if window.before is None else bisect_left(keys, window.before)
    found = keys[start:end]
    most = window.size + 1
    return found[::-1][:most] if window.backwards else found[:most]


def by_price(prices: Mapping[ProductId, UnitPrice | None], *, descending: bool) -> list[Key]:
    """The keys of goods in the order of their prices; what has none comes last either way."""
    sign = -1 if descending else 1
    return sorted(
        (1, 0, id) if price is None else (0, sign * price.ten_thousandths, id) for id, price in prices.items()
    )
