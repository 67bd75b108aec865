"""What the acts of the page do: book, move, cancel, print. Each asks, says and offers its undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from sqlalchemy.orm import Session

from reception_app.appointments import booking
from reception_app.appointments.asking import was_handed_over
from reception_app.appointments.week import time_words
from reception_app.desk.saying import error_words
from reception_app.desk.undecided import provisional_words
from reception_app.queue.arrival import new_customer
from sync.command import Arguments
from sync.errors import Refusal
from sync.wire import Outcome
from visits.appointments.queries import AppointmentSheet, latest_notice
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import local_date
from visits.customers.commands import NoteNeeds
from visits.customers.search import Found, person_by_id
from visits.ids import AppointmentId, CustomerId, NoticeId, StaffId
from visits.notices.commands import HandOver

if TYPE_CHECKING:
    from reception_app.appointments.view import AppointmentsPage

TIME_LOST = ("slot_taken", "in_the_past", "on_leave", "in_break", "bank_holiday", "office_closed")
"""Refusals after which the chosen time cannot be had."""


class Acts(QObject):
    """The acts. `asking` while the centre is asked, so that nothing is booked twice."""

    def __init__(self, page: AppointmentsPage) -> None:
        super().__init__(page)
        self._page = page
        self._at = page.at
        self.asking = False
        self._sheet_acts: Mapping[str, Callable[[AppointmentSheet], None]] = {
            "print_confirmation": lambda found: self._paper(found, self._at.paper.hand_over),
            "save_confirmation": lambda found: self._paper(found, self._at.paper.save),
            "move_appointment": page.begin_move,
            "cancel_appointment": self._cancel,
            "book_another": lambda _: page.begin(),
        }

    # Booking and moving

    def book(self) -> None:
        """Book what is chosen, or move the appointment there; or say what is still to choose."""
        page = self._page
        if self.asking or page.opened is not None:
            return
        page.choice.show_problem("")
        page.who.show_note_problem("")
        if page.moving is None and not page.who.person.name:
            page.who.person.ask()
        elif page.who.asked.service_id is None:
            page.choice.show_problem(self.tr("Choose what it is about."))
            page.who.service.setFocus()
        elif page.chosen is None:
            page.choice.show_problem(self.tr("Choose a time."))
            page.calendar.table.setFocus()
        elif page.moving is not None:
            self._move(page.moving, page.chosen)
        else:
            self._book_for(page.chosen)

    def book_nearest(self, time: FreeTime) -> None:
        """Book one of the times that were offered."""
        self._page.choose(time)
        self.book()

    def _book_for(self, time: FreeTime) -> None:
        who = self._page.who.person
        if who.is_new:
            self._add_then_book(time)
        elif who.chosen is not None:
            self._note_needs(who.chosen)
            self._book(who.chosen.customer_id, who.chosen.full_name, time)

    def _add_then_book(self, time: FreeTime) -> None:
        at, who = self._at, self._page.who.person
        who.new_person.forget_problems()
        command = new_customer(
            who.new_arrival(), office_id=at.office_id, now=at.now(), new_id=at.new_id
        )
        self._set_asking(True)

        def added(person: Found | None) -> None:
            # From here they are known: trying again must not add them twice.
            who.choose(person)
            self._book(command.customer_id, command.full_name.strip(), time)

        at.runtime.run(
            command,
            lambda _: at.runtime.query(
                lambda session: person_by_id(session, command.customer_id), added, self.refused
            ),
            self.refused,
        )

    def _note_needs(self, person: Found) -> None:
        """Needs that were said today are kept, so that the paper and the officer know them."""
        needs = self._page.who.person.needs
        if set(needs) - set(person.access_needs):
            self._at.runtime.run(
                NoteNeeds(customer_id=person.customer_id, access_needs=list(needs)),
                lambda _: None,
                self._at.failed,
            )

    def _book(self, customer_id: CustomerId, name: str, time: FreeTime) -> None:
        at, who = self._at, self._page.who
        service_id = who.asked.service_id
        assert service_id is not None
        wish = booking.Wish(customer_id, service_id, time, who.note.text().strip())
        command = booking.book(wish, office_id=at.office_id, now=at.now(), new_id=at.new_id)
        undo = booking.cancel(
            command.appointment_id, command.starts_at, now=at.now(), new_id=at.new_id
        )
        words = f"{name} is booked for {time_words(time)}."
        self._ask(command, words, undo, command.appointment_id, time.starts_at)

    def _move(self, found: AppointmentSheet, to: FreeTime) -> None:
        at = self._at
        command = booking.move(found, to, now=at.now(), new_id=at.new_id)
        undo = booking.move_back(found, command, now=at.now(), new_id=at.new_id)
        words = f"{found.reference} is moved to {time_words(to)}."
        self._know_its_paper(found)
        self._ask(command, words, undo, found.appointment_id, to.starts_at)

    def _know_its_paper(self, found: AppointmentSheet) -> None:
        """A paper from another day or desk says the time that is about to be left."""

        def know(handed_over: bool) -> None:
            if handed_over:
                self._page.sheet.know_paper(found)

        at = self._at
        at.runtime.query(lambda s: was_handed_over(s, found.appointment_id), know, at.failed)

    def _ask(
        self,
        command: Arguments,
        words: str,
        undo: Arguments | None,
        appointment_id: AppointmentId,
        starts_at: datetime,
    ) -> None:
        self._set_asking(True)

        def done(outcome: Outcome | None) -> None:
            self._set_asking(False)
            said = words if outcome is not None else f"{words} {provisional_words()}"
            if undo is not None:
                self._at.do_undoable(said, undo)
            else:
                self._at.say(said, None)
            self._page.show_booked(appointment_id, local_date(starts_at))

        self._at.runtime.ask(command, done, self.refused)

    def _set_asking(self, asking: bool) -> None:
        self.asking = asking
        self._page.show_choice()

    def refused(self, error: Exception) -> None:
        """Say why, offer what is near; what was typed stays."""
        self._set_asking(False)
        page = self._page
        if isinstance(error, Refusal) and error.reason == "wrong_field":
            fields = page.who.person.new_person
            fields.show_field_problem(error.data["field"], error.data["problem"])
            return
        if isinstance(error, Refusal) and error.reason == "note_too_long":
            page.who.show_note_problem(error_words(error))
            page.who.note.setFocus()
            return
        if isinstance(error, Refusal) and error.reason == "time_changed" and page.moving:
            # What was to be moved is shown as it stands now.
            page.open(page.moving.appointment_id)
            self._at.failed(error)
            return
        if isinstance(error, Refusal) and error.reason in TIME_LOST:
            page.choose(None)
        page.choice.show_problem(error_words(error))
        if isinstance(error, Refusal):
            page.choice.show_nearest(_nearest(error, page), page.officer_of)

    # An appointment that is open

    def on_sheet_act(self, name: str) -> None:
        """One of the acts on the appointment in the panel."""
        found = self._page.opened
        if found is not None:
            self._sheet_acts[name](found)

    def _cancel(self, found: AppointmentSheet) -> None:
        at = self._at
        at.do(
            booking.cancel(found.appointment_id, found.starts_at, now=at.now(), new_id=at.new_id),
            f"{found.reference} is cancelled.",
            undo=booking.reinstate(found, now=at.now(), new_id=at.new_id),
        )

    def _paper(self, found: AppointmentSheet, hand_over: Callable[..., None]) -> None:
        page, at = self._page, self._at
        way = "printed" if at.paper.printer and hand_over == at.paper.hand_over else "saved"

        def make() -> bytes:
            from reception_app.appointments.paper import confirmation_pdf

            return confirmation_pdf(found)

        # Told in the panel, not in the foot: there the booking can still be undone.
        def told(words: str) -> None:
            page.sheet.tell_handed_over(found, words)
            self._note_handed_over(found.appointment_id, way)

        def failed(error: Exception) -> None:
            page.sheet.tell(error_words(error))

        hand_over(f"Appointment {found.reference}", make, told, failed)

    def _note_handed_over(self, appointment_id: AppointmentId, way: str) -> None:
        at = self._at

        def note(notice_id: NoticeId | None) -> None:
            if notice_id is not None:
                command = HandOver(notice_id=notice_id, way=way, at=at.now())
                at.runtime.run(command, lambda _: None, at.failed)

        def ask(session: Session) -> NoticeId | None:
            return latest_notice(session, appointment_id)

        at.runtime.query(ask, note, at.failed)


def _nearest(refusal: Refusal, page: AppointmentsPage) -> list[FreeTime]:
    """The free times that came with a refusal; those of the officer asked for, if any."""
    offered: Any = refusal.data.get("nearest", [])
    lasts = timedelta(minutes=page.duration_minutes)
    starts = [(datetime.fromisoformat(at), StaffId(staff_id)) for at, staff_id in offered]
    times = [FreeTime(at, at + lasts, staff_id) for at, staff_id in starts]
    asked = page.who.asked.staff_id
    return [time for time in times if time.staff_id == asked] or times
