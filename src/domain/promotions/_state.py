"""Where a fold stands between two promotions, and what comes of looking at one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    used: frozenset[int] = frozenset()
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
        return sum(self.takes.values()) + self.worth


@attrs.define
class State:
    """The lines as the promotions before have left them."""

    given: PromotionInput
    net: list[int]
    free: list[int]
    """What of each line takes part in no line promotion yet, in thousandths."""
    before_groups: list[int] = attrs.field(factory=list)
    """What the lines cost after line promotions: thresholds of groups and gifts are compared with that."""
    used: set[int] = attrs.field(factory=set)
    closed: set[int] = attrs.field(factory=set)
    gifts: dict[SkuId, int] = attrs.field(factory=dict)
    _prices: list[int] = attrs.field(factory=list)

    @classmethod
    def of(cls, given: PromotionInput) -> State:
        """Before any promotion."""
        return cls(
            given=given,
            net=[line.total.minor for line in given.lines],
            free=[line.base_quantity.thousandths for line in given.lines],
            gifts={id: max(0, one.available.thousandths) for id, one in given.gifts.items()},
        )

    def open_to(self, promotion: Promotion, lines: Iterable[int]) -> list[int]:
        """Those lines that the promotion may use beside the promotions before it."""
        shut = self.closed | self.used if promotion.stacking is Stacking.ALONE else self.closed
        return [at for at in lines if at not in shut]

    def apply(self, promotion: Promotion, won: Won) -> None:
        """Take off what it takes off, and remember what it used."""
        for at, minor in won.takes.items():
            self.net[at] -= minor
        for at, pieces in won.pieces.items():
            self.free[at] -= pieces
        for gift in won.gifts:
            self.gifts[gift.sku_id] -= gift.quantity.thousandths
        self.used |= won.used
        if promotion.stacking is Stacking.ALONE:
            self.closed |= won.used

    def worth(self, at: int, pieces: int, share: int = WHOLE) -> int:
        """What so many thousandths of a line cost, or a share of it, never more than what is left of the line."""
        line = self.given.lines[at]
        minor = half_up(line.total.minor * pieces * share, line.base_quantity.thousandths * WHOLE)
        return min(minor, self.net[at])

    @property
    def prices(self) -> list[int]:
        """What one of the base unit of each line costs, only to be compared."""
        if not self._prices:
            # Two prices that differ do so by more than one part in so many.
            self._prices = [
                line.total.minor * _FINE // line.base_quantity.thousandths for line in self.given.lines
            ]
        return self._prices

    def spread(self, minor: int, over: Iterable[int]) -> dict[int, int]:
        """Allocate a discount to lines by what they cost now."""
        lines = sorted(over)
        costs = [self.net[at] for at in lines]
        return dict(zip(lines, split(min(minor, sum(costs)), costs), strict=True))

    def chosen(self, promotion_id: PromotionId) -> SkuId | None:
        """The gift that the buyer chose."""
        return self.given.choices.get(promotion_id)
