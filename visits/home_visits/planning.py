"""When an officer is really free for a visit: hours, breaks, leave, and time already taken.

A visit needs the officer alone: the office's opening hours and closures do not bind it, bank
holidays do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec.structs import replace
from sqlalchemy.orm import Session

from visits.appointments.calendar import Calendar, load
from visits.appointments.rules import OfficerDay, WhyNot, free_times, why_not
from visits.calendar.granules import GRANULE
from visits.calendar.local_time import MINUTES_A_DAY, day_bounds, instant, local_date
from visits.calendar.spans import Span, common, merged, without
from visits.ids import OfficeId, StaffId
from visits.staff.records import StaffMember

NEAREST_SHOWN = 4
NEAREST_DAYS = 7


def why_not_then(
    session: Session,
    planned_at: datetime,
    *,
    staff_id: StaffId,
    duration_minutes: int,
    now: datetime,
) -> WhyNot | None:
    """Why an officer cannot begin a visit then, or None when they can."""
    on_date = local_date(planned_at)
    calendar = _calendar(session, staff_id, on_date, on_date)
    return why_not(
        planned_at,
        duration_minutes=duration_minutes,
        office=calendar.offices[on_date],
        officer=calendar.officers[on_date][0],
        now=now,
    )


def free_starts(
    session: Session, on_date: date, *, staff_id: StaffId, duration_minutes: int, now: datetime
) -> tuple[datetime, ...]:
    """The quarter hours of a date at which an officer can begin a visit."""
    calendar = _calendar(session, staff_id, on_date, on_date)
    return _starts(calendar, on_date, duration_minutes, now)


def nearest_starts(
    session: Session,
    wanted_at: datetime,
    *,
    staff_id: StaffId,
    duration_minutes: int,
    now: datetime,
) -> tuple[datetime, ...]:
    """The free starts of an officer nearest to a wanted one within a week, nearest first."""
    from_on = max(local_date(wanted_at), local_date(now))
    calendar = _calendar(session, staff_id, from_on, from_on + timedelta(days=NEAREST_DAYS))
    free = [
        at
        for on_date in calendar.offices
        for at in _starts(calendar, on_date, duration_minutes, now)
    ]
    return tuple(sorted(free, key=lambda at: abs(at - wanted_at))[:NEAREST_SHOWN])


def window_around(
    planned_at: datetime, length: timedelta, *, now: datetime
) -> tuple[datetime, datetime]:
    """What the resident is told: from the full hour, or the time itself where that has begun."""
    begins_at = planned_at.replace(minute=0, second=0)
    if begins_at < now:
        begins_at = planned_at
    return begins_at, begins_at + length


def officer_day(session: Session, staff_id: StaffId, on_date: date) -> OfficerDay:
    """An officer's hours, breaks, leave and taken time on a date."""
    return _calendar(session, staff_id, on_date, on_date).officers[on_date][0]


def breaks_of(day: OfficerDay, on_date: date) -> list[Span]:
    """An officer's breaks on a date, as instants."""
    return merged(
        (instant(on_date, start), instant(on_date, end)) for start, end in day.break_minutes
    )


def leave_of(day: OfficerDay, on_date: date) -> list[Span]:
    """What of an officer's leave falls into a local day."""
    return common(day.leave, [day_bounds(on_date)])


def taken_by_others(day: OfficerDay, visits: Iterable[Span]) -> list[Span]:
    """An officer's taken time that is none of these visits: appointments, say."""
    taken = merged((at, at + GRANULE) for at in day.taken)
    return without(taken, merged(visits))


def _starts(
    calendar: Calendar, on_date: date, duration_minutes: int, now: datetime
) -> tuple[datetime, ...]:
    free = free_times(
        duration_minutes=duration_minutes,
        office=calendar.offices[on_date],
        officers=calendar.officers[on_date],
        now=now,
    )
    return tuple(item.starts_at for item in free)


def _calendar(session: Session, staff_id: StaffId, from_on: date, to_on: date) -> Calendar:
    """The officer's calendar, with the office open all day. The officer must exist."""
    officer = session.get_one(StaffMember, staff_id)
    found = load(
        session,
        office_id=OfficeId(officer.office_id),
        service_id=None,
        from_on=from_on,
        to_on=to_on,
        staff_ids=[staff_id],
    )
    always = ((0, MINUTES_A_DAY),)
    offices = {
        on_date: replace(office, open_minutes=always, closed_because=None)
        for on_date, office in found.offices.items()
    }
    return Calendar(offices=offices, officers=found.officers)
