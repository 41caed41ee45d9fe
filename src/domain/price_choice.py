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
from domain.merchant import PriceRules, PriceStrategy
from domain.money import Percentage, UnitPrice
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
    """The ladder that applies, per base unit."""
    applied_from_quantity: Quantity
    valid_until: datetime | None


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
    _asked: dict[tuple[int, int, int], Price | None] = attrs.field(
        factory=dict, init=False, repr=False, eq=False
    )
    """What was asked first, to be answered again: lists ask every SKU the same."""

    @classmethod
    def of(cls, ladders: Mapping[PriceList, Ladder], *, at: datetime, rules: PriceRules) -> Self:
        """Choose among all lists of a customer those that hold at this moment, and put them in order."""
        return cls.holding([(one, ladders[one]) for one in holding_at(ladders, at)], rules=rules)

    @classmethod
    def of_each(
        cls, ladders: Mapping[SkuId, Mapping[PriceList, Ladder]], *, at: datetime, rules: PriceRules
    ) -> dict[SkuId, Self]:
        """Do so for many SKUs; those that have the same lists are told only once which of them hold."""
        found: dict[tuple[PriceList, ...], list[PriceList]] = {}
        prices: dict[SkuId, Self] = {}
        for sku_id, of_sku in ladders.items():
            lists = tuple(of_sku)
            if lists not in found:
                found[lists] = holding_at(lists, at)
            prices[sku_id] = cls.holding([(one, of_sku[one]) for one in found[lists]], rules=rules)
        return prices

    @classmethod
    def holding(cls, ladders: Sequence[tuple[PriceList, Ladder]], *, rules: PriceRules) -> Self:
        """Take the lists that hold, the most binding first, each with its ladder."""
        base = next((ladder for one, ladder in ladders if one.source is PriceSource.BASE), EMPTY)
        candidates = []
        for one, ladder in ladders:
            if not ladder.rungs and one.tier and one.source is PriceSource.TIER and one.tier.percentage:
                ladder = Ladder(tuple(Rung(rung.min_quantity, one.tier.percentage) for rung in base.rungs))
            breaks = ladder.over(base, scale=rules.scale)
            if breaks:
                candidates.append((one, breaks))
        lowest = _lowest(candidates) if rules.strategy is PriceStrategy.LOWEST else ()
        return cls(tuple(candidates), base.over(EMPTY, scale=rules.scale), rules, lowest)

    def price(self, *, quantity: Quantity, factor: Factor = Factor(1)) -> Price | None:
        """Price one unit of `factor` base units, when `quantity` of the base unit is bought; None if nobody says."""
        asked = (quantity.thousandths, factor.numerator, factor.denominator)
        if asked in self._asked:
            return self._asked[asked]
        price = self._price(quantity, factor)
        if len(self._asked) < MOST_ASKED:
            self._asked[asked] = price
        return price

    def _price(self, quantity: Quantity, factor: Factor) -> Price | None:
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
        )

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

    def explain(self, *, quantity: Quantity, factor: Factor = Factor(1)) -> tuple[PriceStep, ...]:
        """Tell how the price came about: what every list did to it, the least binding first."""
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
        return None if base is None else self.price(quantity=base, factor=pack.factor)


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
