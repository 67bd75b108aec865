"""Reception: three columns that never move, and what their acts do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import error_words
from reception_app.parts.page import Page
from reception_app.printing.paper import PaperKind
from reception_app.queue.arrival import Arrival, check_in, new_customer
from reception_app.queue.arrive import ArriveColumn
from reception_app.queue.counter import CounterColumn
from reception_app.queue.scanning import Scanned, understand
from reception_app.queue.waiting import WaitingColumn
from reception_app.theme import tokens as t
from sync.errors import Refusal
from visits.calendar.local_time import local_date
from visits.customers.search import Vocabulary, find_customers
from visits.ids import CustomerId, ServiceId, StretchId, TicketId
from visits.queue import commands as acts
from visits.queue.queries import (
    AtCounter,
    Queue,
    QueueRow,
    ServiceChoice,
    at_counter,
    number_for,
    queue_of,
    services,
)
from visits.queue.rules import OrderPolicy

SECOND_MS = 1_000
REORDER_EVERY_S = 15
CALLS_TRIED_MAX = 5
CALLED_ELSEWHERE = ("already_called", "not_from_here")
REASONS = (
    "They cannot wait",
    "They need this counter",
    "They need this officer",
    "Left and came back",
    "A short question",
)


class ReceptionPage(Page):
    """Arrive, waiting, my counter."""

    queue_shown = Signal()
    room_wanted = Signal(object)
    book_wanted = Signal(object)

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.setObjectName("reception")
        self._policy = OrderPolicy()
        self._vocabulary = Vocabulary()
        self._services: tuple[ServiceChoice, ...] = ()
        self._seconds = 0
        self.arrive = ArriveColumn()
        self.waiting = WaitingColumn(at.theme, at.now, self._policy)
        self.counter = CounterColumn(at.counter_name, at.now)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        columns.setSpacing(t.GAP)
        columns.addWidget(self.arrive)
        columns.addWidget(self.waiting, 1)
        columns.addWidget(self.counter)
        self.setFocusProxy(self.arrive.search)
        self._connect()

    def _connect(self) -> None:
        self.arrive.text_changed.connect(self._on_text)
        self.arrive.entered.connect(self.enter)
        self.arrive.wanted.connect(self._on_wanted)
        self.arrive.book_wanted.connect(self.book_wanted)
        self.arrive.cleared.connect(self._on_cleared)
        self.waiting.call_this_wanted.connect(self._on_call_this)
        self.waiting.left_wanted.connect(lambda row: self._turn(acts.Leave, row, "has left"))
        self.waiting.return_wanted.connect(
            lambda row: self._turn(acts.Return, row, "is back in the queue")
        )
        self.counter.act_wanted.connect(self._on_counter_act)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._on_second)
        self._second.start()

    def refresh(self) -> None:
        """Ask for the queue, the counter and the services."""
        now, office, desk = self.at.now(), self.at.office_id, self.at.desk_id

        def ask(session: Session) -> tuple[Queue, AtCounter | None, tuple[ServiceChoice, ...]]:
            queue = queue_of(session, office, now=now, policy=self._policy)
            return queue, at_counter(session, desk), services(session)

        self.at.runtime.query(ask, self._show, self.at.failed)

    def _show(self, found: tuple[Queue, AtCounter | None, tuple[ServiceChoice, ...]]) -> None:
        queue, here, choices = found
        self._services = choices
        self.arrive.show_services(choices)
        self.waiting.show_queue(queue)
        self.counter.show_here(here, queue.next_call)
        self.queue_shown.emit()

    def load_vocabulary(self) -> None:
        """Load the words of names for the misspelt: after the window is on screen."""

        def keep(vocabulary: Vocabulary) -> None:
            self._vocabulary = vocabulary

        self.at.runtime.query(Vocabulary.of, keep, self.at.failed)

    def _on_second(self) -> None:
        if not self.isVisible():
            return
        self.waiting.tick()
        self.counter.tick()
        self._seconds += 1
        if self._seconds % REORDER_EVERY_S == 0:
            self.on_rows_changed()

    def _on_text(self, text: str) -> None:
        if not text.strip():
            return

        def show(people: Any) -> None:
            if self.arrive.search.text() == text:
                self.arrive.show_found(people)

        vocabulary = self._vocabulary
        self.at.runtime.query(
            lambda session: find_customers(session, text, vocabulary), show, self.at.failed
        )

    def enter(self, text: str) -> None:
        """A code was scanned, or Enter pressed on a reference or a person in the list."""
        if not text:
            return
        office, now = self.at.office_id, self.at.now()
        highlighted = self.arrive.highlighted()
        vocabulary = self._vocabulary

        def ask(session: Session) -> Scanned:
            return understand(
                session, text, office_id=office, now=now, vocabulary=vocabulary, chosen=highlighted
            )

        self.at.runtime.query(ask, self._on_understood, self.at.failed)

    def _on_understood(self, scanned: Scanned) -> None:
        if scanned.problem:
            self.arrive.show_problem(scanned.problem)
            return
        self.arrive.choose(
            scanned.person,
            service_id=scanned.service_id,
            appointment_id=scanned.appointment_id,
            about=scanned.about,
        )

    def _on_cleared(self, before: tuple[str, Arrival]) -> None:
        self.at.say(self.tr("Cleared."), lambda: self.arrive.fill(*before))

    def _on_wanted(self, arrival: Arrival) -> None:
        if arrival.is_new:
            self._add_and_check_in(arrival)
            return
        customer = arrival.person.customer_id if arrival.person else None
        self._check_in(arrival, customer)

    def _add_and_check_in(self, arrival: Arrival) -> None:
        command = new_customer(
            arrival, office_id=self.at.office_id, now=self.at.now(), new_id=self.at.new_id
        )
        self.at.runtime.run(
            command, lambda _: self._check_in(arrival, command.customer_id), self._on_refused
        )

    def _check_in(self, arrival: Arrival, customer_id: CustomerId | None) -> None:
        now = self.at.now()
        desk_id = self.at.desk_id

        def act() -> acts.CheckIn:
            # The number is counted and used on the one writer, so no other can take it between.
            with self.at.runtime.node.database.read() as session:
                number = number_for(session, desk_id, local_date(now))
            command = check_in(
                arrival,
                office_id=self.at.office_id,
                customer_id=customer_id,
                number=number,
                now=now,
                new_id=self.at.new_id,
            )
            self.at.runtime.issue_now(command)
            return command

        self.at.runtime.write(act, self._on_checked_in, self._on_refused)

    def _on_checked_in(self, command: acts.CheckIn) -> None:
        person = self.arrive.arrival().person
        name = person.full_name if person else ""
        undo = acts.UndoCheckIn(ticket_id=command.ticket_id, at=self.at.now())
        self.at.do_undoable(f"{command.number} {name} checked in.".replace("  ", " "), undo)
        self.arrive.start_again()
        self._print_ticket(command)

    def _print_ticket(self, command: acts.CheckIn) -> None:
        service = next((s.name for s in self._services if s.service_id == command.service_id), "")
        office = self.at.office_name

        def make() -> bytes:
            from reception_app.queue.ticket_paper import ticket_pdf

            return ticket_pdf(command, office=office, service=service)

        self.at.paper.hand_over(
            f"Ticket {command.number}",
            make,
            lambda words: None,
            self.at.failed,
            kind=PaperKind.TICKET,
        )

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, Refusal) and error.reason == "wrong_field":
            self.arrive.show_field_problem(error.data["field"], error.data["problem"])
            return
        self.arrive.show_problem(error_words(error))

    def _on_call_this(self, row: QueueRow) -> None:
        """Calling someone else than the next is allowed and asks why."""
        if self.counter.next_call is not None and row.ticket_id == self.counter.next_call.ticket_id:
            self._call(row.ticket_id, row.number, "")
            return
        menu = QMenu(self)
        menu.setObjectName("call_reasons")
        for words in REASONS:
            menu.addAction(words, lambda words=words: self._call(row.ticket_id, row.number, words))
        menu.popup(self.waiting.mapToGlobal(self.waiting.rect().bottomLeft()))

    def _on_counter_act(self, name: str) -> None:
        if name == "call_next":
            self._finish_then_call()
            return
        here = self.counter.here
        if here is None:
            return
        table: dict[str, Callable[[AtCounter], None]] = {
            "serve": lambda h: self._turn(acts.Serve, h, "is being served"),
            "no_show": lambda h: self._turn(acts.NoShow, h, "was not here"),
            "hold": lambda h: self._turn(acts.Hold, h, "is on hold"),
            "back": lambda h: self._turn(acts.Return, h, "is back in the queue"),
            "finish": lambda h: self._turn(acts.Finish, h, "finished"),
            "transfer": self._transfer,
            "room": self.room_wanted.emit,
        }
        table[name](here)

    def _turn(
        self,
        kind: type[acts.TicketAct],
        of: QueueRow | AtCounter,
        words: str,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        stretch_id = StretchId(self.at.new_id())
        command = kind(
            ticket_id=of.ticket_id,
            stretch_id=stretch_id,
            at=self.at.now(),
            staff_id=self.at.staff_id,
        )
        self.at.do(
            command, f"{of.number} {words}.", undo=self._undo(of.ticket_id, stretch_id), then=then
        )

    def _undo(self, ticket_id: TicketId, stretch_id: StretchId) -> acts.Undo:
        return acts.Undo(ticket_id=ticket_id, stretch_id=stretch_id, at=self.at.now())

    def _transfer(self, here: AtCounter) -> None:
        menu = QMenu(self)
        menu.setObjectName("transfer_services")
        for choice in self._services:
            if choice.service_id != here.service_id:
                menu.addAction(choice.name, lambda c=choice: self._transfer_to(here, c))
        menu.popup(self.counter.mapToGlobal(self.counter.rect().center()))

    def _transfer_to(self, here: AtCounter, choice: ServiceChoice) -> None:
        stretch_id = StretchId(self.at.new_id())
        command = acts.Transfer(
            ticket_id=here.ticket_id,
            stretch_id=stretch_id,
            at=self.at.now(),
            staff_id=self.at.staff_id,
            service_id=ServiceId(choice.service_id),
        )
        words = f"{here.number} transferred to {choice.name}."
        self.at.do(command, words, undo=self._undo(here.ticket_id, stretch_id))

    def _finish_then_call(self) -> None:
        call = self.counter.next_call
        if call is None:
            return
        here = self.counter.here
        if here is None:
            self._call(call.ticket_id, call.number, "")
            return
        self._turn(
            acts.Finish, here, "finished", lambda: self._call(call.ticket_id, call.number, "")
        )

    def _call(self, ticket_id: TicketId, number: str, reason: str, tried: int = 1) -> None:
        """Ask upstream to call this person; when another desk was first, take the next."""
        stretch_id = StretchId(self.at.new_id())
        command = acts.Call(
            ticket_id=ticket_id,
            stretch_id=stretch_id,
            at=self.at.now(),
            staff_id=self.at.staff_id,
            reason=reason,
        )

        def failed(error: Exception) -> None:
            taken = isinstance(error, Refusal) and error.reason in CALLED_ELSEWHERE
            if taken and not reason and tried < CALLS_TRIED_MAX:
                self._call_whoever_is_next(tried + 1)
                return
            self.at.failed(error)

        undo = self._undo(ticket_id, stretch_id)
        self.at.ask(command, f"{number} called.", undo=undo, failed=failed)

    def _call_whoever_is_next(self, tried: int) -> None:
        now, office = self.at.now(), self.at.office_id

        def call(queue: Queue) -> None:
            if queue.next_call is None:
                self.at.say(
                    self.tr("Another desk called them first. Nobody else is waiting."), None
                )
                return
            self._call(queue.next_call.ticket_id, queue.next_call.number, "", tried)

        self.at.runtime.query(
            lambda session: queue_of(session, office, now=now, policy=self._policy),
            call,
            self.at.failed,
        )
