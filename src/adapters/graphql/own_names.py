"""What companies call goods: listed, said and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from adapters.graphql.connections import (
    After,
    Asked,
    Before,
    ConnectionType,
    First,
    Last,
    Order,
    Page,
    nothing,
)
from adapters.graphql.context import Info
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.skus import AnySku, UnknownSkuType, load_sku
from application.authorization import Permission
from application.views.catalog import SkuCard
from application.views.own_names import OwnNameCard
from domain.identity import CustomerId, SkuId
from domain.own_names import InvalidOwnName

_SEE = (Permission.VIEW_ACCOUNT, Permission.VIEW_CUSTOMERS)
_SAY = (Permission.PLACE_ORDERS, Permission.MANAGE_CUSTOMERS)
_BY_NAME = Order("OWN_NAME", (str,))


@strawberry.type(name="OwnName", description="A name of its own by which a company means a SKU.")
class OwnNameType:
    """Shows OwnNameCard."""

    name: str = field(*_SEE, description="The name: letters small and of usual width, blanks single.")
    learned_at: datetime = field(*_SEE, description="Since when it means this.")

    @resolved(Permission.BROWSE, description="What it means.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: OwnNameCard, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)


@strawberry.type
class OwnNameQueries:
    """Looking at own names."""

    @resolved(
        *_SEE,
        description="What a company calls goods that are shown to whoever asks, by name.",
        graphql_type=ConnectionType[OwnNameType],
    )
    @staticmethod
    async def own_names(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        customer: Annotated[
            strawberry.ID | None, strawberry.argument(description="The company; a buyer's own by default.")
        ] = None,
    ) -> Page[OwnNameCard]:
        asked = Asked.of(_BY_NAME, info, first=first, after=after, last=last, before=before)
        own = info.context.actor.customer_id
        company = known(CustomerId, customer) if customer is not None else own
        if company is None:
            return nothing(asked)
        found = await info.context.views.own_names.names(company, window=asked.window, count=asked.count)
        return Page(found, asked.order)


@refusal(InvalidOwnName, description="A name that cannot be kept: empty, too long, or not printable.")
class InvalidOwnNameType(UserErrorType):
    """Shows InvalidOwnName."""

    longest: int = field(Permission.BROWSE, description="How many characters it may have.")


@strawberry.input(name="SetOwnNameInput", description="By which name a company is to mean which SKU.")
class SetOwnNameInput:
    """Read as the arguments of SetOwnName."""

    name: str = strawberry.field(
        description="The name, up to 64 characters; what it meant before it means no more."
    )
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company: a buyer's own by default, or one below it.", default=None
    )


@strawberry.input(name="RemoveOwnNameInput", description="Which name a company is to use no more.")
class RemoveOwnNameInput:
    """Read as the arguments of RemoveOwnName."""

    name: str = strawberry.field(description="The name.")
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company: a buyer's own by default, or one below it.", default=None
    )


SetOwnNameError = Annotated[
    InvalidOwnNameType | CustomerNotFoundType | UnknownSkuType,
    strawberry.union("SetOwnNameError", description="Why the name was not set."),
]
RemoveOwnNameError = Annotated[
    InvalidOwnNameType | CustomerNotFoundType,
    strawberry.union("RemoveOwnNameError", description="Why the name was not removed."),
]


@strawberry.type(name="SetOwnNamePayload", description="The name as it is kept, or why it is not.")
class SetOwnNamePayload:
    """What came of setOwnName."""

    name: str | None = field(*_SAY, description="The name; null where something was refused.")
    errors: list[SetOwnNameError] = field(*_SAY, description="Everything that is wrong.")


@strawberry.type(name="RemoveOwnNamePayload", description="The name that means nothing any more, or why not.")
class RemoveOwnNamePayload:
    """What came of removeOwnName."""

    name: str | None = field(*_SAY, description="The name; null where something was refused.")
    errors: list[RemoveOwnNameError] = field(*_SAY, description="Everything that is wrong.")


@strawberry.type
class OwnNameMutations:
    """Saying what a company calls goods."""

    @resolved(
        *_SAY,
        description="Let a company mean a SKU by a name of its own: its searches find by it.",
        graphql_type=SetOwnNamePayload,
        extensions=[Refusals(SetOwnNamePayload)],
    )
    @staticmethod
    async def set_own_name(
        info: Info, input: Annotated[SetOwnNameInput, strawberry.argument(description="What means what.")]
    ) -> str:
        context = info.context
        return await context.do(
            context.use.set_own_name,
            actor=context.actor,
            customer_id=_company(input.customer_id),
            name=input.name,
            sku_id=known(SkuId, input.sku_id),
            reference=input.sku_id,
        )

    @resolved(
        *_SAY,
        description="Let a company mean nothing by a name any more.",
        graphql_type=RemoveOwnNamePayload,
        extensions=[Refusals(RemoveOwnNamePayload)],
    )
    @staticmethod
    async def remove_own_name(
        info: Info, input: Annotated[RemoveOwnNameInput, strawberry.argument(description="Which name.")]
    ) -> str:
        context = info.context
        return await context.do(
            context.use.remove_own_name,
            actor=context.actor,
            customer_id=_company(input.customer_id),
            name=input.name,
        )


def _company(text: str | None) -> CustomerId | None:
    return None if text is None else known_or_missing(CustomerId, text)
