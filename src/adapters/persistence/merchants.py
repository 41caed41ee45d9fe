"""Merchants and their staff: tables and rows."""

from __future__ import annotations

from functools import lru_cache

import orjson
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from adapters.persistence.statements import Row
from adapters.persistence.tables import Whole, Words, metadata, tenant_table
from domain.identity import MerchantId
from domain.merchant import Merchant, PaymentMethod, Staff
from domain.money import Currency
from domain.quantity import Quantity

merchants = Table(
    "merchants",
    metadata,
    Column("id", Words, nullable=False),
    Column("slug", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("time_zone", Words, nullable=False),
    Column("price_scale", Integer, nullable=False),
    Column("guest_prices", Boolean(create_constraint=False), nullable=False),
    Column("low_stock", Whole, nullable=False),
    Column("payment_methods", Words, nullable=False),
    # Here, because a guest may look at a merchant, but not yet at anything that is the merchant's.
    Column("restricts_goods", Boolean(create_constraint=False)),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
    CheckConstraint("price_scale BETWEEN 2 AND 4", name="price_scale"),
)

staff = tenant_table(
    "staff",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("permissions", Words, nullable=False),
    Column("login_id", Words),
    Index(None, "merchant_id", "login_id", unique=True),
    Index(None, "login_id"),
)


def merchant_row(merchant: Merchant) -> Row:
    methods = sorted(method.value for method in merchant.payment_methods)
    return (
        merchant.id,
        merchant.slug,
        merchant.name,
        merchant.currency.value,
        merchant.time_zone,
        merchant.price_scale,
        merchant.guest_prices,
        merchant.low_stock.thousandths,
        " ".join(methods),
        merchant.restricts_goods,
    )


@lru_cache(maxsize=256)
def merchant_of(row: Row) -> Merchant:
    """Read a merchant; the same row is the same merchant."""
    id, slug, name, currency, time_zone, price_scale, guest_prices, low_stock, methods, restricts = row
    return Merchant(
        id=MerchantId(id),
        slug=slug,
        name=name,
        currency=Currency(currency),
        time_zone=time_zone,
        price_scale=price_scale,
        guest_prices=bool(guest_prices),
        low_stock=Quantity(low_stock),
        payment_methods=frozenset(PaymentMethod(method) for method in methods.split()),
        restricts_goods=bool(restricts),
    )


def staff_row(merchant_id: MerchantId, member: Staff) -> Row:
    permissions = orjson.dumps(sorted(member.permissions)).decode()
    return (merchant_id, member.id, member.name, permissions, member.login_id)
