"""Merchants and their staff: tables and rows."""

from __future__ import annotations

from datetime import time
from functools import lru_cache

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from adapters.persistence.sealed import sealed
from adapters.persistence.statements import Row
from adapters.persistence.tables import Whole, Words, metadata, one_of, tenant_table
from domain.identity import LoginId, MerchantId, StaffId
from domain.merchant import Logo, MarginGuard, Merchant, PaymentMethod, PriceStrategy, Staff, StockDisplay
from domain.money import Currency, Money, Rounding
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
    Column("logo", Words),
    Column("stock_display", Words, nullable=False, server_default="EXACT"),
    Column("order_minimum_amount", Whole),
    Column("cut_off_minute", Integer),
    Column("delivery_lead_days", Integer, nullable=False, server_default="0"),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("price_strategy", Words, nullable=False, server_default="PRIORITY"),
    Column("margin_guard", Words, nullable=False, server_default="NONE"),
    Column("order_rounding", Words, nullable=False, server_default="NONE"),
    # Here, because a guest may look at a merchant, but not yet at anything that is the merchant's.
    Column("restricts_goods", Boolean(create_constraint=False)),
    Column("promotes", Boolean(create_constraint=False)),
    Column("second_factor", Boolean(create_constraint=False), nullable=False),
    Column("has_specials", Boolean(create_constraint=False)),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("slug"),
    CheckConstraint("price_scale BETWEEN 2 AND 4", name="price_scale"),
    one_of("stock_display", StockDisplay),
    one_of("price_strategy", PriceStrategy),
    one_of("margin_guard", MarginGuard),
    one_of("order_rounding", Rounding),
    CheckConstraint("order_minimum_amount > 0", name="order_minimum_amount"),
    CheckConstraint("cut_off_minute BETWEEN 0 AND 1439", name="cut_off_minute"),
    CheckConstraint("delivery_lead_days BETWEEN 0 AND 60", name="delivery_lead_days"),
    CheckConstraint("version >= 0", name="version"),
)
SETTINGS = tuple(
    column.name
    for column in merchants.columns
    if column.name
    not in (
        *("id", "slug", "currency", "price_scale"),
        *("restricts_goods", "promotes", "second_factor", "has_specials"),
    )
)
"""The columns that the merchant's staff change, and their version."""

staff = tenant_table(
    "staff",
    Column("id", Words, nullable=False),
    sealed("name"),
    Column("permissions", Words, nullable=False),
    Column("login_id", Words),
    Column("suspended", Boolean(create_constraint=False), nullable=False),
    Index(None, "merchant_id", "login_id", unique=True),
    Index(None, "login_id"),
)


def merchant_row(merchant: Merchant) -> Row:
    methods = sorted(method.value for method in merchant.payment_methods)
    minimum, cut_off = merchant.order_minimum_amount, merchant.cut_off_time
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
        merchant.logo,
        merchant.stock_display.value,
        None if minimum is None else minimum.minor,
        None if cut_off is None else cut_off.hour * 60 + cut_off.minute,
        merchant.delivery_lead_days,
        merchant.version,
        merchant.price_strategy.value,
        merchant.margin_guard.value,
        merchant.order_rounding.value,
        merchant.restricts_goods,
        merchant.promotes,
        merchant.second_factor,
        merchant.has_specials,
    )


@lru_cache(maxsize=256)
def merchant_of(row: Row) -> Merchant:
    """Read a merchant; the same row is the same merchant."""
    id, slug, name, currency, time_zone, price_scale, guest_prices, low_stock, payment_methods = row[:9]
    logo, stock_display, minimum, cut_off, delivery_lead_days, version, price_strategy = row[9:16]
    guard, rounding = row[16:-4]
    restricts, promotes, factor, specials = row[-4:]
    return Merchant(
        id=MerchantId(id),
        slug=slug,
        name=name,
        currency=Currency(currency),
        time_zone=time_zone,
        price_scale=price_scale,
        guest_prices=bool(guest_prices),
        low_stock=Quantity(low_stock),
        payment_methods=frozenset(PaymentMethod(method) for method in payment_methods.split()),
        second_factor=bool(factor),
        logo=None if logo is None else Logo(logo),
        stock_display=StockDisplay(stock_display),
        order_minimum_amount=None if minimum is None else Money(minimum, Currency(currency)),
        cut_off_time=None if cut_off is None else time(*divmod(cut_off, 60)),
        delivery_lead_days=delivery_lead_days,
        version=version,
        price_strategy=PriceStrategy(price_strategy),
        margin_guard=MarginGuard(guard),
        order_rounding=Rounding(rounding),
        restricts_goods=bool(restricts),
        promotes=bool(promotes),
        has_specials=bool(specials),
    )


def staff_row(merchant_id: MerchantId, member: Staff) -> Row:
    permissions = orjson.dumps(sorted(member.permissions)).decode()
    return (merchant_id, member.id, member.name, permissions, member.login_id, member.suspended)


def staff_of(row: Row) -> Staff:
    """Read a member of staff from a row without its merchant."""
    id, name, permissions, login_id, suspended = row
    return Staff(
        id=StaffId(id),
        name=name,
        permissions=frozenset(orjson.loads(permissions)),
        login_id=login_id and LoginId(login_id),
        suspended=bool(suspended),
    )
