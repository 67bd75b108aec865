"""Who is at the desk: a list to choose from. Stands in for signing in, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from reception_app.parts.making import label
from reception_app.theme import tokens as t
from visits.home_visits.queries import Officer


class Choosing(QDialog):
    """Choose a member of staff by a few letters and Enter."""

    def __init__(self, people: Sequence[Officer]) -> None:
        super().__init__()
        self.setObjectName("choosing")
        self.setWindowTitle(self.tr("Who are you?"))
        self.resize(t.RAIL_PX * 5, t.ROW_PX * 9)
        self.chosen: Officer | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        column.addWidget(label(self.tr("Who are you?"), "heading"))
        column.addWidget(
            label(
                self.tr("Signing in is not part of this version: anyone at this desk can choose."),
                "soft",
                wraps=True,
            )
        )
        self._edit = QLineEdit()
        self._edit.setObjectName("choosing_text")
        self._edit.setAccessibleName(self.tr("Your name"))
        self._edit.textChanged.connect(self._filter)
        self._edit.returnPressed.connect(self._take)
        self._list = QListWidget()
        self._list.setObjectName("choosing_list")
        self._list.setAccessibleName(self.tr("Staff of this office"))
        self._list.itemActivated.connect(lambda _: self._take())
        for person in people:
            item = QListWidgetItem(f"{person.full_name}\n{person.role}, {person.team}")
            item.setData(Qt.ItemDataRole.UserRole, person)
            self._list.addItem(item)
        column.addWidget(self._edit)
        column.addWidget(self._list, 1)
        self._filter("")

    def _filter(self, text: str) -> None:
        first = -1
        for number in range(self._list.count()):
            item = self._list.item(number)
            item.setHidden(text.casefold() not in item.text().casefold())
            if first < 0 and not item.isHidden():
                first = number
        self._list.setCurrentRow(first)

    def _take(self) -> None:
        item = self._list.currentItem()
        if item is not None and not item.isHidden():
            self.chosen = item.data(Qt.ItemDataRole.UserRole)
            self.accept()
