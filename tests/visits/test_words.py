"""Times, dates and durations as they are written, on both changes of the clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.words import (
    clock_time,
    long_date,
    medium_date,
    minute_words,
    minutes_words,
    short_date,
    time_range,
)

SPRING = datetime(2027, 3, 28, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 24, 17, 30, tzinfo=UTC), "5:30pm"),
        (datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "10am"),
        (datetime(2026, 11, 24, 12, 0, tzinfo=UTC), "midday"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "midnight"),
        (datetime(2026, 11, 24, 12, 5, tzinfo=UTC), "12:05pm"),
        (datetime(2026, 11, 24, 0, 5, tzinfo=UTC), "12:05am"),
        (datetime(2026, 11, 24, 9, 7, 59, tzinfo=UTC), "9:07am"),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "midday"),
    ],
)
def test_a_time_is_written_as_people_say_it(at: datetime, said: str) -> None:
    assert clock_time(at) == said


def test_in_spring_the_hour_after_one_is_left_out() -> None:
    shown = [clock_time(SPRING + timedelta(minutes=30 * n)) for n in range(5)]
    assert shown == ["midnight", "12:30am", "2am", "2:30am", "3am"]


def test_in_autumn_the_hour_after_one_comes_twice() -> None:
    shown = [clock_time(AUTUMN + timedelta(minutes=30 * n)) for n in range(5)]
    assert shown == ["1am", "1:30am", "1am", "1:30am", "2am"]


def test_the_evening_before_the_clocks_change_is_as_any_other() -> None:
    assert clock_time(SPRING - timedelta(minutes=1)) == "11:59pm"
    assert clock_time(AUTUMN - timedelta(hours=1)) == "midnight"


def test_a_range_names_both_ends() -> None:
    begins = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert time_range(begins, begins + timedelta(minutes=90)) == "10am to 11:30am"
    over_the_change = time_range(SPRING + timedelta(minutes=30), SPRING + timedelta(minutes=90))
    assert over_the_change == "12:30am to 2:30am"


@given(st.integers(min_value=0, max_value=1439))
def test_every_minute_of_the_day_has_words_of_its_own(minute: int) -> None:
    said = minute_words(minute)
    assert said not in {minute_words(other) for other in range(1440) if other != minute}
    assert said == minute_words(minute + 1440)


@pytest.mark.parametrize(
    ("on_date", "long", "short"),
    [
        (date(2026, 11, 24), "Tuesday 24 November 2026", "24 Nov 2026"),
        (date(2026, 1, 1), "Thursday 1 January 2026", "1 Jan 2026"),
        (date(2028, 2, 29), "Tuesday 29 February 2028", "29 Feb 2028"),
    ],
)
def test_a_date_is_written_without_commas_or_noughts(on_date: date, long: str, short: str) -> None:
    assert long_date(on_date) == long
    assert medium_date(on_date) == long.partition(" ")[2]
    assert short_date(on_date) == short


@given(st.dates(min_value=date(1900, 1, 1)))
def test_the_weekday_in_words_is_that_of_the_date(on_date: date) -> None:
    # The platform's own names depend on its language: these are compared by a known Monday.
    monday = date(2026, 11, 23) + timedelta(days=(on_date - date(2026, 11, 23)).days % 7)
    assert long_date(on_date).split()[0] == long_date(monday).split()[0]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (45, "45 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (390, "6 hours 30 minutes"),
    ],
)
def test_a_duration_is_counted_in_words(minutes: int, said: str) -> None:
    assert minutes_words(minutes) == said
