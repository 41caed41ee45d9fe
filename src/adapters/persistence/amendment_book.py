"""What was changed of orders after they were placed, as readers see it: straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
from sqlalchemy import bindparam, select

from adapters.persistence.amendments import amendment_of, order_amendments
from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.ordering import orders
from adapters.persistence.statements import Ask, Reader, Statement, any_of
from application.authorization import Permission
from application.views.amendments import AmendmentBook, AmendmentCard, amendment_card, sees_reasons
from domain.identity import OrderId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_NAMES = ("order_id", "version", "actor", "at", "before", "after", "weights")


@lru_cache(maxsize=8)
def _of_orders(reach: Reach, reasons: bool) -> Statement:
    """Why is read, and opened, only for those who are shown it."""
    columns = [order_amendments.c[name] for name in (*_NAMES, *(["reason"] if reasons else []))]
    same = (orders.c.merchant_id == order_amendments.c.merchant_id) & (
        orders.c.id == order_amendments.c.order_id
    )
    return Statement(
        select(orders.c.currency, *columns)
        .select_from(order_amendments.join(orders, same))
        .where(
            order_amendments.c.merchant_id == bindparam("merchant_id"),
            any_of(order_amendments.c.order_id, "order_ids"),
            *seen(orders.c.customer_id, reach),
        )
        .order_by(order_amendments.c.order_id, order_amendments.c.version)
    )


@attrs.frozen
class SqlAmendmentBook(AmendmentBook):
    """What one actor sees of the amendments of a merchant's orders."""

    sight: Sight

    async def of_orders(self, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[AmendmentCard, ...]]:
        actor = self.sight.actor
        if not actor.has(Permission.VIEW_ORDERS):
            return {}
        reasons = sees_reasons(actor)
        asked = {"merchant_id": actor.merchant_id, **seeing(actor), "order_ids": sorted(order_ids)}

        def reader() -> Reader[Mapping[OrderId, tuple[AmendmentCard, ...]]]:
            rows = yield Ask(_of_orders(reach_of(actor), reasons), asked)
            found: dict[OrderId, tuple[AmendmentCard, ...]] = {}
            for code, *row in rows:
                one = amendment_of(row if reasons else (*row, ""), code)
                card = amendment_card(one, reasons=reasons)
                found[one.order_id] = (*found.get(one.order_id, ()), card)
            return found

        return await self.sight.read(reader)
