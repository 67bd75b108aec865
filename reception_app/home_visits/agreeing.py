"""The panel that agrees a visit: who, why, and a time the officer really has.

The officer and the date are those of the day beside it, so the day stays in sight meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from reception_app.appointments.booking import new_reference
from reception_app.customers.found_list import FoundList, person_words
from reception_app.home_visits.sheet import SHEET_PX
from reception_app.home_visits.telling import date_words
from reception_app.parts.making import ActButton, action, field, label, show_problem
from reception_app.theme import tokens as t
from visits.calendar.local_time import local_date
from visits.customers.search import Found
from visits.home_visits.commands import Agree
from visits.home_visits.planning import window_around
from visits.home_visits.queries import DayOfVisits, ForAgreeing
from visits.ids import CustomerId, NoticeId, StaffId, VisitId
from visits.words import clock_time, minutes_words, time_range

DURATIONS = (15, 30, 45, 60, 90, 120)
DURATION_USUAL = 45
WINDOW_HOURS = (2, 1, 3, 4)
FIELDS = ("who_to_see", "address", "reason", "bring")


class Wish(Struct, frozen=True):
    """All that was chosen and typed."""

    staff_id: StaffId
    customer_id: CustomerId
    who_to_see: str
    address: str
    reason: str
    bring: tuple[str, ...]
    planned_at: datetime
    window: tuple[datetime, datetime]
    duration_minutes: int
    details_withheld: bool


def agreement(wish: Wish, *, now: datetime, new_id: Callable[[], str]) -> Agree:
    """The command that agrees what is wished."""
    visit_id = new_id()
    return Agree(
        visit_id=VisitId(visit_id),
        notice_id=NoticeId(new_id()),
        reference=f"V{new_reference(visit_id)[1:]}",
        staff_id=wish.staff_id,
        customer_id=wish.customer_id,
        who_to_see=wish.who_to_see,
        address=wish.address,
        reason=wish.reason,
        window_starts_at=wish.window[0],
        window_ends_at=wish.window[1],
        planned_at=wish.planned_at,
        duration_minutes=wish.duration_minutes,
        agreed_at=now,
        bring=list(wish.bring),
        details_withheld=wish.details_withheld,
    )


class AgreePanel(QFrame):
    """Asks what a visit needs. What was typed stays until the visit is agreed or left."""

    text_changed = Signal(str)
    person_chosen = Signal(object)
    times_wanted = Signal()
    wanted = Signal(object)
    left = Signal()

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("agree_panel")
        self.setFixedWidth(SHEET_PX)
        self._now = now
        self._day: DayOfVisits | None = None
        self._person: Found | None = None
        self._fields: dict[str, tuple[QLineEdit, QLabel]] = {}
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        column.addWidget(label(self.tr("Agree a visit"), "heading"))
        self._with = label("", "soft", name="agree_with", wraps=True)
        column.addWidget(self._with)
        area = QScrollArea(self)
        inside = QWidget(area)
        area.setWidget(inside)
        asked = QVBoxLayout(inside)
        asked.setContentsMargins(0, 0, t.GAP_SMALL, 0)
        asked.setSpacing(t.GAP_SMALL)
        self._build_person(asked)
        self._build_time(asked)
        self._build_texts(asked)
        asked.addStretch()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area = area
        column.addWidget(area, 1)
        self.problem = label("", "error", name="agree_problem", wraps=True)
        self.problem.hide()
        column.addWidget(self.problem)
        self._leave_act = action(self, "leave_agreeing", self.tr("Back"), "Esc", self.left.emit)
        self._leave_act.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.agree_act = action(self, "agree", self.tr("Agree"), "Ctrl+Return", self._on_agree)
        column.addWidget(ActButton(self._leave_act))
        column.addWidget(ActButton(self.agree_act, "big"))
        self.setFocusProxy(self.search)

    def _build_person(self, column: QVBoxLayout) -> None:
        who, self.search, self._search_wrong = field(
            self.tr("Who is it for?"), "agree_search", hint=self.tr("Name, phone or reference")
        )
        self.search.textChanged.connect(self._on_text)
        self._found = FoundList(
            "agree_found", nobody=self.tr("Nobody by that name. Add them at Reception first.")
        )
        self._found.chosen.connect(self.choose)
        self._found.work_from(self.search)
        self._found.entered.connect(lambda: self.choose(self._found.highlighted()))
        self._chosen = label("", "strong", name="agree_person", wraps=True)
        column.addLayout(who)
        column.addWidget(self._found)
        column.addWidget(self._chosen)

    def _build_time(self, column: QVBoxLayout) -> None:
        self.duration = self._choice(column, self.tr("How long?"), "agree_duration")
        for minutes in DURATIONS:
            self.duration.addItem(minutes_words(minutes), minutes)
        self.duration.setCurrentIndex(DURATIONS.index(DURATION_USUAL))
        self.duration.activated.connect(lambda _: self.times_wanted.emit())
        self.time = self._choice(column, self.tr("When, of the times free?"), "agree_time")
        self.time.currentIndexChanged.connect(lambda _: self._show_windows())
        self.window_ = self._choice(column, self.tr("Window to promise"), "agree_window")

    def _choice(self, column: QVBoxLayout, words: str, name: str) -> QComboBox:
        made = QComboBox()
        made.setObjectName(name)
        made.setAccessibleName(words)
        above = label(words, "label")
        above.setBuddy(made)
        column.addWidget(above)
        column.addWidget(made)
        return made

    def _build_texts(self, column: QVBoxLayout) -> None:
        asked = {
            "reason": (self.tr("Why?"), self.tr("Goes on the notice to the resident")),
            "who_to_see": (self.tr("Who to see"), ""),
            "address": (self.tr("Address"), ""),
            "bring": (self.tr("Bring, parted by commas"), ""),
        }
        for name, (words, hint) in asked.items():
            line, edit, wrong = field(words, f"agree_{name}", hint=hint)
            column.addLayout(line)
            self._fields[name] = (edit, wrong)
        self.withheld = QCheckBox(self.tr("Withhold the officer’s details"))
        self.withheld.setObjectName("agree_withheld")
        column.addWidget(self.withheld)

    def begin(self) -> None:
        """Ask for a new visit from the start."""
        self._person = None
        self._chosen.setText("")
        self.search.clear()
        for edit, wrong in self._fields.values():
            edit.clear()
            show_problem(edit, wrong, None)
        self.withheld.setChecked(False)
        self.show_problem("")
        self._area.verticalScrollBar().setValue(0)
        self.search.setFocus()

    def show_day(self, day: DayOfVisits) -> None:
        """The officer and the date at the left are meant."""
        self._day = day
        when = date_words(day.on_date, local_date(self._now()))
        self._with.setText(
            self.tr("With {name}, {when}. Choose another officer or date at the left.").format(
                name=day.officer.full_name, when=when
            )
        )

    def show_times(self, starts: Sequence[datetime], *, wanted: datetime | None = None) -> None:
        """The times that are really free; the wanted one, or the one chosen before, is chosen."""
        kept = wanted or self.time.currentData()
        self.time.blockSignals(True)
        self.time.clear()
        for at in starts:
            self.time.addItem(clock_time(at), at)
        self.time.setPlaceholderText(self.tr("No time is free on this day"))
        self.time.setCurrentIndex(
            list(starts).index(kept) if kept in starts else min(0, len(starts) - 1)
        )
        self.time.blockSignals(False)
        self._show_windows()

    def show_found(self, people: Sequence[Found]) -> None:
        """People for what was typed."""
        self._found.show_people(people, typed=self.search.text())

    @property
    def people_found(self) -> tuple[Found, ...]:
        """The people in the list."""
        return self._found.people

    def choose(self, person: Found | None) -> None:
        """This is who the visit is for."""
        if person is None:
            return
        self._person = person
        self._found.hide()
        self._chosen.setText(f"{person.full_name}\n{person_words(person)}".strip())
        show_problem(self.search, self._search_wrong, None)
        self.person_chosen.emit(person.customer_id)
        self.duration.setFocus()

    def show_person(self, known: ForAgreeing) -> None:
        """What is known of the person chosen; what was typed meanwhile stays."""
        for name, text in (("who_to_see", known.full_name), ("address", known.address)):
            self._fields[name][0].setText(text)

    def show_problem(self, words: str) -> None:
        """What stands in the way of agreeing, beside the act."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def show_field_problem(self, name: str, words: str) -> None:
        """What is wrong with a field, beside it."""
        edit, wrong = self._fields[name]
        show_problem(edit, wrong, words)
        self._area.ensureWidgetVisible(edit)
        edit.setFocus()

    def _show_windows(self) -> None:
        at: datetime | None = self.time.currentData()
        kept = max(0, self.window_.currentIndex())
        self.window_.clear()
        for hours in WINDOW_HOURS if at else ():
            window = window_around(at, timedelta(hours=hours), now=self._now())
            self.window_.addItem(time_range(*window), window)
        self.window_.setCurrentIndex(min(kept, self.window_.count() - 1))
        self.agree_act.setText(
            self.tr("Agree {time}").format(time=clock_time(at)) if at else self.tr("Agree")
        )
        self.agree_act.setEnabled(at is not None)

    def _on_text(self, text: str) -> None:
        if text.strip():
            self.text_changed.emit(text)
        else:
            self._found.hide()

    def _on_agree(self) -> None:
        self.show_problem("")
        for edit, wrong in self._fields.values():
            show_problem(edit, wrong, None)
        if self._person is None:
            problem = self.tr("Choose who the visit is for")
            show_problem(self.search, self._search_wrong, problem)
            self.search.setFocus()
            return
        if self._day is None or self.time.currentData() is None:
            return
        text = {name: self._fields[name][0].text().strip() for name in FIELDS}
        self.wanted.emit(
            Wish(
                staff_id=self._day.officer.staff_id,
                customer_id=self._person.customer_id,
                who_to_see=text["who_to_see"],
                address=text["address"],
                reason=text["reason"],
                bring=tuple(part.strip() for part in text["bring"].split(",") if part.strip()),
                planned_at=self.time.currentData(),
                window=self.window_.currentData(),
                duration_minutes=self.duration.currentData(),
                details_withheld=self.withheld.isChecked(),
            )
        )
