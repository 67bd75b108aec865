"""A page that refreshes when rows change, but only while it is seen."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from reception_app.desk.at_desk import AtDesk

GATHER_MS = 25
"""Changes that come together are shown together."""


class Page(QWidget):
    """Base of the places. `refresh` asks for what is shown; it is called when that may be stale."""

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._stale = True
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self.refresh_if_stale)
        at.runtime.rows_changed.connect(self.on_rows_changed)

    def refresh(self) -> None:
        """Ask for what is shown."""
        raise NotImplementedError

    def on_rows_changed(self) -> None:
        """Rows may have changed: refresh soon when seen, later when not."""
        self._stale = True
        if self.isVisible() and not self._gather.isActive():
            self._gather.start()

    def refresh_if_stale(self) -> None:
        """Ask for what is shown unless nothing has changed since it was last asked for."""
        if self._stale:
            self._stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.refresh_if_stale()
