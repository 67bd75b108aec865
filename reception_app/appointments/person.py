"""Who an appointment is for: searched for, or added with the least that is needed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from reception_app.customers.found_list import FoundList, person_words
from reception_app.customers.new_person import NewPerson, Typed
from reception_app.parts.making import field, label, show_problem
from reception_app.queue.arrival import Arrival
from reception_app.theme import tokens as t
from visits.customers.needs import words as need_words
from visits.customers.search import Found


class PersonSearch(QWidget):
    """The search field, the people found, the one chosen, or the fields of a new one."""

    text_changed = Signal(str)
    entered = Signal(str)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("book_who")
        self.chosen: Found | None = None
        self.needs: tuple[str, ...] = ()
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GAP_SMALL)
        self._searching = QWidget()
        who, self.search, self.search_problem = field(
            self.tr("Who is it for?"), "book_search", hint=self.tr("Name, phone or reference")
        )
        who.setContentsMargins(0, 0, 0, 0)
        self._searching.setLayout(who)
        column.addWidget(self._searching)
        self.search.textChanged.connect(self._on_text)
        self._found = FoundList("book_found")
        self._found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._found.chosen.connect(self.choose)
        self._found.work_from(self.search)
        self._found.entered.connect(lambda: self.entered.emit(self.search.text().strip()))
        self._name = label("", "strong", name="book_person", wraps=True)
        self._about = label("", "soft", name="book_known", wraps=True)
        self.new_person = NewPerson("book_")
        for part in (self._found, self._name, self._about, self.new_person):
            part.hide()
            column.addWidget(part)
        self.new_person.full_name.textChanged.connect(lambda _: self.changed.emit())

    @property
    def is_new(self) -> bool:
        """Whether the person is one to be added."""
        return not self.new_person.isHidden()

    @property
    def name(self) -> str:
        """The name of who it is for; empty when nobody is chosen."""
        if self.is_new:
            return self.new_person.full_name.text().strip()
        return self.chosen.full_name if self.chosen is not None else ""

    @property
    def people_found(self) -> tuple[Found, ...]:
        """The people in the list."""
        return self._found.people

    def highlighted(self) -> Found | None:
        """The person the list stands on."""
        return self._found.highlighted()

    def new_arrival(self) -> Arrival:
        """The new person as typed, for the command that adds them."""
        typed = self.new_person.typed()
        return Arrival(
            person=None,
            is_new=True,
            full_name=typed.full_name,
            postcode=typed.postcode,
            phone=typed.phone,
            service_id=None,
            appointment_id=None,
            needs=self.needs,
            wants_private=False,
            priority=False,
        )

    def show_found(self, people: Sequence[Found]) -> None:
        """People for what was typed, the likeliest first."""
        self._found.show_people(people, typed=self.search.text())

    def choose(self, person: Found | None, *, needs: Sequence[str] = ()) -> None:
        """This is who it is for. `needs` are those said today beside the ones on the card."""
        if person is None:
            return
        self.chosen = person
        self.needs = tuple(dict.fromkeys([*person.access_needs, *needs]))
        self.new_person.hide()
        self._found.hide()
        helps = [need_words(need) for need in self.needs]
        self._say(person.full_name, " · ".join(filter(None, [person_words(person), *helps])))
        show_problem(self.search, self.search_problem, None)
        self.changed.emit()

    def begin_new(self, arrival: Arrival | None = None) -> None:
        """Fields for someone who is not known yet, begun with what was typed."""
        self.chosen = None
        self.needs = arrival.needs if arrival is not None else ()
        self._say(self.tr("A new person"), self.tr("Ask only for what is needed today."))
        self._found.hide()
        if arrival is not None:
            typed = Typed(arrival.full_name, arrival.postcode, arrival.phone)
        else:
            typed = Typed(self.search.text().strip().title(), "", "")
        self.new_person.begin(typed)
        self.changed.emit()

    def fix(self, name: str) -> None:
        """An appointment is moved: it is for this person and no other."""
        self.start_again()
        self._searching.hide()
        self._say(name, "")

    def start_again(self) -> None:
        """Empty, for the next person."""
        self.chosen = None
        self.needs = ()
        self.new_person.clear()
        self.new_person.hide()
        self._searching.show()
        self.search.clear()
        self._found.hide()
        show_problem(self.search, self.search_problem, None)
        self._say("", "")
        self.changed.emit()

    def ask(self) -> None:
        """Say at the field that a person is to be chosen first."""
        if self.is_new:
            self.new_person.show_field_problem("full_name", self.tr("Enter their full name"))
            return
        show_problem(self.search, self.search_problem, self.tr("Choose who it is for"))
        self.search.setFocus()

    def _say(self, name: str, about: str) -> None:
        for part, words in ((self._name, name), (self._about, about)):
            part.setText(words)
            part.setVisible(bool(words))

    def _on_text(self, text: str) -> None:
        if not text.strip():
            self._found.hide()
        self.text_changed.emit(text)
