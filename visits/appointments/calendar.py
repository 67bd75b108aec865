"""What the database holds of a calendar, as the rules want it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.appointments.rules import OfficeDay, OfficerDay
from visits.calendar.local_time import day_bounds
from visits.calendar.spans import Span
from visits.ids import OfficeId, ServiceId, StaffId
from visits.offices.records import BankHoliday, Closure, Office, OpeningHours
from visits.staff.records import Leave, StaffBreak, StaffMember, StaffTime, WorkingHours

Minutes = tuple[tuple[int, int], ...]


class Calendar(Struct, frozen=True):
    """Days of an office and of its officers, by date."""

    offices: dict[date, OfficeDay]
    officers: dict[date, tuple[OfficerDay, ...]]


def load(
    session: Session,
    *,
    office_id: OfficeId,
    service_id: ServiceId | None,
    from_on: date,
    to_on: date,
    staff_ids: Iterable[StaffId] | None = None,
) -> Calendar:
    """The calendar of an office for dates `from_on` to `to_on`, both included.

    Officers are those of the office who give the service, or those named.
    """
    dates = [from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1)]
    staff = _officers(session, office_id, service_id, staff_ids)
    ids = [member.id for member in staff]
    begins, ends = day_bounds(from_on)[0], day_bounds(to_on)[1]
    working = _by_weekday(session, WorkingHours, ids)
    breaks = _by_weekday(session, StaffBreak, ids)
    leave = _leave(session, ids, begins, ends)
    taken = _taken(session, ids, begins, ends)
    gives = {m.id: service_id is None or service_id in m.service_ids for m in staff}
    return Calendar(
        offices=_office_days(session, office_id, dates),
        officers={
            on_date: tuple(
                OfficerDay(
                    staff_id=StaffId(staff_id),
                    working_minutes=working[staff_id, on_date.weekday()],
                    break_minutes=breaks[staff_id, on_date.weekday()],
                    leave=leave[staff_id],
                    taken=taken[staff_id],
                    gives_service=gives[staff_id],
                )
                for staff_id in ids
            )
            for on_date in dates
        },
    )


def _officers(
    session: Session,
    office_id: OfficeId,
    service_id: ServiceId | None,
    staff_ids: Iterable[StaffId] | None,
) -> Sequence[StaffMember]:
    wanted = select(StaffMember).order_by(StaffMember.full_name, StaffMember.id)
    if staff_ids is not None:
        return session.scalars(wanted.where(StaffMember.id.in_(list(staff_ids)))).all()
    here = session.scalars(wanted.where(StaffMember.office_id == office_id)).all()
    return [m for m in here if service_id is None or service_id in m.service_ids]


def _office_days(
    session: Session, office_id: OfficeId, dates: Sequence[date]
) -> dict[date, OfficeDay]:
    hours: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in session.scalars(select(OpeningHours).where(OpeningHours.office_id == office_id)):
        hours[row.weekday].append((row.opens_minute, row.closes_minute))
    closures = {
        row.on_date: row.reason or "Closed"
        for row in session.scalars(select(Closure).where(Closure.office_id == office_id))
    }
    holidays = _bank_holidays(session, office_id, dates)
    return {
        on_date: OfficeDay(
            on_date=on_date,
            open_minutes=tuple(sorted(hours[on_date.weekday()])),
            bank_holiday=holidays.get(on_date),
            closed_because=closures.get(on_date),
        )
        for on_date in dates
    }


def _bank_holidays(session: Session, office_id: OfficeId, dates: Sequence[date]) -> dict[date, str]:
    nation = session.scalar(select(Office.nation).where(Office.id == office_id))
    rows = session.execute(
        select(BankHoliday.on_date, BankHoliday.title).where(
            BankHoliday.nation == nation, BankHoliday.on_date.between(dates[0], dates[-1])
        )
    )
    return {row.on_date: row.title for row in rows}


def _by_weekday(
    session: Session, kind: type[WorkingHours] | type[StaffBreak], ids: Sequence[str]
) -> defaultdict[tuple[str, int], Minutes]:
    found: defaultdict[tuple[str, int], Minutes] = defaultdict(tuple)
    rows = session.execute(
        select(kind.staff_id, kind.weekday, kind.starts_minute, kind.ends_minute)
        .where(kind.staff_id.in_(ids))
        .order_by(kind.starts_minute)
    )
    for staff_id, weekday, starts, ends in rows:
        found[staff_id, weekday] += ((starts, ends),)
    return found


def _leave(
    session: Session, ids: Sequence[str], begins: datetime, ends: datetime
) -> defaultdict[str, tuple[Span, ...]]:
    found: defaultdict[str, tuple[Span, ...]] = defaultdict(tuple)
    rows = session.scalars(
        select(Leave).where(Leave.staff_id.in_(ids), Leave.starts_at < ends, Leave.ends_at > begins)
    )
    for row in rows:
        found[row.staff_id] += ((row.starts_at, row.ends_at),)
    return found


def _taken(
    session: Session, ids: Sequence[str], begins: datetime, ends: datetime
) -> dict[str, frozenset[datetime]]:
    found: dict[str, set[datetime]] = {staff_id: set() for staff_id in ids}
    rows = session.execute(
        select(StaffTime.staff_id, StaffTime.starts_at).where(
            StaffTime.starts_at >= begins, StaffTime.starts_at < ends, StaffTime.staff_id.in_(ids)
        )
    )
    for staff_id, starts_at in rows:
        found[staff_id].add(starts_at)
    return {staff_id: frozenset(starts) for staff_id, starts in found.items()}
