"""Special prices as staff see them."""

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
from adapters.graphql.enums import declare
from adapters.graphql.pricing import MoneyType
from adapters.graphql.promotions import TimeSlotType
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import AnySku, sku_code
from adapters.graphql.wants import wanted_prices
from application.authorization import Permission
from application.views.pricing import SpecialFilter, SpecialPriceCard, SpecialState
from domain.identity import AudienceId, SpecialPriceId
from domain.money import Percentage, UnitPrice
from domain.promotions import TimeSlot
from domain.quantity import Quantity

_MANAGE = Permission.MANAGE_PRICES
_NEWEST = Order("SPECIAL", (str,))

declare(
    SpecialState,
    name="SpecialPriceState",
    description="Where the time of a special price stands, whatever days and hours it has.",
    values={
        "UPCOMING": "It is still to begin.",
        "CURRENT": "It has begun and not ended.",
        "ENDED": "It has ended.",
    },
)


@strawberry.type(name="SpecialPrice", description="What one SKU costs for a while (特价).")
class SpecialPriceType:
    """Shows SpecialPriceCard."""

    sku: Any = field(_MANAGE, description="Of what.", graphql_type=AnySku)
    taken: Decimal = field(
        _MANAGE, description="How many of the base unit were bought at it, counted while there is a limit."
    )

    @resolved(_MANAGE, description="The identity.", graphql_type=strawberry.ID)
    @staticmethod
    def id(root: SpecialPriceCard) -> SpecialPriceId:
        return root.special.id

    @resolved(_MANAGE, description="What it is called, as buyers see it.", graphql_type=str)
    @staticmethod
    def name(root: SpecialPriceCard) -> str:
        return root.special.name

    @resolved(
        _MANAGE,
        description="The code of the pack it is for; null for the base unit, and every pack at its factor.",
        graphql_type=str | None,
    )
    @staticmethod
    def unit(root: SpecialPriceCard) -> str | None:
        return root.special.unit

    @resolved(_MANAGE, description="What one of the unit costs.", graphql_type=MoneyType | None)
    @staticmethod
    def unit_price(root: SpecialPriceCard) -> UnitPrice | None:
        return root.special.price if isinstance(root.special.price, UnitPrice) else None

    @resolved(
        _MANAGE,
        description="The share of the base price in percent, or of the customer's own price where it stacks.",
        graphql_type=Decimal | None,
    )
    @staticmethod
    def percentage(root: SpecialPriceCard) -> Decimal | None:
        price = root.special.price
        return Decimal(price.hundredths) / 100 if isinstance(price, Percentage) else None

    @resolved(_MANAGE, description="Whether the share is one of the customer's own price.", graphql_type=bool)
    @staticmethod
    def stacks(root: SpecialPriceCard) -> bool:
        return root.special.stacks

    @resolved(_MANAGE, description="Whether it goes before a price of a contract, too.", graphql_type=bool)
    @staticmethod
    def contracts(root: SpecialPriceCard) -> bool:
        return root.special.contracts

    @resolved(
        _MANAGE,
        description="For which customers, price tiers and groups, by id; for everybody where there are none.",
        graphql_type=list[strawberry.ID],
    )
    @staticmethod
    def audience_ids(root: SpecialPriceCard) -> list[AudienceId]:
        return sorted(root.special.audience)

    @resolved(_MANAGE, description="From when on it holds.", graphql_type=datetime | None)
    @staticmethod
    def valid_from(root: SpecialPriceCard) -> datetime | None:
        return root.special.schedule.validity.start

    @resolved(
        _MANAGE,
        description="When it has ended; until just before that it holds.",
        graphql_type=datetime | None,
    )
    @staticmethod
    def valid_until(root: SpecialPriceCard) -> datetime | None:
        return root.special.schedule.validity.end

    @resolved(
        _MANAGE,
        description="On which days, 1 is Monday; on all where there are none.",
        graphql_type=list[int],
    )
    @staticmethod
    def weekdays(root: SpecialPriceCard) -> list[int]:
        return sorted(root.special.schedule.weekdays)

    @resolved(
        _MANAGE, description="At what times; at any where there are none.", graphql_type=list[TimeSlotType]
    )
    @staticmethod
    def time_slots(root: SpecialPriceCard) -> tuple[TimeSlot, ...]:
        return root.special.schedule.slots

    @resolved(
        _MANAGE, description="How many of the base unit are sold at it in all.", graphql_type=Decimal | None
    )
    @staticmethod
    def stock(root: SpecialPriceCard) -> Quantity | None:
        return root.special.stock

    @resolved(
        _MANAGE, description="How many of the base unit one company buys at it.", graphql_type=Decimal | None
    )
    @staticmethod
    def per_customer(root: SpecialPriceCard) -> Quantity | None:
        return root.special.per_customer

    @resolved(
        _MANAGE,
        description="How often it was changed, from 1: changeSpecialPrice names it.",
        graphql_type=int,
    )
    @staticmethod
    def version(root: SpecialPriceCard) -> int:
        return root.special.version


SpecialPriceConnection = ConnectionType[SpecialPriceType]


@strawberry.input(name="SpecialPriceFilter", description="Which special prices: all of what is given holds.")
class SpecialPriceFilterInput:
    """Read as SpecialFilter."""

    state: SpecialState | None = strawberry.field(description="Where its time stands.", default=None)
    sku_code: str | None = strawberry.field(description="Only of this SKU.", default=None)


async def special_prices(
    info: Info,
    filter: SpecialPriceFilterInput | None,
    *,
    first: First,
    after: After,
    last: Last,
    before: Before,
) -> Page[SpecialPriceCard]:
    """A page of the special prices."""
    asked = Asked.of(_NEWEST, info, first=first, after=after, last=last, before=before)
    given = filter or SpecialPriceFilterInput()
    only = sku_code(given.sku_code)
    if given.sku_code is not None and only is None:
        return nothing(asked)
    found = await info.context.views.prices.specials(
        window=asked.window,
        filter=SpecialFilter(state=given.state, sku_code=only),
        count=asked.count,
        want=wanted_prices(info),
    )
    return Page(found, asked.order)
