"""The cart: what a company means to order, with what it costs now and what has changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.graphql.context import Info, planned
from adapters.graphql.pricing import MoneyType
from adapters.graphql.quoting import QuoteLineType, QuoteType
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.selections import Selection
from adapters.graphql.skus import AnySku, UnitType, load_sku
from adapters.graphql.wants import wanted_customer
from application.authorization import HiddenReason, Permission
from application.cart import CartLook, LineLook
from application.views.catalog import SkuCard
from application.views.customers import CustomerCard
from domain.cart import CartChangeKind, CartFull, CartLineNotFound, InvalidCartText
from domain.catalog import Unit
from domain.identity import CartLineId, CustomerId

if TYPE_CHECKING:
    from adapters.graphql.customers import CustomerType

_BUY = Permission.PLACE_ORDERS
_ANY_CUSTOMER: Any = Annotated["CustomerType", strawberry.lazy("adapters.graphql.customers")]
_UNQUOTED = frozenset({"id", "sku", "unitCode", "quantity", "selected", "note", "written", "__typename"})
"""What of a line is known without asking what it costs."""


@strawberry.type(
    name="CartChange", description="Something that has changed of a line since it was last seen."
)
class CartChangeType:
    """Shows CartChange."""

    kind: CartChangeKind = field(_BUY, description="What it is.")
    price_before: MoneyType | None = field(_BUY, description="PRICE: what one of the unit cost, if anything.")
    price_now: MoneyType | None = field(_BUY, description="PRICE: what it costs now, if anything.")
    minimum_before: Decimal | None = field(_BUY, description="QUANTITY_RULE: the minimum as it was.")
    minimum_now: Decimal | None = field(_BUY, description="QUANTITY_RULE: the minimum as it is.")
    step_before: Decimal | None = field(_BUY, description="QUANTITY_RULE: the step as it was.")
    step_now: Decimal | None = field(_BUY, description="QUANTITY_RULE: the step as it is.")


@strawberry.type(name="CartLine", description="So many of one SKU in one unit.")
class CartLineType:
    """Shows LineLook."""

    quoted: QuoteLineType | None = field(
        _BUY,
        description="What it costs now: with the other selected lines where it is one, else beside them.",
    )
    changes: list[CartChangeType] = field(
        _BUY, description="What has changed since it was last seen; nothing of it is applied by itself."
    )

    @resolved(_BUY, description="The identity of the line.", graphql_type=strawberry.ID)
    @staticmethod
    def id(root: LineLook) -> CartLineId:
        return root.line.id

    @resolved(_BUY, description="The SKU as it is now; null beside skuHidden.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: LineLook, info: Info) -> SkuCard | None:
        return await load_sku(info, root.line.sku_id)

    @resolved(_BUY, description="Why the SKU is not shown, if so.", graphql_type=HiddenReason | None)
    @staticmethod
    def sku_hidden(root: LineLook) -> HiddenReason | None:
        return HiddenReason.NOT_OFFERED if root.quoted is None or root.quoted.listing is None else None

    @resolved(_BUY, description="How many of the unit.", graphql_type=Decimal)
    @staticmethod
    def quantity(root: LineLook) -> object:
        return root.line.quantity

    @resolved(_BUY, description="The code of the unit.", graphql_type=str)
    @staticmethod
    def unit_code(root: LineLook) -> str:
        return root.line.unit

    @resolved(
        _BUY,
        description="The unit; null where the SKU is not sold in it any more.",
        graphql_type=UnitType | None,
    )
    @staticmethod
    def unit(root: LineLook) -> Unit | None:
        return root.quoted.pack.unit if root.quoted and root.quoted.pack else None

    @resolved(_BUY, description="Whether it is ordered, where the cart is ordered now.", graphql_type=bool)
    @staticmethod
    def selected(root: LineLook) -> bool:
        return root.line.selected

    @resolved(
        _BUY,
        description="What buyers note on it for each other; no order has it.",
        graphql_type=str | None,
    )
    @staticmethod
    def note(root: LineLook) -> str | None:
        return root.line.note or None

    @resolved(
        _BUY,
        description="What the buyer wrote to mean the SKU, where that was not its id.",
        graphql_type=str | None,
    )
    @staticmethod
    def written(root: LineLook) -> str | None:
        return root.line.written or None


@strawberry.type(
    name="Cart", description="What a company means to order, shared by everybody who buys for it."
)
class CartType:
    """Shows CartLook."""

    lines: list[CartLineType] = field(_BUY, description="The lines, in the order in which they came.")
    quote: QuoteType = field(
        _BUY, description="What the selected lines cost now; the others are in none of its sums."
    )

    @resolved(_BUY, description="Whose cart it is.", graphql_type=_ANY_CUSTOMER | None)
    @staticmethod
    async def customer(root: CartLook, info: Info) -> CustomerCard | None:
        return await info.context.load.customers.load((wanted_customer(info), root.customer_id))


def _priced(cart: Selection) -> bool:
    """Whether anything is asked for that takes a quote."""
    lines = cart.below("lines")
    return "quote" in cart.fields() or (lines is not None and not _UNQUOTED.issuperset(lines.fields()))


async def cart_in(info: Info, customer_id: CustomerId, *path: str) -> CartLook | None:
    """The cart as it is after a verb, with what the payload asks for of it at the end of the path."""

    def want(payload: Selection) -> bool:
        below: Selection | None = payload
        for name in path:
            below = below.below(name) if below else None
        return below is not None and _priced(below)

    context = info.context
    quoted = planned(info, (CartLook, path), want)
    return await context.ask(
        context.use.look_at_cart, actor=context.actor, customer_id=customer_id, quoted=quoted
    )


@strawberry.type
class CartQueries:
    """Looking at the cart."""

    @resolved(
        Permission.BROWSE,
        description="The cart of the caller's company; null for those who may not order.",
        graphql_type=CartType | None,
        opens=Permission.PLACE_ORDERS,
    )
    @staticmethod
    async def cart(
        info: Info,
        customer_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The company it is of: one's own by default, or one below it."),
        ] = None,
    ) -> CartLook | None:
        context = info.context
        return await context.ask(
            context.use.look_at_cart,
            actor=context.actor,
            customer_id=known_or_missing(CustomerId, customer_id) if customer_id else None,
            quoted=planned(info, CartLook, _priced),
        )


@refusal(CartFull, description="The cart would have more lines than it may.")
class CartFullType(UserErrorType):
    """Shows CartFull."""

    most: int = field(Permission.BROWSE, description="So many it may have.")


@refusal(CartLineNotFound, description="There is no such line in the cart.")
class CartLineNotFoundType(UserErrorType):
    """Shows CartLineNotFound."""


@refusal(InvalidCartText, description="A note or a text of a line cannot be kept.")
class InvalidCartTextType(UserErrorType):
    """Shows InvalidCartText."""

    most: int = field(Permission.BROWSE, description="So many characters it may have.")
    field: str = field(Permission.BROWSE, description="Which one.")
