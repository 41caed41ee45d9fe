"""When an order can be delivered: until when it is taken for a day, by the clock on the merchant's wall.

A day's cut-off is the first instant at which that clock shows the day and the cut-off time, or anything later. Where
the clock jumps over that time it is the jump, and where it shows it twice it is the first of the two. An order that is
placed at the cut-off or after it belongs to the next day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from domain.errors import DomainError

LONGEST_LEAD = 60
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def _to_the_minute(_: object, __: attrs.Attribute[time | None], value: time | None) -> None:
    if value is not None and (value.second or value.microsecond or value.tzinfo is not None):
        raise ValueError("a cut-off time is an hour and a minute of the merchant's day")


@attrs.frozen(kw_only=True)
class DeliveryCalendar:
    """For which day an order is taken, and when that can be delivered at the earliest."""

    time_zone: str
    cut_off_time: time | None = attrs.field(default=None, validator=_to_the_minute)
    """None where orders are taken all day."""
    lead_days: int = attrs.field(
        default=0, validator=(attrs.validators.ge(0), attrs.validators.le(LONGEST_LEAD))
    )
    """So many days after the day it is taken for, an order can be delivered."""

    def today(self, *, at: datetime) -> date:
        """The merchant's day."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def taken_for(self, *, at: datetime) -> date:
        """The first day whose cut-off is still to come."""
        day = self.today(at=at)
        if self.cut_off_time is None:
            return day
        while self._cut_off(day, self.cut_off_time) <= at:
            day += _DAY
        return day

    def next_cut_off(self, *, at: datetime) -> datetime | None:
        """The instant from which on an order is taken for a later day; None where there is no cut-off."""
        if self.cut_off_time is None:
            return None
        return self._cut_off(self.taken_for(at=at), self.cut_off_time)

    def earliest(self, *, at: datetime) -> date:
        """The first day on which an order that is placed now can be delivered."""
        return self.taken_for(at=at) + timedelta(days=self.lead_days)

    def _cut_off(self, day: date, of_day: time) -> datetime:
        zone, wall = ZoneInfo(self.time_zone), datetime.combine(day, of_day)
        first = wall.replace(tzinfo=zone).astimezone(UTC)
        if _shown(first, zone) == wall:
            return first
        # The clock jumps over it. Read with what holds after the jump it is an instant before the jump, and the other
        # way round; zones jump at whole seconds.
        before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
        while after - before > _SECOND:
            middle = before + (after - before) // (2 * _SECOND) * _SECOND
            if _shown(middle, zone) < wall:
                before = middle
            else:
                after = middle
        return after


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


@attrs.frozen
class DeliveryDateTooEarly(DomainError):
    """An order that is placed now cannot be delivered that soon."""

    earliest: date
