"""Special prices (特价, 限时限量): what one SKU costs for a while, for somebody, as long as there is enough at it.

The lower of the special price and the customer's own counts, whatever list the customer's own comes from; a contract
stays as it is, unless the special price says otherwise. What is left at a special price has to cover all that is
ordered at it: else none of it has that price, so that a line never has two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from domain.errors import DomainError
from domain.identity import AudienceId, SkuId, SpecialPriceId, Text
from domain.money import LARGEST_PRICE, Percentage, UnitPrice
from domain.period import Period
from domain.pricing import PriceOutcome, PriceSource, QuantityBreak
from domain.promotions import ANYTIME, EVERYBODY, MOST_AUDIENCE, Schedule
from domain.quantity import NONE, Factor, Quantity
from domain.visibility import Audience

MOST_OF_A_SKU = 10
"""So many special prices of one SKU hold, or are to come, at a time."""
_WHOLE = 10_000


class SpecialPriceName(Text):
    """What a special price is called, as buyers see it: 周三秒杀."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class SpecialPrice:
    """What one SKU costs for a while."""

    id: SpecialPriceId
    name: SpecialPriceName
    sku_id: SkuId
    unit: str | None = None
    """The code of the pack it is for; None is the base unit, and with it every pack at its factor."""
    price: UnitPrice | Percentage
    """Of one of the unit; or a share of the base price, or of the customer's own price where it stacks."""
    stacks: bool = False
    """Whether the share is one of the customer's own price."""
    contracts: bool = False
    """Whether it goes before a price of a contract, too."""
    audience: frozenset[AudienceId] = attrs.field(
        default=EVERYBODY, validator=attrs.validators.max_len(MOST_AUDIENCE)
    )
    """The companies, tiers and groups it is for; none means everybody. A region is for all below it."""
    schedule: Schedule = ANYTIME
    stock: Quantity | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(NONE))
    )
    """How many of the base unit are sold at it in all."""
    per_customer: Quantity | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(NONE))
    )
    """How many of the base unit one company buys at it."""
    version: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    def __attrs_post_init__(self) -> None:
        if isinstance(self.price, Percentage):
            if not 0 < self.price.hundredths < _WHOLE:
                raise ValueError("a share is more than nothing and less than the whole")
        elif self.stacks:
            raise ValueError("only a share stacks")
        elif self.price.ten_thousandths > LARGEST_PRICE:
            raise ValueError("the price is too large")

    @property
    def limited(self) -> bool:
        """Whether what is bought at it is counted."""
        return (self.stock, self.per_customer) != (None, None)

    def is_for(self, audience: Audience) -> bool:
        """Tell whether it is for this customer."""
        return not self.audience or not self.audience.isdisjoint(audience.ids)

    def is_of(self, unit: str | None) -> bool:
        """Tell whether it may price what is ordered in this unit."""
        return self.unit is None or self.unit == unit

    def charged(self, *, own: UnitPrice, listed: UnitPrice, factor: Factor, scale: int) -> UnitPrice:
        """What it makes of one of a unit of so many base units, which costs the customer its own price, and the base
        price in the list."""
        if isinstance(self.price, Percentage):
            return self.price.of_price(own if self.stacks else listed, scale=scale)
        return self.price if self.unit is not None else self.price.per(factor, scale=scale)

    def of_each(self, own: Iterable[QuantityBreak], factor: Factor, *, scale: int) -> Iterator[QuantityBreak]:
        """What it makes of each of these prices of one of a unit; what has no price has none by it either."""
        for one in own:
            price = self.charged(own=one.unit_price, listed=one.unit_price, factor=factor, scale=scale)
            yield QuantityBreak(one.min_quantity, price)

    def end(self, *, at: datetime) -> SpecialPrice:
        """Let it hold no longer; one that has not begun yet never does.

        :raises InvalidSpecialPrice: if it has ended already.
        """
        validity = self.schedule.validity
        if self.ended(at):
            raise InvalidSpecialPrice("ENDED")
        start = validity.start if validity.start is not None and validity.start < at else None
        return attrs.evolve(self, schedule=attrs.evolve(self.schedule, validity=Period(start, at)))

    def ended(self, at: datetime) -> bool:
        """Tell whether it never holds again."""
        end = self.schedule.validity.end
        return end is not None and end <= at


@attrs.frozen
class Taken:
    """How much was bought at a special price, in thousandths of the base unit: in all, and by one customer."""

    in_all: int = 0
    by_customer: int = 0


@attrs.frozen(kw_only=True)
class SpecialOffer:
    """A special price as it is offered to one customer at a moment."""

    special: SpecialPrice
    left: Quantity | None = None
    """How many of the base unit the customer can still buy at it; None where there is no limit."""
    until: datetime | None = None

    @classmethod
    def of(cls, special: SpecialPrice, taken: Taken, *, at: datetime, time_zone: str) -> SpecialOffer:
        """Say what is left, and until when it holds."""
        limits = ((special.stock, taken.in_all), (special.per_customer, taken.by_customer))
        left = [max(0, most.thousandths - bought) for most, bought in limits if most is not None]
        until = special.schedule.until(at, time_zone=time_zone)
        return cls(special=special, left=Quantity(min(left)) if left else None, until=until)


def offered(
    found: Iterable[tuple[SpecialPrice, Taken]], *, audience: Audience, at: datetime, time_zone: str
) -> Mapping[SkuId, tuple[SpecialOffer, ...]]:
    """Those of special prices that are for the customer and hold at this moment, by SKU, the older first."""
    offers: dict[SkuId, tuple[SpecialOffer, ...]] = {}
    for special, taken in sorted(found, key=lambda one: one[0].id):
        if special.is_for(audience) and special.schedule.holds(at, time_zone=time_zone):
            offer = SpecialOffer.of(special, taken, at=at, time_zone=time_zone)
            offers[special.sku_id] = (*offers.get(special.sku_id, ()), offer)
    return offers


@attrs.frozen
class Ordered:
    """How much is ordered of a SKU, in the base unit: in all units together, and in the one that is priced."""

    of_sku: Quantity
    of_unit: Quantity

    def needs(self, special: SpecialPrice) -> Quantity:
        """What has to be left at a special price so that it is charged."""
        return self.of_sku if special.unit is None else self.of_unit


@attrs.frozen
class Trial:
    """What came of a special price when a price was looked for."""

    offer: SpecialOffer
    outcome: PriceOutcome
    price: UnitPrice
    """What it would make of one of the unit."""
    before: UnitPrice
    after: UnitPrice


def tried(
    offers: Iterable[SpecialOffer],
    *,
    own: UnitPrice,
    listed: UnitPrice,
    source: PriceSource,
    factor: Factor,
    unit: str | None,
    ordered: Ordered,
    scale: int,
) -> tuple[Trial, ...]:
    """Try every special price of the SKU on the customer's own price, which comes from `source`: the lowest counts,
    of equal ones the older."""
    trials: list[Trial] = []
    price = own
    for offer in offers:
        special = offer.special
        if not special.is_of(unit):
            continue
        before, would_be = price, special.charged(own=own, listed=listed, factor=factor, scale=scale)
        if source is PriceSource.CONTRACT and not special.contracts:
            outcome = PriceOutcome.CONTRACT_STAYS
        elif would_be.ten_thousandths >= price.ten_thousandths:
            outcome = PriceOutcome.NOT_LOWER
        elif offer.left is not None and ordered.needs(special) > offer.left:
            outcome = PriceOutcome.NOT_ENOUGH_LEFT
        else:
            outcome, price = PriceOutcome.APPLIED, would_be
        trials.append(Trial(offer, outcome, would_be, before, price))
    return tuple(trials)


@attrs.frozen(kw_only=True)
class ChargedSpecial:
    """The special price that a price is, and what it would be without."""

    offer: SpecialOffer
    own: UnitPrice
    """What the customer's lists say."""
    ordinary: UnitPrice
    """The same, with what is added for a broken case."""
    source: PriceSource
    """Where the customer's own price comes from."""
    factor: Factor

    @property
    def name(self) -> SpecialPriceName:
        """What it is called."""
        return self.offer.special.name

    @property
    def until(self) -> datetime | None:
        """When it stops to hold."""
        return self.offer.until

    @property
    def left(self) -> Quantity | None:
        """How many of the base unit can be bought at it."""
        return self.offer.left


@attrs.frozen(kw_only=True)
class MissedSpecial:
    """A special price that less of the SKU would have: what is left at it is not enough for all that is ordered."""

    name: SpecialPriceName
    unit_price: UnitPrice
    left: Quantity
    """Of the base unit."""


def missed(trials: Iterable[Trial], price: UnitPrice) -> MissedSpecial | None:
    """The lowest of the special prices that would be lower, if less was ordered."""
    short = [
        (one.price.ten_thousandths, one.offer.special, one.price, one.offer.left)
        for one in trials
        if one.outcome is PriceOutcome.NOT_ENOUGH_LEFT and one.price.ten_thousandths < price.ten_thousandths
    ]
    for _, special, would_be, left in sorted(short, key=lambda one: one[0]):
        if left:
            return MissedSpecial(name=special.name, unit_price=would_be, left=left)
    return None


@attrs.frozen(kw_only=True)
class OrderSpecial:
    """What one line of an order keeps of its special price, as it was then; it never changes afterwards."""

    line: int
    special: SpecialPrice
    own: UnitPrice
    source: PriceSource
    factor: Factor
    scale: int
    surcharge: UnitPrice | None = None
    """What came to it for breaking a case."""
    quantity: Quantity
    """Of the base unit."""


@attrs.frozen
class SpecialPriceNotFound(DomainError):
    """There is no such special price."""

    reference: str


@attrs.frozen
class InvalidSpecialPrice(DomainError):
    """A special price that cannot be: what is wrong, and in which of its parts."""

    reason: str
    field: str = ""
