"""The two questions of a visit's sheet: was the ID shown, and how late. Esc leaves either."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from reception_app.parts.making import field, label, row, show_problem
from reception_app.theme import tokens as t
from visits.home_visits.rules import DELAY_MINUTES_MAX

DELAYS = (10, 15, 30, 45, 60)
DELAYS_A_ROW = 3


class _Question(QWidget):
    """A question in the place of the acts."""

    left = Signal()

    def __init__(self, words: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(t.GAP_SMALL)
        self.column.addWidget(label(words, "label", wraps=True))

    def button(self, words: str, name: str, kind: str = "") -> QPushButton:
        """A button of an answer: Enter presses it too."""
        made = QPushButton(words)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setProperty("kind", kind)
        made.setAutoDefault(True)
        return made

    def back_button(self) -> QPushButton:
        """The way back, by Esc too."""
        back = self.button(self.tr("Back") + "  Esc", f"{self.objectName()}_back", "link")
        back.clicked.connect(self.left)
        return back

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class AskIdShown(_Question):
    """Arrived: was the ID card shown? The answer is recorded with the visit."""

    answered = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Arrived. Was the ID card shown?", "ask_id_shown", parent)
        yes = self.button(self.tr("Yes, ID shown"), "id_shown_yes", "big")
        no = self.button(self.tr("No, not shown"), "id_shown_no")
        yes.clicked.connect(lambda: self.answered.emit(True))
        no.clicked.connect(lambda: self.answered.emit(False))
        self.column.addLayout(row(self.back_button(), no))
        self.column.addWidget(yes)
        self.setFocusProxy(yes)


class AskDelay(_Question):
    """How many minutes later than planned, in all."""

    answered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Delayed. By how many minutes in all?", "ask_delay", parent)
        grid = QGridLayout()
        grid.setSpacing(t.GAP_SMALL)
        for number, minutes in enumerate(DELAYS):
            choice = self.button(str(minutes), f"delay_{minutes}")
            choice.setAccessibleName(self.tr("{minutes} minutes").format(minutes=minutes))
            choice.clicked.connect(lambda _, minutes=minutes: self.answered.emit(minutes))
            grid.addWidget(choice, number // DELAYS_A_ROW, number % DELAYS_A_ROW)
        self.column.addLayout(grid)
        typed, self.minutes, self._wrong = field(self.tr("Or type the minutes"), "delay_minutes")
        self.minutes.returnPressed.connect(self._on_typed)
        self.column.addLayout(typed)
        # A bare Enter must never tell a resident a time that nobody chose.
        self.setFocusProxy(self.minutes)
        tell = self.button(self.tr("Delay and write the notice"), "delay_typed", "primary")
        tell.clicked.connect(self._on_typed)
        self.column.addWidget(tell)
        self.column.addWidget(self.back_button())

    def begin(self) -> None:
        """Ask anew."""
        self.minutes.clear()
        show_problem(self.minutes, self._wrong, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """A digit typed on one of the buttons belongs in the field, and Enter then takes it."""
        if _is_digit(event):
            self.minutes.setFocus()
            self.minutes.insert(event.text())
            return
        super().keyPressEvent(event)

    def _on_typed(self) -> None:
        text = self.minutes.text().strip()
        minutes = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= minutes <= DELAY_MINUTES_MAX:
            show_problem(
                self.minutes,
                self._wrong,
                self.tr("Enter minutes between 1 and {limit}").format(limit=DELAY_MINUTES_MAX),
            )
            self.minutes.setFocus()
            return
        self.answered.emit(minutes)


def _is_digit(event: QKeyEvent) -> bool:
    plain = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    text = event.text()
    return text.isascii() and text.isdigit() and not event.modifiers() & ~plain
