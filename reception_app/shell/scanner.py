"""Codes scanned by a keyboard-wedge scanner, wherever the keyboard is.

A scanner types much faster than a person and ends with Enter. What it typed into the field that
had the keyboard is taken out again, and the code goes to reception.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from reception_app.shell.keyboard import KeyboardWatch
from visits.codes import MARK

BETWEEN_KEYS_MAX_MS = 50
CHARACTERS_MAX = 200


class Scanner(QObject):
    """Watches every key, whichever widget has the keyboard."""

    scanned = Signal(str)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._typed = ""
        self._last_ms = 0
        KeyboardWatch(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is not QApplication.focusWidget():
            return False
        if event.timestamp() - self._last_ms > BETWEEN_KEYS_MAX_MS:
            self._typed = ""
        self._last_ms = event.timestamp()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._ended(watched)
        self._typed = (self._typed + event.text())[-CHARACTERS_MAX:]
        return False

    def _ended(self, watched: QObject) -> bool:
        text, self._typed = self._typed, ""
        start = text.upper().find(f"{MARK}:")
        if start < 0:
            return False
        if isinstance(watched, QLineEdit):
            watched.setText(watched.text().removesuffix(text))
        self.scanned.emit(text[start:])
        return True
