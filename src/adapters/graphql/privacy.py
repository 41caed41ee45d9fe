"""Personal data: handed out to whom it is about, and erased."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.people import InvalidCodeType, SessionOverType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from application.authorization import Permission
from application.privacy import PersonalData
from domain.identity import BuyerId
from domain.people import ConfirmationRequired
from domain.privacy import LastOwner, PersonNotFound

_UNTIL = "Only what is older than this instant: `olderUntil` of the document before, where it was too much for one."


@refusal(PersonNotFound, description="There is no such person for whoever asks.")
class PersonNotFoundType(UserErrorType):
    """Shows PersonNotFound."""


@refusal(
    LastOwner,
    description="The company has orders that are not done, and no other owner: they are done, called off or handed "
    "over first.",
)
class LastOwnerType(UserErrorType):
    """Shows LastOwner."""

    open_orders: int = field(Permission.BROWSE, description="How many orders are not done.")


@refusal(
    ConfirmationRequired,
    description="The session is older than ten minutes: show the code that was sent to the phone, or sign in again.",
)
class ConfirmationRequiredType(UserErrorType):
    """Shows ConfirmationRequired."""


@strawberry.input(name="ExportMyDataInput", description="How much is handed out.")
class ExportMyDataInput:
    """Read as the arguments of ExportMyData."""

    until: datetime | None = strawberry.field(description=_UNTIL, default=None)


@strawberry.input(name="ExportPersonInput", description="Of whom, and how much is handed out.")
class ExportPersonInput:
    """Read as the arguments of ExportPerson."""

    buyer_id: strawberry.ID = strawberry.field(description="The buyer.")
    until: datetime | None = strawberry.field(description=_UNTIL, default=None)


@strawberry.input(name="EraseMeInput", description="What shows who asks.")
class EraseMeInput:
    """Read as the arguments of EraseMe."""

    code: str | None = strawberry.field(
        description="The six digits that requestSignInCode sent to the phone of the login; not needed within ten "
        "minutes of signing in.",
        default=None,
    )


@strawberry.input(name="ErasePersonInput", description="Who is erased.")
class ErasePersonInput:
    """Read as the arguments of ErasePerson."""

    buyer_id: strawberry.ID = strawberry.field(description="The buyer.")


ExportMyDataError = Annotated[
    PersonNotFoundType,
    strawberry.union("ExportMyDataError", description="Why nothing was handed out."),
]
ExportPersonError = Annotated[
    PersonNotFoundType,
    strawberry.union("ExportPersonError", description="Why nothing was handed out."),
]
EraseMeError = Annotated[
    ConfirmationRequiredType | InvalidCodeType | LastOwnerType | SessionOverType,
    strawberry.union("EraseMeError", description="Why nobody was erased."),
]
ErasePersonError = Annotated[
    PersonNotFoundType | LastOwnerType,
    strawberry.union("ErasePersonError", description="Why nobody was erased."),
]


@strawberry.type(name="ExportMyDataPayload", description="What is kept of whoever asks, or why not.")
class ExportMyDataPayload:
    """What came of exportMyData."""

    personal_data: PersonalData | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="Everything that is kept; null where it was refused.",
    )
    errors: list[ExportMyDataError] = field(
        Permission.VIEW_ACCOUNT, Permission.BACK_OFFICE, description="Why it was refused."
    )


@strawberry.type(name="ExportPersonPayload", description="What is kept of a buyer, or why not.")
class ExportPersonPayload:
    """What came of exportPerson."""

    personal_data: PersonalData | None = field(
        Permission.MANAGE_PERSONAL_DATA,
        description="Everything that the merchant keeps; null where it was refused.",
    )
    errors: list[ExportPersonError] = field(
        Permission.MANAGE_PERSONAL_DATA, description="Why it was refused."
    )


@strawberry.type(name="EraseMePayload", description="How far somebody was erased, or why not.")
class EraseMePayload:
    """What came of eraseMe."""

    erased_places: int | None = field(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="In how many places, at every merchant; null where it was refused.",
    )
    errors: list[EraseMeError] = field(
        Permission.VIEW_ACCOUNT, Permission.BACK_OFFICE, description="Why it was refused."
    )


@strawberry.type(name="ErasePersonPayload", description="When somebody was erased, or why not.")
class ErasePersonPayload:
    """What came of erasePerson."""

    erased_at: datetime | None = field(
        Permission.MANAGE_PERSONAL_DATA,
        description="When: now, or before where it was done before; null where it was refused.",
    )
    errors: list[ErasePersonError] = field(Permission.MANAGE_PERSONAL_DATA, description="Why it was refused.")


@strawberry.type
class PrivacyMutations:
    """Handing out and erasing personal data."""

    @resolved(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="Hand out everything that is kept of whoever asks: of the login, and at every merchant.",
        graphql_type=ExportMyDataPayload,
        extensions=[Refusals(ExportMyDataPayload)],
    )
    @staticmethod
    async def export_my_data(
        info: Info, input: Annotated[ExportMyDataInput, strawberry.argument(description="How much.")]
    ) -> PersonalData:
        context = info.context
        return await context.do(context.use.export_my_data, actor=context.actor, until=input.until)

    @resolved(
        Permission.MANAGE_PERSONAL_DATA,
        description="Hand out everything that the merchant keeps of a buyer; it is noted in the trail.",
        graphql_type=ExportPersonPayload,
        extensions=[Refusals(ExportPersonPayload)],
    )
    @staticmethod
    async def export_person(
        info: Info, input: Annotated[ExportPersonInput, strawberry.argument(description="Of whom.")]
    ) -> PersonalData:
        context = info.context
        return await context.do(
            context.use.export_person,
            actor=context.actor,
            buyer_id=known_or_missing(BuyerId, input.buyer_id),
            until=input.until,
        )

    @resolved(
        Permission.VIEW_ACCOUNT,
        Permission.BACK_OFFICE,
        description="Erase whoever asks, in every place and with the login, for good: what was traded stays, without "
        "names, phones and streets.",
        graphql_type=EraseMePayload,
        extensions=[Refusals(EraseMePayload)],
    )
    @staticmethod
    async def erase_me(
        info: Info, input: Annotated[EraseMeInput, strawberry.argument(description="What shows who asks.")]
    ) -> int:
        context = info.context
        return await context.do(context.use.erase_me, actor=context.actor, code=input.code)

    @resolved(
        Permission.MANAGE_PERSONAL_DATA,
        description="Erase a buyer of the merchant's for good; it may be asked again, and is noted in the trail.",
        graphql_type=ErasePersonPayload,
        extensions=[Refusals(ErasePersonPayload)],
    )
    @staticmethod
    async def erase_person(
        info: Info, input: Annotated[ErasePersonInput, strawberry.argument(description="Whom.")]
    ) -> datetime:
        context = info.context
        return await context.do(
            context.use.erase_person,
            actor=context.actor,
            buyer_id=known_or_missing(BuyerId, input.buyer_id),
        )
