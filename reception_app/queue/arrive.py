"""The arrive column: who is here, what it is about, what helps, check in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from reception_app.parts.making import ActButton, action, clear, field, label, row, show_problem
from reception_app.queue.arrival import Arrival
from reception_app.theme import tokens as t
from visits.customers.needs import NEEDS, words
from visits.customers.search import Found
from visits.queue.queries import ServiceChoice
from visits.words import short_date

COLUMN_PX = 304
LIST_PX = 200


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
        self._services: tuple[ServiceChoice, ...] = ()
        self._needs: list[str] = []
        self._appointment_id: str | None = None
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        column.addWidget(label(self.tr("Arrive"), "heading"))
        who, self.search, _ = field(
            self.tr("Who is here?"), "search", hint=self.tr("Name, phone, postcode or reference")
        )
        column.addLayout(who)
        self.search.textChanged.connect(self._on_text)
        self.search.installEventFilter(self)
        self._found = QListWidget()
        self._found.setObjectName("found")
        self._found.setAccessibleName(self.tr("People found"))
        self._found.setMaximumHeight(LIST_PX)
        self._found.itemClicked.connect(
            lambda item: self.choose(item.data(Qt.ItemDataRole.UserRole))
        )
        self._found.hide()
        column.addWidget(self._found)
        self.new_person_act = action(
            self, "new_person", self.tr("Add a new person"), "Ctrl+N", self.begin_new_person
        )
        column.addWidget(ActButton(self.new_person_act, "link"))
        self._chosen = label("", "strong", name="chosen_person", wraps=True)
        self._known = label("", "soft", name="chosen_known", wraps=True)
        column.addWidget(self._chosen)
        column.addWidget(self._known)
        self._build_new_person(column)
        self._build_errand(column)
        column.addStretch()
        self._build_acts(column)

    def _build_new_person(self, column: QVBoxLayout) -> None:
        self._new = QWidget()
        inner = QVBoxLayout(self._new)
        inner.setContentsMargins(0, 0, 0, 0)
        name, self.full_name, self.full_name_problem = field(self.tr("Full name"), "full_name")
        postcode, self.postcode, self.postcode_problem = field(
            self.tr("Postcode, if they give it"), "postcode"
        )
        phone, self.phone, self.phone_problem = field(self.tr("Phone, if they give it"), "phone")
        for part in (name, postcode, phone):
            inner.addLayout(part)
        for edit in (self.full_name, self.postcode, self.phone):
            edit.returnPressed.connect(self.focusNextChild)
        self._new.hide()
        column.addWidget(self._new)

    def _build_errand(self, column: QVBoxLayout) -> None:
        about = label(self.tr("What is it about?"), "label")
        self.service = QComboBox()
        self.service.setObjectName("service")
        self.service.setAccessibleName(self.tr("What is it about?"))
        self.service.installEventFilter(self)
        about.setBuddy(self.service)
        column.addWidget(about)
        column.addWidget(self.service)
        column.addWidget(label(self.tr("Anything that helps?"), "label"))
        self._chips = QVBoxLayout()
        self._chips.setSpacing(t.GRID)
        column.addLayout(self._chips)
        self._add_need = QPushButton(self.tr("Add a need"))
        self._add_need.setObjectName("add_need")
        self._add_need.setProperty("kind", "link")
        menu = QMenu(self._add_need)
        for need, text in NEEDS.items():
            menu.addAction(text, lambda need=need: self._toggle_need(need))
        self._add_need.setMenu(menu)
        column.addWidget(self._add_need)
        self.private = QCheckBox(self.tr("Would like to talk in private"))
        self.private.setObjectName("wants_private")
        self.priority = QCheckBox(self.tr("Cannot wait: priority need"))
        self.priority.setObjectName("priority")
        column.addWidget(self.private)
        column.addWidget(self.priority)

    def _build_acts(self, column: QVBoxLayout) -> None:
        self.problem = label("", "error", name="arrive_problem", wraps=True)
        self.problem.hide()
        column.addWidget(self.problem)
        self.check_in_act = action(
            self, "check_in", self.tr("Check in and print ticket"), "Ctrl+Return", self._want
        )
        self.book_act = action(self, "book_instead", self.tr("Book instead"), "F9", self._book)
        self.start_act = action(
            self, "start_again", self.tr("Clear"), "Ctrl+Backspace", self._on_clear
        )
        column.addWidget(ActButton(self.check_in_act, "primary", key=self.tr("Enter")))
        column.addLayout(row(ActButton(self.book_act), ActButton(self.start_act)))

    def show_services(self, services: Sequence[ServiceChoice]) -> None:
        """The services to choose from; what was chosen stays chosen."""
        if tuple(services) == self._services:
            return
        kept = self.service.currentData()
        self._services = tuple(services)
        self.service.clear()
        for service in services:
            self.service.addItem(service.name, service.service_id)
        self.service.setCurrentIndex(max(-1, self.service.findData(kept)) if kept else -1)
        self.service.setPlaceholderText(self.tr("Choose a service"))

    def show_found(self, people: Sequence[Found]) -> None:
        """People for what was typed, the likeliest first."""
        self._found.clear()
        for person in people:
            item = QListWidgetItem(_two_lines(person))
            item.setData(Qt.ItemDataRole.UserRole, person)
            self._found.addItem(item)
        if not people and len(self.search.text().strip()) > 1:
            item = QListWidgetItem(self.tr("Nobody by that name. Ctrl+N adds them."))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._found.addItem(item)
        self._found.setCurrentRow(0)
        self._found.setVisible(self._found.count() > 0)

    @property
    def people_found(self) -> tuple[Found, ...]:
        """The people in the list."""
        items = (self._found.item(number) for number in range(self._found.count()))
        data = (item.data(Qt.ItemDataRole.UserRole) for item in items)
        return tuple(person for person in data if person is not None)

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
        self._appointment_id = appointment_id
        self._needs = list(person.access_needs)
        self._new.hide()
        self._found.hide()
        self._chosen.setText(person.full_name)
        self._known.setText(about or _about(person))
        self._show_needs()
        if service_id is not None:
            self.service.setCurrentIndex(self.service.findData(service_id))
        self.show_problem("")
        self.service.setFocus()

    def begin_new_person(self) -> None:
        """Fields for someone who is not known yet, begun with what was typed."""
        self._person = None
        self._appointment_id = None
        self._chosen.setText(self.tr("A new person"))
        self._known.setText(self.tr("Ask only for what is needed today."))
        self._found.hide()
        self._new.show()
        self.full_name.setText(self.search.text().strip().title())
        self.full_name.setFocus()

    def _on_clear(self) -> None:
        before = (self.search.text(), self.arrival())
        self.start_again()
        self.cleared.emit(before)

    def fill(self, searched: str, arrival: Arrival) -> None:
        """Put back what was chosen and typed."""
        self.search.setText(searched)
        self.choose(
            arrival.person, service_id=arrival.service_id, appointment_id=arrival.appointment_id
        )
        if arrival.is_new:
            self.begin_new_person()
        self.full_name.setText(arrival.full_name)
        self.postcode.setText(arrival.postcode)
        self.phone.setText(arrival.phone)
        self.service.setCurrentIndex(self.service.findData(arrival.service_id))
        self._needs = list(arrival.needs)
        self._show_needs()
        self.private.setChecked(arrival.wants_private)
        self.priority.setChecked(arrival.priority)

    def start_again(self) -> None:
        """Empty the column for the next person."""
        self._person = None
        self._appointment_id = None
        self._needs = []
        self._new.hide()
        for edit in (self.search, self.full_name, self.postcode, self.phone):
            edit.clear()
        for edit, wrong in self._new_fields().values():
            show_problem(edit, wrong, None)
        self._found.hide()
        self._chosen.setText("")
        self._known.setText("")
        self.service.setCurrentIndex(-1)
        self.private.setChecked(False)
        self.priority.setChecked(False)
        self._show_needs()
        self.show_problem("")
        self.search.setFocus()

    def show_problem(self, words: str) -> None:
        """What stands in the way of checking in, beside the act; what was typed stays."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def show_field_problem(self, name: str, problem: str) -> None:
        """What is wrong with a field of the new person."""
        edit, wrong = self._new_fields().get(name, (self.full_name, self.full_name_problem))
        show_problem(edit, wrong, problem)
        edit.setFocus()

    def _new_fields(self) -> dict[str, tuple]:
        return {
            "full_name": (self.full_name, self.full_name_problem),
            "postcode": (self.postcode, self.postcode_problem),
            "phone": (self.phone, self.phone_problem),
        }

    def arrival(self) -> Arrival:
        """All that was chosen and typed."""
        return Arrival(
            person=self._person,
            is_new=self._new.isVisible(),
            full_name=self.full_name.text(),
            postcode=self.postcode.text(),
            phone=self.phone.text(),
            service_id=self.service.currentData(),
            appointment_id=self._appointment_id,
            needs=tuple(self._needs),
            wants_private=self.private.isChecked(),
            priority=self.priority.isChecked(),
        )

    def _want(self) -> None:
        if self.service.currentIndex() < 0:
            self.show_problem(self.tr("Choose what it is about"))
            self.service.setFocus()
            return
        for edit, wrong in self._new_fields().values():
            show_problem(edit, wrong, None)
        self.wanted.emit(self.arrival())

    def _book(self) -> None:
        self.book_wanted.emit(self.arrival())

    def _toggle_need(self, need: str) -> None:
        if need in self._needs:
            self._needs.remove(need)
        else:
            self._needs.append(need)
        self._show_needs()

    def _show_needs(self) -> None:
        clear(self._chips)
        for need in self._needs:
            self._chips.addWidget(self._chip(need))

    def _chip(self, need: str) -> QPushButton:
        chip = QPushButton(f"{words(need)}  ×")
        chip.setObjectName(f"need_{need}")
        chip.setProperty("kind", "chip")
        chip.setAccessibleName(self.tr("Take away") + f" {words(need)}")
        chip.clicked.connect(lambda: self._toggle_need(need))
        return chip

    def _on_text(self, text: str) -> None:
        if not text.strip():
            self._found.hide()
        self.text_changed.emit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if watched is self.service and enter:
                self._want()
                return True
            if watched is self.search:
                return self._on_search_key(event, enter)
        return super().eventFilter(watched, event)

    def _on_search_key(self, event: QKeyEvent, enter: bool) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and self._found.isVisible():
            last = self._found.count() - 1
            self._found.setCurrentRow(max(0, min(last, self._found.currentRow() + step)))
            return True
        if enter:
            self.entered.emit(self.search.text().strip())
            return True
        return False

    def highlighted(self) -> Found | None:
        """The person the list stands on."""
        item = self._found.currentItem() if self._found.isVisible() else None
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else None


def _two_lines(person: Found) -> str:
    return f"{person.full_name}\n{_about(person)}"


def _about(person: Found) -> str:
    parts = [short_date(person.born_on)] if person.born_on else []
    parts += [person.postcode] if person.postcode else []
    parts += [f"known as {person.known_as}"] if person.known_as else []
    return " · ".join(parts)
