"""How a ticket moves: the open stretch is closed where the next begins, or struck out again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments
from sync.errors import Refusal
from visits.appointments.records import Appointment
from visits.ids import ServiceId, StaffId, StretchId, TicketId
from visits.queue.records import Stretch, Ticket
from visits.queue.rules import TRANSITIONS
from visits.record import check_new
from visits.rooms.records import RoomUse
from visits.scopes import is_archive

AT_COUNTER = ("called", "serving")
UNDONE = "undone"
"""The state of a ticket whose check-in was taken back. No act leads out of it."""


class TicketAct(Arguments, frozen=True):
    """An act on a ticket: `stretch_id` names the stretch it opens."""

    ticket_id: TicketId
    stretch_id: StretchId
    at: datetime
    staff_id: StaffId | None = None
    reason: str = ""


def ticket_of(session: Session, ticket_id: TicketId) -> Ticket:
    """The ticket. Refused: `not_found`, and so is one that is put away: who would see it open?"""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None or is_archive(ticket.scope):
        raise Refusal("not_found", what="ticket")
    return ticket


def check_counter(session: Session, ticket: Ticket, desk_id: str) -> None:
    """Refused: `counter_busy` with the number of whoever else is at the desk."""
    number = session.scalar(
        select(Ticket.number).where(
            Ticket.office_id == ticket.office_id,
            Ticket.state.in_(AT_COUNTER),
            Ticket.desk_id == desk_id,
            Ticket.id != ticket.id,
        )
    )
    if number is not None:
        raise Refusal("counter_busy", number=number)


def set_appointment(session: Session, ticket: Ticket, state: str) -> None:
    """Give the appointment a ticket came from, if it came from one, another state."""
    if ticket.appointment_id is None:
        return
    appointment = session.get(Appointment, ticket.appointment_id)
    if appointment is not None:
        appointment.state = state


def turn(
    session: Session,
    ticket: Ticket,
    act: str,
    args: TicketAct,
    *,
    desk_id: str | None,
    service_id: ServiceId | None = None,
) -> datetime:
    """Close the open stretch and open the next, which begins at the instant returned.

    Refused: `id_taken`; `not_from_here` with the state the ticket is in.
    """
    state = TRANSITIONS.get((ticket.state, act))
    if state is None:
        raise Refusal("not_from_here", number=ticket.number, state=ticket.state)
    check_new(session, (Stretch, args.stretch_id))
    before = session.get(Stretch, ticket.stretch_id)
    # A desk's clock may be behind the one that opened the stretch: no stretch is negative.
    at = max(args.at, before.from_at) if before else args.at
    if before is not None:
        before.to_at = at
    ticket.state = state
    ticket.service_id = service_id or ticket.service_id
    ticket.desk_id = desk_id
    ticket.staff_id = args.staff_id or ticket.staff_id
    ticket.stretch_id = args.stretch_id
    session.add(
        Stretch(
            id=args.stretch_id,
            scope=ticket.scope,
            office_id=ticket.office_id,
            ticket_id=ticket.id,
            state=state,
            from_at=at,
            to_at=None,
            before_id=before.id if before else None,
            service_id=ticket.service_id,
            staff_id=ticket.staff_id,
            desk_id=desk_id,
            reason=args.reason,
            undone=False,
        )
    )
    return at


def strike_out(stretch: Stretch, *, at: datetime) -> None:
    """Let a stretch count no more. It ends, and never before it began."""
    stretch.undone = True
    stretch.to_at = max(at, stretch.from_at)


def was_called(session: Session, ticket: Ticket) -> bool:
    """Whether a call of this ticket still counts."""
    calls = select(Stretch.id).where(
        Stretch.ticket_id == ticket.id, Stretch.state == "called", Stretch.undone.is_(False)
    )
    return session.scalar(calls.limit(1)) is not None


def has_room(session: Session, ticket: Ticket) -> bool:
    """Whether a private room is held for this ticket."""
    held = select(RoomUse.id).where(RoomUse.ticket_id == ticket.id, RoomUse.to_at.is_(None))
    return session.scalar(held.limit(1)) is not None
