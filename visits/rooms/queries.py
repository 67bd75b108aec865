"""The rooms of an office: free, held by whom, and since when."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ScalarSelect, Select, and_, select
from sqlalchemy.orm import Session, aliased

from sync.standing import undecided_rows
from visits.calendar.local_time import local_date
from visits.customers.records import Customer
from visits.ids import OfficeId, RoomId, RoomUseId, TicketId
from visits.offices.records import Service
from visits.queue.records import Stretch, Ticket, since_the_day_before
from visits.rooms.records import Room, RoomUse
from visits.rooms.rules import FEATURES
from visits.staff.records import StaffMember
from visits.words import name_shown

HERE = ("waiting", "called", "serving", "on_hold")


class RoomRow(Struct, frozen=True):
    """A room as the list shows it; held when `room_use_id` is there.

    A conversation without a ticket is shown under the officer who holds the room.
    `transferred_to` is the service the ticket is with now, where that
    is another than when the hold began. The hold is `undecided` while the centre does not know it.
    """

    room_id: RoomId
    name: str
    seats: int
    features: frozenset[str]
    room_use_id: RoomUseId | None
    ticket_id: TicketId | None
    ticket_number: str | None
    person: str | None
    officer: str | None
    from_at: datetime | None
    minutes_planned: int | None
    ticket_state: str | None
    transferred_to: str | None
    undecided: bool

    @property
    def is_free(self) -> bool:
        """Whether nobody holds it."""
        return self.room_use_id is None

    @property
    def held_by(self) -> str:
        """Who holds it, as one line: ticket and person, or the officer."""
        if self.ticket_number is None:
            return self.officer or "A conversation without a ticket"
        return f"{self.ticket_number} {self.person}"


class AskedForRoom(Struct, frozen=True):
    """A ticket whose person would like to talk in private and has had no room yet."""

    ticket_id: TicketId
    number: str
    person: str
    service: str
    state: str
    arrived_at: datetime
    needs: tuple[str, ...]


def rooms_of(session: Session, office_id: OfficeId) -> tuple[RoomRow, ...]:
    """Every room of an office, by name."""
    held = and_(RoomUse.room_id == Room.id, RoomUse.to_at.is_(None))
    transferred_to = aliased(Service)
    rows = session.execute(
        select(
            Room, RoomUse, Ticket, Customer.full_name, StaffMember.full_name, transferred_to.name
        )
        .outerjoin(RoomUse, held)
        .outerjoin(Ticket, Ticket.id == RoomUse.ticket_id)
        .outerjoin(
            transferred_to,
            and_(transferred_to.id == Ticket.service_id, transferred_to.id != _service_when_held()),
        )
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(StaffMember, StaffMember.id == RoomUse.staff_id)
        .where(Room.office_id == office_id)
        .order_by(Room.name)
    )
    undecided = undecided_rows(session, RoomUse.__tablename__)
    return tuple(_row(*row, undecided) for row in rows)


def _service_when_held() -> ScalarSelect[str]:
    """The service of the ticket at the moment its hold began."""
    return (
        select(Stretch.service_id)
        .where(
            Stretch.ticket_id == RoomUse.ticket_id,
            Stretch.undone.is_(False),
            Stretch.from_at <= RoomUse.from_at,
        )
        .order_by(Stretch.from_at.desc(), Stretch.id.desc())
        .limit(1)
        .correlate(RoomUse)
        .scalar_subquery()
    )


def _row(
    room: Room,
    use: RoomUse | None,
    ticket: Ticket | None,
    person: str | None,
    officer: str | None,
    transferred_to: str | None,
    undecided: frozenset[str],
) -> RoomRow:
    return RoomRow(
        room_id=RoomId(room.id),
        name=room.name,
        seats=room.seats,
        features=frozenset(name for name in FEATURES if getattr(room, name)),
        room_use_id=RoomUseId(use.id) if use else None,
        ticket_id=TicketId(use.ticket_id) if use and use.ticket_id else None,
        ticket_number=ticket.number if ticket else None,
        person=name_shown(person, customer_id=ticket.customer_id) if ticket else None,
        officer=officer,
        from_at=use.from_at if use else None,
        minutes_planned=use.minutes_planned if use else None,
        ticket_state=ticket.state if ticket else None,
        transferred_to=transferred_to,
        undecided=use is not None and use.id in undecided,
    )


def asked_for_rooms(
    session: Session, office_id: OfficeId, *, now: datetime
) -> tuple[AskedForRoom, ...]:
    """People here who asked to talk in private and have had no room, longest wait first.

    Needs are those said today and those on the person's card.
    """
    had_room = select(RoomUse.id).where(RoomUse.ticket_id == Ticket.id)
    rows = session.execute(
        _tickets()
        .where(Ticket.office_id == office_id, Ticket.wants_private.is_(True))
        .where(Ticket.state.in_(HERE), ~had_room.exists())
        # Who was left waiting when the doors closed is not here any more.
        .where(since_the_day_before(local_date(now)))
        .order_by(Ticket.arrived_at, Ticket.id)
    )
    return tuple(_asked(*row) for row in rows)


def person_for_room(session: Session, ticket_id: TicketId) -> AskedForRoom | None:
    """The ticket for which a room is wanted, whether or not the person asked for one."""
    row = session.execute(_tickets().where(Ticket.id == ticket_id)).one_or_none()
    return _asked(*row) if row else None


def _tickets() -> Select[Ticket, str, str, list[str]]:
    return (
        select(Ticket, Service.name, Customer.full_name, Customer.access_needs)
        .join(Service, Service.id == Ticket.service_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
    )


def _asked(
    ticket: Ticket, service: str, name: str | None, on_card: list[str] | None
) -> AskedForRoom:
    return AskedForRoom(
        ticket_id=TicketId(ticket.id),
        number=ticket.number,
        person=name_shown(name, customer_id=ticket.customer_id),
        service=service,
        state=ticket.state,
        arrived_at=ticket.arrived_at,
        needs=tuple(dict.fromkeys([*ticket.access_needs, *(on_card or [])])),
    )
