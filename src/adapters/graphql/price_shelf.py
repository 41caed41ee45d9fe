"""What the back office shows of prices: the lists, what they say, batches, and special prices."""

from __future__ import annotations

from typing import Annotated

import strawberry

from adapters.graphql.connections import After, Before, First, Last, Page
from adapters.graphql.context import Info
from adapters.graphql.price_lists import (
    PriceBatchConnection,
    PriceListConnection,
    PriceListItemConnection,
    price_batches,
    price_list_items,
    price_lists,
)
from adapters.graphql.requires import resolved
from adapters.graphql.special_prices import (
    SpecialPriceConnection,
    SpecialPriceFilterInput,
    special_prices,
)
from application.authorization import Permission
from application.views.pricing import PriceListItem, SpecialPriceCard
from domain.price_batches import PriceBatch
from domain.pricing import PriceList


@strawberry.type
class PriceShelf:
    """A part of the back office."""

    @resolved(
        Permission.MANAGE_PRICES,
        description="The price lists, by name.",
        graphql_type=PriceListConnection,
    )
    @staticmethod
    async def price_lists(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        text: Annotated[str | None, strawberry.argument(description="A part of the name.")] = None,
    ) -> Page[PriceList]:
        return await price_lists(info, first=first, after=after, last=last, before=before, text=text)

    @resolved(
        Permission.MANAGE_PRICES,
        description="What a price list says, by SKU code: every ladder of it, whenever it holds.",
        graphql_type=PriceListItemConnection,
    )
    @staticmethod
    async def price_list_items(
        info: Info,
        price_list: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The list; that of the base price by default."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        sku_code: Annotated[str | None, strawberry.argument(description="Only of this SKU.")] = None,
    ) -> Page[PriceListItem]:
        return await price_list_items(
            info, price_list, first=first, after=after, last=last, before=before, code=sku_code
        )

    @resolved(
        Permission.MANAGE_PRICES,
        description="The batches of prices, newest first.",
        graphql_type=PriceBatchConnection,
    )
    @staticmethod
    async def price_batches(
        info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[PriceBatch]:
        return await price_batches(info, first=first, after=after, last=last, before=before)

    @resolved(
        Permission.MANAGE_PRICES,
        description="The special prices, newest first.",
        graphql_type=SpecialPriceConnection,
    )
    @staticmethod
    async def special_prices(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            SpecialPriceFilterInput | None, strawberry.argument(description="Only some of them.")
        ] = None,
    ) -> Page[SpecialPriceCard]:
        return await special_prices(info, filter, first=first, after=after, last=last, before=before)
