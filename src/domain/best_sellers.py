"""Best sellers (热销): what the customers of a merchant order most, of which nobody is told more than the order."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.period import CalendarPeriod, Period

COUNTED_DAYS = 90
"""So many days are counted: whole ones, the last of which is yesterday."""
MOST_BEST_SELLERS = 1_000
"""So many are ranked of what is found; everything else comes after them."""


def counted(*, at: datetime, time_zone: str) -> Period:
    """The time whose orders count, for the whole of the day that this instant is in.

    Today is not counted, so that a list does not change while somebody pages through it.
    """
    end = CalendarPeriod.DAY.start(at=at, time_zone=time_zone)
    first = end.astimezone(ZoneInfo(time_zone)) - timedelta(days=COUNTED_DAYS)
    return Period(first.astimezone(end.tzinfo), end)
