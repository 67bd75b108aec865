"""What is over, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from visits.appointments.records import Appointment
from visits.calendar.local_time import day_bounds
from visits.home_visits.records import HomeVisit, VisitStep
from visits.notices.records import Notice
from visits.queue.records import Stretch, Ticket
from visits.queue.turns import UNDONE
from visits.record import Record
from visits.rooms.records import RoomUse
from visits.staff.records import StaffTime

KEPT_DAYS = 62
"""So many days a desk can look back. The forecast of a wait learns from the last 56."""
NOBODY_WAITS = ("left", "finished", "no_show", UNDONE)
"""A ticket that is open stays, however old: somebody has yet to say what became of it."""

STILL_HELD = select(RoomUse.ticket_id).where(
    RoomUse.to_at.is_(None), RoomUse.ticket_id.is_not(None)
)

IsOver = Callable[[date, datetime], ColumnElement[bool]]


class Rule(Struct, frozen=True):
    """When a record is over, by the day before which it must be and the instant that day begins."""

    record: type[Record]
    is_over: IsOver
    with_it: tuple[tuple[type[Record], InstrumentedAttribute[Any]], ...] = ()

    def over_in(self, scope: str, before_on: date) -> Select[Any]:
        """Its rows of a scope that are over, oldest first."""
        over = self.is_over(before_on, day_bounds(before_on)[0])
        wanted = select(self.record).where(self.record.scope == scope, over)
        return wanted.order_by(self.record.id)


RULES = (
    Rule(
        Ticket,
        lambda day, begins: and_(
            Ticket.number_on < day,
            Ticket.state.in_(NOBODY_WAITS),
            # A hold goes with its ticket: one that nobody released could not be released any more.
            Ticket.id.not_in(STILL_HELD),
        ),
        ((Stretch, Stretch.ticket_id), (RoomUse, RoomUse.ticket_id)),
    ),
    Rule(
        Appointment, lambda day, begins: Appointment.ends_at < begins, ((Notice, Notice.about_id),)
    ),
    Rule(
        HomeVisit,
        lambda day, begins: HomeVisit.window_ends_at < begins,
        ((VisitStep, VisitStep.visit_id), (Notice, Notice.about_id)),
    ),
    # A room that was held for a ticket goes with that.
    Rule(RoomUse, lambda day, begins: and_(RoomUse.ticket_id.is_(None), RoomUse.to_at < begins)),
    Rule(StaffTime, lambda day, begins: StaffTime.starts_at < begins),
)


def is_anything_over(session: Session, scope: str, before_on: date) -> bool:
    """Whether there is something of a scope to put away."""
    return any(
        session.scalars(rule.over_in(scope, before_on).limit(1)).first() is not None
        for rule in RULES
    )
