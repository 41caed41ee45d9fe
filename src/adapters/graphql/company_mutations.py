"""What staff do to companies: add them, hang them below others, and say who owns them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.ordering import AnyCustomer
from adapters.graphql.quoting import CustomerNotFoundType, TreeTooDeepType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.wants import wanted_customer_in
from application.authorization import Permission
from application.views.customers import CustomerCard
from domain.customers import (
    BranchOfItself,
    InvalidCompanyName,
    ParentNotFound,
    TierNotFound,
)
from domain.identity import CustomerId, StaffId
from domain.ownership import AgentOfItself, OwnerId, OwnerKind, OwnerNotFound, OwnershipInPast


@refusal(ParentNotFound, description="There is no such company to be a branch of.")
class ParentNotFoundType(UserErrorType):
    """Shows ParentNotFound."""


@refusal(BranchOfItself, description="A company cannot be a branch of itself, nor of one that is below it.")
class BranchOfItselfType(UserErrorType):
    """Shows BranchOfItself."""


@refusal(InvalidCompanyName, description="The name of a company is short, printable and not empty.")
class InvalidCompanyNameType(UserErrorType):
    """Shows InvalidCompanyName."""

    longest: int = field(Permission.BROWSE, description="How many characters it may have.")


@refusal(TierNotFound, description="There is no such price tier.")
class TierNotFoundType(UserErrorType):
    """Shows TierNotFound."""

    reference: str = field(Permission.BROWSE, description="What was given.")


@refusal(
    OwnerNotFound, description="There is no such member of staff, or no such company, to own a customer."
)
class OwnerNotFoundType(UserErrorType):
    """Shows OwnerNotFound."""


@refusal(AgentOfItself, description="A company is not its own agent.")
class AgentOfItselfType(UserErrorType):
    """Shows AgentOfItself."""


@refusal(OwnershipInPast, description="An ownership begins now or later; what was stays as it was.")
class OwnershipInPastType(UserErrorType):
    """Shows OwnershipInPast."""

    now: datetime = field(Permission.BROWSE, description="When it was asked.")


@strawberry.input(name="AddCustomerInput", description="A new buying company.")
class AddCustomerInput:
    """Read as the arguments of AddCustomer."""

    name: str = strawberry.field(description="What it is called, up to 100 characters.")
    tier: str = strawberry.field(description="Its price tier, by id or code.")
    parent_id: strawberry.ID | None = strawberry.field(
        description="The company it is a branch of; of none by default.", default=None
    )


@strawberry.input(name="SetCustomerParentInput", description="Where a company hangs.")
class SetCustomerParentInput:
    """Read as the arguments of SetCustomerParent."""

    customer_id: strawberry.ID = strawberry.field(description="The company; all below it comes along.")
    parent_id: strawberry.ID | None = strawberry.field(
        description="The company it is a branch of; of none where it is left out.", default=None
    )


@strawberry.input(name="SetCustomerOwnerInput", description="Who owns a customer, and from when on.")
class SetCustomerOwnerInput:
    """Read as the arguments of SetCustomerOwner."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    kind: OwnerKind = strawberry.field(description="What the owner is to the customer.")
    owner_id: strawberry.ID | None = strawberry.field(
        description="A member of staff as sales representative, a company as agent; nobody where it is left out.",
        default=None,
    )
    effective_from: datetime | None = strawberry.field(
        description="From when on, now or later, up to the next change that is planned; now by default.",
        default=None,
    )


@strawberry.input(
    name="HandOverCustomersInput", description="Whose customers become whose, and from when on."
)
class HandOverCustomersInput:
    """Read as the arguments of HandOverCustomers."""

    from_sales_rep_id: strawberry.ID = strawberry.field(
        description="The member of staff who gives them away."
    )
    to_sales_rep_id: strawberry.ID | None = strawberry.field(
        description="The member of staff who takes them; nobody where it is left out.", default=None
    )
    effective_from: datetime | None = strawberry.field(
        description="From when on, now or later; now by default.", default=None
    )


AddCustomerError = Annotated[
    InvalidCompanyNameType | TierNotFoundType | ParentNotFoundType | TreeTooDeepType,
    strawberry.union("AddCustomerError", description="Why no customer was added."),
]
SetCustomerParentError = Annotated[
    CustomerNotFoundType | ParentNotFoundType | BranchOfItselfType | TreeTooDeepType,
    strawberry.union("SetCustomerParentError", description="Why a company stays where it hangs."),
]
SetCustomerOwnerError = Annotated[
    CustomerNotFoundType | OwnerNotFoundType | AgentOfItselfType | OwnershipInPastType,
    strawberry.union("SetCustomerOwnerError", description="Why nobody came to own a customer."),
]
HandOverCustomersError = Annotated[
    OwnerNotFoundType | OwnershipInPastType,
    strawberry.union("HandOverCustomersError", description="Why no customers were handed over."),
]
_SHOWN = "The customer as it is now, to those who may see customers; null where it was refused."


@strawberry.type(name="AddCustomerPayload", description="The new customer, or why there is none.")
class AddCustomerPayload:
    """What came of addCustomer."""

    customer: Any = field(Permission.VIEW_CUSTOMERS, description=_SHOWN, graphql_type=AnyCustomer | None)
    errors: list[AddCustomerError] = field(Permission.MANAGE_CUSTOMERS, description="Why it was refused.")


@strawberry.type(name="SetCustomerParentPayload", description="The customer, or why it stays where it hangs.")
class SetCustomerParentPayload:
    """What came of setCustomerParent."""

    customer: Any = field(Permission.VIEW_CUSTOMERS, description=_SHOWN, graphql_type=AnyCustomer | None)
    errors: list[SetCustomerParentError] = field(
        Permission.MANAGE_CUSTOMERS, description="Why it was refused."
    )


@strawberry.type(name="SetCustomerOwnerPayload", description="The customer, or why nobody came to own it.")
class SetCustomerOwnerPayload:
    """What came of setCustomerOwner."""

    customer: Any = field(Permission.VIEW_CUSTOMERS, description=_SHOWN, graphql_type=AnyCustomer | None)
    errors: list[SetCustomerOwnerError] = field(
        Permission.MANAGE_CUSTOMERS, description="Why it was refused."
    )


@strawberry.type(name="HandOverCustomersPayload", description="How many were handed over, or why none were.")
class HandOverCustomersPayload:
    """What came of handOverCustomers."""

    moved_customers: int | None = field(
        Permission.MANAGE_CUSTOMERS,
        description="How many customers were moved, now or as planned; null where it was refused.",
    )
    errors: list[HandOverCustomersError] = field(
        Permission.MANAGE_CUSTOMERS, description="Why it was refused."
    )


@strawberry.type
class CompanyMutations:
    """What staff do to companies."""

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Add a buying company, perhaps as a branch of another.",
        graphql_type=AddCustomerPayload,
        extensions=[Refusals(AddCustomerPayload)],
    )
    @staticmethod
    async def add_customer(
        info: Info, input: Annotated[AddCustomerInput, strawberry.argument(description="The company.")]
    ) -> CustomerCard | None:
        context = info.context
        customer_id = await context.do(
            context.use.add_customer,
            actor=context.actor,
            name=input.name,
            tier=input.tier,
            parent_id=_perhaps_missing(input.parent_id),
        )
        return await _as_it_is(info, customer_id)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Make a company a branch of another, which then sees it and acts for it; or of none.",
        graphql_type=SetCustomerParentPayload,
        extensions=[Refusals(SetCustomerParentPayload)],
    )
    @staticmethod
    async def set_customer_parent(
        info: Info, input: Annotated[SetCustomerParentInput, strawberry.argument(description="Where.")]
    ) -> CustomerCard | None:
        context = info.context
        customer_id = await context.do(
            context.use.set_customer_parent,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            parent_id=_perhaps_missing(input.parent_id),
        )
        return await _as_it_is(info, customer_id)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Say who is a customer's sales representative or agent. Orders keep who it was.",
        graphql_type=SetCustomerOwnerPayload,
        extensions=[Refusals(SetCustomerOwnerPayload)],
    )
    @staticmethod
    async def set_customer_owner(
        info: Info, input: Annotated[SetCustomerOwnerInput, strawberry.argument(description="Who.")]
    ) -> CustomerCard | None:
        context = info.context
        customer_id = await context.do(
            context.use.set_customer_owner,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            kind=input.kind,
            owner_id=_owner(input),
            since=input.effective_from,
        )
        return await _as_it_is(info, customer_id)

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Let all customers of one sales representative be another's, those that are planned included.",
        graphql_type=HandOverCustomersPayload,
        extensions=[Refusals(HandOverCustomersPayload)],
    )
    @staticmethod
    async def hand_over_customers(
        info: Info, input: Annotated[HandOverCustomersInput, strawberry.argument(description="Whose.")]
    ) -> int:
        context = info.context
        taker = input.to_sales_rep_id
        return await context.do(
            context.use.hand_over_customers,
            actor=context.actor,
            giver=known_or_missing(StaffId, input.from_sales_rep_id),
            taker=None if taker is None else known_or_missing(StaffId, taker),
            since=input.effective_from,
        )


def _owner(input: SetCustomerOwnerInput) -> OwnerId | None:
    if input.owner_id is None:
        return None
    if input.kind is OwnerKind.SALES_REP:
        return known_or_missing(StaffId, input.owner_id)
    return known_or_missing(CustomerId, input.owner_id)


def _perhaps_missing(text: str | None) -> CustomerId | None:
    return None if text is None else known_or_missing(CustomerId, text)


async def _as_it_is(info: Info, customer_id: CustomerId) -> CustomerCard | None:
    """Show a customer after a verb, where it is asked for."""
    want = wanted_customer_in(info, "customer")
    if want is None:
        return None
    return (await info.context.views.customers.customers_by_id((customer_id,), want=want))[customer_id]
