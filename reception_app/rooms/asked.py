"""The left column of Rooms: people who asked to talk in private and have no room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from reception_app.parts.making import ActButton, action, label
from reception_app.parts.rows import Column, RowsModel
from reception_app.parts.table import RowTable
from reception_app.rooms.cells import TALL_ROW_PX, Lines
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.customers.needs import words
from visits.ids import TicketId
from visits.rooms.queries import AskedForRoom
from visits.words import minutes_words

COLUMN_PX = 264
TICKET_PX = 60
STATES = {"called": "called", "serving": "at a counter", "on_hold": "on hold"}


class AskedColumn(QFrame):
    """Longest wait first. `chosen_changed` says that somebody else is meant, or nobody."""

    chosen_changed = Signal()
    without_ticket_wanted = Signal()
    no_longer_wanted = Signal(object)

    def __init__(
        self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("asked")
        self.setFixedWidth(COLUMN_PX)
        self._now = now
        self.model = RowsModel(
            (
                Column(self.tr("Ticket"), lambda r: r.number),
                Column(self.tr("Person"), self._person),
            ),
            lambda r: r.ticket_id,
            self,
        )
        self._build(theme)

    def _build(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_SMALL, t.GAP, t.GAP_SMALL, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        heading = label(self.tr("Asked to talk in private"), "heading", wraps=True)
        heading.setContentsMargins(t.GAP_SMALL, 0, 0, 0)
        column.addWidget(heading)
        self._empty = label(
            self.tr(
                "Nobody is waiting for a room. People appear here when they ask to talk in private."
            ),
            "soft",
            name="asked_empty",
            wraps=True,
        )
        self._empty.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        column.addWidget(self._empty)
        self.table = RowTable(self.model, "asked_list", self.tr("Asked to talk in private"), self)
        self.table.widths(TICKET_PX, 0)
        self.table.verticalHeader().setDefaultSectionSize(TALL_ROW_PX)
        for number in range(2):
            self.table.setItemDelegateForColumn(number, Lines(theme, self.table))
        self.table.selectionModel().currentChanged.connect(lambda *_: self._on_chosen())
        column.addWidget(self.table, 1)
        column.addStretch()
        self.no_longer_act = action(
            self, "no_longer", self.tr("No room needed"), "Shift+F6", self._on_no_longer
        )
        self.without_act = action(
            self,
            "without_ticket",
            self.tr("Room without a ticket"),
            "Ctrl+N",
            self.without_ticket_wanted.emit,
        )
        for act in (self.no_longer_act, self.without_act):
            column.addWidget(ActButton(act))
        self.no_longer_act.setEnabled(False)

    def show_asked(self, people: Sequence[AskedForRoom]) -> None:
        """The people as they stand; who was chosen stays chosen."""
        self.model.show(people)
        self._empty.setVisible(not people)
        self.table.setVisible(bool(people))

    def chosen(self) -> AskedForRoom | None:
        """Who is chosen."""
        found: AskedForRoom | None = self.table.chosen()
        return found

    def choose(self, ticket_id: TicketId | None) -> None:
        """Choose somebody by ticket; None for nobody."""
        number = None if ticket_id is None else self.model.number_of(ticket_id)
        if number is None:
            self.table.clearSelection()
            self.table.setCurrentIndex(self.model.index(-1, -1))
            return
        self.table.selectRow(number)

    def tick(self) -> None:
        """A second has passed."""
        self.table.viewport().update()

    def _on_chosen(self) -> None:
        self.no_longer_act.setEnabled(self.chosen() is not None)
        self.chosen_changed.emit()

    def _on_no_longer(self) -> None:
        self.no_longer_wanted.emit(self.chosen())

    def _person(self, row: AskedForRoom) -> str:
        minutes = max(0, int((self._now() - row.arrived_at).total_seconds() // 60))
        about = f"{row.service} · {STATES.get(row.state, minutes_words(minutes))}"
        needs = ", ".join(words(need) for need in row.needs)
        return "\n".join(line for line in (row.person, about, needs) if line)
