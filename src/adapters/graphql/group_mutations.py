"""What the merchant's staff do to groups and tags, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.groups import CustomerGroupType, GroupInUseType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.wants import wanted_customers_in
from application.authorization import Permission
from application.groups import Asked, TooManyCustomers, Way
from application.views.customers import CustomerCard
from domain.groups import (
    CustomerGroup,
    GroupKind,
    GroupNameTaken,
    GroupNotFound,
    InvalidGroup,
    InvalidTag,
    TooManyTags,
    UnknownCustomer,
)
from domain.identity import CustomerGroupId, CustomerId

if TYPE_CHECKING:
    from adapters.graphql.customers import CustomerType

_MANAGE = Permission.MANAGE_CUSTOMERS
_ANY_CUSTOMER: Any = Annotated["CustomerType", strawberry.lazy("adapters.graphql.customers")]


@refusal(GroupNotFound, description="There is no such group.")
class GroupNotFoundType(UserErrorType):
    """Shows GroupNotFound."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(GroupNameTaken, description="Another group at the same place has this name.")
class GroupNameTakenType(UserErrorType):
    """Shows GroupNameTaken."""

    name: str = field(Permission.BROWSE, description="The name.")


@refusal(InvalidGroup, description="A group that cannot be.")
class InvalidGroupType(UserErrorType):
    """Shows InvalidGroup."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NAME: it is 1 to 64 characters. NOT_A_REGION: only regions stand below one another. TOO_DEEP: at most 8 "
            "stand below one another. TOO_MANY: there are at most 1000."
        ),
    )


@refusal(UnknownCustomer, description="There is no such customer.")
class UnknownCustomerType(UserErrorType):
    """Shows UnknownCustomer."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(TooManyCustomers, description="More customers than one call takes, or none.")
class TooManyCustomersType(UserErrorType):
    """Shows TooManyCustomers."""

    most: int = field(Permission.BROWSE, description="The most that one call takes.")


@refusal(InvalidTag, description="A text that can be no tag, or no tag at all.")
class InvalidTagType(UserErrorType):
    """Shows InvalidTag."""

    text: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(TooManyTags, description="The customer would carry more tags than it may.")
class TooManyTagsType(UserErrorType):
    """Shows TooManyTags."""

    customer_id: strawberry.ID = field(Permission.BROWSE, description="Which customer.")
    most: int = field(Permission.BROWSE, description="So many it may carry.")


@strawberry.input(name="CreateCustomerGroupInput", description="A group to make.")
class CreateCustomerGroupInput:
    """Read as the arguments of CreateGroup."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters.")
    kind: GroupKind = strawberry.field(description="What it is about.")
    parent_id: strawberry.ID | None = strawberry.field(
        description="The region above it; at the top without one.", default=None
    )


@strawberry.input(name="RenameCustomerGroupInput", description="What a group is to be called.")
class RenameCustomerGroupInput:
    """Read as the arguments of RenameGroup."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    name: str = strawberry.field(description="What it is called from now on, 1 to 64 characters.")


@strawberry.input(name="DeleteCustomerGroupInput", description="Which group goes.")
class DeleteCustomerGroupInput:
    """Read as the arguments of DeleteGroup."""

    group_id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.input
class _Moved:
    """Read as the arguments of MoveCustomers."""

    group_id: strawberry.ID = strawberry.field(description="The group.")
    customer_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 customers.")


@strawberry.input(name="AddToCustomerGroupInput", description="Customers, and the group they come into.")
class AddToCustomerGroupInput(_Moved):
    """Read as the arguments of MoveCustomers."""


@strawberry.input(name="RemoveFromCustomerGroupInput", description="Customers, and the group they leave.")
class RemoveFromCustomerGroupInput(_Moved):
    """Read as the arguments of MoveCustomers."""


@strawberry.input
class _Tagged:
    """Read as the arguments of ChangeTags."""

    customer_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 customers.")
    tags: list[str] = strawberry.field(
        description="Tags of 1 to 32 characters; their case and width, and how many blanks they have, do not matter."
    )


@strawberry.input(name="TagCustomersInput", description="Customers, and the tags that are put on them.")
class TagCustomersInput(_Tagged):
    """Read as the arguments of ChangeTags."""


@strawberry.input(name="UntagCustomersInput", description="Customers, and the tags that are taken off them.")
class UntagCustomersInput(_Tagged):
    """Read as the arguments of ChangeTags."""


def _customers(ids: list[strawberry.ID]) -> list[Asked]:
    return [Asked(id=known(CustomerId, text), reference=text) for text in ids]


CreateCustomerGroupError = Annotated[
    GroupNotFoundType | GroupNameTakenType | InvalidGroupType,
    strawberry.union("CreateCustomerGroupError", description="Why a group was not made."),
]
RenameCustomerGroupError = Annotated[
    GroupNotFoundType | GroupNameTakenType | InvalidGroupType,
    strawberry.union("RenameCustomerGroupError", description="Why a group was not renamed."),
]
DeleteCustomerGroupError = Annotated[
    GroupNotFoundType | GroupInUseType,
    strawberry.union("DeleteCustomerGroupError", description="Why a group was not deleted."),
]
_NOT_MOVED = GroupNotFoundType | UnknownCustomerType | TooManyCustomersType
_NOT_TAGGED = UnknownCustomerType | TooManyCustomersType | InvalidTagType | TooManyTagsType
AddToCustomerGroupError = Annotated[
    _NOT_MOVED, strawberry.union("AddToCustomerGroupError", description="Why nobody came into the group.")
]
RemoveFromCustomerGroupError = Annotated[
    _NOT_MOVED, strawberry.union("RemoveFromCustomerGroupError", description="Why nobody left the group.")
]
TagCustomersError = Annotated[
    _NOT_TAGGED, strawberry.union("TagCustomersError", description="Why nobody was tagged.")
]
UntagCustomersError = Annotated[
    _NOT_TAGGED, strawberry.union("UntagCustomersError", description="Why every tag stays.")
]


@strawberry.type(name="CreateCustomerGroupPayload", description="The group, or why it was not made.")
class CreateCustomerGroupPayload:
    """What came of createCustomerGroup."""

    group: CustomerGroupType | None = field(_MANAGE, description="The new group; null where it was refused.")
    errors: list[CreateCustomerGroupError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="RenameCustomerGroupPayload", description="The group, or why it was not renamed.")
class RenameCustomerGroupPayload:
    """What came of renameCustomerGroup."""

    group: CustomerGroupType | None = field(
        _MANAGE, description="The group as it is now; null where it was refused."
    )
    errors: list[RenameCustomerGroupError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="DeleteCustomerGroupPayload", description="The group, or why it was not deleted.")
class DeleteCustomerGroupPayload:
    """What came of deleteCustomerGroup."""

    group: CustomerGroupType | None = field(
        _MANAGE, description="The group that is gone; null where it was refused."
    )
    errors: list[DeleteCustomerGroupError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type
class _MovedPayload:
    """What comes of moving customers; why not is said by each."""

    group: CustomerGroupType | None = field(_MANAGE, description="The group; null where it was refused.")


@strawberry.type(name="AddToCustomerGroupPayload", description="The group, or why nobody came into it.")
class AddToCustomerGroupPayload(_MovedPayload):
    """What came of addToCustomerGroup."""

    errors: list[AddToCustomerGroupError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="RemoveFromCustomerGroupPayload", description="The group, or why nobody left it.")
class RemoveFromCustomerGroupPayload(_MovedPayload):
    """What came of removeFromCustomerGroup."""

    errors: list[RemoveFromCustomerGroupError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type
class _TaggedPayload:
    """What comes of changing tags; why not is said by each."""

    customers: Any = field(
        _MANAGE,
        description="The customers as they are now; null where something was refused.",
        graphql_type=list[_ANY_CUSTOMER] | None,
    )


@strawberry.type(name="TagCustomersPayload", description="The customers, or why nobody was tagged.")
class TagCustomersPayload(_TaggedPayload):
    """What came of tagCustomers."""

    errors: list[TagCustomersError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="UntagCustomersPayload", description="The customers, or why every tag stays.")
class UntagCustomersPayload(_TaggedPayload):
    """What came of untagCustomers."""

    errors: list[UntagCustomersError] = field(_MANAGE, description="Everything that is wrong.")


async def _move(info: Info, way: Way, input: _Moved) -> CustomerGroup:
    context = info.context
    return await context.do(
        context.use.move_customers,
        actor=context.actor,
        group_id=known_or_missing(CustomerGroupId, input.group_id),
        way=way,
        customers=_customers(input.customer_ids),
    )


async def _tagged(
    info: Info, ids: list[strawberry.ID], *, add: list[str], remove: list[str]
) -> list[CustomerCard]:
    context = info.context
    customer_ids = await context.do(
        context.use.change_tags, actor=context.actor, customers=_customers(ids), add=add, remove=remove
    )
    want = wanted_customers_in(info, "customers")
    found = await context.views.customers.customers_by_id(customer_ids, want=want)
    return [found[id] for id in customer_ids if id in found]


@strawberry.type
class GroupMutations:
    """What staff do to groups and tags."""

    @resolved(
        _MANAGE,
        description="Make a group of customers.",
        graphql_type=CreateCustomerGroupPayload,
        extensions=[Refusals(CreateCustomerGroupPayload)],
    )
    @staticmethod
    async def create_customer_group(
        info: Info,
        input: Annotated[CreateCustomerGroupInput, strawberry.argument(description="The group.")],
    ) -> CustomerGroup:
        context = info.context
        below = input.parent_id
        return await context.do(
            context.use.create_group,
            actor=context.actor,
            name=input.name,
            kind=input.kind,
            parent_id=None if below is None else known_or_missing(CustomerGroupId, below),
        )

    @resolved(
        _MANAGE,
        description="Call a group otherwise.",
        graphql_type=RenameCustomerGroupPayload,
        extensions=[Refusals(RenameCustomerGroupPayload)],
    )
    @staticmethod
    async def rename_customer_group(
        info: Info,
        input: Annotated[RenameCustomerGroupInput, strawberry.argument(description="The name.")],
    ) -> CustomerGroup:
        context = info.context
        group_id = known_or_missing(CustomerGroupId, input.group_id)
        return await context.do(
            context.use.rename_group, actor=context.actor, group_id=group_id, name=input.name
        )

    @resolved(
        _MANAGE,
        description="Let a group go: nobody is in it any more, and it stays in the history of those who were.",
        graphql_type=DeleteCustomerGroupPayload,
        extensions=[Refusals(DeleteCustomerGroupPayload)],
    )
    @staticmethod
    async def delete_customer_group(
        info: Info,
        input: Annotated[DeleteCustomerGroupInput, strawberry.argument(description="Which group.")],
    ) -> CustomerGroup:
        context = info.context
        group_id = known_or_missing(CustomerGroupId, input.group_id)
        return await context.do(context.use.delete_group, actor=context.actor, group_id=group_id)

    @resolved(
        _MANAGE,
        description="Put customers into a group, all or none; those who are in it already stay in it.",
        graphql_type=AddToCustomerGroupPayload,
        extensions=[Refusals(AddToCustomerGroupPayload, items="customerIds")],
    )
    @staticmethod
    async def add_to_customer_group(
        info: Info,
        input: Annotated[AddToCustomerGroupInput, strawberry.argument(description="Who goes where.")],
    ) -> CustomerGroup:
        return await _move(info, Way.IN, input)

    @resolved(
        _MANAGE,
        description="Take customers out of a group, all or none; those who are not in it stay out.",
        graphql_type=RemoveFromCustomerGroupPayload,
        extensions=[Refusals(RemoveFromCustomerGroupPayload, items="customerIds")],
    )
    @staticmethod
    async def remove_from_customer_group(
        info: Info,
        input: Annotated[RemoveFromCustomerGroupInput, strawberry.argument(description="Who leaves what.")],
    ) -> CustomerGroup:
        return await _move(info, Way.OUT, input)

    @resolved(
        _MANAGE,
        description="Put tags on customers, on all or on none; at most 20 on each.",
        graphql_type=TagCustomersPayload,
        extensions=[Refusals(TagCustomersPayload, items="customerIds")],
    )
    @staticmethod
    async def tag_customers(
        info: Info,
        input: Annotated[TagCustomersInput, strawberry.argument(description="Which tags on whom.")],
    ) -> list[CustomerCard]:
        return await _tagged(info, input.customer_ids, add=input.tags, remove=[])

    @resolved(
        _MANAGE,
        description="Take tags off customers, off all or off none.",
        graphql_type=UntagCustomersPayload,
        extensions=[Refusals(UntagCustomersPayload, items="customerIds")],
    )
    @staticmethod
    async def untag_customers(
        info: Info,
        input: Annotated[UntagCustomersInput, strawberry.argument(description="Which tags off whom.")],
    ) -> list[CustomerCard]:
        return await _tagged(info, input.customer_ids, add=[], remove=input.tags)
