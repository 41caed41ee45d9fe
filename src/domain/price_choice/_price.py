"""What one unit costs, how that came about, and what is added for a broken case."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import attrs

from domain.catalog import CaseRule, Pack
from domain.money import Percentage, UnitPrice
from domain.pricing import PriceOutcome, PriceSource, PriceTier, QuantityBreak
from domain.quantity import NONE, Factor, Quantity
from domain.special_prices import ChargedSpecial, MissedSpecial, SpecialPriceName, Trial


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
    special: ChargedSpecial | None = None
    """The special price that it is."""
    missed: MissedSpecial | None = None
    """The special price that it would be, if less was ordered."""


class PriceStage(Enum):
    """The stages of pricing: the lists with their breaks and units, then special prices."""

    LIST = "LIST"
    SPECIAL = "SPECIAL"


@attrs.frozen
class PriceStep:
    """What one list, or one special price, did to a price, of one of the unit that is asked for."""

    source: PriceSource
    tier: PriceTier | None
    outcome: PriceOutcome
    min_quantity: Quantity
    """Of the base unit: where the break begins that is reached, or the lowest one where none is."""
    before: UnitPrice | None
    after: UnitPrice | None
    rule: SpecialPriceName | None = None
    """What the special price is called."""
    left: Quantity | None = None
    """How many of the base unit can be bought at it, where that is limited."""

    @property
    def stage(self) -> PriceStage:
        """At which stage it happened."""
        return PriceStage.SPECIAL if self.source is PriceSource.SPECIAL else PriceStage.LIST

    @classmethod
    def of(cls, trial: Trial) -> PriceStep:
        """Tell what came of a special price."""
        return cls(
            PriceSource.SPECIAL,
            None,
            trial.outcome,
            NONE,
            trial.before,
            trial.after,
            trial.offer.special.name,
            trial.offer.left,
        )


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
    special = price.special
    if special is not None:
        special = attrs.evolve(special, ordinary=share.of_price(special.own, scale=scale))
    return attrs.evolve(price, unit_price=dearer, special=special), more


def _smaller(one: Factor, other: Factor) -> bool:
    return one.numerator * other.denominator < other.numerator * one.denominator
