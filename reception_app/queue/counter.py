"""The counter column: who is served, and the one big act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from reception_app.desk.undecided import Undecided, not_yet_mark
from reception_app.parts.making import ActButton, action, label, surface
from reception_app.theme import tokens as t
from visits.customers.needs import words
from visits.queue.queries import AtCounter, NextCall
from visits.words import clock_time, minutes_words

COLUMN_PX = 288
NARROW_PX = 248


class CounterColumn(QFrame):
    """My counter: the person here, what may happen to them, whom to call next."""

    act_wanted = Signal(str)

    def __init__(
        self,
        counter_name: str,
        now: Callable[[], datetime],
        undecided: Undecided,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("counter")
        self.setFixedWidth(COLUMN_PX)
        self._now = now
        self._undecided = undecided
        self.here: AtCounter | None = None
        self.next_call: NextCall | None = None
        self._build(counter_name)

    def _build(self, counter_name: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self._name = label(counter_name, "heading", name="counter_name")
        column.addWidget(self._name)
        self._since = label("", "soft", name="serving_since")
        column.addWidget(self._since)
        self._card, inner = surface("sunk")
        self._number = label("", "number", name="serving_number")
        self._person = label("", "strong", name="serving_person", wraps=True)
        self._about = label("", "soft", name="serving_about", wraps=True)
        self._not_yet = label(not_yet_mark(), "soft", name="serving_not_yet")
        for part in (self._number, self._person, self._about, self._not_yet):
            inner.addWidget(part)
        column.addWidget(self._card)
        self._build_acts(column)
        column.addStretch()
        self._why = label("", "", name="next_why", wraps=True)
        column.addWidget(self._why)
        self.call_next_act = self._act("call_next", self.tr("Call next"), "F5")
        column.addWidget(ActButton(self.call_next_act, "big"))

    def _build_acts(self, column: QVBoxLayout) -> None:
        self._acts = {
            name: self._act(name, text, key)
            for name, text, key in (
                ("serve", self.tr("Is here"), "F4"),
                ("no_show", self.tr("Not here"), "F3"),
                ("hold", self.tr("Hold"), "F6"),
                ("transfer", self.tr("Transfer"), "F7"),
                ("room", self.tr("Room"), "F8"),
                ("back", self.tr("To queue"), "F11"),
                ("finish", self.tr("Finish"), "F10"),
            )
        }
        grid = QGridLayout()
        grid.setSpacing(t.GAP_SMALL)
        for number, act in enumerate(self._acts.values()):
            span = 2 if act.objectName() == "finish" else 1
            grid.addWidget(ActButton(act), number // 2, number % 2, 1, span)
        column.addLayout(grid)

    def _act(self, name: str, text: str, key: str):  # noqa: ANN202 - a QAction
        return action(self, name, text, key, lambda: self.act_wanted.emit(name))

    def show_name(self, counter_name: str) -> None:
        """What people call this counter now."""
        self._name.setText(counter_name)

    def show_here(self, here: AtCounter | None, next_call: NextCall | None) -> None:
        """Who is at this counter, and who would be called next."""
        self.here, self.next_call = here, next_call
        self._card.setVisible(here is not None)
        if here is not None:
            self._number.setText(here.number)
            self._person.setText(here.person)
            needs = [words(need) for need in here.needs]
            asked = [self.tr("asked to talk in private")] if here.wants_private else []
            private = [self.tr("in") + f" {here.room}"] if here.room else asked
            self._about.setText(" · ".join([here.service, *needs, *private, *_noted(here.note)]))
        called = here is not None and here.state == "called"
        self._acts["serve"].setVisible(called)
        self._acts["no_show"].setVisible(called)
        for name in ("hold", "transfer", "room", "back", "finish"):
            self._acts[name].setEnabled(here is not None)
        self._show_next()
        self.tick()

    def _show_next(self) -> None:
        call, here = self.next_call, self.here
        called = here is not None and here.state == "called"
        self.call_next_act.setEnabled(call is not None or called)
        if here is not None and called:
            # Whoever was called is served before anyone else is: two presses never skip a person.
            self._why.setText(self.tr("Called. Press when they are here."))
            self.call_next_act.setText(f"{here.number} " + self.tr("is here"))
            return
        if call is None:
            self._why.setText(self.tr("Nobody is waiting to be called."))
            self.call_next_act.setText(self.tr("Call next"))
            return
        self._why.setText(f"Next: {call.number} {call.person}.\n{call.why}.")
        verb = self.tr("Finish and call") if self.here is not None else self.tr("Call")
        self.call_next_act.setText(f"{verb} {call.number}")

    def tick(self) -> None:
        """A second has passed."""
        if self.here is None:
            self._since.setText(self.tr("Free"))
            return
        self._not_yet.setVisible(self._undecided.is_marked(self.here.ticket_id))
        minutes = max(0, int((self._now() - self.here.since_at).total_seconds() // 60))
        state = self.tr("Called") if self.here.state == "called" else self.tr("Serving since")
        self._since.setText(f"{state} {clock_time(self.here.since_at)} · {minutes_words(minutes)}")


def _noted(note: str) -> list[str]:
    return [note] if note else []
