"""What companies call goods as readers see it, straight from rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import and_, bindparam, func, select

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.catalog import skus
from adapters.persistence.own_names import customer_names
from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.statements import Ask, Reader, Row, Statement
from adapters.persistence.tables import instant
from adapters.persistence.visibility import limits, visible
from application.authorization import sees_all_goods, sees_customers
from application.views.own_names import OwnNameBook, OwnNameCard
from application.views.pages import Slice, Window
from domain.identity import CustomerId, SkuId

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_SORT = (customer_names.c.name,)
_OF_NAME = and_(skus.c.merchant_id == customer_names.c.merchant_id, skus.c.id == customer_names.c.sku_id)


def _which(reach: Reach, *, limited: bool) -> list[Any]:
    return [
        customer_names.c.merchant_id == bindparam("merchant_id"),
        customer_names.c.customer_id == bindparam("customer_id"),
        *seen(customer_names.c.customer_id, reach),
        *([visible(skus.c.product_id)] if limited else []),
    ]


@lru_cache(maxsize=256)
def _page(shape: Shape, reach: Reach, *, limited: bool) -> Statement:
    return Statement(
        select(customer_names.c.name, customer_names.c.sku_id, customer_names.c.learned_at)
        .select_from(customer_names.join(skus, _OF_NAME))
        .where(*_which(reach, limited=limited), *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(most(shape))
    )


@lru_cache(maxsize=16)
def _count(reach: Reach, *, limited: bool) -> Statement:
    counted = select(func.count()).select_from(customer_names.join(skus, _OF_NAME))
    return Statement(counted.where(*_which(reach, limited=limited)))


def _card(row: Row) -> OwnNameCard:
    return OwnNameCard(row[0], SkuId(row[1]), instant(row[2]))


@attrs.frozen
class SqlOwnNameBook(OwnNameBook):
    """What one actor sees of own names."""

    sight: Sight

    async def names(self, customer_id: CustomerId, *, window: Window, count: bool) -> Slice[OwnNameCard]:
        actor = self.sight.actor
        if not sees_customers(actor):
            return Slice()
        reach, limited = reach_of(actor), not sees_all_goods(actor)
        asked = {
            "merchant_id": actor.merchant_id,
            "customer_id": customer_id,
            **seeing(actor),
            **limits(actor),
        }

        def reader() -> Reader[Slice[OwnNameCard]]:
            page = _page(Shape.of(window), reach, limited=limited)
            rows = yield Ask(page, {**asked, **page_parameters(window)})
            total = (yield Ask(_count(reach, limited=limited), asked))[0][0] if count else None
            cards = [_card(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0],), nodes=cards, total=total)

        return await self.sight.read(reader)
