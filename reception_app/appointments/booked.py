"""The day's bookings: by time, with person, service, officer and state; found by reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QBoxLayout, QStyleOptionViewItem, QVBoxLayout, QWidget

from reception_app.appointments.sheet import state_colour, state_words
from reception_app.parts.making import ActButton, action, field, label, row, show_problem
from reception_app.parts.rows import ROW_ROLE, Column, Index, RowsModel
from reception_app.parts.table import RowTable, TwoLines
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.appointments.queries import Booked
from visits.ids import AppointmentId
from visits.words import clock_time, long_date

EARLIER_KEY, LATER_KEY = "Alt ←", "Alt →"
"""Alt+Left and Alt+Right, as their caps show them."""
WIDTHS = (88, 0, 160, 160)
OFFICER_COLUMN, STATE_COLUMN = 2, 3
MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
NARROW_STATE_PX, WIDE_STATE_PX = 112, 160


class BookedList(QWidget):
    """One day at a time; what is chosen opens beside it."""

    opened = Signal(str)
    day_wanted = Signal(object)
    reference_entered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("booked")
        self._on_date = date.min
        self._pointing = False
        self.model = RowsModel(
            (
                Column(self.tr("Time"), lambda b: clock_time(b.starts_at)),
                Column(self.tr("Person"), self._person),
                Column(self.tr("With"), lambda b: b.officer),
                Column(self.tr("State"), _state),
            ),
            lambda b: b.appointment_id,
            self,
        )
        self._build(theme)

    def _build(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GAP_SMALL)
        find, self.reference, self.reference_problem = field(
            self.tr("Find by reference"), "find_reference", hint=self.tr("For example A7K429TXB")
        )
        self.reference.returnPressed.connect(
            lambda: self.reference_entered.emit(self.reference.text().strip())
        )
        column.addLayout(find)
        self._day = label("", "strong", name="booked_day", wraps=True)
        self.earlier_act = action(
            self, "day_before", self.tr("Earlier"), "Alt+Left", lambda: self._go(-1)
        )
        self.later_act = action(
            self, "day_after", self.tr("Later"), "Alt+Right", lambda: self._go(1)
        )
        self._head = row()
        self._head.setDirection(heading_direction(narrow=True))
        self._head.addWidget(self._day, 1)
        links = row()
        links.addWidget(ActButton(self.earlier_act, "link", key=EARLIER_KEY))
        links.addWidget(ActButton(self.later_act, "link", key=LATER_KEY))
        links.addStretch()
        self._head.addLayout(links)
        column.addLayout(self._head)
        self.table = RowTable(self.model, "booked_list", self.tr("Booked appointments"), self)
        self.table.widths(*WIDTHS)
        lines = TwoLines(theme, self.table)
        for number in range(1, len(WIDTHS)):
            self.table.setItemDelegateForColumn(number, lines)
        self.table.setItemDelegateForColumn(0, TwoLines(theme, self.table, strong=True))
        self.table.setItemDelegateForColumn(STATE_COLUMN, _StateCell(theme, self.table))
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self._empty = label(
            self.tr("No appointments on this day."), "soft", name="booked_empty", wraps=True
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._empty, 1)
        column.addWidget(self.table, 1)

    def show_day(self, on_date: date, booked: Sequence[Booked]) -> None:
        """The bookings of a date."""
        self._on_date = on_date
        self._day.setText(f"{long_date(on_date)} · {_count(booked)}")
        self.model.show(booked)
        self._empty.setVisible(not booked)
        self.table.setVisible(bool(booked))

    def point_at(self, appointment_id: AppointmentId) -> None:
        """Stand on an appointment without opening it again."""
        number = self.model.number_of(appointment_id)
        if number is not None and number != self.table.currentIndex().row():
            self._pointing = True
            self.table.selectRow(number)
            self.table.scrollTo(self.model.index(number, 0))
            self._pointing = False

    def show_reference_problem(self, words: str) -> None:
        """Why the reference found nothing; what was typed stays."""
        show_problem(self.reference, self.reference_problem, words)

    def _go(self, days: int) -> None:
        self.day_wanted.emit(self._on_date + timedelta(days=days))

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and self.isVisible() and not self._pointing:
            self.opened.emit(current.data(ROW_ROLE).appointment_id)

    def _person(self, booked: Booked) -> str:
        with_whom = f" · {booked.officer}" if self.table.isColumnHidden(OFFICER_COLUMN) else ""
        return f"{booked.customer}\n{booked.service}{with_whom}"

    def set_narrow(self, narrow: bool) -> None:
        """Give way where the window is small: the officer stands below the person then."""
        self._head.setDirection(heading_direction(narrow=narrow))
        self.table.setColumnHidden(OFFICER_COLUMN, narrow)
        state_px = NARROW_STATE_PX if narrow else WIDE_STATE_PX
        self.table.horizontalHeader().resizeSection(STATE_COLUMN, state_px)


def heading_direction(*, narrow: bool) -> QBoxLayout.Direction:
    """The ways to other days stand beside the heading, or below it where there is little room."""
    return QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight


class _StateCell(TwoLines):
    """The state in its colour and shape, the reference below it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        booked: Booked = index.data(ROW_ROLE)
        words, _, reference = str(index.data() or "").partition("\n")
        painter.save()
        rect = self.ground(painter, option)
        half = rect.height() // 2
        painter.setFont(self.font(option, px=t.TEXT_PX - 1, strong=True))
        colour = state_colour(self.theme, booked.state, provisional=booked.provisional)
        painter.setPen(QColor(colour))
        painter.drawText(rect.adjusted(0, 0, 0, -half), MIDDLE, words)
        painter.setFont(self.font(option, px=t.SMALL_PX))
        painter.setPen(QColor(self.theme.soft_ink))
        painter.drawText(rect.adjusted(0, half, 0, 0), MIDDLE, reference)
        painter.restore()


def _state(booked: Booked) -> str:
    return f"{state_words(booked.state, provisional=booked.provisional)}\n{booked.reference}"


def _count(booked: Sequence[Booked]) -> str:
    standing = sum(1 for one in booked if one.state != "cancelled")
    return "1 appointment" if standing == 1 else f"{standing} appointments"
