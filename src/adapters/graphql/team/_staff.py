"""Who works for the merchant, and what they may do."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people import (
    EmailTakenType,
    InvalidEmailType,
    InvalidNameType,
    InvalidPhoneType,
    SecondFactorOffType,
    StaffMemberType,
)
from adapters.graphql.refusals import Refusals
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.team._refusals import (
    AlreadyStaffType,
    ContactRequiredType,
    NotYoursToGrantType,
    OwnAccessType,
    StaffNotFoundType,
)
from application.authorization import Permission, veil_for
from application.team import Joined
from application.views.team import StaffCard, staff_card
from domain.identity import StaffId

_GRANTED = "What they may do: nothing that whoever asks may not do, and nothing that is not given one by one."


@strawberry.input(name="AddStaffInput", description="Somebody who is to work for the merchant.")
class AddStaffInput:
    """Read as the arguments of AddStaff."""

    name: str = strawberry.field(description="The person's name.")
    phone: str | None = strawberry.field(
        description="A mobile phone of the Chinese mainland. Whoever signs in with it already joins with that login.",
        default=None,
    )
    email: str | None = strawberry.field(
        description="An e-mail to sign in with. A login that has the phone already keeps the one it has.",
        default=None,
    )
    permissions: list[Permission] = strawberry.field(description=_GRANTED)


@strawberry.input(name="SetStaffPermissionsInput", description="What somebody may do from now on.")
class SetStaffPermissionsInput:
    """Read as the arguments of ChangeStaff."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")
    permissions: list[Permission] = strawberry.field(description=_GRANTED)


@strawberry.input(name="SuspendStaffInput", description="Who may do nothing from now on.")
class SuspendStaffInput:
    """Read as the arguments of ChangeStaff."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(name="ReinstateStaffInput", description="Who may again do what they could.")
class ReinstateStaffInput:
    """Read as the arguments of ChangeStaff."""

    staff_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(name="DemandSecondFactorInput", description="Whether staff need a second factor.")
class DemandSecondFactorInput:
    """Read as the arguments of DemandSecondFactor."""

    demanded: bool = strawberry.field(description="Whether they do from now on.")


@strawberry.type(name="JoinedStaff", description="Somebody who works for the merchant from now on.")
class JoinedStaffType:
    """Shows Joined."""

    member: StaffMemberType = field(Permission.MANAGE_STAFF, description="The person.")
    first_password: str | None = field(
        Permission.MANAGE_STAFF,
        description="Where there is no phone: shown this once, to be handed over. It holds for seven days, and has to "
        "be replaced when it is used; null where a phone lets the person in.",
    )


AddStaffError = Annotated[
    ContactRequiredType
    | InvalidNameType
    | InvalidPhoneType
    | InvalidEmailType
    | EmailTakenType
    | AlreadyStaffType
    | NotYoursToGrantType,
    strawberry.union("AddStaffError", description="Why nobody joined."),
]
SetStaffPermissionsError = Annotated[
    StaffNotFoundType | OwnAccessType | NotYoursToGrantType,
    strawberry.union("SetStaffPermissionsError", description="Why they stay as they are."),
]
SuspendStaffError = Annotated[
    StaffNotFoundType | OwnAccessType,
    strawberry.union("SuspendStaffError", description="Why they are not suspended."),
]
ReinstateStaffError = Annotated[
    StaffNotFoundType | OwnAccessType,
    strawberry.union("ReinstateStaffError", description="Why they are not reinstated."),
]


DemandSecondFactorError = Annotated[
    SecondFactorOffType,
    strawberry.union("DemandSecondFactorError", description="Why nothing changes."),
]


@strawberry.type(name="AddStaffPayload", description="Who joined, or why nobody did.")
class AddStaffPayload:
    """What came of addStaff."""

    joined: JoinedStaffType | None = field(
        Permission.MANAGE_STAFF, description="The person; null where it was refused."
    )
    errors: list[AddStaffError] = field(Permission.MANAGE_STAFF, description="Why it was refused.")


@strawberry.type(name="SetStaffPermissionsPayload", description="The person as they are now, or why not.")
class SetStaffPermissionsPayload:
    """What came of setStaffPermissions."""

    member: StaffMemberType | None = field(
        Permission.MANAGE_STAFF, description="The person; null where it was refused."
    )
    errors: list[SetStaffPermissionsError] = field(Permission.MANAGE_STAFF, description="Why it was refused.")


@strawberry.type(name="SuspendStaffPayload", description="The person as they are now, or why not.")
class SuspendStaffPayload:
    """What came of suspendStaff."""

    member: StaffMemberType | None = field(
        Permission.MANAGE_STAFF, description="The person; null where it was refused."
    )
    errors: list[SuspendStaffError] = field(Permission.MANAGE_STAFF, description="Why it was refused.")


@strawberry.type(name="ReinstateStaffPayload", description="The person as they are now, or why not.")
class ReinstateStaffPayload:
    """What came of reinstateStaff."""

    member: StaffMemberType | None = field(
        Permission.MANAGE_STAFF, description="The person; null where it was refused."
    )
    errors: list[ReinstateStaffError] = field(Permission.MANAGE_STAFF, description="Why it was refused.")


@strawberry.type(name="DemandSecondFactorPayload", description="What holds from now on.")
class DemandSecondFactorPayload:
    """What came of demandSecondFactor."""

    demanded: bool | None = field(
        Permission.MANAGE_STAFF, description="Whether staff need a second factor; null where it was refused."
    )
    errors: list[DemandSecondFactorError] = field(Permission.MANAGE_STAFF, description="Why it was refused.")


@strawberry.type
class StaffMutations:
    """What those do who manage the staff."""

    @resolved(
        Permission.MANAGE_STAFF,
        description="Let somebody work for the merchant.",
        graphql_type=AddStaffPayload,
        extensions=[Refusals(AddStaffPayload)],
    )
    @staticmethod
    async def add_staff(
        info: Info, input: Annotated[AddStaffInput, strawberry.argument(description="Who.")]
    ) -> Joined:
        context = info.context
        return await context.do(
            context.use.add_staff,
            actor=context.actor,
            name=input.name,
            phone=input.phone,
            email=input.email,
            permissions=input.permissions,
        )

    @resolved(
        Permission.MANAGE_STAFF,
        description="Say what somebody may do; it holds with their next request.",
        graphql_type=SetStaffPermissionsPayload,
        extensions=[Refusals(SetStaffPermissionsPayload)],
    )
    @staticmethod
    async def set_staff_permissions(
        info: Info, input: Annotated[SetStaffPermissionsInput, strawberry.argument(description="Who, what.")]
    ) -> StaffCard:
        context = info.context
        member = await context.do(
            context.use.change_staff,
            actor=context.actor,
            staff_id=known_or_missing(StaffId, input.staff_id),
            operation="setStaffPermissions",
            permissions=input.permissions,
        )
        return staff_card(member, veil_for(context.actor))

    @resolved(
        Permission.MANAGE_STAFF,
        description="Let somebody do nothing here any more: with their next request they are nobody, and their "
        "sessions here end.",
        graphql_type=SuspendStaffPayload,
        extensions=[Refusals(SuspendStaffPayload)],
    )
    @staticmethod
    async def suspend_staff(
        info: Info, input: Annotated[SuspendStaffInput, strawberry.argument(description="Who.")]
    ) -> StaffCard:
        context = info.context
        member = await context.do(
            context.use.change_staff,
            actor=context.actor,
            staff_id=known_or_missing(StaffId, input.staff_id),
            operation="suspendStaff",
            suspended=True,
        )
        return staff_card(member, veil_for(context.actor))

    @resolved(
        Permission.MANAGE_STAFF,
        description="Let somebody do again what they could; they sign in anew.",
        graphql_type=ReinstateStaffPayload,
        extensions=[Refusals(ReinstateStaffPayload)],
    )
    @staticmethod
    async def reinstate_staff(
        info: Info, input: Annotated[ReinstateStaffInput, strawberry.argument(description="Who.")]
    ) -> StaffCard:
        context = info.context
        member = await context.do(
            context.use.change_staff,
            actor=context.actor,
            staff_id=known_or_missing(StaffId, input.staff_id),
            operation="reinstateStaff",
            suspended=False,
        )
        return staff_card(member, veil_for(context.actor))

    @resolved(
        Permission.MANAGE_STAFF,
        description="Say whether everybody who works for the merchant needs a second factor. It holds with the next "
        "request: whoever has not shown one can then do nothing but that.",
        graphql_type=DemandSecondFactorPayload,
        extensions=[Refusals(DemandSecondFactorPayload)],
    )
    @staticmethod
    async def demand_second_factor(
        info: Info,
        input: Annotated[DemandSecondFactorInput, strawberry.argument(description="Whether they do.")],
    ) -> bool:
        context = info.context
        return await context.do(
            context.use.demand_second_factor, actor=context.actor, demanded=input.demanded
        )
