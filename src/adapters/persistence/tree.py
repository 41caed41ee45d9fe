"""The tree of companies as the verbs change it: one after the other, so that no two of them make a ring together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import Text, bindparam, delete, func, literal_column, select

from adapters.persistence.branches import (
    MERCHANT,
    Reach,
    below_or_same,
    branches,
    hang,
    reach_of,
    seeing,
    seen,
)
from adapters.persistence.customers import customers
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement
from adapters.persistence.tables import NEXT
from application.authorization import Actor
from application.ports.companies import Tree
from application.ports.storage import CustomerNotFound
from domain.customers import Customer, Lineage
from domain.identity import CustomerId

TREE_COUNTER = "tree"
"""Counts the changes of a merchant's tree: whoever counts one is the only one who changes it till they are done."""


_above = branches.alias("above")
_TAKE_DOWN = Statement(
    delete(branches).where(
        branches.c.merchant_id == MERCHANT,
        branches.c.customer_id.in_(
            select(_above.c.customer_id).where(
                _above.c.merchant_id == MERCHANT,
                _above.c.branch_id == bindparam("moved_id", type_=Text()),
            )
        ),
        below_or_same(branches.c.branch_id, "moved_id"),
    )
)
_COMPANY = bindparam("company_id", type_=Text())
_ABOVE = Statement(
    select(branches.c.customer_id)
    .where(branches.c.merchant_id == MERCHANT, branches.c.branch_id == _COMPANY)
    .order_by(branches.c.distance)
)
_LEVELS_BELOW = Statement(
    select(func.coalesce(func.max(branches.c.distance), literal_column("0"))).where(
        branches.c.merchant_id == MERCHANT, branches.c.customer_id == _COMPANY
    )
)


@lru_cache(maxsize=len(Reach))
def _there(reach: Reach) -> Statement:
    of_merchant = select(customers.c.id).where(customers.c.merchant_id == MERCHANT)
    return Statement(of_merchant.where(customers.c.id == _COMPANY, *seen(customers.c.id, reach)))


@attrs.frozen
class SqlTree(Tree):
    """The tree of companies of one merchant."""

    session: Session
    actor: Actor

    def lineage(self, customer_id: CustomerId) -> Lineage:
        return self._lineage(customer_id, reach_of(self.actor))

    def place_below(self, parent_id: CustomerId) -> Lineage:
        return self._lineage(parent_id, Reach.ALL)

    def _lineage(self, customer_id: CustomerId, reach: Reach) -> Lineage:
        # Counted first: what is read after it is what those who changed the tree before have left.
        self.session.all(NEXT, self._named(name=TREE_COUNTER, first=1))
        asked = self._named(company_id=customer_id)
        if not self.session.all(_there(reach), {**asked, **seeing(self.actor)}):
            raise CustomerNotFound()
        [(levels,)] = self.session.all(_LEVELS_BELOW, asked)
        above = tuple(CustomerId(id) for (id,) in self.session.all(_ABOVE, asked))
        return Lineage(customer_id=customer_id, above=above, levels_below=levels)

    def move(self, customer: Customer) -> None:
        self.session.change(_TAKE_DOWN, self._named(moved_id=customer.id))
        hang(self.session, self.actor.merchant_id, customer)

    def _named(self, **more: Any) -> Mapping[str, Any]:
        return {"merchant_id": self.actor.merchant_id, **more}
