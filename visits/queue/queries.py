"""What may be asked of an office's queue. Answers are values, never live rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from sync.standing import undecided_rows
from visits.appointments.records import Appointment
from visits.calendar.local_time import day_bounds, local_date
from visits.customers.records import Customer
from visits.ids import CustomerId, OfficeId, ServiceId, StretchId, TicketId
from visits.offices.records import Desk, Office, Service
from visits.queue.pace import open_counters
from visits.queue.records import Stretch, Ticket, since_the_day_before
from visits.queue.rules import (
    OrderPolicy,
    Placed,
    Waiting,
    next_number,
    order,
    reason,
    relief_is_due,
)
from visits.queue.turns import AT_COUNTER
from visits.rooms.records import Room, RoomUse
from visits.staff.records import StaffMember
from visits.words import name_shown

SHOWN_STATES = ("waiting", "on_hold", "no_show")
EVENING_HOURS = 4
"""An office that is open past midnight has people in its queue from so long before it."""


class QueueRow(Struct, frozen=True):
    """A ticket as the waiting list shows it."""

    ticket_id: TicketId
    number: str
    state: str
    person: str
    customer_id: CustomerId | None
    service: str
    service_id: ServiceId
    source: str
    appointment_at: datetime | None
    officer: str | None
    arrived_at: datetime
    clock_from_at: datetime
    target_minutes: int
    priority: bool
    wants_private: bool
    needs: tuple[str, ...]
    note: str


class NextCall(Struct, frozen=True):
    """Whom *Call next* would call, and why."""

    ticket_id: TicketId
    number: str
    person: str
    why: str


class Queue(Struct, frozen=True):
    """An office's queue in its order, with the one to be called next."""

    rows: tuple[QueueRow, ...]
    next_call: NextCall | None
    counters_open: int
    seen_today: int
    seen_in_time_today: int


class AtCounter(Struct, frozen=True):
    """The person at a desk."""

    ticket_id: TicketId
    stretch_id: StretchId
    number: str
    state: str
    person: str
    customer_id: CustomerId | None
    service: str
    service_id: ServiceId
    since_at: datetime
    needs: tuple[str, ...]
    note: str
    wants_private: bool
    room: str | None


def queue_of(session: Session, office_id: OfficeId, *, now: datetime, policy: OrderPolicy) -> Queue:
    """The queue of an office in the order in which people are called; those set aside last."""
    found = _tickets(session, office_id, now)
    waiting = [_waiting(row) for row in found if row.Ticket.state == "waiting"]
    due = relief_is_due_now(session, office_id, now=now, policy=policy)
    placed = order(waiting, now=now, policy=policy, relief_is_due=due)
    rows = {row.Ticket.id: _row(row) for row in found}
    in_order = [rows[item.ticket.ticket_id] for item in placed]
    aside = [row for row in rows.values() if row.state != "waiting"]
    seen, in_time = _seen(session, office_id, now)
    return Queue(
        rows=(*in_order, *sorted(aside, key=lambda row: (row.state, row.arrived_at))),
        next_call=_next(placed, rows, now),
        counters_open=len(open_counters(session, office_id, now=now)),
        seen_today=seen,
        seen_in_time_today=in_time,
    )


def waiting_tickets(
    session: Session, office_id: OfficeId, *, now: datetime
) -> list[tuple[Waiting, ServiceId]]:
    """Who waits in an office, as the order needs them, and for which service."""
    return [
        (_waiting(row), ServiceId(row.Ticket.service_id))
        for row in _tickets(session, office_id, now)
        if row.Ticket.state == "waiting"
    ]


def _tickets(
    session: Session, office_id: OfficeId, now: datetime
) -> Sequence[Row[tuple[Ticket, Service, str]]]:
    return session.execute(
        select(
            Ticket,
            Service,
            Customer.full_name,
            Appointment.starts_at,
            StaffMember.full_name.label("officer"),
        )
        .join(Service, Service.id == Ticket.service_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(Appointment, Appointment.id == Ticket.appointment_id)
        .outerjoin(StaffMember, StaffMember.id == Appointment.staff_id)
        .where(Ticket.office_id == office_id, Ticket.state.in_(SHOWN_STATES))
        .where(_of_this_day(local_date(now)))
        .order_by(Ticket.arrived_at, Ticket.id)
    ).all()  # type: ignore[return-value]


def _of_this_day(on_date: date) -> ColumnElement[bool]:
    """Nobody left over from a day before, but who came in the evening is here past midnight."""
    evening_at = day_bounds(on_date)[0] - timedelta(hours=EVENING_HOURS)
    return and_(
        since_the_day_before(on_date),
        or_(Ticket.number_on == on_date, Ticket.arrived_at >= evening_at),
    )


def _waiting(row: Row[tuple[Ticket, Service, str]]) -> Waiting:
    ticket: Ticket = row.Ticket
    return Waiting(
        ticket_id=ticket.id,
        number=ticket.number,
        priority=ticket.priority,
        arrived_at=ticket.arrived_at,
        clock_from_at=ticket.clock_from_at,
        appointment_at=row.starts_at,
        target_minutes=row.Service.target_minutes,
    )


def _row(row: Row[tuple[Ticket, Service, str]]) -> QueueRow:
    ticket: Ticket = row.Ticket
    return QueueRow(
        ticket_id=TicketId(ticket.id),
        number=ticket.number,
        state=ticket.state,
        person=name_shown(row.full_name, customer_id=ticket.customer_id),
        customer_id=CustomerId(ticket.customer_id) if ticket.customer_id else None,
        service=row.Service.name,
        service_id=ServiceId(row.Service.id),
        source=ticket.source,
        appointment_at=row.starts_at,
        officer=row.officer,
        arrived_at=ticket.arrived_at,
        clock_from_at=ticket.clock_from_at,
        target_minutes=row.Service.target_minutes,
        priority=ticket.priority,
        wants_private=ticket.wants_private,
        needs=tuple(ticket.access_needs),
        note=ticket.note,
    )


def _next(placed: Sequence[Placed], rows: dict[str, QueueRow], now: datetime) -> NextCall | None:
    if not placed:
        return None
    first = placed[0]
    row = rows[first.ticket.ticket_id]
    return NextCall(row.ticket_id, row.number, row.person, reason(first, now=now))


def relief_is_due_now(
    session: Session, office_id: OfficeId, *, now: datetime, policy: OrderPolicy
) -> bool:
    """Whether the next call of an office should go to a long-waiting walk-in."""
    last = session.execute(
        select(Ticket.arrived_at, Ticket.first_called_at, Ticket.appointment_id)
        .where(Ticket.office_id == office_id, Ticket.number_on == local_date(now))
        .where(Ticket.first_called_at.is_not(None))
        .order_by(Ticket.first_called_at.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last[1] is None:
        return relief_is_due([], policy)
    return relief_is_due([(last[0], last[1], last[2] is not None)], policy)


def _seen(session: Session, office_id: OfficeId, now: datetime) -> tuple[int, int]:
    rows = session.execute(
        select(Ticket.clock_from_at, Ticket.first_called_at, Service.target_minutes)
        .join(Service, Service.id == Ticket.service_id)
        .where(Ticket.office_id == office_id, Ticket.number_on == local_date(now))
        .where(Ticket.first_called_at.is_not(None))
    ).all()
    waits = [
        ((called - since).total_seconds() / 60, target)
        for since, called, target in rows
        if called is not None
    ]
    return len(waits), sum(1 for minutes, target in waits if minutes <= target)


def at_counter(session: Session, desk_id: str) -> AtCounter | None:
    """Who is at a desk now: called or being served. None when nobody is."""
    row = session.execute(
        select(Ticket, Stretch, Service.name, Customer.full_name)
        .join(Stretch, Stretch.id == Ticket.stretch_id)
        .join(Service, Service.id == Ticket.service_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.desk_id == desk_id, Ticket.state.in_(AT_COUNTER))
        .where(Ticket.office_id.in_(_office_of(session, desk_id)))
        .order_by(Stretch.from_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    ticket: Ticket = row.Ticket
    return AtCounter(
        ticket_id=TicketId(ticket.id),
        stretch_id=StretchId(row.Stretch.id),
        number=ticket.number,
        state=ticket.state,
        person=name_shown(row.full_name, customer_id=ticket.customer_id),
        customer_id=CustomerId(ticket.customer_id) if ticket.customer_id else None,
        service=row.name,
        service_id=ServiceId(ticket.service_id),
        since_at=row.Stretch.from_at,
        needs=tuple(ticket.access_needs),
        note=ticket.note,
        wants_private=ticket.wants_private,
        room=_room_of(session, ticket.id),
    )


def undecided_tickets(session: Session) -> frozenset[str]:
    """Ids of the tickets that stand here otherwise than the centre knows them yet."""
    return undecided_rows(session, Ticket.__tablename__)


def _room_of(session: Session, ticket_id: str) -> str | None:
    name: str | None = session.scalar(
        select(Room.name)
        .join(RoomUse, RoomUse.room_id == Room.id)
        .where(RoomUse.ticket_id == ticket_id, RoomUse.to_at.is_(None))
        .limit(1)
    )
    return name


def number_for(session: Session, desk_id: str, on_date: date) -> str:
    """The next ticket number of a desk on a date, under the desk's own letter.

    No number of the evening before that is still in the queue is given again after midnight.
    """
    desk = session.get(Desk, desk_id)
    letter = desk.letter if desk else "X"
    of_office = Ticket.office_id.in_(_office_of(session, desk_id))
    # Two queries: with an OR between them the database would look at every ticket there is.
    numbers = [
        *session.scalars(select(Ticket.number).where(of_office, Ticket.number_on == on_date)),
        *session.scalars(
            select(Ticket.number).where(
                of_office, Ticket.state.in_((*SHOWN_STATES, *AT_COUNTER)), _of_this_day(on_date)
            )
        ),
    ]
    return next_number(letter, numbers)


def _office_of(session: Session, desk_id: str) -> list[str]:
    """The office of a desk, so that an index is used; every office for a desk that has none."""
    desk = session.get(Desk, desk_id)
    return [desk.office_id] if desk else list(session.scalars(select(Office.id)))


class ServiceChoice(Struct, frozen=True):
    """A service as the arrive column offers it."""

    service_id: ServiceId
    name: str
    duration_minutes: int
    target_minutes: int
    bring: tuple[str, ...]


def services(session: Session) -> tuple[ServiceChoice, ...]:
    """Every service, by name."""
    return tuple(
        ServiceChoice(ServiceId(s.id), s.name, s.duration_minutes, s.target_minutes, tuple(s.bring))
        for s in session.scalars(select(Service).order_by(Service.name))
    )


def open_ticket(
    session: Session, office_id: OfficeId, customer_id: CustomerId, *, on_date: date
) -> str | None:
    """The number under which a person is here already on a date, or None."""
    number: str | None = session.scalar(
        select(Ticket.number)
        .where(Ticket.office_id == office_id, Ticket.number_on == on_date)
        .where(Ticket.customer_id == customer_id)
        .where(Ticket.state.in_(("waiting", "on_hold", *AT_COUNTER)))
        .order_by(Ticket.arrived_at)
        .limit(1)
    )
    return number
