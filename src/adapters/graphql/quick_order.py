"""Quick order: what a pasted text means, piece by piece."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import attrs
import strawberry

from adapters.graphql.cart_mutations import company
from adapters.graphql.context import Info
from adapters.graphql.quoting import CustomerNotFoundType
from adapters.graphql.refusals import Told, UserErrorType, refusal, tell
from adapters.graphql.registering import ApprovalPendingType
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import AnySku, UnitType, load_sku
from application.authorization import Permission
from application.order_text import PieceAmount, PieceStatus, ReadPiece
from application.views.catalog import SkuCard
from domain.catalog import Unit
from domain.errors import DomainError, Refused
from domain.order_text import Amount, OrderTextTooLong
from domain.verification import ApprovalPending

_BUY = Permission.PLACE_ORDERS


@attrs.frozen
class ReadText:
    """A text that was read, or why it was not."""

    pieces: tuple[ReadPiece, ...] = ()
    problems: tuple[DomainError, ...] = ()


@strawberry.type(name="WrittenAmount", description="How many of which unit, as it was written.")
class WrittenAmountType:
    """Shows Amount."""

    unit: str | None = field(_BUY, description="The unit, if one was named.")

    @resolved(_BUY, description="How many.", graphql_type=Decimal)
    @staticmethod
    def quantity(root: Amount) -> Decimal:
        return root.number


@strawberry.type(name="OrderTextAmount", description="How many of a unit of the SKU.")
class OrderTextAmountType:
    """Shows PieceAmount."""

    @resolved(_BUY, description="How many.", graphql_type=Decimal)
    @staticmethod
    def quantity(root: PieceAmount) -> Decimal:
        return root.number

    @resolved(_BUY, description="The unit: the base unit where none was named.", graphql_type=UnitType)
    @staticmethod
    def unit(root: PieceAmount) -> Unit:
        return root.pack.unit


@strawberry.type(name="OrderTextPiece", description="What was written of one SKU, and what it means.")
class OrderTextPieceType:
    """Shows ReadPiece."""

    name: str = field(
        _BUY, description="The part that names the SKU: the text to add it with, so that it is remembered."
    )
    status: PieceStatus = field(_BUY, description="What came of it.")
    written: list[WrittenAmountType] = field(
        _BUY, description="How many, as it was written; several for 2箱3瓶, none where nothing says how many."
    )
    amounts: list[OrderTextAmountType] = field(
        _BUY, description="How many in units of the SKU, where it is clear which; half a case in single ones."
    )

    @resolved(_BUY, description="On which line of the text it stands, from 0.", graphql_type=int)
    @staticmethod
    def line(root: ReadPiece) -> int:
        return root.piece.line

    @resolved(_BUY, description="The piece, in usual width.", graphql_type=str)
    @staticmethod
    def text(root: ReadPiece) -> str:
        return root.piece.text

    @resolved(_BUY, description="The SKU, where it is clear which.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: ReadPiece, info: Info) -> SkuCard | None:
        return await load_sku(info, root.listing.sku.id) if root.listing else None

    @resolved(
        _BUY,
        description="The SKUs that it may mean, where it may mean several: at most 10, the likeliest first.",
        graphql_type=list[AnySku],
    )
    @staticmethod
    async def candidates(root: ReadPiece, info: Info) -> list[SkuCard]:
        if root.listing is not None:
            return []
        found = [await load_sku(info, one.sku.id) for one in root.meant.listings]
        return [one for one in found if one is not None]

    @resolved(_BUY, description="Whether it may mean others, too.", graphql_type=bool)
    @staticmethod
    def more_candidates(root: ReadPiece) -> bool:
        return root.meant.more

    @resolved(
        _BUY,
        description="What keeps it from being ordered, with the nearest quantities where these are wrong.",
        graphql_type=list[UserErrorType],
    )
    @staticmethod
    def problems(root: ReadPiece) -> list[Told]:
        return tell(root.problems, items="pieces")


@refusal(OrderTextTooLong, description="The text is longer than can be read at once.")
class OrderTextTooLongType(UserErrorType):
    """Shows OrderTextTooLong."""

    characters: int = field(Permission.BROWSE, description="So many characters are read at once.")
    pieces: int = field(Permission.BROWSE, description="So many goods are read at once.")


ParseOrderTextError = Annotated[
    ApprovalPendingType | CustomerNotFoundType | OrderTextTooLongType,
    strawberry.union("ParseOrderTextError", description="Why a text was not read."),
]


@strawberry.type(name="ParsedOrderText", description="What a text means; nothing is put into the cart by it.")
class ParsedOrderTextType:
    """Shows ReadText."""

    pieces: list[OrderTextPieceType] = field(_BUY, description="What was written of each SKU, in its order.")

    @resolved(_BUY, description="Why the text was not read, if so.", graphql_type=list[ParseOrderTextError])
    @staticmethod
    def problems(root: ReadText) -> list[Told]:
        return tell(root.problems, items="pieces")


@strawberry.input(name="ParseOrderTextInput", description="What was pasted.")
class ParseOrderTextInput:
    """Read as the arguments of ParseOrderText."""

    text: str = strawberry.field(
        description="Lines or words: 可乐3箱 雪碧2件, 3箱可乐, or SKU, quantity and unit with tabs between them."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company it is for: one's own by default, or one below it.", default=None
    )


@strawberry.type
class QuickOrderQueries:
    """Reading what was pasted."""

    @resolved(
        _BUY,
        description="What a pasted text means, with the company's own names; at most 500 goods at once.",
        graphql_type=ParsedOrderTextType,
    )
    @staticmethod
    async def parse_order_text(
        info: Info, input: Annotated[ParseOrderTextInput, strawberry.argument(description="The text.")]
    ) -> ReadText:
        context = info.context
        try:
            pieces = await context.ask(
                context.use.parse_order_text,
                actor=context.actor,
                text=input.text,
                customer_id=company(input.customer_id),
            )
        except (Refused, ApprovalPending, OrderTextTooLong) as refused:
            return ReadText(problems=(refused,))
        return ReadText(pieces=pieces)
