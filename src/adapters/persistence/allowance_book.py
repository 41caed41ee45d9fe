"""What customers are allowed beside the quantity rules, as staff see it: straight from rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select

from adapters.persistence.paging import Shape, conditions, cut, most, ordering, page_of, page_parameters
from adapters.persistence.quantity_rules import allowance_of, quantity_allowances
from adapters.persistence.statements import Ask, Reader, Statement
from adapters.persistence.tables import Instant
from application.authorization import Permission
from application.ports.quantity_rules import Allowance
from application.views.pages import Slice, Window
from application.views.quantity_rules import AllowanceBook, AllowanceFilter

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_ONE = quantity_allowances.c
_KEY = (_ONE.customer_id, _ONE.sku_id)


def _which(of_customer: bool, current: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_ONE.merchant_id == _MERCHANT]
    if of_customer:
        found.append(_ONE.customer_id == bindparam("customer_id"))
    if current:
        found.append(_ONE.until > bindparam("at", type_=Instant()))
    return found


@lru_cache(maxsize=64)
def _page(shape: Shape, of_customer: bool, current: bool) -> Statement:
    return Statement(
        select(*(column for column in _ONE if column.name != "merchant_id"))
        .where(*_which(of_customer, current), *conditions(shape, _KEY))
        .order_by(*ordering(shape, _KEY))
        .limit(most(shape))
    )


@lru_cache(maxsize=4)
def _count(of_customer: bool, current: bool) -> Statement:
    return Statement(
        select(func.count()).select_from(quantity_allowances).where(*_which(of_customer, current))
    )


@attrs.frozen
class SqlAllowanceBook(AllowanceBook):
    """What staff see of the allowances of one merchant."""

    sight: Sight

    async def allowances(self, *, window: Window, filter: AllowanceFilter, count: bool) -> Slice[Allowance]:
        actor = self.sight.actor
        asked: dict[str, Any] = {"merchant_id": actor.merchant_id}
        if filter.customer_id is not None:
            asked["customer_id"] = filter.customer_id
        if filter.current:
            asked["at"] = self.sight.at
        which = (filter.customer_id is not None, filter.current)

        def reader() -> Reader[Slice[Allowance]]:
            rows = yield Ask(_page(Shape.of(window), *which), {**asked, **page_parameters(window)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            nodes = [allowance_of(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0], row[1]), nodes=nodes, total=total)

        if not actor.has(Permission.MANAGE_CUSTOMERS):
            return Slice(total=0 if count else None)
        return await self.sight.read(reader)
