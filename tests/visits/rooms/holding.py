"""A room that is held, in the words of the tests of rooms."""

from __future__ import annotations

from tests.visits.council import OFFICER, Council
from visits.ids import RoomId, RoomUseId, TicketId
from visits.rooms.commands import HoldRoom


def a_hold(
    council: Council, room_id: RoomId, *, ticket_id: TicketId | None = None, minutes: int = 30
) -> HoldRoom:
    """A room is held from now on by the officer, for a ticket or for nobody's."""
    return HoldRoom(
        room_use_id=RoomUseId(council.new_id("use")),
        room_id=room_id,
        from_at=council.now,
        minutes_planned=minutes,
        ticket_id=ticket_id,
        staff_id=OFFICER,
    )
