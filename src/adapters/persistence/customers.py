"""Customers, their people and addresses, and price tiers: tables, rows and the port."""

from __future__ import annotations

from datetime import date

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

from adapters.persistence.merchants import staff
from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import Day, Whole, Words, belongs_to, one_of, perhaps_day, tenant_table
from application.authorization import Actor, ActorKind
from application.ports.registering import CustomerNotFound, Customers
from domain.customers import Address, Approval, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, CustomerId, MerchantId, PriceTierId, StaffId
from domain.pricing import PriceTier

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
    Column("sales_rep_id", Words),
    belongs_to("price_tiers", "tier_id"),
    belongs_to("staff", "sales_rep_id"),
    Index(None, "merchant_id", "name", "id"),
)

buyers = tenant_table(
    "buyers",
    Column("id", Words, nullable=False),
    Column("customer_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("login_id", Words),
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
    Column("recipient", Words, nullable=False),
    Column("phone", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("street", Words, nullable=False),
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
        customer.sales_rep_id,
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
    return (merchant_id, buyer.id, buyer.customer_id, buyer.name, buyer.role.value, buyer.login_id)


def address_of(row: Row) -> CustomerAddress:
    """Read an address from `ADDRESSES`."""
    id, _, recipient, phone, region, street = row
    address = Address(recipient=recipient, phone=phone, region=region, street=street)
    return CustomerAddress(id=AddressId(id), address=address)


def approval_of(approved: bool | int, until: date | str | None) -> Approval:
    """Read an approval from its two columns."""
    return Approval(given=bool(approved), until=perhaps_day(until))


def own_of(actor: Actor) -> CustomerId | None:
    """The only company the actor may see; None where it may see all."""
    return actor.customer_id if actor.kind is ActorKind.BUYER else None


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
_CUSTOMER = Statement(
    select(
        customers.c.id,
        customers.c.name,
        customers.c.tier_id,
        customers.c.approved,
        customers.c.approved_until,
        customers.c.sales_rep_id,
    ).where(customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id"))
)
_OF = (customers.c.merchant_id == bindparam("of_merchant"), customers.c.id == bindparam("the_id"))
_APPROVE = Statement(
    update(customers)
    .where(*_OF)
    .values(
        approved=bindparam("approved"),
        approved_until=bindparam("approved_until", type_=Day()),
        tier_id=bindparam("tier_id"),
        sales_rep_id=bindparam("sales_rep_id"),
    )
)
_WITHDRAW = Statement(
    update(customers).where(*_OF).values(approved=bindparam("approved"), approved_until=null())
)
_TIERS = Statement(
    select(price_tiers.c.id)
    .where(price_tiers.c.merchant_id == bindparam("merchant_id"))
    .order_by(price_tiers.c.id)
)
_EMPLOYED = Statement(
    select(staff.c.id).where(
        staff.c.merchant_id == bindparam("merchant_id"), staff.c.id == bindparam("staff_id")
    )
)


@attrs.frozen
class SqlCustomers(Customers):
    """The buying companies of one merchant."""

    session: Session
    actor: Actor

    def get(self, customer_id: CustomerId) -> Customer:
        asked = {"merchant_id": self.actor.merchant_id, "customer_id": customer_id}
        own = own_of(self.actor)
        allowed = own in (None, customer_id) and self.actor.kind is not ActorKind.GUEST
        found = self.session.all(_CUSTOMER, asked) if allowed else []
        if not found:
            raise CustomerNotFound()
        id, name, tier_id, approved, until, sales_rep_id = found[0]
        of_customer = {"merchant_id": self.actor.merchant_id, "customer_ids": [customer_id]}
        return Customer(
            id=CustomerId(id),
            name=name,
            tier_id=PriceTierId(tier_id),
            addresses=tuple(address_of(row) for row in self.session.all(ADDRESSES, of_customer)),
            approval=approval_of(approved, until),
            sales_rep_id=sales_rep_id and StaffId(sales_rep_id),
        )

    def add(self, customer: Customer) -> None:
        merchant_id = self.actor.merchant_id
        self.session.insert(customers, [customer_row(merchant_id, customer)])
        self.session.insert(addresses, address_rows(merchant_id, customer))

    def add_buyer(self, buyer: Buyer) -> None:
        self.session.insert(buyers, [buyer_row(self.actor.merchant_id, buyer)])

    def approve(
        self,
        customer_id: CustomerId,
        *,
        approval: Approval,
        tier_id: PriceTierId,
        sales_rep_id: StaffId | None,
    ) -> None:
        given = {
            "of_merchant": self.actor.merchant_id,
            "the_id": customer_id,
            "approved": approval.given,
            "approved_until": approval.until,
            "tier_id": tier_id,
            "sales_rep_id": sales_rep_id,
        }
        self.session.must_change(_APPROVE, given, rows=1, about=customer_id)

    def withdraw_approval(self, customer_id: CustomerId) -> None:
        given = {"of_merchant": self.actor.merchant_id, "the_id": customer_id, "approved": False}
        self.session.must_change(_WITHDRAW, given, rows=1, about=customer_id)

    def tiers(self) -> tuple[PriceTierId, ...]:
        asked = {"merchant_id": self.actor.merchant_id}
        return tuple(PriceTierId(id) for (id,) in self.session.all(_TIERS, asked))

    def employs(self, staff_id: StaffId) -> bool:
        asked = {"merchant_id": self.actor.merchant_id, "staff_id": staff_id}
        return bool(self.session.all(_EMPLOYED, asked))
