"""The arrive column: who is here, what it is about, what helps, check in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from reception_app.customers.found_list import FoundList, person_words
from reception_app.customers.new_person import NewPerson, Typed
from reception_app.parts.making import ActButton, action, field, label, row
from reception_app.queue.arrival import Arrival
from reception_app.queue.errand import Errand
from reception_app.theme import tokens as t
from visits.codes import looks_like_code
from visits.customers.search import Found
from visits.ids import CustomerId
from visits.queue.queries import ServiceChoice

COLUMN_PX = 304
NARROW_PX = 264


class ArriveColumn(QFrame):
    """One search field, focused; below it the person, the service, the needs, Check in."""

    text_changed = Signal(str)
    entered = Signal(str)
    wanted = Signal(object)
    book_wanted = Signal(object)
    cleared = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("arrive")
        self.setFixedWidth(COLUMN_PX)
        self._person: Found | None = None
        self._appointment_id: str | None = None
        self._is_new = False
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        column.addWidget(label(self.tr("Arrive"), "heading"))
        who, self.search, _ = field(
            self.tr("Who is here?"), "search", hint=self.tr("Name, phone, postcode, reference")
        )
        column.addLayout(who)
        self.search.textChanged.connect(self._on_text)
        scroll = self._scroll()
        column.addWidget(scroll, 1)
        self._build_middle(scroll.widget())
        self._build_acts(column)

    def _build_middle(self, inside: QWidget) -> None:
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GAP_SMALL)
        self._found = FoundList("found", parent=inside)
        self._found.chosen.connect(self.choose)
        self._found.work_from(self.search)
        self._found.entered.connect(lambda: self.entered.emit(self.search.text().strip()))
        column.addWidget(self._found)
        self.new_person_act = action(
            self, "new_person", self.tr("Add a new person"), "Ctrl+N", self.begin_new_person
        )
        column.addWidget(ActButton(self.new_person_act, "link"))
        self._chosen = label("", "strong", name="chosen_person", wraps=True)
        self._known = label("", "soft", name="chosen_known", wraps=True)
        self.new_person = NewPerson(parent=inside)
        self.new_person.hide()
        self.errand = Errand(inside)
        self.errand.entered.connect(self._want)
        for part in (self._chosen, self._known, self.new_person, self.errand):
            column.addWidget(part)
        self._show_chosen("", "")
        column.addStretch()

    def _scroll(self) -> QScrollArea:
        scroll = QScrollArea(self)
        scroll.setObjectName("arrive_scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(QWidget(scroll))
        return scroll

    def _build_acts(self, column: QVBoxLayout) -> None:
        self.problem = label("", "error", name="arrive_problem", wraps=True)
        self.problem.hide()
        column.addWidget(self.problem)
        self.check_in_act = action(
            self, "check_in", self.tr("Check in and print ticket"), "Ctrl+Return", self._want
        )
        self.book_act = action(
            self,
            "book_instead",
            self.tr("Book instead"),
            "F9",
            lambda: self.book_wanted.emit(self.arrival()),
        )
        self.clear_act = action(self, "clear", self.tr("Clear"), "F12", self._on_clear)
        column.addWidget(ActButton(self.check_in_act, "primary", key=self.tr("Enter")))
        column.addLayout(row(ActButton(self.book_act), ActButton(self.clear_act)))

    @property
    def service(self) -> QWidget:
        """The field of the service."""
        return self.errand.service

    def show_services(self, services: Sequence[ServiceChoice]) -> None:
        """The services to choose from."""
        self.errand.show_services(services)

    def show_found(self, people: Sequence[Found]) -> None:
        """People for what was typed, the likeliest first."""
        if self._person is None and not self._is_new:
            self._found.show_people(people, typed=self.search.text())

    def mark_found(self, marks: Mapping[CustomerId, str]) -> None:
        """Say of the people in the list who has an appointment today."""
        self._found.mark(marks)

    @property
    def people_found(self) -> tuple[Found, ...]:
        """The people in the list."""
        return self._found.people

    def highlighted(self) -> Found | None:
        """The person the list stands on."""
        return self._found.highlighted()

    def choose(
        self,
        person: Found | None,
        *,
        service_id: str | None = None,
        appointment_id: str | None = None,
        about: str = "",
    ) -> None:
        """This is who is here."""
        if person is None:
            return
        self._person = person
        self._is_new = False
        self._appointment_id = appointment_id
        self.new_person.hide()
        self._found.hide()
        self._show_chosen(person.full_name, about or person_words(person))
        self.errand.show_needs(person.access_needs)
        if service_id is not None:
            self.errand.choose_service(service_id)
        self.show_problem("")
        self.errand.service.setFocus()

    def begin_new_person(self) -> None:
        """Fields for someone who is not known yet, begun with what was typed."""
        typed = "" if self._person is not None else self.search.text().strip().title()
        self._begin_new(Typed(typed, "", ""))
        self.new_person.full_name.selectAll()

    def _begin_new(self, typed: Typed) -> None:
        self._person = None
        self._is_new = True
        self._appointment_id = None
        self._found.hide()
        self._show_chosen(self.tr("A new person"), self.tr("Ask only for what is needed today."))
        self.new_person.begin(typed)

    def _show_chosen(self, name: str, known: str) -> None:
        for part, words in ((self._chosen, name), (self._known, known)):
            part.setText(words)
            part.setVisible(bool(words))

    def _on_clear(self) -> None:
        before = (self.search.text(), self.arrival())
        self.start_again()
        self.cleared.emit(before)

    def fill(self, searched: str, arrival: Arrival) -> None:
        """Put back what was chosen and typed."""
        self.search.setText(searched)
        self.choose(arrival.person, appointment_id=arrival.appointment_id)
        if arrival.is_new:
            self._begin_new(Typed(arrival.full_name, arrival.postcode, arrival.phone))
        self.errand.choose_service(arrival.service_id)
        self.errand.show_needs(arrival.needs)
        self.errand.private.setChecked(arrival.wants_private)
        self.errand.priority.setChecked(arrival.priority)

    def start_again(self) -> None:
        """Empty the column for the next person."""
        self._person = None
        self._is_new = False
        self._appointment_id = None
        self.new_person.clear()
        self.new_person.hide()
        self._found.hide()
        self.search.clear()
        self._show_chosen("", "")
        self.errand.clear()
        self.show_problem("")
        self.search.setFocus()

    def forget_code(self) -> None:
        """Take a scanned code out of the search field; a name that was typed stays."""
        if looks_like_code(self.search.text()):
            self.search.clear()
        self.show_problem("")

    def show_problem(self, words: str) -> None:
        """What stands in the way of checking in, beside the act; what was typed stays."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def show_field_problem(self, name: str, problem: str) -> None:
        """What is wrong with a field of the new person."""
        self.new_person.show_field_problem(name, problem)

    def arrival(self) -> Arrival:
        """All that was chosen and typed."""
        typed = self.new_person.typed()
        return Arrival(
            person=self._person,
            is_new=self._is_new,
            full_name=typed.full_name,
            postcode=typed.postcode,
            phone=typed.phone,
            service_id=self.errand.service_id,
            appointment_id=self._appointment_id,
            needs=self.errand.needs,
            wants_private=self.errand.private.isChecked(),
            priority=self.errand.priority.isChecked(),
        )

    def holds_something(self) -> bool:
        """Whether somebody is chosen or half entered."""
        return self._person is not None or self._is_new

    def _want(self) -> None:
        if self.errand.service_id is None:
            self.show_problem(self.tr("Choose what it is about"))
            self.errand.service.setFocus()
            return
        self.new_person.forget_problems()
        self.wanted.emit(self.arrival())

    def _on_text(self, text: str) -> None:
        self._person = None
        self._is_new = False
        self._appointment_id = None
        self.new_person.hide()
        self._show_chosen("", "")
        if not text.strip():
            self._found.hide()
        self.text_changed.emit(text)
