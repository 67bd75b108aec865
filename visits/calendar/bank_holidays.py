"""The published bank holidays of each nation, shipped with the app.

Years outside the list are refused, never taken for years without a bank holiday.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import msgspec
from msgspec import Struct

import resources
from visits.words import medium_date

NATIONS = ("england-and-wales", "scotland", "northern-ireland")


class BankHolidaysNotKnown(ValueError):
    """A date lies outside the years of the published list. The message is for a person."""

    def __init__(self, on_date: date) -> None:
        self.on_date = on_date
        first_on, last_on = known_dates()
        super().__init__(
            f"Bank holidays are known from {medium_date(first_on)} until {medium_date(last_on)}. "
            f"{medium_date(on_date)} needs a newer list: ask whoever looks after this service."
        )


class _Event(Struct, frozen=True):
    title: str
    date: date
    notes: str = ""


class _Division(Struct, frozen=True):
    events: list[_Event]


class _Source(Struct, frozen=True):
    as_published_on: date


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[date, str]]:
    body = resources.path("calendar", "bank-holidays.json").read_bytes()
    divisions = msgspec.json.decode(body, type=dict[str, _Division])
    return {
        nation: {event.date: event.title for event in divisions[nation].events}
        for nation in NATIONS
    }


def published(nation: str) -> dict[date, str]:
    """Dates and titles for one of `NATIONS`. Source: gov.uk/bank-holidays (OGL v3.0)."""
    return dict(_lists()[nation])


def published_on() -> date:
    """The date of the copy that the shipped list was taken from."""
    body = resources.path("calendar", "bank-holidays.source.json").read_bytes()
    return msgspec.json.decode(body, type=_Source).as_published_on


def known_dates() -> tuple[date, date]:
    """The first and the last date of the years that the list of every nation covers."""
    firsts = [min(days).year for days in _lists().values()]
    lasts = [max(days).year for days in _lists().values()]
    return date(max(firsts), 1, 1), date(min(lasts), 12, 31)


def bank_holiday(nation: str, on_date: date) -> str | None:
    """The title of the bank holiday on a date in a nation, or None when it is none.

    Raises BankHolidaysNotKnown for a date outside the years of the list.
    """
    first_on, last_on = known_dates()
    if not first_on <= on_date <= last_on:
        raise BankHolidaysNotKnown(on_date)
    return _lists()[nation].get(on_date)
