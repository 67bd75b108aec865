"""What is erased of a person, and what stays as a figure without them.

UK GDPR, article 17. How long a council must keep what it did for a person is its own schedule;
this is what it does once nothing obliges it to keep the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from visits.appointments.records import Appointment
from visits.archive.rules import NOBODY_WAITS
from visits.calendar.local_time import local_date
from visits.customers.records import Customer, CustomerDetails
from visits.home_visits.records import HomeVisit, VisitStep
from visits.notices.records import Notice
from visits.queue.records import Stretch, Ticket, since_the_day_before
from visits.record import Record

NOBODY = "erased"
"""Whose a row is that was an erased person's, where it must be somebody's."""


class Part(Struct, frozen=True):
    """What belongs to a row, and what it becomes."""

    record: type[Record]
    belongs_to: InstrumentedAttribute[Any]
    becomes: Mapping[str, Any]


class Kept(Struct, frozen=True):
    """A record of what was done for a person: it stays, and says nothing of them."""

    record: type[Record]
    customer_id: InstrumentedAttribute[Any]
    becomes: Mapping[str, Any]
    parts: tuple[Part, ...] = ()
    is_open: Callable[[datetime], ColumnElement[bool]] | None = None
    """Whether it is not over at an instant: a person with such a row is not erased."""


GONE: tuple[tuple[type[Record], InstrumentedAttribute[Any]], ...] = (
    (CustomerDetails, CustomerDetails.customer_id),
    (Customer, Customer.id),
)
KEPT = (
    Kept(
        Ticket,
        Ticket.customer_id,
        {"customer_id": None, "note": "", "access_needs": []},
        (Part(Stretch, Stretch.ticket_id, {"reason": ""}),),
        # Whoever waited longer ago than that is not there any more, and no desk shows them.
        lambda at: and_(Ticket.state.not_in(NOBODY_WAITS), since_the_day_before(local_date(at))),
    ),
    Kept(
        Appointment,
        Appointment.customer_id,
        {"customer_id": NOBODY, "reference": "", "note": ""},
        is_open=lambda at: and_(
            Appointment.ends_at > at, Appointment.state.in_(("booked", "arrived"))
        ),
    ),
    Kept(
        HomeVisit,
        HomeVisit.customer_id,
        {
            "customer_id": NOBODY,
            "reference": "",
            "who_to_see": "",
            "address": "",
            "reason": "",
            "bring": [],
        },
        (Part(VisitStep, VisitStep.visit_id, {}),),
        lambda at: and_(
            HomeVisit.window_ends_at > at, HomeVisit.state.not_in(("finished", "no_answer"))
        ),
    ),
    Kept(Notice, Notice.customer_id, {"customer_id": NOBODY}),
)
