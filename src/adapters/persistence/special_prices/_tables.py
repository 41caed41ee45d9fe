"""Special prices in tables, how much was bought at them, and what orders kept of them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index

from adapters.persistence.facts import read_whole, written_whole
from adapters.persistence.statements import Row
from adapters.persistence.tables import Instant, Whole, Words, belongs_to, tenant_table
from domain.identity import MerchantId
from domain.ordering import Order
from domain.special_prices import OrderSpecial, SpecialPrice

special_prices = tenant_table(
    "special_prices",
    Column("id", Words, nullable=False),
    Column("sku_id", Words, nullable=False),
    # The whole of it; whatever else is here is for looking it up, and for the guard of its stock.
    Column("rule", Words, nullable=False),
    Column("begins", Instant),
    Column("ends", Instant),
    Column("most", Whole),
    Column("taken", Whole, nullable=False),
    Column("version", BigInteger, nullable=False),
    belongs_to("skus", "sku_id"),
    CheckConstraint("begins IS NULL OR ends IS NULL OR begins < ends", name="validity"),
    CheckConstraint("taken >= 0", name="taken"),
    Index(None, "merchant_id", "sku_id"),
)

special_customers = tenant_table(
    "special_customers",
    Column("special_id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("taken", Whole, nullable=False),
    belongs_to("special_prices", "special_id"),
    belongs_to("customers", "customer_id"),
    CheckConstraint("taken >= 0", name="taken"),
    key=("special_id", "customer_id"),
)
"""How much each customer bought at a special price that is limited."""

order_specials = tenant_table(
    "order_specials",
    Column("order_id", Words, nullable=False),
    Column("line", BigInteger, nullable=False),
    # No constraint of the database: it says what was, and holds nothing.
    Column("special_id", Words, nullable=False),
    Column("quantity", Whole, nullable=False),
    Column("limited", Boolean(create_constraint=False), nullable=False),
    Column("kept", Words, nullable=False),
    belongs_to("orders", "order_id", late=True),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "merchant_id", "special_id", "order_id"),
    key=("order_id", "line"),
)
"""What decided the price of a line of an order that has a special price."""


def special_row(merchant_id: MerchantId, one: SpecialPrice) -> Row:
    validity = one.schedule.validity
    return (
        merchant_id,
        one.id,
        one.sku_id,
        written_whole(one),
        validity.start,
        validity.end,
        one.stock and one.stock.thousandths,
        0,
        one.version,
    )


def kept_row(merchant_id: MerchantId, order: Order, one: OrderSpecial) -> Row:
    special = one.special
    return (
        merchant_id,
        order.id,
        one.line,
        special.id,
        one.quantity.thousandths,
        special.limited,
        written_whole(one),
    )


@lru_cache(maxsize=4_096)
def special_of(rule: str) -> SpecialPrice:
    """The special price in a column; the same ones are offered again and again."""
    return read_whole(rule, SpecialPrice)


def kept_of(kept: str) -> OrderSpecial:
    """What an order kept."""
    return read_whole(kept, OrderSpecial)
