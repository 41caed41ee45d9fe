"""What promotions did to orders, in tables."""

from __future__ import annotations

import attrs
import orjson
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ColumnElement, Index, bindparam, select

from adapters.persistence.facts import read_whole, written_whole
from adapters.persistence.statements import JsonRows, Row
from adapters.persistence.tables import Whole, Words, belongs_to, tenant_table
from domain.identity import MerchantId, PromotionId
from domain.money import Currency, Money
from domain.ordering import Order
from domain.promotions import GiftLine, OrderPromotion, PromotionName

order_promotions = tenant_table(
    "order_promotions",
    Column("order_id", Words, nullable=False),
    Column("place", BigInteger, nullable=False),
    # No constraint of the database: it says what was, and holds nothing. What was claimed is no promotion's row.
    Column("promotion_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("claim", Words),
    Column("discount", Whole, nullable=False),
    Column("cost", Whole, nullable=False),
    Column("limited", Boolean(create_constraint=False), nullable=False),
    Column("gifts", Words, nullable=False),
    belongs_to("orders", "order_id", late=True),
    CheckConstraint("discount >= 0 AND cost >= discount", name="amounts"),
    Index(None, "merchant_id", "promotion_id", "order_id"),
    key=("order_id", "place"),
)
"""What promotions did to an order, as they were then."""


def promotion_rows(merchant_id: MerchantId, order: Order) -> list[Row]:
    return [
        (
            merchant_id,
            order.id,
            place,
            one.promotion_id,
            one.name,
            one.text,
            one.claim,
            one.discount.minor,
            one.cost.minor,
            one.limited,
            written_whole(_Gifts(one.gifts)),
        )
        for place, one in enumerate(order.promotions)
    ]


@attrs.frozen
class _Gifts:
    """What a promotion gave, as it is written."""

    gifts: tuple[GiftLine, ...]


def promotions_column(order_id: ColumnElement[str]) -> ColumnElement[str]:
    """What promotions did to an order, as JSON."""
    names = ("place", "promotion_id", "name", "text", "claim", "discount", "cost", "limited", "gifts")
    return (
        select(JsonRows(*(order_promotions.c[name] for name in names)))
        .select_from(order_promotions)
        .where(
            order_promotions.c.merchant_id == bindparam("merchant_id"),
            order_promotions.c.order_id == order_id,
        )
        .correlate_except(order_promotions)
        .scalar_subquery()
    )


def promotions_of(stored: str | None, currency: Currency) -> tuple[OrderPromotion, ...]:
    """Read what `promotions_column` answers; PostgreSQL has nothing to say of no rows."""
    return tuple(
        OrderPromotion(
            promotion_id=PromotionId(id),
            name=PromotionName(name),
            text=text,
            claim=claim,
            discount=Money(discount, currency),
            cost=Money(cost, currency),
            limited=bool(limited),
            gifts=read_whole(gifts, _Gifts).gifts,
        )
        for _, id, name, text, claim, discount, cost, limited, gifts in sorted(orjson.loads(stored or "[]"))
    )
