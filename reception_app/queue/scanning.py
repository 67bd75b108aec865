"""What was entered in the search field: a scanned code, a reference, or a name."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from visits.appointments.queries import appointment_by_reference, expected_today, sheet
from visits.calendar.local_time import local_date
from visits.codes import CodeKind, NotOurCode, looks_like_code, read_code
from visits.customers.search import Found, Vocabulary, find_customers, person_by_id
from visits.ids import AppointmentId, CustomerId, OfficeId
from visits.queue.queries import open_ticket
from visits.words import clock_time, long_date

BY_NAME = "Choose the person by name instead."


class Scanned(Struct, frozen=True):
    """Who it names and what for, or why it cannot be used, in words.

    `is_scan` says that it was a code: whoever holds it up has come and is checked in at once.
    """

    person: Found | None = None
    service_id: str | None = None
    appointment_id: str | None = None
    about: str = ""
    problem: str = ""
    is_scan: bool = False


def understand(
    session: Session,
    text: str,
    *,
    office_id: OfficeId,
    now: datetime,
    vocabulary: Vocabulary,
    chosen: Found | None,
) -> Scanned:
    """What the text means at this office now."""
    if looks_like_code(text):
        return _code(session, text, office_id, now)
    appointment_id = appointment_by_reference(session, text)
    if appointment_id is not None:
        return _appointment(session, appointment_id, office_id, now)
    person = chosen or next(iter(find_customers(session, text, vocabulary, limit=1)), None)
    if person is None:
        return Scanned(problem="Nobody by that name. Check the spelling, or add them with Ctrl+N.")
    return _person(session, person, office_id, now)


def _code(session: Session, text: str, office_id: OfficeId, now: datetime) -> Scanned:
    try:
        code = read_code(text)
    except NotOurCode as error:
        return Scanned(problem=str(error))
    if code.expires_on is not None and code.expires_on < local_date(now):
        return Scanned(
            problem=f"This code was for {long_date(code.expires_on)} and has expired. {BY_NAME}"
        )
    if code.kind is CodeKind.APPOINTMENT:
        found = _appointment(session, AppointmentId(code.id), office_id, now)
        return replace(found, is_scan=True)
    return Scanned(
        problem=f"This is the code of a {code.kind.value}, not of an appointment. {BY_NAME}"
    )


def _appointment(
    session: Session, appointment_id: AppointmentId, office_id: OfficeId, now: datetime
) -> Scanned:
    found = sheet(session, appointment_id)
    if found is None:
        return Scanned(
            problem="This appointment is not at this office, or this desk has not heard of it. "
            + BY_NAME
        )
    if found.office_id != office_id:
        return Scanned(problem=f"This appointment is at {found.office}, {found.office_address}.")
    if found.state == "cancelled":
        return Scanned(problem="This appointment was cancelled. Book another, or check them in.")
    if found.state != "booked":
        return Scanned(problem="They have checked in for this appointment already.")
    on_date = local_date(found.starts_at)
    if on_date != local_date(now):
        return Scanned(
            problem=f"This appointment is on {long_date(on_date)} at "
            f"{clock_time(found.starts_at)}. {BY_NAME}"
        )
    return Scanned(
        person=person_by_id(session, CustomerId(found.customer_id)),
        service_id=found.service_id,
        appointment_id=found.appointment_id,
        about=f"Appointment at {clock_time(found.starts_at)} with {found.officer}",
    )


def _person(session: Session, person: Found, office_id: OfficeId, now: datetime) -> Scanned:
    expected = expected_today(session, office_id, local_date(now), customer_id=person.customer_id)
    if not expected:
        here = open_ticket(session, office_id, person.customer_id, on_date=local_date(now))
        return Scanned(person=person, about=f"Waiting already as {here}" if here else "")
    first = expected[0]
    return Scanned(
        person=person,
        service_id=first.service_id,
        appointment_id=first.appointment_id,
        about=f"Appointment at {clock_time(first.starts_at)} with {first.officer}",
    )
