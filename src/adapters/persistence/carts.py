"""Carts: the table of their lines, its rows and the port."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    bindparam,
    delete,
    select,
)

from adapters.persistence.branches import Reach, reach_of, seeing, seen
from adapters.persistence.customers import customers
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import Whole, Words, belongs_to, tenant_table
from application.authorization import Actor, ActorKind
from application.ports.carts import Carts
from application.ports.storage import CustomerNotFound
from domain.cart import Cart, CartLine, Seen
from domain.identity import CartLineId, CustomerId, MerchantId, SkuId
from domain.money import Currency, UnitPrice
from domain.quantity import Quantity

cart_lines = tenant_table(
    "cart_lines",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("place", Integer, nullable=False),
    Column("sku_id", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("quantity", Whole, nullable=False),
    Column("selected", Boolean(create_constraint=False), nullable=False),
    sealed("note"),
    sealed("written"),
    # What was seen of it: all of it, or nothing.
    Column("seen_quantity", Whole),
    Column("seen_price", BigInteger),
    Column("seen_minimum", Whole),
    Column("seen_step", Whole),
    Column("seen_for_sale", Boolean(create_constraint=False)),
    Column("seen_enough", Boolean(create_constraint=False)),
    belongs_to("customers", "customer_id"),
    belongs_to("skus", "sku_id"),
    UniqueConstraint("merchant_id", "customer_id", "sku_id", "unit"),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "merchant_id", "customer_id", "place"),
    Index(None, "merchant_id", "sku_id"),
)


def line_row(merchant_id: MerchantId, customer_id: CustomerId, line: CartLine) -> Row:
    seen = line.seen
    return (
        merchant_id,
        line.id,
        customer_id,
        line.place,
        line.sku_id,
        line.unit,
        line.quantity.thousandths,
        line.selected,
        line.note,
        line.written,
        seen and seen.base_quantity.thousandths,
        seen and seen.unit_price and seen.unit_price.ten_thousandths,
        seen and seen.minimum.thousandths,
        seen and seen.step.thousandths,
        seen and seen.for_sale,
        seen and seen.enough,
    )


def _line(row: Row, currency: Currency) -> CartLine:
    id, place, sku_id, unit, quantity, selected, note, written, *rest = row
    return CartLine(
        id=CartLineId(id),
        sku_id=SkuId(sku_id),
        unit=unit,
        quantity=Quantity(quantity),
        place=place,
        selected=bool(selected),
        note=note,
        written=written,
        seen=_seen(*rest, currency=currency),
    )


def _seen(
    quantity: int | None, price: int | None, minimum: int, step: int, *more: object, currency: Currency
) -> Seen | None:
    if quantity is None:
        return None
    for_sale, enough = more
    return Seen(
        base_quantity=Quantity(quantity),
        unit_price=None if price is None else UnitPrice(price, currency),
        minimum=Quantity(minimum),
        step=Quantity(step),
        for_sale=bool(for_sale),
        enough=bool(enough),
    )


@lru_cache(maxsize=len(Reach))
def _company(reach: Reach, *, locked: bool) -> Statement:
    """The company whose cart it is; who holds it is the only one to change the cart."""
    found = select(customers.c.id).where(
        customers.c.merchant_id == bindparam("merchant_id"),
        customers.c.id == bindparam("customer_id"),
        *seen(customers.c.id, reach),
    )
    return Statement(found.with_for_update(key_share=True) if locked else found)


@lru_cache(maxsize=len(Reach))
def _lines(reach: Reach) -> Statement:
    return Statement(
        select(
            cart_lines.c.id,
            cart_lines.c.place,
            cart_lines.c.sku_id,
            cart_lines.c.unit,
            cart_lines.c.quantity,
            cart_lines.c.selected,
            cart_lines.c.note,
            cart_lines.c.written,
            cart_lines.c.seen_quantity,
            cart_lines.c.seen_price,
            cart_lines.c.seen_minimum,
            cart_lines.c.seen_step,
            cart_lines.c.seen_for_sale,
            cart_lines.c.seen_enough,
        )
        .where(
            cart_lines.c.merchant_id == bindparam("merchant_id"),
            cart_lines.c.customer_id == bindparam("customer_id"),
            *seen(cart_lines.c.customer_id, reach),
        )
        .order_by(cart_lines.c.place, cart_lines.c.id)
    )


_REMOVE = Statement(
    delete(cart_lines).where(
        cart_lines.c.merchant_id == bindparam("merchant_id"),
        cart_lines.c.customer_id == bindparam("customer_id"),
        any_of(cart_lines.c.id, "line_ids"),
    )
)


@attrs.frozen
class SqlCarts(Carts):
    """The carts of one merchant's customers."""

    session: Session
    actor: Actor

    def get(self, customer_id: CustomerId) -> Cart:
        return self._cart(customer_id, locked=False)

    def lock(self, customer_id: CustomerId) -> Cart:
        return self._cart(customer_id, locked=True)

    def save(self, before: Cart, after: Cart) -> None:
        merchant_id, kept = self.actor.merchant_id, {line.id for line in after.lines}
        was = {line.id: line for line in before.lines}
        gone = sorted(was.keys() - kept)
        if gone:
            asked = {"merchant_id": merchant_id, "customer_id": after.customer_id, "line_ids": gone}
            self.session.change(_REMOVE, asked)
        changed = [line for line in after.lines if was.get(line.id) != line]
        if changed:
            rows = [line_row(merchant_id, after.customer_id, line) for line in changed]
            self.session.replace(cart_lines, rows)

    def _cart(self, customer_id: CustomerId, *, locked: bool) -> Cart:
        reach = reach_of(self.actor)
        if self.actor.kind is not ActorKind.BUYER:
            raise CustomerNotFound
        asked: dict[str, Any] = {
            "merchant_id": self.actor.merchant_id,
            "customer_id": customer_id,
            **seeing(self.actor),
        }
        there = self.session.ask(_company(reach, locked=locked), asked)
        rows = self.session.ask(_lines(reach), asked)
        if not there():
            raise CustomerNotFound
        currency = self.actor.merchant.currency
        return Cart(customer_id=customer_id, lines=tuple(_line(row, currency) for row in rows()))
