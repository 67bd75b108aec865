"""What the page asks the database for, in one consistent view, off the window's thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.appointments.queries import (
    AppointmentSheet,
    Booked,
    OfficerChoice,
    WeekDay,
    appointment_by_reference,
    booked_on,
    first_free,
    officers_for,
    sheet,
    week_of,
)
from visits.appointments.rules import FreeTime
from visits.ids import AppointmentId, OfficeId, ServiceId, StaffId
from visits.notices.commands import WAYS
from visits.notices.records import Notice
from visits.queue.queries import ServiceChoice, services


class Question(Struct, frozen=True):
    """What is shown now: an answer to another question is out of date.

    `on_date` is the day whose bookings are listed, None while they are out of sight.
    """

    office_id: OfficeId
    service_id: ServiceId | None
    staff_id: StaffId | None
    monday: date
    on_date: date | None
    appointment_id: AppointmentId | None


class Shown(Struct, frozen=True):
    """The answer, all of one moment."""

    services: tuple[ServiceChoice, ...]
    officers: tuple[OfficerChoice, ...]
    week: tuple[WeekDay, ...]
    first_free: FreeTime | None
    booked: tuple[Booked, ...]
    appointment: AppointmentSheet | None

    @property
    def officer_names(self) -> Mapping[StaffId, str]:
        """The names of the officers who give the service."""
        return {officer.staff_id: officer.full_name for officer in self.officers}


def ask(session: Session, question: Question, *, now: datetime) -> Shown:
    """Answer a question."""
    office_id, service_id = question.office_id, question.service_id
    officers: tuple[OfficerChoice, ...] = ()
    week: tuple[WeekDay, ...] = ()
    first: FreeTime | None = None
    if service_id is not None:
        officers = officers_for(session, office_id=office_id, service_id=service_id)
        week = week_of(
            session,
            office_id=office_id,
            service_id=service_id,
            staff_id=question.staff_id,
            monday=question.monday,
            now=now,
        )
        first = first_free(
            session, office_id=office_id, service_id=service_id, staff_id=question.staff_id, now=now
        )
    opened = question.appointment_id
    return Shown(
        services=services(session),
        officers=officers,
        week=week,
        first_free=first,
        booked=booked_on(session, office_id, question.on_date) if question.on_date else (),
        appointment=sheet(session, opened) if opened is not None else None,
    )


def by_reference(session: Session, text: str, office_id: OfficeId) -> AppointmentSheet | None:
    """The appointment of an office that a reference names, or None."""
    appointment_id = appointment_by_reference(session, text)
    found = sheet(session, appointment_id) if appointment_id is not None else None
    return found if found is not None and found.office_id == office_id else None


def was_handed_over(session: Session, appointment_id: AppointmentId) -> bool:
    """Whether a paper about an appointment has been printed or saved."""
    found = select(Notice.id).where(Notice.about_id == appointment_id, Notice.status.in_(WAYS))
    return session.scalar(found.limit(1)) is not None
