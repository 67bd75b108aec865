"""The foot: what was just done, with Undo for ten seconds, and the sync line."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from reception_app.parts.making import label
from reception_app.shell.keyboard import KeyboardWatch
from reception_app.theme import tokens as t

UNDO_S = 10
SECOND_MS = 1_000
SAID_MS = 8_000


class SyncState(StrEnum):
    """What the sync line is about; each has its own shape beside its words."""

    UP_TO_DATE = "up_to_date"
    SENDING = "sending"
    OFFLINE = "offline"
    NEEDS_DECISION = "needs_decision"
    STOPPED = "stopped"


SHAPES = {
    SyncState.UP_TO_DATE: "●",
    SyncState.SENDING: "↑",
    SyncState.OFFLINE: "▲",
    SyncState.NEEDS_DECISION: "■",
    SyncState.STOPPED: "■",
}


class Foot(QWidget):
    """One line at the bottom of the window."""

    sync_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(t.FOOT_PX)
        line = QHBoxLayout(self)
        line.setContentsMargins(t.GAP, 0, t.GAP, 0)
        self._said = label("", "strong", name="said")
        self._said.setMinimumWidth(t.GIVES_WAY_PX)
        self._undo = QPushButton()
        self._undo.setObjectName("undo")
        self._undo.setProperty("kind", "sync")
        self._undo.clicked.connect(self._on_undo)
        self._undo.hide()
        self._sync = QPushButton()
        self._sync.setObjectName("sync_line")
        self._sync.setProperty("kind", "sync")
        self._sync.clicked.connect(self.sync_pressed)
        line.addWidget(self._said)
        line.addWidget(self._undo)
        line.addStretch()
        line.addWidget(self._sync)
        self._back: Callable[[], None] | None = None
        self._left_s = 0
        self._tick = QTimer(self)
        self._tick.setInterval(SECOND_MS)
        self._tick.timeout.connect(self.count_down)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(self.clear)
        self._undo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        QShortcut(QKeySequence("Ctrl+Z"), self).activated.connect(self._on_undo)
        KeyboardWatch(self)

    def say(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Say what was done; with a way back it can be undone for ten seconds."""
        self._forget.stop()
        self._said.setText(words)
        self._back = undo
        self._left_s = UNDO_S
        self._undo.setVisible(undo is not None)
        self._show_left()
        if undo is not None:
            self._tick.start()
        else:
            self._tick.stop()
            self._forget.start(SAID_MS)

    def count_down(self) -> None:
        """One second has passed."""
        self._left_s -= 1
        self._show_left()
        if self._left_s <= 0:
            self.clear()

    def clear(self) -> None:
        """Nothing to say, nothing to undo."""
        self._tick.stop()
        self._back = None
        self._said.setText("")
        self._undo.hide()

    def _show_left(self) -> None:
        self._undo.setText(self.tr("Undo") + f"  Ctrl+Z  {self._left_s} s")
        self._undo.setAccessibleName(self.tr("Undo"))

    def _on_undo(self) -> None:
        back = self._back
        if back is not None:
            self.clear()
            back()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """While an act can be undone, Ctrl+Z undoes it, whatever field has the keyboard."""
        if event.type() != QEvent.Type.ShortcutOverride or self._back is None:
            return False
        if isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo):
            event.ignore()
            return True
        return False

    def show_sync(self, state: SyncState, words: str) -> None:
        """The sync line, in words."""
        text = f"{SHAPES[state]} {words}"
        if self._sync.text() == text:
            return
        self._sync.setText(text)
        self._sync.setAccessibleName(words)
        self._sync.setProperty("state", state.value)
        self._sync.style().unpolish(self._sync)
        self._sync.style().polish(self._sync)

    @property
    def sync_words(self) -> str:
        """What the sync line says."""
        return self._sync.accessibleName()

    @property
    def said(self) -> str:
        """What the foot says was done."""
        return self._said.text()
