"""The panel of what is about to be booked: it fills as things are chosen, and ends in Book."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from reception_app.appointments.scrolling import scrolling
from reception_app.appointments.week import short_time_words
from reception_app.parts.making import ActButton, action, clear, label, row, surface
from reception_app.theme import tokens as t
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import local_date
from visits.words import clock_time, long_date, minutes_words


class Choice(Struct, frozen=True):
    """What has been chosen so far, in words; empty where nothing is."""

    person: str
    service: str
    duration_minutes: int
    officer: str
    time: FreeTime | None
    moving_reference: str = ""


class ChoicePanel(QFrame):
    """What will be booked, what stands in the way, and Book."""

    book_wanted = Signal()
    keep_wanted = Signal()
    nearest_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("choice")
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self._heading = label("", "heading", name="choice_heading", wraps=True)
        column.addWidget(self._heading)
        area, above = scrolling(self)
        column.addWidget(area, 1)
        self._card, inner = surface("sunk")
        self._time = label("", "number", name="choice_time")
        self._day = label("", "strong", name="choice_day", wraps=True)
        self._about = label("", "", name="choice_about", wraps=True)
        self._with = label("", "soft", name="choice_officer", wraps=True)
        for part in (self._time, self._day, self._about, self._with):
            inner.addWidget(part)
        above.addWidget(self._card)
        self.problem = label("", "error", name="choice_problem", wraps=True)
        self.problem.hide()
        above.addWidget(self.problem)
        self._nearest_heading = label(self.tr("The nearest free times"), "label")
        self._nearest_heading.hide()
        above.addWidget(self._nearest_heading)
        self._nearest = QVBoxLayout()
        self._nearest.setSpacing(t.GRID)
        above.addLayout(self._nearest)
        above.addStretch()
        self._next = label("", "", name="choice_next", wraps=True)
        column.addWidget(self._next)
        self.keep_act = action(
            self, "keep_as_it_is", self.tr("Keep it as it is"), "Esc", self.keep_wanted.emit
        )
        self.book_act = action(self, "book", self.tr("Book"), "Ctrl+Return", self.book_wanted.emit)
        column.addLayout(row(ActButton(self.keep_act)))
        column.addWidget(ActButton(self.book_act, "big"))

    def show_choice(self, choice: Choice, *, asking: bool) -> None:
        """What has been chosen so far. While the centre is asked nothing is booked twice."""
        moving = bool(choice.moving_reference)
        self._heading.setText(
            f"Move {choice.moving_reference}" if moving else self.tr("New appointment")
        )
        self._show_card(choice)
        self.keep_act.setVisible(moving)
        self.book_act.setEnabled(not asking)
        if asking:
            self.book_act.setText(self.tr("Asking the centre"))
        else:
            self.book_act.setText(self.tr("Move") if moving else self.tr("Book"))
        self._next.setText(_still_to_choose(choice))
        self._show_next()

    def _show_card(self, choice: Choice) -> None:
        time = choice.time
        self._card.setVisible(bool(time or choice.person or choice.service))
        self._time.setVisible(time is not None)
        self._day.setVisible(time is not None)
        if time is not None:
            self._time.setText(clock_time(time.starts_at))
            self._day.setText(long_date(local_date(time.starts_at)))
        lasts = f" · {minutes_words(choice.duration_minutes)}" if choice.service else ""
        self._about.setText("\n".join(filter(None, [choice.person, f"{choice.service}{lasts}"])))
        self._with.setText(f"With {choice.officer}" if choice.officer else "")
        self._with.setVisible(bool(choice.officer))

    def show_problem(self, words: str) -> None:
        """What stands in the way, or nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self._show_next()
        self.show_nearest((), lambda time: "")

    def _show_next(self) -> None:
        # A problem says itself what to choose: once is enough.
        self._next.setVisible(bool(self._next.text()) and not self.problem.text())

    def show_nearest(
        self, times: Sequence[FreeTime], officer_of: Callable[[FreeTime], str]
    ) -> None:
        """Free times beside the one that was refused; one press books."""
        clear(self._nearest)
        self._nearest_heading.setVisible(bool(times))
        for number, time in enumerate(times):
            officer = officer_of(time)
            words = short_time_words(time)
            button = QPushButton(f"{words}\nwith {officer}" if officer else words)
            button.setObjectName(f"nearest_{number}")
            button.setProperty("kind", "slot")
            button.setAccessibleName(f"Book {words} with {officer}" if officer else f"Book {words}")
            button.clicked.connect(lambda _=False, time=time: self.nearest_wanted.emit(time))
            self._nearest.addWidget(button)

    @property
    def nearest_buttons(self) -> tuple[QPushButton, ...]:
        """The buttons of the nearest free times."""
        items = (self._nearest.itemAt(number) for number in range(self._nearest.count()))
        return tuple(item.widget() for item in items)


def _still_to_choose(choice: Choice) -> str:
    missing = [
        words
        for words, there in (
            ("who it is for", choice.person),
            ("a service", choice.service),
            ("a time", choice.time),
        )
        if not there
    ]
    if not missing:
        return ""
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    return f"Choose {listed}."
