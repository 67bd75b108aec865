"""Tickets, and the stretches of time that their history is made of."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from visits.record import Record


class Ticket(Record):
    """A person's place in an office's queue. Its source and its state are two things.

    `clock_from_at` is when the wait begins to count: the later of arrival and agreed time.
    `first_called_at` ends the wait and is never rewritten. `stretch_id` is the open stretch.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("office_id", "number_on", "number"),
        Index("ticket_by_state", "office_id", "state", "number_on"),
        Index("ticket_by_appointment", "appointment_id"),
    )
    office_id: Mapped[str]
    number: Mapped[str]
    number_on: Mapped[date]
    source: Mapped[str]
    state: Mapped[str]
    customer_id: Mapped[str | None]
    service_id: Mapped[str]
    appointment_id: Mapped[str | None]
    staff_id: Mapped[str | None]
    desk_id: Mapped[str | None]
    priority: Mapped[bool]
    wants_private: Mapped[bool]
    access_needs: Mapped[list[str]]
    note: Mapped[str]
    arrived_at: Mapped[datetime]
    clock_from_at: Mapped[datetime]
    first_called_at: Mapped[datetime | None]
    stretch_id: Mapped[str]


class Stretch(Record):
    """A ticket in one state for a time. Open while `to_at` is empty; undone ones are kept."""

    __tablename__ = "stretch"
    __table_args__ = (Index("stretch_by_ticket", "ticket_id", "from_at"),)
    office_id: Mapped[str]
    ticket_id: Mapped[str]
    state: Mapped[str]
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    before_id: Mapped[str | None]
    service_id: Mapped[str]
    staff_id: Mapped[str | None]
    desk_id: Mapped[str | None]
    reason: Mapped[str]
    undone: Mapped[bool]


def since_the_day_before(on_date: date) -> ColumnElement[bool]:
    """Tickets that may still be somebody's who is here: who came in the evening is past midnight.

    A number is of the local date its person came. So that an index of dates is used: those not
    there when called stay so for years.
    """
    return Ticket.number_on >= on_date - timedelta(days=1)
