"""Gifts: which one a buyer chooses, what is given, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.inputs import directly
from adapters.graphql.pricing import MoneyType
from adapters.graphql.refusals import UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, known_or_missing
from adapters.graphql.skus import AnySku, load_sku
from application.authorization import Permission
from application.quoting import GiftChoice
from application.views.catalog import SkuCard
from domain.identity import PromotionId, SkuId
from domain.promotions import GiftLine, GiftShort, UnknownGift

_SEE = (Permission.PLACE_ORDERS, Permission.VIEW_ORDERS)


@directly
@strawberry.input(name="GiftChoiceInput", description="Which gift of a promotion is chosen.")
class GiftChoiceInput:
    """Read as GiftChoice."""

    promotion_id: strawberry.ID = strawberry.field(
        description="The promotion, one that lets the buyer choose."
    )
    sku_id: strawberry.ID = strawberry.field(description="The SKU that is to be given.")


def chosen(gifts: Iterable[GiftChoiceInput] | None) -> tuple[GiftChoice, ...]:
    """Read which gifts were chosen; of a promotion that there is not nothing can be."""
    return tuple(
        GiftChoice(known(PromotionId, one.promotion_id), known_or_missing(SkuId, one.sku_id))
        for one in gifts or ()
    )


@strawberry.type(name="Gift", description="Goods that are given with an order, in the base unit.")
class GiftType:
    """Shows GiftLine."""

    quantity: Decimal = field(*_SEE, description="How many are given now.")
    missing: Decimal = field(*_SEE, description="How many are due and are not given now.")
    owed: bool = field(*_SEE, description="Whether what is missing is owed.")
    value: MoneyType = field(*_SEE, description="What those that are given now would cost.")

    @resolved(*_SEE, description="The SKU; null where it is not shown any more.", graphql_type=AnySku | None)
    @staticmethod
    async def sku(root: GiftLine, info: Info) -> SkuCard | None:
        return await load_sku(info, root.sku_id)


@refusal(GiftShort, description="There are fewer of a gift than are due, and the order does not go without.")
class GiftShortType(UserErrorType):
    """Shows GiftShort."""

    promotion_id: strawberry.ID = field(Permission.BROWSE, description="Of which promotion.")
    sku_id: strawberry.ID = field(Permission.BROWSE, description="Of which SKU.")
    missing: Decimal = field(Permission.BROWSE, description="How many are missing, of the base unit.")


@refusal(UnknownGift, description="The promotion does not give what was chosen, or gives no choice.")
class UnknownGiftType(UserErrorType):
    """Shows UnknownGift."""

    promotion_id: strawberry.ID = field(Permission.BROWSE, description="Which promotion.")
