"""The timeline of a day: visits where they stand, agreed windows beneath, breaks and the hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from reception_app.home_visits.telling import ShownVisit
from reception_app.parts.table import pace_colour
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.appointments.rules import OfficerDay
from visits.calendar.local_time import local_date, local_minute
from visits.calendar.spans import Span
from visits.home_visits.planning import breaks_of, leave_of, taken_by_others
from visits.home_visits.queries import DayOfVisits
from visits.ids import VisitId
from visits.queue.rules import Pace
from visits.words import clock_time, minute_words

HEIGHT_PX = 112
HOURS_PX = 20
BLOCK_PX = 52
WINDOW_PX = 4
WINDOW_LANES = 2
FIRST_MINUTE, LAST_MINUTE = 9 * 60, 17 * 60
MINUTES_AN_HOUR = 60


class Timeline(QWidget):
    """Drawn from the tokens. The list beside it says the same to who cannot see it."""

    visit_pressed = Signal(str)

    def __init__(
        self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Timeline of the day"))
        self.setFixedHeight(HEIGHT_PX)
        self._theme = theme
        self._now = now
        self._day: DayOfVisits | None = None
        self._visits: tuple[ShownVisit, ...] = ()
        self._chosen: VisitId | None = None
        self._minutes = (FIRST_MINUTE, LAST_MINUTE)

    def show_day(self, day: DayOfVisits, visits: tuple[ShownVisit, ...]) -> None:
        """The day to draw."""
        self._day, self._visits = day, visits
        starts = [FIRST_MINUTE, *(local_minute(v.visit.planned_at) for v in visits)]
        ends = [LAST_MINUTE, *(local_minute(_ends_at(v)) for v in visits)]
        ends += [end for _, end in day.hours.working_minutes]
        first = min(starts) // MINUTES_AN_HOUR * MINUTES_AN_HOUR
        last = -(-max(ends) // MINUTES_AN_HOUR) * MINUTES_AN_HOUR
        self._minutes = (first, last)
        self.setAccessibleDescription(
            ", ".join(f"{clock_time(v.visit.planned_at)} {v.visit.customer}" for v in visits)
        )
        self.update()

    def choose(self, visit_id: VisitId | None) -> None:
        """Mark a visit."""
        self._chosen = visit_id
        self.update()

    def block(self, item: ShownVisit) -> QRectF:
        """Where a visit is drawn: as it is expected, or as it was planned where that is past."""
        begins = item.forecast.begins_at if item.forecast else item.visit.planned_at
        return self._rect(begins, _ends_at(item))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, HEIGHT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        for item in self._visits:
            if self.block(item).contains(event.position()):
                self.visit_pressed.emit(item.visit.visit_id)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._day is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._hours(painter)
        for begins, ends, words in _away(self._day.hours, self._day):
            self._hatched(painter, self._rect(begins, ends), words)
        for number, item in enumerate(self._visits):
            self._window(painter, item, number % WINDOW_LANES)
        for item in self._visits:
            self._visit(painter, item)
        if local_date(self._now()) == self._day.on_date:
            self._now_line(painter)
        painter.end()

    def _hours(self, painter: QPainter) -> None:
        first, last = self._minutes
        painter.setFont(self._font(t.SMALL_PX))
        frame = QRectF(0.5, HOURS_PX + 0.5, self.width() - 1, HEIGHT_PX - HOURS_PX - 1)
        painter.setPen(QColor(self._theme.line))
        painter.setBrush(QColor(self._theme.surface))
        painter.drawRoundedRect(frame, t.RADIUS_SMALL, t.RADIUS_SMALL)
        for minute in range(first, last, MINUTES_AN_HOUR):
            x = self._x(minute)
            painter.setPen(QColor(self._theme.line))
            if minute != first:
                painter.drawLine(QPointF(x, HOURS_PX), QPointF(x, HEIGHT_PX))
            painter.setPen(QColor(self._theme.soft_ink))
            painter.drawText(QPointF(x, HOURS_PX - 6), minute_words(minute).capitalize())

    def _hatched(self, painter: QPainter, rect: QRectF, words: str) -> None:
        painter.setPen(QColor(self._theme.line))
        painter.setBrush(QBrush(QColor(self._theme.line), Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(rect, t.RADIUS_SMALL, t.RADIUS_SMALL)
        painter.setPen(QColor(self._theme.soft_ink))
        self._write(painter, rect, words)

    def _visit(self, painter: QPainter, item: ShownVisit) -> None:
        rect = self.block(item)
        words = f"{_short_time(_begins_at(item))}\n{item.visit.customer}"
        if item.visit.state in ("finished", "no_answer"):
            painter.setBrush(QColor(self._theme.sunk))
            painter.setPen(QColor(self._theme.line))
            painter.drawRoundedRect(rect, t.RADIUS_SMALL, t.RADIUS_SMALL)
            self._hatched(painter, rect, words)
            return
        is_now = item.visit.state == "with_resident"
        edge = {Pace.NEARLY_LATE: self._theme.nearly_late, Pace.LATE: self._theme.late}
        painter.setBrush(QColor(self._theme.accent if is_now else self._theme.wash))
        chosen = item.visit.visit_id == self._chosen
        painter.setPen(QPen(QColor(edge.get(item.pace, self._theme.accent)), 2.5 if chosen else 1))
        painter.drawRoundedRect(rect, t.RADIUS_SMALL, t.RADIUS_SMALL)
        painter.setPen(QColor(self._theme.on_accent if is_now else self._theme.ink))
        self._write(painter, rect, words)

    def _window(self, painter: QPainter, item: ShownVisit, lane: int) -> None:
        """The window agreed, as a line under the visit: in two lanes, because windows overlap."""
        visit = item.visit
        left = self._x(local_minute(visit.window_starts_at))
        right = self._x(local_minute(visit.window_ends_at) or 24 * MINUTES_AN_HOUR)
        top = HOURS_PX + 4 + BLOCK_PX + 8 + lane * (WINDOW_PX + 6)
        edge = {Pace.NEARLY_LATE: item.pace, Pace.LATE: item.pace}.get(item.pace)
        colour = pace_colour(self._theme, edge) if edge else self._theme.accent
        chosen = visit.visit_id == self._chosen
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour if chosen or edge else self._theme.field_line))
        height = WINDOW_PX + 2 if chosen else WINDOW_PX
        painter.drawRoundedRect(QRectF(left + 2, top, right - left - 4, height), 2, 2)

    def _now_line(self, painter: QPainter) -> None:
        minute = local_minute(self._now())
        if not self._minutes[0] <= minute <= self._minutes[1]:
            return
        x = self._x(minute)
        painter.setPen(QPen(QColor(self._theme.late), 2))
        painter.drawLine(QPointF(x, HOURS_PX), QPointF(x, HEIGHT_PX))

    def _write(self, painter: QPainter, rect: QRectF, words: str) -> None:
        painter.setFont(self._font(t.SMALL_PX))
        inner = rect.adjusted(6, 4, -4, -4)
        metrics = painter.fontMetrics()
        shown = "\n".join(
            metrics.elidedText(line, Qt.TextElideMode.ElideRight, int(inner.width()))
            for line in words.split("\n")
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shown)

    def _rect(self, begins_at: datetime, ends_at: datetime) -> QRectF:
        left = self._x(local_minute(begins_at))
        right = self._x(local_minute(ends_at) or 24 * MINUTES_AN_HOUR)
        return QRectF(left + 1.5, HOURS_PX + 4.5, max(right - left - 3, 8), BLOCK_PX)

    def _x(self, minute: int) -> float:
        first, last = self._minutes
        return (minute - first) / (last - first) * self.width()

    def _font(self, px: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(px)
        return font


def _short_time(at: datetime) -> str:
    """A time without am or pm, which the hours above the line tell."""
    return clock_time(at).removesuffix("am").removesuffix("pm").capitalize()


def _begins_at(item: ShownVisit) -> datetime:
    return item.forecast.begins_at if item.forecast is not None else item.visit.planned_at


def _ends_at(item: ShownVisit) -> datetime:
    if item.forecast is not None:
        return item.forecast.ends_at
    return item.visit.planned_at + timedelta(minutes=item.visit.duration_minutes)


def _away(hours: OfficerDay, day: DayOfVisits) -> list[tuple[datetime, datetime, str]]:
    """Breaks, leave, and time taken by something else than these visits."""
    planned = [
        (v.planned_at, v.planned_at + timedelta(minutes=v.duration_minutes)) for v in day.visits
    ]
    named: list[tuple[list[Span], str]] = [
        (breaks_of(hours, day.on_date), "Break"),
        (leave_of(hours, day.on_date), "Leave"),
        (taken_by_others(hours, planned), "Booked"),
    ]
    return [(begins, ends, words) for spans, words in named for begins, ends in spans]
