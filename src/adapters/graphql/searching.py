"""Searches that found nothing, for those who manage the catalog."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.connections import ConnectionType, Order
from adapters.graphql.context import Info
from adapters.graphql.ordering import AnyCustomer
from adapters.graphql.requires import field, resolved
from adapters.graphql.wants import wanted_customer
from application.authorization import Permission
from application.views.customers import CustomerCard
from application.views.searching import MissedCard, MissedSort

MISSED_ORDERS = {
    MissedSort.MOST_FREQUENT: Order("MOST_FREQUENT", (int, str, str)),
    MissedSort.LATEST: Order("LATEST", (int, str, str)),
}


@strawberry.type(name="MissedSearch", description="A text that found nothing, by who looked for it.")
class MissedSearchType:
    """Shows MissedCard."""

    text: str = field(
        Permission.MANAGE_CATALOG, description="The text: letters small and of usual width, blanks single."
    )
    times: int = field(Permission.MANAGE_CATALOG, description="How often they looked for it.")
    first_at: datetime = field(Permission.MANAGE_CATALOG, description="When they did for the first time.")
    last_at: datetime = field(Permission.MANAGE_CATALOG, description="When they did last.")

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="The company that looked for it; null where it was guests.",
        graphql_type=AnyCustomer | None,
    )
    @staticmethod
    async def customer(root: MissedCard, info: Info) -> CustomerCard | None:
        if root.customer_id is None:
            return None
        return await info.context.load.customers.load((wanted_customer(info), root.customer_id))


MissedConnection = ConnectionType[MissedSearchType]
MissedSorting = Annotated[
    MissedSort | None, strawberry.argument(description="In which order; MOST_FREQUENT by default.")
]
