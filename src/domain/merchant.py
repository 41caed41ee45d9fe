"""The merchant: the selling side, with the settings its rules depend on, and its staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Self
from zoneinfo import ZoneInfo

import attrs

from domain.delivery import DeliveryCalendar
from domain.errors import DomainError
from domain.identity import LoginId, MerchantId, StaffId, Text
from domain.money import LARGEST_PRICE, Currency, Money, Rounding
from domain.quantity import NONE, Quantity

LARGEST_MINIMUM = LARGEST_PRICE
"""No order minimum is more, in the minor unit."""
LONGEST_ZONE = 64
_NO_ZONES = ("posix/", "right/", "posixrules", "localtime")
"""What a folder of time zones has beside them."""
_LONGEST_LOGO = 500
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"https://(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9](?::[0-9]{{1,5}})?"
    r"(?:[/?][A-Za-z0-9._~:/?@!$&()*+,;=%-]*)?"
)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_-]+)*")


class PaymentMethod(Enum):
    """How an order is to be paid."""

    WECHAT_PAY = "WECHAT_PAY"
    ALIPAY = "ALIPAY"
    BANK_TRANSFER = "BANK_TRANSFER"
    CREDIT_TERMS = "CREDIT_TERMS"
    PREPAID_BALANCE = "PREPAID_BALANCE"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"


class StockDisplay(Enum):
    """What buyers are shown of the stock."""

    EXACT = "EXACT"
    BANDED = "BANDED"
    HIDDEN = "HIDDEN"


class MerchantName(Text):
    """What a merchant is called."""

    __slots__ = ()
    longest = 100


class Logo(str):
    """Where a merchant's logo is: an https address, or a reference that its clients know how to read."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """:raises ValueError: if it is neither, or too long.

        An address has the name of a host, and no user; a reference is made of words between points and slashes.
        """
        fits = len(text) <= _LONGEST_LOGO and (_ADDRESS.fullmatch(text) or _REFERENCE.fullmatch(text))
        if not fits:
            raise ValueError("a logo is an https address or a reference")
        return super().__new__(cls, text)


def _known_zone(_: object, __: attrs.Attribute[str], name: str) -> None:
    if len(name) > LONGEST_ZONE or name.startswith(_NO_ZONES):
        raise ValueError("unknown time zone")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name!r}") from None


class PriceStrategy(Enum):
    """How one is chosen of several prices that a customer could get."""

    PRIORITY = "PRIORITY"
    LOWEST = "LOWEST"


class MarginGuard(Enum):
    """What becomes of an order of which a line costs less than its floor (毛利保护)."""

    NONE = "NONE"
    BLOCK = "BLOCK"
    CAP = "CAP"
    APPROVAL = "APPROVAL"


@attrs.frozen
class PriceRules:
    """What a merchant has decided for all prices."""

    scale: int = attrs.field(default=2, validator=attrs.validators.in_((2, 3, 4)))
    """How many decimals a calculated unit price has."""
    strategy: PriceStrategy = PriceStrategy.PRIORITY


@attrs.frozen(kw_only=True)
class Merchant:
    """A wholesaler, distributor or manufacturer who sells here: the tenant."""

    id: MerchantId
    slug: str = attrs.field(validator=attrs.validators.matches_re(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"))
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    currency: Currency = Currency.CNY
    time_zone: str = attrs.field(default="Asia/Shanghai", validator=_known_zone)
    price_scale: int = attrs.field(default=2, validator=attrs.validators.in_((2, 3, 4)))
    """How many decimals a calculated unit price has."""
    guest_prices: bool = False
    """Whether guests see the base price."""
    stock_display: StockDisplay = StockDisplay.EXACT
    low_stock: Quantity = attrs.field(default=Quantity(20_000), validator=attrs.validators.ge(NONE))
    """Stock is shown as low at this quantity of the base unit and below, where the SKU says nothing itself."""
    payment_methods: frozenset[PaymentMethod] = frozenset(
        {PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY}
    )
    restricts_goods: bool = False
    """Whether there is a product that not everyone sees."""
    promotes: bool = False
    """Whether it has promotions that may be on offer; whoever has none is never asked for them."""
    has_specials: bool = False
    """Whether it has special prices that hold or are to come; whoever has none is never asked for them."""
    second_factor: bool = False
    """Whether staff need a second factor."""
    logo: Logo | None = None
    order_minimum_amount: Money | None = None
    """What the goods of an order come to at least, before freight."""
    cut_off_time: time | None = None
    delivery_lead_days: int = 0
    price_strategy: PriceStrategy = PriceStrategy.PRIORITY
    """How one is chosen of several prices that a customer could get."""
    margin_guard: MarginGuard = MarginGuard.NONE
    """What becomes of an order of which a line costs less than its floor."""
    order_rounding: Rounding = Rounding.NONE
    """What is left off every order to make it round."""
    version: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    """How often its settings were changed."""

    def __attrs_post_init__(self) -> None:
        minimum = self.order_minimum_amount
        if minimum is not None and (
            minimum.currency is not self.currency or not 0 < minimum.minor <= LARGEST_MINIMUM
        ):
            raise ValueError("an order minimum is more than nothing, in the merchant's currency")
        # A calendar that cannot be made is wrong here, and not only when somebody orders.
        _ = self.deliveries

    @property
    def deliveries(self) -> DeliveryCalendar:
        """For which day an order is taken."""
        return DeliveryCalendar(
            time_zone=self.time_zone, cut_off_time=self.cut_off_time, lead_days=self.delivery_lead_days
        )

    def change(self, changes: Mapping[str, Any], *, seen: int) -> Merchant:
        """Change settings, by the names of their attributes; where nothing changes it stays the same.

        :raises SettingsChanged: if they were changed since they were seen.
        :raises ValueError: if one cannot be so.
        """
        if seen != self.version:
            raise SettingsChanged(self.version)
        changed = attrs.evolve(self, **changes)
        return self if changed == self else attrs.evolve(changed, version=self.version + 1)

    def day_of(self, at: datetime) -> date:
        """The calendar day of an instant where the merchant is."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def price_rules(self) -> PriceRules:
        """What holds for all prices."""
        return PriceRules(self.price_scale, self.price_strategy)


@attrs.frozen(kw_only=True)
class Staff:
    """A person who works for the merchant; what counts is which permissions were given."""

    id: StaffId
    name: str
    permissions: frozenset[str] = frozenset()
    login_id: LoginId | None = None
    """Who signs in as this member of staff."""
    suspended: bool = False
    """Whether they may do nothing at the moment."""


@attrs.frozen
class SettingsChanged(DomainError):
    """Somebody else changed the merchant's settings since they were seen; this is their version now."""

    settings_version: int


@attrs.frozen
class InvalidSetting(DomainError):
    """The merchant cannot be set up so; the field is named as clients do."""

    field: str
    reason: str
