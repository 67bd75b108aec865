"""The centre of the page: the week of free times and the day's bookings, one of them shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from reception_app.appointments.booked import EARLIER_KEY, LATER_KEY, BookedList, heading_direction
from reception_app.appointments.week import WeekModel, is_shown, monday_of, week_words
from reception_app.appointments.week_table import WeekTable
from reception_app.parts.making import ActButton, action, label, row
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.appointments.queries import WeekDay
from visits.appointments.rules import HORIZON_DAYS
from visits.ids import StaffId


class FreeTimes(QFrame):
    """Free times or bookings, and the way from week to week."""

    week_wanted = Signal(int)
    shown_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("calendar")
        self.model = WeekModel(self)
        self.table = WeekTable(self.model, theme)
        self.booked = BookedList(theme)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self.times_act = action(
            self, "show_free_times", self.tr("Free times"), "F3", self.show_times
        )
        self.booked_act = action(self, "show_booked", self.tr("Booked"), "F4", self.show_booked)
        group = QButtonGroup(self)
        choices = []
        for act in (self.times_act, self.booked_act):
            button = ActButton(act, "choice")
            button.setCheckable(True)
            group.addButton(button)
            choices.append(button)
        self._times_button, self._booked_button = choices
        head = row(*choices)
        head.addStretch()
        column.addLayout(head)
        self._times = self._week()
        column.addWidget(self._times, 1)
        column.addWidget(self.booked, 1)
        self.booked.hide()
        self._times_button.setChecked(True)

    def _week(self) -> QWidget:
        week = QWidget()
        week.setObjectName("free_times")
        column = QVBoxLayout(week)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GAP_SMALL)
        self._week_words = label("", "strong", name="week_words", wraps=True)
        self.earlier_act = action(
            week, "week_before", self.tr("Earlier"), "Alt+Left", lambda: self.table.go(-1)
        )
        self.later_act = action(
            week, "week_after", self.tr("Later"), "Alt+Right", lambda: self.table.go(1)
        )
        self._earlier = ActButton(self.earlier_act, "link", key=EARLIER_KEY)
        self._later = ActButton(self.later_act, "link", key=LATER_KEY)
        self._head = row()
        self._head.setDirection(heading_direction(narrow=True))
        self._head.addWidget(self._week_words, 1)
        links = row()
        links.addWidget(self._earlier)
        links.addWidget(self._later)
        links.addStretch()
        self._head.addLayout(links)
        column.addLayout(self._head)
        self._empty = label(
            self.tr("Choose what it is about. The free times of the week appear here."),
            "soft",
            name="week_empty",
            wraps=True,
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._none_free = label("", "soft", name="week_none_free", wraps=True)
        self._none_free.hide()
        column.addWidget(self._empty, 1)
        column.addWidget(self._none_free)
        column.addWidget(self.table, 1)
        self.table.week_wanted.connect(self.week_wanted)
        return week

    @property
    def shows_booked(self) -> bool:
        """Whether the bookings are shown and not the free times."""
        return not self.booked.isHidden()

    def show_times(self) -> None:
        """Show the free times."""
        self._times_button.setChecked(True)
        self.booked.hide()
        self._times.show()
        self.shown_changed.emit()

    def show_booked(self) -> None:
        """Show the day's bookings."""
        self._booked_button.setChecked(True)
        self._times.hide()
        self.booked.show()
        self.booked.reference.setFocus()
        self.shown_changed.emit()

    def show_week(
        self,
        days: Sequence[WeekDay],
        *,
        monday: date,
        today: date,
        officers: Mapping[StaffId, str],
        is_free_later: bool,
    ) -> None:
        """A week of free times; without a service none is asked for yet."""
        if self.model.show_week(days, today=today, officers=officers):
            self.table.refreshed()
        self.table.setVisible(bool(days))
        self._empty.setVisible(not days)
        self._none_free.setVisible(bool(days) and not any(day.free for day in days))
        self._none_free.setText(
            self.tr("No time is free this week. F6 chooses the first that is.")
            if is_free_later
            else self.tr("No time is free this week.")
        )
        shown = [day.on_date for day in days if is_shown(day)]
        self._week_words.setText(week_words(monday, shown[-1] if shown else monday))
        for part in (self._week_words, self._earlier, self._later):
            part.setVisible(bool(days))
        self.earlier_act.setEnabled(bool(days) and monday > monday_of(today))
        self.later_act.setEnabled(bool(days) and monday + timedelta(days=7) <= last_day(today))

    def set_narrow(self, narrow: bool) -> None:
        """Give way where the window is small."""
        self._head.setDirection(heading_direction(narrow=narrow))
        self.booked.set_narrow(narrow)


def last_day(today: date) -> date:
    """The last date on which anything can be booked."""
    return today + timedelta(days=HORIZON_DAYS)
