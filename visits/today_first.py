"""What a desk that begins gets before all the rest: today's queue, and what it takes to read it.

A council has hundreds of thousands of people, an office some dozens today. Over a weak line the
desk can call the next person long before it can find everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sync.ids import Clock
from visits.appointments.records import Appointment
from visits.calendar.local_time import day_bounds, local_date
from visits.customers.records import CustomerDetails
from visits.offices.records import Closure, Desk, Office, OpeningHours, Relay, Service
from visits.queue.records import Stretch, Ticket, since_the_day_before
from visits.rooms.records import Room, RoomUse
from visits.scopes import COUNCIL, of_office
from visits.staff.records import StaffMember, Team

COUNCIL_WHOLE = (Office, Service, Team, OpeningHours, Closure, Desk, Relay)

Day = tuple[datetime, datetime]
Wanted = Mapping[str, Sequence[str] | None]


class TodayFirst(Struct, frozen=True):
    """For the office of a device: who is there or expected today by this clock."""

    clock: Clock

    def __call__(self, session: Session, device: str, scope: str) -> Wanted:
        """Row ids by table, None for a whole table."""
        stands = session.get(Desk, device) or session.get(Relay, device)
        office_id = stands.office_id if stands else None
        today = day_bounds(local_date(self.clock()))
        if scope == COUNCIL:
            return _council_rows(session, office_id, today)
        if office_id is not None and scope == of_office(office_id):
            return _office_rows(session, office_id, today)
        return {}


def _council_rows(session: Session, office_id: str | None, today: Day) -> Wanted:
    whole: Wanted = {str(record.__tablename__): None for record in COUNCIL_WHOLE}
    if office_id is None:
        return whole
    staff = select(StaffMember.id).where(StaffMember.office_id == office_id)
    return {
        **whole,
        "staff_member": _ids(session, staff),
        "customer": _people(session, office_id, today),
    }


def _office_rows(session: Session, office_id: str, today: Day) -> Wanted:
    people = _people(session, office_id, today)
    details = select(CustomerDetails.id).where(CustomerDetails.customer_id.in_(people))
    tickets = _tickets(office_id, today)
    in_use = select(RoomUse.id).where(RoomUse.office_id == office_id, RoomUse.to_at.is_(None))
    return {
        "room": _ids(session, select(Room.id).where(Room.office_id == office_id)),
        "room_use": _ids(session, in_use),
        "ticket": _ids(session, tickets),
        "stretch": _ids(session, select(Stretch.id).where(Stretch.ticket_id.in_(tickets))),
        "appointment": _ids(session, _appointments(office_id, today)),
        "customer_details": _ids(session, details),
    }


def _tickets(office_id: str, today: Day) -> Select[str]:
    """Those of the day, and of the evening before; an older one is not waiting any more."""
    lately = since_the_day_before(local_date(today[0]))
    return select(Ticket.id).where(Ticket.office_id == office_id, lately)


def _appointments(office_id: str, today: Day) -> Select[str]:
    begins, ends = today
    return select(Appointment.id).where(
        Appointment.office_id == office_id,
        Appointment.starts_at >= begins,
        Appointment.starts_at < ends,
    )


def _people(session: Session, office_id: str, today: Day) -> Sequence[str]:
    """Those who are there, and those who have an appointment."""
    there = select(Ticket.customer_id).where(Ticket.id.in_(_tickets(office_id, today)))
    expected = select(Appointment.customer_id).where(
        Appointment.id.in_(_appointments(office_id, today))
    )
    return sorted({who for who in session.scalars(there.union(expected)) if who is not None})


def _ids(session: Session, wanted: Select[str]) -> Sequence[str]:
    return session.scalars(wanted).all()
