"""Which widget has the keyboard, for those who watch its keys.

A filter on the whole application is called in Python for every event of every widget, each painting
of each label too, and each call waits for whichever worker has the interpreter.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class KeyboardWatch(QObject):
    """Keeps an event filter on the widget that has the keyboard, first in line, and on no other."""

    def __init__(self, watcher: QObject) -> None:
        super().__init__(watcher)
        self._watcher = watcher
        app = QApplication.instance()
        app.focusChanged.connect(self._on_focus_changed)
        self._on_focus_changed(None, app.focusWidget())

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and isValid(old):
            old.removeEventFilter(self._watcher)
        if new is not None:
            new.installEventFilter(self._watcher)
