"""From an arrival as it was typed to a ticket in the queue and on paper."""

from __future__ import annotations

from collections.abc import Callable

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import error_words
from reception_app.printing.paper import PaperKind
from reception_app.queue.arrival import Arrival, check_in, known, new_customer
from reception_app.queue.arrive import ArriveColumn
from sync.errors import Refusal
from visits.calendar.local_time import local_date
from visits.customers.search import Found
from visits.ids import CustomerId
from visits.queue import commands as acts
from visits.queue.queries import ServiceChoice, number_for


class CheckingIn:
    """Checks people in from the arrive column."""

    def __init__(
        self, at: AtDesk, arrive: ArriveColumn, services: Callable[[], tuple[ServiceChoice, ...]]
    ) -> None:
        self._at = at
        self._arrive = arrive
        self._services = services
        self._under_way = False

    def check_in(self, arrival: Arrival) -> None:
        """Check in whom the column holds; a new person is added first.

        A second press while that is under way does nothing.
        """
        if self._under_way:
            return
        self._under_way = True
        if arrival.is_new:
            self._add_and_check_in(arrival)
            return
        customer = arrival.person.customer_id if arrival.person else None
        self._number_and_check_in(arrival, customer, self._on_column_checked_in)

    def check_in_scanned(self, arrival: Arrival) -> None:
        """Check in whose code was scanned; what stands in the column stays there."""
        customer = arrival.person.customer_id if arrival.person else None
        self._number_and_check_in(
            arrival, customer, lambda command: self._tell(command, arrival.person)
        )

    def _add_and_check_in(self, arrival: Arrival) -> None:
        command = new_customer(
            arrival, office_id=self._at.office_id, now=self._at.now(), new_id=self._at.new_id
        )

        def added(_: object) -> None:
            # Known from now on: a second press does not add them again.
            self._arrive.choose(known(command))
            self._number_and_check_in(arrival, command.customer_id, self._on_column_checked_in)

        self._at.runtime.run(command, added, self._on_refused)

    def _number_and_check_in(
        self, arrival: Arrival, customer_id: CustomerId | None, done: Callable[[acts.CheckIn], None]
    ) -> None:
        now = self._at.now()
        desk_id = self._at.desk_id

        def act() -> acts.CheckIn:
            # The number is counted and used on the one writer, so no other can take it between.
            with self._at.runtime.node.database.read() as session:
                number = number_for(session, desk_id, local_date(now))
            command = check_in(
                arrival,
                office_id=self._at.office_id,
                customer_id=customer_id,
                number=number,
                now=now,
                new_id=self._at.new_id,
            )
            self._at.runtime.issue_now(command)
            return command

        self._at.runtime.write(act, done, self._on_refused)

    def _on_column_checked_in(self, command: acts.CheckIn) -> None:
        self._under_way = False
        self._tell(command, self._arrive.arrival().person)
        self._arrive.start_again()

    def _tell(self, command: acts.CheckIn, person: Found | None) -> None:
        name = person.full_name if person else ""
        undo = acts.UndoCheckIn(ticket_id=command.ticket_id, at=self._at.now())
        words = f"{command.number} {name} checked in.".replace("  ", " ")
        self._at.do_undoable(f"{words} {self._where_the_ticket_goes()}", undo)
        self._print_ticket(command)

    def _where_the_ticket_goes(self) -> str:
        printer = self._at.paper.ticket_printer
        return f"The ticket goes to {printer}." if printer else "The ticket is saved as a PDF."

    def _print_ticket(self, command: acts.CheckIn) -> None:
        service = next((s.name for s in self._services() if s.service_id == command.service_id), "")
        office = self._at.office_name

        def make() -> bytes:
            from reception_app.queue.ticket_paper import ticket_pdf

            return ticket_pdf(command, office=office, service=service)

        self._at.paper.hand_over(
            f"Ticket {command.number}",
            make,
            lambda words: None,
            self._at.failed,
            kind=PaperKind.TICKET,
        )

    def _on_refused(self, error: Exception) -> None:
        self._under_way = False
        if isinstance(error, Refusal) and error.reason == "wrong_field":
            self._arrive.show_field_problem(error.data["field"], error.data["problem"])
            return
        self._arrive.show_problem(error_words(error))
