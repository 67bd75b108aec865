"""Local time on ordinary days and on both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar.granules import GRANULE, granules
from visits.calendar.local_time import (
    MINUTES_A_DAY,
    TimeDoesNotExist,
    day_bounds,
    instant,
    local_date,
    local_minute,
)

SPRING_ON = date(2027, 3, 28)
AUTUMN_ON = date(2026, 10, 25)
WINTER_ON = date(2026, 11, 24)
SUMMER_ON = date(2026, 7, 1)
CLOCK_CHANGES = (SPRING_ON, AUTUMN_ON, date(2025, 3, 30), date(2028, 10, 29))
dates = st.one_of(st.sampled_from(CLOCK_CHANGES), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
minutes = st.integers(min_value=0, max_value=MINUTES_A_DAY - 1)
SECONDS_OF_YEARS = 16 * 365 * 24 * 3600
instants = st.integers(min_value=0, max_value=SECONDS_OF_YEARS).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def test_the_office_clock_is_an_hour_ahead_of_utc_in_summer_only() -> None:
    assert instant(SUMMER_ON, 10 * 60) == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert instant(WINTER_ON, 10 * 60) == datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("minute", [60, 75, 90, 119])
def test_the_hour_that_the_clocks_skip_does_not_exist(minute: int) -> None:
    with pytest.raises(TimeDoesNotExist):
        instant(SPRING_ON, minute)


def test_the_times_at_the_edges_of_the_skipped_hour_follow_each_other() -> None:
    assert instant(SPRING_ON, 120) - instant(SPRING_ON, 59) == timedelta(minutes=1)


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    assert instant(AUTUMN_ON, 90) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_hour_after_the_one_that_comes_twice_is_two_hours_after_its_begin() -> None:
    assert instant(AUTUMN_ON, 120) - instant(AUTUMN_ON, 60) == timedelta(hours=2)


@pytest.mark.parametrize(("on_date", "hours"), [(SPRING_ON, 23), (AUTUMN_ON, 25), (WINTER_ON, 24)])
def test_a_day_has_the_hours_that_the_clocks_leave_it(on_date: date, hours: int) -> None:
    begins_at, ends_at = day_bounds(on_date)
    assert ends_at - begins_at == timedelta(hours=hours)


@given(dates)
def test_the_end_of_a_day_is_the_begin_of_the_next(on_date: date) -> None:
    next_on = on_date + timedelta(days=1)
    assert day_bounds(on_date)[1] == day_bounds(next_on)[0] == instant(on_date, MINUTES_A_DAY)


@given(dates, minutes)
def test_a_time_that_exists_is_shown_again_as_it_was_given(on_date: date, minute: int) -> None:
    try:
        at = instant(on_date, minute)
    except TimeDoesNotExist:
        assert 60 <= minute < 120
        assert day_bounds(on_date)[1] - day_bounds(on_date)[0] == timedelta(hours=23)
        return
    assert (local_date(at), local_minute(at)) == (on_date, minute)
    assert at.tzinfo is UTC


@given(instants)
def test_an_instant_lies_within_the_bounds_of_its_local_date(at: datetime) -> None:
    begins_at, ends_at = day_bounds(local_date(at))
    assert begins_at <= at < ends_at


@given(instants, st.integers(min_value=1, max_value=180))
def test_t3_a_booking_claims_every_piece_of_its_time_once(at: datetime, duration: int) -> None:
    ends_at = at + timedelta(minutes=duration)
    claimed = granules(at, ends_at)
    assert claimed[0] == at
    assert len(set(claimed)) == len(claimed)
    assert claimed[-1] < ends_at <= claimed[-1] + GRANULE
