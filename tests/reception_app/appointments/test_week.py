"""The week as rows: one a time of day, one column a date, and how the keyboard walks it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reception_app.appointments.week import (
    TimeRow,
    day_words,
    is_shown,
    kept,
    monday_of,
    short_time_words,
    step,
    time_rows,
    time_words,
    week_words,
    why_empty,
)
from visits.appointments.queries import WeekDay
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import instant
from visits.ids import StaffId

MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
SATURDAY = MONDAY + timedelta(days=5)
AMIRA, TOM = StaffId("amira"), StaffId("tom")
NINE, TEN, ELEVEN = 540, 600, 660


def free(on_date: date, minute: int, staff_id: StaffId = AMIRA) -> FreeTime:
    at = instant(on_date, minute)
    return FreeTime(at, at + timedelta(minutes=30), staff_id)


def a_day(on_date: date, *times: FreeTime, closed: str | None = None) -> WeekDay:
    return WeekDay(on_date, times, closed)


def test_a_time_of_day_is_one_row_over_all_dates() -> None:
    rows = time_rows(
        [a_day(MONDAY, free(MONDAY, TEN)), a_day(TUESDAY, free(TUESDAY, NINE), free(TUESDAY, TEN))]
    )
    assert rows == (
        TimeRow(NINE, False, (None, free(TUESDAY, NINE))),
        TimeRow(TEN, False, (free(MONDAY, TEN), free(TUESDAY, TEN))),
    )


def test_rows_stay_in_step_over_the_night_the_clocks_change() -> None:
    saturday, monday = date(2027, 3, 27), date(2027, 3, 29)
    rows = time_rows([a_day(saturday, free(saturday, TEN)), a_day(monday, free(monday, TEN))])
    assert [row.minute for row in rows] == [TEN]


def test_the_hour_that_comes_twice_has_two_rows() -> None:
    sunday = date(2026, 10, 25)
    first = free(sunday, 60)
    again = FreeTime(first.starts_at + timedelta(hours=1), first.ends_at, AMIRA)
    rows = time_rows([a_day(sunday, first, again)])
    assert [(row.minute, row.again) for row in rows] == [(60, False), (60, True)]


def test_a_heading_says_how_many_times_are_free_and_not_how_many_officers() -> None:
    day = a_day(TUESDAY, free(TUESDAY, NINE), free(TUESDAY, NINE, TOM), free(TUESDAY, TEN))
    assert day_words(day, TUESDAY) == "2 free"


@pytest.mark.parametrize(
    ("day", "heading", "below"),
    [
        (a_day(MONDAY), "Past", ""),
        (a_day(TUESDAY), "None free", ""),
        (a_day(WEDNESDAY, closed="Closed"), "Closed", ""),
        (a_day(WEDNESDAY, closed="Staff training"), "Closed", "Staff training"),
        (a_day(MONDAY, closed="Christmas Day"), "Past", ""),
    ],
)
def test_a_day_without_times_says_why(day: WeekDay, heading: str, below: str) -> None:
    assert (day_words(day, TUESDAY), why_empty(day, TUESDAY)) == (heading, below)


def test_a_weekend_is_shown_when_the_office_opens_on_it() -> None:
    assert is_shown(a_day(SATURDAY))
    assert is_shown(a_day(SATURDAY, free(SATURDAY, NINE)))
    assert not is_shown(a_day(SATURDAY, closed="Closed"))
    assert is_shown(a_day(MONDAY, closed="Closed"))


def test_weeks_and_times_are_written_as_the_field_writes_them() -> None:
    assert week_words(MONDAY, date(2026, 11, 27)) == "23 to 27 November 2026"
    assert week_words(date(2026, 11, 30), date(2026, 12, 4)) == "30 November to 4 December 2026"
    assert week_words(date(2026, 12, 28), date(2027, 1, 1)) == "28 December 2026 to 1 January 2027"
    assert time_words(free(TUESDAY, 630)) == "Tuesday 24 November 2026 at 10:30am"
    assert short_time_words(free(TUESDAY, 720)) == "Tue 24 Nov, midday"
    assert monday_of(SATURDAY) == monday_of(MONDAY) == MONDAY


def test_a_chosen_time_is_kept_or_given_to_another_officer_or_gone() -> None:
    chosen = free(TUESDAY, TEN)
    assert kept(chosen, [a_day(TUESDAY, free(TUESDAY, TEN, TOM), chosen)]) == chosen
    assert kept(chosen, [a_day(TUESDAY, free(TUESDAY, TEN, TOM))]) == free(TUESDAY, TEN, TOM)
    assert kept(chosen, [a_day(TUESDAY, free(TUESDAY, NINE))]) is None


ROWS = time_rows(
    [
        a_day(MONDAY, free(MONDAY, NINE), free(MONDAY, ELEVEN)),
        a_day(TUESDAY),
        a_day(WEDNESDAY, free(WEDNESDAY, TEN), free(WEDNESDAY, ELEVEN)),
    ]
)


@pytest.mark.parametrize(
    ("at", "move", "to"),
    [
        ((0, 0), (1, 0), (2, 0)),
        ((2, 0), (-1, 0), (0, 0)),
        ((2, 0), (1, 0), None),
        ((0, 0), (0, 1), (1, 2)),
        ((2, 0), (0, 1), (2, 2)),
        ((1, 2), (0, -1), (0, 0)),
        ((1, 2), (0, 1), None),
    ],
)
def test_an_arrow_goes_to_the_next_free_time_that_way(
    at: tuple[int, int], move: tuple[int, int], to: tuple[int, int] | None
) -> None:
    assert step(ROWS, at, move) == to
