"""The least that is asked of somebody who is not known yet."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from reception_app.parts.making import field, show_problem
from reception_app.queue.arrival import Arrival
from reception_app.theme import tokens as t


class NewPerson(QWidget):
    """Name, and postcode and phone if they give them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("book_new_person")
        inner = QVBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(t.GAP_SMALL)
        name, self.full_name, name_wrong = field(self.tr("Full name"), "book_full_name")
        postcode, self.postcode, postcode_wrong = field(
            self.tr("Postcode, if they give it"), "book_postcode"
        )
        phone, self.phone, phone_wrong = field(self.tr("Phone, if they give it"), "book_phone")
        for part in (name, postcode, phone):
            inner.addLayout(part)
        self._fields = {
            "full_name": (self.full_name, name_wrong),
            "postcode": (self.postcode, postcode_wrong),
            "phone": (self.phone, phone_wrong),
        }
        for edit, _ in self._fields.values():
            edit.returnPressed.connect(self.focusNextChild)

    def begin(self, arrival: Arrival | None, *, typed: str) -> None:
        """Take over what was typed already."""
        self.clear()
        self.full_name.setText(arrival.full_name if arrival else typed.strip().title())
        if arrival is not None:
            self.postcode.setText(arrival.postcode)
            self.phone.setText(arrival.phone)

    def clear(self) -> None:
        """Empty the fields and take back what was said of them."""
        for edit, wrong in self._fields.values():
            edit.clear()
            show_problem(edit, wrong, None)

    def show_field_problem(self, name: str, problem: str) -> None:
        """What is wrong with a field; the keyboard goes there."""
        edit, wrong = self._fields.get(name, self._fields["full_name"])
        show_problem(edit, wrong, problem)
        edit.setFocus()

    def forget_problems(self) -> None:
        """Take back what was said of the fields."""
        for edit, wrong in self._fields.values():
            show_problem(edit, wrong, None)

    def arrival(self, *, needs: tuple[str, ...]) -> Arrival:
        """What was typed."""
        return Arrival(
            person=None,
            is_new=True,
            full_name=self.full_name.text(),
            postcode=self.postcode.text(),
            phone=self.phone.text(),
            service_id=None,
            appointment_id=None,
            needs=needs,
            wants_private=False,
            priority=False,
        )
