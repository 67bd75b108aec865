"""What may happen to a ticket.

Every act closes the open stretch of time and opens the next, so that every figure is a sum over
rows and an undo reopens what was closed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, literal_column, select, union_all
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.appointments.records import Appointment
from visits.ids import AppointmentId, CustomerId, OfficeId, ServiceId, StretchId, TicketId
from visits.offices.records import Service
from visits.queue.records import Stretch, Ticket
from visits.queue.turns import (
    AT_COUNTER,
    UNDONE,
    TicketAct,
    check_counter,
    has_room,
    set_appointment,
    strike_out,
    ticket_of,
    turn,
    was_called,
)
from visits.record import is_there
from visits.scopes import OFFICES, of_office

COMMANDS = Registry()
NOTE_CHARACTERS_MAX = 500
THERE: CompoundSelect[Any] = union_all(
    select(literal_column("'id'")).where(Ticket.id == bindparam("ticket")),
    select(literal_column("'id'")).where(Stretch.id == bindparam("stretch")),
    select(literal_column("'service'")).where(Service.id == bindparam("service")),
    select(literal_column("'number'")).where(
        Ticket.office_id == bindparam("office"),
        Ticket.number_on == bindparam("on"),
        Ticket.number == bindparam("number"),
    ),
)
"""What of a check-in is there already, in one question: the act that is done most."""


class CheckIn(Arguments, frozen=True):
    """Someone has come. `number` is counted by the issuing desk under its own letter."""

    ticket_id: TicketId
    stretch_id: StretchId
    office_id: OfficeId
    number: str
    number_on: date
    service_id: ServiceId
    arrived_at: datetime
    customer_id: CustomerId | None = None
    appointment_id: AppointmentId | None = None
    priority: bool = False
    wants_private: bool = False
    access_needs: list[str] = []
    note: str = ""
    source: str = "walk_in"


@COMMANDS.command("queue.check_in", CheckIn, alone_in=(OFFICES,))
def check_in(session: Session, args: CheckIn, context: Context) -> None:
    """Anyone at a desk. An appointment's ticket counts from the agreed time when that is later.

    Refused: `id_taken`, `number_taken`, `not_found` (service), `already_arrived`,
    `appointment_cancelled`, `other_office`, `note_too_long`.
    """
    there = _there(session, args)
    if "id" in there:
        raise Refusal("id_taken")
    if "service" not in there:
        raise Refusal("not_found", what="service")
    if len(args.note) > NOTE_CHARACTERS_MAX:
        raise Refusal("note_too_long", limit=NOTE_CHARACTERS_MAX)
    _check_number(there, args)
    appointment = _arrive(session, args)
    clock_from_at = max(args.arrived_at, appointment.starts_at) if appointment else args.arrived_at
    scope = of_office(args.office_id)
    session.add(
        Ticket(
            id=args.ticket_id,
            scope=scope,
            office_id=args.office_id,
            number=args.number,
            number_on=args.number_on,
            source="appointment" if appointment else args.source,
            state="waiting",
            customer_id=args.customer_id,
            service_id=args.service_id,
            appointment_id=args.appointment_id,
            staff_id=appointment.staff_id if appointment else None,
            desk_id=None,
            priority=args.priority,
            wants_private=args.wants_private,
            access_needs=list(args.access_needs),
            note=args.note,
            arrived_at=args.arrived_at,
            clock_from_at=clock_from_at,
            first_called_at=None,
            stretch_id=args.stretch_id,
        )
    )
    session.add(
        Stretch(
            id=args.stretch_id,
            scope=scope,
            office_id=args.office_id,
            ticket_id=args.ticket_id,
            state="waiting",
            from_at=args.arrived_at,
            to_at=None,
            before_id=None,
            service_id=args.service_id,
            staff_id=appointment.staff_id if appointment else None,
            desk_id=None,
            reason="",
            undone=False,
        )
    )


def _there(session: Session, args: CheckIn) -> frozenset[str]:
    asked = {
        "ticket": args.ticket_id,
        "stretch": args.stretch_id,
        "service": args.service_id,
        "office": args.office_id,
        "on": args.number_on,
        "number": args.number,
    }
    return frozenset(session.connection().execute(THERE, asked).scalars())


def _check_number(there: frozenset[str], args: CheckIn) -> None:
    if "number" in there:
        raise Refusal("number_taken", number=args.number)


def _arrive(session: Session, args: CheckIn) -> Appointment | None:
    if args.appointment_id is None:
        return None
    appointment = session.get(Appointment, args.appointment_id)
    if appointment is None:
        raise Refusal("not_found", what="appointment")
    if appointment.office_id != args.office_id:
        raise Refusal("other_office", office_id=appointment.office_id)
    if appointment.state == "cancelled":
        raise Refusal("appointment_cancelled")
    if appointment.state != "booked":
        raise Refusal("already_arrived")
    appointment.state = "arrived"
    return appointment


class Call(TicketAct, frozen=True):
    """Call a person to the issuing desk. `reason` is given when they are not the next."""


class Serve(TicketAct, frozen=True):
    """The person called is here."""


class Hold(TicketAct, frozen=True):
    """Set aside for a while, for instance to fetch a paper."""


class Return(TicketAct, frozen=True):
    """Back into the queue; the wait already served counts."""


class NoShow(TicketAct, frozen=True):
    """Called, and not here."""


class Leave(TicketAct, frozen=True):
    """Gone before being called."""


class Finish(TicketAct, frozen=True):
    """Served."""


class Transfer(TicketAct, frozen=True, kw_only=True):
    """To another service, under the same number."""

    service_id: ServiceId


@COMMANDS.command("queue.call", Call, alone_in=(OFFICES,))
def call(session: Session, args: Call, context: Context) -> None:
    """Anyone at a desk. A desk has one person at a time.

    Refused: `already_called` with the number and the desk; see `check_counter` and `turn`.
    """
    ticket = ticket_of(session, args.ticket_id)
    if ticket.state in AT_COUNTER and ticket.desk_id != context.device:
        raise Refusal("already_called", number=ticket.number, desk_id=ticket.desk_id)
    check_counter(session, ticket, context.device)
    called_at = turn(session, ticket, "call", args, desk_id=context.device)
    if ticket.first_called_at is None:
        ticket.first_called_at = called_at


@COMMANDS.command("queue.serve", Serve, alone_in=(OFFICES,))
def serve(session: Session, args: Serve, context: Context) -> None:
    """Anyone at a desk. See `check_counter` and `turn` for refusals."""
    ticket = ticket_of(session, args.ticket_id)
    check_counter(session, ticket, context.device)
    turn(session, ticket, "start_serving", args, desk_id=context.device)


@COMMANDS.command("queue.hold", Hold, alone_in=(OFFICES,))
def hold(session: Session, args: Hold, context: Context) -> None:
    """Anyone at a desk. See `turn` for refusals."""
    turn(session, ticket_of(session, args.ticket_id), "hold", args, desk_id=context.device)


@COMMANDS.command("queue.return", Return, alone_in=(OFFICES,))
def return_to_queue(session: Session, args: Return, context: Context) -> None:
    """Anyone at a desk. See `turn` for refusals."""
    turn(session, ticket_of(session, args.ticket_id), "return_to_queue", args, desk_id=None)


@COMMANDS.command("queue.no_show", NoShow, alone_in=(OFFICES,))
def no_show(session: Session, args: NoShow, context: Context) -> None:
    """Anyone at a desk. See `turn` for refusals."""
    turn(session, ticket_of(session, args.ticket_id), "no_show", args, desk_id=context.device)


@COMMANDS.command("queue.leave", Leave, alone_in=(OFFICES,))
def leave(session: Session, args: Leave, context: Context) -> None:
    """Anyone at a desk. See `turn` for refusals."""
    turn(session, ticket_of(session, args.ticket_id), "leave", args, desk_id=context.device)


@COMMANDS.command("queue.finish", Finish, alone_in=(OFFICES,))
def finish(session: Session, args: Finish, context: Context) -> None:
    """Anyone at a desk. Finishes the appointment with the ticket. See `turn` for refusals."""
    ticket = ticket_of(session, args.ticket_id)
    turn(session, ticket, "finish", args, desk_id=context.device)
    set_appointment(session, ticket, "finished")


@COMMANDS.command("queue.transfer", Transfer, alone_in=(OFFICES,))
def transfer(session: Session, args: Transfer, context: Context) -> None:
    """Anyone at a desk. Refused: `not_found` for the service; see `turn`."""
    if not is_there(session, (Service, args.service_id)):
        raise Refusal("not_found", what="service")
    ticket = ticket_of(session, args.ticket_id)
    turn(session, ticket, "transfer", args, desk_id=None, service_id=args.service_id)


class Undo(Arguments, frozen=True):
    """Take back the act that opened a stretch, if nothing was built upon it."""

    ticket_id: TicketId
    stretch_id: StretchId
    at: datetime


@COMMANDS.command("queue.undo", Undo, alone_in=(OFFICES,))
def undo(session: Session, args: Undo, context: Context) -> None:
    """Anyone at a desk. A person who was at a counter is at that counter again.

    Refused: `built_upon` when the ticket has moved on, `not_found`; see `check_counter`.
    """
    ticket = ticket_of(session, args.ticket_id)
    stretch = session.get(Stretch, args.stretch_id)
    if stretch is None or stretch.ticket_id != ticket.id:
        raise Refusal("not_found", what="stretch")
    if ticket.stretch_id != stretch.id or stretch.before_id is None:
        raise Refusal("built_upon", number=ticket.number)
    before = session.get(Stretch, stretch.before_id)
    if before is None:
        raise Refusal("not_found", what="stretch")
    if before.state in AT_COUNTER and before.desk_id is not None:
        check_counter(session, ticket, before.desk_id)
    if stretch.state == "finished":
        set_appointment(session, ticket, "arrived")
    strike_out(stretch, at=args.at)
    before.to_at = None
    ticket.stretch_id = before.id
    ticket.state = before.state
    ticket.service_id = before.service_id
    ticket.desk_id = before.desk_id
    ticket.staff_id = before.staff_id
    if stretch.state == "called" and not was_called(session, ticket):
        ticket.first_called_at = None


class UndoCheckIn(Arguments, frozen=True):
    """The check-in was a mistake: the person is not here, or not for this."""

    ticket_id: TicketId
    at: datetime


@COMMANDS.command("queue.undo_check_in", UndoCheckIn, alone_in=(OFFICES,))
def undo_check_in(session: Session, args: UndoCheckIn, context: Context) -> None:
    """Anyone at a desk. The appointment may be arrived at again; no figure counts the ticket.

    The number is not given to another that day: its paper may be in somebody's hand.
    Refused: `not_found`; `built_upon` once the ticket has moved on or has a room.
    """
    ticket = ticket_of(session, args.ticket_id)
    first = session.get(Stretch, ticket.stretch_id)
    if first is None or first.before_id is not None or first.undone or has_room(session, ticket):
        raise Refusal("built_upon", number=ticket.number)
    strike_out(first, at=args.at)
    ticket.state = UNDONE
    set_appointment(session, ticket, "booked")
