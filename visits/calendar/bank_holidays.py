"""The published bank holidays of each nation, shipped with the app."""

from __future__ import annotations

from datetime import date

import msgspec

import resources

NATIONS = ("england-and-wales", "scotland", "northern-ireland")


class _Event(msgspec.Struct):
    title: str
    date: date
    notes: str = ""


class _Division(msgspec.Struct):
    events: list[_Event]


def published(nation: str) -> dict[date, str]:
    """Dates and titles for one of `NATIONS`. Source: gov.uk/bank-holidays (OGL v3.0)."""
    body = resources.path("calendar", "bank-holidays.json").read_bytes()
    divisions = msgspec.json.decode(body, type=dict[str, _Division])
    return {event.date: event.title for event in divisions[nation].events}
