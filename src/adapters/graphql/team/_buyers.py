"""Who buys for a company, and what they may do for it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Context, Info
from adapters.graphql.customers import BuyerType
from adapters.graphql.people import InvalidNameType, InvalidPhoneType
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Refusals
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.team._refusals import (
    AlreadyBuyerType,
    BuyerNotFoundType,
    NoOwnerLeftType,
    OwnAccessType,
)
from adapters.graphql.wants import wanted_buyer_in
from application.authorization import Permission, veil_for
from application.views.customers import BuyerCard
from domain.customers import Buyer, Role
from domain.identity import BuyerId, CustomerId

_MANAGES = (Permission.MANAGE_COMPANY, Permission.MANAGE_CUSTOMERS)


@strawberry.input(name="AddBuyerInput", description="Somebody who is to buy for a company.")
class AddBuyerInput:
    """Read as the arguments of AddBuyer."""

    customer_id: strawberry.ID = strawberry.field(description="The company; to its owners, their own.")
    phone: str = strawberry.field(
        description="A mobile phone of the Chinese mainland. Whoever signs in with it already joins with that login."
    )
    name: str = strawberry.field(description="The person's name.")
    role: Role = strawberry.field(description="What they may do for the company.")


@strawberry.input(name="SetBuyerRoleInput", description="What somebody may do for the company from now on.")
class SetBuyerRoleInput:
    """Read as the arguments of ChangeBuyer."""

    buyer_id: strawberry.ID = strawberry.field(description="Who.")
    role: Role = strawberry.field(description="What they may do.")


@strawberry.input(name="SuspendBuyerInput", description="Who may do nothing from now on.")
class SuspendBuyerInput:
    """Read as the arguments of ChangeBuyer."""

    buyer_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(name="ReinstateBuyerInput", description="Who may again do what they could.")
class ReinstateBuyerInput:
    """Read as the arguments of ChangeBuyer."""

    buyer_id: strawberry.ID = strawberry.field(description="Who.")


AddBuyerError = Annotated[
    CustomerNotFoundType | InvalidNameType | InvalidPhoneType | AlreadyBuyerType,
    strawberry.union("AddBuyerError", description="Why nobody joined."),
]
SetBuyerRoleError = Annotated[
    BuyerNotFoundType | OwnAccessType | NoOwnerLeftType,
    strawberry.union("SetBuyerRoleError", description="Why they stay as they are."),
]
SuspendBuyerError = Annotated[
    BuyerNotFoundType | OwnAccessType | NoOwnerLeftType,
    strawberry.union("SuspendBuyerError", description="Why they are not suspended."),
]
ReinstateBuyerError = Annotated[
    BuyerNotFoundType | OwnAccessType,
    strawberry.union("ReinstateBuyerError", description="Why they are not reinstated."),
]


@strawberry.type(name="AddBuyerPayload", description="Who joined, or why nobody did.")
class AddBuyerPayload:
    """What came of addBuyer."""

    buyer: BuyerType | None = field(*_MANAGES, description="The person; null where it was refused.")
    errors: list[AddBuyerError] = field(*_MANAGES, description="Why it was refused.")


@strawberry.type(name="SetBuyerRolePayload", description="The person as they are now, or why not.")
class SetBuyerRolePayload:
    """What came of setBuyerRole."""

    buyer: BuyerType | None = field(*_MANAGES, description="The person; null where it was refused.")
    errors: list[SetBuyerRoleError] = field(*_MANAGES, description="Why it was refused.")


@strawberry.type(name="SuspendBuyerPayload", description="The person as they are now, or why not.")
class SuspendBuyerPayload:
    """What came of suspendBuyer."""

    buyer: BuyerType | None = field(*_MANAGES, description="The person; null where it was refused.")
    errors: list[SuspendBuyerError] = field(*_MANAGES, description="Why it was refused.")


@strawberry.type(name="ReinstateBuyerPayload", description="The person as they are now, or why not.")
class ReinstateBuyerPayload:
    """What came of reinstateBuyer."""

    buyer: BuyerType | None = field(*_MANAGES, description="The person; null where it was refused.")
    errors: list[ReinstateBuyerError] = field(*_MANAGES, description="Why it was refused.")


@strawberry.type
class BuyerMutations:
    """What owners do in their company, and staff in every one."""

    @resolved(
        *_MANAGES,
        description="Let somebody buy for a company.",
        graphql_type=AddBuyerPayload,
        extensions=[Refusals(AddBuyerPayload)],
    )
    @staticmethod
    async def add_buyer(
        info: Info, input: Annotated[AddBuyerInput, strawberry.argument(description="Who, for whom.")]
    ) -> BuyerCard:
        context = info.context
        buyer = await context.do(
            context.use.add_buyer,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, input.customer_id),
            phone=input.phone,
            name=input.name,
            role=input.role,
        )
        return await _as_it_is(context, buyer, info)

    @resolved(
        *_MANAGES,
        description="Say what somebody may do for the company; it holds with their next request.",
        graphql_type=SetBuyerRolePayload,
        extensions=[Refusals(SetBuyerRolePayload)],
    )
    @staticmethod
    async def set_buyer_role(
        info: Info, input: Annotated[SetBuyerRoleInput, strawberry.argument(description="Who, what.")]
    ) -> BuyerCard:
        context = info.context
        buyer = await context.do(
            context.use.change_buyer,
            actor=context.actor,
            buyer_id=known_or_missing(BuyerId, input.buyer_id),
            operation="setBuyerRole",
            role=input.role,
        )
        return await _as_it_is(context, buyer, info)

    @resolved(
        *_MANAGES,
        description="Let somebody do nothing for the company any more: with their next request they are nobody, and "
        "their sessions there end.",
        graphql_type=SuspendBuyerPayload,
        extensions=[Refusals(SuspendBuyerPayload)],
    )
    @staticmethod
    async def suspend_buyer(
        info: Info, input: Annotated[SuspendBuyerInput, strawberry.argument(description="Who.")]
    ) -> BuyerCard:
        context = info.context
        buyer = await context.do(
            context.use.change_buyer,
            actor=context.actor,
            buyer_id=known_or_missing(BuyerId, input.buyer_id),
            operation="suspendBuyer",
            suspended=True,
        )
        return await _as_it_is(context, buyer, info)

    @resolved(
        *_MANAGES,
        description="Let somebody do again what they could; they sign in anew.",
        graphql_type=ReinstateBuyerPayload,
        extensions=[Refusals(ReinstateBuyerPayload)],
    )
    @staticmethod
    async def reinstate_buyer(
        info: Info, input: Annotated[ReinstateBuyerInput, strawberry.argument(description="Who.")]
    ) -> BuyerCard:
        context = info.context
        buyer = await context.do(
            context.use.change_buyer,
            actor=context.actor,
            buyer_id=known_or_missing(BuyerId, input.buyer_id),
            operation="reinstateBuyer",
            suspended=False,
        )
        return await _as_it_is(context, buyer, info)


async def _as_it_is(context: Context, buyer: Buyer, info: Info) -> BuyerCard:
    """Show a buyer after a verb: the verb's own where it knows all that is asked for, else what is stored now."""
    want = wanted_buyer_in(info, "buyer")
    if want.customer is None and not want.memberships:
        name = veil_for(context.actor).name(buyer.name)
        return BuyerCard(buyer.id, name, buyer.role, suspended=buyer.suspended)
    return (await context.views.customers.buyers_by_id((buyer.id,), want=want))[buyer.id]
