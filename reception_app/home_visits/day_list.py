"""The left side of Visits: whose day and which, the timeline, and the homes in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from reception_app.home_visits.telling import ShownVisit, date_words, shown_day
from reception_app.home_visits.timeline import Timeline
from reception_app.parts.making import ActButton, action, label, row
from reception_app.parts.rows import ROW_ROLE, Column, Index, RowsModel
from reception_app.parts.table import SHAPES, RowTable, TwoLines, pace_colour
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.calendar.local_time import local_date
from visits.home_visits.queries import DayOfVisits, Officer
from visits.ids import StaffId, VisitId
from visits.words import clock_time, time_range

WIDTHS = (96, 0, 152, 212)
NARROW_WIDTHS = (94, 0, 124, 172)
NARROW_BELOW_PX = 640
OFFICER_PX = 140
ONE_DAY = timedelta(days=1)


class DayList(QFrame):
    """One officer's day. `day_wanted` says that another officer or date is asked for."""

    day_wanted = Signal()
    chosen_changed = Signal()
    agree_wanted = Signal()
    print_wanted = Signal()

    def __init__(
        self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("day_of_visits")
        self._now = now
        self._theme = theme
        self._day: DayOfVisits | None = None
        self.on_date: date = local_date(now())
        self.model = RowsModel(
            (
                Column(self.tr("About"), _about),
                Column(self.tr("Who and where"), _who),
                Column(self.tr("Agreed window"), _window),
                Column(self.tr("State"), lambda r: f"{r.state}\n{r.detail}"),
            ),
            lambda r: r.visit.visit_id,
            self,
        )
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        column.addLayout(self._build_head())
        column.addLayout(self._build_acts())
        self.timeline = Timeline(self._theme, self._now)
        self.timeline.visit_pressed.connect(self.choose)
        column.addWidget(self.timeline)
        self._empty = label("", "soft", name="visits_empty", wraps=True)
        column.addWidget(self._empty)
        self.table = RowTable(self.model, "visits_list", self.tr("Visits of the day"), self)
        lines = TwoLines(self._theme, self.table, strong=True)
        for number in range(3):
            self.table.setItemDelegateForColumn(number, lines)
        self.table.setItemDelegateForColumn(2, TwoLines(self._theme, self.table))
        self.table.setItemDelegateForColumn(3, StateCell(self._theme, self.table))
        self.table.widths(*WIDTHS)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._on_chosen())
        column.addWidget(self.table, 1)
        column.addStretch()

    def _build_head(self) -> QHBoxLayout:
        self.officer = QComboBox()
        self.officer.setObjectName("officer")
        self.officer.setAccessibleName(self.tr("Officer"))
        self.officer.setMinimumWidth(OFFICER_PX)
        self.officer.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.officer.activated.connect(lambda _: self.day_wanted.emit())
        self.before_act = action(
            self, "day_before", self.tr("Before"), "Alt+Left", lambda: self._go(-ONE_DAY)
        )
        self.today_act = action(
            self, "day_today", self.tr("Today"), "Alt+Home", lambda: self.go_to(None)
        )
        self.after_act = action(
            self, "day_after", self.tr("After"), "Alt+Right", lambda: self._go(ONE_DAY)
        )
        head = row(self.officer)
        head.setStretch(0, 1)
        for act, key in (
            (self.before_act, "Alt ←"),
            (self.today_act, "Alt Home"),
            (self.after_act, "Alt →"),
        ):
            head.addWidget(ActButton(act, key=key))
        return head

    def _build_acts(self) -> QHBoxLayout:
        self._date = label("", "strong", name="visits_date", wraps=True)
        self._counts = label("", "soft", name="visits_counts")
        which = QVBoxLayout()
        which.setSpacing(0)
        which.addWidget(self._date)
        which.addWidget(self._counts)
        self.print_act = action(
            self, "print_day", self.tr("Print the day"), "Ctrl+P", self.print_wanted.emit
        )
        self.agree_act = action(
            self, "agree_visit", self.tr("Agree a visit"), "Ctrl+N", self.agree_wanted.emit
        )
        line = row(which)
        line.setStretch(0, 1)
        for act in (self.print_act, self.agree_act):
            line.addWidget(ActButton(act))
        return line

    def show_officers(self, officers: Sequence[Officer], first: StaffId) -> None:
        """The officers to choose from; who was chosen stays chosen, at first it is `first`."""
        shown = [self.officer.itemData(n) for n in range(self.officer.count())]
        if shown == [o.staff_id for o in officers]:
            return
        kept = self.officer.currentData() or first
        self.officer.clear()
        for found in officers:
            self.officer.addItem(found.full_name, found.staff_id)
        self.officer.setCurrentIndex(max(0, self.officer.findData(kept)))

    @property
    def staff_id(self) -> StaffId | None:
        """Whose day is shown."""
        found: StaffId | None = self.officer.currentData()
        return found

    def go_to(self, on_date: date | None) -> None:
        """Show another date; None is today."""
        self.on_date = on_date or local_date(self._now())
        self.day_wanted.emit()

    def go_to_day_of(self, staff_id: StaffId, on_date: date) -> None:
        """Show a date of another officer, if the officer is one to choose from."""
        number = self.officer.findData(staff_id)
        if number >= 0:
            self.officer.setCurrentIndex(number)
        self.go_to(on_date)

    def _go(self, step: timedelta) -> None:
        self.go_to(self.on_date + step)

    def show_day(self, day: DayOfVisits) -> None:
        """A day as it stands. What was chosen stays chosen, else the visit expected next."""
        other = self._day is None or _key(self._day) != _key(day)
        nobody_yet = self.chosen() is None
        self._day = day
        shown = shown_day(day, now=self._now())
        self.model.show(shown)
        self._date.setText(date_words(day.on_date, local_date(self._now())))
        count = len(shown)
        self._counts.setText(self.tr("1 visit") if count == 1 else f"{count} visits")
        self._empty.setText(
            self.tr("{name} has no visits on this day. Agree a visit to plan one.").format(
                name=day.officer.full_name
            )
        )
        self._empty.setVisible(not shown)
        self.table.setVisible(bool(shown))
        self.print_act.setEnabled(bool(shown))
        self.timeline.show_day(day, shown)
        if other or nobody_yet:
            self.choose_expected_next()
        self._on_chosen()

    def choose_expected_next(self) -> None:
        """Choose the first visit that is not over."""
        rows: tuple[ShownVisit, ...] = self.model.rows
        still = [r for r in rows if r.visit.state not in ("finished", "no_answer")]
        if still or rows:
            self.choose((still or list(rows))[0].visit.visit_id)

    def choose(self, visit_id: VisitId) -> None:
        """Choose a visit."""
        number = self.model.number_of(visit_id)
        if number is not None:
            self.table.selectRow(number)

    def chosen(self) -> ShownVisit | None:
        """The visit chosen."""
        found: ShownVisit | None = self.table.chosen()
        return found

    @property
    def day(self) -> DayOfVisits | None:
        """The day shown."""
        return self._day

    def tick(self) -> None:
        """Time has passed: what is expected may have changed."""
        if self._day is not None:
            self.show_day(self._day)

    def _on_chosen(self) -> None:
        chosen = self.chosen()
        self.timeline.choose(chosen.visit.visit_id if chosen else None)
        self.chosen_changed.emit()

    def resizeEvent(self, event) -> None:  # noqa: ANN001, N802 - Qt's name
        super().resizeEvent(event)
        self.table.widths(*(NARROW_WIDTHS if self.width() < NARROW_BELOW_PX else WIDTHS))


class StateCell(TwoLines):
    """A visit's state: a shape and words in its colour, and a soft second line."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect = self.ground(painter, option)
        item: ShownVisit = index.data(ROW_ROLE)
        half = QSize(rect.width(), rect.height() // 2)
        upper = QRect(rect.topLeft(), half) if item.detail else rect
        painter.setFont(self.font(option, px=t.SMALL_PX + 1, strong=True))
        painter.setPen(QColor(pace_colour(self.theme, item.pace)))
        self._line(painter, upper, f"{SHAPES[item.pace]} {item.state}".strip())
        painter.setFont(self.font(option, px=t.SMALL_PX))
        painter.setPen(QColor(self.theme.soft_ink))
        self._line(
            painter, QRect(rect.left(), rect.top() + half.height(), *half.toTuple()), item.detail
        )
        painter.restore()

    def _line(self, painter: QPainter, rect: QRect, words: str) -> None:
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)


def _key(day: DayOfVisits) -> tuple[StaffId, date]:
    return day.officer.staff_id, day.on_date


def _about(item: ShownVisit) -> str:
    planned = clock_time(item.visit.planned_at)
    is_open = item.visit.state in ("planned", "on_the_way")
    if item.forecast is None or not is_open or item.forecast.begins_at == item.visit.planned_at:
        return planned
    return f"{clock_time(item.forecast.begins_at)}\nwas {planned}"


def _who(item: ShownVisit) -> str:
    return f"{item.visit.customer}\n{item.visit.address}"


def _window(item: ShownVisit) -> str:
    visit = item.visit
    return f"{time_range(visit.window_starts_at, visit.window_ends_at)}\n{visit.reason}"
