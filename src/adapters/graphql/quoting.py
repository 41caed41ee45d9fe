"""Quotes: what a basket costs this caller now, and what keeps it from being ordered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from adapters.graphql.baskets import OrderLineInput, basket
from adapters.graphql.catalog import NotForSaleType
from adapters.graphql.context import Info
from adapters.graphql.coupon_use import (
    COUPONS,
    CouponNotUsableType,
    CouponOutcomeType,
    TooManyCouponsType,
)
from adapters.graphql.inputs import directly
from adapters.graphql.inventory import InsufficientStockType
from adapters.graphql.pricing import (
    ChargedSpecialType,
    MissedSpecialType,
    MoneyType,
    PriceStepType,
    PriceUnavailableType,
    QuantityBreakType,
)
from adapters.graphql.promotions import (
    AppliedPromotionType,
    BelowFloorNeedsApprovalType,
    BelowFloorType,
    GiftChoiceInput,
    GiftShortType,
    NearMissType,
    RejectedPromotionType,
    UnknownGiftType,
    chosen,
)
from adapters.graphql.quantity_rules import InvalidQuantityType, QuotaExceededType
from adapters.graphql.refusals import Told, UserErrorType, refusal, tell
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known_or_missing
from adapters.graphql.skus import (
    AnySku,
    UnitType,
    UnknownSkuType,
    UnknownUnitType,
    load_sku,
)
from application.authorization import Permission
from application.ports.storage import CustomerNotFound
from application.views.catalog import SkuCard
from domain.catalog import Unit
from domain.customers import TreeTooDeep
from domain.identity import CustomerId
from domain.money import UnitPrice
from domain.pricing import PriceSource, QuantityBreak
from domain.promotions import (
    AppliedPromotion,
    NearMiss,
    RejectedPromotion,
)
from domain.quoting import (
    EmptyBasket,
    OrderMinimumNotReached,
    Quote,
    QuoteLine,
    TooManyLines,
    TotalChanged,
)


@directly
@strawberry.input(name="QuoteInput", description="What a quote is asked for.")
class QuoteInput:
    """Read as Basket."""

    lines: list[OrderLineInput] = strawberry.field(
        description="1 to 500 lines; those of one SKU in one unit become one."
    )
    coupons: list[str] | None = strawberry.field(description=COUPONS, default=None)
    own_coupons: bool = strawberry.field(
        description="Whether to tell of the company's coupons, the 20 that end first, what each would do alone.",
        default=False,
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="The company it is for: one's own, which it is by default, or one below it.", default=None
    )
    gifts: list[GiftChoiceInput] | None = strawberry.field(
        description="Which gifts are chosen; by default the first there is enough of.", default=None
    )


@strawberry.type(name="QuoteLine", description="One line of a quote.")
class QuoteLineType:
    """Shows QuoteLine."""

    line: int = field(
        Permission.PLACE_ORDERS, description="Where the first of the merged lines stood in the input, from 0."
    )
    requested: Decimal = field(
        Permission.PLACE_ORDERS,
        name="quantity",
        description="How many of the unit, all merged lines together.",
    )
    total: MoneyType | None = field(
        Permission.PLACE_ORDERS, description="The price times the quantity, where both are known."
    )
    discount: MoneyType | None = field(
        Permission.PLACE_ORDERS,
        description="What promotions and rounding take off it, where there are any.",
    )
    net: MoneyType | None = field(
        Permission.PLACE_ORDERS, description="What the line costs after that, where it is known."
    )

    discount_capped: bool = field(
        Permission.PLACE_ORDERS, description="Whether less is taken off for a floor."
    )

    @resolved(Permission.PLACE_ORDERS, description="The SKU, if there is one.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: QuoteLine, info: Info) -> SkuCard | None:
        return await load_sku(info, root.listing.sku.id) if root.listing else None

    @resolved(
        Permission.PLACE_ORDERS,
        description="The unit, if the SKU is sold in it.",
        graphql_type=UnitType | None,
    )
    @staticmethod
    def unit(root: QuoteLine) -> Unit | None:
        return root.pack.unit if root.pack else None

    @resolved(
        Permission.PLACE_ORDERS, description="What one of the unit costs.", graphql_type=MoneyType | None
    )
    @staticmethod
    def unit_price(root: QuoteLine) -> UnitPrice | None:
        return root.price.unit_price if root.price else None

    @resolved(
        Permission.PLACE_ORDERS,
        description="The merchant's base price for the same.",
        graphql_type=MoneyType | None,
    )
    @staticmethod
    def list_price(root: QuoteLine) -> UnitPrice | None:
        return root.price.list_price if root.price else None

    @resolved(
        Permission.PLACE_ORDERS, description="Where the price comes from.", graphql_type=PriceSource | None
    )
    @staticmethod
    def source(root: QuoteLine) -> PriceSource | None:
        return root.price.source if root.price else None

    @resolved(
        Permission.PLACE_ORDERS,
        description="The ladder that applies, per base unit.",
        graphql_type=list[QuantityBreakType],
    )
    @staticmethod
    def breaks(root: QuoteLine) -> tuple[QuantityBreak, ...]:
        return root.price.breaks if root.price else ()

    special: ChargedSpecialType | None = field(
        Permission.PLACE_ORDERS, description="The special price that it is priced at, if any."
    )
    missed_special: MissedSpecialType | None = field(
        Permission.PLACE_ORDERS,
        description="The special price that it would have, if no more of the SKU was ordered than is left at it.",
    )
    surcharge: MoneyType | None = field(
        Permission.PLACE_ORDERS, description="What of the unit price is for breaking a case, if anything."
    )
    price_trace: list[PriceStepType] = field(
        Permission.PLACE_ORDERS,
        description="How the price came about: what each list did to it, the least binding first, then special prices.",
    )

    @resolved(
        Permission.PLACE_ORDERS,
        description="What keeps the line from being ordered.",
        graphql_type=list[UserErrorType],
    )
    @staticmethod
    def problems(root: QuoteLine) -> list[Told]:
        return tell(root.problems, items="lines")


@strawberry.type(name="OrderMinimum", description="What the goods of an order come to at least.")
class OrderMinimumType:
    """Shows OrderMinimum."""

    amount: MoneyType = field(Permission.PLACE_ORDERS, description="The least, before freight.")
    short: MoneyType = field(
        Permission.PLACE_ORDERS, description="How much these goods are short of it; zero where they reach it."
    )


@strawberry.type(name="Quote", description="What a basket costs this caller now; nothing is promised by it.")
class QuoteType:
    """Shows Quote."""

    lines: list[QuoteLineType] = field(Permission.PLACE_ORDERS, description="The lines, merged.")
    total: MoneyType = field(
        Permission.PLACE_ORDERS,
        description="What the lines that can be priced cost after promotions and rounding.",
    )
    rounded: MoneyType = field(
        Permission.PLACE_ORDERS,
        name="rounding",
        description="What is left off to make the total round (抹零); the lines' discounts have their shares of it.",
    )
    order_minimum: OrderMinimumType | None = field(
        Permission.PLACE_ORDERS,
        description="What an order has to come to, and what is missing; null where the merchant asks for none.",
    )

    coupons: list[CouponOutcomeType] = field(
        Permission.PLACE_ORDERS, description="What becomes of the coupons that were asked for, in that order."
    )
    own_coupons: list[CouponOutcomeType] = field(
        Permission.PLACE_ORDERS,
        description="What would become of each of the company's own coupons alone, where that was asked for.",
    )

    @resolved(
        Permission.PLACE_ORDERS,
        description="The promotions that are applied, in the order in which they are.",
        graphql_type=list[AppliedPromotionType],
    )
    @staticmethod
    def applied(root: Quote) -> tuple[AppliedPromotion, ...]:
        return root.promotions.applied

    @resolved(
        Permission.PLACE_ORDERS,
        description="The promotions that are about goods of the basket and are not applied, and why.",
        graphql_type=list[RejectedPromotionType],
    )
    @staticmethod
    def rejected(root: Quote) -> tuple[RejectedPromotion, ...]:
        return root.promotions.rejected

    @resolved(
        Permission.PLACE_ORDERS,
        description="How much more of which goods makes promotions take more off, or give more.",
        graphql_type=list[NearMissType],
    )
    @staticmethod
    def near_miss(root: Quote) -> tuple[NearMiss, ...]:
        return root.promotions.near_misses

    @resolved(
        Permission.PLACE_ORDERS,
        description="The first day on which the goods can be delivered, if they are ordered now.",
        graphql_type=date,
    )
    @staticmethod
    def earliest_delivery_date(info: Info) -> date:
        context = info.context
        return context.actor.merchant.deliveries.earliest(at=context.looks.now())

    @resolved(
        Permission.PLACE_ORDERS,
        description="What is wrong with the basket as a whole.",
        graphql_type=list[UserErrorType],
    )
    @staticmethod
    def problems(root: Quote) -> list[Told]:
        return tell(root.problems, items="lines")


@strawberry.type
class QuotingQueries:
    """Asking what something would cost."""

    @resolved(
        Permission.PLACE_ORDERS,
        description="What these lines would cost this caller now, and what keeps them from being ordered.",
        graphql_type=QuoteType,
    )
    @staticmethod
    async def quote(
        info: Info, input: Annotated[QuoteInput, strawberry.argument(description="The lines.")]
    ) -> Quote:
        context = info.context
        return await context.ask(
            context.use.quote_basket,
            actor=context.actor,
            basket=basket(input.lines),
            customer_id=known_or_missing(CustomerId, input.customer_id) if input.customer_id else None,
            coupons=tuple(input.coupons or ()),
            own_coupons=input.own_coupons,
            gifts=chosen(input.gifts),
        )


@refusal(TreeTooDeep, description="Something would have more companies above it than may be.")
class TreeTooDeepType(UserErrorType):
    """Shows TreeTooDeep."""

    most_above: int = field(Permission.BROWSE, description="How many may be above a company.")


@refusal(CustomerNotFound, description="There is no such customer for whoever asks.")
class CustomerNotFoundType(UserErrorType):
    """Shows CustomerNotFound."""


@refusal(EmptyBasket, description="There is nothing to order.")
class EmptyBasketType(UserErrorType):
    """Shows EmptyBasket."""


@refusal(TooManyLines, description="The basket has more lines than one order takes.")
class TooManyLinesType(UserErrorType):
    """Shows TooManyLines."""

    lines: int = field(Permission.BROWSE, description="How many it has.")
    most: int = field(Permission.BROWSE, description="The most that one order takes.")


@refusal(OrderMinimumNotReached, description="The goods come to less than an order has to.")
class OrderMinimumNotReachedType(UserErrorType):
    """Shows OrderMinimumNotReached."""

    minimum: MoneyType = field(Permission.BROWSE, description="What they have to come to, before freight.")
    short: MoneyType = field(Permission.BROWSE, description="How much is missing.")


@refusal(TotalChanged, description="The total is not what the buyer expected.")
class TotalChangedType(UserErrorType):
    """Shows TotalChanged."""

    quote: QuoteType = field(Permission.PLACE_ORDERS, description="What the basket costs now.")


BASKET_ERRORS = (
    UnknownSkuType
    | NotForSaleType
    | UnknownUnitType
    | InvalidQuantityType
    | QuotaExceededType
    | PriceUnavailableType
    | InsufficientStockType
    | EmptyBasketType
    | TooManyLinesType
    | TotalChangedType
    | OrderMinimumNotReachedType
    | CustomerNotFoundType
    | CouponNotUsableType
    | TooManyCouponsType
    | GiftShortType
    | UnknownGiftType
    | BelowFloorType
    | BelowFloorNeedsApprovalType
)
