"""The column that asks: who it is for, what it is about, with whom, and the first free time."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from reception_app.appointments.person import PersonSearch
from reception_app.appointments.scrolling import scrolling
from reception_app.appointments.week import short_time_words
from reception_app.parts.making import ActButton, action, field, label, show_problem
from reception_app.theme import tokens as t
from visits.appointments.queries import OfficerChoice
from visits.appointments.rules import HORIZON_DAYS, FreeTime
from visits.ids import ServiceId, StaffId
from visits.queue.queries import ServiceChoice


class Asked(Struct, frozen=True):
    """What the week is asked for: a service, and one officer or any."""

    service_id: ServiceId | None
    staff_id: StaffId | None


class WhoColumn(QFrame):
    """The person, the service, the officer or any, a note."""

    asked_changed = Signal()
    week_wanted = Signal()
    first_free_wanted = Signal()
    start_again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("book_for")
        self._services: tuple[ServiceChoice, ...] = ()
        self._officers: tuple[OfficerChoice, ...] = ()
        self._wanted_service: ServiceId | None = None
        self._fixed = False
        self.person = PersonSearch()
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self._heading = label(self.tr("Book an appointment"), "heading", name="book_heading")
        column.addWidget(self._heading)
        column.addWidget(self._questions(), 1)
        self._build_acts(column)

    def _questions(self) -> QScrollArea:
        """All that is asked: it scrolls where the window is low and a new person is added."""
        area, column = scrolling(self)
        column.addWidget(self.person)
        self.service = self._combo("book_service", self.tr("What is it about?"), column)
        self.service.setPlaceholderText(self.tr("Choose a service"))
        self.service.currentIndexChanged.connect(self._on_service)
        self.officer = self._combo("book_officer", self.tr("With whom?"), column)
        self.officer.addItem(self.tr("Any officer"), None)
        self.officer.currentIndexChanged.connect(lambda _: self.asked_changed.emit())
        self.first_free_act = action(
            self, "first_free", self.tr("First free"), "F6", self.first_free_wanted.emit
        )
        column.addWidget(ActButton(self.first_free_act))
        self._first_free = label("", "soft", name="first_free_when", wraps=True)
        self._first_free.hide()
        column.addWidget(self._first_free)
        self._build_note(column)
        column.addStretch()
        return area

    def _build_note(self, column: QVBoxLayout) -> None:
        note, self.note, self.note_problem = field(
            self.tr("Note for the officer"), "book_note", hint=self.tr("If there is one")
        )
        note.setContentsMargins(0, 0, 0, 0)
        self._noting = QWidget()
        self._noting.setLayout(note)
        column.addWidget(self._noting)

    def _build_acts(self, column: QVBoxLayout) -> None:
        self.new_person_act = action(
            self, "new_person", self.tr("Add a new person"), "Ctrl+N", self.person.begin_new
        )
        self.start_act = action(
            self,
            "start_again",
            self.tr("Start again"),
            "Ctrl+Backspace",
            self.start_again_wanted.emit,
        )
        for act in (self.new_person_act, self.start_act):
            column.addWidget(ActButton(act, "link"))
        self.person.changed.connect(self._allow)
        self._allow()

    def _combo(self, name: str, words: str, column: QVBoxLayout) -> QComboBox:
        above = label(words, "label")
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setAccessibleName(words)
        combo.setMinimumContentsLength(8)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.installEventFilter(self)
        above.setBuddy(combo)
        column.addWidget(above)
        column.addWidget(combo)
        return combo

    @property
    def asked(self) -> Asked:
        """What the week is to be of."""
        return Asked(self._wanted_service, self.officer.currentData())

    def show_services(self, services: Sequence[ServiceChoice]) -> None:
        """The services to choose from; what was chosen stays chosen."""
        if tuple(services) != self._services:
            self._services = tuple(services)
            self.service.blockSignals(True)
            self.service.clear()
            for service in services:
                self.service.addItem(service.name, service.service_id)
            self.service.blockSignals(False)
        self._point_at_service()

    def _point_at_service(self) -> None:
        wanted = self._wanted_service
        self.service.blockSignals(True)
        self.service.setCurrentIndex(-1 if wanted is None else self.service.findData(wanted))
        self.service.blockSignals(False)

    def show_officers(self, officers: Sequence[OfficerChoice]) -> None:
        """The officers who give the service; the one chosen stays chosen while they do."""
        if tuple(officers) == self._officers:
            return
        self._officers = tuple(officers)
        chosen = self.officer.currentData()
        self.officer.blockSignals(True)
        self.officer.clear()
        self.officer.addItem(self.tr("Any officer"), None)
        for officer in officers:
            self.officer.addItem(officer.full_name, officer.staff_id)
        self.officer.setCurrentIndex(max(0, self.officer.findData(chosen)) if chosen else 0)
        self.officer.blockSignals(False)
        if self.officer.currentData() != chosen:
            self.asked_changed.emit()

    def show_first_free(self, time: FreeTime | None) -> None:
        """When the first free time is."""
        self.first_free_act.setEnabled(time is not None)
        if time is not None:
            self._first_free.setText(short_time_words(time))
        elif self._wanted_service is not None:
            self._first_free.setText(f"No time is free in the next {HORIZON_DAYS} days.")
        self._first_free.setVisible(self._wanted_service is not None)

    def choose_service(self, service_id: str | None) -> None:
        """This is what it is about."""
        self._wanted_service = ServiceId(service_id) if service_id else None
        self._point_at_service()
        self.asked_changed.emit()

    def choose_officer(self, staff_id: StaffId | None) -> None:
        """This is who to see; None for any officer."""
        self.officer.setCurrentIndex(self.officer.findData(staff_id) if staff_id else 0)

    def start_again(self) -> None:
        """Empty the column for the next person."""
        self._heading.setText(self.tr("Book an appointment"))
        self._set_fixed(False)
        self.person.start_again()
        self.note.clear()
        self.show_note_problem("")
        self.officer.setCurrentIndex(0)
        self.choose_service(None)

    def begin_move(self, customer: str, service_id: ServiceId) -> None:
        """An appointment is to be moved: its person and its service stand."""
        self.start_again()
        self._heading.setText(self.tr("Move an appointment"))
        self._set_fixed(True)
        self.person.fix(customer)
        self.choose_service(service_id)

    def _set_fixed(self, fixed: bool) -> None:
        self._fixed = fixed
        self.service.setEnabled(not fixed)
        self._noting.setVisible(not fixed)
        self._allow()

    def _allow(self) -> None:
        """One of the two: to add somebody, or to begin with somebody else."""
        known = self.person.is_new or self.person.chosen is not None
        self.new_person_act.setVisible(not self._fixed and not known)
        self.start_act.setVisible(not self._fixed and known)

    def show_note_problem(self, words: str) -> None:
        """What is wrong with the note, beside it."""
        show_problem(self.note, self.note_problem, words or None)

    def _on_service(self, _: int) -> None:
        self._wanted_service = self.service.currentData()
        self.asked_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                self.week_wanted.emit()
                return True
        return super().eventFilter(watched, event)
