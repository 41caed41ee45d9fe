"""Customers, their people and addresses, and price tiers: tables, rows and the port."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import attrs
from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    bindparam,
    null,
    select,
    update,
)

from adapters.persistence.branches import Reach, hang, parent_of, reach_of, seeing, seen
from adapters.persistence.sealed import sealed
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import Day, Whole, Words, belongs_to, one_of, perhaps_day, tenant_table
from application.authorization import Actor
from application.ports.storage import CustomerNotFound, Customers
from domain.customers import Address, Approval, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, BuyerId, CustomerId, LoginId, MerchantId, PriceTierId, perhaps
from domain.money import Percentage
from domain.pricing import PriceTier
from domain.privacy import CLEAR, Veil

price_tiers = tenant_table(
    "price_tiers",
    Column("id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("percentage", Whole),
    UniqueConstraint("merchant_id", "code"),
)

customers = tenant_table(
    "customers",
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("tier_id", Words, nullable=False),
    Column("approved", Boolean(create_constraint=False), nullable=False),
    Column("approved_until", Day),
    belongs_to("price_tiers", "tier_id"),
    Index(None, "merchant_id", "name", "id"),
)

buyers = tenant_table(
    "buyers",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    sealed("name"),
    Column("role", Words, nullable=False),
    Column("login_id", Words),
    Column("suspended", Boolean(create_constraint=False), nullable=False),
    belongs_to("customers", "customer_id"),
    one_of("role", Role),
    Index(None, "merchant_id", "customer_id", "id"),
    Index(None, "merchant_id", "login_id", "customer_id", unique=True),
    Index(None, "login_id"),
)

addresses = tenant_table(
    "addresses",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("position", Integer, nullable=False),
    sealed("recipient"),
    sealed("phone"),
    Column("region", Words, nullable=False),
    sealed("street"),
    belongs_to("customers", "customer_id"),
    Index(None, "merchant_id", "customer_id", "position"),
)


def tier_row(merchant_id: MerchantId, tier: PriceTier) -> Row:
    return (merchant_id, tier.id, tier.code, tier.name, tier.percentage and tier.percentage.hundredths)


def customer_row(merchant_id: MerchantId, customer: Customer) -> Row:
    approval = customer.approval
    return (
        merchant_id,
        customer.id,
        customer.name,
        customer.tier_id,
        approval.given,
        approval.until,
    )


def address_rows(merchant_id: MerchantId, customer: Customer) -> list[Row]:
    return [
        (
            merchant_id,
            one.id,
            customer.id,
            position,
            one.address.recipient,
            one.address.phone,
            one.address.region,
            one.address.street,
        )
        for position, one in enumerate(customer.addresses)
    ]


def buyer_row(merchant_id: MerchantId, buyer: Buyer) -> Row:
    return (
        merchant_id,
        buyer.id,
        buyer.customer_id,
        buyer.name,
        buyer.role.value,
        buyer.login_id,
        buyer.suspended,
    )


def buyer_of(row: Row) -> Buyer:
    """Read a buyer from a row without its merchant."""
    id, customer_id, name, role, login_id, suspended = row
    return Buyer(
        id=BuyerId(id),
        customer_id=CustomerId(customer_id),
        name=name,
        role=Role(role),
        login_id=login_id and LoginId(login_id),
        suspended=bool(suspended),
    )


def address_of(row: Row, veil: Veil) -> CustomerAddress:
    """Read an address from `ADDRESSES`, as it is shown."""
    id, _, recipient, phone, region, street = row
    address = Address(recipient=recipient, phone=phone, region=region, street=street)
    return CustomerAddress(id=AddressId(id), address=veil.address(address))


def approval_of(approved: bool | int, until: date | str | None) -> Approval:
    """Read an approval from its two columns."""
    return Approval(given=bool(approved), until=perhaps_day(until))


ADDRESSES = Statement(
    select(
        addresses.c.id,
        addresses.c.customer_id,
        addresses.c.recipient,
        addresses.c.phone,
        addresses.c.region,
        addresses.c.street,
    )
    .where(
        addresses.c.merchant_id == bindparam("merchant_id"),
        any_of(addresses.c.customer_id, "customer_ids"),
    )
    .order_by(addresses.c.customer_id, addresses.c.position)
)
_OF = (customers.c.merchant_id == bindparam("of_merchant"), customers.c.id == bindparam("the_id"))
_APPROVE = Statement(
    update(customers)
    .where(*_OF)
    .values(
        approved=bindparam("approved"),
        approved_until=bindparam("approved_until", type_=Day()),
        tier_id=bindparam("tier_id"),
    )
)
_WITHDRAW = Statement(
    update(customers).where(*_OF).values(approved=bindparam("approved"), approved_until=null())
)
_TIERS = Statement(
    select(price_tiers.c.id, price_tiers.c.code, price_tiers.c.name, price_tiers.c.percentage)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.id)
)


@lru_cache(maxsize=len(Reach))
def _customer(reach: Reach) -> Statement:
    return Statement(
        select(
            customers.c.id,
            customers.c.name,
            customers.c.tier_id,
            customers.c.approved,
            customers.c.approved_until,
            parent_of(customers.c.id),
        ).where(
            customers.c.merchant_id == bindparam("merchant_id"),
            customers.c.id == bindparam("customer_id"),
            *seen(customers.c.id, reach),
        )
    )


@attrs.frozen
class SqlCustomers(Customers):
    """The buying companies of one merchant."""

    session: Session
    actor: Actor

    def get(self, customer_id: CustomerId) -> Customer:
        asked = {"merchant_id": self.actor.merchant_id, "customer_id": customer_id, **seeing(self.actor)}
        reach = reach_of(self.actor)
        found = [] if reach is Reach.NONE else self.session.all(_customer(reach), asked)
        if not found:
            raise CustomerNotFound()
        id, name, tier_id, approved, until, parent_id = found[0]
        of_customer = {"merchant_id": self.actor.merchant_id, "customer_ids": [customer_id]}
        return Customer(
            id=CustomerId(id),
            name=name,
            tier_id=PriceTierId(tier_id),
            parent_id=perhaps(CustomerId, parent_id),
            addresses=tuple(address_of(row, CLEAR) for row in self.session.all(ADDRESSES, of_customer)),
            approval=approval_of(approved, until),
        )

    def add(self, customer: Customer) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(customers, [customer_row(merchant_id, customer)])
        self.session.insert(addresses, address_rows(merchant_id, customer))
        hang(self.session, merchant_id, customer)

    def tiers(self) -> tuple[PriceTier, ...]:
        rows = self.session.all(_TIERS, {"merchant_id": self.actor.merchant_id})
        return tuple(
            PriceTier(
                id=PriceTierId(id),
                code=code,
                name=name,
                percentage=None if percentage is None else Percentage(percentage),
            )
            for id, code, name, percentage in rows
        )

    def add_buyer(self, buyer: Buyer) -> None:
        self.session.insert(buyers, [buyer_row(self.actor.merchant_id, buyer)])

    def approve(self, customer_id: CustomerId, *, approval: Approval, tier_id: PriceTierId) -> None:
        given = {
            "of_merchant": self.actor.merchant_id,
            "the_id": customer_id,
            "approved": approval.given,
            "approved_until": approval.until,
            "tier_id": tier_id,
        }
        self.session.must_change(_APPROVE, given, rows=1, about=customer_id)

    def withdraw_approval(self, customer_id: CustomerId) -> None:
        given = {"of_merchant": self.actor.merchant_id, "the_id": customer_id, "approved": False}
        self.session.must_change(_WITHDRAW, given, rows=1, about=customer_id)
