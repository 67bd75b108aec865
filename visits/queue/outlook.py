"""What may be asked of the time to come: how long a wait, and whether the counters suffice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.appointments.records import Appointment
from visits.calendar.local_time import local_date
from visits.ids import OfficeId, ServiceId
from visits.offices.records import Service
from visits.queue import estimate as rules
from visits.queue.estimate import Forecast, Load, ServiceTimes, WaitEstimate, residual_minutes
from visits.queue.pace import OpenCounter, last_services, open_counters
from visits.queue.queries import relief_is_due_now, waiting_tickets
from visits.queue.records import Ticket
from visits.queue.rules import OrderPolicy, Waiting, order
from visits.queue.turns import UNDONE

NEW = "whoever comes now"
AHEAD_MINUTES = 30
"""A forecast reaches at least so far, to the next quarter of an hour."""
QUARTER = timedelta(minutes=15)
RATE_MINUTES = 60
"""Walk-ins are expected to come as they came so many minutes before."""


def wait_estimate(
    session: Session,
    office_id: OfficeId,
    service_id: ServiceId,
    *,
    now: datetime,
    policy: OrderPolicy,
) -> WaitEstimate | None:
    """The wait to tell a walk-in who comes now; None with too little data or no counter open."""
    times = ServiceTimes.of(last_services(session, office_id, now=now))
    counters = open_counters(session, office_id, now=now)
    if times is None or not counters:
        return None
    waiting = waiting_tickets(session, office_id, now=now)
    services = {ticket.ticket_id: service for ticket, service in waiting}
    placed = order(
        [*(ticket for ticket, _ in waiting), _someone(NEW, now, target_minutes=0)],
        now=now,
        policy=policy,
        relief_is_due=relief_is_due_now(session, office_id, now=now, policy=policy),
    )
    line = [item.ticket.ticket_id for item in placed]
    return rules.estimate(
        ahead_minutes=[times.minutes(services[each]) for each in line[: line.index(NEW)]],
        overall_minutes=times.overall_minutes,
        open=len(counters),
        free=sum(counter.since_at is None for counter in counters),
    )


def forecast(
    session: Session, office_id: OfficeId, *, now: datetime, policy: OrderPolicy
) -> Forecast | None:
    """How many will wait too long in the next half hour; None with too little data.

    Expected are the appointments booked, and walk-ins as they came in the last hour.
    """
    times = ServiceTimes.of(last_services(session, office_id, now=now))
    counters = open_counters(session, office_id, now=now)
    if times is None or not counters:
        return None
    until_at = _quarter_after(now + timedelta(minutes=AHEAD_MINUTES))
    queue = [
        Load(ticket, times.minutes(service))
        for ticket, service in waiting_tickets(session, office_id, now=now)
    ]
    return rules.forecast(
        queue=queue,
        expected=[
            *_appointments(session, office_id, times, now, until_at),
            *_walk_ins(session, office_id, times, now, until_at),
        ],
        counters_free_at=[_free_at(counter, times, now) for counter in counters],
        now=now,
        until_at=until_at,
        policy=policy,
    )


def _quarter_after(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + QUARTER if past else at


def _someone(name: str, arrived_at: datetime, *, target_minutes: int) -> Waiting:
    return Waiting(
        ticket_id=name,
        # After every number there is: whoever came in the same moment is ahead.
        number="~",
        priority=False,
        arrived_at=arrived_at,
        clock_from_at=arrived_at,
        appointment_at=None,
        target_minutes=target_minutes,
    )


def _free_at(counter: OpenCounter, times: ServiceTimes, now: datetime) -> datetime:
    if counter.since_at is None or counter.service_id is None:
        return now
    elapsed = (now - counter.since_at).total_seconds() / 60
    typical = times.minutes(counter.service_id)
    return now + timedelta(minutes=residual_minutes(elapsed, typical))


def _appointments(
    session: Session, office_id: OfficeId, times: ServiceTimes, now: datetime, until_at: datetime
) -> list[Load]:
    booked = session.execute(
        select(Appointment.id, Appointment.starts_at, Service.id, Service.target_minutes)
        .join(Service, Service.id == Appointment.service_id)
        .where(Appointment.office_id == office_id, Appointment.state == "booked")
        .where(Appointment.starts_at >= now, Appointment.starts_at < until_at)
    )
    return [
        Load(
            Waiting(
                ticket_id=appointment_id,
                number="",
                priority=False,
                arrived_at=starts_at,
                clock_from_at=starts_at,
                appointment_at=starts_at,
                target_minutes=target,
            ),
            times.minutes(service_id),
        )
        for appointment_id, starts_at, service_id, target in booked
    ]


def _walk_ins(
    session: Session, office_id: OfficeId, times: ServiceTimes, now: datetime, until_at: datetime
) -> list[Load]:
    came = session.execute(
        select(Ticket.arrived_at, Ticket.service_id, Service.target_minutes)
        .join(Service, Service.id == Ticket.service_id)
        .where(Ticket.office_id == office_id, Ticket.number_on == local_date(now))
        .where(Ticket.arrived_at > now - timedelta(minutes=RATE_MINUTES))
        .where(Ticket.appointment_id.is_(None), Ticket.state != UNDONE)
        .order_by(Ticket.arrived_at)
    ).all()
    ahead = timedelta(minutes=RATE_MINUTES)
    return [
        Load(
            _someone(f"{NEW} {number}", arrived_at + ahead, target_minutes=target),
            times.minutes(service_id),
        )
        for number, (arrived_at, service_id, target) in enumerate(came)
        if arrived_at + ahead < until_at
    ]
