"""Customers, their people and addresses, and price tiers: tables, rows and the port."""

from __future__ import annotations

import attrs
from sqlalchemy import Column, Index, Integer, UniqueConstraint, bindparam, select

from adapters.persistence.sessions import Session
from adapters.persistence.statements import Row, Statement, any_of
from adapters.persistence.tables import Whole, Words, belongs_to, one_of, tenant_table
from application.authorization import Actor, ActorKind
from application.ports.storage import CustomerNotFound, Customers
from domain.customers import Address, Buyer, Customer, CustomerAddress, Role
from domain.identity import AddressId, CustomerId, MerchantId, PriceTierId
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
    belongs_to("price_tiers", "tier_id"),
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
    return (merchant_id, customer.id, customer.name, customer.tier_id)


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


def address_of(row: Row, veil: Veil) -> CustomerAddress:
    """Read an address from `ADDRESSES`, as it is shown."""
    id, _, recipient, phone, region, street = row
    address = Address(recipient=recipient, phone=phone, region=region, street=street)
    return CustomerAddress(id=AddressId(id), address=veil.address(address))


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
    select(customers.c.id, customers.c.name, customers.c.tier_id).where(
        customers.c.merchant_id == bindparam("merchant_id"), customers.c.id == bindparam("customer_id")
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
        id, name, tier_id = found[0]
        of_customer = {"merchant_id": self.actor.merchant_id, "customer_ids": [customer_id]}
        return Customer(
            id=CustomerId(id),
            name=name,
            tier_id=PriceTierId(tier_id),
            addresses=tuple(address_of(row, CLEAR) for row in self.session.all(ADDRESSES, of_customer)),
        )
