"""The ticket of an arrival, as paper."""

from __future__ import annotations

from visits.calendar.local_time import local_date
from visits.codes import CodeKind, write_code
from visits.documents.ticket import TicketPaper, ticket
from visits.queue.commands import CheckIn


def ticket_pdf(command: CheckIn, *, office: str, service: str) -> bytes:
    """The ticket for a check-in, for an 80 mm roll."""
    return ticket(
        TicketPaper(
            number=command.number,
            office=office,
            service=service,
            arrived_at=command.arrived_at,
            code=write_code(
                CodeKind.TICKET, command.ticket_id, expires_on=local_date(command.arrived_at)
            ),
        )
    )
