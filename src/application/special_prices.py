"""Special prices: make and change them, and end them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock, Ids
from application.ports.storage import Storage, UnitOfWork
from application.promotions import strangers
from domain.catalog import Sku
from domain.errors import DomainError, Refused
from domain.identity import AudienceId, SkuCode, SkuId, SpecialPriceId
from domain.merchant import Merchant
from domain.money import Percentage, UnitPrice
from domain.promotions import EVERYBODY, Schedule
from domain.quantity import Quantity
from domain.special_prices import (
    MOST_OF_A_SKU,
    InvalidSpecialPrice,
    SpecialPrice,
    SpecialPriceName,
    SpecialPriceNotFound,
)
from domain.trail import Facts, TrailNote


@attrs.frozen(kw_only=True)
class SpecialDraft:
    """A special price as staff write it down; the SKU is named by id or by code."""

    name: str
    sku_id: SkuId | None = None
    sku_code: SkuCode | None = None
    unit: str | None = None
    """By code or name; the base unit where none is given."""
    unit_price: Decimal | None = None
    percentage: Decimal | None = None
    """Either of these: a price in the merchant's currency, or a share in percent."""
    stacks: bool = False
    contracts: bool = False
    audience: frozenset[AudienceId] = EVERYBODY
    schedule: Schedule
    stock: Decimal | None = None
    per_customer: Decimal | None = None
    """How many of the base unit are sold at it, in all and to one company."""


@attrs.frozen(kw_only=True)
class CreateSpecialPrice:
    """Make a special price; it is offered whenever it says."""

    unit_of_work: UnitOfWork
    clock: Clock
    ids: Ids

    def __call__(self, *, actor: Actor, draft: SpecialDraft) -> SpecialPrice:
        """:raises Refused: if it can be none, names what there is not, or there are too many of the SKU.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            now = self.clock.now()
            special = _made(storage, actor.merchant, draft, self.ids.new(SpecialPriceId), version=1)
            _check_time(special, at=now)
            _check_room(storage, special, at=now)
            storage.special_prices.add(special, at=now)
            note = TrailNote(
                at=now, operation="createSpecialPrice", about=special.id, before={}, after=_facts(special)
            )
            storage.trail.note(note)
        return special


@attrs.frozen(kw_only=True)
class ChangeSpecialPrice:
    """Say all of a special price anew; orders keep what it was, and what was bought at it stays counted."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(
        self, *, actor: Actor, special_price_id: SpecialPriceId, seen: int, draft: SpecialDraft
    ) -> SpecialPrice:
        """`seen` is the version that the change was made from. The SKU stays the same.

        :raises Refused: if there is none, somebody else changed it, it can be none, names what there is not, or there
            are too many of the SKU.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, special_price_id), self.clock.now()
            if found.version != seen:
                raise Refused((InvalidSpecialPrice("CHANGED", "version"),))
            special = _made(storage, actor.merchant, draft, found.id, version=seen + 1)
            if special.sku_id != found.sku_id:
                raise Refused((InvalidSpecialPrice("SKU", "sku"),))
            _check_time(special, at=now)
            if found.ended(now):
                _check_room(storage, special, at=now)
            _save(storage, "changeSpecialPrice", found, special, at=now)
        return special


@attrs.frozen(kw_only=True)
class EndSpecialPrice:
    """End a special price now; one that was still to come never holds."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, special_price_id: SpecialPriceId) -> SpecialPrice:
        """:raises Refused: if there is none, or it has ended already.
        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        with self.unit_of_work(actor) as storage:
            found, now = _locked(storage, special_price_id), self.clock.now()
            try:
                special = attrs.evolve(found.end(at=now), version=found.version + 1)
            except InvalidSpecialPrice as refusal:
                raise Refused((refusal,)) from None
            _save(storage, "endSpecialPrice", found, special, at=now)
        return special


def _locked(storage: Storage, special_price_id: SpecialPriceId) -> SpecialPrice:
    """:raises Refused: if there is no such special price."""
    found = storage.special_prices.lock(special_price_id)
    if found is None:
        raise Refused((SpecialPriceNotFound(special_price_id),))
    return found


def _made(
    storage: Storage, merchant: Merchant, draft: SpecialDraft, id: SpecialPriceId, *, version: int
) -> SpecialPrice:
    """:raises Refused: with everything that keeps it from being one."""
    refusals: list[DomainError] = [*strangers(storage, draft.audience)]
    sku, unit = _sku(storage, draft), None
    if sku is None:
        refusals.append(InvalidSpecialPrice("UNKNOWN_SKU", "sku"))
    else:
        pack = sku.sold_in(draft.unit)
        if pack is None:
            refusals.append(InvalidSpecialPrice("UNKNOWN_UNIT", "unit"))
        elif pack.unit.code != sku.unit.code:
            unit = pack.unit.code
    try:
        name, price = _name(draft.name), _price(draft, merchant)
        stock, per_customer = _limit(draft.stock, "stock"), _limit(draft.per_customer, "perCustomer")
    except InvalidSpecialPrice as refusal:
        raise Refused((*refusals, refusal)) from None
    if refusals or sku is None:
        raise Refused(tuple(refusals))
    try:
        return SpecialPrice(
            id=id,
            name=name,
            sku_id=sku.id,
            unit=unit,
            price=price,
            stacks=draft.stacks,
            contracts=draft.contracts,
            audience=draft.audience,
            schedule=draft.schedule,
            stock=stock,
            per_customer=per_customer,
            version=version,
        )
    except ValueError:
        raise Refused((InvalidSpecialPrice("TOO_LARGE", "audienceIds"),)) from None


def _sku(storage: Storage, draft: SpecialDraft) -> Sku | None:
    ids = () if draft.sku_id is None else (draft.sku_id,)
    codes = () if draft.sku_code is None else (draft.sku_code,)
    found = storage.products.listings(ids=ids, codes=codes) if ids or codes else ()
    return found[0].sku if found else None


def _name(text: str) -> SpecialPriceName:
    """:raises InvalidSpecialPrice: if it can be no name."""
    try:
        return SpecialPriceName(text)
    except ValueError:
        raise InvalidSpecialPrice("NAME", "name") from None


def _price(draft: SpecialDraft, merchant: Merchant) -> UnitPrice | Percentage:
    """:raises InvalidSpecialPrice: if it is not one price or one share, or cannot be charged."""
    if (draft.unit_price is None) == (draft.percentage is None):
        raise InvalidSpecialPrice("PRICE_OR_PERCENTAGE", "unitPrice")
    if draft.percentage is not None:
        try:
            share = Percentage.of(draft.percentage)
        except ValueError:
            raise InvalidSpecialPrice("NOT_A_PERCENTAGE", "percentage") from None
        if not Percentage(0) < share < Percentage.of(100):
            raise InvalidSpecialPrice("NOT_A_PERCENTAGE", "percentage")
        return share
    if draft.stacks:
        raise InvalidSpecialPrice("ONLY_A_SHARE_STACKS", "stacks")
    try:
        price = UnitPrice.of(draft.unit_price or 0, merchant.currency)
    except ValueError:
        raise InvalidSpecialPrice("NOT_A_PRICE", "unitPrice") from None
    if not price.fits(merchant.price_scale):
        raise InvalidSpecialPrice("TOO_FINE", "unitPrice")
    return price


def _limit(number: Decimal | None, field: str) -> Quantity | None:
    """:raises InvalidSpecialPrice: if it is no quantity of more than nothing."""
    if number is None:
        return None
    try:
        most = Quantity.of(number)
    except ValueError:
        raise InvalidSpecialPrice("LIMIT", field) from None
    if most.thousandths <= 0:
        raise InvalidSpecialPrice("LIMIT", field)
    return most


def _check_time(special: SpecialPrice, *, at: datetime) -> None:
    """:raises Refused: if it would have ended already."""
    if special.ended(at):
        raise Refused((InvalidSpecialPrice("SCHEDULE", "validUntil"),))


def _check_room(storage: Storage, special: SpecialPrice, *, at: datetime) -> None:
    """:raises Refused: if there are as many of the SKU as may be."""
    if storage.special_prices.unended(special.sku_id, at=at) >= MOST_OF_A_SKU:
        raise Refused((InvalidSpecialPrice("TOO_MANY", "sku"),))


def _save(
    storage: Storage, operation: str, found: SpecialPrice, special: SpecialPrice, *, at: datetime
) -> None:
    storage.special_prices.save(special, at=at)
    before, after = _facts(found), _facts(special)
    note = TrailNote(
        at=at,
        operation=operation,
        about=special.id,
        before={name: fact for name, fact in before.items() if after[name] != fact},
        after={name: fact for name, fact in after.items() if before[name] != fact},
    )
    storage.trail.note(note)


def _facts(special: SpecialPrice) -> Facts:
    """All of it, in words."""
    validity, price = special.schedule.validity, special.price
    return {
        "name": special.name,
        "sku": special.sku_id,
        "unit": special.unit or "",
        "price": price.amount if isinstance(price, UnitPrice) else f"{price}%",
        "stacks": str(special.stacks),
        "contracts": str(special.contracts),
        "audience": " ".join(sorted(special.audience)),
        "from": validity.start.isoformat() if validity.start else "",
        "until": validity.end.isoformat() if validity.end else "",
        "weekdays": " ".join(map(str, sorted(special.schedule.weekdays))),
        "slots": " ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in special.schedule.slots),
        "stock": str(special.stock or ""),
        "perCustomer": str(special.per_customer or ""),
    }
