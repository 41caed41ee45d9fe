"""Where a fold stands between two promotions, and what comes of looking at one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import attrs

from domain.errors import DomainError
from domain.identity import PromotionId, SkuId
from domain.money import half_up, split
from domain.promotions._effects import WHOLE, Threshold
from domain.promotions._promotion import Promotion, Stacking
from domain.promotions._till import GiftLine, PromotionInput, RejectionReason
from domain.quantity import LARGEST

_FINE = LARGEST**2 * 10
NOTHING: Mapping[int, int] = MappingProxyType({})


@attrs.frozen
class Lost:
    """A promotion that does nothing here, and what is missing."""

    reason: RejectionReason
    gap: Threshold | None = None


@attrs.frozen(kw_only=True)
class Won:
    """What a promotion would do."""

    takes: Mapping[int, int] = NOTHING
    """In minor units, by line."""
    spread: int = 0
    """What it takes off all of the lines together, in minor units, to be spread over them once it is applied."""
    used: Collection[int] = ()
    """The lines it is about."""
    pieces: Mapping[int, int] = NOTHING
    """What of each line takes part, in thousandths: it takes part in nothing else of this kind."""
    gifts: tuple[GiftLine, ...] = ()
    worth: int = 0
    """Of what it gives, owed or not."""
    gap: Threshold | None = None
    """How much more makes it do more."""
    problems: tuple[DomainError, ...] = ()

    @property
    def value(self) -> int:
        """What it is worth to the customer, in minor units."""
        return sum(self.takes.values()) + self.spread + self.worth


@attrs.define
class State:
    """The lines as the promotions before have left them."""

    given: PromotionInput
    net: list[int]
    free: list[int]
    """What of each line takes part in no line promotion yet, in thousandths."""
    thousandths: Sequence[int]
    """How many of the base unit each line is."""
    before_groups: list[int] = attrs.field(factory=list)
    """What the lines cost after line promotions: thresholds of groups and gifts are compared with that."""
    used: set[int] = attrs.field(factory=set)
    closed: set[int] = attrs.field(factory=set)
    gifts: dict[SkuId, int] = attrs.field(factory=dict)
    _dearest: list[int] = attrs.field(factory=list)

    @classmethod
    def of(cls, given: PromotionInput) -> State:
        """Before any promotion."""
        thousandths = [line.base_quantity.thousandths for line in given.lines]
        return cls(
            given=given,
            net=[line.total.minor for line in given.lines],
            free=thousandths,
            thousandths=tuple(thousandths),
            gifts={id: max(0, one.available.thousandths) for id, one in given.gifts.items()},
        )

    def open_to(self, promotion: Promotion, lines: Sequence[int]) -> Sequence[int]:
        """Those lines that the promotion may use beside the promotions before it."""
        shut = self.closed | self.used if promotion.stacking is Stacking.ALONE else self.closed
        return [at for at in lines if at not in shut] if shut else lines

    def apply(self, promotion: Promotion, won: Won) -> Sequence[int]:
        """Take off what it takes off, and remember what it used; say what was taken off each line."""
        taken = self.spread(won.spread, won.used) if won.spread else self.by_line(won.takes)
        if won.spread or won.takes:
            self.net = [net - minor for net, minor in zip(self.net, taken, strict=True)]
        for at, pieces in won.pieces.items():
            self.free[at] -= pieces
        for gift in won.gifts:
            self.gifts[gift.sku_id] -= gift.quantity.thousandths
        self.used.update(won.used)
        if promotion.stacking is Stacking.ALONE:
            self.closed.update(won.used)
        return taken

    def worth(self, at: int, pieces: int, share: int = WHOLE) -> int:
        """What so many thousandths of a line cost, or a share of it, never more than what is left of the line."""
        line = self.given.lines[at]
        minor = half_up(line.total.minor * pieces * share, line.base_quantity.thousandths * WHOLE)
        return min(minor, self.net[at])

    @property
    def dearest(self) -> Sequence[int]:
        """The lines by what one of the base unit costs, the dearest first, equal ones as they stand."""
        if not self._dearest:
            # Two prices that differ do so by more than one part in so many.
            prices = [
                line.total.minor * _FINE // many
                for line, many in zip(self.given.lines, self.thousandths, strict=True)
            ]
            # Sorting is stable, backwards too.
            self._dearest = sorted(range(len(prices)), key=prices.__getitem__, reverse=True)
        return self._dearest

    def spread(self, minor: int, over: Collection[int]) -> Sequence[int]:
        """Allocate a discount to lines by what they cost now; say how much of it each line of all has."""
        if len(over) == len(self.net):
            return split(min(minor, sum(self.net)), self.net)
        lines = sorted(over)
        costs = [self.net[at] for at in lines]
        return self.by_line(dict(zip(lines, split(min(minor, sum(costs)), costs), strict=True)))

    def by_line(self, takes: Mapping[int, int]) -> Sequence[int]:
        """What is taken off each line of all."""
        taken = [0] * len(self.net)
        for at, minor in takes.items():
            taken[at] = minor
        return taken

    def cost(self, lines: Sequence[int]) -> int:
        """What these lines cost now."""
        return summed(self.net, lines)

    def chosen(self, promotion_id: PromotionId) -> SkuId | None:
        """The gift that the buyer chose."""
        return self.given.choices.get(promotion_id)


def summed(numbers: Sequence[int], lines: Sequence[int]) -> int:
    """Add up what is said of these lines, each of which is named once: usually of all there are."""
    return sum(numbers) if len(lines) == len(numbers) else sum([numbers[at] for at in lines])
