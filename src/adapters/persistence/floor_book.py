"""Floors, margins, approvals, and what was sold below its floor, as staff see them: straight from rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import BindParameter, ColumnElement, Numeric, and_, bindparam, cast, func, select

from adapters.persistence.catalog import skus
from adapters.persistence.floors import (
    SET_AND_PLACED,
    USUAL,
    approval_of,
    category_margins,
    floor_approvals,
    floor_of,
    lowest_column,
    perhaps_margin,
    sku_floors,
)
from adapters.persistence.made import category_id, order_id, sku_id
from adapters.persistence.ordering import order_lines, orders
from adapters.persistence.paging import (
    Shape,
    conditions,
    cut,
    most,
    ordering,
    page_of,
    page_parameters,
)
from adapters.persistence.statements import Ask, Reader, Row, Statement
from adapters.persistence.tables import Instant, instant, microseconds
from application.authorization import Permission
from application.ports.floors import FloorApproval
from application.views.floors import CategoryMargin, FloorBook, FloorCard, LineBelowFloor
from application.views.pages import Key, Slice, Window
from domain.identity import SkuCode
from domain.money import Currency, Money, Percentage, UnitPrice
from domain.ordering import FALLEN_STATUSES
from domain.quantity import Quantity

if TYPE_CHECKING:
    from adapters.persistence.sight import Sight

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_BY_SKU = (skus.c.code, sku_floors.c.sku_id)
_BY_CUSTOMER = (floor_approvals.c.customer_id, floor_approvals.c.sku_id)
_BY_LINE = (orders.c.placed_at, orders.c.id, order_lines.c.line)


def _set(of_sku: bool) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = [sku_floors.c.merchant_id == _MERCHANT]
    return [*kept, skus.c.code == bindparam("sku_code")] if of_sku else kept


@lru_cache(maxsize=64)
def _floors(shape: Shape, of_sku: bool) -> Statement:
    return Statement(
        select(
            skus.c.code,
            sku_floors.c.sku_id,
            sku_floors.c.floor,
            sku_floors.c.cost,
            sku_floors.c.margin,
            USUAL,
        )
        .select_from(SET_AND_PLACED)
        .where(*_set(of_sku), *conditions(shape, _BY_SKU))
        .order_by(*ordering(shape, _BY_SKU))
        .limit(most(shape))
    )


@lru_cache(maxsize=2)
def _count_floors(of_sku: bool) -> Statement:
    return Statement(select(func.count()).select_from(SET_AND_PLACED).where(*_set(of_sku)))


_MARGINS = Statement(
    select(category_margins.c.category_id, category_margins.c.margin)
    .where(category_margins.c.merchant_id == _MERCHANT)
    .order_by(category_margins.c.category_id)
)


@lru_cache(maxsize=64)
def _approvals(shape: Shape) -> Statement:
    return Statement(
        select(*(column for column in floor_approvals.c if column.name != "merchant_id"))
        .where(floor_approvals.c.merchant_id == _MERCHANT, *conditions(shape, _BY_CUSTOMER))
        .order_by(*ordering(shape, _BY_CUSTOMER))
        .limit(most(shape))
    )


_COUNT_APPROVALS = Statement(
    select(func.count()).select_from(floor_approvals).where(floor_approvals.c.merchant_id == _MERCHANT)
)
_LINES = orders.join(
    order_lines,
    and_(order_lines.c.merchant_id == orders.c.merchant_id, order_lines.c.order_id == orders.c.id),
).join(
    SET_AND_PLACED,
    and_(sku_floors.c.merchant_id == order_lines.c.merchant_id, sku_floors.c.sku_id == order_lines.c.sku_id),
)
_NET = order_lines.c.total - order_lines.c.discount


def _below() -> list[ColumnElement[bool]]:
    # A floor of x / d is more than the net where that, rounded half up, is: both sides times 2d, as no column can be.
    floor = cast(lowest_column(), Numeric) * order_lines.c.base_quantity
    divisor: ColumnElement[Any] = cast(bindparam("divisor"), Numeric)
    return [
        orders.c.merchant_id == _MERCHANT,
        orders.c.placed_at >= bindparam("since", type_=Instant()),
        orders.c.placed_at < bindparam("until", type_=Instant()),
        *(orders.c.status != status for status in sorted(one.value for one in FALLEN_STATUSES)),
        order_lines.c.gift_value.is_(None),
        2 * divisor * _NET + divisor <= 2 * floor,
    ]


@lru_cache(maxsize=64)
def _lines(shape: Shape) -> Statement:
    return Statement(
        select(
            *_BY_LINE,
            orders.c.number,
            order_lines.c.sku_id,
            order_lines.c.base_quantity,
            _NET,
            lowest_column(),
        )
        .select_from(_LINES)
        .where(*_below(), *conditions(shape, _BY_LINE))
        .order_by(*ordering(shape, _BY_LINE))
        .limit(most(shape))
    )


@lru_cache(maxsize=1)
def _count_lines() -> Statement:
    return Statement(select(func.count()).select_from(_LINES).where(*_below()))


@attrs.frozen
class SqlFloorBook(FloorBook):
    """What staff see of the floors of one merchant."""

    sight: Sight

    async def floors(self, *, window: Window, sku_code: SkuCode | None, count: bool) -> Slice[FloorCard]:
        asked = self._asked()
        if sku_code is not None:
            asked["sku_code"] = sku_code

        def reader() -> Reader[Slice[FloorCard]]:
            one = sku_code is not None
            rows = yield Ask(_floors(Shape.of(window), one), {**asked, **page_parameters(window)})
            total = (yield Ask(_count_floors(one), asked))[0][0] if count else None
            nodes = [self._card(row) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0], row[1]), nodes=nodes, total=total)

        return await self.sight.read(reader) if self._may() else Slice()

    async def margins(self) -> tuple[CategoryMargin, ...]:
        def reader() -> Reader[tuple[CategoryMargin, ...]]:
            rows = yield Ask(_MARGINS, self._asked())
            return tuple(CategoryMargin(category_id(id), Percentage(margin)) for id, margin in rows)

        return await self.sight.read(reader) if self._may() else ()

    async def approvals(self, *, window: Window, count: bool) -> Slice[FloorApproval]:
        def reader() -> Reader[Slice[FloorApproval]]:
            rows = yield Ask(_approvals(Shape.of(window)), {**self._asked(), **page_parameters(window)})
            total = (yield Ask(_COUNT_APPROVALS, self._asked()))[0][0] if count else None
            nodes = [approval_of(row, self._currency) for row in page_of(rows, window)]
            return cut(rows, window, key=lambda row: (row[0], row[1]), nodes=nodes, total=total)

        may = self._may() and self.sight.actor.has(Permission.VIEW_CUSTOMERS)
        return await self.sight.read(reader) if may else Slice()

    async def below(
        self, *, window: Window, since: datetime, until: datetime, count: bool
    ) -> Slice[LineBelowFloor]:
        divisor = 10_000_000 // 10**self._currency.exponent
        asked = {**self._asked(), "since": since, "until": until, "divisor": divisor}

        def reader() -> Reader[Slice[LineBelowFloor]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_lines(shape), {**asked, **page_parameters(window, stored=_stored)})
            total = (yield Ask(_count_lines(), asked))[0][0] if count else None
            nodes = [self._line(row) for row in page_of(rows, window)]
            return cut(rows, window, key=_key, nodes=nodes, total=total)

        may = self._may() and self.sight.actor.has(Permission.VIEW_ORDERS)
        return await self.sight.read(reader) if may else Slice()

    def _card(self, row: Row) -> FloorCard:
        _, id, floor, cost, margin, usual = row
        found = floor_of((floor, cost, margin), self._currency)
        assert found is not None, "a row has something that is set"
        return FloorCard(sku_id(id), found, perhaps_margin(usual))

    def _line(self, row: Row) -> LineBelowFloor:
        placed_at, id, _, number, sku, quantity, net, lowest = row
        return LineBelowFloor(
            order_id=order_id(id),
            number=number,
            placed_at=instant(placed_at),
            sku_id=sku_id(sku),
            base_quantity=Quantity(quantity),
            net=Money(net, self._currency),
            lowest=UnitPrice(lowest, self._currency),
        )

    def _may(self) -> bool:
        return self.sight.actor.has(Permission.VIEW_FLOORS)

    def _asked(self) -> dict[str, Any]:
        return {"merchant_id": self.sight.actor.merchant_id}

    @property
    def _currency(self) -> Currency:
        return self.sight.actor.merchant.currency


def _key(row: Row) -> Key:
    return (microseconds(instant(row[0])), row[1], row[2])


def _stored(key: Key) -> Sequence[Any]:
    """Turn the key's microseconds into an instant, which each database stores in its way."""
    return (instant(int(key[0])), *key[1:])
