"""The rooms of an office: free, held by whom, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from visits.customers.records import Customer
from visits.ids import OfficeId, RoomId, RoomUseId, TicketId
from visits.queue.records import Ticket
from visits.rooms.records import Room, RoomUse
from visits.rooms.rules import FEATURES


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room as the list shows it; held when `room_use_id` is there."""

    room_id: RoomId
    name: str
    seats: int
    features: frozenset[str]
    room_use_id: RoomUseId | None
    ticket_id: TicketId | None
    ticket_number: str | None
    person: str | None
    from_at: datetime | None
    minutes_planned: int | None


@dataclass(frozen=True, slots=True)
class AskedForRoom:
    """A ticket whose person would like to talk in private and has no room yet."""

    ticket_id: TicketId
    number: str
    person: str
    needs: tuple[str, ...]


def rooms_of(session: Session, office_id: OfficeId) -> tuple[RoomRow, ...]:
    """Every room of an office, by name."""
    held = and_(RoomUse.room_id == Room.id, RoomUse.to_at.is_(None))
    rows = session.execute(
        select(Room, RoomUse, Ticket.number, Customer.full_name)
        .outerjoin(RoomUse, held)
        .outerjoin(Ticket, Ticket.id == RoomUse.ticket_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .where(Room.office_id == office_id)
        .order_by(Room.name)
    )
    return tuple(_row(room, use, number, person) for room, use, number, person in rows)


def _row(room: Room, use: RoomUse | None, number: str | None, person: str | None) -> RoomRow:
    return RoomRow(
        room_id=RoomId(room.id),
        name=room.name,
        seats=room.seats,
        features=frozenset(name for name in FEATURES if getattr(room, name)),
        room_use_id=RoomUseId(use.id) if use else None,
        ticket_id=TicketId(use.ticket_id) if use and use.ticket_id else None,
        ticket_number=number,
        person=person,
        from_at=use.from_at if use else None,
        minutes_planned=use.minutes_planned if use else None,
    )


def asked_for_rooms(session: Session, office_id: OfficeId) -> tuple[AskedForRoom, ...]:
    """People here who asked to talk in private and have no room, longest wait first."""
    has_room = select(RoomUse.id).where(RoomUse.ticket_id == Ticket.id, RoomUse.to_at.is_(None))
    rows = session.execute(
        select(Ticket, Customer.full_name)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.office_id == office_id, Ticket.wants_private.is_(True))
        .where(Ticket.state.in_(("waiting", "called", "serving", "on_hold")))
        .where(~has_room.exists())
        .order_by(Ticket.arrived_at)
    )
    return tuple(
        AskedForRoom(
            TicketId(ticket.id), ticket.number, name or "No name given", tuple(ticket.access_needs)
        )
        for ticket, name in rows
    )
