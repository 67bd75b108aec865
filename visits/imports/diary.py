"""The officers' days as an import of appointments sees them: what is taken, and by the list too."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from msgspec.structs import replace
from sqlalchemy.orm import Session

from visits.appointments.calendar import load
from visits.appointments.rules import HORIZON_DAYS, OfficeDay, OfficerDay, WhyNot, day_of, why_not
from visits.calendar.granules import granules
from visits.ids import OfficeId, ServiceId, StaffId
from visits.imports.directory import Directory

Booked = tuple[StaffId, datetime, datetime]

WHY = {
    WhyNot.IN_THE_PAST: "is in the past",
    WhyNot.TOO_FAR_AHEAD: f"is more than {HORIZON_DAYS} days ahead",
    WhyNot.NOT_ON_THE_GRID: "must begin at a full 5 minutes",
    WhyNot.BANK_HOLIDAY: "is on a bank holiday",
    WhyNot.OFFICE_CLOSED: "is on a day on which the office is closed",
    WhyNot.OUTSIDE_OPENING_HOURS: "is outside the office’s opening hours",
    WhyNot.WRONG_SERVICE: "the officer does not give this service",
    WhyNot.OUTSIDE_OFFICER_HOURS: "is outside the officer’s working hours",
    WhyNot.IN_BREAK: "is in the officer’s break",
    WhyNot.ON_LEAVE: "the officer is on leave",
    WhyNot.SLOT_TAKEN: "the officer has another appointment at that time",
}


def why_words(reason: str) -> str:
    """A reason in words; one that is not a reason of the calendar is given by its name."""
    if reason in WHY:
        return WHY[WhyNot(reason)]
    return f"was refused ({reason})"


class Diary:
    """Answers whether a time is free, and keeps it for the row that asked first."""

    def __init__(self, directory: Directory, now: datetime) -> None:
        self._directory = directory
        self._now = now
        self._days: dict[tuple[OfficeId, date], tuple[OfficeDay, dict[StaffId, OfficerDay]]] = {}
        self._taken: defaultdict[str, set[datetime]] = defaultdict(set)
        self._freed: defaultdict[str, set[datetime]] = defaultdict(set)

    def claim(
        self,
        session: Session,
        office_id: OfficeId,
        service_id: ServiceId,
        staff_id: StaffId,
        starts_at: datetime,
    ) -> WhyNot | None:
        """Keep a time for a row, or say why it cannot be had."""
        service = self._directory.get("service", service_id)
        officer = self._directory.get("staff_member", staff_id)
        if service is None or officer is None:
            return WhyNot.WRONG_SERVICE
        if starts_at > self._now + timedelta(days=HORIZON_DAYS):
            return WhyNot.TOO_FAR_AHEAD
        office, day = self._day(session, office_id, staff_id, day_of(starts_at))
        problem = why_not(
            starts_at,
            duration_minutes=service["duration_minutes"],
            office=office,
            officer=replace(day, gives_service=service_id in officer["service_ids"]),
            now=self._now,
        )
        if problem is None:
            ends_at = starts_at + timedelta(minutes=service["duration_minutes"])
            claimed = granules(starts_at, ends_at)
            self._taken[staff_id].update(claimed)
            self._freed[staff_id].difference_update(claimed)
        return problem

    def reclaim(
        self,
        session: Session,
        office_id: OfficeId,
        service_id: ServiceId,
        staff_id: StaffId,
        starts_at: datetime,
        *,
        old: Booked,
    ) -> WhyNot | None:
        """Keep another time for an appointment whose old time is free again then."""
        old_staff_id, old_starts_at, old_ends_at = old
        pieces = granules(old_starts_at, old_ends_at)
        self._freed[old_staff_id].update(pieces)
        problem = self.claim(session, office_id, service_id, staff_id, starts_at)
        if problem is not None:
            self._freed[old_staff_id].difference_update(pieces)
        return problem

    def _day(
        self, session: Session, office_id: OfficeId, staff_id: StaffId, on_date: date
    ) -> tuple[OfficeDay, OfficerDay]:
        key = office_id, on_date
        if key not in self._days:
            found = load(
                session, office_id=office_id, service_id=None, from_on=on_date, to_on=on_date
            )
            officers = {day.staff_id: day for day in found.officers[on_date]}
            self._days[key] = found.offices[on_date], officers
        office, officers = self._days[key]
        day = officers[staff_id]
        taken = (day.taken - self._freed[staff_id]) | self._taken[staff_id]
        return office, replace(day, taken=taken)
