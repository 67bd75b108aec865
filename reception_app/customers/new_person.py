"""The least that is asked of somebody who is not known yet."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from reception_app.parts.making import field, show_problem
from reception_app.theme import tokens as t


class Typed(Struct, frozen=True):
    """A new person as they were typed."""

    full_name: str
    postcode: str
    phone: str


class NewPerson(QWidget):
    """Name, and postcode and phone if they give them. `prefix` begins the fields' names."""

    def __init__(self, prefix: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{prefix}new_person_fields")
        inner = QVBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(t.GAP_SMALL)
        self._fields: dict[str, tuple[QLineEdit, QLabel]] = {}
        for name, words in (
            ("full_name", self.tr("Full name")),
            ("postcode", self.tr("Postcode, if they give it")),
            ("phone", self.tr("Phone, if they give it")),
        ):
            column, edit, wrong = field(words, f"{prefix}{name}")
            edit.returnPressed.connect(self.focusNextChild)
            inner.addLayout(column)
            self._fields[name] = edit, wrong
        self.full_name, self.postcode, self.phone = (edit for edit, _ in self._fields.values())

    def begin(self, typed: Typed) -> None:
        """Take over what was typed already, and put the keyboard on the name."""
        self.clear()
        self.full_name.setText(typed.full_name)
        self.postcode.setText(typed.postcode)
        self.phone.setText(typed.phone)
        self.show()
        self.full_name.setFocus()

    def typed(self) -> Typed:
        """What was typed."""
        return Typed(self.full_name.text(), self.postcode.text(), self.phone.text())

    def clear(self) -> None:
        """Empty the fields and take back what was said of them."""
        for edit, _ in self._fields.values():
            edit.clear()
        self.forget_problems()

    def show_field_problem(self, name: str, problem: str) -> None:
        """What is wrong with a field; the keyboard goes there."""
        edit, wrong = self._fields.get(name, self._fields["full_name"])
        show_problem(edit, wrong, problem)
        edit.setFocus()

    def forget_problems(self) -> None:
        """Take back what was said of the fields."""
        for edit, wrong in self._fields.values():
            show_problem(edit, wrong, None)
