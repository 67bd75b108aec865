"""A column that scrolls where the window is low, while its acts below it stay in sight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from reception_app.theme import tokens as t


def scrolling(parent: QWidget) -> tuple[QScrollArea, QVBoxLayout]:
    """The area and the column to fill."""
    area = QScrollArea(parent)
    inner = QWidget(area)
    area.setWidget(inner)
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(t.GAP_SMALL)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area, column
