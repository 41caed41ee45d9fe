"""Orders in tables: heads and lines, the order history, and the merchant's order numbers."""

from __future__ import annotations

from functools import lru_cache

import attrs
import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.order_promotions import (
    order_promotions,
    promotion_rows,
    promotions_column,
    promotions_of,
)
from adapters.persistence.outbox import record
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement
from adapters.persistence.tables import (
    NEXT,
    Day,
    Instant,
    Whole,
    Words,
    belongs_to,
    instant,
    next_count,
    one_of,
    perhaps_day,
    tenant_table,
)
from application.authorization import Actor
from application.ports.storage import Later, Orders
from domain.customers import Address
from domain.identity import (
    BuyerId,
    CustomerId,
    MerchantId,
    OrderId,
    ProductId,
    SkuCode,
    SkuId,
    StaffId,
    perhaps,
)
from domain.merchant import PaymentMethod
from domain.money import Currency, Money, UnitPrice
from domain.ordering import (
    FulfillmentStatus,
    Order,
    OrderLine,
    OrderNotFound,
    OrderStatus,
    PaymentStatus,
    Terms,
)
from domain.ownership import Owners
from domain.pricing import PriceSource
from domain.privacy import CLEAR, Veil
from domain.quantity import Quantity

ORDER_COUNTER = "order"
_PREFIX, _DIGITS = "DH", 8

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
    belongs_to("orders", "order_id", late=True),
    belongs_to("skus", "sku_id"),
    one_of("price_source", PriceSource),
    CheckConstraint("quantity > 0 AND base_quantity > 0", name="quantities"),
    CheckConstraint("unit_price >= 0 AND list_price >= 0 AND total >= 0", name="amounts"),
    Index(None, "merchant_id", "customer_id", "product_id", "order_id"),
    key=("order_id", "line"),
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
        )
        for at, line in enumerate(order.lines)
    ]


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
    )


def _order(row: Row, lines: list[Row]) -> Order:
    currency = Currency(row[4])
    return Order(
        id=OrderId(row[0]),
        number=row[1],
        customer_id=CustomerId(row[2]),
        buyer_id=BuyerId(row[3]),
        currency=currency,
        status=OrderStatus(row[5]),
        payment_status=PaymentStatus(row[6]),
        fulfillment_status=FulfillmentStatus(row[7]),
        placed_at=instant(row[9]),
        terms=Terms(
            payment_method=PaymentMethod(row[8]),
            requested_delivery_date=perhaps_day(row[10]),
            purchase_order_number=row[11],
            note=row[12],
            address=address_of(row[13], CLEAR),
        ),
        version=row[14],
        placed_by_id=perhaps(CustomerId, row[15]),
        owners=Owners(sales_rep_id=perhaps(StaffId, row[16]), agent_id=perhaps(CustomerId, row[17])),
        promotions=promotions_of(row[18], currency),
        lines=tuple(line_of(line, currency) for line in lines),
    )


_ORDER = select(
    orders.c.id,
    orders.c.number,
    orders.c.customer_id,
    orders.c.buyer_id,
    orders.c.currency,
    orders.c.status,
    orders.c.payment_status,
    orders.c.fulfillment_status,
    orders.c.payment_method,
    orders.c.placed_at,
    orders.c.requested_delivery_date,
    orders.c.purchase_order_number,
    orders.c.note,
    orders.c.address,
    orders.c.version,
    orders.c.placed_by_id,
    orders.c.sales_rep_id,
    orders.c.agent_id,
    promotions_column(orders.c.id),
).where(orders.c.merchant_id == bindparam("merchant_id"), orders.c.id == bindparam("order_id"))


@lru_cache(maxsize=len(Reach))
def _order_seen(reach: Reach) -> Statement:
    return Statement(_ORDER.where(*seen(orders.c.customer_id, reach)))


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
)
_LINES = Statement(
    select(*LINE_COLUMNS)
    .where(
        order_lines.c.merchant_id == bindparam("merchant_id"), order_lines.c.order_id == bindparam("order_id")
    )
    .order_by(order_lines.c.line)
)


@lru_cache(maxsize=len(Reach))
def _save(reach: Reach) -> Statement:
    guarded = update(orders).where(
        orders.c.merchant_id == bindparam("of_merchant"),
        orders.c.id == bindparam("order_id"),
        orders.c.version == bindparam("seen"),
        *seen(orders.c.customer_id, reach),
    )
    return Statement(
        guarded.values(
            status=bindparam("status"),
            payment_status=bindparam("payment_status"),
            fulfillment_status=bindparam("fulfillment_status"),
            version=orders.c.version + 1,
        )
    )


def _numbered() -> Statement:
    """Store an order under the next number, in one statement."""
    taken = next_count(postgres_insert).cte("taken")
    digits = cast(taken.c.value, Text)
    number = func.concat(_PREFIX, func.lpad(digits, func.greatest(_DIGITS, func.length(digits)), "0"))
    columns = {
        column.name: number if column.name == "number" else bindparam(f"the_{column.name}", type_=column.type)
        for column in orders.columns
    }
    stored = postgres_insert(orders).from_select(list(columns), select(*columns.values()).select_from(taken))
    return Statement(stored.returning(orders.c.number), keys={"id": "the_id"})


_ADD = _numbered()


@attrs.frozen
class SqlOrders(Orders):
    """The orders of one merchant; where a buyer asks, of the own company and of those below it."""

    session: Session
    actor: Actor

    def get(self, order_id: OrderId) -> Order:
        asked = {"merchant_id": self.actor.merchant_id, "order_id": order_id, **seeing(self.actor)}
        reach = reach_of(self.actor)
        found = [] if reach is Reach.NONE else self.session.all(_order_seen(reach), asked)
        if not found:
            raise OrderNotFound()
        return _order(found[0], self.session.all(_LINES, asked))

    def add(self, order: Order) -> Order:
        return self.add_later(order)()

    def add_later(self, order: Order) -> Later[Order]:
        merchant_id = self.actor.merchant_id
        # What does not depend on the number goes first: the counter's row is locked for as short as can be.
        self.session.insert(order_lines, line_rows(merchant_id, order))
        if order.promotions:
            self.session.insert(order_promotions, promotion_rows(merchant_id, order))
        record(self.session, merchant_id, aggregate_id=order.id, first=1, events=order.events)
        stored = attrs.evolve(order, version=1, events=())
        asked = {"merchant_id": merchant_id, "name": ORDER_COUNTER, "first": 1}
        row = order_row(merchant_id, stored, version=1)
        if self.session.dialect.name == "postgresql":
            given = {f"the_{column.name}": value for column, value in zip(orders.columns, row, strict=True)}
            rows = self.session.ask(_ADD, {**given, **asked})
            return lambda: attrs.evolve(stored, number=rows()[0][0])
        [(counted,)] = self.session.all(NEXT, asked)
        numbered = attrs.evolve(stored, number=f"{_PREFIX}{counted:0{_DIGITS}d}")
        self.session.insert(orders, [order_row(merchant_id, numbered, version=1)])
        return lambda: numbered

    def save(self, order: Order) -> Order:
        asked = {
            "of_merchant": self.actor.merchant_id,
            "merchant_id": self.actor.merchant_id,
            "order_id": order.id,
            **seeing(self.actor),
            "seen": order.version,
            "status": order.status.value,
            "payment_status": order.payment_status.value,
            "fulfillment_status": order.fulfillment_status.value,
        }
        self.session.must_change(_save(reach_of(self.actor)), asked, rows=1, about=order.id)
        first = order.version + 1
        record(self.session, self.actor.merchant_id, aggregate_id=order.id, first=first, events=order.events)
        return attrs.evolve(order, version=first, events=())
