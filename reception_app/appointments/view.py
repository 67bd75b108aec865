"""Appointments: who and what, the week of free times, and the booking or what was booked."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from reception_app.appointments import acts
from reception_app.appointments.asking import Question, Shown, ask, by_reference
from reception_app.appointments.choice import Choice, ChoicePanel
from reception_app.appointments.finding import Finding
from reception_app.appointments.free_times import FreeTimes, last_day
from reception_app.appointments.sheet import SheetPanel
from reception_app.appointments.week import kept, monday_of, time_words
from reception_app.appointments.who import WhoColumn
from reception_app.desk.at_desk import AtDesk
from reception_app.parts.page import Page
from reception_app.queue.arrival import Arrival
from reception_app.theme import tokens as t
from visits.appointments.queries import AppointmentSheet
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import local_date
from visits.customers.search import Found
from visits.ids import AppointmentId
from visits.queue.queries import ServiceChoice
from visits.words import clock_time

AGAIN_EVERY_MS = 30_000
"""Free times pass by themselves."""
WIDE_PX, WIDE_SIDE_PX, NARROW_SIDE_PX = 1_160, 300, 248


class AppointmentsPage(Page):
    """Books for a person, and opens what is booked."""

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.setObjectName("appointments")
        self._monday = monday_of(local_date(at.now()))
        self._on_date = local_date(at.now())
        self._shown: Shown | None = None
        self._opened: AppointmentId | None = None
        self._moving: AppointmentSheet | None = None
        self.chosen: FreeTime | None = None
        self.who = WhoColumn(self)
        self.calendar = FreeTimes(at.theme, self)
        self._panels = QStackedWidget(self)
        self.choice = ChoicePanel(self._panels)
        self.sheet = SheetPanel(self._panels)
        self.acts = acts.Acts(self)
        self._finding = Finding(at, self.who.person, self._choose_person, self)
        self._build()
        self._connect()
        self.show_choice()

    def _build(self) -> None:
        self._panels.addWidget(self.choice)
        self._panels.addWidget(self.sheet)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        columns.setSpacing(t.GAP)
        columns.addWidget(self.who)
        columns.addWidget(self.calendar, 1)
        columns.addWidget(self._panels)
        self.setFocusProxy(self.who.person.search)

    def _connect(self) -> None:
        who, calendar, booked = self.who, self.calendar, self.calendar.booked
        who.asked_changed.connect(self._on_asked)
        who.person.changed.connect(self._on_person)
        who.week_wanted.connect(self._to_week)
        who.first_free_wanted.connect(self._choose_first_free)
        who.start_again_wanted.connect(self.begin)
        calendar.shown_changed.connect(self.refresh)
        calendar.week_wanted.connect(self._go_weeks)
        calendar.table.time_chosen.connect(self.choose)
        calendar.table.book_pressed.connect(self.acts.book)
        booked.opened.connect(self.open)
        booked.day_wanted.connect(self._show_day)
        booked.reference_entered.connect(self._on_reference)
        self.choice.book_wanted.connect(self.acts.book)
        self.choice.nearest_wanted.connect(self.acts.book_nearest)
        self.choice.keep_wanted.connect(self.keep_as_it_is)
        self.sheet.act_wanted.connect(self.acts.on_sheet_act)
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_EVERY_MS)
        self._again.timeout.connect(self.on_rows_changed)
        self._again.start()

    # From elsewhere

    def begin(self, who: Arrival | Found | None = None) -> None:
        """Start to book, for a person and a service that are known already."""
        self._moving = None
        self.who.start_again()
        self.choose(None)
        self.close_sheet()
        self.calendar.show_times()
        self.who.person.search.setFocus()
        arrival = who if isinstance(who, Arrival) else None
        person = who.person if isinstance(who, Arrival) else who
        if arrival is not None and arrival.is_new:
            self.who.person.begin_new(arrival)
        elif person is not None:
            self.who.person.choose(person, needs=arrival.needs if arrival else ())
            self.who.service.setFocus()
        if arrival is not None and arrival.service_id:
            self.who.choose_service(arrival.service_id)
            if not arrival.is_new:
                self._to_week()

    def open(self, appointment_id: AppointmentId) -> None:
        """Open an appointment that is booked."""
        self.stop_moving()
        self._opened = AppointmentId(appointment_id)
        self.refresh()

    # What is shown

    def refresh(self) -> None:
        """Ask for all that is shown."""
        self._monday = self._bookable(self._monday)
        question, now = self._question(), self.at.now()

        def show(found: Shown) -> None:
            # Somebody who pages fast asks again before the answer is there.
            if question == self._question():
                self._show(found)

        self.at.runtime.query(lambda s: ask(s, question, now=now), show, self.at.failed)

    def _question(self) -> Question:
        asked = self.who.asked
        return Question(
            office_id=self.at.office_id,
            service_id=asked.service_id,
            staff_id=asked.staff_id,
            monday=self._monday,
            on_date=self._on_date if self.calendar.shows_booked else None,
            appointment_id=self._opened,
        )

    def _show(self, found: Shown) -> None:
        self._shown = found
        self.who.show_services(found.services)
        self.who.show_officers(found.officers)
        self.who.show_first_free(found.first_free)
        self.calendar.show_week(
            found.week,
            monday=self._monday,
            today=local_date(self.at.now()),
            officers=found.officer_names,
            is_free_later=found.first_free is not None,
        )
        if self.calendar.shows_booked:
            self.calendar.booked.show_day(self._on_date, found.booked)
        if found.appointment is not None:
            self.sheet.show_sheet(found.appointment, now=self.at.now())
            self._panels.setCurrentWidget(self.sheet)
            self.calendar.booked.point_at(found.appointment.appointment_id)
        self._check_chosen(found)
        self.show_choice()

    def _check_chosen(self, found: Shown) -> None:
        """A chosen time that is gone is said, or given to another officer who is free then."""
        chosen = self.chosen
        in_week = chosen is not None and any(
            day.on_date == local_date(chosen.starts_at) for day in found.week
        )
        if chosen is None or not in_week or self.acts.asking:
            return
        still = kept(chosen, found.week)
        if still == chosen:
            return
        self.choose(still)
        self.choice.show_problem(self._why_gone(chosen, still, found))

    def _why_gone(self, chosen: FreeTime, still: FreeTime | None, found: Shown) -> str:
        names = found.officer_names
        if chosen.starts_at <= self.at.now():
            return f"{time_words(chosen)} has passed. Choose another time."
        asked = self.who.asked.staff_id
        if asked is not None and asked != chosen.staff_id:
            if still is not None:
                return ""
            name = names.get(asked, "This officer")
            return f"{name} is not free at {clock_time(chosen.starts_at)}. Choose another time."
        if still is not None:
            return (
                f"Somebody else has just taken that time with {names.get(chosen.staff_id, '')}. "
                f"{names.get(still.staff_id, '')} is free then."
            )
        return f"Somebody else has just taken {time_words(chosen)}. Choose another time."

    def _service(self) -> ServiceChoice | None:
        services = self._shown.services if self._shown is not None else ()
        wanted = self.who.asked.service_id
        return next((s for s in services if s.service_id == wanted), None)

    @property
    def duration_minutes(self) -> int:
        """How long the service takes that is being booked."""
        service = self._service()
        return service.duration_minutes if service is not None else 0

    def show_choice(self) -> None:
        """Show what has been chosen so far."""
        chosen, moving, service = self.chosen, self._moving, self._service()
        self.choice.show_choice(
            Choice(
                person=moving.customer if moving else self.who.person.name,
                service=service.name if service else "",
                duration_minutes=self.duration_minutes,
                officer=self.officer_of(chosen) if chosen else "",
                time=chosen,
                moving_reference=moving.reference if moving else "",
            ),
            asking=self.acts.asking,
        )

    def officer_of(self, time: FreeTime) -> str:
        """The name of the officer a free time is with."""
        names = self._shown.officer_names if self._shown is not None else {}
        return names.get(time.staff_id, "")

    # Choosing

    def choose(self, time: FreeTime | None) -> None:
        """This is the time."""
        self.chosen = time
        if time is not None and self._moving is None:
            self.close_sheet()
        self.choice.show_problem("")
        self.calendar.table.choose(time)
        self.show_choice()

    @property
    def first_free(self) -> FreeTime | None:
        """The first time that is free for what is asked, in whatever week."""
        return self._shown.first_free if self._shown is not None else None

    def _choose_first_free(self) -> None:
        time = self.first_free
        if time is None:
            return
        self.calendar.show_times()
        monday, before = monday_of(local_date(time.starts_at)), self._monday
        self._monday = monday
        self.choose(time)
        self.calendar.table.setFocus()
        if monday != before:
            self.refresh()

    def _to_week(self) -> None:
        if self.who.asked.service_id is None:
            self.who.service.setFocus()
            return
        self.calendar.show_times()
        self.calendar.table.setFocus()

    def _go_weeks(self, weeks: int) -> None:
        monday = self._bookable(self._monday) + timedelta(days=7 * weeks)
        if monday == self._bookable(monday):
            self._monday = monday
            self.refresh()

    def _bookable(self, monday: date) -> date:
        """This week, or the nearest in which there is something to book.

        The page may be open since last week, or the desk's clock was put right meanwhile.
        """
        today = local_date(self.at.now())
        return min(max(monday, monday_of(today)), monday_of(last_day(today)))

    def _on_asked(self) -> None:
        if self._moving is None and self._opened is not None:
            self.close_sheet()
        self.choice.show_problem("")
        self.refresh()

    def _on_person(self) -> None:
        if self.who.person.name:
            self.close_sheet()
        self.show_choice()

    def _choose_person(self, person: Found) -> None:
        self.who.person.choose(person)
        self.who.service.setFocus()

    # The day's bookings

    def _show_day(self, on_date: date) -> None:
        self._on_date = on_date
        self.refresh()

    def _on_reference(self, text: str) -> None:
        def show(found: AppointmentSheet | None) -> None:
            if found is None:
                self.calendar.booked.show_reference_problem(
                    self.tr(
                        "No appointment at this office has that reference. Check it, or "
                        "look on its day."
                    )
                )
                return
            self.calendar.booked.show_reference_problem("")
            self._on_date = local_date(found.starts_at)
            self.open(found.appointment_id)

        office = self.at.office_id
        self.at.runtime.query(lambda s: by_reference(s, text, office), show, self.at.failed)

    # An appointment that is open, or being moved

    @property
    def opened(self) -> AppointmentSheet | None:
        """The appointment in the panel, or None while one is being booked."""
        return self.sheet.found if self._panels.currentWidget() is self.sheet else None

    @property
    def moving(self) -> AppointmentSheet | None:
        """The appointment that is being moved, or None."""
        return self._moving

    def show_booked(self, appointment_id: AppointmentId, starts_on: date) -> None:
        """It is booked: show it, empty what was typed, stand ready for the next."""
        self._moving = None
        self.choose(None)
        self.who.start_again()
        self._on_date = starts_on
        self.open(appointment_id)

    def close_sheet(self) -> None:
        """Back from an appointment to what is being booked."""
        self._opened = None
        self._panels.setCurrentWidget(self.choice)
        self.show_choice()

    def begin_move(self, found: AppointmentSheet) -> None:
        """Choose another time for an appointment."""
        self._moving = found
        self.choose(None)
        self.close_sheet()
        self._monday = max(
            monday_of(local_date(found.starts_at)), monday_of(local_date(self.at.now()))
        )
        self.who.begin_move(found.customer, found.service_id)
        self._to_week()

    def stop_moving(self) -> None:
        """The appointment that was to be moved stays or has been moved."""
        if self._moving is not None:
            self._moving = None
            self.choose(None)
            self.who.start_again()

    def keep_as_it_is(self) -> None:
        """Leave the appointment at its time."""
        if self._moving is not None:
            self.open(self._moving.appointment_id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        narrow = self.width() < WIDE_PX
        side = NARROW_SIDE_PX if narrow else WIDE_SIDE_PX
        self.who.setFixedWidth(side)
        self._panels.setFixedWidth(side)
        self.calendar.set_narrow(narrow)
        self.sheet.set_narrow(narrow)
