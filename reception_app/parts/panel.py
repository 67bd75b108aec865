"""A panel at the right of the window, beside the work: a heading, a close act, a column."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from reception_app.parts.making import ActButton, action, label
from reception_app.theme import tokens as t

PANEL_PX = 420


class SidePanel(QFrame):
    """Closed by Esc from anywhere in the window. What it shows goes into `column`."""

    close_wanted = Signal()

    def __init__(self, name: str, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(heading)
        self.setProperty("kind", "surface")
        self.setFixedWidth(PANEL_PX)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._head(heading))
        self.column = QVBoxLayout()
        outer.addWidget(self._scrolled(self.column), 1)

    def _head(self, heading: str) -> QHBoxLayout:
        self._close_act = action(self, "close_panel", self.tr("Close"), "Esc", self._on_close)
        line = QHBoxLayout()
        line.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP_SMALL)
        line.addWidget(label(heading, "heading", name="panel_heading"), 1)
        line.addWidget(ActButton(self._close_act))
        return line

    def _scrolled(self, column: QVBoxLayout) -> QScrollArea:
        inside = QWidget()
        column.setContentsMargins(t.GAP, t.GAP_SMALL, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        inside.setLayout(column)
        self.scroll = QScrollArea()
        self.scroll.setObjectName(f"{self.objectName()}_scroll")
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(inside)
        return self.scroll

    def while_open(self, act: Callable[..., None]) -> Callable[..., None]:
        """An answer that comes after the panel was closed finds nobody, and that is no fault."""

        def answered(*found: object) -> None:
            if isValid(self):
                act(*found)

        return answered

    def _on_close(self) -> None:
        self.close_wanted.emit()
