"""The hours of an office or an officer, made to be what a list says: no more and no less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sync.record import Image
from visits.imports import hours
from visits.imports.columns import Column
from visits.imports.directory import Directory, id_of
from visits.imports.hours import Span, Week
from visits.imports.plan import Proposal
from visits.scopes import COUNCIL
from visits.words import WEEKDAYS

DAY_COLUMNS = tuple(
    Column(name.lower(), name, hours.spans, also=(name[:3], f"{name} hours")) for name in WEEKDAYS
)


class Hours(Struct, frozen=True):
    """A table of hours: whose they are, and its columns for their begin and end."""

    table: str
    owner: str
    begins: str
    ends: str


OPENING = Hours("opening_hours", "office_id", "opens_minute", "closes_minute")
WORKING = Hours("working_hours", "staff_id", "starts_minute", "ends_minute")
BREAKS = Hours("staff_break", "staff_id", "starts_minute", "ends_minute")


def week_in(values: Mapping[str, Any]) -> Week | None:
    """The week that a row gives, in one cell or a cell a day; None when it gives none.

    With a cell a day, the days left empty are days off.
    """
    whole: Week | None = values.get("hours")
    days = {day: values[c.key] for day, c in enumerate(DAY_COLUMNS) if c.key in values}
    if whole is None and not days:
        return None
    return {day: days.get(day, (whole or {}).get(day, [])) for day in range(7)}


def want_week(
    proposal: Proposal, directory: Directory, kind: Hours, owner_id: str, week: Week
) -> None:
    """Make the hours of an office or an officer those of `week`."""
    known: defaultdict[int, list[Image]] = defaultdict(list)
    for row in directory.where(kind.table, kind.owner, owner_id):
        known[row["weekday"]].append(row)
    for day in range(7):
        rows = sorted(known[day], key=lambda row: row[kind.begins])
        if [(row[kind.begins], row[kind.ends]) for row in rows] != week[day]:
            _replace(proposal, kind, owner_id, day, rows, week[day])
            proposal.fields.add("breaks" if kind is BREAKS else "hours")


def _replace(
    proposal: Proposal, kind: Hours, owner_id: str, day: int, rows: list[Image], spans: list[Span]
) -> None:
    spare = [row["id"] for row in rows]
    fresh = (id_of(kind.table, owner_id, str(day), str(n)) for n in range(len(rows) + len(spans)))
    unused = [row_id for row_id in fresh if row_id not in spare]
    for begins, ends in spans:
        image = {"weekday": day, kind.begins: begins, kind.ends: ends}
        row_id = spare.pop(0) if spare else unused.pop(0)
        owned = {"scope": COUNCIL, kind.owner: owner_id}
        proposal.put.append((kind.table, {"id": row_id, **owned, **image}))
    for row_id in spare:
        proposal.remove(kind.table, row_id)


def days_worked(directory: Directory, staff_id: str) -> set[int]:
    """The weekdays on which an officer works, as the centre has it."""
    return {row["weekday"] for row in directory.where(WORKING.table, WORKING.owner, staff_id)}
