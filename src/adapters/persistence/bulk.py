"""Storing many things at once, for seeds and imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import attrs
from sqlalchemy import Table, bindparam

from adapters.persistence.branches import hang
from adapters.persistence.catalog import (
    brand_row,
    brands,
    categories,
    category_row,
    product_row,
    products,
    sku_row,
    skus,
)
from adapters.persistence.coupons import (
    audience_rows,
    coupon_audiences,
    coupon_row,
    coupon_templates,
    coupons,
    template_row,
)
from adapters.persistence.customers import (
    address_rows,
    addresses,
    buyer_row,
    buyers,
    customer_row,
    customers,
    price_tiers,
    tier_row,
)
from adapters.persistence.groups import (
    customer_groups,
    customer_tags,
    group_memberships,
    group_row,
    membership_row,
    tag_rows,
)
from adapters.persistence.inventory import (
    movement_row,
    movements,
    reservation_row,
    reservations,
    stock,
    stock_row,
    warehouse_row,
    warehouses,
)
from adapters.persistence.merchants import merchant_row, merchants, staff, staff_row
from adapters.persistence.ordering import ORDER_COUNTER, line_rows, order_lines, order_row, orders
from adapters.persistence.outbox import outbox, outbox_rows
from adapters.persistence.ownership import ownership_row, ownerships
from adapters.persistence.pricing import (
    batch_row,
    list_row,
    price_batches,
    price_lists,
    prices,
    rung_rows,
)
from adapters.persistence.registering import (
    case_row,
    invitation_row,
    invitations,
    step_rows,
    verification_steps,
    verifications,
)
from adapters.persistence.search import add_words, replace_words
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import counters
from adapters.persistence.visibility import (
    SETTLE,
    product_visibility,
    rule_rows,
    visibility_rows,
    visibility_rules,
)
from application.authorization import Actor
from application.ports.bulk import Bulk, Storable
from application.ports.groups import ProductVisibility
from domain.catalog import Brand, Category, Product
from domain.coupons import Coupon, CouponTemplate
from domain.customers import Buyer, Customer
from domain.groups import CustomerGroup, CustomerTags, GroupMembership
from domain.identity import MerchantId
from domain.inventory import Movement, Reservation, StockItem, Warehouse
from domain.invitations import Invitation
from domain.merchant import Merchant, Staff
from domain.ordering import Order
from domain.ownership import Ownership
from domain.price_batches import PriceBatch
from domain.pricing import PriceChange, PriceList, PriceTier
from domain.verification import VerificationCase

_SKUS_BEYOND = Statement(
    skus.delete().where(
        skus.c.merchant_id == bindparam("merchant_id"),
        any_of(skus.c.product_id, "product_ids"),
        ~any_of(skus.c.id, "sku_ids"),
    )
)

_Rows = Callable[[Actor, list[Any]], Iterable[Row]]


def _each(row: Callable[[MerchantId, Any], Row]) -> _Rows:
    return lambda actor, batch: (row(actor.merchant_id, one) for one in batch)


def _many(rows: Callable[[MerchantId, Any], Iterable[Row]]) -> _Rows:
    return lambda actor, batch: chain.from_iterable(rows(actor.merchant_id, one) for one in batch)


def _sku_rows(merchant_id: MerchantId, product: Product) -> list[Row]:
    return [sku_row(merchant_id, product, place, sku) for place, sku in enumerate(product.skus)]


def _told(merchant_id: MerchantId, order: Order) -> list[Row]:
    at = order.events[-1].at if order.events else None
    return outbox_rows(merchant_id, aggregate_id=order.id, first=1, events=order.events, told_at=at)


def _told_of(merchant_id: MerchantId, case: VerificationCase) -> list[Row]:
    at = case.events[-1].at if case.events else None
    return outbox_rows(merchant_id, aggregate_id=case.customer_id, first=1, events=case.events, told_at=at)


_TABLES: Mapping[type, tuple[tuple[Table, _Rows], ...]] = {
    Merchant: ((merchants, _each(lambda _, one: merchant_row(one))),),
    Staff: ((staff, _each(staff_row)),),
    PriceTier: ((price_tiers, _each(tier_row)),),
    PriceList: ((price_lists, _each(list_row)),),
    Customer: ((customers, _each(customer_row)), (addresses, _many(address_rows))),
    CustomerGroup: ((customer_groups, _each(group_row)),),
    GroupMembership: ((group_memberships, _each(membership_row)),),
    CustomerTags: ((customer_tags, _many(tag_rows)),),
    Ownership: ((ownerships, _each(ownership_row)),),
    Buyer: ((buyers, _each(buyer_row)),),
    Invitation: ((invitations, _each(invitation_row)),),
    VerificationCase: (
        (verifications, _each(lambda merchant_id, one: case_row(merchant_id, one, version=one.version))),
        (verification_steps, _many(step_rows)),
        (outbox, _many(_told_of)),
    ),
    Category: ((categories, _each(category_row)),),
    Brand: ((brands, _each(brand_row)),),
    Product: ((products, _each(product_row)), (skus, _many(_sku_rows))),
    ProductVisibility: (
        (product_visibility, _many(visibility_rows)),
        (visibility_rules, _many(rule_rows)),
    ),
    PriceBatch: ((price_batches, _each(batch_row)),),
    PriceChange: ((prices, _many(rung_rows)),),
    Warehouse: ((warehouses, _each(warehouse_row)),),
    StockItem: ((stock, _each(stock_row)),),
    Movement: (
        (
            movements,
            lambda actor, batch: (movement_row(actor.merchant_id, actor.name, one) for one in batch),
        ),
    ),
    Order: (
        (orders, _each(lambda merchant_id, one: order_row(merchant_id, one, version=one.version))),
        (order_lines, _many(line_rows)),
        (outbox, _many(_told)),
    ),
    Reservation: ((reservations, _each(reservation_row)),),
    CouponTemplate: (
        (coupon_templates, _each(template_row)),
        (coupon_audiences, _many(audience_rows)),
    ),
    Coupon: ((coupons, _each(coupon_row)),),
}


@attrs.frozen
class SqlBulk(Bulk):
    """Many things at once, of one merchant."""

    session: Session
    actor: Actor

    def add(self, batch: Iterable[Storable]) -> None:
        things = list(batch)
        if any(isinstance(one, Merchant) and one.id != self.actor.merchant_id for one in things):
            raise ValueError("a merchant stores itself and no other")
        for table, rows in _TABLES[_kind(things)] if things else ():
            self.session.load(table, rows(self.actor, things))
        for one in things:
            if isinstance(one, Customer):
                hang(self.session, self.actor.merchant_id, one)
        whole = [one for one in things if isinstance(one, Product)]
        if whole:
            add_words(self.session, self.actor.merchant_id, whole)
        if any(isinstance(one, ProductVisibility) for one in things):
            self.session.change(SETTLE, {"of_merchant": self.actor.merchant_id})

    def replace(self, batch: Iterable[Category | Brand | Product]) -> None:
        things = list(batch)
        whole = [one for one in things if isinstance(one, Product)]
        if whole:
            # Before the others, because one of them may take over the code of one that goes.
            asked = {
                "merchant_id": self.actor.merchant_id,
                "product_ids": [one.id for one in whole],
                "sku_ids": [sku.id for one in whole for sku in one.skus],
            }
            self.session.change(_SKUS_BEYOND, asked)
        for table, rows in _TABLES[_kind(things)] if things else ():
            self.session.replace(table, rows(self.actor, things))
        if whole:
            replace_words(self.session, self.actor.merchant_id, whole)

    def count_orders_from(self, number: int) -> None:
        self.session.replace(counters, [(self.actor.merchant_id, ORDER_COUNTER, number)])

    def settle(self) -> None:
        self.session.settle()


def _kind(things: list[Any]) -> type:
    kinds = {type(thing) for thing in things}
    if len(kinds) != 1:
        raise ValueError("a batch holds things of one class")
    return kinds.pop()
