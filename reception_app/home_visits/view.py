"""Visits: an officer's day, the visit's sheet, its steps, its papers, and agreeing another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import error_words
from reception_app.desk.undecided import provisional_words
from reception_app.home_visits.agreeing import AgreePanel, Wish, agreement
from reception_app.home_visits.day_list import DayList
from reception_app.home_visits.sheet import VisitSheet
from reception_app.parts.page import Page
from reception_app.theme import tokens as t
from sync.errors import Refusal
from sync.wire import Outcome
from visits.calendar.local_time import local_date
from visits.customers.search import Found as Person
from visits.home_visits import commands as acts
from visits.home_visits.planning import free_starts
from visits.home_visits.queries import (
    DayOfVisits,
    ForAgreeing,
    Officer,
    PlacedVisit,
    VisitRow,
    for_agreeing,
    officer_s_day,
    officers_of,
    placed_visit,
    visiting_today,
)
from visits.ids import CustomerId, NoticeId, StaffId, VisitId
from visits.notices.commands import HandOver
from visits.words import clock_time, long_date, minutes_words

SECOND_MS = 1_000
FORECAST_EVERY_S = 15
NOT_FREE = (
    "slot_taken",
    "on_leave",
    "in_break",
    "outside_officer_hours",
    "bank_holiday",
    "in_the_past",
)
Found = tuple[tuple[Officer, ...], StaffId | None, DayOfVisits | None]


class VisitsPage(Page):
    """The day at the left, the sheet at the right, the act expected next bottom right."""

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.setObjectName("visits")
        self._seconds = 0
        self._asking = False
        self._opening: VisitId | None = None
        self._wanted_at: datetime | None = None
        self.day = DayList(at.theme, at.now, self)
        self._right = QStackedWidget(self)
        self.sheet = VisitSheet(self._right)
        self.agree = AgreePanel(at.now, self._right)
        self._right.setFixedWidth(self.sheet.width())
        self._right.addWidget(self.sheet)
        self._right.addWidget(self.agree)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        columns.setSpacing(t.GAP)
        columns.addWidget(self.day, 1)
        columns.addWidget(self._right)
        self.setFocusProxy(self.day.table)
        self._connect()

    def _connect(self) -> None:
        self.day.day_wanted.connect(self._on_day_wanted)
        self.day.chosen_changed.connect(self._show_sheet)
        self.day.print_wanted.connect(self._print_day)
        self.day.agree_wanted.connect(self._begin_agreeing)
        self.sheet.act_wanted.connect(self._on_act)
        self.sheet.arrived.connect(self._on_arrived)
        self.sheet.delayed.connect(self._on_delayed)
        self.agree.text_changed.connect(self._on_text)
        self.agree.person_chosen.connect(self._on_person)
        self.agree.times_wanted.connect(self._ask_times)
        self.agree.wanted.connect(self._on_agree)
        self.agree.left.connect(self._leave_agreeing)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._on_second)
        self._second.start()

    def refresh(self) -> None:
        """Ask for the officers and the day. At first it is that of the person at the desk."""
        office, on_date = self.at.office_id, self.day.on_date
        mine, chosen = self.at.staff_id, self.day.staff_id

        def ask(session: Session) -> Found:
            officers = officers_of(session, office)
            staff_id = chosen or _first(officers, mine, visiting_today(session, office, on_date))
            day = officer_s_day(session, staff_id, on_date) if staff_id else None
            return officers, staff_id, day

        self.at.runtime.query(ask, self._show, self.at.failed)

    def _on_day_wanted(self) -> None:
        self._opening = None
        self.refresh()

    def open(self, visit_id: VisitId) -> None:
        """Show a visit in its officer's day."""
        office = self.at.office_id

        def ask(session: Session) -> tuple[tuple[Officer, ...], PlacedVisit | None]:
            return officers_of(session, office), placed_visit(session, visit_id)

        def show(found: tuple[tuple[Officer, ...], PlacedVisit | None]) -> None:
            officers, placed = found
            if placed is None or placed.staff_id not in {one.staff_id for one in officers}:
                return
            self._leave_agreeing()
            self.day.show_officers(officers, placed.staff_id)
            self.day.go_to_day_of(placed.staff_id, placed.on_date)
            self._opening = visit_id

        self.at.runtime.query(ask, show, self.at.failed)

    def _show(self, found: Found) -> None:
        officers, staff_id, day = found
        if staff_id is not None:
            self.day.show_officers(officers, staff_id)
        if day is None or (day.officer.staff_id, day.on_date) != (
            self.day.staff_id,
            self.day.on_date,
        ):
            return
        self.day.show_day(day)
        if self._opening is not None and self.day.model.number_of(self._opening) is not None:
            self.day.choose(self._opening)
            self._opening = None
        self.agree.show_day(day)
        if self._is_agreeing:
            self._ask_times()

    def _show_sheet(self) -> None:
        day = self.day.day
        self.sheet.show_visit(self.day.chosen(), day.officer if day else None)

    def _on_second(self) -> None:
        self._seconds += 1
        if self.isVisible() and self._seconds % FORECAST_EVERY_S == 0:
            self.day.tick()

    # Steps: the officer is the only one who acts on a visit, so nobody is asked first.

    def _on_act(self, name: str) -> None:
        chosen = self.day.chosen()
        if chosen is None:
            return
        table: dict[str, Callable[[VisitRow], None]] = {
            "set_off": self._set_off,
            "finish": self._finish,
            "no_answer": self._no_answer,
            "print_notice": self._print_notice,
        }
        table[name](chosen.visit)

    def _set_off(self, visit: VisitRow) -> None:
        words = self.tr("On the way to {who}.").format(who=visit.customer)
        self._step(acts.SetOff(**self._of(visit)), words)

    def _finish(self, visit: VisitRow) -> None:
        words = self.tr("Visit to {who} finished.").format(who=visit.customer)
        self._last_step(acts.FinishVisit(**self._of(visit)), words)

    def _no_answer(self, visit: VisitRow) -> None:
        words = self.tr("No answer at {who}. A notice that we called is written.").format(
            who=visit.customer
        )
        notice_id = NoticeId(self.at.new_id())
        self._last_step(acts.NoAnswer(**self._of(visit), notice_id=notice_id), words)

    def _on_arrived(self, id_shown: bool) -> None:
        chosen = self.day.chosen()
        if chosen is None:
            return
        card = self.tr("ID shown") if id_shown else self.tr("ID not shown")
        words = self.tr("With {who}, {card}.").format(who=chosen.visit.customer, card=card)
        self._step(acts.Arrive(**self._of(chosen.visit), id_shown=id_shown), words)

    def _on_delayed(self, minutes: int) -> None:
        chosen = self.day.chosen()
        if chosen is None:
            return
        words = self.tr("{who}: {minutes} late. The notice is written: print it or ring.").format(
            who=chosen.visit.customer, minutes=minutes_words(minutes)
        )
        command = acts.Delay(
            **self._of(chosen.visit), minutes=minutes, notice_id=NoticeId(self.at.new_id())
        )
        self._step(command, words)

    def _of(self, visit: VisitRow) -> dict[str, object]:
        return {"visit_id": visit.visit_id, "step_id": self.at.new_id(), "at": self.at.now()}

    def _last_step(self, command: acts.StepArguments, words: str) -> None:
        """The visit is over and stays chosen: a second press must not begin the next one."""
        self._step(command, words)
        self.day.table.setFocus()

    def _step(self, command: acts.StepArguments, words: str) -> None:
        undo = acts.UndoStep(visit_id=command.visit_id, step_id=command.step_id)
        self.at.do(command, words, undo=undo)

    # Papers

    def _print_day(self) -> None:
        day = self.day.day
        if day is None:
            return
        council = self.at.office_name

        def make() -> bytes:
            from reception_app.home_visits.paper import day_pdf

            return day_pdf(day, council=council)

        self.at.paper.hand_over(
            self._day_name(day), make, lambda words: self.at.say(words, None), self.at.failed
        )

    def _day_name(self, day: DayOfVisits) -> str:
        """A saved paper's name ends with the date it is saved, so only another day is named."""
        name = f"Visits of {day.officer.full_name}"
        is_today = day.on_date == local_date(self.at.now())
        return name if is_today else f"{name} on {long_date(day.on_date)}"

    def _print_notice(self, visit: VisitRow) -> None:
        day = self.day.day
        if day is None:
            return
        council = self.at.office_name

        def make() -> bytes:
            from reception_app.home_visits.paper import notice_pdf

            return notice_pdf(visit, day.officer, council=council)

        way = "printed" if self.at.paper.printer else "saved"

        def told(words: str) -> None:
            if visit.notice is None:
                self.at.say(words, None)
                return
            handed = HandOver(notice_id=visit.notice.notice_id, way=way, at=self.at.now())
            self.at.do(handed, words)

        self.at.paper.hand_over(f"Visit {visit.reference}", make, told, self.at.failed)

    # Agreeing another visit

    @property
    def _is_agreeing(self) -> bool:
        return self._right.currentWidget() is self.agree

    def _begin_agreeing(self) -> None:
        self._right.setCurrentWidget(self.agree)
        self.agree.begin()
        self._ask_times()

    def _leave_agreeing(self) -> None:
        self._right.setCurrentWidget(self.sheet)
        self.day.table.setFocus()

    def _ask_times(self) -> None:
        staff_id, on_date, now = self.day.staff_id, self.day.on_date, self.at.now()
        minutes: int = self.agree.duration.currentData()
        if staff_id is None:
            return

        def ask(session: Session) -> tuple[datetime, ...]:
            return free_starts(
                session, on_date, staff_id=staff_id, duration_minutes=minutes, now=now
            )

        def show(starts: tuple[datetime, ...]) -> None:
            if (self.day.staff_id, self.day.on_date) == (staff_id, on_date):
                self.agree.show_times(starts, wanted=self._wanted_at)
                self._wanted_at = None

        self.at.runtime.query(ask, show, self.at.failed)

    def _on_text(self, text: str) -> None:
        def show(people: tuple[Person, ...]) -> None:
            if self.agree.search.text() == text:
                self.agree.show_found(people)

        self.at.find_people(text, show)

    def _on_person(self, customer_id: CustomerId) -> None:
        def show(known: ForAgreeing | None) -> None:
            if known is not None:
                self.agree.show_person(known)

        self.at.runtime.query(
            lambda session: for_agreeing(session, customer_id), show, self.at.failed
        )

    def _on_agree(self, wish: Wish) -> None:
        """Ask the centre first: an officer's time is taken once."""
        if self._asking:
            return
        self._asking = True
        command = agreement(wish, now=self.at.now(), new_id=self.at.new_id)

        def done(outcome: Outcome | None) -> None:
            self._asking = False
            self._on_agreed(command, outcome)

        def failed(error: Exception) -> None:
            self._asking = False
            self._on_not_agreed(error)

        self.at.runtime.ask(command, done, failed)

    def _on_agreed(self, command: acts.Agree, outcome: Outcome | None) -> None:
        words = self.tr("Visit to {who} agreed at {time}.").format(
            who=command.who_to_see, time=clock_time(command.planned_at)
        )
        if outcome is None:
            words += f" {provisional_words()}"
        self.at.do_undoable(words, acts.UndoAgree(visit_id=command.visit_id))
        # What is printed or recorded next is of this visit and no other.
        self._opening = command.visit_id
        self._leave_agreeing()
        self.refresh()

    def _on_not_agreed(self, error: Exception) -> None:
        """Nothing typed is lost; a time that is taken gives way to the nearest free one."""
        if not isinstance(error, Refusal):
            self.agree.show_problem(error_words(error))
            return
        if error.reason == "wrong_field":
            self.agree.show_field_problem(error.data["field"], error.data["problem"])
            return
        words = error_words(error)
        nearest = [datetime.fromisoformat(text) for text in error.data.get("nearest", ())]
        if error.reason in NOT_FREE and nearest:
            self._wanted_at = nearest[0]
            words += " " + self.tr("The nearest free time is {when}.").format(
                when=self._when(nearest[0])
            )
        self.agree.show_problem(words)
        self._ask_times()

    def _when(self, at: datetime) -> str:
        same_day = local_date(at) == self.day.on_date
        return clock_time(at) if same_day else f"{clock_time(at)}, {long_date(local_date(at))}"


def _first(
    officers: tuple[Officer, ...], mine: StaffId, visiting: frozenset[StaffId]
) -> StaffId | None:
    """Whose day is shown at first: one's own if there are visits, else the first who visits."""
    ids = [found.staff_id for found in officers]
    if mine in visiting and mine in ids:
        return mine
    return next((staff_id for staff_id in ids if staff_id in visiting), ids[0] if ids else None)
