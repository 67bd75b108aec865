"""Working days: Monday to Friday without the bank holidays of a nation."""

from __future__ import annotations

from datetime import date, timedelta

from visits.calendar.bank_holidays import bank_holiday

SATURDAY = 5
DAY = timedelta(days=1)


def is_working_day(on_date: date, *, nation: str) -> bool:
    """Whether a council works on a date. Raises BankHolidaysNotKnown outside the known years."""
    return bank_holiday(nation, on_date) is None and on_date.weekday() < SATURDAY


def add_working_days(from_on: date, count: int, *, nation: str) -> date:
    """The working day that is `count` working days after a date; the date itself is day 0.

    So a complaint of Friday with 5 working days is due on the Friday after. With `count` 0 it is
    the date itself, or the next working day when it is none. Raises ValueError for a negative
    count, BankHolidaysNotKnown when the way leads outside the known years.
    """
    if count < 0:
        raise ValueError("the count of working days must be 0 or more")
    on_date = from_on
    left = count
    while left > 0:
        on_date += DAY
        left -= is_working_day(on_date, nation=nation)
    while not is_working_day(on_date, nation=nation):
        on_date += DAY
    return on_date


def working_days_between(after_on: date, until_on: date, *, nation: str) -> int:
    """How many working days follow `after_on`, up to and including `until_on`.

    0 when `until_on` is not later. Raises BankHolidaysNotKnown outside the known years.
    """
    days = (after_on + DAY * n for n in range(1, (until_on - after_on).days + 1))
    return sum(is_working_day(day, nation=nation) for day in days)
