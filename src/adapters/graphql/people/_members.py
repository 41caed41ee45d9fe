"""Who works for the merchant, as those see them who manage them."""

from __future__ import annotations

import strawberry

from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from application.views.team import StaffCard
from domain.merchant import Staff


@strawberry.type(name="StaffMember", description="A person who works for the merchant.")
class StaffMemberType:
    """Shows Staff and StaffCard."""

    id: strawberry.ID = field(Permission.MANAGE_STAFF, description="The identity.")
    name: str = field(Permission.MANAGE_STAFF, description="The person's name.")
    suspended: bool = field(Permission.MANAGE_STAFF, description="Whether they may do nothing at the moment.")

    @resolved(
        Permission.MANAGE_STAFF,
        description="What was given to them one by one.",
        graphql_type=list[Permission],
    )
    @staticmethod
    def permissions(root: Staff | StaffCard) -> list[Permission]:
        return [permission for permission in Permission if permission.value in root.permissions]
