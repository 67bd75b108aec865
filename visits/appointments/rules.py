"""Which times are really free: opening hours, officer's hours, breaks, leave, taken time.

Pure: what the calendar holds is handed in, so desk and centre give the same answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from visits.calendar.granules import GRANULE, granules
from visits.calendar.local_time import TimeDoesNotExist, day_bounds, instant, local_date
from visits.calendar.spans import Span, common, meets, merged, within, without
from visits.ids import StaffId

STEP_MINUTES = 15
HORIZON_DAYS = 60
SKIPPED_UNTIL_MINUTE = 120
"""The clocks skip from 1am to 2am in spring."""


class WhyNot(StrEnum):
    """Why a time cannot be booked; the first that holds, in this order."""

    IN_THE_PAST = "in_the_past"
    TOO_FAR_AHEAD = "too_far_ahead"
    NOT_ON_THE_GRID = "not_on_the_grid"
    BANK_HOLIDAY = "bank_holiday"
    OFFICE_CLOSED = "office_closed"
    OUTSIDE_OPENING_HOURS = "outside_opening_hours"
    WRONG_SERVICE = "wrong_service"
    OUTSIDE_OFFICER_HOURS = "outside_officer_hours"
    IN_BREAK = "in_break"
    ON_LEAVE = "on_leave"
    SLOT_TAKEN = "slot_taken"


class OfficeDay(Struct, frozen=True):
    """An office on one local date. `open_minutes` are spans of the local day."""

    on_date: date
    open_minutes: tuple[tuple[int, int], ...]
    bank_holiday: str | None = None
    closed_because: str | None = None


class OfficerDay(Struct, frozen=True):
    """An officer on one local date."""

    staff_id: StaffId
    working_minutes: tuple[tuple[int, int], ...]
    break_minutes: tuple[tuple[int, int], ...]
    leave: tuple[Span, ...]
    taken: frozenset[datetime]
    gives_service: bool = True


class FreeTime(Struct, frozen=True):
    """A time that can be booked with an officer."""

    starts_at: datetime
    ends_at: datetime
    staff_id: StaffId


def _at(on_date: date, minute: int) -> datetime:
    """The instant of a minute; hours that begin or end in the skipped hour do so at its end."""
    try:
        return instant(on_date, minute)
    except TimeDoesNotExist:
        return instant(on_date, SKIPPED_UNTIL_MINUTE)


def _spans(on_date: date, minutes: Iterable[tuple[int, int]]) -> list[Span]:
    return merged((_at(on_date, starts), _at(on_date, ends)) for starts, ends in minutes)


def why_not(
    starts_at: datetime,
    *,
    duration_minutes: int,
    office: OfficeDay,
    officer: OfficerDay,
    now: datetime,
) -> WhyNot | None:
    """Why a start cannot be booked, or None when it can.

    `office` and `officer` are those of the local date of `starts_at`.
    """
    ends_at = starts_at + timedelta(minutes=duration_minutes)
    return (
        _time_says(starts_at, now)
        or _office_says(starts_at, ends_at, office)
        or _officer_says(starts_at, ends_at, office.on_date, officer)
    )


def _time_says(starts_at: datetime, now: datetime) -> WhyNot | None:
    if starts_at < now:
        return WhyNot.IN_THE_PAST
    if starts_at > now + timedelta(days=HORIZON_DAYS):
        return WhyNot.TOO_FAR_AHEAD
    # A start between two granules would claim granules that no other booking claims.
    if starts_at.timestamp() % GRANULE.total_seconds():
        return WhyNot.NOT_ON_THE_GRID
    return None


def _office_says(starts_at: datetime, ends_at: datetime, office: OfficeDay) -> WhyNot | None:
    if office.bank_holiday is not None:
        return WhyNot.BANK_HOLIDAY
    if office.closed_because is not None:
        return WhyNot.OFFICE_CLOSED
    if not within(starts_at, ends_at, _spans(office.on_date, office.open_minutes)):
        return WhyNot.OUTSIDE_OPENING_HOURS
    return None


def _officer_says(
    starts_at: datetime, ends_at: datetime, on_date: date, officer: OfficerDay
) -> WhyNot | None:
    if not officer.gives_service:
        return WhyNot.WRONG_SERVICE
    if not within(starts_at, ends_at, _spans(on_date, officer.working_minutes)):
        return WhyNot.OUTSIDE_OFFICER_HOURS
    if meets(starts_at, ends_at, _spans(on_date, officer.break_minutes)):
        return WhyNot.IN_BREAK
    if meets(starts_at, ends_at, merged(officer.leave)):
        return WhyNot.ON_LEAVE
    if not officer.taken.isdisjoint(granules(starts_at, ends_at)):
        return WhyNot.SLOT_TAKEN
    return None


def starts_of(on_date: date, *, step_minutes: int = STEP_MINUTES) -> tuple[datetime, ...]:
    """Every quarter hour that the local clock shows on a date, each instant once."""
    begins, ends = day_bounds(on_date)
    step = timedelta(minutes=step_minutes)
    return tuple(begins + step * index for index in range((ends - begins) // step))


def free_times(
    *,
    duration_minutes: int,
    office: OfficeDay,
    officers: Sequence[OfficerDay],
    now: datetime,
    step_minutes: int = STEP_MINUTES,
) -> tuple[FreeTime, ...]:
    """The times of one date that can be booked, by start and then officer."""
    if office.bank_holiday is not None or office.closed_because is not None:
        return ()
    duration = timedelta(minutes=duration_minutes)
    open_spans = _spans(office.on_date, office.open_minutes)
    slots = [
        _Slot(at, at + duration, granules(at, at + duration))
        for at in starts_of(office.on_date, step_minutes=step_minutes)
        if within(at, at + duration, open_spans) and _time_says(at, now) is None
    ]
    free: dict[datetime, list[StaffId]] = {slot.starts_at: [] for slot in slots}
    for officer in officers:
        for slot in _free_slots(slots, office.on_date, open_spans, officer):
            free[slot.starts_at].append(officer.staff_id)
    return tuple(
        FreeTime(slot.starts_at, slot.ends_at, staff_id)
        for slot in slots
        for staff_id in free[slot.starts_at]
    )


class _Slot(NamedTuple):
    """A start that the office allows, with the granules it claims, made once for all officers."""

    starts_at: datetime
    ends_at: datetime
    claims: tuple[datetime, ...]


def _free_slots(
    slots: Sequence[_Slot], on_date: date, open_spans: Sequence[Span], officer: OfficerDay
) -> Iterator[_Slot]:
    if not officer.gives_service:
        return
    at_work = common(open_spans, _spans(on_date, officer.working_minutes))
    away = merged([*_spans(on_date, officer.break_minutes), *officer.leave])
    for begins, ends in without(at_work, away):
        for slot in slots[bisect_left(slots, begins, key=_starts_at) :]:
            if slot.ends_at > ends:
                break
            if officer.taken.isdisjoint(slot.claims):
                yield slot


def _starts_at(slot: _Slot) -> datetime:
    return slot.starts_at


def nearest(free: Iterable[FreeTime], wanted_at: datetime, *, count: int) -> tuple[FreeTime, ...]:
    """The free times nearest to a wanted one, each start once, nearest first."""
    by_start: dict[datetime, FreeTime] = {}
    for item in free:
        by_start.setdefault(item.starts_at, item)
    return tuple(sorted(by_start.values(), key=lambda f: abs(f.starts_at - wanted_at))[:count])


def one_officer_each(free: Sequence[FreeTime]) -> tuple[FreeTime, ...]:
    """One free time a start, in order, for who has no wish: with the officer freest that date.

    So bookings spread over the officers instead of filling the first of them.
    """
    starts = Counter((local_date(item.starts_at), item.staff_id) for item in free)
    chosen: dict[datetime, FreeTime] = {}
    for item in free:
        on_date = local_date(item.starts_at)
        known = chosen.get(item.starts_at)
        if known is None or starts[on_date, item.staff_id] > starts[on_date, known.staff_id]:
            chosen[item.starts_at] = item
    return tuple(chosen[starts_at] for starts_at in sorted(chosen))


def day_of(at: datetime) -> date:
    """The local date whose office and officer day decide about an instant."""
    return local_date(at)
