"""Price lists as staff keep them: what there is, and what is done to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

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
from adapters.graphql.price_batches import PriceBatchType
from adapters.graphql.pricing import (
    MoneyType,
    PriceTierType,
)
from adapters.graphql.requires import field, resolved
from adapters.graphql.scalars import known, searched
from adapters.graphql.skus import AnySku, sku_code
from adapters.graphql.wants import wanted_prices
from application.authorization import Permission
from application.views.pricing import PriceListItem
from domain.identity import (
    CustomerGroupId,
    PriceListId,
)
from domain.money import UnitPrice
from domain.price_batches import PriceBatch
from domain.pricing import PriceList, PriceSource, Rung

_MANAGE = Permission.MANAGE_PRICES
_BY_NAME = Order("PRICE_LIST_NAME", (str, str))
_BY_SKU = Order("PRICED_SKU", (str, str))
_NEWEST = Order("STAGED", (str,))


@strawberry.type(name="PriceList", description="A list of prices, for somebody, for a time.")
class PriceListType:
    """Shows PriceList."""

    id: strawberry.ID = field(_MANAGE, description="The identity.")
    name: str = field(_MANAGE, description="What it is called.")
    source: PriceSource = field(_MANAGE, description="What kind of list it is.")
    priority: int = field(
        _MANAGE, description="Before which others of its kind it is asked: the higher first."
    )
    tier: PriceTierType | None = field(_MANAGE, description="The tier it is for, if it is for one.")
    customer_id: strawberry.ID | None = field(
        Permission.VIEW_CUSTOMERS,
        description="The company it is for: a contract for itself alone, another list for those below it, too.",
    )

    @resolved(
        Permission.VIEW_CUSTOMERS,
        description="The group or region it is for, if it is for one.",
        graphql_type=strawberry.ID | None,
    )
    @staticmethod
    def group_id(root: PriceList) -> CustomerGroupId | None:
        return root.group_id or root.region_id

    @resolved(_MANAGE, description="From when on it holds.", graphql_type=datetime | None)
    @staticmethod
    def valid_from(root: PriceList) -> datetime | None:
        return root.validity.start

    @resolved(_MANAGE, description="When it stops to hold.", graphql_type=datetime | None)
    @staticmethod
    def valid_until(root: PriceList) -> datetime | None:
        return root.validity.end


@strawberry.type(name="PriceRung", description="A rung as it was set: a price, or a share of the base price.")
class PriceRungType:
    """Shows Rung."""

    min_quantity: Decimal = field(_MANAGE, description="From this quantity of the base unit on.")

    @resolved(_MANAGE, description="What one of the unit costs.", graphql_type=MoneyType | None)
    @staticmethod
    def unit_price(root: Rung) -> UnitPrice | None:
        return root.price if isinstance(root.price, UnitPrice) else None

    @resolved(_MANAGE, description="The share of the base price, in percent.", graphql_type=Decimal | None)
    @staticmethod
    def percentage(root: Rung) -> Decimal | None:
        return None if isinstance(root.price, UnitPrice) else Decimal(root.price.hundredths) / 100


@strawberry.type(name="PriceListItem", description="One ladder of a SKU in a list, whenever it holds.")
class PriceListItemType:
    """Shows PriceListItem."""

    unit: str | None = field(_MANAGE, description="The code of the unit it is for; null for the base unit.")
    rungs: list[PriceRungType] = field(_MANAGE, description="The rungs, by quantity.")
    valid_from: datetime | None = field(_MANAGE, description="From when on it holds.")
    valid_until: datetime | None = field(_MANAGE, description="When it stops to hold.")
    priority: int = field(_MANAGE, description="The highest of several that hold at the same time counts.")
    sku: Any = field(_MANAGE, description="Of what.", graphql_type=AnySku)


PriceListConnection = ConnectionType[PriceListType]
PriceListItemConnection = ConnectionType[PriceListItemType]
PriceBatchConnection = ConnectionType[PriceBatchType]


async def price_lists(
    info: Info, *, first: First, after: After, last: Last, before: Before, text: str | None
) -> Page[PriceList]:
    """A page of the lists."""
    asked = Asked.of(_BY_NAME, info, first=first, after=after, last=last, before=before)
    found = await info.context.views.prices.lists(window=asked.window, text=searched(text), count=asked.count)
    return Page(found, asked.order)


async def price_list_items(
    info: Info,
    price_list: str | None,
    *,
    first: First,
    after: After,
    last: Last,
    before: Before,
    code: str | None,
) -> Page[PriceListItem]:
    """A page of what a list says."""
    asked = Asked.of(_BY_SKU, info, first=first, after=after, last=last, before=before)
    list_id, only = known(PriceListId, price_list), sku_code(code)
    if (price_list is not None and list_id is None) or (code is not None and only is None):
        return nothing(asked)
    found = await info.context.views.prices.items(
        list_id=list_id, window=asked.window, sku_code=only, count=asked.count, want=wanted_prices(info)
    )
    return Page(found, asked.order)


async def price_batches(
    info: Info, *, first: First, after: After, last: Last, before: Before
) -> Page[PriceBatch]:
    """A page of the batches."""
    asked = Asked.of(_NEWEST, info, first=first, after=after, last=last, before=before)
    found = await info.context.views.prices.batches(window=asked.window, count=asked.count)
    return Page(found, asked.order)
