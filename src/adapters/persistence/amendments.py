"""What staff changed of orders after they were placed, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import orjson
from sqlalchemy import BigInteger, BindParameter, CheckConstraint, Column, bindparam, select, update

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.facts import read_whole, written_whole
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.outbox import record
from adapters.persistence.promotions import order_inputs
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session, expect
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import Instant, Whole, Words, belongs_to, instant, tenant_table
from application.authorization import Actor
from application.ports.amendments import Amendments
from domain.identity import MerchantId, OrderId
from domain.money import Currency, Money
from domain.ordering import Amendment, Order
from domain.promotions import PromotionInput
from domain.quantity import Quantity

order_amendments = tenant_table(
    "order_amendments",
    Column("order_id", Words, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("actor", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", Whole, nullable=False),
    Column("after", Whole, nullable=False),
    sealed("reason"),
    Column("weights", Words),
    belongs_to("orders", "order_id"),
    CheckConstraint("before >= 0 AND after >= 0 AND version > 1", name="amounts"),
    key=("order_id", "version"),
)


def _weights_text(weights: Sequence[tuple[int, Quantity]]) -> str | None:
    """Write what lines weigh; nothing where none was weighed."""
    if not weights:
        return None
    return orjson.dumps([[line, actual.thousandths] for line, actual in weights]).decode()


def _weights_of(stored: str | None) -> tuple[tuple[int, Quantity], ...]:
    return tuple((line, Quantity(actual)) for line, actual in orjson.loads(stored or "[]"))


def amendment_row(merchant_id: MerchantId, one: Amendment) -> Row:
    return (
        merchant_id,
        one.order_id,
        one.version,
        one.by,
        one.at,
        one.before.minor,
        one.after.minor,
        one.reason,
        _weights_text(one.weights),
    )


def amendment_of(row: Sequence[Any], code: str) -> Amendment:
    """Read an amendment of an order in this currency: all of its columns but the merchant's, the reason last."""
    order_id, version, by, at, before, after, weights, reason = row
    return Amendment(
        order_id=OrderId(order_id),
        version=version,
        by=by,
        at=instant(at),
        before=Money(before, Currency(code)),
        after=Money(after, Currency(code)),
        reason=reason,
        weights=_weights_of(weights),
    )


_MERCHANT: BindParameter[str] = bindparam("of_merchant")
_ORDER: BindParameter[str] = bindparam("of_order")
_INPUT = Statement(
    select(order_inputs.c.input).where(
        order_inputs.c.merchant_id == _MERCHANT,
        order_inputs.c.order_id == _ORDER,
    )
)
_ALL = Statement(
    select(
        orders.c.currency,
        *(
            order_amendments.c[name]
            for name in ("order_id", "version", "actor", "at", "before", "after", "weights", "reason")
        ),
    )
    .select_from(
        order_amendments.join(
            orders,
            (orders.c.merchant_id == order_amendments.c.merchant_id)
            & (orders.c.id == order_amendments.c.order_id),
        )
    )
    .where(
        order_amendments.c.merchant_id == _MERCHANT,
        order_amendments.c.order_id == _ORDER,
    )
    .order_by(order_amendments.c.version)
)
_TAKE_OFF = Statement(
    update(order_lines)
    .where(
        order_lines.c.merchant_id == _MERCHANT,
        order_lines.c.order_id == _ORDER,
        order_lines.c.line == bindparam("of_line"),
    )
    .values(discount=bindparam("new_discount"))
)


_WEIGH = Statement(
    update(order_lines)
    .where(
        order_lines.c.merchant_id == _MERCHANT,
        order_lines.c.order_id == _ORDER,
        order_lines.c.line == bindparam("of_line"),
    )
    .values(
        actual=bindparam("new_actual"),
        settled=bindparam("new_settled"),
        settled_discount=bindparam("new_settled_discount"),
    )
)


def _guarded(reach: Reach, *amounts: str) -> Statement:
    """Change amounts of an order that nobody else has saved since."""
    return Statement(
        update(orders)
        .where(
            orders.c.merchant_id == _MERCHANT,
            orders.c.id == _ORDER,
            orders.c.version == bindparam("seen"),
            *seen(orders.c.customer_id, reach),
        )
        .values(version=orders.c.version + 1, **{name: bindparam(f"new_{name}") for name in amounts})
    )


_ADJUST = {reach: _guarded(reach, "total", "adjusted", "rounded") for reach in Reach}
_SETTLE = {reach: _guarded(reach, "settled") for reach in Reach}


@attrs.frozen
class SqlAmendments(Amendments):
    """The amendments of one merchant's orders."""

    session: Session
    actor: Actor

    def input(self, order_id: OrderId) -> PromotionInput | None:
        found = self.session.all(_INPUT, self._of(order_id))
        return next((read_whole(kept, PromotionInput) for (kept,) in found), None)

    def adjust(self, order: Order, given: PromotionInput, amendment: Amendment) -> Order:
        merchant_id = self.actor.merchant_id
        self._save(
            _ADJUST,
            order,
            new_total=order.total.minor,
            new_adjusted=order.adjusted.minor,
            new_rounded=order.rounded.minor,
        )
        lines = [
            {**self._of(order.id), "of_line": at, "new_discount": line.discount.minor}
            for at, line in enumerate(order.lines)
        ]
        expect(self.session.change_each(_TAKE_OFF, lines), len(lines), order.id)
        self.session.replace(order_inputs, [(merchant_id, order.id, written_whole(given))])
        return self._note(order, amendment)

    def weigh(self, order: Order, amendment: Amendment) -> Order:
        assert order.settled_total is not None, "something was weighed"
        self._save(_SETTLE, order, new_settled=order.settled_total.minor)
        lines = [
            {
                **self._of(order.id),
                "of_line": at,
                "new_actual": order.lines[at].weighs.thousandths,
                "new_settled": order.lines[at].settled_total.minor,
                "new_settled_discount": order.lines[at].settled_discount.minor,
            }
            for at, _ in amendment.weights
        ]
        expect(self.session.change_each(_WEIGH, lines), len(lines), order.id)
        return self._note(order, amendment)

    def of(self, order_id: OrderId) -> tuple[Amendment, ...]:
        return tuple(amendment_of(row, code) for code, *row in self.session.all(_ALL, self._of(order_id)))

    def _save(self, statements: Mapping[Reach, Statement], order: Order, **amounts: int) -> None:
        asked = {**self._of(order.id), **seeing(self.actor), **amounts, "seen": order.version}
        asked["merchant_id"] = self.actor.merchant_id
        self.session.must_change(statements[reach_of(self.actor)], asked, rows=1, about=order.id)

    def _note(self, order: Order, amendment: Amendment) -> Order:
        merchant_id, version = self.actor.merchant_id, order.version + 1
        record(self.session, merchant_id, aggregate_id=order.id, first=version, events=order.events)
        self.session.insert(order_amendments, [amendment_row(merchant_id, amendment)])
        return attrs.evolve(order, version=version, events=())

    def _of(self, order_id: OrderId) -> dict[str, Any]:
        return {"of_merchant": self.actor.merchant_id, "of_order": order_id}
