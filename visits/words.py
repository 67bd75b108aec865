"""Plain English for times, dates and durations: the one home of how they are written.

GOV.UK style: 5:30pm, 10am, midday, Tuesday 24 November 2026, 6 hours 30 minutes.
"""

from __future__ import annotations

from datetime import date, datetime

from visits.calendar.local_time import local

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

NO_NAME = "No name given"
NAME_NOT_HERE = "Name not available here"
"""Shown for a person whose card this device does not hold, or not yet."""


def name_shown(full_name: str | None, *, customer_id: str | None) -> str:
    """A person's name where people read it. They gave one if they have a `customer_id`."""
    return full_name or (NAME_NOT_HERE if customer_id else NO_NAME)


def clock_time(at: datetime) -> str:
    """The local time of an instant: 5:30pm, 10am, midday, midnight."""
    shown = local(at)
    return minute_words(shown.hour * 60 + shown.minute)


def minute_words(minute: int) -> str:
    """A minute of the local day as a time: 630 is 10:30am."""
    hour, past = divmod(minute % 1440, 60)
    if past == 0 and hour in (0, 12):
        return "midday" if hour else "midnight"
    half = "am" if hour < 12 else "pm"
    shown = (hour - 1) % 12 + 1
    return f"{shown}:{past:02d}{half}" if past else f"{shown}{half}"


def time_range(starts_at: datetime, ends_at: datetime) -> str:
    """From one time to another: 10am to 11:30am."""
    return f"{clock_time(starts_at)} to {clock_time(ends_at)}"


def long_date(on_date: date) -> str:
    """Tuesday 24 November 2026."""
    return f"{WEEKDAYS[on_date.weekday()]} {medium_date(on_date)}"


def medium_date(on_date: date) -> str:
    """24 November 2026."""
    return f"{on_date.day} {MONTHS[on_date.month - 1]} {on_date.year}"


def short_date(on_date: date) -> str:
    """24 Nov 2026, for tables."""
    return f"{on_date.day} {MONTHS[on_date.month - 1][:3]} {on_date.year}"


def minutes_words(minutes: int) -> str:
    """1 minute, 45 minutes, 1 hour 5 minutes."""
    hours, rest = divmod(minutes, 60)
    parts = [_counted(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(_counted(rest, "minute"))
    return " ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
