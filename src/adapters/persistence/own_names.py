"""Own names of companies: the table, its rows and the port."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import Column, ColumnElement, Index, bindparam, delete, literal_column, select

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.customers import customers
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Statement, any_of
from adapters.persistence.tables import Instant, Words, belongs_to, tenant_table
from adapters.persistence.wording import Wording
from application.authorization import Actor
from application.ports.own_names import OwnNames
from domain.identity import CustomerId, SkuId
from domain.own_names import MOST_OWN_NAMES, OwnName

customer_names = tenant_table(
    "customer_names",
    Column("customer_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("learned_at", Instant, nullable=False),
    # How the name is read, as the words of goods have it; unknown of those learned before it was asked for.
    Column("spelt", Words),
    belongs_to("customers", "customer_id"),
    belongs_to("skus", "sku_id"),
    Index(None, "merchant_id", "customer_id", "learned_at"),
    key=("customer_id", "name"),
)


def _of_company(*more: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (
        customer_names.c.merchant_id == bindparam("merchant_id"),
        customer_names.c.customer_id == bindparam("customer_id"),
        *more,
    )


_NAMED = any_of(customer_names.c.name, "names")


@lru_cache(maxsize=len(Reach))
def _find(reach: Reach) -> Statement:
    found = select(customer_names.c.name, customer_names.c.sku_id)
    return Statement(found.where(*_of_company(_NAMED), *seen(customer_names.c.customer_id, reach)))


@lru_cache(maxsize=len(Reach))
def _there(reach: Reach) -> Statement:
    """The company, kept as it is, so that its names are counted one after the other."""
    return Statement(
        select(customers.c.id)
        .where(
            customers.c.merchant_id == bindparam("merchant_id"),
            customers.c.id == bindparam("customer_id"),
            *seen(customers.c.id, reach),
        )
        .with_for_update(key_share=True)
    )


@lru_cache(maxsize=len(Reach))
def _forget(reach: Reach) -> Statement:
    return Statement(
        delete(customer_names).where(*_of_company(_NAMED), *seen(customer_names.c.customer_id, reach))
    )


_KEPT = (
    select(customer_names.c.name)
    .where(*_of_company())
    .order_by(customer_names.c.learned_at.desc(), customer_names.c.name)
    .limit(literal_column(str(MOST_OWN_NAMES)))
)
_TRIM = Statement(delete(customer_names).where(*_of_company(customer_names.c.name.not_in(_KEPT))))


@attrs.frozen
class SqlOwnNames(OwnNames):
    """What the companies of one merchant call its goods."""

    session: Session
    actor: Actor

    def find(self, customer_id: CustomerId, names: Collection[OwnName]) -> Mapping[OwnName, SkuId]:
        if not names:
            return {}
        asked = {**self._of(customer_id), "names": sorted(names)}
        rows = self.session.all(_find(reach_of(self.actor)), asked)
        return {OwnName(name): SkuId(sku_id) for name, sku_id in rows}

    def learn(self, customer_id: CustomerId, names: Mapping[OwnName, SkuId], *, at: datetime) -> None:
        asked = self._of(customer_id)
        if not names or not self.session.all(_there(reach_of(self.actor)), asked):
            return
        merchant_id = self.actor.merchant_id
        rows = [
            (merchant_id, customer_id, name, sku_id, at, Wording.of_texts([name]).spelt)
            for name, sku_id in sorted(names.items())
        ]
        self.session.replace(customer_names, rows)
        self.session.change(_TRIM, asked)

    def forget(self, customer_id: CustomerId, names: Collection[OwnName]) -> None:
        if names:
            asked = {**self._of(customer_id), "names": sorted(names)}
            self.session.change(_forget(reach_of(self.actor)), asked)

    def _of(self, customer_id: CustomerId) -> dict[str, Any]:
        return {"merchant_id": self.actor.merchant_id, "customer_id": customer_id, **seeing(self.actor)}
