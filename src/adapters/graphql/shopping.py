"""Shopping lists of companies, and the merchant's order templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.cart_mutations import company
from adapters.graphql.context import Info
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import AnySku, load_sku
from adapters.graphql.visibility import VisibilityAudienceType
from application.authorization import Permission
from application.views.catalog import SkuCard
from domain.identity import AudienceId
from domain.shopping import (
    InvalidList,
    ListChanged,
    ListLine,
    ListNotFound,
    OrderTemplate,
    ShoppingList,
)

_BUY, _MANAGE = Permission.PLACE_ORDERS, Permission.MANAGE_CATALOG
_EITHER = (_BUY, _MANAGE)


@strawberry.type(name="ListLine", description="So many of one SKU in one unit.")
class ListLineType:
    """Shows ListLine."""

    quantity: Decimal = field(*_EITHER, description="How many of the unit.")

    @resolved(*_EITHER, description="The code of the unit.", graphql_type=str)
    @staticmethod
    def unit_code(root: ListLine) -> str:
        return root.unit

    @resolved(
        *_EITHER,
        description="The SKU as it is now; null where it is not offered any more.",
        graphql_type=AnySku | None,
    )
    @staticmethod
    async def sku(root: ListLine, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)


@strawberry.type(name="ShoppingList", description="What a company buys again and again.")
class ShoppingListType:
    """Shows ShoppingList."""

    id: strawberry.ID = field(_BUY, description="The identity.")
    name: str = field(_BUY, description="What it is called.")
    version: int = field(
        _BUY, description="How often it was saved: whoever changes it says which one they saw."
    )
    lines: list[ListLineType] = field(_BUY, description="Its lines, in their order.")

    @resolved(
        _BUY,
        description="Whether everybody who buys for the company has it; else it is the caller's own.",
        graphql_type=bool,
    )
    @staticmethod
    def shared(root: ShoppingList) -> bool:
        return root.owner_id is None


@strawberry.type(name="OrderTemplate", description="What the merchant proposes to order.")
class OrderTemplateType:
    """Shows OrderTemplate."""

    id: strawberry.ID = field(*_EITHER, description="The identity.")
    name: str = field(*_EITHER, description="What it is called.")
    version: int = field(*_EITHER, description="How often it was saved.")
    lines: list[ListLineType] = field(
        *_EITHER, description="Its lines, in their order; buyers see those of goods that are shown to them."
    )

    @resolved(
        _MANAGE,
        description="Whom it is for, by id; everyone where there is none.",
        graphql_type=list[VisibilityAudienceType],
    )
    @staticmethod
    def audience(root: OrderTemplate) -> list[AudienceId]:
        return sorted(root.audience)


@refusal(ListNotFound, description="There is no such list or template for whoever asks.")
class ListNotFoundType(UserErrorType):
    """Shows ListNotFound."""


@refusal(ListChanged, description="Somebody else has changed the list or template since.")
class ListChangedType(UserErrorType):
    """Shows ListChanged."""

    version: int = field(Permission.BROWSE, description="Its version now.")


@refusal(InvalidList, description="A list or template that cannot be.")
class InvalidListType(UserErrorType):
    """Shows InvalidList."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NAME: it is 1 to 64 characters. LINES: there are 1 to 200. TWICE: a SKU is there once in each unit. "
            "AUDIENCE: a template is for at most 100 by name. SHARED: a shared list stays shared. TOO_MANY: a company "
            "has at most 100 lists, a merchant 200 templates."
        ),
    )


@strawberry.type
class ShoppingQueries:
    """Looking at lists and templates."""

    @resolved(
        _BUY,
        description="The shopping lists of a company: those that are shared, and the caller's own.",
        graphql_type=list[ShoppingListType],
    )
    @staticmethod
    async def shopping_lists(
        info: Info,
        customer_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The company: one's own by default, or one below it."),
        ] = None,
    ) -> tuple[ShoppingList, ...]:
        context = info.context
        return await context.ask(
            context.use.look_at_lists, actor=context.actor, customer_id=company(customer_id)
        )

    @resolved(
        *_EITHER,
        description="The order templates: to staff all, to buyers those for their company.",
        graphql_type=list[OrderTemplateType],
    )
    @staticmethod
    async def order_templates(info: Info) -> tuple[OrderTemplate, ...]:
        context = info.context
        return await context.ask(context.use.look_at_templates, actor=context.actor)
