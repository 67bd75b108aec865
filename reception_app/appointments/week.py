"""The week of free times as rows of a table: one row a time of day, one column a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, Qt

from reception_app.parts.rows import ROW_ROLE, Column, Index, RowsModel
from visits.appointments.queries import WeekDay
from visits.appointments.rules import FreeTime, one_officer_each
from visits.calendar.local_time import local, local_date, local_minute
from visits.ids import StaffId
from visits.words import MONTHS, WEEKDAYS, clock_time, long_date

DAYS = 7
SATURDAY = 5


class TimeRow(Struct, frozen=True):
    """A time of day with the free time of each date, or None. `again`: the clocks went back."""

    minute: int
    again: bool
    times: tuple[FreeTime | None, ...]


def monday_of(on_date: date) -> date:
    """The Monday of a date's week."""
    return on_date - timedelta(days=on_date.weekday())


def time_rows(days: Sequence[WeekDay]) -> tuple[TimeRow, ...]:
    """Every time of day at which some date of the week is free, each start once."""
    cells: dict[tuple[int, bool], list[FreeTime | None]] = {}
    for column, day in enumerate(days):
        for time in one_officer_each(day.free):
            key = local_minute(time.starts_at), local(time.starts_at).fold == 1
            cells.setdefault(key, [None] * len(days))[column] = time
    return tuple(TimeRow(*key, tuple(cells[key])) for key in sorted(cells))


def is_shown(day: WeekDay) -> bool:
    """Whether a date has a column: a weekend only when the office is open on it."""
    return day.on_date.weekday() < SATURDAY or day.closed_because is None


def day_words(day: WeekDay, today: date) -> str:
    """What a column's heading says below its date."""
    if day.free:
        return f"{len({time.starts_at for time in day.free})} free"
    if day.on_date < today:
        return "Past"
    return "Closed" if day.closed_because is not None else "None free"


def why_empty(day: WeekDay, today: date) -> str:
    """Why a column is empty, in the place of its times; nothing when the heading says it all."""
    if day.free or day.on_date < today or day.closed_because in (None, "Closed"):
        return ""
    return day.closed_because or ""


def week_words(monday: date, last: date) -> str:
    """23 to 27 November 2026."""
    month = f" {MONTHS[monday.month - 1]}" if monday.month != last.month else ""
    year = f" {monday.year}" if monday.year != last.year else ""
    return f"{monday.day}{month}{year} to {last.day} {MONTHS[last.month - 1]} {last.year}"


def time_words(time: FreeTime) -> str:
    """Thursday 26 November 2026 at 10am."""
    return f"{long_date(local_date(time.starts_at))} at {clock_time(time.starts_at)}"


def short_time_words(time: FreeTime) -> str:
    """Thu 26 Nov, 10am: where there is little room."""
    on_date = local_date(time.starts_at)
    weekday, month = WEEKDAYS[on_date.weekday()][:3], MONTHS[on_date.month - 1][:3]
    return f"{weekday} {on_date.day} {month}, {clock_time(time.starts_at)}"


def kept(chosen: FreeTime, days: Sequence[WeekDay]) -> FreeTime | None:
    """The chosen time while it is free; the same time with another officer; or None."""
    for day in days:
        if chosen in day.free:
            return chosen
    same_start = [
        time
        for day in days
        for time in one_officer_each(day.free)
        if time.starts_at == chosen.starts_at
    ]
    return same_start[0] if same_start else None


class WeekModel(RowsModel):
    """Free times by date. A refresh changes what changed and keeps the place of the rest."""

    def __init__(self, parent: QObject | None = None) -> None:
        columns = [Column("", _words_in(column)) for column in range(DAYS)]
        super().__init__(columns, lambda row: (row.minute, row.again), parent)
        self.days: tuple[WeekDay, ...] = ()
        self._today = date.min
        self._officers: Mapping[StaffId, str] = {}

    def show_week(
        self, days: Sequence[WeekDay], *, today: date, officers: Mapping[StaffId, str]
    ) -> bool:
        """Turn into this week; says whether anything of it is new."""
        self._officers = officers
        if (tuple(days), today) == (self.days, self._today):
            return False
        self.days = tuple(days)
        self._today = today
        self.show(time_rows(days))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, DAYS - 1)
        return True

    def time_at(self, index: Index) -> FreeTime | None:
        """The free time of a cell, or None."""
        if not index.isValid():
            return None
        found: FreeTime | None = self.row(index.row()).times[index.column()]
        return found

    def place_of(self, time: FreeTime) -> Index | None:
        """The cell of a start, or None when it is not shown."""
        for number, row in enumerate(self.rows):
            for column, shown in enumerate(row.times):
                if shown is not None and shown.starts_at == time.starts_at:
                    return self.index(number, column)
        return None

    def why_empty(self, column: int) -> str:
        """Why a date has no times, to be written in its column."""
        return why_empty(self.days[column], self._today) if column < len(self.days) else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            time = self.time_at(index)
            if time is None:
                return self.tr("Not free")
            return f"{time_words(time)} with {self._officers.get(time.staff_id, '')}"
        if role == ROW_ROLE:
            return self.time_at(index)
        return super().data(index, role)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.days):
            return None
        day = self.days[section]
        if role == Qt.ItemDataRole.DisplayRole:
            # The month stands over the table: there is little room here.
            weekday = WEEKDAYS[day.on_date.weekday()][:3]
            return f"{weekday} {day.on_date.day}\n{day_words(day, self._today)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            why = why_empty(day, self._today)
            said = f"{long_date(day.on_date)}, {day_words(day, self._today)}"
            return f"{said}: {why}" if why else said
        return None


def _words_in(column: int) -> Any:
    def words(row: TimeRow) -> str:
        time = row.times[column] if column < len(row.times) else None
        return clock_time(time.starts_at) if time is not None else ""

    return words


def step(
    rows: Sequence[TimeRow], at: tuple[int, int], move: tuple[int, int]
) -> tuple[int, int] | None:
    """The next free cell from a cell in a direction (rows, columns), or None at the edge.

    Up and down stay in the column; left and right go to the time of day that is nearest.
    """
    row, column = at
    if move[0]:
        numbers = range(row + move[0], len(rows) if move[0] > 0 else -1, move[0])
        return next(((n, column) for n in numbers if rows[n].times[column]), None)
    columns = range(column + move[1], DAYS if move[1] > 0 else -1, move[1])
    for beside in columns:
        free = [n for n, r in enumerate(rows) if beside < len(r.times) and r.times[beside]]
        if free:
            return min(free, key=lambda n: abs(rows[n].minute - rows[row].minute)), beside
    return None
