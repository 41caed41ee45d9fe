"""Money and prices: what a SKU costs this caller and why; setting prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from adapters.graphql.context import Info
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from adapters.graphql.skus import REFUSED_SKU, AnySku, Named, UnknownSkuType, UnknownUnitType
from adapters.graphql.wants import wanted_skus
from application.authorization import Permission
from application.pricing import AskedPrice, AskedRung, TooManyPrices
from application.views.catalog import SkuCard
from domain.money import Currency
from domain.price_choice import PriceStage
from domain.pricing import InvalidPrice, PriceOutcome, PriceSource, PriceUnavailable, UnknownPriceList


@strawberry.type(name="Money", description="An amount of money, or the price of one unit.")
class MoneyType:
    """Shows Money and UnitPrice."""

    amount: Decimal = field(
        Permission.BROWSE,
        description="The number: with the currency's decimals; prices of a unit may have up to four.",
    )
    currency: Currency = field(Permission.BROWSE, description="The currency.")


@strawberry.type(name="QuantityBreak", description="A rung of a ladder of prices.")
class QuantityBreakType:
    """Shows QuantityBreak."""

    min_quantity: Decimal = field(
        Permission.BROWSE, description="From this quantity of the base unit on the price holds."
    )
    unit_price: MoneyType = field(
        Permission.BROWSE, description="What one of the base unit costs, or of the unit the ladder is for."
    )


@strawberry.type(name="PriceTier", description="A level of customers, which decides their price.")
class PriceTierType:
    """Shows PriceTier and TierCard."""

    id: strawberry.ID = field(Permission.BROWSE, description="The identity.")
    code: str = field(Permission.BROWSE, description="The merchant's code of it.")
    name: str = field(Permission.BROWSE, description="What it is called.")


@strawberry.type(name="ChargedSpecial", description="The special price that a price is.")
class ChargedSpecialType:
    """Shows ChargedSpecial."""

    name: str = field(Permission.BROWSE, description="What it is called.")
    ordinary: MoneyType = field(
        Permission.BROWSE,
        name="ordinaryPrice",
        description="What one of the unit would cost this caller without it.",
    )
    until: datetime | None = field(
        Permission.BROWSE, name="endsAt", description="When it stops to hold; null where nothing ends it."
    )
    left: Decimal | None = field(
        Permission.BROWSE,
        description="How many of the base unit this caller can still buy at it; null where there is no limit.",
    )


@strawberry.type(
    name="MissedSpecial", description="A special price of which less is left than all that is ordered."
)
class MissedSpecialType:
    """Shows MissedSpecial."""

    name: str = field(Permission.BROWSE, description="What it is called.")
    unit_price: MoneyType = field(Permission.BROWSE, description="What one of the unit would cost at it.")
    left: Decimal = field(
        Permission.BROWSE, description="How many of the base unit this caller can still buy at it."
    )


@strawberry.type(name="SkuPrice", description="What a SKU costs this caller, at a quantity, now.")
class SkuPriceType:
    """Shows Price."""

    unit_price: MoneyType = field(Permission.BROWSE, description="What one of the unit asked for costs.")
    list_price: MoneyType = field(Permission.BROWSE, description="The merchant's base price for the same.")
    source: PriceSource = field(Permission.BROWSE, description="Where the price comes from.")
    tier: PriceTierType | None = field(
        Permission.BROWSE, description="The caller's tier, where the price comes from it."
    )
    breaks: list[QuantityBreakType] = field(
        Permission.BROWSE,
        description="The ladder that applies to this caller: per base unit, or per one of `breaksUnit`.",
    )
    unit: str | None = field(
        Permission.BROWSE,
        name="breaksUnit",
        description="The code of the unit asked for, where it has prices of its own; else null.",
    )
    applied_from_quantity: Decimal | None = field(
        Permission.BROWSE, description="The rung that was reached, in the base unit."
    )
    valid_until: datetime | None = field(
        Permission.BROWSE, description="When the price stops holding, where that is known."
    )
    special: ChargedSpecialType | None = field(
        Permission.BROWSE, description="The special price that it is, if it is one."
    )
    missed: MissedSpecialType | None = field(
        Permission.BROWSE,
        name="missedSpecial",
        description="The special price that it would be, if no more was ordered than is left at it.",
    )


@strawberry.type(name="PriceStep", description="What one list, or one special price, did to a price.")
class PriceStepType:
    """Shows PriceStep."""

    stage: PriceStage = field(Permission.BROWSE, description="At which stage of pricing it happened.")
    source: PriceSource = field(Permission.BROWSE, description="What kind of list it is.")
    tier: PriceTierType | None = field(
        Permission.BROWSE, description="The tier that it is for, if it is for one."
    )
    rule: str | None = field(Permission.BROWSE, description="What the special price is called, if it is one.")
    left: Decimal | None = field(
        Permission.BROWSE,
        description="How many of the base unit the caller can still buy at the special price; null without a limit.",
    )
    outcome: PriceOutcome = field(Permission.BROWSE, description="What came of it.")
    min_quantity: Decimal = field(
        Permission.BROWSE,
        description=(
            "Where its break begins that is reached, or else its lowest one; of the base unit. "
            "Zero of a special price."
        ),
    )
    before: MoneyType | None = field(
        Permission.BROWSE, description="What one of the unit cost before, if anybody had said so."
    )
    after: MoneyType | None = field(Permission.BROWSE, description="What it costs after.")


@refusal(PriceUnavailable, description="Nobody has said what this SKU costs this customer at this quantity.")
class PriceUnavailableType(UserErrorType):
    """Shows PriceUnavailable."""

    sku = field(Permission.BROWSE, **REFUSED_SKU)


@refusal(UnknownPriceList, description="There is no such tier or price list.")
class UnknownPriceListType(UserErrorType):
    """Shows UnknownPriceList."""

    reference: str = field(Permission.BROWSE, description="What was asked for.")


@refusal(InvalidPrice, description="A price that cannot be set.")
class InvalidPriceType(UserErrorType):
    """Shows InvalidPrice."""

    reason: str = field(
        Permission.BROWSE,
        description=(
            "NOT_A_PRICE, NOT_A_PERCENTAGE, PRICE_OR_PERCENTAGE, TOO_FINE, BREAKS, TWICE, CURRENCY, VALIDITY, "
            "PRIORITY, TOO_MANY (dated ladders of one SKU in one list) or SHARE_OF_NOTHING."
        ),
    )


@refusal(TooManyPrices, description="More prices than one call takes, or none.")
class TooManyPricesType(UserErrorType):
    """Shows TooManyPrices."""

    most: int = field(Permission.BROWSE, description="The most that one call takes.")


@strawberry.input(
    name="QuantityBreakInput", description="A rung to set: a price or a share of the base price."
)
class QuantityBreakInput:
    """Read as AskedRung."""

    min_quantity: Decimal | None = strawberry.field(
        description="From this quantity of the base unit on.", default=Decimal(1)
    )
    unit_price: Decimal | None = strawberry.field(
        description="What one of the unit costs, in the merchant's currency.", default=None
    )
    percentage: Decimal | None = strawberry.field(
        description="The share of the base price in percent: 95 for 5 % off.", default=None
    )

    def asked(self) -> AskedRung:
        """Read the input."""
        return AskedRung(
            min_quantity=Decimal(1) if self.min_quantity is None else self.min_quantity,
            unit_price=self.unit_price,
            percentage=self.percentage,
        )


@strawberry.input(name="SkuPriceInput", description="The ladder of one SKU in one list.")
class SkuPriceInput:
    """Read as AskedPrice."""

    sku_id: strawberry.ID | None = strawberry.field(
        description="The SKU by id, or else by code.", default=None
    )
    sku_code: str | None = strawberry.field(description="The SKU by the merchant's code.", default=None)
    price_list_id: strawberry.ID | None = strawberry.field(
        description="A price list; without one and without a tier it is the base price.", default=None
    )
    tier: str | None = strawberry.field(description="A price tier, by id or code.", default=None)
    unit: str | None = strawberry.field(
        description="The unit that each price is for, by code or name; the base unit by default.",
        default=None,
    )
    valid_from: datetime | None = strawberry.field(
        description=(
            "From when on the prices hold. Without this and `validUntil` they hold from now on, in place of "
            "whatever holds without an end; what is set for a time stays as it is."
        ),
        default=None,
    )
    valid_until: datetime | None = strawberry.field(
        description="When they stop to hold; then what held before does again.", default=None
    )
    priority: int | None = strawberry.field(
        description="Which of several ladders counts that hold at the same time: the highest, -1000 to 1000.",
        default=0,
    )
    breaks: list[QuantityBreakInput] = strawberry.field(
        description="The rungs; none takes what they would replace out of the list."
    )

    def asked(self) -> AskedPrice:
        """Read the input."""
        sku = Named.by(id=self.sku_id, code=self.sku_code)
        return AskedPrice(
            sku_id=sku.sku_id,
            sku_code=sku.sku_code,
            reference=sku.reference,
            price_list=self.price_list_id,
            tier=self.tier,
            unit=self.unit,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            priority=self.priority or 0,
            rungs=tuple(rung.asked() for rung in self.breaks),
        )


@strawberry.input(name="SetPricesInput", description="Prices to set, all or none.")
class SetPricesInput:
    """Read as the arguments of SetPrices."""

    prices: list[SkuPriceInput] = strawberry.field(
        description="1 to 1000 ladders, each of another SKU or list."
    )


SetPricesError = Annotated[
    UnknownSkuType | UnknownUnitType | UnknownPriceListType | InvalidPriceType | TooManyPricesType,
    strawberry.union("SetPricesError", description="Why prices were not set."),
]


@strawberry.type(name="SetPricesPayload", description="The SKUs whose prices were set, or why none was.")
class SetPricesPayload:
    """What came of setPrices."""

    skus: Any = field(
        Permission.MANAGE_PRICES,
        description="The SKUs; null where something was refused.",
        graphql_type=list[AnySku] | None,
    )
    errors: list[SetPricesError] = field(Permission.MANAGE_PRICES, description="Everything that is wrong.")


@strawberry.type
class PricingMutations:
    """What staff do to prices."""

    @resolved(
        Permission.MANAGE_PRICES,
        description="Set the prices of many SKUs at once, all or none.",
        graphql_type=SetPricesPayload,
        extensions=[Refusals(SetPricesPayload, items="prices")],
    )
    @staticmethod
    async def set_prices(
        info: Info,
        input: Annotated[SetPricesInput, strawberry.argument(description="The prices.")],
    ) -> list[SkuCard]:
        context = info.context
        prices = [price.asked() for price in input.prices]
        sku_ids = await context.do(context.use.set_prices, actor=context.actor, prices=prices)
        found = await context.views.catalog.skus_by_id(sku_ids, want=wanted_skus(info, "skus"))
        return [found[sku_id] for sku_id in sku_ids]
