"""The merchant's own settings, changed by its staff: only what is given, and never over what others changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import time
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import UnitOfWork
from domain.errors import DomainError, Refused
from domain.merchant import (
    InvalidSetting,
    Logo,
    MarginGuard,
    Merchant,
    MerchantName,
    PaymentMethod,
    PriceStrategy,
    SettingsChanged,
    StockDisplay,
)
from domain.money import Money, Rounding
from domain.quantity import Quantity, scaled
from domain.trail import Facts, TrailNote


class _Same(Enum):
    SAME = "SAME"


SAME: Final = _Same.SAME
"""What a setting is given that stays as it is, where None takes it away."""
Same: TypeAlias = Literal[_Same.SAME]

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@attrs.frozen(kw_only=True)
class AskedSettings:
    """The settings somebody asks for, as they were given; what stays as it is, is left out."""

    name: str | None = None
    time_zone: str | None = None
    guest_prices: bool | None = None
    stock_display: StockDisplay | None = None
    low_stock: Decimal | None = None
    payment_methods: Collection[PaymentMethod] | None = None
    delivery_lead_days: int | None = None
    price_strategy: PriceStrategy | None = None
    margin_guard: MarginGuard | None = None
    order_rounding: Rounding | None = None
    logo: str | Same | None = SAME
    order_minimum_amount: Decimal | Same | None = SAME
    cut_off_time: str | Same | None = SAME
    """An hour and a minute of the merchant's day: `17:30`."""


@attrs.frozen(kw_only=True)
class SetMerchantSettings:
    """Change the merchant's settings, all that is given or nothing."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, asked: AskedSettings, seen: int) -> Merchant:
        """Answer with the merchant as it is now; `seen` is the version of the settings that the changes were made to.

        :raises Refused: with everything that is wrong with them, or because others changed them meanwhile.
        :raises Forbidden: if the actor may not manage settings.
        """
        policy.may(actor, Permission.MANAGE_SETTINGS)
        with self.unit_of_work(actor) as storage:
            before = storage.settings.lock()
            after = _changed(before, asked, seen=seen)
            if after is before:
                return before
            storage.settings.save(after)
            storage.trail.note(self._noted(before, after))
        return after

    def _noted(self, before: Merchant, after: Merchant) -> TrailNote:
        was, now = _facts(before), _facts(after)
        changed = [name for name in was if was[name] != now[name]]
        return TrailNote(
            at=self.clock.now(),
            operation="setMerchantSettings",
            about=after.id,
            before={name: was[name] for name in changed},
            after={name: now[name] for name in changed},
        )


def _changed(merchant: Merchant, asked: AskedSettings, *, seen: int) -> Merchant:
    """Read what is asked for and change the merchant; every fault is named.

    :raises Refused: if there is one.
    """
    readers: Mapping[str, tuple[str, str, Callable[[Any], Any]]] = {
        "name": ("name", "NOT_A_NAME", MerchantName),
        "logo": ("logo", "NOT_A_LOGO", Logo),
        "time_zone": (
            "timeZone",
            "UNKNOWN_ZONE",
            lambda name: attrs.evolve(merchant, time_zone=name).time_zone,
        ),
        "guest_prices": ("guestPrices", "", bool),
        "stock_display": ("stockDisplay", "", StockDisplay),
        "low_stock": (
            "lowStock",
            "NOT_A_QUANTITY",
            lambda number: attrs.evolve(merchant, low_stock=Quantity.of(number)).low_stock,
        ),
        "order_minimum_amount": (
            "orderMinimumAmount",
            "NOT_AN_AMOUNT",
            lambda amount: _minimum(merchant, amount),
        ),
        "cut_off_time": ("cutOffTime", "NOT_A_TIME", _time),
        "delivery_lead_days": (
            "deliveryLeadDays",
            "OUT_OF_RANGE",
            lambda days: attrs.evolve(merchant, delivery_lead_days=days).delivery_lead_days,
        ),
        "payment_methods": ("paymentMethods", "NONE", _methods),
        "price_strategy": ("priceStrategy", "", PriceStrategy),
        "margin_guard": ("marginGuard", "", MarginGuard),
        "order_rounding": ("orderRounding", "", Rounding),
    }
    changes: dict[str, Any] = {}
    refusals: list[DomainError] = []
    for field in attrs.fields(AskedSettings):
        given, left_out = getattr(asked, field.name), field.default
        if given is left_out:
            continue
        name, reason, read = readers[field.name]
        try:
            changes[field.name] = None if given is None else read(given)
        except ValueError:
            refusals.append(InvalidSetting(name, reason))
    try:
        changed = merchant.change(changes, seen=seen)
    except SettingsChanged as refusal:
        raise Refused((refusal, *refusals)) from None
    if refusals:
        raise Refused(tuple(refusals))
    return changed


def _minimum(merchant: Merchant, amount: Decimal) -> Money | None:
    """:raises ValueError: if the merchant's currency has no such amount, or it is nothing or too much."""
    money = Money(scaled(amount, decimals=merchant.currency.exponent), merchant.currency)
    return attrs.evolve(merchant, order_minimum_amount=money).order_minimum_amount


def _time(text: str) -> time:
    """:raises ValueError: if it is no hour and minute."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("a time of day is written HH:MM")
    return time(int(found[1]), int(found[2]))


def _methods(given: Collection[PaymentMethod]) -> frozenset[PaymentMethod]:
    """:raises ValueError: if there is none, because then nobody can order."""
    if not given:
        raise ValueError("a merchant takes some way of paying")
    return frozenset(given)


def _facts(merchant: Merchant) -> Facts:
    """The settings as the trail says them; what there is none of is empty."""
    minimum, cut_off = merchant.order_minimum_amount, merchant.cut_off_time
    return {
        "name": merchant.name,
        "logo": merchant.logo or "",
        "timeZone": merchant.time_zone,
        "guestPrices": str(merchant.guest_prices).lower(),
        "stockDisplay": merchant.stock_display.value,
        "lowStock": str(merchant.low_stock),
        "orderMinimumAmount": "" if minimum is None else minimum.amount,
        "cutOffTime": "" if cut_off is None else f"{cut_off:%H:%M}",
        "deliveryLeadDays": str(merchant.delivery_lead_days),
        "priceStrategy": merchant.price_strategy.value,
        "marginGuard": merchant.margin_guard.value,
        "orderRounding": merchant.order_rounding.value,
        "paymentMethods": " ".join(sorted(method.value for method in merchant.payment_methods)),
    }
