"""Free times, the week of an office, and an appointment as paper shows it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sync.standing import undecided_ids
from visits.appointments.calendar import Calendar, load
from visits.appointments.records import Appointment
from visits.appointments.rules import HORIZON_DAYS, FreeTime, free_times, one_officer_each
from visits.calendar.local_time import day_bounds, local_date
from visits.customers.records import Customer
from visits.ids import AppointmentId, CustomerId, NoticeId, OfficeId, ServiceId, StaffId
from visits.notices.records import Notice
from visits.offices.records import Office, Service
from visits.staff.records import StaffMember
from visits.words import name_shown


class WeekDay(Struct, frozen=True):
    """One date of a week: its free times, or why there are none."""

    on_date: date
    free: tuple[FreeTime, ...]
    closed_because: str | None


class AppointmentSheet(Struct, frozen=True):
    """All that a confirmation says, and the note for the officer."""

    appointment_id: AppointmentId
    reference: str
    state: str
    customer_id: CustomerId
    customer: str
    service_id: ServiceId
    service: str
    duration_minutes: int
    bring: tuple[str, ...]
    office_id: OfficeId
    office: str
    office_address: str
    office_phone: str
    staff_id: StaffId
    officer: str
    starts_at: datetime
    ends_at: datetime
    large_print: bool
    provisional: bool
    note: str = ""


def week_of(
    session: Session,
    *,
    office_id: OfficeId,
    service_id: ServiceId,
    monday: date,
    now: datetime,
    staff_id: StaffId | None = None,
    days: int = 7,
) -> tuple[WeekDay, ...]:
    """The free times of a service at an office, date by date, for one officer or any."""
    service = session.get(Service, service_id)
    if service is None:
        return ()
    calendar = load(
        session,
        office_id=office_id,
        service_id=service_id,
        from_on=monday,
        to_on=monday + timedelta(days=days - 1),
        staff_ids=[staff_id] if staff_id else None,
    )
    return tuple(
        _day(calendar, on_date, service.duration_minutes, now) for on_date in calendar.offices
    )


def _day(calendar: Calendar, on_date: date, duration_minutes: int, now: datetime) -> WeekDay:
    office = calendar.offices[on_date]
    free = free_times(
        duration_minutes=duration_minutes,
        office=office,
        officers=calendar.officers[on_date],
        now=now,
    )
    closed = office.bank_holiday or office.closed_because
    if closed is None and not office.open_minutes:
        closed = "Closed"
    return WeekDay(on_date, free, closed)


def first_free(
    session: Session,
    *,
    office_id: OfficeId,
    service_id: ServiceId,
    now: datetime,
    staff_id: StaffId | None = None,
) -> FreeTime | None:
    """The first free time within the horizon, or None."""
    start = local_date(now)
    for week in range(0, HORIZON_DAYS, 7):
        days = week_of(
            session,
            office_id=office_id,
            service_id=service_id,
            staff_id=staff_id,
            monday=start + timedelta(days=week),
            now=now,
        )
        for day in days:
            if day.free:
                return one_officer_each(day.free)[0]
    return None


class OfficerChoice(Struct, frozen=True):
    """An officer who can be asked for by name."""

    staff_id: StaffId
    full_name: str


def officers_for(
    session: Session, *, office_id: OfficeId, service_id: ServiceId
) -> tuple[OfficerChoice, ...]:
    """The officers of an office who give a service, by name."""
    members = session.scalars(
        select(StaffMember)
        .where(StaffMember.office_id == office_id)
        .order_by(StaffMember.full_name, StaffMember.id)
    )
    return tuple(
        OfficerChoice(StaffId(m.id), m.full_name) for m in members if service_id in m.service_ids
    )


def sheet(session: Session, appointment_id: AppointmentId) -> AppointmentSheet | None:
    """An appointment with all that its confirmation says, or None for an unknown one.

    It is provisional while the last command that changed it is not decided upstream.
    """
    row = session.execute(
        select(Appointment, Service, Office, StaffMember.full_name, Customer)
        .join(Service, Service.id == Appointment.service_id)
        .join(Office, Office.id == Appointment.office_id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .outerjoin(Customer, Customer.id == Appointment.customer_id)
        .where(Appointment.id == appointment_id)
    ).one_or_none()
    if row is None:
        return None
    appointment, service, office, officer, customer = row
    return AppointmentSheet(
        appointment_id=AppointmentId(appointment.id),
        reference=appointment.reference,
        state=appointment.state,
        customer_id=CustomerId(appointment.customer_id),
        customer=customer.full_name if customer else "",
        service_id=ServiceId(service.id),
        service=service.name,
        duration_minutes=service.duration_minutes,
        bring=tuple(service.bring),
        office_id=OfficeId(office.id),
        office=office.name,
        office_address=office.address,
        office_phone=office.phone,
        staff_id=StaffId(appointment.staff_id),
        officer=officer,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        large_print="large_print" in (customer.access_needs if customer else []),
        provisional=appointment.command_id in undecided_ids(session),
        note=appointment.note,
    )


class Expected(Struct, frozen=True):
    """An appointment of today that has not arrived."""

    appointment_id: AppointmentId
    reference: str
    customer_id: CustomerId
    customer: str
    service_id: ServiceId
    service: str
    officer: str
    starts_at: datetime


def expected_today(
    session: Session, office_id: OfficeId, on_date: date, *, customer_id: CustomerId | None = None
) -> tuple[Expected, ...]:
    """Appointments of a date at an office that have not arrived, by time."""
    begins, ends = day_bounds(on_date)
    wanted = (
        select(Appointment, Customer.full_name, Service.name, StaffMember.full_name)
        .outerjoin(Customer, Customer.id == Appointment.customer_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .where(Appointment.office_id == office_id, Appointment.state == "booked")
        .where(Appointment.starts_at >= begins, Appointment.starts_at < ends)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    if customer_id is not None:
        wanted = wanted.where(Appointment.customer_id == customer_id)
    return tuple(
        Expected(
            AppointmentId(a.id),
            a.reference,
            CustomerId(a.customer_id),
            name_shown(customer, customer_id=a.customer_id),
            ServiceId(a.service_id),
            service,
            officer,
            a.starts_at,
        )
        for a, customer, service, officer in session.execute(wanted)
    )


class Booked(Struct, frozen=True):
    """An appointment in the list of a day, whatever became of it."""

    appointment_id: AppointmentId
    reference: str
    customer: str
    service: str
    officer: str
    starts_at: datetime
    ends_at: datetime
    state: str
    provisional: bool


def booked_on(session: Session, office_id: OfficeId, on_date: date) -> tuple[Booked, ...]:
    """Every appointment of a local date at an office, cancelled ones too, by time and officer."""
    begins, ends = day_bounds(on_date)
    undecided = undecided_ids(session)
    rows = session.execute(
        select(Appointment, Customer.full_name, Service.name, StaffMember.full_name)
        .outerjoin(Customer, Customer.id == Appointment.customer_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(StaffMember, StaffMember.id == Appointment.staff_id)
        .where(Appointment.office_id == office_id)
        .where(Appointment.starts_at >= begins, Appointment.starts_at < ends)
        .order_by(Appointment.starts_at, StaffMember.full_name, Appointment.id)
    )
    return tuple(
        Booked(
            AppointmentId(a.id),
            a.reference,
            name_shown(customer, customer_id=a.customer_id),
            service,
            officer,
            a.starts_at,
            a.ends_at,
            a.state,
            a.command_id in undecided,
        )
        for a, customer, service, officer in rows
    )


def latest_notice(session: Session, appointment_id: AppointmentId) -> NoticeId | None:
    """The newest notice about an appointment: the one that a paper printed now hands over."""
    found = session.scalar(
        select(Notice.id)
        .where(Notice.about_id == appointment_id)
        .order_by(Notice.caused_at.desc(), Notice.id.desc())
        .limit(1)
    )
    return NoticeId(found) if found else None


def appointment_by_reference(session: Session, text: str) -> AppointmentId | None:
    """The appointment that a reference or an id names, or None.

    One that was cancelled and booked anew keeps its reference: then it is the one that stands.
    """
    found = session.scalar(
        select(Appointment.id)
        .where(or_(Appointment.reference == text.strip().upper(), Appointment.id == text))
        .order_by(Appointment.state == "cancelled", Appointment.booked_at.desc(), Appointment.id)
        .limit(1)
    )
    return AppointmentId(found) if found else None
