"""Prices: set ladders of the base price, of tiers and of price lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from domain.catalog import Sku, UnknownSku, UnknownUnit
from domain.errors import DomainError, Refused
from domain.identity import PriceListId, SkuCode, SkuId, is_id
from domain.ladders import HIGHEST_PRIORITY, MOST_DATED, AnyLadder, Ladders, dated
from domain.merchant import Merchant
from domain.money import Percentage, UnitPrice
from domain.period import ALWAYS, Period
from domain.pricing import (
    EMPTY,
    InvalidPrice,
    Ladder,
    PriceChange,
    PriceKey,
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
    unit: str | None = None
    """The unit that each price is for, by code or name; the base unit where none is given."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """Without either it holds from now on, in place of whatever holds without an end."""
    priority: int = 0
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
            by_id = {one.sku.id: one.sku for one in listings}
            by_code = {one.sku.code: one.sku for one in listings}
            lists, now = _named(storage, prices), self.clock.now()
            refusals: list[DomainError] = []
            changes: dict[tuple[PriceKey, bool, datetime | None], PriceChange] = {}
            for at, price in enumerate(prices):
                sku = by_id.get(price.sku_id) if price.sku_id else None
                if price.sku_code and not price.sku_id:
                    sku = by_code.get(price.sku_code)
                change = _change(price, at, sku, lists, actor.merchant, now=now)
                if isinstance(change, DomainError):
                    refusals.append(change)
                    continue
                key = (change.key, change.validity == ALWAYS, change.validity.start)
                if key in changes:
                    refusals.append(InvalidPrice("TWICE", at))
                else:
                    changes[key] = change
            refusals += _too_many(storage, changes.values()) if not refusals else ()
            if refusals:
                raise Refused(tuple(refusals))
            set_prices(storage, tuple(changes.values()), operation="setPrices", at=now)
        return tuple(dict.fromkeys(change.sku_id for change in changes.values()))


def set_prices(storage: Storage, changes: Sequence[PriceChange], *, operation: str, at: datetime) -> None:
    """Set ladders list by list, record the fact of each, and note what every one of them was and is."""
    for list_id in sorted({change.list_id for change in changes}):
        of_list = [change for change in changes if change.list_id == list_id]
        sku_ids = tuple(dict.fromkeys(change.sku_id for change in of_list))
        before = storage.prices.set(of_list, event=PricesSet(at=at, list_id=list_id, sku_ids=sku_ids))
        storage.trail.note(*(_noted(change, before, operation=operation, at=at) for change in of_list))


def _named(storage: Storage, prices: Sequence[AskedPrice]) -> tuple[PriceList, ...]:
    """The lists that are named, and those of the base price and the tiers."""
    ids = {
        PriceListId(price.price_list) for price in prices if price.price_list and _is_list(price.price_list)
    }
    standard = storage.prices.standard()
    known = {one.id for one in standard}
    return (*standard, *(one for one in (storage.prices.lists(ids) if ids else ()) if one.id not in known))


def _is_list(text: str) -> bool:
    return is_id(text) and text.startswith(f"{PriceListId.tag}_")


def _too_many(storage: Storage, changes: Collection[PriceChange]) -> Iterator[InvalidPrice]:
    """Every dated ladder for which its list has too many of the SKU already."""
    there = [change for change in changes if change.validity != ALWAYS]
    if not there:
        return
    said = storage.prices.ladders(
        list_ids={change.list_id for change in there}, sku_ids={change.sku_id for change in there}
    )
    for at, change in enumerate(changes):
        one = said.get((change.list_id, change.sku_id))
        if change.validity != ALWAYS and isinstance(one, Ladders) and len(one.of) >= MOST_DATED:
            yield InvalidPrice("TOO_MANY", at)


def _change(
    price: AskedPrice,
    at: int,
    sku: Sku | None,
    lists: tuple[PriceList, ...],
    merchant: Merchant,
    *,
    now: datetime,
) -> PriceChange | DomainError:
    if sku is None:
        return UnknownSku(price.sku_id or price.sku_code or price.reference, at)
    found = _list(price, lists)
    if found is None:
        return UnknownPriceList(price.price_list or price.tier or "", at)
    pack = sku.sold_in(price.unit)
    if pack is None:
        return UnknownUnit(sku.id, price.unit or "", sku.units, at)
    if abs(price.priority) > HIGHEST_PRIORITY:
        return InvalidPrice("PRIORITY", at)
    try:
        validity = Period(price.valid_from, price.valid_until)
    except ValueError:
        return InvalidPrice("VALIDITY", at)
    if validity.end is not None and validity.end <= now:
        return InvalidPrice("VALIDITY", at)
    try:
        ladder = Ladder.of(_rung(rung, merchant) for rung in price.rungs)
    except ValueError as error:
        return InvalidPrice(_REASONS.get(str(error), "BREAKS"), at)
    fault = check_ladder(
        ladder, source=found.source, scale=merchant.price_scale, line=at, currency=merchant.currency
    )
    unit = None if pack.unit.code == sku.unit.code else pack.unit.code
    return fault or PriceChange(found.id, sku.id, ladder, unit, validity, price.priority)


def _noted(
    change: PriceChange, before: Mapping[PriceChange, AnyLadder], *, operation: str, at: datetime
) -> TrailNote:
    """What there is to note of a ladder that takes the place of others."""
    now: AnyLadder = Ladders.put([dated(change)]) if change.ladder.rungs else EMPTY
    was, after = (
        {"priceList": change.list_id, "ladder": str(ladder)} for ladder in (before.get(change, EMPTY), now)
    )
    return TrailNote(at=at, operation=operation, about=change.sku_id, before=was, after=after)


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
