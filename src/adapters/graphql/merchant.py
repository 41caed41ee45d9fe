"""The merchant: the selling side as clients see it, with its settings, which its staff change."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import UNSET
from strawberry.types.unset import UnsetType

from adapters.graphql.context import Info
from adapters.graphql.nodes import NodeType, shows
from adapters.graphql.pricing import MoneyType
from adapters.graphql.refusals import Refusals, UserErrorType, refusal
from adapters.graphql.requires import field, resolved
from application.authorization import Permission
from application.merchant import SAME, AskedSettings
from domain.merchant import (
    InvalidSetting,
    MarginGuard,
    Merchant,
    PaymentMethod,
    PriceStrategy,
    SettingsChanged,
    StockDisplay,
)
from domain.money import Currency, Rounding


@shows(Merchant, name="Merchant", description="The wholesaler, distributor or manufacturer who sells here.")
class MerchantType(NodeType):
    """Shows Merchant."""

    name: str = field(Permission.BROWSE, description="What it is called.")
    slug: str = field(Permission.BROWSE, description="Its short name, for the X-Merchant header.")
    logo: str | None = field(
        Permission.BROWSE, description="Its logo: an https address, or a reference that its clients know."
    )
    currency: Currency = field(Permission.BROWSE, description="The currency of all its prices.")
    time_zone: str = field(Permission.BROWSE, description="The time zone of its calendar days.")
    order_minimum_amount: MoneyType | None = field(
        Permission.BROWSE,
        description="What the goods of an order come to at least, before freight; null where it asks for none.",
    )
    delivery_lead_days: int = field(
        Permission.BROWSE,
        description="How many days after the day an order is taken for it can be delivered.",
    )
    guest_prices: bool = field(Permission.BACK_OFFICE, description="Whether guests see its base prices.")
    stock_display: StockDisplay = field(
        Permission.BACK_OFFICE, description="What buyers are shown of the stock."
    )
    low_stock: Decimal = field(
        Permission.BACK_OFFICE,
        description="Stock is shown as low at so many of the base unit and below, where the SKU says nothing.",
    )
    price_strategy: PriceStrategy = field(
        Permission.BACK_OFFICE, description="How one is chosen of several prices that a customer could get."
    )
    margin_guard: MarginGuard = field(
        Permission.VIEW_FLOORS,
        Permission.MANAGE_SETTINGS,
        description="What becomes of an order of which a line costs less than its floor.",
    )
    order_rounding: Rounding = field(
        Permission.BACK_OFFICE, description="What is left off every order to make its total round."
    )
    version: int = field(
        Permission.BACK_OFFICE,
        name="settingsVersion",
        description="How often its settings were changed; to change them, say which were seen.",
    )

    @resolved(Permission.BROWSE, description="The ways of paying it takes.", graphql_type=list[PaymentMethod])
    @staticmethod
    def payment_methods(root: Merchant) -> list[PaymentMethod]:
        return [method for method in PaymentMethod if method in root.payment_methods]

    @resolved(
        Permission.BROWSE,
        description='Until when an order is taken for a day, by its own clock: "17:30"; null where all day.',
        graphql_type=str | None,
    )
    @staticmethod
    def cut_off_time(root: Merchant) -> str | None:
        return None if root.cut_off_time is None else f"{root.cut_off_time:%H:%M}"

    @resolved(
        Permission.BROWSE,
        description="The instant from which on an order is taken for a later day; null where there is none.",
        graphql_type=datetime | None,
    )
    @staticmethod
    def next_cut_off(root: Merchant, info: Info) -> datetime | None:
        return root.deliveries.next_cut_off(at=info.context.looks.now())

    @resolved(
        Permission.BROWSE,
        description="The first day on which an order that is placed now can be delivered.",
        graphql_type=date,
    )
    @staticmethod
    def earliest_delivery_date(root: Merchant, info: Info) -> date:
        return root.deliveries.earliest(at=info.context.looks.now())


@strawberry.type
class MerchantQueries:
    """Looking at the merchant."""

    @resolved(Permission.BROWSE, description="The merchant whose goods these are.", graphql_type=MerchantType)
    @staticmethod
    def merchant(info: Info) -> Merchant:
        return info.context.actor.merchant


@refusal(SettingsChanged, description="Somebody else changed the settings since they were seen.")
class SettingsChangedType(UserErrorType):
    """Shows SettingsChanged."""

    settings_version: int = field(Permission.BROWSE, description="Their version now.")


@refusal(InvalidSetting, description="The merchant cannot be set up so.")
class InvalidSettingType(UserErrorType):
    """Shows InvalidSetting."""

    reason: str = field(
        Permission.BROWSE,
        description="NOT_A_NAME, NOT_A_LOGO, UNKNOWN_ZONE, NOT_A_QUANTITY, NOT_AN_AMOUNT, NOT_A_TIME, OUT_OF_RANGE "
        "or NONE.",
    )
    field: str = field(Permission.BROWSE, description="Which setting it is.")


@strawberry.input(
    name="SetMerchantSettingsInput",
    description="What is to change; what is left out stays as it is, and so does null where nothing else is said.",
)
class SetMerchantSettingsInput:
    """Read as AskedSettings."""

    settings_version: int = strawberry.field(
        description="The settingsVersion that was seen; with another one nothing is changed."
    )
    name: str | None = strawberry.field(
        description="What the merchant is called, up to 100 characters.", default=None
    )
    logo: str | UnsetType | None = strawberry.field(
        description="An https address or a reference, up to 500 characters; null takes it away.",
        default=UNSET,
    )
    time_zone: str | None = strawberry.field(
        description='The time zone of its days, by its IANA name: "Asia/Shanghai".', default=None
    )
    guest_prices: bool | None = strawberry.field(
        description="Whether guests see the base prices.", default=None
    )
    stock_display: StockDisplay | None = strawberry.field(
        description="What buyers are shown of the stock.", default=None
    )
    low_stock: Decimal | None = strawberry.field(
        description="At how many of the base unit and below stock is low, where the SKU says nothing itself.",
        default=None,
    )
    order_minimum_amount: Decimal | UnsetType | None = strawberry.field(
        description="What the goods of an order come to at least, in the merchant's currency; null for none.",
        default=UNSET,
    )
    cut_off_time: str | UnsetType | None = strawberry.field(
        description='Until when an order is taken for a day, "17:30"; null for all day.', default=UNSET
    )
    delivery_lead_days: int | None = strawberry.field(
        description="How many days after that day it can be delivered, 0 to 60.", default=None
    )
    price_strategy: PriceStrategy | None = strawberry.field(
        description="How one is chosen of several prices that a customer could get; it changes prices at once.",
        default=None,
    )
    margin_guard: MarginGuard | None = strawberry.field(
        description="What becomes of an order of which a line costs less than its floor.", default=None
    )
    order_rounding: Rounding | None = strawberry.field(
        description="What is left off every order to make its total round; it holds for what is ordered from now on.",
        default=None,
    )
    payment_methods: list[PaymentMethod] | None = strawberry.field(
        description="The ways of paying that are offered, at least one.", default=None
    )

    def asked(self) -> AskedSettings:
        """Read the input."""
        return AskedSettings(
            name=self.name,
            logo=SAME if isinstance(self.logo, UnsetType) else self.logo,
            time_zone=self.time_zone,
            guest_prices=self.guest_prices,
            stock_display=self.stock_display,
            low_stock=self.low_stock,
            order_minimum_amount=SAME
            if isinstance(self.order_minimum_amount, UnsetType)
            else self.order_minimum_amount,
            cut_off_time=SAME if isinstance(self.cut_off_time, UnsetType) else self.cut_off_time,
            delivery_lead_days=self.delivery_lead_days,
            price_strategy=self.price_strategy,
            margin_guard=self.margin_guard,
            order_rounding=self.order_rounding,
            payment_methods=self.payment_methods,
        )


SetMerchantSettingsError = Annotated[
    SettingsChangedType | InvalidSettingType,
    strawberry.union("SetMerchantSettingsError", description="Why the settings were not changed."),
]


@strawberry.type(
    name="SetMerchantSettingsPayload", description="The merchant as it is now, or why nothing was changed."
)
class SetMerchantSettingsPayload:
    """What came of setMerchantSettings."""

    merchant: MerchantType | None = field(
        Permission.MANAGE_SETTINGS, description="The merchant; null where something was refused."
    )
    errors: list[SetMerchantSettingsError] = field(
        Permission.MANAGE_SETTINGS, description="Everything that is wrong."
    )


@strawberry.type
class MerchantMutations:
    """What staff change of the merchant itself."""

    @resolved(
        Permission.MANAGE_SETTINGS,
        description="Change the merchant's settings: what is given, all or nothing, over those that were seen.",
        graphql_type=SetMerchantSettingsPayload,
        extensions=[Refusals(SetMerchantSettingsPayload)],
    )
    @staticmethod
    async def set_merchant_settings(
        info: Info,
        input: Annotated[SetMerchantSettingsInput, strawberry.argument(description="What is to change.")],
    ) -> Merchant:
        context = info.context
        return await context.do(
            context.use.set_merchant_settings,
            actor=context.actor,
            asked=input.asked(),
            seen=input.settings_version,
        )
