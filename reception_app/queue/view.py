"""Reception: three columns that never move, and what their acts do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.undecided import Undecided
from reception_app.parts.making import ActButton
from reception_app.parts.page import Page
from reception_app.queue import arrive, counter
from reception_app.queue.arrival import Arrival, arrival_of
from reception_app.queue.arrive import ArriveColumn
from reception_app.queue.calling import Calling, Finished
from reception_app.queue.checking_in import CheckingIn
from reception_app.queue.counter import CounterColumn
from reception_app.queue.expected import ExpectedToday, Marks
from reception_app.queue.waiting import WaitingColumn
from reception_app.theme import tokens as t
from visits.customers.search import Found
from visits.ids import ServiceId, StretchId, TicketId
from visits.queue import commands as acts
from visits.queue.queries import (
    AtCounter,
    Queue,
    QueueRow,
    ServiceChoice,
    at_counter,
    queue_of,
    services,
    undecided_tickets,
)
from visits.queue.rules import OrderPolicy

if TYPE_CHECKING:
    from reception_app.queue.scanning import Scanned
    from visits.queue.estimate import WaitEstimate

# What the first window does not show is loaded where it is first needed, after it.

SECOND_MS = 1_000
NARROW_BELOW_PX = 1_100
"""On the smallest window the outer columns give way a little, so that names can be read."""
REORDER_EVERY_S = 15
FORECAST_AFTER_MS = 150
REASONS = (
    "They cannot wait",
    "They need this counter",
    "They need this officer",
    "Left and came back",
    "A short question",
)


class Shown(Struct, frozen=True):
    """What the page shows."""

    queue: Queue
    here: AtCounter | None
    undecided: frozenset[str]
    services: tuple[ServiceChoice, ...]


class ReceptionPage(Page):
    """Arrive, waiting, my counter."""

    queue_shown = Signal()
    room_wanted = Signal(object)
    book_wanted = Signal(object)

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.setObjectName("reception")
        self._policy = OrderPolicy()
        self._calling = Calling(at, self._policy, self.refresh)
        self._expected = ExpectedToday(at)
        self._undecided = Undecided()
        self._is_calling = False
        self._services: tuple[ServiceChoice, ...] = ()
        self._seconds = 0
        self.arrive = ArriveColumn(self)
        self.waiting = WaitingColumn(at.theme, at.now, self._policy, self._undecided, self)
        self.counter = CounterColumn(at.counter_name, at.now, self._undecided, self)
        columns = QHBoxLayout(self)
        columns.addWidget(self.arrive)
        columns.addWidget(self.waiting, 1)
        columns.addWidget(self.counter)
        self.setFocusProxy(self.arrive.search)
        self._checking_in = CheckingIn(at, self.arrive, lambda: self._services)
        self._connect()

    def _connect(self) -> None:
        self.at.runtime.rows_changed.connect(self._expected.forget)
        self.arrive.text_changed.connect(self._on_text)
        self.arrive.entered.connect(self.enter)
        self.arrive.wanted.connect(self._checking_in.check_in)
        self.arrive.book_wanted.connect(self.book_wanted)
        self.arrive.cleared.connect(self._on_cleared)
        self.arrive.errand.service_changed.connect(self._on_service)
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
        # What is said below the queue comes after the queue, and once for changes close together.
        self._forecast_soon = QTimer(self)
        self._forecast_soon.setSingleShot(True)
        self._forecast_soon.setInterval(FORECAST_AFTER_MS)
        self._forecast_soon.timeout.connect(self._ask_forecast)

    def refresh(self) -> None:
        """Ask for the queue, the counter and the services."""
        now, office, desk = self.at.now(), self.at.office_id, self.at.desk_id

        def ask(session: Session) -> Shown:
            return Shown(
                queue_of(session, office, now=now, policy=self._policy),
                at_counter(session, desk),
                undecided_tickets(session),
                services(session),
            )

        self.at.runtime.query(ask, self._show, self.at.failed)

    def _show(self, found: Shown) -> None:
        self._is_calling = False
        self._services = found.services
        self.arrive.show_services(found.services)
        self._undecided.note(found.undecided)
        self.waiting.show_queue(found.queue)
        self.counter.show_here(found.here, found.queue.next_call)
        self.queue_shown.emit()
        self._forecast_soon.start()

    def _ask_forecast(self) -> None:
        now, office = self.at.now(), self.at.office_id

        def ask(session: Session) -> Any:
            from visits.queue.outlook import forecast

            return forecast(session, office, now=now, policy=self._policy)

        self.at.runtime.query(
            ask,
            lambda found: self.waiting.show_forecast(found.words if found else ""),
            self.at.failed,
        )

    def _on_service(self, service_id: str) -> None:
        if not service_id:
            self.arrive.errand.show_wait("")
            return
        now, office = self.at.now(), self.at.office_id

        def show(found: WaitEstimate | None) -> None:
            if self.arrive.errand.service_id == service_id:
                self.arrive.errand.show_wait(f"Wait now: {found.words}." if found else "")

        def ask(session: Session) -> WaitEstimate | None:
            from visits.queue.outlook import wait_estimate

            return wait_estimate(
                session, office, ServiceId(service_id), now=now, policy=self._policy
            )

        self.at.runtime.query(ask, show, self.at.failed)

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

        def show(people: tuple[Found, ...]) -> None:
            if self.arrive.search.text() == text:
                self.arrive.show_found(people)
                if people:
                    self._mark_expected(text)

        self.at.find_people(text, show)

    def _mark_expected(self, text: str) -> None:
        """Of two people of one name, the one with an appointment today is seen to have it."""

        def show(marks: Marks) -> None:
            if self.arrive.search.text() == text:
                self.arrive.mark_found(marks)

        self._expected.ask(show)

    def enter(self, text: str) -> None:
        """A code was scanned, or Enter pressed on a reference or a person in the list."""
        if not text:
            return
        office, now = self.at.office_id, self.at.now()
        highlighted = self.arrive.highlighted()
        vocabulary = self.at.vocabulary

        def ask(session: Session) -> Scanned:
            from reception_app.queue.scanning import understand

            return understand(
                session, text, office_id=office, now=now, vocabulary=vocabulary, chosen=highlighted
            )

        self.at.runtime.query(ask, self._on_understood, self.at.failed)

    def _on_understood(self, scanned: Scanned) -> None:
        if scanned.problem:
            self.arrive.show_problem(scanned.problem)
            return
        if scanned.is_scan:
            self.arrive.forget_code()
            self._checking_in.check_in_scanned(arrival_of(scanned))
            return
        self.arrive.choose(
            scanned.person,
            service_id=scanned.service_id,
            appointment_id=scanned.appointment_id,
            about=scanned.about,
        )

    def _on_cleared(self, before: tuple[str, Arrival]) -> None:
        self.at.say(self.tr("Cleared."), lambda: self.arrive.fill(*before))

    def _on_call_this(self, row: QueueRow) -> None:
        """Calling someone else than the next is allowed and asks why."""
        if self.counter.next_call is not None and row.ticket_id == self.counter.next_call.ticket_id:
            self._finish_then_call()
            return
        menu = QMenu(self)
        menu.setObjectName("call_reasons")
        for words in REASONS:
            menu.addAction(
                f"&{words}",
                lambda words=words: self._make_room_and_call(row.ticket_id, row.number, words),
            )
        menu.popup(self.waiting.mapToGlobal(self.waiting.rect().bottomLeft()))

    def _on_counter_act(self, name: str) -> None:
        here = self.counter.here
        if name == "call_next" and (here is None or here.state != "called"):
            self._finish_then_call()
            return
        if here is None:
            return
        table: dict[str, Callable[[AtCounter], None]] = {
            "call_next": lambda h: self._turn(acts.Serve, h, "is being served"),
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
                menu.addAction(f"&{choice.name}", lambda c=choice: self._transfer_to(here, c))
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
        if call is not None:
            self._make_room_and_call(call.ticket_id, call.number, "")

    def _make_room_and_call(self, ticket_id: TicketId, number: str, reason: str) -> None:
        """Finish whoever is at this counter, then call: one person at a time is called to it.

        A second press while that is under way does nothing.
        """
        if self._is_calling:
            return
        self._is_calling = True
        here = self.counter.here
        if here is None:
            self._calling.call(ticket_id, number, reason=reason)
            return
        stretch_id = StretchId(self.at.new_id())
        finish = acts.Finish(
            ticket_id=here.ticket_id,
            stretch_id=stretch_id,
            at=self.at.now(),
            staff_id=self.at.staff_id,
        )
        finished = Finished(here.number, self._undo(here.ticket_id, stretch_id))
        self.at.runtime.run(
            finish,
            lambda _: self._calling.call(ticket_id, number, reason=reason, finished=finished),
            self._on_call_failed,
        )

    def _on_call_failed(self, error: Exception) -> None:
        self.at.failed(error)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        narrow = self.width() < NARROW_BELOW_PX
        margin = t.GAP_SMALL if narrow else t.GAP_LARGE
        columns = self.layout()
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(t.GAP_SMALL if narrow else t.GAP)
        self.arrive.setFixedWidth(arrive.NARROW_PX if narrow else arrive.COLUMN_PX)
        self.counter.setFixedWidth(counter.NARROW_PX if narrow else counter.COLUMN_PX)
        for button in self.findChildren(ActButton):
            button.show_key(not narrow)
