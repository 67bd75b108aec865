"""Tells screen readers when the number of changes that need a decision has changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from reception_app.attention.cards import decisions
from reception_app.desk.at_desk import AtDesk


class Announcing(QObject):
    """Lives as long as the window it speaks for, whether the panel is open or not."""

    announced = Signal(str)

    def __init__(self, at: AtDesk, window: QObject) -> None:
        super().__init__(window)
        self._at = at
        self._window = window
        self._count = 0
        at.runtime.rows_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Count anew."""
        node = self._at.runtime.node
        self._at.runtime.query(
            lambda session: len(decisions(session, node)), self._on_counted, self._at.failed
        )

    def _on_counted(self, count: int) -> None:
        if count == self._count:
            return
        self._count = count
        words = self._words(self._count)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._window, words))
        self.announced.emit(words)

    def _words(self, count: int) -> str:
        if count == 0:
            return self.tr("Nothing needs your decision now.")
        if count == 1:
            return self.tr("1 change needs your decision.")
        return self.tr("{0} changes need your decision.").replace("{0}", str(count))
