"""How fast an office serves at the moment: its open counters and its last services."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.calendar.local_time import local_date
from visits.ids import OfficeId
from visits.queue.records import Stretch, Ticket, since_the_day_before
from visits.queue.turns import AT_COUNTER

COUNTER_IDLE_MINUTES_MAX = 20
"""A counter where nobody has been for longer is taken for closed."""
SERVICES_LOOKED_AT_MAX = 200
DAYS_LOOKED_BACK = 56


class OpenCounter(Struct, frozen=True):
    """A desk that calls people. `since_at` and `service_id` are of who is there, if anyone is."""

    desk_id: str
    since_at: datetime | None
    service_id: str | None


def open_counters(session: Session, office_id: OfficeId, *, now: datetime) -> list[OpenCounter]:
    """The desks of an office with somebody at them, or with somebody a short while ago."""
    busy = {
        row.desk_id: OpenCounter(row.desk_id, row.from_at, row.service_id)
        for row in session.execute(
            select(Ticket.desk_id, Ticket.service_id, Stretch.from_at)
            .join(Stretch, Stretch.id == Ticket.stretch_id)
            .where(Ticket.office_id == office_id, Ticket.state.in_(AT_COUNTER))
            .where(since_the_day_before(local_date(now)))
        )
        if row.desk_id is not None
    }
    lately = session.scalars(
        select(Stretch.desk_id)
        .join(Ticket, Ticket.id == Stretch.ticket_id)
        .where(Ticket.office_id == office_id, Ticket.number_on == local_date(now))
        .where(Stretch.to_at >= now - timedelta(minutes=COUNTER_IDLE_MINUTES_MAX))
        .where(Stretch.state.in_(AT_COUNTER), Stretch.undone.is_(False))
        .distinct()
    )
    free = {desk for desk in lately if desk is not None} - busy.keys()
    counters = [*busy.values(), *(OpenCounter(desk, None, None) for desk in free)]
    return sorted(counters, key=lambda counter: counter.desk_id)


def last_services(
    session: Session, office_id: OfficeId, *, now: datetime
) -> list[tuple[str, float]]:
    """The last services of an office as (service, minutes at the counter), newest first."""
    finished = session.execute(
        select(Ticket.id, Ticket.service_id)
        .where(Ticket.office_id == office_id, Ticket.state == "finished")
        .where(Ticket.number_on > local_date(now) - timedelta(days=DAYS_LOOKED_BACK))
        .order_by(Ticket.number_on.desc(), Ticket.arrived_at.desc())
        .limit(SERVICES_LOOKED_AT_MAX)
    ).all()
    minutes = dict.fromkeys((row.id for row in finished), 0.0)
    stretches = session.execute(
        select(Stretch.ticket_id, Stretch.from_at, Stretch.to_at)
        .where(Stretch.ticket_id.in_(list(minutes)))
        .where(Stretch.state.in_(AT_COUNTER), Stretch.undone.is_(False))
        .where(Stretch.to_at.is_not(None))
    )
    for ticket_id, from_at, to_at in stretches:
        if to_at is not None:
            minutes[ticket_id] += (to_at - from_at).total_seconds() / 60
    return [(row.service_id, minutes[row.id]) for row in finished if minutes[row.id] > 0]
