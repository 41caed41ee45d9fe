"""What is offered to a customer of some SKUs: one statement for all of them, whatever else there is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, null, or_, select

from adapters.persistence.customers import customers
from adapters.persistence.groups import audience_column, audience_of
from adapters.persistence.special_prices._tables import (
    special_customers,
    special_of,
    special_prices,
)
from adapters.persistence.statements import Ask, Reader, Rows, Statement, any_of
from adapters.persistence.tables import Instant
from application.authorization import Actor
from application.ports.special_prices import Offers
from domain.identity import CustomerId, PriceTierId
from domain.special_prices import SpecialPrice, Taken, offered
from domain.visibility import NOBODY

_AT = bindparam("at", type_=Instant())
_HOLDING = (
    special_prices.c.merchant_id == bindparam("merchant_id"),
    any_of(special_prices.c.sku_id, "sku_ids"),
    or_(special_prices.c.begins.is_(None), special_prices.c.begins <= _AT),
    or_(special_prices.c.ends.is_(None), special_prices.c.ends > _AT),
)


@lru_cache(maxsize=2)
def _offered(known: bool) -> Statement:
    """What holds, and what the customer goes by, which is asked once for all rows."""
    columns = (special_prices.c.rule, special_prices.c.taken)
    if not known:
        nothing = (null(), null(), null())
        return Statement(select(*columns, *nothing).where(*_HOLDING).order_by(special_prices.c.id))
    of_customer = and_(
        special_customers.c.merchant_id == special_prices.c.merchant_id,
        special_customers.c.special_id == special_prices.c.id,
        special_customers.c.customer_id == bindparam("customer_id"),
    )
    tier = (
        select(customers.c.tier_id)
        .where(
            customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
        )
        .scalar_subquery()
    )
    return Statement(
        select(*columns, special_customers.c.taken, tier, audience_column())
        .select_from(special_prices.outerjoin(special_customers, of_customer))
        .where(*_HOLDING)
        .order_by(special_prices.c.id)
    )


def offers_asked(
    actor: Actor, sku_ids: Collection[str], *, customer_id: CustomerId | None, at: datetime
) -> Ask:
    """Ask for what is offered to a customer."""
    asked: dict[str, Any] = {"merchant_id": actor.merchant_id, "sku_ids": sorted(sku_ids), "at": at}
    if customer_id is not None:
        asked["customer_id"] = customer_id
    return Ask(_offered(customer_id is not None), asked)


def offers_of(rows: Rows, actor: Actor, *, customer_id: CustomerId | None, at: datetime) -> Offers:
    """Read what `offers_asked` is answered with."""
    found: list[tuple[SpecialPrice, Taken]] = []
    audience = NOBODY
    for rule, taken, of_customer, tier_id, ways in rows:
        found.append((special_of(rule), Taken(taken, of_customer or 0)))
        if customer_id is not None and tier_id is not None:
            audience = audience_of(customer_id, PriceTierId(tier_id), ways)
    return offered(found, audience=audience, at=at, time_zone=actor.merchant.time_zone)


def read_offers(actor: Actor, sku_ids: Collection[str], at: datetime) -> Reader[Offers]:
    """Read what is offered to whoever looks; where the merchant has nothing to offer nothing is asked."""
    if not sku_ids or not actor.merchant.has_specials:
        return {}
    rows = yield offers_asked(actor, sku_ids, customer_id=actor.customer_id, at=at)
    return offers_of(rows, actor, customer_id=actor.customer_id, at=at)
