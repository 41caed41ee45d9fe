"""What the merchant's staff do to price lists, and why not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.price_lists import PriceListType, PriceRungType
from adapters.graphql.pricing import InvalidPriceType, TooManyPricesType, UnknownPriceListType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.skus import AnySku, load_sku
from adapters.graphql.visibility import UnknownAudienceType
from application.authorization import Permission
from application.price_lists import AskedAudience, AskedList, AskedRise, InvalidPriceList, Risen
from application.views.catalog import SkuCard
from domain.errors import Refused
from domain.floors import PriceFlag
from domain.identity import (
    BrandId,
    CategoryId,
    CustomerGroupId,
    CustomerId,
    PriceListId,
    PriceTierId,
    SkuId,
)
from domain.money import Percentage
from domain.pricing import InvalidPrice, PriceList, Rung
from domain.quantity import scaled

_MANAGE = Permission.MANAGE_PRICES


@refusal(InvalidPriceList, description="A price list that cannot be.")
class InvalidPriceListType(UserErrorType):
    """Shows InvalidPriceList."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NAME: it is 1 to 64 characters. PRIORITY: it is -1000 to 1000. VALIDITY: it ends after it starts. "
            "AUDIENCE: it is for one company, group or tier, or for everyone; a contract is for a company. "
            "STANDARD: the lists of the base price and of the tiers stay as they are."
        ),
    )


@strawberry.input(name="PriceListAudienceInput", description="Whom a list is for: one of them, or everyone.")
class PriceListAudienceInput:
    """Read as AskedAudience."""

    customer_id: strawberry.ID | None = strawberry.field(
        description="A company and those below it.", default=None
    )
    contract: bool = strawberry.field(
        description="Whether it is the company's contract, for itself alone.", default=False
    )
    group_id: strawberry.ID | None = strawberry.field(description="A group or a region.", default=None)
    tier_id: strawberry.ID | None = strawberry.field(description="A price tier.", default=None)

    def asked(self) -> AskedAudience:
        """Read the input."""
        customer, group, tier = self.customer_id, self.group_id, self.tier_id
        return AskedAudience(
            customer_id=None if customer is None else known_or_missing(CustomerId, customer),
            group_id=None if group is None else known_or_missing(CustomerGroupId, group),
            tier_id=None if tier is None else known_or_missing(PriceTierId, tier),
            contract=self.contract,
        )


@strawberry.input
class _Listed:
    """Read as AskedList."""

    name: str = strawberry.field(description="What it is called, 1 to 64 characters.")
    priority: int = strawberry.field(
        description="Before which others of its kind it is asked: the higher first, -1000 to 1000.", default=0
    )
    valid_from: datetime | None = strawberry.field(description="From when on it holds.", default=None)
    valid_until: datetime | None = strawberry.field(description="When it stops to hold.", default=None)

    def asked(self) -> AskedList:
        """Read the input."""
        return AskedList(
            name=self.name,
            priority=self.priority,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@strawberry.input(name="CreatePriceListInput", description="A price list to make.")
class CreatePriceListInput(_Listed):
    """Read as the arguments of CreatePriceList."""

    audience: PriceListAudienceInput | None = strawberry.field(
        description="Whom it is for; everyone by default.", default=None
    )


@strawberry.input(
    name="ChangePriceListInput", description="What a list is to be like; what is left out it is without."
)
class ChangePriceListInput(_Listed):
    """Read as the arguments of ChangePriceList."""

    price_list_id: strawberry.ID = strawberry.field(description="The list.")


@strawberry.input(
    name="CopyPriceListInput", description="A list to copy, and what the new one is to be like."
)
class CopyPriceListInput(_Listed):
    """Read as the arguments of CopyPriceList."""

    price_list_id: strawberry.ID = strawberry.field(description="The list that is copied.")
    audience: PriceListAudienceInput | None = strawberry.field(
        description="Whom the new one is for; the same as the other by default.", default=None
    )


@strawberry.input(
    name="RaisePricesInput", description="How prices of a list are to change, and of which SKUs."
)
class RaisePricesInput:
    """Read as AskedRise."""

    price_list_id: strawberry.ID = strawberry.field(description="The list.")
    percentage: Decimal | None = strawberry.field(
        description="The new price as a share of the old one in percent: 105 for 5 % more.", default=None
    )
    amount: Decimal | None = strawberry.field(
        description="What is added to each price; negative to lower it. Either this or `percentage`.",
        default=None,
    )
    category: strawberry.ID | None = strawberry.field(
        description="Only of this category, with those below it.", default=None
    )
    brand: strawberry.ID | None = strawberry.field(description="Only of this brand.", default=None)
    sku_ids: list[strawberry.ID] | None = strawberry.field(description="Only these SKUs.", default=None)
    valid_from: datetime | None = strawberry.field(
        description="From when on the new prices hold; from now on by default.", default=None
    )
    preview: bool = strawberry.field(description="Whether to say only what would change.", default=False)

    def asked(self) -> AskedRise:
        """Read the input.

        :raises Refused: if the change is none.
        """
        try:
            percentage = None if self.percentage is None else Percentage.of(self.percentage)
            amount = None if self.amount is None else scaled(self.amount, decimals=4)
        except ValueError:
            raise Refused((InvalidPrice("NOT_A_PRICE"),)) from None
        category, brand = self.category, self.brand
        skus = (
            None
            if self.sku_ids is None
            else frozenset(id for text in self.sku_ids if (id := known(SkuId, text)))
        )
        return AskedRise(
            list_id=known_or_missing(PriceListId, self.price_list_id),
            percentage=percentage,
            amount=amount,
            category_id=None if category is None else known_or_missing(CategoryId, category),
            brand_id=None if brand is None else known_or_missing(BrandId, brand),
            sku_ids=skus,
            valid_from=self.valid_from,
        )


CreatePriceListError = Annotated[
    InvalidPriceListType | UnknownAudienceType,
    strawberry.union("CreatePriceListError", description="Why a list was not made."),
]
ChangePriceListError = Annotated[
    InvalidPriceListType | UnknownPriceListType,
    strawberry.union("ChangePriceListError", description="Why a list was not changed."),
]
CopyPriceListError = Annotated[
    InvalidPriceListType | UnknownAudienceType | UnknownPriceListType | TooManyPricesType,
    strawberry.union("CopyPriceListError", description="Why a list was not copied."),
]
RaisePricesError = Annotated[
    UnknownPriceListType | InvalidPriceType | TooManyPricesType,
    strawberry.union("RaisePricesError", description="Why no price changes."),
]


@strawberry.type(name="CreatePriceListPayload", description="The list, or why it was not made.")
class CreatePriceListPayload:
    """What came of createPriceList."""

    price_list: PriceListType | None = field(_MANAGE, description="The new list; null where it was refused.")
    errors: list[CreatePriceListError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="ChangePriceListPayload", description="The list, or why it was not changed.")
class ChangePriceListPayload:
    """What came of changePriceList."""

    price_list: PriceListType | None = field(
        _MANAGE, description="The list as it is now; null where it was refused."
    )
    errors: list[ChangePriceListError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="CopyPriceListPayload", description="The new list, or why there is none.")
class CopyPriceListPayload:
    """What came of copyPriceList."""

    price_list: PriceListType | None = field(_MANAGE, description="The new list; null where it was refused.")
    errors: list[CopyPriceListError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type(name="RaisedPrice", description="A ladder before and after a change.")
class RaisedPriceType:
    """Shows Risen."""

    unit: str | None = field(_MANAGE, description="The code of the unit it is for; null for the base unit.")
    percentage: Decimal | None = field(
        _MANAGE, description="How much more the first rung costs, in percent; null where it was free."
    )

    flags: list[PriceFlag] = field(
        _MANAGE,
        description="What to look at before it holds, in a preview; of floors only those are told who may see them.",
    )

    @resolved(_MANAGE, description="Of what.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: Risen, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)

    @resolved(_MANAGE, description="What it was.", graphql_type=list[PriceRungType])
    @staticmethod
    def before(root: Risen) -> tuple[Rung, ...]:
        return root.before.rungs

    @resolved(_MANAGE, description="What it is, or would be.", graphql_type=list[PriceRungType])
    @staticmethod
    def after(root: Risen) -> tuple[Rung, ...]:
        return root.after.rungs


@strawberry.type(name="RaisePricesPayload", description="What changes, or why nothing does.")
class RaisePricesPayload:
    """What came of raisePrices."""

    prices: list[RaisedPriceType] | None = field(
        _MANAGE, description="Every ladder that changes, or would; null where it was refused."
    )
    errors: list[RaisePricesError] = field(_MANAGE, description="Everything that is wrong.")


@strawberry.type
class PriceListMutations:
    """What staff do to price lists."""

    @resolved(
        _MANAGE,
        description="Make a price list, with no prices yet.",
        graphql_type=CreatePriceListPayload,
        extensions=[Refusals(CreatePriceListPayload)],
    )
    @staticmethod
    async def create_price_list(
        info: Info, input: Annotated[CreatePriceListInput, strawberry.argument(description="The list.")]
    ) -> PriceList:
        context = info.context
        audience = AskedAudience() if input.audience is None else input.audience.asked()
        return await context.do(
            context.use.create_price_list, actor=context.actor, asked=input.asked(), audience=audience
        )

    @resolved(
        _MANAGE,
        description="Call a list otherwise, or let it hold at another time or before others.",
        graphql_type=ChangePriceListPayload,
        extensions=[Refusals(ChangePriceListPayload)],
    )
    @staticmethod
    async def change_price_list(
        info: Info, input: Annotated[ChangePriceListInput, strawberry.argument(description="The list.")]
    ) -> PriceList:
        context = info.context
        list_id = known_or_missing(PriceListId, input.price_list_id)
        return await context.do(
            context.use.change_price_list, actor=context.actor, list_id=list_id, asked=input.asked()
        )

    @resolved(
        _MANAGE,
        description="Make a new list with all the prices of another.",
        graphql_type=CopyPriceListPayload,
        extensions=[Refusals(CopyPriceListPayload)],
    )
    @staticmethod
    async def copy_price_list(
        info: Info,
        input: Annotated[CopyPriceListInput, strawberry.argument(description="Which, and for whom.")],
    ) -> PriceList:
        context = info.context
        return await context.do(
            context.use.copy_price_list,
            actor=context.actor,
            list_id=known_or_missing(PriceListId, input.price_list_id),
            asked=input.asked(),
            audience=None if input.audience is None else input.audience.asked(),
        )

    @resolved(
        _MANAGE,
        description="Raise or lower the prices of a list by a share or an amount, or say what would change.",
        graphql_type=RaisePricesPayload,
        extensions=[Refusals(RaisePricesPayload)],
    )
    @staticmethod
    async def raise_prices(
        info: Info,
        input: Annotated[RaisePricesInput, strawberry.argument(description="Which, and by how much.")],
    ) -> tuple[Risen, ...]:
        context = info.context
        return await context.do(
            context.use.raise_prices, actor=context.actor, asked=input.asked(), preview=input.preview
        )
