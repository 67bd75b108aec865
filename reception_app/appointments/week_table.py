"""The week on screen: free times in columns of dates, walked with the arrow keys."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from reception_app.appointments.week import DAYS, WeekModel, is_shown, step
from reception_app.parts.kept_cells import KeptCells
from reception_app.parts.rows import Index
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.appointments.rules import FreeTime
from visits.words import clock_time

TIME_ROW_PX = 32
HEADER_PX = 48
FOCUS_PX = 3
STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
WEEKS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class WeekTable(QTableView):
    """Keys that move among the free times choose; Space and Enter too, Enter again books."""

    time_chosen = Signal(object)
    book_pressed = Signal()
    week_wanted = Signal(int)

    def __init__(self, model: WeekModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._week = model
        self._theme = theme
        self.chosen: FreeTime | None = None
        self._walking_from: date | None = None
        self.setModel(model)
        self.setObjectName("week")
        self.setAccessibleName(self.tr("Free times of the week"))
        # The ring stands round the time the keyboard is on, not round them all.
        self.setProperty("ring", "round the place")
        self._cell = _TimeCell(theme, self)
        self.setItemDelegate(self._cell)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(TIME_ROW_PX)
        self.verticalHeader().setDefaultSectionSize(TIME_ROW_PX)
        header = self.horizontalHeader()
        header.setFixedHeight(HEADER_PX)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(TIME_ROW_PX)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._on_clicked)

    def refreshed(self) -> None:
        """The week has been shown: hide what has no column, keep a place to stand on."""
        for column, day in enumerate(self._week.days):
            self.setColumnHidden(column, not is_shown(day))
        for column in range(len(self._week.days), DAYS):
            self.setColumnHidden(column, True)
        if self._week.time_at(self.currentIndex()) is None and self.hasFocus():
            self.stand_on_first()
        self._arrive()
        self.viewport().update()

    def go(self, weeks: int) -> None:
        """Ask for another week. With the keyboard on the times, where it arrives is chosen."""
        days = self._week.days
        self._walking_from = days[0].on_date if days and self.hasFocus() else None
        self.week_wanted.emit(weeks)

    def _arrive(self) -> None:
        left, days = self._walking_from, self._week.days
        if left is not None and days and days[0].on_date != left:
            self._walking_from = None
            self._choose_here()

    def choose(self, time: FreeTime | None) -> None:
        """Mark a time as the chosen one, and show it."""
        before, self.chosen = self.chosen, time
        self._walking_from = None
        self._paint_again(before)
        place = self._paint_again(time)
        if place is not None:
            self.setCurrentIndex(place)
            self.scrollTo(place, QAbstractItemView.ScrollHint.EnsureVisible)

    def _paint_again(self, time: FreeTime | None) -> Index | None:
        """That one cell: a week has some seventy, and each passes through Python."""
        place = self._week.place_of(time) if time is not None else None
        if place is not None:
            self.update(place)
        return place

    def stand_on_first(self) -> None:
        """Put the keyboard on the first free time of the week."""
        for column in range(DAYS):
            for number, row in enumerate(self._week.rows):
                if column < len(row.times) and row.times[column] is not None:
                    self.setCurrentIndex(self._week.index(number, column))
                    return
        self.setCurrentIndex(QModelIndex())

    def is_chosen(self, time: FreeTime | None) -> bool:
        """Whether this is the time chosen, whoever it is with."""
        chosen = self.chosen
        return time is not None and chosen is not None and time.starts_at == chosen.starts_at

    def _on_clicked(self, index: Index) -> None:
        self._choose_at(index)

    def _choose_here(self) -> None:
        self._choose_at(self.currentIndex())

    def _choose_at(self, index: Index) -> None:
        time = self._week.time_at(index)
        if time is not None:
            self.time_chosen.emit(time)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        if key in ENTER:
            self._on_enter()
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in STEPS:
            self._walk(STEPS[key])
        elif key in WEEKS:
            self.go(WEEKS[key])
        elif key == Qt.Key.Key_Home:
            self.stand_on_first()
            self._choose_here()
        elif key == Qt.Key.Key_Space:
            self._choose_here()
        else:
            super().keyPressEvent(event)

    def _on_enter(self) -> None:
        if self.is_chosen(self._week.time_at(self.currentIndex())):
            self.book_pressed.emit()
        else:
            self._choose_here()

    def _walk(self, move: tuple[int, int]) -> None:
        index = self.currentIndex()
        if not index.isValid():
            self.stand_on_first()
            self._choose_here()
            return
        to = step(self._week.rows, (index.row(), index.column()), move)
        if to is not None:
            self.setCurrentIndex(self._week.index(*to))
            self._choose_here()
        elif move[1]:
            self.go(move[1])

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        if self._week.time_at(self.currentIndex()) is None:
            self.stand_on_first()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        scale = self.devicePixelRatioF()
        if scale.is_integer():
            self._paint_cells(event.rect(), scale)
        else:
            # Between whole pixels a picture would be blurred where letters are not.
            super().paintEvent(event)
        self._paint_why_empty()

    def _paint_cells(self, part: QRect, scale: float) -> None:
        """All at once: by itself the view asks Python for each cell, and a worker gets between."""
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        stands = self.currentIndex() if self.hasFocus() else QModelIndex()
        mouse = self._under_mouse()
        places = [
            (column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in range(len(self._week.days))
            if not self.isColumnHidden(column)
        ]
        painter = QPainter(self.viewport())
        for number in self._rows_in(part):
            top, height = self.rowViewportPosition(number), self.rowHeight(number)
            for column, left, width in places:
                time = self._week.row(number).times[column]
                if time is None:
                    continue
                at = (number, column)
                looks = _Looks(
                    words=clock_time(time.starts_at),
                    chosen=self.is_chosen(time),
                    under_mouse=at == (mouse.row(), mouse.column()),
                    ringed=at == (stands.row(), stands.column()),
                    theme=self._theme.name,
                )
                option.rect = QRect(left, top, width, height)
                painter.drawPixmap(left, top, self._cell.picture(looks, option, scale))
        painter.end()

    def _rows_in(self, part: QRect) -> range:
        """The rows that a part of the viewport shows."""
        first, last = self.rowAt(part.top()), self.rowAt(part.bottom())
        if first < 0:
            return range(0)
        return range(first, (last if last >= 0 else self._week.rowCount() - 1) + 1)

    def _under_mouse(self) -> QModelIndex:
        viewport = self.viewport()
        if not viewport.underMouse():
            return QModelIndex()
        return self.indexAt(viewport.mapFromGlobal(QCursor.pos()))

    def _paint_why_empty(self) -> None:
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._theme.soft_ink))
        font = QFont(self.font())
        font.setPixelSize(t.SMALL_PX)
        painter.setFont(font)
        flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        for column in range(len(self._week.days)):
            why = self._week.why_empty(column)
            if why and not self.isColumnHidden(column):
                left, width = self.columnViewportPosition(column), self.columnWidth(column)
                room = QRect(left, t.GAP_SMALL, width, TIME_ROW_PX * 6)
                painter.drawText(room, flags, why)
        painter.end()


class _Looks(NamedTuple):
    """All that the looks of a time's cell depend on."""

    words: str
    chosen: bool
    under_mouse: bool
    ringed: bool
    theme: str


class _TimeCell(QStyledItemDelegate):
    """A free time: a quiet block, filled when chosen, ringed where the keyboard stands."""

    def __init__(self, theme: Theme, table: WeekTable) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table
        self._kept = KeptCells()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        words = index.data()
        if not words:
            return
        table = self._table
        looks = _Looks(
            words=words,
            chosen=table.is_chosen(index.model().time_at(index)),
            under_mouse=bool(option.state & QStyle.StateFlag.State_MouseOver),
            ringed=table.hasFocus() and index == table.currentIndex(),
            theme=self._theme.name,
        )
        self._kept.paint(painter, option, looks, partial(self._draw, looks))

    def picture(self, looks: _Looks, option: QStyleOptionViewItem, scale: float) -> QPixmap:
        """The cell as a picture."""
        return self._kept.picture(option, looks, scale, partial(self._draw, looks))

    def _draw(self, looks: _Looks, painter: QPainter, option: QStyleOptionViewItem) -> None:
        theme, chosen = self._theme, looks.chosen
        block = option.rect.adjusted(3, 2, -3, -2)
        painter.save()
        painter.fillRect(option.rect, QColor(theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent)) if looks.under_mouse else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent if chosen else theme.wash))
        painter.drawRoundedRect(block, t.RADIUS_SMALL, t.RADIUS_SMALL)
        if looks.ringed:
            self._ring(painter, block)
        font = QFont(option.font)
        font.setPixelSize(t.TEXT_PX - 1)
        font.setWeight(QFont.Weight.DemiBold if chosen else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(theme.on_accent if chosen else theme.ink))
        painter.drawText(block, Qt.AlignmentFlag.AlignCenter, looks.words)
        painter.restore()

    def _ring(self, painter: QPainter, block: QRect) -> None:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.focus), FOCUS_PX))
        painter.drawRoundedRect(block, t.RADIUS_SMALL, t.RADIUS_SMALL)
        painter.setPen(QPen(QColor(self._theme.ink), 1))
        painter.drawRoundedRect(block.adjusted(2, 2, -2, -2), t.RADIUS_SMALL, t.RADIUS_SMALL)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's
        return QSize(0, TIME_ROW_PX)
