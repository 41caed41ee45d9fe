"""The merchant: the selling side, with the settings its rules depend on, and its staff."""

from __future__ import annotations

from enum import Enum
from zoneinfo import ZoneInfo

import attrs

from domain.identity import LoginId, MerchantId, StaffId
from domain.money import Currency
from domain.quantity import Quantity


class PaymentMethod(Enum):
    """How an order is to be paid."""

    WECHAT_PAY = "WECHAT_PAY"
    ALIPAY = "ALIPAY"
    BANK_TRANSFER = "BANK_TRANSFER"
    CREDIT_TERMS = "CREDIT_TERMS"
    PREPAID_BALANCE = "PREPAID_BALANCE"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"


def _known_zone(_: object, __: attrs.Attribute[str], name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {name!r}") from None


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
    low_stock: Quantity = Quantity(20_000)
    """Stock is shown as low at this quantity of the base unit and below, where the SKU says nothing itself."""
    payment_methods: frozenset[PaymentMethod] = frozenset(
        {PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH_ON_DELIVERY}
    )
    restricts_goods: bool = False
    """Whether there is a product that not everyone sees."""


@attrs.frozen(kw_only=True)
class Staff:
    """A person who works for the merchant; what counts is which permissions were given."""

    id: StaffId
    name: str
    permissions: frozenset[str] = frozenset()
    login_id: LoginId | None = None
    """Who signs in as this member of staff."""
