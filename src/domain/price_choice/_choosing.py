"""Choosing a price: of the ladders that are open to a customer, and then of special prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Self

import attrs

from domain.catalog import Pack
from domain.identity import SkuId
from domain.ladders import AnyLadder, Standing, standing_at
from domain.merchant import PriceRules, PriceStrategy
from domain.money import Percentage, UnitPrice
from domain.period import Period
from domain.price_choice._price import Price, PriceStep
from domain.pricing import (
    EMPTY,
    Ladder,
    PriceList,
    PriceOutcome,
    PriceSource,
    QuantityBreak,
    Rung,
    reached,
)
from domain.quantity import Factor, Quantity
from domain.special_prices import (
    ChargedSpecial,
    Ordered,
    SpecialOffer,
    Trial,
    missed,
    tried,
)

MOST_ASKED = 8
"""Answers that are remembered of one SKU: usually that for one base unit is asked, and for what orders usually take."""
_MOST_MADE = 8
"""Prices of one SKU that are remembered: one for every break and unit, and few SKUs have more."""
MOST_SKUS = 4_096
"""SKUs whose prices are remembered, of each for every set of ladders that somebody may get."""


@attrs.frozen
class SkuPrices:
    """The ladders of one SKU that one customer may get, most binding first."""

    candidates: tuple[tuple[PriceList, tuple[QuantityBreak, ...]], ...]
    base: tuple[QuantityBreak, ...]
    rules: PriceRules = PriceRules()
    lowest: tuple[QuantityBreak, ...] = ()
    """The lowest price at every quantity, where that is what counts."""
    of_units: tuple[tuple[PriceList, Ladder, Mapping[str, Ladder]], ...] = ()
    """Every list with its ladders, where one of them has prices for a unit of their own."""
    specials: tuple[SpecialOffer, ...] = ()
    """The special prices of the SKU that are offered to the customer now, the older first."""
    _asked: dict[tuple[int, int, int, str | None, Ordered | None], Price | None] = attrs.field(
        factory=dict, init=False, repr=False, eq=False
    )
    """What was asked first, to be answered again: lists ask every SKU the same."""
    _made: dict[tuple[int, int, int, int, int, str | None], Price] = attrs.field(
        factory=dict, init=False, repr=False, eq=False
    )
    """Prices by the list, its break and the base list's that made them, and by the unit: orders ask every quantity."""
    _inside: dict[tuple[str, Factor], SkuPrices] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """The same prices for one of the units that have prices of their own."""

    @classmethod
    def of(cls, ladders: Mapping[PriceList, AnyLadder], *, at: datetime, rules: PriceRules) -> Self:
        """Choose among all lists of a customer what holds at this moment, and put it in order."""
        return cls.holding(
            [(one, standing_at(ladders[one], at)) for one in holding_at(ladders, at)], rules=rules
        )

    @classmethod
    def of_each(
        cls, ladders: Mapping[SkuId, Mapping[PriceList, AnyLadder]], *, at: datetime, rules: PriceRules
    ) -> dict[SkuId, SkuPrices]:
        """Do so for many SKUs; those that have the same lists are told only once which of them hold."""
        found: dict[tuple[PriceList, ...], tuple[PriceList, ...]] = {}
        prices: dict[SkuId, SkuPrices] = {}
        for sku_id, of_sku in ladders.items():
            lists = tuple(of_sku)
            held = found.get(lists)
            if held is None:
                held = found[lists] = tuple(holding_at(lists, at))
            said = tuple([standing_at(of_sku[one], at) for one in held])
            prices[sku_id] = _holding(held, said, rules)
        return prices

    @classmethod
    def holding(cls, ladders: Sequence[tuple[PriceList, Ladder | Standing]], *, rules: PriceRules) -> Self:
        """Take the lists that hold, the most binding first, each with what it says."""
        base, of_base = EMPTY, _NOTHING
        for one, said in ladders:
            if one.source is PriceSource.BASE:
                base, of_base = (said.ladder, said) if isinstance(said, Standing) else (said, of_base)
        candidates: list[tuple[PriceList, tuple[QuantityBreak, ...]]] = []
        of_units: list[tuple[PriceList, Ladder, Mapping[str, Ladder]]] = []
        mixed = False
        for one, said in ladders:
            standing = said if isinstance(said, Standing) else _NOTHING
            ladder = standing.ladder if isinstance(said, Standing) else said
            if not ladder.rungs and one.source is PriceSource.TIER and one.tier and one.tier.percentage:
                ladder = _share(one.tier.percentage, base, of_base.units)
            ends = (standing.until, of_base.until if _shared(ladder) else None)
            one = one if ends == _ENDLESS else _until(one, ends)
            breaks = ladder.over(base, scale=rules.scale)
            if breaks:
                candidates.append((one, breaks))
            of_units.append((one, ladder, standing.units))
            mixed = mixed or bool(standing.units)
        lowest = _lowest(candidates) if rules.strategy is PriceStrategy.LOWEST else ()
        of_base_unit = base.over(EMPTY, scale=rules.scale)
        return cls(tuple(candidates), of_base_unit, rules, lowest, tuple(of_units) if mixed else ())

    def price(
        self,
        *,
        quantity: Quantity,
        factor: Factor = Factor(1),
        unit: str | None = None,
        ordered: Ordered | None = None,
    ) -> Price | None:
        """Price one unit of `factor` base units, when `quantity` of the base unit is bought; None if nobody says.

        Where the unit is named by its code, a price that a list has for it counts in that list. `ordered` is what has
        to be left at a special price, where that is another quantity than the one whose break counts.
        """
        asked = (quantity.thousandths, factor.numerator, factor.denominator, unit, ordered)
        if asked in self._asked:
            return self._asked[asked]
        inside = self._in(unit, factor)
        price = self._price(quantity, factor) if inside is None else inside._price(quantity, Factor(1), unit)
        if price is not None and self.specials:
            at = Ordered(quantity, quantity) if ordered is None else ordered
            price = self._specially(price, inside or self, factor, unit, at)
        if len(self._asked) < MOST_ASKED:
            self._asked[asked] = price
        return price

    def _specially(
        self, price: Price, lists: SkuPrices, factor: Factor, unit: str | None, ordered: Ordered
    ) -> Price:
        """The price after special prices were tried on it."""
        trials = self._tried(price, factor, unit, ordered)
        applied = [one for one in trials if one.outcome is PriceOutcome.APPLIED]
        charged = applied[-1].price if applied else price.unit_price
        price = attrs.evolve(price, missed=missed(trials, charged))
        if not applied:
            return price
        offer = applied[-1].offer
        ends = [end for end in (price.valid_until, offer.until) if end is not None]
        breaks, of_unit = self._special_breaks(price, lists, factor, unit)
        start = reached(breaks, price.applied_from_quantity)
        return attrs.evolve(
            price,
            unit_price=charged,
            source=PriceSource.SPECIAL,
            tier=None,
            breaks=breaks,
            applied_from_quantity=start.min_quantity if start else price.applied_from_quantity,
            valid_until=min(ends) if ends else None,
            unit=of_unit,
            special=ChargedSpecial(
                offer=offer,
                own=price.unit_price,
                ordinary=price.unit_price,
                source=price.source,
                factor=factor,
            ),
        )

    def _tried(self, price: Price, factor: Factor, unit: str | None, ordered: Ordered) -> tuple[Trial, ...]:
        return tried(
            self.specials,
            own=price.unit_price,
            listed=price.list_price,
            source=price.source,
            factor=factor,
            unit=unit,
            ordered=ordered,
            scale=self.rules.scale,
        )

    def _special_breaks(
        self, price: Price, lists: SkuPrices, factor: Factor, unit: str | None
    ) -> tuple[tuple[QuantityBreak, ...], str | None]:
        """The ladder of the price with special prices tried on every rung, and the unit that it is per one of."""
        scale = self.rules.scale
        bound = price.unit is None and any(
            unit is not None and one.special.unit == unit for one in self.specials
        )
        per = unit if bound or price.unit is not None else None
        times = factor if bound else Factor(1)
        found: list[QuantityBreak] = []
        for one in price.breaks:
            at, said = one.min_quantity, lists._chosen(one.min_quantity) if lists.lowest else None
            said_by = lists.candidates[said[0]][0].source if said else price.source
            own = one.unit_price.per(times, scale=scale)
            listed = reached(lists.base, at) or (lists.base[0] if lists.base else one)
            trials = tried(
                self.specials,
                own=own,
                listed=listed.unit_price.per(times, scale=scale),
                source=said_by,
                factor=factor if per else Factor(1),
                unit=per,
                ordered=Ordered(at, at),
                scale=scale,
            )
            after = trials[-1].after if trials else own
            if not found or found[-1].unit_price != after:
                found.append(QuantityBreak(at, after))
        return tuple(found), per

    def _price(self, quantity: Quantity, factor: Factor, unit: str | None = None) -> Price | None:
        chosen = self._chosen(quantity)
        if chosen is None:
            return None
        at, applied, breaks = chosen
        listed = reached(self.base, quantity) or (self.base[0] if self.base else applied)
        key = (
            at,
            applied.min_quantity.thousandths,
            listed.min_quantity.thousandths,
            factor.numerator,
            factor.denominator,
            unit,
        )
        price = self._made.get(key)
        if price is None:
            price = self._make(self.candidates[at][0], applied, listed, breaks, factor, unit)
            if len(self._made) < _MOST_MADE:
                self._made[key] = price
        return price

    def _make(
        self,
        source: PriceList,
        applied: QuantityBreak,
        listed: QuantityBreak,
        breaks: tuple[QuantityBreak, ...],
        factor: Factor,
        unit: str | None,
    ) -> Price:
        return Price(
            unit_price=applied.unit_price.per(factor, scale=self.rules.scale),
            list_price=listed.unit_price.per(factor, scale=self.rules.scale),
            source=source.source,
            tier=source.tier,
            breaks=breaks,
            applied_from_quantity=applied.min_quantity,
            valid_until=source.validity.end,
            unit=unit,
        )

    def _in(self, unit: str | None, factor: Factor) -> SkuPrices | None:
        """The same prices for one of a unit, where a list has prices of its own for it."""
        if not self.of_units or unit is None or not any(unit in units for _, _, units in self.of_units):
            return None
        if (unit, factor) not in self._inside:
            self._inside[unit, factor] = self._for_one_of(unit, factor)
        return self._inside[unit, factor]

    def _for_one_of(self, unit: str, factor: Factor) -> SkuPrices:
        scale = self.rules.scale
        own = next(
            (units.get(unit) for one, _, units in self.of_units if one.source is PriceSource.BASE), None
        )
        base = _per(self.base, factor, scale) if own is None else own.over(EMPTY, scale=scale)
        candidates = []
        for one, ladder, units in self.of_units:
            if unit in units:
                breaks = units[unit].above(base, scale=scale)
            elif own is not None and _shared(ladder):
                breaks = ladder.above(base, scale=scale, factor=factor)
            else:
                breaks = _per(ladder.above(self.base, scale=scale), factor, scale)
            if breaks:
                candidates.append((one, breaks))
        lowest = _lowest(candidates) if self.rules.strategy is PriceStrategy.LOWEST else ()
        return SkuPrices(tuple(candidates), base, self.rules, lowest)

    def _chosen(self, quantity: Quantity) -> tuple[int, QuantityBreak, tuple[QuantityBreak, ...]] | None:
        """Where the list stands that says the price, the break that is reached, and the ladder it is a part of."""
        if self.lowest:
            least = reached(self.lowest, quantity)
            for at, (_, breaks) in enumerate(self.candidates) if least else ():
                found = reached(breaks, quantity)
                if found is not None and least is not None and found.unit_price == least.unit_price:
                    return at, least, self.lowest
            return None
        for at, (_, breaks) in enumerate(self.candidates):
            found = reached(breaks, quantity)
            if found is not None:
                return at, found, breaks
        return None

    def explain(
        self,
        *,
        quantity: Quantity,
        factor: Factor = Factor(1),
        unit: str | None = None,
        ordered: Ordered | None = None,
    ) -> tuple[PriceStep, ...]:
        """Tell how the price came about: what every list did to it, the least binding first, then special prices."""
        inside = self._in(unit, factor)
        lists, times = (self, factor) if inside is None else (inside, Factor(1))
        steps, price = lists._explained(quantity, times), lists._price(quantity, times)
        if price is None or not self.specials:
            return steps
        trials = self._tried(price, factor, unit, ordered or Ordered(quantity, quantity))
        return (*steps, *(PriceStep.of(one) for one in trials))

    def _explained(self, quantity: Quantity, factor: Factor) -> tuple[PriceStep, ...]:
        steps: list[PriceStep] = []
        price: UnitPrice | None = None
        for one, breaks in reversed(self.candidates):
            before, found = price, reached(breaks, quantity)
            if found is None:
                outcome = PriceOutcome.BELOW_LOWEST_BREAK
            elif before is None or not self.lowest or _amount(found.unit_price) <= _amount(before):
                outcome, price = PriceOutcome.APPLIED, found.unit_price
            else:
                outcome = PriceOutcome.NOT_LOWER
            start = breaks[0].min_quantity if found is None else found.min_quantity
            was, is_now = (at and at.per(factor, scale=self.rules.scale) for at in (before, price))
            steps.append(PriceStep(one.source, one.tier, outcome, start, was, is_now))
        return tuple(steps)

    def with_specials(self, offers: tuple[SpecialOffer, ...]) -> SkuPrices:
        """The same, with special prices that are offered to the customer."""
        return attrs.evolve(self, specials=offers) if offers else self

    def price_in(self, pack: Pack, *, quantity: Quantity) -> Price | None:
        """Price one of the unit asked for, at `quantity` of that unit; None if nobody says or it is not exact."""
        base = pack.factor.times(quantity)
        return None if base is None else self.price(quantity=base, factor=pack.factor, unit=pack.unit.code)


@lru_cache(maxsize=MOST_SKUS)
def _holding(
    lists: tuple[PriceList, ...], said: tuple[Ladder | Standing, ...], rules: PriceRules
) -> SkuPrices:
    """Many customers may get the same ladders of a SKU, and ask again and again."""
    return SkuPrices.holding([*zip(lists, said, strict=True)], rules=rules)


def holding_at(lists: Iterable[PriceList], at: datetime) -> list[PriceList]:
    """The lists that hold at this moment, in the order in which they are asked."""
    return sorted((one for one in lists if at in one.validity), key=lambda one: one.rank)


NO_PRICES = SkuPrices((), ())
_NOTHING = Standing()
_ENDLESS = (None, None)


def _until(one: PriceList, ends: Iterable[datetime | None]) -> PriceList:
    """The list, no longer than what it says."""
    end = min(end for end in (one.validity.end, *ends) if end is not None)
    return attrs.evolve(one, validity=Period(one.validity.start, end))


def _shared(ladder: Ladder) -> bool:
    """Tell whether any of it is a share of the base price."""
    return any(isinstance(rung.price, Percentage) for rung in ladder.rungs)


def _share(percentage: Percentage, base: Ladder, units: Mapping[str, Ladder]) -> Ladder:
    """A share of everything the base list says."""
    starts = {rung.min_quantity for ladder in (base, *units.values()) for rung in ladder.rungs}
    return Ladder((Rung(min(starts), percentage),)) if starts else EMPTY


def _per(breaks: Iterable[QuantityBreak], factor: Factor, scale: int) -> tuple[QuantityBreak, ...]:
    """The same breaks for one of a unit."""
    return tuple(QuantityBreak(one.min_quantity, one.unit_price.per(factor, scale=scale)) for one in breaks)


def _amount(price: UnitPrice) -> int:
    return price.ten_thousandths


def _lowest(candidates: Iterable[tuple[PriceList, tuple[QuantityBreak, ...]]]) -> tuple[QuantityBreak, ...]:
    """The ladder of the lowest price at every quantity."""
    ladders = [breaks for _, breaks in candidates]
    lowest: list[QuantityBreak] = []
    for start in sorted({one.min_quantity for breaks in ladders for one in breaks}):
        found = [one.unit_price for breaks in ladders if (one := reached(breaks, start)) is not None]
        price = min(found, key=_amount)
        if not lowest or lowest[-1].unit_price != price:
            lowest.append(QuantityBreak(start, price))
    return tuple(lowest)
