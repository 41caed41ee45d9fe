"""Customers, the people who buy for them, and the back office of the merchant's staff."""

from __future__ import annotations

import strawberry

from adapters.graphql.companies import CompanyType, OwnershipType
from adapters.graphql.connections import (
    After,
    Before,
    ConnectionType,
    First,
    Last,
    Page,
)
from adapters.graphql.context import Info, planned
from adapters.graphql.groups import CustomerGroupTimeType, CustomerGroupType
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.ordering import AddressType, AnyCustomer, OrderConnection, WhichOrders, asked_orders
from adapters.graphql.people import MembershipType
from adapters.graphql.pricing import PriceTierType
from adapters.graphql.registering import (
    VerificationType,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.wants import (
    BY_NAME,
    PLACED,
    branches_want,
)
from application.authorization import Permission
from application.views.customers import (
    BranchesWant,
    BuyerCard,
    CustomerCard,
)
from application.views.orders import OrderCard
from domain.customers import Role

CustomerConnection = ConnectionType[AnyCustomer]


@strawberry.type(name="CustomerAddress", description="An address in the company's book.")
class CustomerAddressType:
    """Shows CustomerAddress."""

    id: strawberry.ID = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The identity, to deliver there."
    )
    address: AddressType = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The address."
    )


@shows(CustomerCard, name="Customer", description="A buying company; never a person.")
class CustomerType(NodeType):
    """Shows CustomerCard."""

    id: strawberry.ID = field(Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The identity.")
    name: str = field(Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The company's name.")
    tier: PriceTierType = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="Its level, which decides its prices."
    )
    addresses: list[CustomerAddressType] = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="Where it has goods delivered to."
    )

    groups: list[CustomerGroupType] = field(
        Permission.VIEW_CUSTOMERS,
        description="The groups it is in, as it was put into them; it is in those above them, too.",
    )
    group_history: list[CustomerGroupTimeType] = field(
        Permission.VIEW_CUSTOMERS,
        description="The groups it is or was in, the newest 100 first by when it was put in.",
    )
    tags: list[str] = field(Permission.VIEW_CUSTOMERS, description="The tags it carries, in their order.")

    verification: VerificationType | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="Where its verification stands; null for a company that was here before there was any: it is "
        "approved.",
    )
    buyers: list[BuyerType] = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="Who buys for it, suspended or not, whoever came first.",
    )

    @resolved(Permission.VIEW_ORDERS, description="Its orders, newest first.", graphql_type=OrderConnection)
    @staticmethod
    def orders(
        root: CustomerCard,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: WhichOrders = None,
    ) -> Page[OrderCard]:
        want = asked_orders(info, first=first, after=after, last=last, before=before, filter=filter)
        return Page(root.orders[want], PLACED)

    parent: CompanyType | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="The company it is a branch of, by its name; null where it is of none.",
    )

    @resolved(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="The companies next below it, by name.",
        graphql_type=CustomerConnection,
    )
    @staticmethod
    def branches(
        root: CustomerCard,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Page[CustomerCard]:
        page = {"first": first, "after": after, "last": last, "before": before}
        want = planned(
            info,
            (BranchesWant, first, after, last, before),
            lambda connection: branches_want(connection, **page),  # type: ignore[arg-type]  # each as it is declared
        )
        return Page(root.branches[want], BY_NAME)

    ownerships: list[OwnershipType] = field(
        Permission.VIEW_CUSTOMERS,
        description="Who owned it, owns it and will, as far as it is planned, the newest first.",
    )


@shows(BuyerCard, name="Buyer", description="A person who buys for a company.")
class BuyerType(NodeType):
    """Shows BuyerCard."""

    id: strawberry.ID = field(Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The identity.")
    name: str = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="The person's name; to staff without VIEW_PERSONAL_DATA masked.",
    )
    role: Role = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="What they may do for the company."
    )
    suspended: bool = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="Whether they may do nothing at the moment.",
    )
    customer: CustomerType = field(
        Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The company they buy for."
    )
    memberships: list[MembershipType] = field(
        Permission.VIEW_ACCOUNT,
        Permission.VIEW_CUSTOMERS,
        description="Every place of the login that asks, by id, to switch between them; none of anybody else.",
    )
