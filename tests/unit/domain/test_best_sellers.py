"""Which days count for what sells best."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.best_sellers import counted
from domain.period import Period


def test_ninety_whole_days_count_and_today_does_not() -> None:
    noon = datetime(2026, 3, 1, 4, tzinfo=UTC)
    expected = Period(datetime(2025, 11, 30, 16, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC))
    assert counted(at=noon, time_zone="Asia/Shanghai") == expected
    assert counted(at=expected.end or noon, time_zone="Asia/Shanghai") == expected
    last = noon.replace(hour=15, minute=59, second=59)
    assert counted(at=last, time_zone="Asia/Shanghai") == expected
    assert counted(at=last + timedelta(seconds=1), time_zone="Asia/Shanghai") != expected


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", (2026, 1, 31, 0), (2026, 5, 1, 0)),
        # The clock was put forward by an hour on the 29th of March.
        ("Europe/Berlin", (2026, 1, 30, 23), (2026, 4, 30, 22)),
    ],
)
def test_days_begin_where_the_merchant_is(
    zone: str, start: tuple[int, int, int, int], end: tuple[int, int, int, int]
) -> None:
    found = counted(at=datetime(2026, 5, 1, 12, tzinfo=UTC), time_zone=zone)
    assert found == Period(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))
