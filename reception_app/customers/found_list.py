"""The people found for what was typed, likeliest first, worked from the search field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from visits.customers.search import Found
from visits.ids import CustomerId
from visits.words import short_date

LIST_PX = 200
LOOK_UP = "Nobody by that name. Enter looks it up as a reference."
"""Said of a text with figures in it: it may be a reference, which a name never is."""
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def person_words(person: Found) -> str:
    """What tells a person from another of the same name, on one line."""
    parts = [short_date(person.born_on)] if person.born_on else []
    parts += [person.postcode] if person.postcode else []
    parts += [f"known as {person.known_as}"] if person.known_as else []
    return " · ".join(parts)


class FoundList(QListWidget):
    """Shows people while there is something typed; the keyboard stays in the search field.

    `nobody` is said when there is nobody by what was typed, with the way on.
    """

    chosen = Signal(object)
    entered = Signal()

    def __init__(self, name: str, *, nobody: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nobody = nobody or self.tr("Nobody by that name. Ctrl+N adds them.")
        self.setObjectName(name)
        self.setAccessibleName(self.tr("People found"))
        self.setMaximumHeight(LIST_PX)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.hide()

    def show_people(self, people: Sequence[Found], *, typed: str) -> None:
        """People for what was typed; says so when there is nobody."""
        self.clear()
        for person in people:
            item = QListWidgetItem(f"{person.full_name}\n{person_words(person)}")
            item.setData(Qt.ItemDataRole.UserRole, person)
            self.addItem(item)
        if not people and len(typed.strip()) > 1:
            looks_up = any(character.isdigit() for character in typed)
            item = QListWidgetItem(self.tr(LOOK_UP) if looks_up else self._nobody)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        self.setCurrentRow(0)
        self.setVisible(self.count() > 0)

    def mark(self, marks: Mapping[CustomerId, str]) -> None:
        """Say of some of the people shown what tells them from the others today."""
        for number in range(self.count()):
            person = self.item(number).data(Qt.ItemDataRole.UserRole)
            if person is not None and person.customer_id in marks:
                words = f"{person_words(person)} · {marks[person.customer_id]}"
                self.item(number).setText(f"{person.full_name}\n{words}")

    @property
    def people(self) -> tuple[Found, ...]:
        """The people shown; nobody while the list is away."""
        if self.isHidden():
            return ()
        data = (self.item(n).data(Qt.ItemDataRole.UserRole) for n in range(self.count()))
        return tuple(person for person in data if person is not None)

    def work_from(self, search: QLineEdit) -> None:
        """Let the arrow keys in a search field move the highlight, and Enter be `entered`."""
        search.installEventFilter(self)

    def highlighted(self) -> Found | None:
        """The person the list stands on, while it is shown."""
        item = None if self.isHidden() else self.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_search_key(event)
        return super().eventFilter(watched, event)

    def _on_search_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in STEPS and not self.isHidden():
            self.setCurrentRow(max(0, min(self.count() - 1, self.currentRow() + STEPS[key])))
            return True
        if key in ENTER:
            self.entered.emit()
            return True
        return False
