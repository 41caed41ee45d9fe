"""Which price a customer gets: one of all the lists that are open to it, chosen as the merchant has decided.

By PRIORITY the lists are asked one after the other, the most binding first, and the first that has a price for the
quantity says it: the list first, then the break. By LOWEST all are asked, and the lowest price counts. How a price came
about can be told, step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Self

import attrs

from domain.catalog import CaseRule, Pack
from domain.identity import SkuId
from domain.ladders import AnyLadder, Standing, standing_at
from domain.merchant import PriceRules, PriceStrategy
from domain.money import Percentage, UnitPrice
from domain.period import Period
from domain.pricing import EMPTY, Ladder, PriceList, PriceSource, PriceTier, QuantityBreak, Rung, reached
from domain.quantity import Factor, Quantity

MOST_ASKED = 4
"""Prices that are remembered of one SKU: usually that of one base unit is asked, and that of one pack."""


@attrs.frozen(kw_only=True)
class Price:
    """What one unit costs a customer at a quantity, and why."""

    unit_price: UnitPrice
    list_price: UnitPrice
    source: PriceSource
    tier: PriceTier | None
    breaks: tuple[QuantityBreak, ...]
    """The ladder that applies: from how many of the base unit, at which price for one of it or of `unit`."""
    applied_from_quantity: Quantity
    valid_until: datetime | None
    unit: str | None = None
    """The code of the unit, where it has prices of its own; else it is the price of the base unit times the factor."""


class PriceOutcome(Enum):
    """What came of a list when a price was looked for."""

    APPLIED = "APPLIED"
    BELOW_LOWEST_BREAK = "BELOW_LOWEST_BREAK"
    NOT_LOWER = "NOT_LOWER"


@attrs.frozen
class PriceStep:
    """What one list did to a price, of one of the unit that is asked for."""

    source: PriceSource
    tier: PriceTier | None
    outcome: PriceOutcome
    min_quantity: Quantity
    """Of the base unit: where the break begins that is reached, or the lowest one where none is."""
    before: UnitPrice | None
    after: UnitPrice | None


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
    _asked: dict[tuple[int, int, int, str | None], Price | None] = attrs.field(
        factory=dict, init=False, repr=False, eq=False
    )
    """What was asked first, to be answered again: lists ask every SKU the same."""

    @classmethod
    def of(cls, ladders: Mapping[PriceList, AnyLadder], *, at: datetime, rules: PriceRules) -> Self:
        """Choose among all lists of a customer what holds at this moment, and put it in order."""
        return cls.holding(
            [(one, standing_at(ladders[one], at)) for one in holding_at(ladders, at)], rules=rules
        )

    @classmethod
    def of_each(
        cls, ladders: Mapping[SkuId, Mapping[PriceList, AnyLadder]], *, at: datetime, rules: PriceRules
    ) -> dict[SkuId, Self]:
        """Do so for many SKUs; those that have the same lists are told only once which of them hold."""
        found: dict[tuple[PriceList, ...], list[PriceList]] = {}
        prices: dict[SkuId, Self] = {}
        for sku_id, of_sku in ladders.items():
            lists = tuple(of_sku)
            if lists not in found:
                found[lists] = holding_at(lists, at)
            said = [(one, standing_at(of_sku[one], at)) for one in found[lists]]
            prices[sku_id] = cls.holding(said, rules=rules)
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
        self, *, quantity: Quantity, factor: Factor = Factor(1), unit: str | None = None
    ) -> Price | None:
        """Price one unit of `factor` base units, when `quantity` of the base unit is bought; None if nobody says.

        Where the unit is named by its code, a price that a list has for it counts in that list.
        """
        asked = (quantity.thousandths, factor.numerator, factor.denominator, unit)
        if asked in self._asked:
            return self._asked[asked]
        inside = self._in(unit, factor)
        price = self._price(quantity, factor) if inside is None else inside._price(quantity, Factor(1), unit)
        if len(self._asked) < MOST_ASKED:
            self._asked[asked] = price
        return price

    def _price(self, quantity: Quantity, factor: Factor, unit: str | None = None) -> Price | None:
        chosen = self._chosen(quantity)
        if chosen is None:
            return None
        source, applied, breaks = chosen
        listed = reached(self.base, quantity) or (self.base[0] if self.base else applied)
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
        if unit is None or not any(unit in units for _, _, units in self.of_units):
            return None
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

    def _chosen(
        self, quantity: Quantity
    ) -> tuple[PriceList, QuantityBreak, tuple[QuantityBreak, ...]] | None:
        """The list that says the price, the break that is reached, and the ladder that this is a part of."""
        if self.lowest:
            least = reached(self.lowest, quantity)
            for one, breaks in self.candidates if least else ():
                found = reached(breaks, quantity)
                if found is not None and least is not None and found.unit_price == least.unit_price:
                    return one, least, self.lowest
            return None
        for one, breaks in self.candidates:
            found = reached(breaks, quantity)
            if found is not None:
                return one, found, breaks
        return None

    def explain(
        self, *, quantity: Quantity, factor: Factor = Factor(1), unit: str | None = None
    ) -> tuple[PriceStep, ...]:
        """Tell how the price came about: what every list did to it, the least binding first."""
        inside = self._in(unit, factor)
        if inside is not None:
            return inside.explain(quantity=quantity)
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
            shown = [at and at.per(factor, scale=self.rules.scale) for at in (before, price)]
            steps.append(PriceStep(one.source, one.tier, outcome, start, *shown))
        return tuple(steps)

    def price_in(self, pack: Pack, *, quantity: Quantity) -> Price | None:
        """Price one of the unit asked for, at `quantity` of that unit; None if nobody says or it is not exact."""
        base = pack.factor.times(quantity)
        return None if base is None else self.price(quantity=base, factor=pack.factor, unit=pack.unit.code)


def broken_case(
    price: Price, *, rule: CaseRule, case: Pack | None, pack: Pack, quantity: Quantity, scale: int
) -> tuple[Price, UnitPrice | None]:
    """Add the surcharge for breaking a case, and say what it is: where so much of the base unit is no whole cases.

    Whoever names the case as the unit breaks none, nor does whoever fills cases with bottles.
    """
    if case is None or rule.surcharge is None or not _smaller(pack.factor, case.factor):
        return price, None
    if quantity.thousandths * case.factor.denominator % (case.factor.numerator * 1000) == 0:
        return price, None
    share = Percentage(10_000 + rule.surcharge.hundredths)
    dearer = share.of_price(price.unit_price, scale=scale)
    more = UnitPrice(dearer.ten_thousandths - price.unit_price.ten_thousandths, dearer.currency)
    return attrs.evolve(price, unit_price=dearer), more


def _smaller(one: Factor, other: Factor) -> bool:
    return one.numerator * other.denominator < other.numerator * one.denominator


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
