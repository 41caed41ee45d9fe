"""A period has its first instant and not its last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import Event
from domain.period import ALWAYS, Period
from kit import strategies as some
from kit.builders import NOON

A_MOMENT = timedelta(microseconds=1)


@given(some.periods(), some.instants)
def test_holds_from_its_start_until_before_its_end(period: Period, at: datetime) -> None:
    assert (at in period) is ((period.start or at) <= at and (period.end is None or at < period.end))


@given(some.instants, st.integers(1, 10**12))
def test_begins_with_its_start_and_ends_before_its_end(start: datetime, microseconds: int) -> None:
    period = Period(start=start, end=start + timedelta(microseconds=microseconds))
    assert period.end is not None
    assert start in period
    assert period.end - A_MOMENT in period
    assert start - A_MOMENT not in period
    assert period.end not in period


@given(some.instants)
def test_always_holds_where_it_is_open(at: datetime) -> None:
    assert at in ALWAYS
    assert at in Period(start=at)
    assert at not in Period(end=at)


@pytest.mark.parametrize("length", [timedelta(0), -A_MOMENT])
def test_refuses_to_end_before_it_starts(length: timedelta) -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        Period(start=NOON, end=NOON + length)


def test_refuses_an_instant_without_a_time_zone() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="start needs a time zone"):
        Period(start=naive)
    with pytest.raises(ValueError, match="end needs a time zone"):
        Period(end=naive)
    with pytest.raises(ValueError, match="at needs a time zone"):
        Event(at=naive)
    assert Event(at=NOON).at == datetime(2026, 3, 2, 4, tzinfo=UTC)
