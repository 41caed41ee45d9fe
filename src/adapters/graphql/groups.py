"""Customer groups and tags, as the merchant's staff sort their customers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.enums import declare
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field
from adapters.graphql.scalars import known
from application.authorization import Permission
from application.views.customers import CustomerFilter, GroupCard
from domain.groups import CustomerGroup, GroupInUse, GroupKind, GroupUse, Tag
from domain.identity import CustomerGroupId, PriceTierId, StaffId

if TYPE_CHECKING:
    pass

_KNOW = (Permission.VIEW_CUSTOMERS, Permission.MANAGE_CUSTOMERS, Permission.MANAGE_CATALOG)
_ANY_GROUP: Any = Annotated["CustomerGroupType", strawberry.lazy("adapters.graphql.groups")]


async def _above(root: GroupCard | CustomerGroup, info: Info) -> GroupCard | None:
    return await info.context.load.groups.load(root.parent_id) if root.parent_id else None


@strawberry.type(name="CustomerGroup", description="Customers that have something in common.")
class CustomerGroupType:
    """Shows GroupCard and CustomerGroup."""

    id: strawberry.ID = field(*_KNOW, description="The identity.")
    name: str = field(*_KNOW, description="What it is called.")
    kind: GroupKind = field(*_KNOW, description="What it is about.")
    parent: Any = field(
        *_KNOW,
        description="The region above it: whoever is in it is in that one, too. Null at the top.",
        graphql_type=_ANY_GROUP | None,
        resolver=_above,
    )


@strawberry.type(name="CustomerGroupTime", description="A group that a customer is or was in, and when.")
class CustomerGroupTimeType:
    """Shows GroupTimeCard."""

    group: CustomerGroupType = field(
        Permission.VIEW_CUSTOMERS, description="The group; it may have been deleted."
    )
    since: datetime = field(Permission.VIEW_CUSTOMERS, description="When it was put in.")
    until: datetime | None = field(
        Permission.VIEW_CUSTOMERS, description="When it was taken out; null where it is in it now."
    )


@strawberry.input(name="CustomerFilter", description="Which customers: all of what is given must hold.")
class CustomerFilterInput:
    """Read as CustomerFilter."""

    group: strawberry.ID | None = strawberry.field(
        description="Those in this group, or in one below it.", default=None
    )
    tag: str | None = strawberry.field(description="Those that carry this tag.", default=None)
    tier: strawberry.ID | None = strawberry.field(description="Those of this price tier.", default=None)
    sales_rep: strawberry.ID | None = strawberry.field(
        description="Only those that this member of staff looks after now.", default=None
    )

    def asked(self) -> CustomerFilter | None:
        """Read the filter; None where something in it can match nothing."""
        group, tier, tag = known(CustomerGroupId, self.group), known(PriceTierId, self.tier), _tag(self.tag)
        rep = known(StaffId, self.sales_rep)
        for given, read in ((self.group, group), (self.tier, tier), (self.tag, tag), (self.sales_rep, rep)):
            if given is not None and read is None:
                return None
        return CustomerFilter(group_id=group, tag=tag, tier_id=tier, sales_rep_id=rep)


def _tag(text: str | None) -> Tag | None:
    try:
        return None if text is None else Tag(text)
    except ValueError:
        return None


WhichCustomers = Annotated[
    CustomerFilterInput | None, strawberry.argument(description="Which customers; all by default.")
]


declare(
    GroupUse,
    description="What is for some customers, and may name a group of them.",
    values={
        "COUPONS": "A coupon template that can still be claimed or issued.",
        "ORDER_TEMPLATES": "An order template.",
        "PRICE_LISTS": "A price list.",
        "PROMOTIONS": "A promotion, suspended ones too.",
        "SPECIAL_PRICES": "A special price.",
    },
)


@refusal(GroupInUse, description="The group cannot go as long as something needs it.")
class GroupInUseType(UserErrorType):
    """Shows GroupInUse."""

    group_ids: list[strawberry.ID] = field(
        Permission.BROWSE, description="The groups below it, the first 20."
    )
    product_ids: list[strawberry.ID] = field(
        Permission.BROWSE, description="The products whose visibility names it, the first 20."
    )
    uses: list[GroupUse] = field(
        Permission.BROWSE,
        description="What else names it and is not over; nothing ends by itself with its group.",
    )
