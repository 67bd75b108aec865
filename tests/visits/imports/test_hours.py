"""Hours as councils write them."""

from __future__ import annotations

from datetime import date

import pytest

from sync.record import Imaging
from visits.imports.columns import Reading, WrongCell
from visits.imports.directory import Directory
from visits.imports.hours import minute_of_day, spans, week
from visits.record import Record

READING = Reading(date(2026, 11, 24), Directory(Imaging(Record.metadata)), None)
NINE_TO_FIVE = [(540, 1020)]


@pytest.mark.parametrize(
    ("written", "minute"),
    [
        ("9am", 540),
        ("9", 540),
        ("09:00", 540),
        ("9.30", 570),
        ("0930", 570),
        ("930", 570),
        ("9:30 a.m.", 570),
        ("5:30pm", 1050),
        ("17:30:00", 1050),
        ("12am", 0),
        ("12pm", 720),
        ("midday", 720),
        ("noon", 720),
        ("24:00", 1440),
        ("24:01", None),
        ("13pm", None),
        ("0am", None),
        ("9:60", None),
        ("9 of", None),
        ("", None),
    ],
)
def test_a_time_of_day_is_read_or_is_none(written: str, minute: int | None) -> None:
    assert minute_of_day(written) == minute


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9am-5pm", NINE_TO_FIVE),
        ("9am – 5pm", NINE_TO_FIVE),
        ("09:00 to 17:00", NINE_TO_FIVE),
        ("0900-1700", NINE_TO_FIVE),
        ("1pm-5pm, 9am-12:30pm", [(540, 750), (780, 1020)]),
        ("9am-12:30pm and 1pm-5pm", [(540, 750), (780, 1020)]),
        ("Closed", []),
        ("-", []),
    ],
)
def test_the_hours_of_a_day_are_read_in_order(written: str, meant: list[tuple[int, int]]) -> None:
    assert spans(written, READING) == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("9-5", "ends before it begins"),
        ("all day", "write hours like"),
        ("9am", "write hours like"),
        ("9am-1pm, 12pm-5pm", "overlap"),
    ],
)
def test_hours_that_mean_nothing_are_refused(written: str, why: str) -> None:
    with pytest.raises(WrongCell, match=why):
        spans(written, READING)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("Mon-Fri 9am-5pm", [0, 1, 2, 3, 4]),
        ("Monday to Friday 9am to 5pm; Sat closed", [0, 1, 2, 3, 4]),
        ("Mon, Wed & Fri: 09:00-17:00", [0, 2, 4]),
        ("Tues and Thurs 9am-5pm", [1, 3]),
        ("Sundays 9am-5pm", [6]),
        ("Mon-Tue 9am-5pm\nThu 9am-5pm", [0, 1, 3]),
    ],
)
def test_the_hours_of_a_week_are_read(written: str, days: list[int]) -> None:
    assert week(written, READING) == {day: NINE_TO_FIVE if day in days else [] for day in range(7)}


@pytest.mark.parametrize("written", ["9am-5pm", "Mon-Fri", "Fri-Mon 9am-5pm", "Someday 9am-5pm"])
def test_a_week_without_days_or_hours_is_refused(written: str) -> None:
    with pytest.raises(WrongCell, match="write hours like Mon-Fri"):
        week(written, READING)


def test_a_day_named_twice_is_refused() -> None:
    with pytest.raises(WrongCell, match="names Monday twice"):
        week("Mon 9am-5pm; Mon 10am-1pm", READING)
