"""Prices: set ladders of the base price, of tiers and of price lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import UnitOfWork
from domain.catalog import UnknownSku
from domain.errors import DomainError, Refused
from domain.identity import PriceListId, SkuCode, SkuId
from domain.merchant import Merchant
from domain.money import Percentage, UnitPrice
from domain.pricing import (
    EMPTY,
    InvalidPrice,
    Ladder,
    PriceChange,
    PriceList,
    PriceSource,
    PricesSet,
    Rung,
    UnknownPriceList,
    check_ladder,
)
from domain.quantity import Quantity
from domain.trail import TrailNote

MOST_PRICES = 1000


@attrs.frozen(kw_only=True)
class AskedRung:
    """A break somebody asks for: a price or a percentage of the base price, from this quantity of the base unit on."""

    min_quantity: Decimal
    unit_price: Decimal | None = None
    percentage: Decimal | None = None


@attrs.frozen(kw_only=True)
class AskedPrice:
    """The ladder somebody asks for: of which SKU, in which list; no rungs take the SKU out of the list.

    `price_list` names a price list by id, `tier` a tier by id or code; where neither is given it is the base price.
    """

    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    reference: str = ""
    price_list: str | None = None
    tier: str | None = None
    rungs: tuple[AskedRung, ...] = ()


@attrs.frozen
class TooManyPrices(DomainError):
    """More ladders than one call takes, or none at all."""

    prices: int
    most: int = MOST_PRICES


@attrs.frozen(kw_only=True)
class SetPrices:
    """Set many ladders at once, all or none; each touches its own key only."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, prices: Sequence[AskedPrice]) -> tuple[SkuId, ...]:
        """Answer with the SKUs whose prices were set.

        :raises Refused: with everything that is wrong with the prices.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        if not 0 < len(prices) <= MOST_PRICES:
            raise Refused((TooManyPrices(len(prices)),))
        with self.unit_of_work(actor) as storage:
            listings = storage.products.listings(
                ids={price.sku_id for price in prices if price.sku_id},
                codes={price.sku_code for price in prices if price.sku_code},
            )
            by_id = {one.sku.id: one.sku.id for one in listings}
            by_code = {one.sku.code: one.sku.id for one in listings}
            lists = storage.prices.lists()
            refusals: list[DomainError] = []
            changes: dict[tuple[PriceListId, SkuId], PriceChange] = {}
            for at, price in enumerate(prices):
                sku_id = by_id.get(price.sku_id) if price.sku_id else None
                if price.sku_code and not price.sku_id:
                    sku_id = by_code.get(price.sku_code)
                change = _change(price, at, sku_id, lists, actor.merchant)
                if isinstance(change, DomainError):
                    refusals.append(change)
                elif (change.list_id, change.sku_id) in changes:
                    refusals.append(InvalidPrice("TWICE", at))
                else:
                    changes[change.list_id, change.sku_id] = change
            if refusals:
                raise Refused(tuple(refusals))
            for list_id in sorted({change.list_id for change in changes.values()}):
                of_list = [change for change in changes.values() if change.list_id == list_id]
                sku_ids = tuple(change.sku_id for change in of_list)
                fact = PricesSet(at=self.clock.now(), list_id=list_id, sku_ids=sku_ids)
                before = storage.prices.set(of_list, event=fact)
                storage.trail.note(*(_noted(change, before, at=fact.at) for change in of_list))
        return tuple(dict.fromkeys(change.sku_id for change in changes.values()))


def _change(
    price: AskedPrice, at: int, sku_id: SkuId | None, lists: tuple[PriceList, ...], merchant: Merchant
) -> PriceChange | DomainError:
    if sku_id is None:
        return UnknownSku(price.sku_id or price.sku_code or price.reference, at)
    found = _list(price, lists)
    if found is None:
        return UnknownPriceList(price.price_list or price.tier or "", at)
    try:
        ladder = Ladder.of(_rung(rung, merchant) for rung in price.rungs)
    except ValueError as error:
        return InvalidPrice(_REASONS.get(str(error), "BREAKS"), at)
    fault = check_ladder(
        ladder, source=found.source, scale=merchant.price_scale, line=at, currency=merchant.currency
    )
    return fault or PriceChange(found.id, sku_id, ladder)


def _noted(
    change: PriceChange, before: Mapping[tuple[PriceListId, SkuId], Ladder], *, at: datetime
) -> TrailNote:
    """What there is to note of a ladder that takes the place of another."""
    was, now = (
        {"priceList": change.list_id, "ladder": str(ladder)}
        for ladder in (before.get((change.list_id, change.sku_id), EMPTY), change.ladder)
    )
    return TrailNote(at=at, operation="setPrices", about=change.sku_id, before=was, after=now)


def _list(price: AskedPrice, lists: tuple[PriceList, ...]) -> PriceList | None:
    if price.price_list is not None:
        return (
            next((one for one in lists if one.id == price.price_list), None) if price.tier is None else None
        )
    if price.tier is not None:
        tiers = (one for one in lists if one.source is PriceSource.TIER and one.tier)
        return next((one for one in tiers if one.tier and price.tier in (one.tier.id, one.tier.code)), None)
    return next((one for one in lists if one.source is PriceSource.BASE), None)


_PRICE_OR_SHARE = "a break is a price or a percentage"
_NOT_A_PRICE = "not a price that can be charged"
_NOT_A_SHARE = "not a percentage from 0 to 1000"
_REASONS = {
    _PRICE_OR_SHARE: "PRICE_OR_PERCENTAGE",
    _NOT_A_PRICE: "NOT_A_PRICE",
    _NOT_A_SHARE: "NOT_A_PERCENTAGE",
}


def _rung(asked: AskedRung, merchant: Merchant) -> Rung:
    """:raises ValueError: with one of the texts above, or because the quantity is none."""
    if (asked.unit_price is None) == (asked.percentage is None):
        raise ValueError(_PRICE_OR_SHARE)
    quantity = Quantity.of(asked.min_quantity)
    if asked.unit_price is not None:
        try:
            return Rung(quantity, UnitPrice.of(asked.unit_price, merchant.currency))
        except ValueError:
            raise ValueError(_NOT_A_PRICE) from None
    try:
        return Rung(quantity, Percentage.of(asked.percentage or Decimal(0)))
    except ValueError:
        raise ValueError(_NOT_A_SHARE) from None
