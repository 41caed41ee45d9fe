"""Orders as readers see them, made of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement

from adapters.persistence.catalog import skus
from adapters.persistence.made import (
    MOST_REMEMBERED,
    buyer_id,
    customer_id,
    money,
    order_id,
    quantity,
    sku_code,
    sku_id,
    unit_price,
)
from adapters.persistence.order_promotions import promotions_column, promotions_of
from adapters.persistence.ordering import address_of, order_lines, orders, weight_of
from adapters.persistence.statements import Row, Rows
from adapters.persistence.tables import instant, perhaps_day
from application.views.catalog import SkuCard, SkuHead
from application.views.customers import BuyerCard, CustomerCard
from application.views.orders import LineWeightCard, OrderCard, OrderLineCard, OrderWant
from domain.identity import BuyerId, CustomerId, SkuId, StaffId, perhaps
from domain.merchant import PaymentMethod
from domain.money import Currency
from domain.ordering import FulfillmentStatus, OrderStatus, PaymentStatus
from domain.pricing import PriceSource
from domain.privacy import Veil

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
    orders.c.placed_at,
)
_DETAILS = (
    orders.c.payment_method,
    orders.c.requested_delivery_date,
    orders.c.purchase_order_number,
)
_SEALED = (orders.c.note, orders.c.address)
_KEPT = (orders.c.placed_by_id, orders.c.sales_rep_id, orders.c.agent_id)
_PROMOTIONS = (promotions_column(orders.c.id).label("promotions"),)
_AMENDED = (orders.c.adjusted, orders.c.rounded, orders.c.settled)
PLACED = 10
"""Where a row says when its order was placed."""
LINE = (
    skus.c.id,
    skus.c.code,
    skus.c.name,
    order_lines.c.quantity,
    order_lines.c.unit_price,
    order_lines.c.total,
)
QUANTITY = 3
"""Which column of a line is there in every one; its SKU may be kept from whoever asks."""
LINE_DETAILS = (
    order_lines.c.sku_code,
    order_lines.c.sku_name,
    order_lines.c.unit_code,
    order_lines.c.unit_name,
    order_lines.c.list_price,
    order_lines.c.price_source,
)
LINE_PROMOTED = (order_lines.c.discount, order_lines.c.gift_value)
LINE_WEIGHED = (
    order_lines.c.weight_unit,
    order_lines.c.weight_unit_name,
    order_lines.c.tolerance,
    order_lines.c.actual,
    order_lines.c.base_quantity,
    order_lines.c.settled,
    order_lines.c.settled_discount,
)
_CURRENCIES = {one.value: one for one in Currency}
_STATUS = {one.value: one for one in OrderStatus}
_PAYMENT = {one.value: one for one in PaymentStatus}
_FULFILLMENT = {one.value: one for one in FulfillmentStatus}
_SOURCES = {one.value: one for one in PriceSource}


def order_columns(want: OrderWant) -> list[ColumnElement[Any]]:
    return [
        *_CARD,
        *(_DETAILS if want.details else ()),
        *(_SEALED if want.personal else ()),
        *(_PROMOTIONS if want.promotions else ()),
        *(_AMENDED if want.amended else ()),
        *(_KEPT if want.placed_by or want.owners else ()),
    ]


def order_width(want: OrderWant) -> int:
    """How many columns of a row are the order's."""
    return len(order_columns(want))


def kept_of(row: Row, want: OrderWant) -> tuple[CustomerId, StaffId | None, CustomerId | None]:
    """Which company placed an order, and who owned its customer then, where one of them is wanted."""
    at = order_width(want) - len(_KEPT)
    return (
        perhaps(CustomerId, row[at]) or customer_id(row[2]),
        perhaps(StaffId, row[at + 1]),
        perhaps(CustomerId, row[at + 2]),
    )


def grouped(rows: Rows, want: OrderWant) -> tuple[Rows, Sequence[Rows]]:
    """The first row of each order, and the rows of its lines: as many as the first says."""
    if want.lines is None:
        return rows, [[]] * len(rows)
    heads: Rows = []
    lines: list[Rows] = []
    rest, at = iter(rows), order_width(want)
    for row in rest:
        heads.append(row)
        lines.append([] if row[at + QUANTITY] is None else [row, *islice(rest, row[6] - 1)])
    return heads, lines


def line_cards(
    rows: Iterable[Row], code: str, want: OrderWant, goods: Mapping[SkuId, SkuCard]
) -> tuple[OrderLineCard, ...]:
    if want.lines is None:
        return ()
    currency, at, asked = (
        _CURRENCIES[code],
        order_width(want),
        (
            want.lines.details,
            want.lines.promoted,
            want.lines.weighed,
        ),
    )
    cards = [_line(row[at:], currency, *asked) for row in rows]
    if want.lines.sku is None:
        return tuple(cards)
    return tuple(card if card.sku is None else card._replace(sku=goods[card.sku.id]) for card in cards)


@lru_cache(maxsize=MOST_REMEMBERED)
def _line(row: Row, currency: Currency, details: bool, promoted: bool, weighed: bool) -> OrderLineCard:
    """The card of a line; the same row is the very same card."""
    card = OrderLineCard(
        None if row[0] is None else SkuHead(sku_id(row[0]), sku_code(row[1]), row[2]),
        quantity(row[3]),
        unit_price(row[4], currency),
        money(row[5], currency),
    )
    if promoted:
        discount, gift_value = row[12:14] if details else row[6:8]
        card = card._replace(
            discount=money(discount, currency),
            gift_value=None if gift_value is None else money(gift_value, currency),
        )
    if weighed:
        at = len(LINE) + (len(LINE_DETAILS) if details else 0) + (len(LINE_PROMOTED) if promoted else 0)
        card = card._replace(weight=_weight(card, row[at : at + len(LINE_WEIGHED)], currency))
    if not details:
        return card
    return card._replace(
        sku_code=sku_code(row[6]),
        sku_name=row[7],
        unit_code=row[8],
        unit_name=row[9],
        list_price=unit_price(row[10], currency),
        price_source=_SOURCES[row[11]],
    )


def _weight(card: OrderLineCard, row: Row, currency: Currency) -> LineWeightCard | None:
    *_, base_quantity, settled, settled_discount = row
    weight = weight_of(row[:4])
    if weight is None:
        return None
    total, net = card.total, card.net
    assert net is not None, "what is weighed is asked for with what was taken off"
    if settled is not None:
        total, net = money(settled, currency), money(settled - settled_discount, currency)
    return LineWeightCard(
        unit_code=weight.unit_code,
        unit_name=weight.unit_name,
        tolerance=weight.tolerance,
        nominal=quantity(base_quantity),
        actual=weight.actual,
        settled_total=total,
        settled_net=net,
    )


def order_card(
    row: Row,
    want: OrderWant,
    lines: tuple[OrderLineCard, ...],
    customers: Mapping[CustomerId, CustomerCard],
    buyers: Mapping[BuyerId, BuyerCard],
    veil: Veil,
) -> OrderCard:
    card = OrderCard(
        id=order_id(row[0]),
        number=row[1],
        customer_id=customer_id(row[2]),
        buyer_id=buyer_id(row[3]),
        total=money(row[5], _CURRENCIES[row[4]]),
        line_count=row[6],
        status=_STATUS[row[7]],
        payment_status=_PAYMENT[row[8]],
        fulfillment_status=_FULFILLMENT[row[9]],
        placed_at=instant(row[PLACED]),
        lines=lines,
        customer=customers.get(row[2]),
        buyer=buyers.get(row[3]),
    )
    if want.details:
        card = card._replace(
            payment_method=PaymentMethod(row[11]),
            requested_delivery_date=perhaps_day(row[12]),
            purchase_order_number=row[13],
        )
    at = len(_CARD) + (len(_DETAILS) if want.details else 0)
    if want.personal:
        card = card._replace(note=row[at], address=address_of(row[at + 1], veil))
        at += len(_SEALED)
    if want.promotions:
        card = card._replace(promotions=promotions_of(row[at], _CURRENCIES[row[4]]))
        at += len(_PROMOTIONS)
    if want.amended:
        adjusted, rounded, settled = row[at : at + len(_AMENDED)]
        currency = _CURRENCIES[row[4]]
        card = card._replace(
            adjusted=money(adjusted, currency),
            rounded=money(rounded, currency),
            settled_total=None if settled is None else money(settled, currency),
        )
    return card
