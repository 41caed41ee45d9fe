"""The tree of companies in a table: every company with each of those below it, however far.

One row a pair lets a statement ask for a whole subtree, or whether something is in it, by one index and without going
down level by level. Companies without branches have no rows. Where a company is a branch of another is said by the pair
at distance one and by nothing else.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Column,
    ColumnElement,
    CompoundSelect,
    Integer,
    Text,
    UniqueConstraint,
    bindparam,
    exists,
    false,
    insert,
    literal_column,
    select,
    union_all,
)

from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement
from adapters.persistence.tables import Words, belongs_to, tenant_table
from application.authorization import Actor, ActorKind
from domain.customers import MOST_ABOVE, Customer
from domain.identity import MerchantId

branches = tenant_table(
    "branches",
    Column("customer_id", Words, nullable=False),
    Column("branch_id", Words, nullable=False),
    Column("distance", Integer, nullable=False),
    belongs_to("customers", "customer_id"),
    belongs_to("customers", "branch_id"),
    UniqueConstraint("merchant_id", "branch_id", "distance"),
    CheckConstraint(f"distance BETWEEN 1 AND {MOST_ABOVE}", name="distance"),
    CheckConstraint("customer_id <> branch_id", name="itself"),
    key=("customer_id", "branch_id"),
)

MERCHANT: BindParameter[str] = bindparam("merchant_id")
_SAME: ColumnElement[int] = literal_column("0", Integer())
_NEXT: ColumnElement[int] = literal_column("1", Integer())


class Reach(Enum):
    """Which companies an actor sees."""

    NONE = "NONE"
    OWN = "OWN"
    BELOW = "BELOW"
    """The own one, and every one below it."""
    ALL = "ALL"


def reach_of(actor: Actor) -> Reach:
    """Find out which; the companies below are looked for only where there are some."""
    if actor.kind is ActorKind.BUYER:
        return Reach.BELOW if actor.has_branches else Reach.OWN
    return Reach.NONE if actor.kind is ActorKind.GUEST else Reach.ALL


def seen(column: ColumnElement[Any], reach: Reach) -> list[ColumnElement[bool]]:
    """The conditions that a column names a company that is seen, where `own_id` is the actor's own."""
    if reach is Reach.NONE:
        return [false()]
    if reach is Reach.BELOW:
        return [below_or_same(column, "own_id")]
    return [column == bindparam("own_id")] if reach is Reach.OWN else []


def seeing(actor: Actor) -> dict[str, Any]:
    """What the conditions of `seen` are about."""
    return {"own_id": actor.customer_id} if actor.kind is ActorKind.BUYER else {}


def with_those_below(parameter: str) -> CompoundSelect[str, int]:
    """The company that a parameter names, and every one below it, each with how far below it is."""
    of = bindparam(parameter, type_=Text())
    below = select(branches.c.branch_id, branches.c.distance)
    return union_all(
        select(of.label("id"), _SAME.label("distance")),
        below.where(branches.c.merchant_id == MERCHANT, branches.c.customer_id == of),
    )


def with_those_above(parameter: str) -> CompoundSelect[str, int]:
    """The company that a parameter names, and every one above it, each with how far above it is."""
    of = bindparam(parameter, type_=Text())
    above = select(branches.c.customer_id, branches.c.distance)
    return union_all(
        select(of.label("id"), _SAME.label("distance")),
        above.where(branches.c.merchant_id == MERCHANT, branches.c.branch_id == of),
    )


def below_or_same(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """The condition that a column names the company of a parameter, or one below it."""
    found = with_those_below(parameter).subquery("within")
    return column.in_(select(found.c.id))


def branches_exist(company: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether anything is below a company."""
    return exists().where(branches.c.merchant_id == MERCHANT, branches.c.customer_id == company)


def parent_of(company: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of which company a column's is a branch."""
    found = select(branches.c.customer_id).where(
        branches.c.merchant_id == MERCHANT, branches.c.branch_id == company, branches.c.distance == _NEXT
    )
    return found.correlate(company.table).scalar_subquery()


def _hung() -> Statement:
    """Write down every pair that comes of a company being a branch of another, with all that is below the one."""
    up, down = with_those_above("parent_id").subquery("up"), with_those_below("moved_id").subquery("down")
    merchant = bindparam("of_merchant", type_=Text())
    pairs = select(merchant, up.c.id, down.c.id, up.c.distance + down.c.distance + _NEXT)
    columns = ["merchant_id", "customer_id", "branch_id", "distance"]
    return Statement(insert(branches).from_select(columns, pairs))


_HANG = _hung()


def hang(session: Session, merchant_id: MerchantId, customer: Customer) -> None:
    """Write down of which company another is a branch; both are stored, and nobody else changes the tree."""
    if customer.parent_id is not None:
        merchant = {"merchant_id": merchant_id, "of_merchant": merchant_id}
        session.change(_HANG, {**merchant, "moved_id": customer.id, "parent_id": customer.parent_id})
