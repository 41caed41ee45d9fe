"""What a company has bought, asked of the lines of its orders by an index of their own."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, bindparam, exists, select

from adapters.persistence.ordering import order_lines, orders
from application.authorization import Actor
from domain.ordering import FALLEN_STATUSES

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
COMPANY = "bought_by"
"""The parameter of `bought`: the company that whoever looks buys for."""
_lines, _orders = order_lines.alias("bought_lines"), orders.alias("bought_orders")
_THEIRS = (
    _lines.c.merchant_id == _MERCHANT,
    _lines.c.customer_id == bindparam(COMPANY),
)


def stands(orders_: FromClause) -> list[ColumnElement[bool]]:
    """Keep the orders that did not come to nothing."""
    fallen = sorted(FALLEN_STATUSES, key=attrgetter("value"))
    return [orders_.c.status != status.value for status in fallen]


_STANDS = (_orders.c.merchant_id == _MERCHANT, _orders.c.id == _lines.c.order_id, *stands(_orders))


def bought(product_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep what the company has in an order that did not come to nothing: a look by key at the first of them."""
    return (
        exists()
        .where(*_THEIRS, _lines.c.product_id == product_id, *_STANDS)
        .correlate_except(_lines, _orders)
    )


def ever_ordered() -> FromClause:
    """The products that the company has in any order, each once; which of these were bought, `bought` tells."""
    return select(_lines.c.product_id).where(*_THEIRS).distinct().subquery("ordered")


def buying(actor: Actor) -> dict[str, Any]:
    """The parameter of `bought` for whoever looks; those who buy for nobody have bought nothing."""
    return {COMPANY: actor.customer_id or ""}
