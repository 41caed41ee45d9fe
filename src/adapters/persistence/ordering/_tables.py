"""Orders in tables: heads and lines, and their rows."""

from __future__ import annotations

import attrs
import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    UniqueConstraint,
)

from adapters.persistence.sealed import sealed
from adapters.persistence.statements import Row
from adapters.persistence.tables import (
    Day,
    Instant,
    Whole,
    Words,
    belongs_to,
    one_of,
    tenant_table,
)
from domain.customers import Address
from domain.identity import (
    MerchantId,
    ProductId,
    SkuCode,
    SkuId,
)
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, Percentage, UnitPrice
from domain.ordering import (
    FulfillmentStatus,
    LineWeight,
    Order,
    OrderLine,
    OrderStatus,
    PaymentStatus,
)
from domain.pricing import PriceSource
from domain.privacy import Veil
from domain.quantity import Quantity

orders = tenant_table(
    "orders",
    Column("id", Words, nullable=False),
    Column("number", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("buyer_id", Words, nullable=False),
    Column("currency", Words, nullable=False),
    Column("total", Whole, nullable=False),
    Column("line_count", BigInteger, nullable=False),
    Column("status", Words, nullable=False),
    Column("payment_status", Words, nullable=False),
    Column("fulfillment_status", Words, nullable=False),
    Column("payment_method", Words, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("requested_delivery_date", Day),
    Column("purchase_order_number", Words),
    sealed("note", nullable=True),
    sealed("address", nullable=True),
    Column("version", BigInteger, nullable=False),
    Column("placed_by_id", Words),
    Column("sales_rep_id", Words),
    Column("agent_id", Words),
    Column("adjusted", Whole, nullable=False, server_default="0"),
    Column("rounded", Whole, nullable=False, server_default="0"),
    Column("settled", Whole),
    belongs_to("customers", "customer_id"),
    belongs_to("buyers", "buyer_id"),
    UniqueConstraint("merchant_id", "number"),
    one_of("status", OrderStatus),
    one_of("payment_status", PaymentStatus),
    one_of("fulfillment_status", FulfillmentStatus),
    one_of("payment_method", PaymentMethod),
    CheckConstraint("total >= 0 AND line_count > 0 AND version > 0", name="counts"),
    Index(None, "merchant_id", "customer_id", "placed_at", "id"),
    Index(None, "merchant_id", "placed_at", "id"),
)

order_lines = tenant_table(
    "order_lines",
    Column("order_id", Words, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("product_id", Words, nullable=False),
    Column("sku_code", Words, nullable=False),
    Column("sku_name", Words, nullable=False),
    Column("unit_code", Words, nullable=False),
    Column("unit_name", Words, nullable=False),
    Column("quantity", Whole, nullable=False),
    Column("base_quantity", Whole, nullable=False),
    Column("unit_price", Whole, nullable=False),
    Column("list_price", Whole, nullable=False),
    Column("price_source", Words, nullable=False),
    Column("total", Whole, nullable=False),
    # That of the order, which never changes: what a company has bought is found by it.
    Column("customer_id", Words),
    Column("discount", Whole, nullable=False, server_default="0"),
    Column("gift_value", Whole),
    # Of a line that costs what it weighs: its base unit as it was called, what was tolerated, and what came of it.
    Column("weight_unit", Words),
    Column("weight_unit_name", Words),
    Column("tolerance", BigInteger),
    Column("actual", Whole),
    Column("settled", Whole),
    Column("settled_discount", Whole),
    belongs_to("orders", "order_id", late=True),
    belongs_to("skus", "sku_id"),
    one_of("price_source", PriceSource),
    CheckConstraint("quantity > 0 AND base_quantity > 0", name="quantities"),
    CheckConstraint("actual > 0", name="actual"),
    CheckConstraint("settled >= settled_discount", name="settled"),
    CheckConstraint("unit_price >= 0 AND list_price >= 0 AND total >= 0", name="amounts"),
    Index(None, "merchant_id", "customer_id", "product_id", "order_id"),
    key=("order_id", "line"),
)


LINE_COLUMNS = (
    order_lines.c.sku_id,
    order_lines.c.product_id,
    order_lines.c.sku_code,
    order_lines.c.sku_name,
    order_lines.c.unit_code,
    order_lines.c.unit_name,
    order_lines.c.quantity,
    order_lines.c.base_quantity,
    order_lines.c.unit_price,
    order_lines.c.list_price,
    order_lines.c.price_source,
    order_lines.c.total,
    order_lines.c.discount,
    order_lines.c.gift_value,
    order_lines.c.weight_unit,
    order_lines.c.weight_unit_name,
    order_lines.c.tolerance,
    order_lines.c.actual,
)


def order_row(merchant_id: MerchantId, order: Order, *, version: int) -> Row:
    terms, address = order.terms, order.terms.address
    return (
        merchant_id,
        order.id,
        order.number,
        order.customer_id,
        order.buyer_id,
        order.currency.value,
        order.total.minor,
        len(order.lines),
        order.status.value,
        order.payment_status.value,
        order.fulfillment_status.value,
        terms.payment_method.value,
        order.placed_at,
        terms.requested_delivery_date,
        terms.purchase_order_number,
        terms.note,
        address and orjson.dumps(attrs.asdict(address)).decode(),
        version,
        order.placed_by_id,
        order.owners.sales_rep_id,
        order.owners.agent_id,
        order.adjusted.minor,
        order.rounded.minor,
        order.settled_total and order.settled_total.minor,
    )


def line_rows(merchant_id: MerchantId, order: Order) -> list[Row]:
    return [
        (
            merchant_id,
            order.id,
            at,
            line.sku_id,
            line.product_id,
            line.sku_code,
            line.sku_name,
            line.unit_code,
            line.unit_name,
            line.quantity.thousandths,
            line.base_quantity.thousandths,
            line.unit_price.ten_thousandths,
            line.list_price.ten_thousandths,
            line.price_source.value,
            line.total.minor,
            order.customer_id,
            line.discount.minor,
            line.gift_value and line.gift_value.minor,
            *_weight_row(line),
        )
        for at, line in enumerate(order.lines)
    ]


def _weight_row(line: OrderLine) -> Row:
    weight = line.weight
    if weight is None:
        return (None,) * 6
    if weight.actual is None:
        return (weight.unit_code, weight.unit_name, weight.tolerance.hundredths, None, None, None)
    settled = (line.settled_total.minor, line.settled_discount.minor)
    actual = weight.actual.thousandths
    return (weight.unit_code, weight.unit_name, weight.tolerance.hundredths, actual, *settled)


def weight_of(row: Row) -> LineWeight | None:
    """Read how a line is weighed from its unit, the name of that, the tolerance, and what it weighs."""
    unit_code, unit_name, tolerance, actual = row
    if unit_code is None:
        return None
    return LineWeight(
        unit_code=unit_code,
        unit_name=unit_name,
        tolerance=Percentage(tolerance),
        actual=None if actual is None else Quantity(actual),
    )


def address_of(stored: str | None, veil: Veil) -> Address | None:
    """Read the address an order was placed with, as it is shown."""
    return None if stored is None else veil.address(Address(**orjson.loads(stored)))


def line_of(row: Row, currency: Currency) -> OrderLine:
    return OrderLine(
        sku_id=SkuId(row[0]),
        product_id=ProductId(row[1]),
        sku_code=SkuCode(row[2]),
        sku_name=row[3],
        unit_code=row[4],
        unit_name=row[5],
        quantity=Quantity(row[6]),
        base_quantity=Quantity(row[7]),
        unit_price=UnitPrice(row[8], currency),
        list_price=UnitPrice(row[9], currency),
        price_source=PriceSource(row[10]),
        total=Money(row[11], currency),
        discount=Money(row[12], currency),
        gift_value=None if row[13] is None else Money(row[13], currency),
        weight=weight_of(row[14:18]),
    )
