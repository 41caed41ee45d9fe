"""The orders as verbs need them, and the merchant's order numbers."""

from __future__ import annotations

from functools import lru_cache

import attrs
from sqlalchemy import (
    Text,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.order_promotions import (
    order_promotions,
    promotion_rows,
    promotions_column,
    promotions_of,
)
from adapters.persistence.ordering._tables import (
    LINE_COLUMNS,
    address_of,
    line_of,
    line_rows,
    order_lines,
    order_row,
    orders,
)
from adapters.persistence.outbox import record
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import (
    NEXT,
    instant,
    next_count,
    perhaps_day,
)
from application.authorization import Actor
from application.ports.storage import Later, Orders
from domain.identity import (
    BuyerId,
    CustomerId,
    OrderId,
    StaffId,
    perhaps,
)
from domain.merchant import PaymentMethod
from domain.money import Currency, Money
from domain.ordering import (
    FulfillmentStatus,
    Order,
    OrderNotFound,
    OrderStatus,
    PaymentStatus,
    Terms,
)
from domain.ownership import Owners
from domain.privacy import CLEAR

ORDER_COUNTER = "order"
_PREFIX, _DIGITS = "DH", 8


def _order(row: Row, lines: list[Row]) -> Order:
    currency = Currency(row[4])
    return Order(
        id=OrderId(row[0]),
        number=row[1],
        customer_id=CustomerId(row[2]),
        buyer_id=BuyerId(row[3]),
        currency=currency,
        status=OrderStatus(row[5]),
        payment_status=PaymentStatus(row[6]),
        fulfillment_status=FulfillmentStatus(row[7]),
        placed_at=instant(row[9]),
        terms=Terms(
            payment_method=PaymentMethod(row[8]),
            requested_delivery_date=perhaps_day(row[10]),
            purchase_order_number=row[11],
            note=row[12],
            address=address_of(row[13], CLEAR),
        ),
        version=row[14],
        placed_by_id=perhaps(CustomerId, row[15]),
        owners=Owners(sales_rep_id=perhaps(StaffId, row[16]), agent_id=perhaps(CustomerId, row[17])),
        adjusted=Money(row[18], currency),
        rounded=Money(row[19], currency),
        promotions=promotions_of(row[20], currency),
        lines=tuple(line_of(line, currency) for line in lines),
    )


_ORDER = select(
    orders.c.id,
    orders.c.number,
    orders.c.customer_id,
    orders.c.buyer_id,
    orders.c.currency,
    orders.c.status,
    orders.c.payment_status,
    orders.c.fulfillment_status,
    orders.c.payment_method,
    orders.c.placed_at,
    orders.c.requested_delivery_date,
    orders.c.purchase_order_number,
    orders.c.note,
    orders.c.address,
    orders.c.version,
    orders.c.placed_by_id,
    orders.c.sales_rep_id,
    orders.c.agent_id,
    orders.c.adjusted,
    orders.c.rounded,
    promotions_column(orders.c.id),
).where(orders.c.merchant_id == bindparam("merchant_id"), orders.c.id == bindparam("order_id"))


@lru_cache(maxsize=len(Reach))
def _order_seen(reach: Reach) -> Statement:
    return Statement(_ORDER.where(*seen(orders.c.customer_id, reach)))


_LINES = Statement(
    select(*LINE_COLUMNS)
    .where(
        order_lines.c.merchant_id == bindparam("merchant_id"), order_lines.c.order_id == bindparam("order_id")
    )
    .order_by(order_lines.c.line)
)


@lru_cache(maxsize=len(Reach))
def _save(reach: Reach) -> Statement:
    guarded = update(orders).where(
        orders.c.merchant_id == bindparam("of_merchant"),
        orders.c.id == bindparam("order_id"),
        orders.c.version == bindparam("seen"),
        *seen(orders.c.customer_id, reach),
    )
    return Statement(
        guarded.values(
            status=bindparam("status"),
            payment_status=bindparam("payment_status"),
            fulfillment_status=bindparam("fulfillment_status"),
            version=orders.c.version + 1,
        )
    )


def _numbered() -> Statement:
    """Store an order under the next number, in one statement."""
    taken = next_count(postgres_insert).cte("taken")
    digits = cast(taken.c.value, Text)
    number = func.concat(_PREFIX, func.lpad(digits, func.greatest(_DIGITS, func.length(digits)), "0"))
    columns = {
        column.name: number if column.name == "number" else bindparam(f"the_{column.name}", type_=column.type)
        for column in orders.columns
    }
    stored = postgres_insert(orders).from_select(list(columns), select(*columns.values()).select_from(taken))
    return Statement(stored.returning(orders.c.number), keys={"id": "the_id"})


_ADD = _numbered()


@attrs.frozen
class SqlOrders(Orders):
    """The orders of one merchant; where a buyer asks, of the own company and of those below it."""

    session: Session
    actor: Actor

    def get(self, order_id: OrderId) -> Order:
        asked = {"merchant_id": self.actor.merchant_id, "order_id": order_id, **seeing(self.actor)}
        reach = reach_of(self.actor)
        found = [] if reach is Reach.NONE else self.session.all(_order_seen(reach), asked)
        if not found:
            raise OrderNotFound()
        return _order(found[0], self.session.all(_LINES, asked))

    def add(self, order: Order) -> Order:
        return self.add_later(order)()

    def add_later(self, order: Order) -> Later[Order]:
        merchant_id = self.actor.merchant_id
        # What does not depend on the number goes first: the counter's row is locked for as short as can be.
        self.session.insert(order_lines, line_rows(merchant_id, order))
        if order.promotions:
            self.session.insert(order_promotions, promotion_rows(merchant_id, order))
        record(self.session, merchant_id, aggregate_id=order.id, first=1, events=order.events)
        stored = attrs.evolve(order, version=1, events=())
        asked = {"merchant_id": merchant_id, "name": ORDER_COUNTER, "first": 1}
        row = order_row(merchant_id, stored, version=1)
        if self.session.dialect.name == "postgresql":
            given = {f"the_{column.name}": value for column, value in zip(orders.columns, row, strict=True)}
            rows = self.session.ask(_ADD, {**given, **asked})
            return lambda: attrs.evolve(stored, number=rows()[0][0])
        [(counted,)] = self.session.all(NEXT, asked)
        numbered = attrs.evolve(stored, number=f"{_PREFIX}{counted:0{_DIGITS}d}")
        self.session.insert(orders, [order_row(merchant_id, numbered, version=1)])
        return lambda: numbered

    def save(self, order: Order) -> Order:
        asked = {
            "of_merchant": self.actor.merchant_id,
            "merchant_id": self.actor.merchant_id,
            "order_id": order.id,
            **seeing(self.actor),
            "seen": order.version,
            "status": order.status.value,
            "payment_status": order.payment_status.value,
            "fulfillment_status": order.fulfillment_status.value,
        }
        self.session.must_change(_save(reach_of(self.actor)), asked, rows=1, about=order.id)
        first = order.version + 1
        record(self.session, self.actor.merchant_id, aggregate_id=order.id, first=first, events=order.events)
        return attrs.evolve(order, version=first, events=())
