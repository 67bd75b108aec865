"""What is said of a room whose ticket no longer needs it."""

from __future__ import annotations

from visits.rooms.queries import RoomRow

GONE = {
    "finished": "{number} has finished",
    "left": "{number} has left",
    "no_show": "{number} did not come",
    "undone": "{number} was not here",
}


def moved_on_words(room: RoomRow) -> tuple[str, ...]:
    """What became of the ticket, a line each; nothing while the room is still its own."""
    if room.ticket_state in GONE:
        return (GONE[room.ticket_state].format(number=room.ticket_number),)
    if room.transferred_to is not None:
        return (f"{room.ticket_number} was transferred", f"to {room.transferred_to}")
    return ()
