"""What the other desk of the office does: check-ins and departures, as commands."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.centres import MORNING, OFFICE
from visits.calendar.local_time import local_date
from visits.ids import CustomerId, ServiceId, StretchId, TicketId
from visits.queue.commands import CheckIn, Leave

FIRST_NUMBER = 500


class Acts:
    """Makes commands for a runtime's desk, with numbers that no other desk gives."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime
        self._numbers = count(FIRST_NUMBER)
        with runtime.node.database.read() as session:
            connection = session.connection()
            self._services = connection.exec_driver_sql("SELECT id FROM service").scalars().all()
            self._people = (
                connection.exec_driver_sql("SELECT id FROM customer LIMIT 500").scalars().all()
            )

    def check_in(self) -> CheckIn:
        """Someone has come to the other desk."""
        number = next(self._numbers)
        return CheckIn(
            ticket_id=TicketId(self._runtime.new_id()),
            stretch_id=StretchId(self._runtime.new_id()),
            office_id=OFFICE,
            number=f"Z{number}",
            number_on=local_date(MORNING),
            service_id=ServiceId(self._services[number % len(self._services)]),
            arrived_at=self._runtime.now(),
            customer_id=CustomerId(self._people[number % len(self._people)]),
        )

    def leave(self, ticket_id: TicketId) -> Leave:
        """They have gone again."""
        return Leave(
            ticket_id=ticket_id,
            stretch_id=StretchId(self._runtime.new_id()),
            at=self._runtime.now(),
        )
