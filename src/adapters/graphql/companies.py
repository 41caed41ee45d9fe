"""Companies by their names, and who owns them: what stands beside customers and orders."""

from __future__ import annotations

from datetime import datetime

import strawberry

from adapters.graphql.requires import field
from application.authorization import Permission
from domain.ownership import OwnerKind


@strawberry.type(
    name="Company",
    description="A company by its name: all that those below it, and those it acts for, are shown of it.",
)
class CompanyType:
    """Shows CompanyCard."""

    id: strawberry.ID = field(Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The identity.")
    name: str = field(Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS, description="The company's name.")


@strawberry.type(name="SalesRep", description="A member of staff who looks after customers.")
class SalesRepType:
    """Shows SalesRepCard."""

    id: strawberry.ID = field(Permission.VIEW_CUSTOMERS, description="The identity.")
    name: str = field(
        Permission.VIEW_CUSTOMERS, description="The person's name; without VIEW_PERSONAL_DATA masked."
    )


@strawberry.type(
    name="Ownership",
    description="Who owns a customer for a time, up to the next of the same kind; nobody, where neither is there.",
)
class OwnershipType:
    """Shows OwnershipCard."""

    kind: OwnerKind = field(Permission.VIEW_CUSTOMERS, description="What they are to the customer.")
    since: datetime = field(Permission.VIEW_CUSTOMERS, description="When it begins.")
    until: datetime | None = field(
        Permission.VIEW_CUSTOMERS,
        description="When it ends, this instant not included; null where no end is known.",
    )
    sales_rep: SalesRepType | None = field(
        Permission.VIEW_CUSTOMERS, description="The sales representative, where it is one."
    )
    agent: CompanyType | None = field(Permission.VIEW_CUSTOMERS, description="The agent, where it is one.")
