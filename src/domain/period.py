"""Periods: half-open stretches of time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import attrs


def aware(_: object, field: attrs.Attribute[Any], instant: datetime | None) -> None:
    """Refuse an instant without a time zone."""
    if instant is not None and instant.utcoffset() is None:
        raise ValueError(f"{field.name} needs a time zone")


@attrs.frozen
class Period:
    """The time from `start` up to, but not including, `end`; an end that is missing never comes."""

    start: datetime | None = attrs.field(default=None, validator=aware)
    end: datetime | None = attrs.field(default=None, validator=aware)

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after it starts")

    def __contains__(self, instant: datetime) -> bool:
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)


ALWAYS = Period()


class CalendarPeriod(Enum):
    """A stretch of the calendar: a day, a week from its Monday on, a month."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"

    def start(self, *, at: datetime, time_zone: str) -> datetime:
        """The first instant of the one that this instant is in, where the clock shows that zone's time."""
        day = at.astimezone(ZoneInfo(time_zone)).date()
        if self is CalendarPeriod.WEEK:
            day -= timedelta(days=day.weekday())
        elif self is CalendarPeriod.MONTH:
            day = day.replace(day=1)
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
