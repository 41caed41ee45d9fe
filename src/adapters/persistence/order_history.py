"""The order history as readers see it, straight from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import BindParameter, and_, bindparam, func, select

from adapters.persistence.catalog import skus
from adapters.persistence.ordering import address_of, order_lines, orders
from adapters.persistence.paging import Shape, conditions, cut, ordering, page_of, page_parameters
from adapters.persistence.sessions import Driver
from adapters.persistence.statements import Ask, Reader, Row, Rows, Statement, any_of
from adapters.persistence.tables import instant, microseconds, perhaps_day
from application.authorization import Actor, ActorKind, Permission
from application.views.orders import (
    OrderCard,
    OrderFilter,
    OrderHistory,
    OrderLineCard,
    OrderWant,
    SkuHead,
)
from application.views.pages import Key, Slice, Window
from domain.identity import BuyerId, CustomerId, OrderId, SkuCode, SkuId
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, UnitPrice
from domain.ordering import FulfillmentStatus, OrderStatus, PaymentStatus
from domain.pricing import PriceSource
from domain.quantity import Quantity

_MERCHANT: BindParameter[str] = bindparam("merchant_id")
_SORT = (orders.c.placed_at, orders.c.id)
_CARD = (
    orders.c.id,
    orders.c.number,
    orders.c.customer_id,
    orders.c.buyer_id,
    orders.c.currency,
    orders.c.total,
    orders.c.line_count,
    orders.c.status,
    orders.c.payment_status,
    orders.c.fulfillment_status,
    orders.c.payment_method,
    orders.c.placed_at,
    orders.c.requested_delivery_date,
    orders.c.purchase_order_number,
    orders.c.note,
    orders.c.address,
)


def _which(of: str, by_status: bool) -> list[Any]:
    found: list[Any] = [orders.c.merchant_id == _MERCHANT]
    if of == "customer":
        found.append(orders.c.customer_id == bindparam("customer_id"))
    if of == "customers":
        found.append(any_of(orders.c.customer_id, "customer_ids"))
    if by_status:
        found.append(orders.c.status == bindparam("status"))
    return found


@lru_cache(maxsize=64)
def _page(shape: Shape, of: str, by_status: bool) -> Statement:
    return Statement(
        select(*_CARD)
        .where(*_which(of, by_status), *conditions(shape, _SORT))
        .order_by(*ordering(shape, _SORT))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=64)
def _page_of_each(shape: Shape, by_status: bool) -> Statement:
    """The same page of several customers' orders: the rows of each are numbered, and so cut."""
    place = func.row_number().over(partition_by=orders.c.customer_id, order_by=ordering(shape, _SORT))
    numbered = (
        select(*_CARD, place.label("place"))
        .where(*_which("customers", by_status), *conditions(shape, _SORT))
        .subquery("numbered")
    )
    columns = [numbered.c[column.name] for column in _CARD]
    return Statement(
        select(*columns).where(numbered.c.place <= bindparam("limit")).order_by(numbered.c.place)
    )


@lru_cache(maxsize=8)
def _count(of: str, by_status: bool) -> Statement:
    if of == "customers":
        counted = select(orders.c.customer_id, func.count()).group_by(orders.c.customer_id)
        return Statement(counted.where(*_which(of, by_status)))
    return Statement(select(func.count()).select_from(orders).where(*_which(of, by_status)))


_BY_ID = Statement(select(*_CARD).where(orders.c.merchant_id == _MERCHANT, any_of(orders.c.id, "ids")))
_LINES = Statement(
    select(
        order_lines.c.order_id,
        order_lines.c.sku_id,
        skus.c.code,
        skus.c.name,
        order_lines.c.sku_code,
        order_lines.c.sku_name,
        order_lines.c.unit_code,
        order_lines.c.unit_name,
        order_lines.c.quantity,
        order_lines.c.unit_price,
        order_lines.c.list_price,
        order_lines.c.price_source,
        order_lines.c.total,
    )
    .select_from(
        order_lines.join(
            skus, and_(skus.c.merchant_id == order_lines.c.merchant_id, skus.c.id == order_lines.c.sku_id)
        )
    )
    .where(order_lines.c.merchant_id == _MERCHANT, any_of(order_lines.c.order_id, "ids"))
    .order_by(order_lines.c.order_id, order_lines.c.line)
)


def _key(row: Row) -> Key:
    return (microseconds(instant(row[11])), row[0])


def _stored(key: Key) -> Sequence[Any]:
    """Turn the key's microseconds into an instant, which each database stores in its way."""
    return (instant(int(key[0])), key[1])


@attrs.frozen
class SqlOrderHistory(OrderHistory):
    """What one actor sees of the orders of one merchant."""

    driver: Driver
    actor: Actor

    async def newest(
        self, *, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        own = self.actor.customer_id if self.actor.kind is ActorKind.BUYER else None
        return await self._page(own, window, filter, want, count) if self._sees() else Slice()

    async def newest_of(
        self,
        customer_ids: Collection[CustomerId],
        *,
        window: Window,
        filter: OrderFilter,
        want: OrderWant,
        count: bool,
    ) -> Mapping[CustomerId, Slice[OrderCard]]:
        seen = [id for id in customer_ids if self._sees() and self._sees_customer(id)]
        nothing: dict[CustomerId, Slice[OrderCard]] = {
            id: Slice(total=0 if count else None) for id in customer_ids
        }
        if not seen:
            return nothing
        if len(seen) == 1:
            return nothing | {seen[0]: await self._page(seen[0], window, filter, want, count)}
        by_status = filter.status is not None
        asked = self._asked(filter, {"customer_ids": sorted(seen)})

        def reader() -> Reader[dict[CustomerId, Slice[OrderCard]]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(
                _page_of_each(shape, by_status), {**asked, **page_parameters(window, stored=_stored)}
            )
            counted = (yield Ask(_count("customers", by_status), asked)) if count else []
            totals: dict[str, int] = {row[0]: row[1] for row in counted}
            of_each = {id: [row for row in rows if row[2] == id] for id in seen}
            kept = {id: page_of(of_each[id], window) for id in seen}
            cards = yield from self._cards([row for id in seen for row in kept[id]], want)
            rest = iter(cards)
            return {
                id: cut(
                    of_each[id],
                    window,
                    key=_key,
                    nodes=[next(rest) for _ in kept[id]],
                    total=totals.get(id, 0) if count else None,
                )
                for id in seen
            }

        return nothing | await self.driver.read(reader)

    async def orders_by_id(self, ids: Collection[OrderId], *, want: OrderWant) -> Mapping[OrderId, OrderCard]:
        def reader() -> Reader[Mapping[OrderId, OrderCard]]:
            rows = yield Ask(_BY_ID, {"merchant_id": self.actor.merchant_id, "ids": sorted(ids)})
            kept = [row for row in rows if self._sees_customer(row[2])]
            return {card.id: card for card in (yield from self._cards(kept, want))}

        return await self.driver.read(reader) if ids and self._sees() else {}

    async def _page(
        self, of: CustomerId | None, window: Window, filter: OrderFilter, want: OrderWant, count: bool
    ) -> Slice[OrderCard]:
        """A page of the orders of one customer, or of all."""
        which = ("all" if of is None else "customer", filter.status is not None)
        asked = self._asked(filter, {} if of is None else {"customer_id": of})

        def reader() -> Reader[Slice[OrderCard]]:
            shape = Shape.of(window, descending=True)
            rows = yield Ask(_page(shape, *which), {**asked, **page_parameters(window, stored=_stored)})
            total = (yield Ask(_count(*which), asked))[0][0] if count else None
            cards = yield from self._cards(page_of(rows, window), want)
            return cut(rows, window, key=_key, nodes=cards, total=total)

        return await self.driver.read(reader)

    def _asked(self, filter: OrderFilter, more: Mapping[str, Any]) -> dict[str, Any]:
        by_status = {} if filter.status is None else {"status": filter.status.value}
        return {"merchant_id": self.actor.merchant_id, **by_status, **more}

    def _sees(self) -> bool:
        return self.actor.has(Permission.VIEW_ORDERS)

    def _sees_customer(self, id: str) -> bool:
        return self.actor.kind is not ActorKind.BUYER or id == self.actor.customer_id

    def _cards(self, rows: Rows, want: OrderWant) -> Reader[list[OrderCard]]:
        lines: dict[str, list[OrderLineCard]] = {}
        if want.lines and rows:
            currencies = {row[0]: Currency(row[4]) for row in rows}
            asked = {"merchant_id": self.actor.merchant_id, "ids": sorted(currencies)}
            for row in (yield Ask(_LINES, asked)):
                lines.setdefault(row[0], []).append(_line(row, currencies[row[0]]))
        return [_card(row, tuple(lines.get(row[0], ()))) for row in rows]


def _line(row: Row, currency: Currency) -> OrderLineCard:
    return OrderLineCard(
        sku=SkuHead(id=SkuId(row[1]), code=SkuCode(row[2]), name=row[3]),
        sku_code=SkuCode(row[4]),
        sku_name=row[5],
        unit_code=row[6],
        unit_name=row[7],
        quantity=Quantity(row[8]),
        unit_price=UnitPrice(row[9], currency),
        list_price=UnitPrice(row[10], currency),
        price_source=PriceSource(row[11]),
        total=Money(row[12], currency),
    )


def _card(row: Row, lines: tuple[OrderLineCard, ...]) -> OrderCard:
    return OrderCard(
        id=OrderId(row[0]),
        number=row[1],
        customer_id=CustomerId(row[2]),
        buyer_id=BuyerId(row[3]),
        total=Money(row[5], Currency(row[4])),
        line_count=row[6],
        status=OrderStatus(row[7]),
        payment_status=PaymentStatus(row[8]),
        fulfillment_status=FulfillmentStatus(row[9]),
        payment_method=PaymentMethod(row[10]),
        placed_at=instant(row[11]),
        requested_delivery_date=perhaps_day(row[12]),
        purchase_order_number=row[13],
        note=row[14],
        address=address_of(row[15]),
        lines=lines,
    )
