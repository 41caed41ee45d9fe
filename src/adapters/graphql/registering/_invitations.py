"""Invitations, as staff make them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people import InvalidPhoneType
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Refusals
from adapters.graphql.registering._types import (
    InvalidEntryType,
    InvitationNotFoundType,
    UnknownStaffType,
    UnknownTierType,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from application.authorization import Permission
from application.invitations import AskedInvitation
from domain.customers import Role
from domain.groups import Tag
from domain.identity import CustomerId, InvitationId, PriceTierId, StaffId
from domain.invitations import Invitation


@strawberry.type(name="Invitation", description="A code with which somebody may register.")
class InvitationType:
    """Shows Invitation."""

    id: strawberry.ID = field(Permission.MANAGE_CUSTOMERS, description="The identity.")

    @resolved(
        Permission.MANAGE_CUSTOMERS, description="The code to pass on, with its dash.", graphql_type=str
    )
    @staticmethod
    def code(root: Invitation) -> str:
        return root.code.shown

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="The price tier of a new company; null for the usual one, and where a company is joined.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def tier_id(root: Invitation) -> PriceTierId | None:
        return root.welcome.tier_id

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Who of the staff is to look after a new company, by id.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def sales_rep_id(root: Invitation) -> StaffId | None:
        return root.welcome.sales_rep_id

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="The company that is joined; null where a new one registers.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def customer_id(root: Invitation) -> CustomerId | None:
        return root.welcome.customer_id

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="What whoever comes may do for the company.",
        graphql_type=Role,
    )
    @staticmethod
    def role(root: Invitation) -> Role:
        return root.welcome.role

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="The company of which a new one becomes a branch, by id.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def parent_id(root: Invitation) -> CustomerId | None:
        return root.welcome.parent_id

    @resolved(
        Permission.MANAGE_CUSTOMERS, description="What a new company is tagged with.", graphql_type=list[str]
    )
    @staticmethod
    def tags(root: Invitation) -> tuple[Tag, ...]:
        return root.welcome.tags

    phone: str | None = field(
        Permission.MANAGE_CUSTOMERS, description="The only phone it is for, masked; null where it is for any."
    )
    most_uses: int = field(Permission.MANAGE_CUSTOMERS, description="How many may come with it.")
    uses: int = field(Permission.MANAGE_CUSTOMERS, description="How many have.")
    made_by: strawberry.ID | None = field(
        Permission.MANAGE_CUSTOMERS, description="Who of the staff made it, by id."
    )
    made_at: datetime = field(Permission.MANAGE_CUSTOMERS, description="When.")
    expires_at: datetime = field(Permission.MANAGE_CUSTOMERS, description="When it holds no longer.")
    revoked_at: datetime | None = field(
        Permission.MANAGE_CUSTOMERS, description="When it was called back; null where it was not."
    )


@strawberry.input(name="CreateInvitationInput", description="Who may come, how often and how long.")
class CreateInvitationInput:
    """Read as AskedInvitation."""

    tier_id: strawberry.ID | None = strawberry.field(
        description="The price tier of a new company; the merchant's first by default.", default=None
    )
    sales_rep_id: strawberry.ID | None = strawberry.field(
        description="Who of the staff is to look after a new company.", default=None
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company that is joined; a new one registers by default.", default=None
    )
    role: Role | None = strawberry.field(
        description="What whoever joins may do; PURCHASER by default. The first of a new company is its OWNER.",
        default=None,
    )
    phone: str | None = strawberry.field(
        description="The only phone it is for; for any by default.", default=None
    )
    most_uses: int = strawberry.field(description="How many may come with it, 1 to 1000.", default=1)
    expires_at: datetime | None = strawberry.field(
        description="When it holds no longer; after a week by default, after a year at the latest.",
        default=None,
    )

    parent_id: strawberry.ID | None = strawberry.field(
        description="The company of which a new one becomes a branch.", default=None
    )
    tags: list[str] | None = strawberry.field(
        description="What a new company is tagged with, at most 20 tags.", default=None
    )

    def asked(self) -> AskedInvitation:
        """Read the input."""
        return AskedInvitation(
            tier_id=None if self.tier_id is None else known_or_missing(PriceTierId, self.tier_id),
            sales_rep_id=None if self.sales_rep_id is None else known_or_missing(StaffId, self.sales_rep_id),
            customer_id=None if self.customer_id is None else known_or_missing(CustomerId, self.customer_id),
            role=self.role,
            phone=self.phone,
            most_uses=self.most_uses,
            expires_at=self.expires_at,
            parent_id=None if self.parent_id is None else known_or_missing(CustomerId, self.parent_id),
            tags=self.tags or (),
        )


@strawberry.input(name="RevokeInvitationInput", description="What is called back.")
class RevokeInvitationInput:
    """Read as the arguments of RevokeInvitation."""

    invitation_id: strawberry.ID = strawberry.field(description="The invitation.")


CreateInvitationError = Annotated[
    InvalidEntryType | InvalidPhoneType | UnknownTierType | UnknownStaffType | CustomerNotFoundType,
    strawberry.union("CreateInvitationError", description="Why no invitation was made."),
]
RevokeInvitationError = Annotated[
    InvitationNotFoundType,
    strawberry.union("RevokeInvitationError", description="Why nothing was called back."),
]


@strawberry.type(name="CreateInvitationPayload", description="The invitation, or why none was made.")
class CreateInvitationPayload:
    """What came of createInvitation."""

    invitation: InvitationType | None = field(
        Permission.MANAGE_CUSTOMERS, description="The new invitation; null where it was refused."
    )
    errors: list[CreateInvitationError] = field(
        Permission.MANAGE_CUSTOMERS, description="Why it was refused."
    )


@strawberry.type(name="RevokeInvitationPayload", description="The invitation, or why it was not called back.")
class RevokeInvitationPayload:
    """What came of revokeInvitation."""

    invitation: InvitationType | None = field(
        Permission.MANAGE_CUSTOMERS, description="The invitation as it is now; null where it was refused."
    )
    errors: list[RevokeInvitationError] = field(
        Permission.MANAGE_CUSTOMERS, description="Why it was refused."
    )


@strawberry.type
class InvitationMutations:
    """What staff do to invitations."""

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Make an invitation, for a new company or for a colleague of one that is there.",
        graphql_type=CreateInvitationPayload,
        extensions=[Refusals(CreateInvitationPayload)],
    )
    @staticmethod
    async def create_invitation(
        info: Info, input: Annotated[CreateInvitationInput, strawberry.argument(description="For whom.")]
    ) -> Invitation:
        context = info.context
        return await context.do(context.use.create_invitation, actor=context.actor, asked=input.asked())

    @resolved(
        Permission.MANAGE_CUSTOMERS,
        description="Call an invitation back; those who came with it stay.",
        graphql_type=RevokeInvitationPayload,
        extensions=[Refusals(RevokeInvitationPayload)],
    )
    @staticmethod
    async def revoke_invitation(
        info: Info, input: Annotated[RevokeInvitationInput, strawberry.argument(description="Which.")]
    ) -> Invitation:
        context = info.context
        return await context.do(
            context.use.revoke_invitation,
            actor=context.actor,
            invitation_id=known_or_missing(InvitationId, input.invitation_id),
        )
