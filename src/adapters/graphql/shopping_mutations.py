"""Saving lists and templates, letting them go, and putting them into the cart."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.cart import CartFullType, CartType, cart_in
from adapters.graphql.cart_mutations import company
from adapters.graphql.catalog import NotForSaleType
from adapters.graphql.context import Info
from adapters.graphql.inputs import directly
from adapters.graphql.quantity_rules import InvalidQuantityType
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals, Told, UserErrorType, tell
from adapters.graphql.registering import ApprovalPendingType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known, known_or_missing
from adapters.graphql.shopping import (
    InvalidListType,
    ListChangedType,
    ListNotFoundType,
    OrderTemplateType,
    ShoppingListType,
)
from adapters.graphql.skus import Named, UnknownSkuType, UnknownUnitType
from adapters.graphql.visibility import UnknownAudienceType, audience_named
from application.authorization import Permission
from application.cart import AskedLine, CartLook
from application.order_templates import AskedAudience
from application.shopping import ListInCart
from domain.identity import OrderTemplateId, ShoppingListId
from domain.shopping import (
    OrderTemplate,
    ShoppingList,
)

_BUY, _MANAGE = Permission.PLACE_ORDERS, Permission.MANAGE_CATALOG


@directly
@strawberry.input(name="ListLineInput", description="How many of one SKU, in one unit.")
class ListLineInput:
    """Read as AskedLine."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    quantity: Decimal = strawberry.field(description="How many of the unit, more than zero.")
    unit: str | None = strawberry.field(
        description="A unit the SKU is sold in, by code or name; the base unit by default.", default=None
    )

    def asked(self) -> AskedLine:
        """Read the input."""
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        return AskedLine(
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            reference=sku.reference,
            quantity=self.quantity,
            unit=self.unit,
        )


_NAME = "What it is called, 1 to 64 characters."
_LINES = "1 to 200 lines; they take the place of all that were there."
_VERSION = "Which version was seen; refuses with ListChanged where it is another. Whichever it is, without."


@directly
@strawberry.input(name="SaveShoppingListInput", description="A shopping list, whole.")
class SaveShoppingListInput:
    """Read as the arguments of SaveShoppingList."""

    list_id: strawberry.ID | None = strawberry.field(
        description="The list that is to be so; a new one without.", default=None
    )
    version: int | None = strawberry.field(description=_VERSION, default=None)
    customer_id: strawberry.ID | None = strawberry.field(
        description="Of a new list, the company: one's own by default, or one below it.", default=None
    )
    name: str = strawberry.field(description=_NAME)
    shared: bool = strawberry.field(
        description="Whether everybody who buys for the company has it; what is shared stays so.",
        default=True,
    )
    lines: list[ListLineInput] = strawberry.field(description=_LINES)


@strawberry.input(name="DeleteShoppingListInput", description="Which list goes.")
class DeleteShoppingListInput:
    """Read as the arguments of DeleteShoppingList."""

    list_id: strawberry.ID = strawberry.field(description="The list.")


@directly
@strawberry.input(name="SaveOrderTemplateInput", description="An order template, whole.")
class SaveOrderTemplateInput:
    """Read as the arguments of SaveOrderTemplate."""

    template_id: strawberry.ID | None = strawberry.field(
        description="The template that is to be so; a new one without.", default=None
    )
    version: int | None = strawberry.field(description=_VERSION, default=None)
    name: str = strawberry.field(description=_NAME)
    audience: list[strawberry.ID] | None = strawberry.field(
        description="At most 100 groups, tiers and customers it is for; everyone without.", default=None
    )
    lines: list[ListLineInput] = strawberry.field(description=_LINES)


@strawberry.input(name="DeleteOrderTemplateInput", description="Which template goes.")
class DeleteOrderTemplateInput:
    """Read as the arguments of DeleteOrderTemplate."""

    template_id: strawberry.ID = strawberry.field(description="The template.")


@strawberry.input(name="AddListToCartInput", description="Which list or template goes into the cart.")
class AddListToCartInput:
    """Read as the arguments of AddListToCart."""

    idempotency_key: str = strawberry.field(
        description="What the client calls this one addition: sent again, nothing is added twice."
    )
    list_id: strawberry.ID = strawberry.field(description="A shopping list or an order template.")
    customer_id: strawberry.ID | None = strawberry.field(
        description="Into whose cart: of a list its company's, of a template one's own by default, or one below it.",
        default=None,
    )


_LINE_ERRORS = UnknownSkuType | NotForSaleType | UnknownUnitType | InvalidQuantityType
SaveShoppingListError = Annotated[
    ApprovalPendingType
    | CustomerNotFoundType
    | ListNotFoundType
    | ListChangedType
    | InvalidListType
    | _LINE_ERRORS,
    strawberry.union("SaveShoppingListError", description="Why the list was not saved."),
]
DeleteShoppingListError = Annotated[
    ApprovalPendingType | ListNotFoundType,
    strawberry.union("DeleteShoppingListError", description="Why the list stays."),
]
SaveOrderTemplateError = Annotated[
    ListNotFoundType | ListChangedType | InvalidListType | UnknownAudienceType | _LINE_ERRORS,
    strawberry.union("SaveOrderTemplateError", description="Why the template was not saved."),
]
DeleteOrderTemplateError = Annotated[
    ListNotFoundType, strawberry.union("DeleteOrderTemplateError", description="Why the template stays.")
]
AddListToCartError = Annotated[
    ApprovalPendingType
    | CustomerNotFoundType
    | ListNotFoundType
    | CartFullType
    | InvalidQuantityType
    | IdempotencyKeyReusedType,
    strawberry.union("AddListToCartError", description="Why nothing came into the cart."),
]


@strawberry.type(name="SaveShoppingListPayload", description="The list, or why it was not saved.")
class SaveShoppingListPayload:
    """What came of saveShoppingList."""

    shopping_list: ShoppingListType | None = field(_BUY, description="The list; null where it was refused.")
    errors: list[SaveShoppingListError] = field(_BUY, description="Everything that is wrong.")


@strawberry.type(name="DeleteShoppingListPayload", description="The list that is gone, or why it stays.")
class DeleteShoppingListPayload:
    """What came of deleteShoppingList."""

    shopping_list: ShoppingListType | None = field(
        _BUY, description="The list as it was; null where it was refused."
    )
    errors: list[DeleteShoppingListError] = field(_BUY, description="Why it was refused.")


@strawberry.type(name="SaveOrderTemplatePayload", description="The template, or why it was not saved.")
class SaveOrderTemplatePayload:
    """What came of saveOrderTemplate."""

    order_template: OrderTemplateType | None = field(
        _MANAGE, description="The template; null where it was refused."
    )
    errors: list[SaveOrderTemplateError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="DeleteOrderTemplatePayload", description="The template that is gone, or why it stays.")
class DeleteOrderTemplatePayload:
    """What came of deleteOrderTemplate."""

    order_template: OrderTemplateType | None = field(
        _MANAGE, description="The template as it was; null where it was refused."
    )
    errors: list[DeleteOrderTemplateError] = field(_MANAGE, description="Why it was refused.")


@strawberry.type(name="AddedList", description="What came of a list that went into the cart.")
class AddedListType:
    """Shows ListInCart."""

    @resolved(_BUY, description="The cart as it is now.", graphql_type=CartType | None)
    @staticmethod
    async def cart(root: ListInCart, info: Info) -> CartLook | None:
        return await cart_in(info, root.customer_id)

    @resolved(
        _BUY,
        description="What of it was left out, and why; nothing where the key came before.",
        graphql_type=list[UserErrorType],
    )
    @staticmethod
    def left_out(root: ListInCart) -> list[Told]:
        return tell(root.left_out, items="lines")


@strawberry.type(
    name="AddListToCartPayload", description="The cart with the list in it, or why nothing came into it."
)
class AddListToCartPayload:
    """What came of addListToCart."""

    added: AddedListType | None = field(_BUY, description="What came of it; null where it was refused.")
    errors: list[AddListToCartError] = field(_BUY, description="Why it was refused.")


@strawberry.type
class ShoppingMutations:
    """What buyers do to lists, and staff to templates."""

    @resolved(
        _BUY,
        description="Make a shopping list, or make one otherwise as a whole.",
        graphql_type=SaveShoppingListPayload,
        extensions=[Refusals(SaveShoppingListPayload)],
    )
    @staticmethod
    async def save_shopping_list(
        info: Info, input: Annotated[SaveShoppingListInput, strawberry.argument(description="The list.")]
    ) -> ShoppingList:
        context = info.context
        return await context.do(
            context.use.save_shopping_list,
            actor=context.actor,
            name=input.name,
            shared=input.shared,
            lines=[line.asked() for line in input.lines],
            list_id=known_or_missing(ShoppingListId, input.list_id) if input.list_id else None,
            version=input.version,
            customer_id=company(input.customer_id),
        )

    @resolved(
        _BUY,
        description="Let a shopping list go.",
        graphql_type=DeleteShoppingListPayload,
        extensions=[Refusals(DeleteShoppingListPayload)],
    )
    @staticmethod
    async def delete_shopping_list(
        info: Info, input: Annotated[DeleteShoppingListInput, strawberry.argument(description="Which list.")]
    ) -> ShoppingList:
        context = info.context
        return await context.do(
            context.use.delete_shopping_list,
            actor=context.actor,
            list_id=known_or_missing(ShoppingListId, input.list_id),
        )

    @resolved(
        _MANAGE,
        description="Make an order template, or make one otherwise as a whole.",
        graphql_type=SaveOrderTemplatePayload,
        extensions=[Refusals(SaveOrderTemplatePayload)],
    )
    @staticmethod
    async def save_order_template(
        info: Info,
        input: Annotated[SaveOrderTemplateInput, strawberry.argument(description="The template.")],
    ) -> OrderTemplate:
        context = info.context
        return await context.do(
            context.use.save_order_template,
            actor=context.actor,
            name=input.name,
            audience=[
                AskedAudience(id=audience_named(text), reference=text) for text in input.audience or ()
            ],
            lines=[line.asked() for line in input.lines],
            template_id=known_or_missing(OrderTemplateId, input.template_id) if input.template_id else None,
            version=input.version,
        )

    @resolved(
        _MANAGE,
        description="Let an order template go.",
        graphql_type=DeleteOrderTemplatePayload,
        extensions=[Refusals(DeleteOrderTemplatePayload)],
    )
    @staticmethod
    async def delete_order_template(
        info: Info,
        input: Annotated[DeleteOrderTemplateInput, strawberry.argument(description="Which template.")],
    ) -> OrderTemplate:
        context = info.context
        return await context.do(
            context.use.delete_order_template,
            actor=context.actor,
            template_id=known_or_missing(OrderTemplateId, input.template_id),
        )

    @resolved(
        _BUY,
        description="Put a list or a template into the cart, once per key; what cannot be had is left out.",
        graphql_type=AddListToCartPayload,
        extensions=[Refusals(AddListToCartPayload)],
    )
    @staticmethod
    async def add_list_to_cart(
        info: Info, input: Annotated[AddListToCartInput, strawberry.argument(description="Which one.")]
    ) -> ListInCart:
        context = info.context
        return await context.do(
            context.use.add_list_to_cart,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            list_id=known(ShoppingListId, input.list_id) or known(OrderTemplateId, input.list_id),
            customer_id=company(input.customer_id),
        )
