"""A table of rows as the screens show it: two-line cells, wait bars, no grid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from reception_app.parts.kept_cells import KeptCells
from reception_app.parts.rows import ROW_ROLE, Index, RowsModel
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.queue.rules import Clock, Pace

SHAPES = {Pace.IN_GOOD_TIME: "●", Pace.NEARLY_LATE: "▲", Pace.LATE: "■", Pace.NOT_DUE: ""}
BAR_PX = 5
BAR_WIDTH_PX = 80
WORDS_PX = 104
"""Kept free for the words beside a bar."""


def pace_colour(theme: Theme, pace: Pace) -> str:
    """The colour of a pace; its words and shape say the same."""
    return {
        Pace.IN_GOOD_TIME: theme.in_good_time,
        Pace.NEARLY_LATE: theme.nearly_late,
        Pace.LATE: theme.late,
        Pace.NOT_DUE: theme.soft_ink,
    }[pace]


class RowTable(QTableView):
    """A list of rows that keeps its current row and is worked by keyboard."""

    def __init__(self, model: RowsModel, name: str, words: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setModel(model)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(t.ROW_PX)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Else the list would stand on its first row as soon as it gets the keyboard.
        self.setCurrentIndex(QModelIndex())

    def widths(self, *widths: int) -> None:
        """Column widths in pixels; 0 takes what is left."""
        header = self.horizontalHeader()
        header.setMinimumSectionSize(32)
        for column, width in enumerate(widths):
            if width:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(column, width)
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def rowsAboutToBeRemoved(self, parent: Index, first: int, last: int) -> None:  # noqa: N802 - Qt's
        """Qt would choose the next row: an act must not fall upon somebody whom nobody chose."""
        if first <= self.currentIndex().row() <= last:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        super().rowsAboutToBeRemoved(parent, first, last)

    def chosen(self) -> Any:
        """The current row, or None."""
        index = self.currentIndex()
        return index.data(ROW_ROLE) if index.isValid() else None


class _Cell(QStyledItemDelegate):
    """Paints the ground of a row; the rest is in its kinds."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self._kept = KeptCells()

    def ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QRect:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, QColor(self.theme.wash if chosen else self.theme.surface))
        painter.setPen(QColor(self.theme.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        return option.rect.adjusted(8, 4, -8, -4)

    def font(self, option: QStyleOptionViewItem, *, px: int, strong: bool = False) -> QFont:
        font = QFont(option.font)
        font.setPixelSize(px)
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        return font

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's
        return QSize(0, t.ROW_PX)


class TwoLines(_Cell):
    """A first line and a soft second one, parted by a line break in the words."""

    def __init__(self, theme: Theme, parent: QWidget, *, strong: bool = False) -> None:
        super().__init__(theme, parent)
        self._strong = strong

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        words = str(index.data() or "")
        self._kept.paint(painter, option, (words, self.theme.name), partial(self._draw, words))

    def _draw(self, words: str, painter: QPainter, option: QStyleOptionViewItem) -> None:
        painter.save()
        rect = self.ground(painter, option)
        first, _, second = words.partition("\n")
        painter.setFont(self.font(option, px=t.TEXT_PX, strong=self._strong))
        painter.setPen(QColor(self.theme.ink))
        if second:
            half = QSize(rect.width(), rect.height() // 2)
            _write(painter, QRect(rect.topLeft(), half), Qt.AlignmentFlag.AlignVCenter, first)
            painter.setFont(self.font(option, px=t.SMALL_PX))
            painter.setPen(QColor(self.theme.soft_ink))
            lower = QRect(rect.topLeft() + QPoint(0, half.height()), half)
            _write(painter, lower, Qt.AlignmentFlag.AlignVCenter, second)
        else:
            wraps = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect, wraps, first)
        painter.restore()


class WaitBar(_Cell):
    """A wait against its target: a bar, a shape and words that all say the same."""

    def __init__(self, theme: Theme, parent: QWidget, clock_of: Callable[[Any], Clock | None]):
        super().__init__(theme, parent)
        self._clock_of = clock_of

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        clock = self._clock_of(index.data(ROW_ROLE))
        if clock is None:
            words = str(index.data() or "")
            says, draw = (words, self.theme.name), partial(self._draw_words, words)
        else:
            step = round(clock.fraction * BAR_WIDTH_PX)
            says = (clock.words, clock.pace, step, self.theme.name)
            draw = partial(self._draw_clock, clock)
        self._kept.paint(painter, option, says, draw)

    def _draw_words(self, words: str, painter: QPainter, option: QStyleOptionViewItem) -> None:
        painter.save()
        rect = self.ground(painter, option)
        painter.setPen(QColor(self.theme.soft_ink))
        painter.setFont(self.font(option, px=t.TEXT_PX))
        _write(painter, rect, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def _draw_clock(self, clock: Clock, painter: QPainter, option: QStyleOptionViewItem) -> None:
        painter.save()
        self._clock(painter, option, self.ground(painter, option), clock)
        painter.restore()

    def _clock(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, clock: Clock
    ) -> None:
        colour = QColor(pace_colour(self.theme, clock.pace))
        bar_width = max(0, min(BAR_WIDTH_PX, rect.width() - WORDS_PX))
        left = rect.left()
        if bar_width and clock.pace is not Pace.NOT_DUE:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            top = rect.center().y() - BAR_PX / 2
            painter.setBrush(QColor(self.theme.line))
            painter.drawRoundedRect(QRectF(left, top, bar_width, BAR_PX), 2, 2)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(left, top, bar_width * clock.fraction, BAR_PX), 2, 2)
            left += bar_width + 8
        painter.setPen(colour)
        painter.setFont(self.font(option, px=t.SMALL_PX + 1, strong=True))
        words = f"{SHAPES[clock.pace]} {clock.words}".strip()
        _write(
            painter,
            rect.adjusted(left - rect.left(), 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter,
            words,
        )


def _write(painter: QPainter, rect: QRect, flags: Qt.AlignmentFlag, text: str) -> None:
    fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, fitted)
