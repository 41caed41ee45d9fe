"""Working out once more what special prices made of the lines of orders, of what these have kept."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import and_, bindparam, exists, literal_column, select, tuple_

from adapters.persistence.ordering import LINE_COLUMNS, line_of, order_lines, orders
from adapters.persistence.sessions import Session
from adapters.persistence.special_prices._tables import kept_of, order_specials
from adapters.persistence.statements import JsonRows, Row, Statement
from domain.money import Currency
from domain.order_specials import specials_recomputed
from domain.pricing import PriceSource

_AT_A_TIME = 200
_LINES = (
    select(JsonRows(order_lines.c.line, *LINE_COLUMNS))
    .where(order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id)
    .correlate(orders)
    .scalar_subquery()
)
_SPECIALS = (
    select(JsonRows(order_specials.c.line, order_specials.c.kept))
    .where(order_specials.c.merchant_id == orders.c.merchant_id, order_specials.c.order_id == orders.c.id)
    .correlate(orders)
    .scalar_subquery()
)
_KEY = (orders.c.merchant_id, orders.c.id)
_KEPT = Statement(
    select(*_KEY, orders.c.currency, _LINES, _SPECIALS)
    .where(
        exists().where(
            order_specials.c.merchant_id == orders.c.merchant_id, order_specials.c.order_id == orders.c.id
        ),
        tuple_(*_KEY) > tuple_(bindparam("after_merchant"), bindparam("after_order")),
    )
    .order_by(*_KEY)
    .limit(literal_column(str(_AT_A_TIME)))
)
"""Some orders with what decided their special prices, and their lines."""
_LOST = Statement(
    select(order_lines.c.merchant_id, order_lines.c.order_id)
    .select_from(
        order_lines.outerjoin(
            order_specials,
            and_(
                order_specials.c.merchant_id == order_lines.c.merchant_id,
                order_specials.c.order_id == order_lines.c.order_id,
                order_specials.c.line == order_lines.c.line,
            ),
        )
    )
    .where(
        order_lines.c.price_source == literal_column(f"'{PriceSource.SPECIAL.value}'"),
        order_specials.c.order_id.is_(None),
    )
    .distinct()
)
"""Orders with a line that has a special price and does not say which."""


def changed_specials(session: Session) -> Iterator[tuple[str, str, str]]:
    """Yield every order whose special prices are not what it kept: its merchant, its id, and what is wrong."""
    for merchant_id, order_id in session.all(_LOST, {}):
        yield merchant_id, order_id, "NO_SPECIAL"
    after = ("", "")
    while rows := session.all(_KEPT, {"after_merchant": after[0], "after_order": after[1]}):
        for row in rows:
            if not _holds(row):
                yield row[0], row[1], "CHANGED_SPECIAL"
        after = (rows[-1][0], rows[-1][1])


def _holds(row: Row) -> bool:
    _, _, code, stored_lines, stored_specials = row
    currency = Currency(code)
    try:
        lines = [line_of(tuple(line[1:]), currency) for line in sorted(orjson.loads(stored_lines or "[]"))]
        kept = [kept_of(one) for _, one in sorted(orjson.loads(stored_specials or "[]"))]
        return specials_recomputed(lines, kept)
    except (ValueError, LookupError, TypeError):
        # What cannot even be read is not what was written.
        return False
