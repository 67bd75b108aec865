"""An arrival as it was typed, and the commands it becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from visits.calendar.local_time import local_date
from visits.customers.commands import AddCustomer
from visits.customers.search import Found
from visits.ids import AppointmentId, CustomerId, OfficeId, ServiceId, StretchId, TicketId
from visits.queue.commands import CheckIn

if TYPE_CHECKING:
    from reception_app.queue.scanning import Scanned

REFERENCE_DIGITS = 8


class Arrival(Struct, frozen=True):
    """Who is here and why, as the column holds it."""

    person: Found | None
    is_new: bool
    full_name: str
    postcode: str
    phone: str
    service_id: str | None
    appointment_id: str | None
    needs: tuple[str, ...]
    wants_private: bool
    priority: bool


def new_customer(
    arrival: Arrival, *, office_id: OfficeId, now: datetime, new_id: Callable[[], str]
) -> AddCustomer:
    """The command that adds the person typed."""
    customer_id = new_id()
    return AddCustomer(
        customer_id=CustomerId(customer_id),
        details_id=new_id(),
        office_id=office_id,
        reference=f"C{int(customer_id.replace('-', '')[-12:], 16) % 10**REFERENCE_DIGITS:08d}",
        full_name=arrival.full_name,
        on_date=local_date(now),
        postcode=arrival.postcode,
        phone=arrival.phone,
        access_needs=list(arrival.needs),
    )


def check_in(
    arrival: Arrival,
    *,
    office_id: OfficeId,
    customer_id: CustomerId | None,
    number: str,
    now: datetime,
    new_id: Callable[[], str],
) -> CheckIn:
    """The command that checks the person in."""
    return CheckIn(
        ticket_id=TicketId(new_id()),
        stretch_id=StretchId(new_id()),
        office_id=office_id,
        number=number,
        number_on=local_date(now),
        service_id=ServiceId(arrival.service_id or ""),
        arrived_at=now,
        customer_id=customer_id,
        appointment_id=AppointmentId(arrival.appointment_id) if arrival.appointment_id else None,
        priority=arrival.priority,
        wants_private=arrival.wants_private,
        access_needs=list(arrival.needs),
    )


def known(added: AddCustomer) -> Found:
    """The person just added, as the search will show them."""
    return Found(
        customer_id=added.customer_id,
        reference=added.reference,
        full_name=added.full_name,
        known_as=added.known_as,
        born_on=added.born_on,
        postcode=added.postcode,
        language=added.language,
        access_needs=tuple(added.access_needs),
    )


def arrival_of(scanned: Scanned) -> Arrival:
    """The arrival of somebody whose code was scanned: nothing was typed."""
    person = scanned.person
    return Arrival(
        person=person,
        is_new=False,
        full_name="",
        postcode="",
        phone="",
        service_id=scanned.service_id,
        appointment_id=scanned.appointment_id,
        needs=person.access_needs if person else (),
        wants_private=False,
        priority=False,
    )
