"""Rooms are held for a ticket and released."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.ids import RoomId, RoomUseId, StaffId, TicketId
from visits.queue.records import Ticket
from visits.queue.turns import ticket_of
from visits.record import check_new
from visits.rooms.records import Room, RoomUse
from visits.scopes import OFFICES, is_archive

COMMANDS = Registry()
MINUTES_MAX = 240


class AskForRoom(Arguments, frozen=True):
    """A person would like to talk in private, or no longer."""

    ticket_id: TicketId
    wants_private: bool


@COMMANDS.command("rooms.ask", AskForRoom, alone_in=(OFFICES,))
def ask_for_room(session: Session, args: AskForRoom, context: Context) -> None:
    """Anyone at a desk (charter: talk in private if you prefer). Refused: `not_found`."""
    ticket = session.get(Ticket, args.ticket_id)
    if ticket is None:
        raise Refusal("not_found", what="ticket")
    ticket.wants_private = args.wants_private


class HoldRoom(Arguments, frozen=True):
    """Hold a room now, for a ticket or for a conversation without one."""

    room_use_id: RoomUseId
    room_id: RoomId
    from_at: datetime
    minutes_planned: int = 30
    ticket_id: TicketId | None = None
    staff_id: StaffId | None = None


@COMMANDS.command("rooms.hold", HoldRoom, alone_in=(OFFICES,))
def hold_room(session: Session, args: HoldRoom, context: Context) -> None:
    """Anyone at a desk.

    Refused: `id_taken`, `not_found`, `room_taken` with since when and by which ticket or officer,
    `has_a_room` with the room's name, `minutes_out_of_range`.
    """
    check_new(session, (RoomUse, args.room_use_id))
    room = session.get(Room, args.room_id)
    if room is None:
        raise Refusal("not_found", what="room")
    if not 1 <= args.minutes_planned <= MINUTES_MAX:
        raise Refusal("minutes_out_of_range", limit=MINUTES_MAX)
    taken = _open_use(session, RoomId(room.id))
    if taken is not None:
        raise _room_taken(session, room.name, taken)
    _check_ticket(session, args.ticket_id)
    session.add(
        RoomUse(
            id=args.room_use_id,
            scope=room.scope,
            office_id=room.office_id,
            room_id=room.id,
            ticket_id=args.ticket_id,
            staff_id=args.staff_id,
            from_at=args.from_at,
            to_at=None,
            minutes_planned=args.minutes_planned,
        )
    )


def _open_use(session: Session, room_id: RoomId) -> RoomUse | None:
    return session.scalar(
        select(RoomUse).where(RoomUse.room_id == room_id, RoomUse.to_at.is_(None))
    )


def _room_taken(session: Session, room: str, taken: RoomUse) -> Refusal:
    ticket = session.get(Ticket, taken.ticket_id) if taken.ticket_id else None
    return Refusal(
        "room_taken",
        room=room,
        from_at=taken.from_at.isoformat(),
        ticket_number=ticket.number if ticket else "",
        staff_id=taken.staff_id or "",
    )


def _check_ticket(session: Session, ticket_id: str | None) -> None:
    if ticket_id is None:
        return
    ticket_of(session, TicketId(ticket_id))
    held = session.scalar(
        select(Room.name)
        .join(RoomUse, RoomUse.room_id == Room.id)
        .where(RoomUse.ticket_id == ticket_id, RoomUse.to_at.is_(None))
    )
    if held is not None:
        raise Refusal("has_a_room", room=held)


class UndoHold(Arguments, frozen=True):
    """Take a hold back, as if it had never been."""

    room_use_id: RoomUseId


@COMMANDS.command("rooms.undo_hold", UndoHold, alone_in=(OFFICES,))
def undo_hold(session: Session, args: UndoHold, context: Context) -> None:
    """Anyone at a desk. No use is counted. Refused: `not_found`, `already_released`."""
    use = session.get(RoomUse, args.room_use_id)
    if use is None:
        raise Refusal("not_found", what="room_use")
    if use.to_at is not None:
        raise Refusal("already_released")
    session.delete(use)


class ReleaseRoom(Arguments, frozen=True):
    """The room is free again."""

    room_use_id: RoomUseId
    at: datetime


@COMMANDS.command("rooms.release", ReleaseRoom, alone_in=(OFFICES,))
def release_room(session: Session, args: ReleaseRoom, context: Context) -> None:
    """Anyone at a desk. Refused: `not_found`, `already_released`."""
    use = session.get(RoomUse, args.room_use_id)
    if use is None:
        raise Refusal("not_found", what="room_use")
    if use.to_at is not None:
        raise Refusal("already_released")
    use.to_at = max(args.at, use.from_at)


class UndoRelease(Arguments, frozen=True):
    """Take the release back, if nobody holds the room since."""

    room_use_id: RoomUseId


@COMMANDS.command("rooms.undo_release", UndoRelease, alone_in=(OFFICES,))
def undo_release(session: Session, args: UndoRelease, context: Context) -> None:
    """Anyone at a desk. Refused: `not_found`, `room_taken`, `has_a_room`."""
    use = session.get(RoomUse, args.room_use_id)
    # No desk could release the room of one that is put away.
    if use is None or is_archive(use.scope):
        raise Refusal("not_found", what="room_use")
    if use.to_at is None:
        return
    taken = _open_use(session, RoomId(use.room_id))
    if taken is not None:
        room = session.get(Room, use.room_id)
        raise _room_taken(session, room.name if room else "", taken)
    _check_ticket(session, use.ticket_id)
    use.to_at = None
