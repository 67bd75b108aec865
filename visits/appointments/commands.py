"""Booking, moving and cancelling an appointment, and taking a cancelling back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.appointments.calendar import load
from visits.appointments.records import Appointment
from visits.appointments.rules import WhyNot, day_of, free_times, nearest, why_not
from visits.customers.records import Customer
from visits.ids import AppointmentId, CustomerId, NoticeId, OfficeId, ServiceId, StaffId
from visits.notices.commands import record_notice
from visits.offices.records import Office, Service
from visits.record import check_new, is_there
from visits.scopes import is_archive, of_office
from visits.staff import time
from visits.staff.records import StaffMember

COMMANDS = Registry()
NEAREST_SHOWN = 4
NEAREST_DAYS = 7
NOTE_CHARACTERS_MAX = 500


class Book(Arguments, frozen=True):
    """An appointment at an office with an officer. `booked_at` is now at the issuing desk."""

    appointment_id: AppointmentId
    notice_id: NoticeId
    reference: str
    office_id: OfficeId
    service_id: ServiceId
    staff_id: StaffId
    customer_id: CustomerId
    starts_at: datetime
    booked_at: datetime
    note: str = ""


@COMMANDS.command("appointments.book", Book)
def book(session: Session, args: Book, context: Context) -> None:
    """Anyone at a desk. Two bookings never share a slot. Writes the confirmation's notice.

    Refused: `id_taken`, `not_found`, `note_too_long`; any name of `WhyNot`, with `nearest`: the
    nearest free times as (starts_at, staff_id).
    """
    check_new(session, (Appointment, args.appointment_id))
    if not is_there(session, (Customer, args.customer_id)):
        raise Refusal("not_found", what="customer")
    if len(args.note) > NOTE_CHARACTERS_MAX:
        raise Refusal("note_too_long", limit=NOTE_CHARACTERS_MAX)
    service = _service(session, args.service_id)
    _check_office_and_officer(session, args.office_id, args.staff_id)
    _check_free(session, args, service, args.staff_id, args.starts_at, now=args.booked_at)
    ends_at = args.starts_at + timedelta(minutes=service.duration_minutes)
    time.claim(session, args.staff_id, args.starts_at, ends_at)
    appointment = Appointment(
        id=args.appointment_id,
        scope=of_office(args.office_id),
        reference=args.reference,
        office_id=args.office_id,
        service_id=args.service_id,
        staff_id=args.staff_id,
        customer_id=args.customer_id,
        starts_at=args.starts_at,
        ends_at=ends_at,
        state="booked",
        note=args.note,
        booked_at=args.booked_at,
        command_id=context.command_id,
    )
    session.add(appointment)
    record_notice(
        session,
        appointment,
        notice_id=args.notice_id,
        kind="confirmation",
        caused_at=args.booked_at,
    )


class Move(Arguments, frozen=True):
    """The same appointment at another time, maybe with another officer.

    `seen_starts_at` is the time that it had where this was decided.
    """

    appointment_id: AppointmentId
    notice_id: NoticeId
    staff_id: StaffId
    starts_at: datetime
    moved_at: datetime
    seen_starts_at: datetime | None = None


@COMMANDS.command("appointments.move", Move)
def move(session: Session, args: Move, context: Context) -> None:
    """Anyone at a desk. The old time is free again.

    Refused as `book`, `not_from_here`, and `time_changed` where it had another time when seen.
    """
    appointment = _in_state(session, args.appointment_id, "booked")
    _check_seen(appointment, args.seen_starts_at)
    _check_not_put_away(appointment)
    service = _service(session, ServiceId(appointment.service_id))
    _check_office_and_officer(session, OfficeId(appointment.office_id), args.staff_id)
    time.free(session, StaffId(appointment.staff_id), appointment.starts_at, appointment.ends_at)
    session.flush()
    _check_free(session, appointment, service, args.staff_id, args.starts_at, now=args.moved_at)
    ends_at = args.starts_at + timedelta(minutes=service.duration_minutes)
    time.claim(session, args.staff_id, args.starts_at, ends_at)
    appointment.staff_id = args.staff_id
    appointment.starts_at = args.starts_at
    appointment.ends_at = ends_at
    appointment.command_id = context.command_id
    record_notice(
        session, appointment, notice_id=args.notice_id, kind="moved", caused_at=args.moved_at
    )


class Cancel(Arguments, frozen=True):
    """The appointment will not take place. `seen_starts_at` is the time it had when seen."""

    appointment_id: AppointmentId
    notice_id: NoticeId
    cancelled_at: datetime
    seen_starts_at: datetime | None = None


@COMMANDS.command("appointments.cancel", Cancel)
def cancel(session: Session, args: Cancel, context: Context) -> None:
    """Anyone at a desk. The time is free again.

    Refused: `not_found`, `not_from_here`, `time_changed` where it had another time when seen.
    """
    appointment = _in_state(session, args.appointment_id, "booked")
    _check_seen(appointment, args.seen_starts_at)
    time.free(session, StaffId(appointment.staff_id), appointment.starts_at, appointment.ends_at)
    appointment.state = "cancelled"
    appointment.command_id = context.command_id
    record_notice(
        session,
        appointment,
        notice_id=args.notice_id,
        kind="cancellation",
        caused_at=args.cancelled_at,
    )


class Reinstate(Arguments, frozen=True):
    """A cancelled appointment takes place after all, at its own time with its own officer."""

    appointment_id: AppointmentId
    notice_id: NoticeId
    reinstated_at: datetime


@COMMANDS.command("appointments.reinstate", Reinstate)
def reinstate(session: Session, args: Reinstate, context: Context) -> None:
    """Anyone at a desk: the undo of a cancelling. Writes the confirmation's notice anew.

    Refused: `not_found`, `not_from_here` unless it is cancelled, and as `book` when the time is
    no longer free.
    """
    appointment = _in_state(session, args.appointment_id, "cancelled")
    _check_not_put_away(appointment)
    service = _service(session, ServiceId(appointment.service_id))
    staff_id, starts_at = StaffId(appointment.staff_id), appointment.starts_at
    _check_free(session, appointment, service, staff_id, starts_at, now=args.reinstated_at)
    appointment.ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    time.claim(session, staff_id, starts_at, appointment.ends_at)
    appointment.state = "booked"
    appointment.command_id = context.command_id
    record_notice(
        session,
        appointment,
        notice_id=args.notice_id,
        kind="confirmation",
        caused_at=args.reinstated_at,
    )


def _service(session: Session, service_id: ServiceId) -> Service:
    service = session.get(Service, service_id)
    if service is None:
        raise Refusal("not_found", what="service")
    return service


def _check_office_and_officer(session: Session, office_id: OfficeId, staff_id: StaffId) -> None:
    officer = session.get(StaffMember, staff_id)
    if officer is None or not is_there(session, (Office, office_id)):
        raise Refusal("not_found", what="office or officer")
    if officer.office_id != office_id:
        raise Refusal(WhyNot.OUTSIDE_OFFICER_HOURS, nearest=[])


def _in_state(session: Session, appointment_id: AppointmentId, state: str) -> Appointment:
    appointment = session.get(Appointment, appointment_id)
    if appointment is None:
        raise Refusal("not_found", what="appointment")
    if appointment.state != state:
        raise Refusal("not_from_here", state=appointment.state)
    return appointment


def _check_not_put_away(appointment: Appointment) -> None:
    """No desk sees one that is: moved to next week, it would be missed."""
    if is_archive(appointment.scope):
        raise Refusal("not_found", what="appointment")


def _check_seen(appointment: Appointment, seen_starts_at: datetime | None) -> None:
    """Whoever was told of a new time must not lose it to an act upon the old one."""
    if seen_starts_at is not None and seen_starts_at != appointment.starts_at:
        raise Refusal("time_changed", starts_at=appointment.starts_at.isoformat())


def _check_free(
    session: Session,
    where: Book | Appointment,
    service: Service,
    staff_id: StaffId,
    starts_at: datetime,
    *,
    now: datetime,
) -> None:
    on_date = day_of(starts_at)
    calendar = load(
        session,
        office_id=OfficeId(where.office_id),
        service_id=ServiceId(service.id),
        from_on=on_date,
        to_on=on_date,
        staff_ids=[staff_id],
    )
    officers = calendar.officers[on_date]
    if not officers:
        raise Refusal("not_found", what="officer")
    problem = why_not(
        starts_at,
        duration_minutes=service.duration_minutes,
        office=calendar.offices[on_date],
        officer=officers[0],
        now=now,
    )
    if problem is not None:
        raise Refusal(problem.value, nearest=_nearest(session, where, service, starts_at, now))


def _nearest(
    session: Session,
    where: Book | Appointment,
    service: Service,
    wanted_at: datetime,
    now: datetime,
) -> list[tuple[str, str]]:
    around = max(day_of(wanted_at), day_of(now))
    calendar = load(
        session,
        office_id=OfficeId(where.office_id),
        service_id=ServiceId(service.id),
        from_on=around,
        to_on=around + timedelta(days=NEAREST_DAYS),
    )
    free = [
        item
        for on_date, office in calendar.offices.items()
        for item in free_times(
            duration_minutes=service.duration_minutes,
            office=office,
            officers=calendar.officers[on_date],
            now=now,
        )
    ]
    return [
        (item.starts_at.isoformat(), item.staff_id)
        for item in nearest(free, wanted_at, count=NEAREST_SHOWN)
    ]
