"""Flags: what staff should look at before prices hold, because it goes below a floor or above the base price."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from application import authorization as policy
from application.authorization import Actor, Permission
from application.ports.clock import Clock
from application.ports.storage import Storage, UnitOfWork
from domain.floors import PriceFlag, above_base, below_floor
from domain.identity import PriceListId, SkuId
from domain.ladders import AnyLadder, ladder_for
from domain.money import Percentage, UnitPrice
from domain.pricing import (
    EMPTY,
    Ladder,
    PriceChange,
    PriceKey,
    PriceList,
    PriceSource,
    QuantityBreak,
    Rung,
)
from domain.quantity import Factor
from domain.special_prices import SpecialPrice

_AT_ONCE = 1_000
_ONE = Factor(1)
NO_FLAGS: tuple[PriceFlag, ...] = ()


def price_flags(
    storage: Storage, actor: Actor, changes: Sequence[PriceChange], *, at: datetime
) -> list[tuple[PriceFlag, ...]]:
    """Say of each change what it brings about once all of them hold, beside what holds at this moment.

    BELOW_FLOOR: a price is lower than the floor of its SKU, or, of a base price, what a tier pays of it is; whoever may
    not see floors is not told. ABOVE_BASE: at some quantity somebody of a tier pays more than the base price.
    """
    if not changes:
        return []
    lists = {one.id: one for one in storage.prices.standard()}
    lists |= {one.id: one for one in storage.prices.lists({one.list_id for one in changes} - lists.keys())}
    found: dict[PriceKey, tuple[PriceFlag, ...]] = {}
    sku_ids = sorted({one.sku_id for one in changes})
    for start in range(0, len(sku_ids), _AT_ONCE):
        some = set(sku_ids[start : start + _AT_ONCE])
        of_these = [one for one in changes if one.sku_id in some]
        said = storage.prices.ladders(list_ids=lists.keys(), sku_ids=some)
        floors = storage.floors.of_skus(some) if actor.has(Permission.VIEW_FLOORS) else {}
        shelf = _Shelf(
            lists=lists,
            said=said,
            changed={one.key: one.ladder for one in of_these},
            factors=_factors(storage, of_these),
            scale=actor.merchant.price_scale,
            at=at,
        )
        for one in of_these:
            found[one.key] = tuple(_flags(one, shelf, floors.get(one.sku_id)))
    return [found[one.key] for one in changes]


@attrs.frozen(kw_only=True)
class FlagSpecialPrice:
    """Say what staff should look at of a special price, before it holds or while it does."""

    unit_of_work: UnitOfWork
    clock: Clock

    def __call__(self, *, actor: Actor, special: SpecialPrice) -> tuple[PriceFlag, ...]:
        """BELOW_FLOOR: it makes a price that is lower than the floor; whoever may not see floors is not told.

        A share is one of the base price at every quantity; where it stacks, one of what each tier pays as well.

        :raises Forbidden: if the actor may not manage prices.
        """
        policy.may(actor, Permission.MANAGE_PRICES)
        if not actor.has(Permission.VIEW_FLOORS):
            return NO_FLAGS
        sku_id, unit, start = special.sku_id, special.unit, special.schedule.validity.start
        now = self.clock.now()
        with self.unit_of_work.reading(actor) as storage:
            floor = storage.floors.of_skus({sku_id}).get(sku_id)
            if floor is None:
                return NO_FLAGS
            lists = {one.id: one for one in storage.prices.standard()}
            shelf = _Shelf(
                lists=lists,
                said=storage.prices.ladders(list_ids=lists.keys(), sku_ids={sku_id}),
                changed={},
                factors=_factors_of(storage, {sku_id}) if unit is not None else {},
                scale=actor.merchant.price_scale,
                at=now if start is None else max(now, start),
            )
        if unit is not None and (sku_id, unit) not in shelf.factors:
            # Nothing is sold in this unit any more.
            return NO_FLAGS
        factor = shelf.factor(sku_id, unit)
        of_base = isinstance(special.price, Percentage) and not special.stacks
        tiers = [] if of_base else shelf.tiers
        owns = [shelf.of_base(sku_id, unit), *(shelf.of_tier(tier, sku_id, unit) for tier in tiers)]
        below = (below_floor(special.of_each(own, factor, scale=shelf.scale), floor, factor) for own in owns)
        return (PriceFlag.BELOW_FLOOR,) if any(below) else NO_FLAGS


def _factors(storage: Storage, changes: Sequence[PriceChange]) -> Mapping[tuple[SkuId, str], Factor]:
    """How much of the base unit is in each unit that has prices of its own."""
    ids = {one.sku_id for one in changes if one.unit is not None}
    return _factors_of(storage, ids) if ids else {}


def _factors_of(storage: Storage, ids: Collection[SkuId]) -> Mapping[tuple[SkuId, str], Factor]:
    listings = storage.products.listings(ids=ids)
    return {(one.sku.id, pack.unit.code): pack.factor for one in listings for pack in one.sku.packs}


@attrs.frozen(kw_only=True)
class _Shelf:
    """What all lists say of some SKUs, once the changes hold."""

    lists: Mapping[PriceListId, PriceList]
    said: Mapping[tuple[PriceListId, SkuId], AnyLadder]
    changed: Mapping[PriceKey, Ladder]
    factors: Mapping[tuple[SkuId, str], Factor]
    scale: int
    at: datetime

    @property
    def base(self) -> PriceListId | None:
        """The list of the base price."""
        return next((id for id, one in self.lists.items() if one.source is PriceSource.BASE), None)

    @property
    def tiers(self) -> list[PriceList]:
        """The lists of the tiers' own prices."""
        return [one for one in self.lists.values() if one.source is PriceSource.TIER]

    def factor(self, sku_id: SkuId, unit: str | None) -> Factor:
        return _ONE if unit is None else self.factors[sku_id, unit]

    def ladder(self, list_id: PriceListId | None, sku_id: SkuId, unit: str | None) -> Ladder:
        """What a list says."""
        if list_id is None:
            return EMPTY
        changed = self.changed.get((list_id, sku_id, unit))
        if changed is not None:
            return changed
        return ladder_for(self.said.get((list_id, sku_id), EMPTY), unit, self.at)

    def of_base(self, sku_id: SkuId, unit: str | None) -> tuple[QuantityBreak, ...]:
        """The base price of a unit: its own, or that of the base unit times the factor."""
        own = self.ladder(self.base, sku_id, unit)
        if unit is None or own.rungs:
            return own.over(own, scale=self.scale)
        return self._per(self.of_base(sku_id, None), sku_id, unit)

    def _per(self, breaks: Sequence[QuantityBreak], sku_id: SkuId, unit: str) -> tuple[QuantityBreak, ...]:
        """The prices of a unit that has none of its own."""
        factor = self.factor(sku_id, unit)
        return tuple(
            QuantityBreak(one.min_quantity, one.unit_price.per(factor, scale=self.scale)) for one in breaks
        )

    def tier_ladder(self, tier: PriceList, sku_id: SkuId, unit: str | None) -> Ladder:
        """What the list of a tier says, or its share of the base price where that says nothing."""
        base, own = self.of_base(sku_id, unit), self.ladder(tier.id, sku_id, unit)
        if own.rungs or not base or tier.tier is None or tier.tier.percentage is None:
            return own
        return Ladder((Rung(base[0].min_quantity, tier.tier.percentage),))

    def of_tier(self, tier: PriceList, sku_id: SkuId, unit: str | None) -> tuple[QuantityBreak, ...]:
        """What a tier pays."""
        own_of_unit = self.ladder(tier.id, sku_id, unit).rungs
        if unit is not None and not own_of_unit and self.ladder(tier.id, sku_id, None).rungs:
            return self._per(self.of_tier(tier, sku_id, None), sku_id, unit)
        base = self.of_base(sku_id, unit)
        return self.tier_ladder(tier, sku_id, unit).above(base, scale=self.scale)

    def follows_base(self, tier: PriceList, sku_id: SkuId, unit: str | None) -> bool:
        """Tell whether what a tier pays is, somewhere, a share of the base price."""
        rungs = self.tier_ladder(tier, sku_id, unit).rungs
        return any(isinstance(rung.price, Percentage) for rung in rungs)


def _flags(change: PriceChange, shelf: _Shelf, floor: UnitPrice | None) -> Iterator[PriceFlag]:
    sku_id, unit = change.sku_id, change.unit
    if unit is not None and (sku_id, unit) not in shelf.factors:
        # Nothing is sold in this unit any more.
        return
    one, base = shelf.lists[change.list_id], shelf.of_base(sku_id, unit)
    own = base if one.id == shelf.base else change.ladder.above(base, scale=shelf.scale)
    tiers = shelf.tiers if one.id == shelf.base else []
    if floor is not None:
        shares = [tier for tier in tiers if shelf.follows_base(tier, sku_id, unit)]
        factor = shelf.factor(sku_id, unit)
        if any(
            below_floor(breaks, floor, factor)
            for breaks in (own, *(shelf.of_tier(tier, sku_id, unit) for tier in shares))
        ):
            yield PriceFlag.BELOW_FLOOR
    compared = [shelf.of_tier(tier, sku_id, unit) for tier in tiers]
    if one.tier is not None:
        compared.append(own)
    if any(above_base(breaks, base) for breaks in compared):
        yield PriceFlag.ABOVE_BASE
