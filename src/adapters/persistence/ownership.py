"""Who owns the customers, dated: the table, its rows and the port.

A row says who owns a customer from an instant on; the next row of the same kind ends it. As the instant is part of the
primary key, there cannot be two of one kind at the same time, whoever writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Select,
    Text,
    and_,
    bindparam,
    literal_column,
    select,
    update,
)

from adapters.persistence.branches import MERCHANT, Reach, reach_of, seeing, seen
from adapters.persistence.customers import customers
from adapters.persistence.merchants import staff
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Rows, Statement
from adapters.persistence.tables import Instant, Words, belongs_to, instant, one_of, tenant_table
from application.authorization import Actor
from application.ports.companies import Ownerships
from application.ports.storage import CustomerNotFound, Later
from domain.identity import CustomerId, MerchantId, StaffId, perhaps
from domain.ownership import OwnerId, OwnerKind, Owners, Ownership

ownerships = tenant_table(
    "ownerships",
    Column("customer_id", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("sales_rep_id", Words),
    Column("agent_id", Words),
    belongs_to("customers", "customer_id"),
    belongs_to("staff", "sales_rep_id"),
    belongs_to("customers", "agent_id"),
    one_of("kind", OwnerKind),
    CheckConstraint(
        "(kind = 'SALES_REP' OR sales_rep_id IS NULL) AND (kind = 'AGENT' OR agent_id IS NULL)", name="owner"
    ),
    CheckConstraint("agent_id <> customer_id", name="itself"),
    Index(None, "merchant_id", "sales_rep_id", "customer_id"),
    Index(None, "merchant_id", "agent_id", "customer_id"),
    key=("customer_id", "kind", "since"),
)

_SALES_REP, _AGENT = (literal_column(f"'{kind.value}'", Text()) for kind in OwnerKind)
_AT = bindparam("at", type_=Instant())


def ownership_row(merchant_id: MerchantId, one: Ownership) -> Row:
    return (
        merchant_id,
        one.customer_id,
        one.kind.value,
        one.since,
        one.owner_id if isinstance(one.owner_id, StaffId) else None,
        one.owner_id if isinstance(one.owner_id, CustomerId) else None,
    )


def ownership_of(row: Row) -> Ownership:
    """Read an ownership from the columns of its table after the merchant."""
    customer_id, kind, since, sales_rep_id, agent_id = row
    return Ownership(
        customer_id=CustomerId(customer_id),
        kind=OwnerKind(kind),
        since=instant(since),
        owner_id=perhaps(StaffId, sales_rep_id) or perhaps(CustomerId, agent_id),
    )


def _owner_at(company: ColumnElement[Any], column: str, kind: ColumnElement[Any]) -> ColumnElement[Any]:
    """Who owns a company at the instant `at`."""
    return (
        select(ownerships.c[column])
        .where(
            ownerships.c.merchant_id == MERCHANT,
            ownerships.c.customer_id == company,
            ownerships.c.kind == kind,
            ownerships.c.since <= _AT,
        )
        .order_by(ownerships.c.since.desc())
        .limit(literal_column("1"))
        .correlate(customers)
        .scalar_subquery()
    )


def owned_at(holder: FromClause) -> ColumnElement[bool]:
    """The condition that a row of ownerships is the one that holds at the instant `at`."""
    later = ownerships.alias("later")
    ended: Select[tuple[str]] = select(later.c.customer_id).where(
        later.c.merchant_id == MERCHANT,
        later.c.customer_id == holder.c.customer_id,
        later.c.kind == holder.c.kind,
        later.c.since > holder.c.since,
        later.c.since <= _AT,
    )
    return and_(holder.c.since <= _AT, ~ended.correlate(holder).exists())


OWNED_BY_REP = select(ownerships.c.customer_id).where(
    ownerships.c.merchant_id == MERCHANT,
    ownerships.c.sales_rep_id == bindparam("sales_rep_id"),
    owned_at(ownerships),
)
"""The customers that a sales representative owns at the instant `at`."""


@lru_cache(maxsize=len(Reach))
def _owners(reach: Reach) -> Statement:
    return Statement(
        select(
            _owner_at(customers.c.id, "sales_rep_id", _SALES_REP),
            _owner_at(customers.c.id, "agent_id", _AGENT),
        ).where(
            customers.c.merchant_id == MERCHANT,
            customers.c.id == bindparam("customer_id"),
            *seen(customers.c.id, reach),
        )
    )


OWNERSHIP = [column for column in ownerships.c if column.name != "merchant_id"]
_HISTORY = Statement(
    select(*OWNERSHIP)
    .where(ownerships.c.merchant_id == MERCHANT, ownerships.c.customer_id == bindparam("customer_id"))
    .order_by(ownerships.c.since, ownerships.c.kind)
)
_KNOWN = {
    kind: Statement(select(table.c.id).where(table.c.merchant_id == MERCHANT, table.c.id == bindparam("id")))
    for kind, table in ((StaffId, staff), (CustomerId, customers))
}
_GIVER = bindparam("giver_id", type_=Text())
_HELD = Statement(
    select(ownerships.c.customer_id)
    .where(
        ownerships.c.merchant_id == MERCHANT,
        ownerships.c.sales_rep_id == _GIVER,
        ownerships.c.since < _AT,
        owned_at(ownerships),
    )
    .order_by(ownerships.c.customer_id)
)
_TAKE_LATER = Statement(
    update(ownerships)
    .where(
        ownerships.c.merchant_id == bindparam("of_merchant", type_=Text()),
        ownerships.c.sales_rep_id == _GIVER,
        ownerships.c.since >= _AT,
    )
    .values(sales_rep_id=bindparam("taker_id"))
    .returning(ownerships.c.customer_id, ownerships.c.since)
)


@attrs.frozen
class SqlOwnerships(Ownerships):
    """Who owns the customers of one merchant."""

    session: Session
    actor: Actor

    def owners(self, customer_id: CustomerId, *, at: datetime) -> Owners:
        return self.owners_later(customer_id, at=at)()

    def owners_later(self, customer_id: CustomerId, *, at: datetime) -> Later[Owners]:
        reach = reach_of(self.actor)
        asked = self._named(customer_id=customer_id, at=at)
        rows: Later[Rows] = list if reach is Reach.NONE else self.session.ask(_owners(reach), asked)

        def answer() -> Owners:
            found = rows()
            if not found:
                raise CustomerNotFound()
            sales_rep_id, agent_id = found[0]
            return Owners(sales_rep_id=perhaps(StaffId, sales_rep_id), agent_id=perhaps(CustomerId, agent_id))

        return answer

    def of(self, customer_id: CustomerId) -> tuple[Ownership, ...]:
        rows = self.session.all(_HISTORY, self._named(customer_id=customer_id))
        return tuple(ownership_of(row) for row in rows)

    def knows(self, owner_id: OwnerId) -> bool:
        return bool(self.session.all(_KNOWN[type(owner_id)], self._named(id=owner_id)))

    def set(self, ownership: Ownership) -> None:
        self.session.replace(ownerships, [ownership_row(self.actor.merchant_id, ownership)])

    def hand_over(
        self, *, giver: StaffId, taker: StaffId | None, since: datetime
    ) -> tuple[tuple[CustomerId, datetime], ...]:
        asked = self._named(of_merchant=self.actor.merchant_id, giver_id=giver, taker_id=taker, at=since)
        held: Sequence[Row] = self.session.all(_HELD, asked)
        planned = [(id, instant(when)) for id, when in self.session.all(_TAKE_LATER, asked)]
        new = [
            Ownership(customer_id=CustomerId(id), kind=OwnerKind.SALES_REP, since=since, owner_id=taker)
            for (id,) in held
        ]
        self.session.insert(ownerships, [ownership_row(self.actor.merchant_id, one) for one in new])
        return tuple(
            sorted(
                [(one.customer_id, one.since) for one in new]
                + [(CustomerId(id), when) for id, when in planned]
            )
        )

    def _named(self, **more: Any) -> Mapping[str, Any]:
        return {"merchant_id": self.actor.merchant_id, **seeing(self.actor), **more}
