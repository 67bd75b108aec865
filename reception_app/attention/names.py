"""Names for the ids in a command, also of what exists only in what was typed at this desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments
from visits.appointments.commands import Book
from visits.appointments.records import Appointment
from visits.calendar.local_time import local_date
from visits.customers.commands import AddCustomer
from visits.customers.records import Customer, CustomerDetails
from visits.home_visits.commands import Agree
from visits.home_visits.records import HomeVisit
from visits.ids import CustomerId, OfficeId
from visits.notices.records import Notice
from visits.offices.records import Office, Service
from visits.queue.commands import CheckIn
from visits.queue.records import Ticket
from visits.rooms.records import Room, RoomUse
from visits.scopes import of_office
from visits.staff.records import StaffMember
from visits.words import NO_NAME, clock_time, long_date

A = TypeVar("A", bound=Arguments)


class Names:
    """Looks up this desk's rows, then the commands that would have made them."""

    def __init__(self, session: Session, typed: Iterable[Arguments] = ()) -> None:
        self.session = session
        self._typed = tuple(typed)

    def of(self, kind: type[Any], id: str | None) -> Any:
        """The row with an id, or None."""
        return self.session.get(kind, id) if id else None

    def made_by(self, kind: type[A], **ids: str | None) -> A | None:
        """The command typed here that would have made a row."""
        for args in self._typed:
            if isinstance(args, kind) and all(getattr(args, n) == i for n, i in ids.items()):
                return args
        return None

    def person(self, customer_id: str | None) -> str:
        """A person's name."""
        if customer_id is None:
            return NO_NAME
        row = self.of(Customer, customer_id)
        added = row or self.made_by(AddCustomer, customer_id=customer_id)
        return str(added.full_name) if added else "a person this desk does not know"

    def phone(self, customer_id: str | None, office_id: OfficeId) -> str:
        """A person's phone number as this desk holds it; its own office's first."""
        if customer_id is None:
            return ""
        rows = self.session.execute(
            select(CustomerDetails.scope, CustomerDetails.phone).where(
                CustomerDetails.customer_id == customer_id, CustomerDetails.phone != ""
            )
        ).all()
        own = of_office(office_id)
        for row in sorted(rows, key=lambda row: (row.scope != own, row.scope)):
            return str(row.phone)
        added = self.made_by(AddCustomer, customer_id=customer_id)
        return added.phone if added else ""

    def ticket(self, ticket_id: str | None) -> str:
        """A ticket's number and its person."""
        found = self.of(Ticket, ticket_id) or self.made_by(CheckIn, ticket_id=ticket_id)
        if found is None:
            return "a ticket this desk does not know"
        return f"{found.number} {self.person(found.customer_id)}"

    def ticket_customer(self, ticket_id: str | None) -> CustomerId | None:
        """Whose ticket it is."""
        found = self.of(Ticket, ticket_id) or self.made_by(CheckIn, ticket_id=ticket_id)
        return found.customer_id if found else None

    def service(self, service_id: str) -> str:
        """A service's name."""
        row = self.of(Service, service_id)
        return str(row.name) if row else "a service this desk does not know"

    def officer(self, staff_id: str | None) -> str:
        """An officer's name."""
        row = self.of(StaffMember, staff_id)
        return str(row.full_name) if row else "an officer this desk does not know"

    def office(self, office_id: str) -> str:
        """An office's name."""
        row = self.of(Office, office_id)
        return str(row.name) if row else "an office this desk does not know"

    def room(self, room_id: str | None) -> str:
        """A room's name."""
        row = self.of(Room, room_id)
        return str(row.name) if row else "a room this desk does not know"

    def room_of_use(self, room_use_id: str) -> str:
        """The room that was held."""
        row = self.of(RoomUse, room_use_id)
        return self.room(row.room_id if row else None)

    def appointment(self, appointment_id: str) -> str:
        """An appointment: whose, what for, when."""
        found = self.of(Appointment, appointment_id) or self.made_by(
            Book, appointment_id=appointment_id
        )
        if found is None:
            return "an appointment this desk does not know"
        who = self.person(found.customer_id)
        return f"{who}, {self.service(found.service_id)}, {moment(found.starts_at)}"

    def appointment_customer(self, appointment_id: str) -> CustomerId | None:
        """Whose appointment it is."""
        found = self.of(Appointment, appointment_id) or self.made_by(
            Book, appointment_id=appointment_id
        )
        return CustomerId(found.customer_id) if found else None

    def visit(self, visit_id: str) -> str:
        """A home visit: to whom, when."""
        found = self.of(HomeVisit, visit_id) or self.made_by(Agree, visit_id=visit_id)
        if found is None:
            return "a visit this desk does not know"
        return f"the visit to {found.who_to_see}, {moment(found.planned_at)}"

    def visit_customer(self, visit_id: str) -> CustomerId | None:
        """Whose home it is."""
        found = self.of(HomeVisit, visit_id) or self.made_by(Agree, visit_id=visit_id)
        return CustomerId(found.customer_id) if found else None

    def notice(self, notice_id: str) -> str:
        """A notice by its kind."""
        row = self.of(Notice, notice_id)
        return NOTICES.get(row.kind, row.kind) if row else "notice"


NOTICES = {
    "confirmation": "confirmation",
    "moved": "notice of the new time",
    "cancellation": "notice of the cancellation",
    "visit": "notice of the visit",
    "delay": "notice of the delay",
    "no_answer": "card that we called",
}


def moment(at: Any) -> str:
    """A date and a time: Thursday 26 November 2026 at 10am."""
    return f"{long_date(local_date(at))} at {clock_time(at)}"
