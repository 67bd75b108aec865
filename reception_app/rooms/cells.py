"""Cells of the rooms table: several lines in one cell, and a room's time with its bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from reception_app.parts.rows import ROW_ROLE, Index
from reception_app.parts.table import BAR_PX, SHAPES, TwoLines, pace_colour
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.queue.rules import Clock, Pace

LINE_PX = 18
TALL_ROW_PX = 72
WARNS = SHAPES[Pace.NEARLY_LATE]
IS_WELL = SHAPES[Pace.IN_GOOD_TIME]


class Lines(TwoLines):
    """Lines under each other, the first one strong; a line with a shape has its colour."""

    def __init__(self, theme: Theme, parent: QWidget, *, first_strong: bool = True) -> None:
        super().__init__(theme, parent)
        self._first_strong = first_strong

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = self.ground(painter, option)
        lines = str(index.data() or "").split("\n")
        top = rect.center().y() - LINE_PX * len(lines) // 2
        for number, line in enumerate(lines):
            first = number == 0 and self._first_strong
            painter.setFont(
                self.font(
                    option, px=t.TEXT_PX if first else t.SMALL_PX, strong=first or line[:1] in "●▲■"
                )
            )
            painter.setPen(QColor(self._colour(line, first=first)))
            place = QRect(rect.left(), top + number * LINE_PX, rect.width(), LINE_PX)
            shown = painter.fontMetrics().elidedText(
                line, Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _colour(self, line: str, *, first: bool) -> str:
        if line.startswith(WARNS):
            return self.theme.nearly_late
        if line.startswith(IS_WELL):
            return self.theme.in_good_time
        return self.theme.ink if first else self.theme.soft_ink

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's
        return QSize(0, TALL_ROW_PX)


class RoomTime(Lines):
    """How long a room has been held against the minutes planned: words over a bar."""

    def __init__(
        self, theme: Theme, parent: QWidget, clock_of: Callable[[Any], Clock | None]
    ) -> None:
        super().__init__(theme, parent)
        self._clock_of = clock_of

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        clock = self._clock_of(index.data(ROW_ROLE))
        if clock is None:
            super().paint(painter, option, index)
            return
        painter.save()
        rect = self.ground(painter, option)
        colour = QColor(pace_colour(self.theme, clock.pace))
        painter.setPen(colour)
        painter.setFont(self.font(option, px=t.SMALL_PX + 1, strong=True))
        words = QRect(rect.left(), rect.center().y() - LINE_PX, rect.width(), LINE_PX)
        text = f"{SHAPES[clock.pace]} {clock.words}"
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(rect.left(), words.bottom() + t.GAP_SMALL, rect.width() - t.GAP_SMALL, BAR_PX)
        painter.setBrush(QColor(self.theme.line))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(colour)
        bar.setWidth(bar.width() * clock.fraction)
        painter.drawRoundedRect(bar, 2, 2)
        painter.restore()
