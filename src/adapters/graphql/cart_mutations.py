"""Putting goods into the cart, changing and taking out lines, reordering."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from adapters.graphql.cart import (
    CartFullType,
    CartLineNotFoundType,
    CartType,
    InvalidCartTextType,
    cart_in,
)
from adapters.graphql.catalog import NotForSaleType
from adapters.graphql.context import Info
from adapters.graphql.inputs import directly
from adapters.graphql.ordering import OrderNotFoundType
from adapters.graphql.pricing import MoneyType
from adapters.graphql.quantity_rules import InvalidQuantityType
from adapters.graphql.quoting import (
    CustomerNotFoundType,
    EmptyBasketType,
    QuoteLineType,
    TooManyLinesType,
)
from adapters.graphql.refusals import IdempotencyKeyReusedType, Refusals
from adapters.graphql.registering import ApprovalPendingType
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import idempotency_key, known, known_or_missing
from adapters.graphql.skus import AnySku, Named, UnknownSkuType, UnknownUnitType, load_sku
from application.authorization import Permission
from application.cart import AskedChange, AskedLine, CartLook
from application.reordering import Reordered, ReorderedLine
from application.views.catalog import SkuCard
from domain.identity import CartLineId, CustomerId, OrderId

_BUY = Permission.PLACE_ORDERS
_COMPANY = "The company whose cart it is: one's own by default, or one below it."
_KEY = "What the client calls this one addition: sent again, nothing is added twice."


@directly
@strawberry.input(name="CartLineInput", description="How many of one SKU, in one unit.")
class CartLineInput:
    """Read as AskedLine."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    quantity: Decimal = strawberry.field(description="How many of the unit, more than zero.")
    unit: str | None = strawberry.field(
        description="A unit the SKU is sold in, by code or name; the base unit by default.", default=None
    )
    note: str | None = strawberry.field(
        description="A note for colleagues, up to 200 characters; no order has it.", default=None
    )
    text: str | None = strawberry.field(
        description=(
            "What the buyer wrote to mean the SKU, up to 64 characters: the company means it by that from now on."
        ),
        default=None,
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
            note=self.note or "",
            text=self.text or "",
        )


@directly
@strawberry.input(name="AddToCartInput", description="What goes into the cart.")
class AddToCartInput:
    """Read as the arguments of AddToCart."""

    idempotency_key: str = strawberry.field(description=_KEY)
    customer_id: strawberry.ID | None = strawberry.field(description=_COMPANY, default=None)
    lines: list[CartLineInput] = strawberry.field(
        description="1 to 500 lines; what is there in the same unit becomes more, and is selected."
    )


@directly
@strawberry.input(name="CartLineChange", description="What is to be otherwise of a line.")
class CartLineChangeInput:
    """Read as AskedChange."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: Decimal | None = strawberry.field(
        description="How many of its unit, more than zero; as they are without.", default=None
    )
    selected: bool | None = strawberry.field(
        description="Whether it is ordered; as it is without.", default=None
    )
    note: str | None = strawberry.field(
        description="The note, up to 200 characters; as it is without, none where it is empty.", default=None
    )


@directly
@strawberry.input(name="ChangeCartLinesInput", description="What is to be otherwise in the cart.")
class ChangeCartLinesInput:
    """Read as the arguments of ChangeCartLines."""

    customer_id: strawberry.ID | None = strawberry.field(description=_COMPANY, default=None)
    lines: list[CartLineChangeInput] = strawberry.field(description="1 to 500 lines, each with its changes.")


@strawberry.input(name="RemoveFromCartInput", description="What is taken out of the cart.")
class RemoveFromCartInput:
    """Read as the arguments of RemoveFromCart."""

    customer_id: strawberry.ID | None = strawberry.field(description=_COMPANY, default=None)
    line_ids: list[strawberry.ID] = strawberry.field(
        description="The lines; what is not there need not be taken out."
    )


@strawberry.input(name="ClearCartInput", description="Which cart is emptied.")
class ClearCartInput:
    """Read as the arguments of RemoveFromCart."""

    customer_id: strawberry.ID | None = strawberry.field(description=_COMPANY, default=None)


@strawberry.input(name="AcknowledgeCartInput", description="Of which cart the changes were seen.")
class AcknowledgeCartInput:
    """Read as the arguments of AcknowledgeCart."""

    customer_id: strawberry.ID | None = strawberry.field(description=_COMPANY, default=None)


@strawberry.input(name="ReorderInput", description="Which order goes into the cart again.")
class ReorderInput:
    """Read as the arguments of Reorder."""

    idempotency_key: str = strawberry.field(description=_KEY)
    order_id: strawberry.ID = strawberry.field(description="The order.")


_NONE_THERE = ApprovalPendingType | CustomerNotFoundType
AddToCartError = Annotated[
    _NONE_THERE
    | UnknownSkuType
    | NotForSaleType
    | UnknownUnitType
    | InvalidQuantityType
    | InvalidCartTextType
    | EmptyBasketType
    | TooManyLinesType
    | CartFullType
    | IdempotencyKeyReusedType,
    strawberry.union("AddToCartError", description="Why nothing came into the cart."),
]
ChangeCartLinesError = Annotated[
    _NONE_THERE
    | CartLineNotFoundType
    | InvalidQuantityType
    | InvalidCartTextType
    | EmptyBasketType
    | TooManyLinesType,
    strawberry.union("ChangeCartLinesError", description="Why every line stays as it is."),
]
RemoveFromCartError = Annotated[
    _NONE_THERE, strawberry.union("RemoveFromCartError", description="Why nothing was taken out.")
]
ClearCartError = Annotated[
    _NONE_THERE, strawberry.union("ClearCartError", description="Why nothing was taken out.")
]
AcknowledgeCartError = Annotated[
    _NONE_THERE, strawberry.union("AcknowledgeCartError", description="Why nothing was taken as seen.")
]
ReorderError = Annotated[
    ApprovalPendingType | OrderNotFoundType | CartFullType | InvalidQuantityType | IdempotencyKeyReusedType,
    strawberry.union("ReorderError", description="Why nothing came into the cart."),
]


@strawberry.type
class _CartPayload:
    """What comes of whatever changes the cart; why not is said by each."""

    cart: CartType | None = field(_BUY, description="The cart as it is now; null where it was refused.")


@strawberry.type(name="AddToCartPayload", description="The cart, or why nothing came into it.")
class AddToCartPayload(_CartPayload):
    """What came of addToCart."""

    errors: list[AddToCartError] = field(_BUY, description="Everything that is wrong.")


@strawberry.type(name="ChangeCartLinesPayload", description="The cart, or why every line stays as it is.")
class ChangeCartLinesPayload(_CartPayload):
    """What came of changeCartLines."""

    errors: list[ChangeCartLinesError] = field(_BUY, description="Everything that is wrong.")


@strawberry.type(name="RemoveFromCartPayload", description="The cart, or why nothing was taken out.")
class RemoveFromCartPayload(_CartPayload):
    """What came of removeFromCart."""

    errors: list[RemoveFromCartError] = field(_BUY, description="Why it was refused.")


@strawberry.type(name="ClearCartPayload", description="The cart, or why nothing was taken out.")
class ClearCartPayload(_CartPayload):
    """What came of clearCart."""

    errors: list[ClearCartError] = field(_BUY, description="Why it was refused.")


@strawberry.type(name="AcknowledgeCartPayload", description="The cart, or why nothing was taken as seen.")
class AcknowledgeCartPayload(_CartPayload):
    """What came of acknowledgeCart."""

    errors: list[AcknowledgeCartError] = field(_BUY, description="Why it was refused.")


@strawberry.type(name="ReorderedLine", description="What became of one line of an order.")
class ReorderedLineType:
    """Shows ReorderedLine."""

    line: int = field(_BUY, description="Where it stands in the order, from 0.")
    put: Decimal = field(
        _BUY,
        description="How many of its unit came into the cart: all, as many as can be had, or zero.",
    )
    price_before: MoneyType = field(_BUY, description="What one of the unit cost.")
    price_now: MoneyType | None = field(_BUY, description="What one costs now; null where there is no price.")
    repriced: bool = field(_BUY, description="Whether the price is another.")
    quoted: QuoteLineType = field(
        _BUY,
        description="What as many as were ordered cost now, and what keeps them from being ordered again.",
    )

    @resolved(_BUY, description="The name of the SKU, as it was ordered.", graphql_type=str)
    @staticmethod
    def sku_name(root: ReorderedLine) -> str:
        return root.ordered.sku_name

    @resolved(_BUY, description="How many of the unit were ordered.", graphql_type=Decimal)
    @staticmethod
    def quantity(root: ReorderedLine) -> object:
        return root.ordered.quantity

    @resolved(
        _BUY,
        description="The SKU as it is now; null where it is not offered any more.",
        graphql_type=AnySku | None,
    )
    @staticmethod
    async def sku(root: ReorderedLine, info: Info) -> SkuCard | None:
        return await load_sku(info, root.ordered.sku_id)


@strawberry.type(name="Reordered", description="What became of an order that went into the cart again.")
class ReorderedType:
    """Shows Reordered."""

    lines: list[ReorderedLineType] = field(_BUY, description="Each line of the order.")

    @resolved(_BUY, description="The cart as it is now.", graphql_type=CartType | None)
    @staticmethod
    async def cart(root: Reordered, info: Info) -> CartLook | None:
        return await cart_in(info, root.customer_id)


@strawberry.type(
    name="ReorderPayload", description="What became of the order, or why nothing came into the cart."
)
class ReorderPayload:
    """What came of reorder."""

    reordered: ReorderedType | None = field(_BUY, description="What became of it; null where it was refused.")
    errors: list[ReorderError] = field(_BUY, description="Why it was refused.")


def company(customer_id: strawberry.ID | None) -> CustomerId | None:
    """Read the company whose cart is meant; the own one where none is named."""
    return known_or_missing(CustomerId, customer_id) if customer_id else None


async def _done(info: Info, verb: Any, input: Any, **asked: Any) -> CartLook | None:
    context = info.context
    customer_id = await context.do(verb, actor=context.actor, customer_id=company(input.customer_id), **asked)
    return await cart_in(info, customer_id, "cart")


@strawberry.type
class CartMutations:
    """What buyers do to their company's cart."""

    @resolved(
        _BUY,
        description="Put goods into the cart, all or none, once per key.",
        graphql_type=AddToCartPayload,
        extensions=[Refusals(AddToCartPayload)],
    )
    @staticmethod
    async def add_to_cart(
        info: Info, input: Annotated[AddToCartInput, strawberry.argument(description="The goods.")]
    ) -> CartLook | None:
        return await _done(
            info,
            info.context.use.add_to_cart,
            input,
            key=idempotency_key(input.idempotency_key),
            lines=[line.asked() for line in input.lines],
        )

    @resolved(
        _BUY,
        description="Change how many, whether they are selected, or the notes of lines, all or none.",
        graphql_type=ChangeCartLinesPayload,
        extensions=[Refusals(ChangeCartLinesPayload)],
    )
    @staticmethod
    async def change_cart_lines(
        info: Info, input: Annotated[ChangeCartLinesInput, strawberry.argument(description="The changes.")]
    ) -> CartLook | None:
        changes = [
            AskedChange(
                line_id=known(CartLineId, one.line_id),
                quantity=one.quantity,
                selected=one.selected,
                note=one.note,
            )
            for one in input.lines
        ]
        return await _done(info, info.context.use.change_cart_lines, input, changes=changes)

    @resolved(
        _BUY,
        description="Take lines out of the cart.",
        graphql_type=RemoveFromCartPayload,
        extensions=[Refusals(RemoveFromCartPayload)],
    )
    @staticmethod
    async def remove_from_cart(
        info: Info, input: Annotated[RemoveFromCartInput, strawberry.argument(description="Which lines.")]
    ) -> CartLook | None:
        ids = {id for text in input.line_ids if (id := known(CartLineId, text)) is not None}
        return await _done(info, info.context.use.remove_from_cart, input, line_ids=ids)

    @resolved(
        _BUY,
        description="Take everything out of the cart.",
        graphql_type=ClearCartPayload,
        extensions=[Refusals(ClearCartPayload)],
    )
    @staticmethod
    async def clear_cart(
        info: Info, input: Annotated[ClearCartInput, strawberry.argument(description="Which cart.")]
    ) -> CartLook | None:
        return await _done(info, info.context.use.remove_from_cart, input, line_ids=None)

    @resolved(
        _BUY,
        description="Say that what has changed of the cart's lines was seen.",
        graphql_type=AcknowledgeCartPayload,
        extensions=[Refusals(AcknowledgeCartPayload)],
    )
    @staticmethod
    async def acknowledge_cart(
        info: Info, input: Annotated[AcknowledgeCartInput, strawberry.argument(description="Which cart.")]
    ) -> CartLook | None:
        return await _done(info, info.context.use.acknowledge_cart, input)

    @resolved(
        _BUY,
        description="Put what an order had into the cart of its company, as far as it can be had, once per key.",
        graphql_type=ReorderPayload,
        extensions=[Refusals(ReorderPayload)],
    )
    @staticmethod
    async def reorder(
        info: Info, input: Annotated[ReorderInput, strawberry.argument(description="Which order.")]
    ) -> Reordered:
        context = info.context
        return await context.do(
            context.use.reorder,
            actor=context.actor,
            key=idempotency_key(input.idempotency_key),
            order_id=known_or_missing(OrderId, input.order_id),
        )
