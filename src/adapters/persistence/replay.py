"""Working out once more what promotions did to orders, of what these have kept."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import bindparam, exists, literal_column, null, or_, select, tuple_, union

from adapters.persistence.amendments import order_amendments
from adapters.persistence.facts import read_whole
from adapters.persistence.order_promotions import order_promotions, promotions_of
from adapters.persistence.ordering import LINE_COLUMNS, line_of, order_lines, orders
from adapters.persistence.promotions import order_inputs
from adapters.persistence.sessions import Session
from adapters.persistence.statements import JsonRows, Row, Statement
from domain.money import Currency, Money
from domain.ordering import recomputed
from domain.promotions import PromotionInput

SETTLED = "An order of which something was weighed comes to what staff said that its lines weigh, to the fen."
RECOMPUTED = (
    "What special prices made of an order, and what was taken off it, is what it kept comes to, once more."
)
_AT_A_TIME = 200

_LINES = (
    select(JsonRows(order_lines.c.line, *LINE_COLUMNS))
    .where(
        order_lines.c.merchant_id == order_inputs.c.merchant_id,
        order_lines.c.order_id == order_inputs.c.order_id,
    )
    .correlate(order_inputs)
    .scalar_subquery()
)
_NAMES = ("place", "promotion_id", "name", "text", "claim", "discount", "cost", "limited", "gifts")
_PROMOTIONS = (
    select(JsonRows(*(order_promotions.c[name] for name in _NAMES)))
    .where(
        order_promotions.c.merchant_id == order_inputs.c.merchant_id,
        order_promotions.c.order_id == order_inputs.c.order_id,
    )
    .correlate(order_inputs)
    .scalar_subquery()
)
_KEY = (order_inputs.c.merchant_id, order_inputs.c.order_id)
_KEPT = Statement(
    select(
        *_KEY,
        orders.c.currency,
        orders.c.adjusted,
        orders.c.rounded,
        order_inputs.c.input,
        _LINES,
        _PROMOTIONS,
    )
    .select_from(
        order_inputs.join(
            orders,
            (orders.c.merchant_id == order_inputs.c.merchant_id) & (orders.c.id == order_inputs.c.order_id),
        )
    )
    .where(tuple_(*_KEY) > tuple_(bindparam("after_merchant"), bindparam("after_order")))
    .order_by(*_KEY)
    .limit(literal_column(str(_AT_A_TIME)))
)
"""Some orders with what decided them, with their lines and promotions."""


def _without_input() -> Statement:
    """Orders that something was taken off, or that were given something, and that do not say why."""
    whole = (order_inputs.c.merchant_id == orders.c.merchant_id) & (order_inputs.c.order_id == orders.c.id)
    taken = or_(orders.c.adjusted != 0, orders.c.rounded != 0)
    found = [
        select(orders.c.merchant_id, orders.c.id)
        .select_from(orders.outerjoin(order_inputs, whole))
        .where(order_inputs.c.order_id.is_(null()), taken)
    ]
    for table, promoted in (
        (order_lines, or_(order_lines.c.discount != 0, order_lines.c.gift_value.is_not(null()))),
        (order_promotions, None),
    ):
        same = (order_inputs.c.merchant_id == table.c.merchant_id) & (
            order_inputs.c.order_id == table.c.order_id
        )
        lost = select(table.c.merchant_id, table.c.order_id).select_from(table.outerjoin(order_inputs, same))
        lost = lost.where(order_inputs.c.order_id.is_(null()))
        found.append(lost if promoted is None else lost.where(promoted))
    return Statement(union(*found))


_LOST = _without_input()


def changed_orders(session: Session) -> Iterator[tuple[str, str, str]]:
    """Yield every order that is not what its own input comes to: its merchant, its id, and what is wrong."""
    for merchant_id, order_id in session.all(_LOST, {}):
        yield merchant_id, order_id, "NO_INPUT"
    after = ("", "")
    while rows := session.all(_KEPT, {"after_merchant": after[0], "after_order": after[1]}):
        for row in rows:
            if not _holds(row):
                yield row[0], row[1], "CHANGED"
        after = (rows[-1][0], rows[-1][1])


_WEIGHED = or_(order_lines.c.actual.is_not(null()), order_lines.c.settled.is_not(null()))
_ALL_LINES = (
    select(
        JsonRows(
            order_lines.c.line,
            *LINE_COLUMNS,
            order_lines.c.settled,
            order_lines.c.settled_discount,
        )
    )
    .where(order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id)
    .correlate(orders)
    .scalar_subquery()
)
_SAID = (
    select(JsonRows(order_amendments.c.version, order_amendments.c.weights))
    .where(
        order_amendments.c.merchant_id == orders.c.merchant_id,
        order_amendments.c.order_id == orders.c.id,
        order_amendments.c.weights.is_not(null()),
    )
    .correlate(orders)
    .scalar_subquery()
)
_THEIR_LINES = exists().where(
    order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id, _WEIGHED
)
_THEIR_WEIGHTS = exists().where(
    order_amendments.c.merchant_id == orders.c.merchant_id,
    order_amendments.c.order_id == orders.c.id,
    order_amendments.c.weights.is_not(null()),
)
_ORDER_KEY = (orders.c.merchant_id, orders.c.id)
_SETTLED = Statement(
    select(*_ORDER_KEY, orders.c.currency, orders.c.settled, _ALL_LINES, _SAID)
    .where(
        tuple_(*_ORDER_KEY) > tuple_(bindparam("after_merchant"), bindparam("after_order")),
        or_(orders.c.settled.is_not(null()), _THEIR_LINES, _THEIR_WEIGHTS),
    )
    .order_by(*_ORDER_KEY)
    .limit(literal_column(str(_AT_A_TIME)))
)
"""Some orders of which something was weighed, with their lines and what staff said that these weigh."""


def missettled_orders(session: Session) -> Iterator[tuple[str, str]]:
    """Yield every order that is not settled by what staff said that it weighs: its merchant and its id."""
    after = ("", "")
    while rows := session.all(_SETTLED, {"after_merchant": after[0], "after_order": after[1]}):
        for row in rows:
            if not _settles(row):
                yield row[0], row[1]
        after = (rows[-1][0], rows[-1][1])


def _settles(row: Row) -> bool:
    _, _, code, settled, stored_lines, stored_weights = row
    currency = Currency(code)
    try:
        rows = [tuple(line[1:]) for line in sorted(orjson.loads(stored_lines or "[]"))]
        lines = [line_of(one[:-2], currency) for one in rows]
        said: dict[int, int] = {}
        for _, weights in sorted(orjson.loads(stored_weights or "[]")):
            said |= dict(orjson.loads(weights))
        amounts = [
            (line.settled_total.minor, line.settled_discount.minor) if at in said else (None, None)
            for at, line in enumerate(lines)
        ]
        comes_to = sum(line.settled_net.minor for line in lines) if said else None
        return (
            settled == comes_to
            and {
                at: line.weighs.thousandths
                for at, line in enumerate(lines)
                if line.weight and line.weight.actual
            }
            == said
            and [one[-2:] for one in rows] == amounts
        )
    except (ValueError, LookupError, TypeError):
        # What cannot even be read is not what was written.
        return False


def _holds(row: Row) -> bool:
    _, _, code, adjusted, rounded, given, stored_lines, stored_promotions = row
    currency = Currency(code)
    try:
        lines = [line_of(tuple(line[1:]), currency) for line in sorted(orjson.loads(stored_lines or "[]"))]
        promotions = promotions_of(stored_promotions, currency)
        return recomputed(
            lines,
            promotions,
            read_whole(given, PromotionInput),
            adjusted=Money(adjusted, currency),
            rounded=Money(rounded, currency),
        )
    except (ValueError, LookupError, TypeError):
        # What cannot even be read is not what was written.
        return False
