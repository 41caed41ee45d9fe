"""Special prices to test with, in few words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from application.authorization import Actor
from application.special_prices import SpecialDraft
from domain.catalog import Sku
from domain.identity import AudienceId, SkuId, SpecialPriceId
from domain.money import Percentage
from domain.ordering import Order
from domain.period import ALWAYS, Period
from domain.promotions import Schedule
from domain.quantity import Quantity
from domain.special_prices import SpecialOffer, SpecialPrice, SpecialPriceName
from kit import builders as a
from kit.world import World

IDS = a.SeededIds(81)


def special(price: str, *, sku_id: SkuId | None = None, **rest: Any) -> SpecialPrice:
    """`"90"` is a price, `"90%"` a share; limits are given as numbers."""
    limits: dict[str, Any] = {
        name: Quantity.of(rest.pop(name)) for name in ("stock", "per_customer") if name in rest
    }
    rest.setdefault("id", IDS.new(SpecialPriceId))
    rest.setdefault("name", SpecialPriceName("限时特价"))
    return SpecialPrice(
        sku_id=sku_id or IDS.new(SkuId),
        price=Percentage.of(price[:-1]) if price.endswith("%") else a.yuan(price),
        **limits,
        **rest,
    )


def offer(one: SpecialPrice, *, left: int | None = None, until: datetime | None = None) -> SpecialOffer:
    """It is offered, with so much left."""
    return SpecialOffer(special=one, left=None if left is None else a.pieces(left), until=until)


def draft(
    price: str | None,
    sku: Sku | None,
    *,
    audience: Collection[AudienceId] = (),
    validity: Period = ALWAYS,
    **rest: Any,
) -> SpecialDraft:
    """A special price as staff write it down."""
    share = price is not None and price.endswith("%")
    said: dict[str, Any] = {
        "name": "限时特价",
        "sku_id": None if sku is None else sku.id,
        "unit_price": None if share or price is None else Decimal(price),
        "percentage": Decimal(price[:-1]) if share and price is not None else None,
        "schedule": Schedule(validity=validity),
        **rest,
    }
    numbers: dict[str, Any] = {
        name: Decimal(said[name]) for name in ("stock", "per_customer") if name in said
    }
    return SpecialDraft(audience=frozenset(audience), **{**said, **numbers})


def made(world: World, price: str, sku: Sku, **rest: Any) -> SpecialPrice:
    """A special price that staff have made."""
    return world.use.create_special_price(actor=world.shop.clerk, draft=draft(price, sku, **rest))


def asking(world: World, name: str = "vip") -> Actor:
    """A buyer as they come in: with what the merchant's row says by then."""
    return knowing(world.shop.buyer(name))


def knowing(actor: Actor) -> Actor:
    """The same, coming in when the merchant has special prices and promotions."""
    merchant = attrs.evolve(actor.merchant, has_specials=True, promotes=True)
    return attrs.evolve(actor, merchant=merchant)


def place(world: World, *lines: Any, by: str = "vip", key: str = "k", **wishes: Any) -> Order:
    """An order of these lines."""
    asked = attrs.evolve(a.wishes(), **wishes)
    return world.use.place_order(
        actor=asking(world, by), key=a.key(key), basket=a.basket(*lines), wishes=asked
    )
