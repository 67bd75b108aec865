"""The people of the council, when they work, and the time of theirs that is taken."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from visits.record import Record


class Team(Record):
    """A team, with the number that residents may ring to check an officer."""

    __tablename__ = "team"
    name: Mapped[str]
    phone: Mapped[str]


class StaffMember(Record):
    """A member of staff with their ID card. `photo` is a PNG in base64."""

    __tablename__ = "staff_member"
    full_name: Mapped[str]
    role: Mapped[str]
    team_id: Mapped[str]
    office_id: Mapped[str]
    phone: Mapped[str]
    card_number: Mapped[str]
    photo: Mapped[str]
    service_ids: Mapped[list[str]]


class WorkingHours(Record):
    """When an officer works on a weekday (Monday is 0), in minutes of the local day."""

    __tablename__ = "working_hours"
    staff_id: Mapped[str]
    weekday: Mapped[int]
    starts_minute: Mapped[int]
    ends_minute: Mapped[int]


class StaffBreak(Record):
    """An officer's break on a weekday, in minutes of the local day."""

    __tablename__ = "staff_break"
    staff_id: Mapped[str]
    weekday: Mapped[int]
    starts_minute: Mapped[int]
    ends_minute: Mapped[int]


class Leave(Record):
    """Time an officer is away."""

    __tablename__ = "leave"
    staff_id: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class StaffTime(Record):
    """Five minutes of an officer's time that are taken. Its id is officer and instant.

    Two bookings never share a slot because two rows never share an id. It stands in the council's
    scope and says nothing of who or why.
    """

    __tablename__ = "staff_time"
    __table_args__ = (Index("staff_time_by_start", "starts_at", "staff_id"),)
    staff_id: Mapped[str]
    starts_at: Mapped[datetime]
