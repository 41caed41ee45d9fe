"""What customers are allowed beside the quantity rules, as staff see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from adapters.graphql.connections import After, Asked, Before, ConnectionType, First, Last, Order, Page
from adapters.graphql.context import Info
from adapters.graphql.ordering import AnyCustomer
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.skus import AnySku, load_sku
from adapters.graphql.wants import wanted_customer
from application.authorization import Permission
from application.ports.quantity_rules import Allowance
from application.views.catalog import SkuCard
from application.views.customers import CustomerCard
from application.views.quantity_rules import AllowanceFilter
from domain.identity import CustomerId

_CUSTOMERS = Permission.MANAGE_CUSTOMERS
_BY_CUSTOMER = Order("QUANTITY_ALLOWANCE", (str, str))


@strawberry.type(
    name="QuantityAllowance", description="That the rule of a SKU does not bind a customer for a while."
)
class QuantityAllowanceType:
    """Shows Allowance."""

    until: datetime = field(_CUSTOMERS, description="Until when.")
    reason: str = field(_CUSTOMERS, description="Why.")

    @resolved(_CUSTOMERS, description="The SKU.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: Allowance, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)

    @resolved(Permission.VIEW_CUSTOMERS, description="The customer.", graphql_type=AnyCustomer | None)
    @staticmethod
    async def customer(root: Allowance, info: Info) -> CustomerCard | None:
        return await info.context.load.customers.load((wanted_customer(info), root.customer_id))


QuantityAllowanceConnection: Any = ConnectionType[QuantityAllowanceType]


@strawberry.type
class AllowanceShelf:
    """A part of the back office."""

    @resolved(
        _CUSTOMERS,
        description="What customers are allowed beside the quantity rules, or were last, by customer and SKU.",
        graphql_type=QuantityAllowanceConnection,
    )
    @staticmethod
    async def quantity_allowances(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        customer: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this customer.")
        ] = None,
        current: Annotated[bool | None, strawberry.argument(description="Only what is allowed now.")] = None,
    ) -> Page[Allowance]:
        asked = Asked.of(_BY_CUSTOMER, info, first=first, after=after, last=last, before=before)
        filter = AllowanceFilter(
            customer_id=None if customer is None else known_or_missing(CustomerId, customer),
            current=bool(current),
        )
        found = await info.context.views.allowances.allowances(
            window=asked.window, filter=filter, count=asked.count
        )
        return Page(found, asked.order)
