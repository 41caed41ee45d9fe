"""A promotion: its effect, and for which goods, for whom, when, how often and beside what it holds."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

import attrs

from domain.errors import DomainError
from domain.identity import AudienceId, PromotionId, Text
from domain.money import Money
from domain.period import ALWAYS, Period
from domain.promotions._effects import Bundle, BuyGet, Effect, Gift, ThresholdDiscount
from domain.promotions._scope import EVERYTHING, Classified, Scope
from domain.visibility import Audience

LONGEST_TEXT = 500
MOST_SLOTS = 10
MOST_AUDIENCE = 500
LARGEST_PRIORITY = 10**6
LARGEST_USES = 10**9
_A_WEEK_AND_MORE = 9


class Stage(Enum):
    """When it is a promotion's turn."""

    LINE = 6
    GROUP = 7
    GIFT = 8
    COUPON = 9


class Stacking(Enum):
    """How a promotion gets along with others on the same lines.

    STACK: all are applied. ALONE: it takes only lines that none has used, and the lines that it used no other takes.
    """

    STACK = "STACK"
    ALONE = "ALONE"


class PromotionName(Text):
    """What a promotion is called, as buyers see it on the goods (促销标签): 满200减20."""

    __slots__ = ()


@attrs.frozen
class TimeSlot:
    """A part of the day where the merchant is, from `start` up to, but not including, `end`; past midnight where that
    is no later."""

    start: time
    end: time

    def __attrs_post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("a time of the day has no zone")


@attrs.frozen(kw_only=True)
class Schedule:
    """When a promotion holds."""

    validity: Period = ALWAYS
    weekdays: frozenset[int] = frozenset()
    """1 is Monday, 7 is Sunday (ISO 8601); none means every day. What begins on a day and goes past midnight is of
    that day."""
    slots: tuple[TimeSlot, ...] = attrs.field(default=(), validator=attrs.validators.max_len(MOST_SLOTS))

    def __attrs_post_init__(self) -> None:
        if not self.weekdays <= frozenset(range(1, 8)):
            raise ValueError("a weekday is from 1 to 7")

    def holds(self, at: datetime, *, time_zone: str) -> bool:
        """Tell whether it is time, where the merchant is."""
        if at not in self.validity:
            return False
        if not self.weekdays and not self.slots:
            return True
        there = at.astimezone(ZoneInfo(time_zone))
        today, yesterday = there.isoweekday(), (there - timedelta(days=1)).isoweekday()
        if not self.slots:
            return today in self.weekdays
        now = there.time()
        for slot in self.slots:
            if slot.start < slot.end:
                began = today if slot.start <= now < slot.end else None
            else:
                began = today if now >= slot.start else yesterday if now < slot.end else None
            if began is not None and (not self.weekdays or began in self.weekdays):
                return True
        return False

    def until(self, at: datetime, *, time_zone: str) -> datetime | None:
        """When it stops to hold, where it holds at this moment; None where nothing ends it."""
        end = self.validity.end
        if not self.weekdays and not self.slots:
            return end
        zone = ZoneInfo(time_zone)
        today = at.astimezone(zone).date()
        times = {time.min, *(edge for slot in self.slots for edge in (slot.start, slot.end))}
        edges = sorted(
            datetime.combine(today + timedelta(days), edge, tzinfo=zone).astimezone(UTC)
            for days in range(_A_WEEK_AND_MORE)
            for edge in times
        )
        for edge in edges:
            if edge > at and not self.holds(edge, time_zone=time_zone):
                return edge if end is None else min(edge, end)
        return end


ANYTIME = Schedule()


def _positive(_: object, field: attrs.Attribute[int | None], number: int | None) -> None:
    if number is not None and not 1 <= number <= LARGEST_USES:
        raise ValueError(f"{field.name} is from 1 to {LARGEST_USES}")


@attrs.frozen(kw_only=True)
class Budget:
    """How much a promotion may cost, and how often it may be used. An order uses it once, and whole or not at all."""

    amount: Money | None = None
    """What it may take off or give away, over all orders."""
    uses: int | None = attrs.field(default=None, validator=_positive)
    uses_per_customer: int | None = attrs.field(default=None, validator=_positive)

    def __attrs_post_init__(self) -> None:
        if self.amount is not None and self.amount.minor <= 0:
            raise ValueError("a budget is more than nothing")

    @property
    def limits(self) -> bool:
        """Whether there is a limit at all."""
        return (self.amount, self.uses, self.uses_per_customer) != (None, None, None)


UNLIMITED = Budget()
EVERYBODY: frozenset[AudienceId] = frozenset()


@attrs.frozen(kw_only=True)
class Promotion:
    """What a merchant takes off or gives away, and on which conditions."""

    id: PromotionId
    name: PromotionName
    text: str = attrs.field(default="", validator=attrs.validators.max_len(LONGEST_TEXT))
    """What buyers can read about it."""
    effect: Effect
    scope: Scope = EVERYTHING
    audience: frozenset[AudienceId] = attrs.field(
        default=EVERYBODY, validator=attrs.validators.max_len(MOST_AUDIENCE)
    )
    """The companies, tiers and groups it is for; none means everybody. A region is for all below it."""
    schedule: Schedule = ANYTIME
    budget: Budget = UNLIMITED
    priority: int = 0
    """The higher comes first."""
    exclusive_group: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(64))
        ),
    )
    """Of those of one group only the one that is best for the customer is applied."""
    stacking: Stacking = Stacking.STACK
    public: bool = True
    """Whether buyers are shown it on the goods."""
    suspended: bool = False
    version: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    def __attrs_post_init__(self) -> None:
        if not -LARGEST_PRIORITY <= self.priority <= LARGEST_PRIORITY:
            raise ValueError("the priority is too large")

    @property
    def stage(self) -> Stage:
        """When it is its turn, unless it is claimed."""
        if isinstance(self.effect, Gift):
            return Stage.GIFT
        return Stage.GROUP if isinstance(self.effect, ThresholdDiscount) else Stage.LINE

    def is_for(self, audience: Audience) -> bool:
        """Tell whether it is for this customer."""
        return not self.audience or not self.audience.isdisjoint(audience.ids)

    def concerns(self, goods: Classified) -> bool:
        """Tell whether a SKU can have a part in it: it counts towards it, or is got for less by it."""
        if isinstance(self.effect, Bundle):
            return self.scope.covers(goods) and any(part.goods.covers(goods) for part in self.effect.parts)
        got = isinstance(self.effect, BuyGet) and self.effect.goods.covers(goods)
        return got or self.scope.covers(goods)

    def suspend(self, *, suspended: bool) -> Promotion:
        """Keep it from being applied for a while, or let it be applied again."""
        return attrs.evolve(self, suspended=suspended)

    def end(self, *, at: datetime) -> Promotion:
        """Let it hold no longer; one that has not begun yet is suspended for good.

        :raises InvalidPromotion: if it has ended already.
        """
        validity = self.schedule.validity
        if validity.end is not None and validity.end <= at:
            raise InvalidPromotion("ENDED")
        if validity.start is not None and validity.start >= at:
            return self.suspend(suspended=True)
        schedule = attrs.evolve(self.schedule, validity=Period(validity.start, at))
        return attrs.evolve(self, schedule=schedule)


@attrs.frozen
class PromotionNotFound(DomainError):
    """There is no such promotion."""

    reference: str


@attrs.frozen
class UnknownGoods(DomainError):
    """Goods, a category or a brand was named that there is not."""

    reference: str
    line: int | None = None


@attrs.frozen
class InvalidPromotion(DomainError):
    """A promotion that cannot be: what is wrong, and in which of its parts."""

    reason: str
    field: str = ""
