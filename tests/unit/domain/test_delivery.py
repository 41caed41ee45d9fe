"""The cut-off is where the clock on the merchant's wall first shows it, whatever that clock does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.delivery import LONGEST_LEAD, DeliveryCalendar

MINUTE = timedelta(minutes=1)
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Cairo",  # jumps at midnight
    "America/Nuuk",  # jumps into and back over midnight
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
)
JUMPS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 4, 23, 22, tzinfo=UTC),  # Cairo
    datetime(2026, 10, 29, 21, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Nuuk
    datetime(2026, 10, 25, 1, tzinfo=UTC),
)
instants = st.one_of(
    st.integers(0, 6 * 366 * 86_400).map(
        lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.builds(
        lambda jump, minutes, seconds: jump + timedelta(minutes=minutes, seconds=seconds),
        st.sampled_from(JUMPS),
        st.integers(-2_000, 2_000),
        st.sampled_from((0, 0, 1, 59)),
    ),
)
times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 59)))


def calendar(zone: str = "Asia/Shanghai", cut_off: time | None = None, lead: int = 0) -> DeliveryCalendar:
    return DeliveryCalendar(time_zone=zone, cut_off_time=cut_off, lead_days=lead)


def walked(zone: ZoneInfo, of_day: time, around: datetime) -> Iterator[tuple[datetime, date]]:
    """Every cut-off from three days before to three days after, minute by minute: when, and of which day."""
    at = (around - timedelta(days=3)).replace(second=0, microsecond=0)
    highest = at.astimezone(zone).replace(tzinfo=None)
    day = highest.date() + timedelta(days=highest.time() >= of_day)
    while at < around + timedelta(days=3):
        at += MINUTE
        highest = max(highest, at.astimezone(zone).replace(tzinfo=None))
        while highest >= datetime.combine(day, of_day):
            yield at, day
            day += timedelta(days=1)


class TestCutOff:
    @given(st.sampled_from(ZONES), times, instants, st.integers(0, 3))
    @example("Europe/Berlin", time(2, 30), datetime(2026, 3, 28, 12, tzinfo=UTC), 0)
    @example("Europe/Berlin", time(2, 30), datetime(2026, 10, 25, 0, 45, tzinfo=UTC), 0)
    @example("America/New_York", time(2, 30), datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC), 1)
    @example("Australia/Lord_Howe", time(2, 15), datetime(2026, 10, 3, 12, tzinfo=UTC), 2)
    @example("Australia/Lord_Howe", time(1, 45), datetime(2026, 4, 4, 14, 45, tzinfo=UTC), 2)
    @example("America/Nuuk", time(23, 30), datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 1)
    @example("America/Nuuk", time(23, 30), datetime(2026, 10, 25, 1, 15, tzinfo=UTC), 1)
    @example("Africa/Cairo", time(0, 0), datetime(2026, 4, 23, 21, 59, tzinfo=UTC), 0)
    def test_it_is_what_walking_minute_by_minute_finds(
        self, name: str, of_day: time, at: datetime, lead: int
    ) -> None:
        instant, day = next(one for one in walked(ZoneInfo(name), of_day, at) if one[0] > at)
        found = calendar(name, of_day, lead)
        assert found.next_cut_off(at=at) == instant
        assert found.taken_for(at=at) == day
        assert found.earliest(at=at) == day + timedelta(days=lead)

    @given(st.sampled_from(ZONES), times, instants)
    def test_nothing_moves_before_it_and_the_day_moves_at_it(
        self, name: str, of_day: time, at: datetime
    ) -> None:
        found = calendar(name, of_day)
        cut_off = found.next_cut_off(at=at)
        assert cut_off is not None and cut_off > at
        day = found.taken_for(at=at)
        assert found.taken_for(at=cut_off - timedelta(microseconds=1)) == day
        assert found.taken_for(at=cut_off) > day

    def test_it_is_by_the_merchants_clock(self) -> None:
        noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
        for zone, expected, day in (
            ("Asia/Shanghai", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), date(2026, 3, 2)),
            ("Europe/Berlin", datetime(2026, 3, 2, 16, 30, tzinfo=UTC), date(2026, 3, 2)),
            ("America/New_York", datetime(2026, 3, 2, 22, 30, tzinfo=UTC), date(2026, 3, 2)),
            ("Pacific/Kiritimati", datetime(2026, 3, 3, 3, 30, tzinfo=UTC), date(2026, 3, 3)),
        ):
            found = calendar(zone, time(17, 30))
            assert (found.next_cut_off(at=noon), found.taken_for(at=noon)) == (expected, day)

    def test_an_order_at_the_cut_off_is_late(self) -> None:
        found, cut_off = calendar(cut_off=time(12, 0)), datetime(2026, 3, 2, 4, tzinfo=UTC)
        assert found.earliest(at=cut_off - timedelta(microseconds=1)) == date(2026, 3, 2)
        assert found.earliest(at=cut_off) == date(2026, 3, 3)

    def test_a_time_that_is_skipped_is_where_the_clock_jumps(self) -> None:
        before = datetime(2026, 3, 28, 12, tzinfo=UTC)
        assert calendar("Europe/Berlin", time(2, 30)).next_cut_off(at=before) == datetime(
            2026, 3, 29, 1, tzinfo=UTC
        )

    def test_a_time_that_comes_twice_is_the_first(self) -> None:
        before = datetime(2026, 10, 24, 12, tzinfo=UTC)
        assert calendar("Europe/Berlin", time(2, 30)).next_cut_off(at=before) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )


class TestWithoutCutOff:
    def test_orders_are_taken_all_day(self) -> None:
        for at, day in (
            (datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), date(2026, 3, 2)),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), date(2026, 3, 3)),
        ):
            found = calendar(lead=2)
            assert (found.today(at=at), found.taken_for(at=at)) == (day, day)
            assert found.earliest(at=at) == day + timedelta(days=2)
            assert found.next_cut_off(at=at) is None


class TestWhatCannotBe:
    @pytest.mark.parametrize("wrong", [time(1, 1, 1), time(1, 1, 0, 1), time(1, 1, tzinfo=UTC)])
    def test_a_cut_off_time_is_an_hour_and_a_minute(self, wrong: time) -> None:
        with pytest.raises(ValueError, match="an hour and a minute"):
            calendar(cut_off=wrong)

    @pytest.mark.parametrize("days", [-1, LONGEST_LEAD + 1])
    def test_lead_days_have_an_end(self, days: int) -> None:
        with pytest.raises(ValueError, match="lead_days"):
            calendar(lead=days)
