"""Private rooms, and who is in them."""

from datetime import datetime

from sqlalchemy import Connection, Index, Table, event
from sqlalchemy.orm import Mapped

from visits.record import Record


class Room(Record):
    """A room where people can talk in private, and what it offers."""

    __tablename__ = "room"
    office_id: Mapped[str]
    name: Mapped[str]
    seats: Mapped[int]
    wheelchair: Mapped[bool]
    hearing_loop: Mapped[bool]
    panic_button: Mapped[bool]
    two_exits: Mapped[bool]


class RoomUse(Record):
    """A room held for a ticket. One at a time: the database refuses a second open one."""

    __tablename__ = "room_use"
    __table_args__ = (Index("room_use_by_ticket", "ticket_id"),)
    office_id: Mapped[str]
    room_id: Mapped[str]
    ticket_id: Mapped[str | None]
    staff_id: Mapped[str | None]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    minutes_planned: Mapped[int]


@event.listens_for(RoomUse.__table__, "after_create")
def _hold_once(table: Table, connection: Connection, **_: object) -> None:
    # As plain SQL, which both databases understand: an Index with `postgresql_where` loads the
    # whole dialect, 60 ms of every desk's start.
    connection.exec_driver_sql(
        "CREATE UNIQUE INDEX room_held_once ON room_use (room_id) WHERE to_at IS NULL"
    )
