"""The waiting column: everyone in order, each with a clock against the target."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from reception_app.desk.undecided import Undecided, not_yet_mark
from reception_app.parts.making import ActButton, action, label, row
from reception_app.parts.rows import Column, RowsModel
from reception_app.parts.table import RowTable, TwoLines, WaitBar
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.customers.needs import words
from visits.queue.queries import Queue, QueueRow
from visits.queue.rules import Clock, OrderPolicy, clock
from visits.words import clock_time

WIDTHS = (56, 0, 118, 156, 142)
NEEDS_COLUMN, SERVICE_COLUMN, CLOCK_COLUMN = 4, 2, 3
NARROW_WIDTHS = (56, 0, 120, 108, 96)
NARROW_BELOW_PX = 500
"""Then the bars give way to their words."""
GIVES_WAY_BELOW_PX = {NEEDS_COLUMN: 640, SERVICE_COLUMN: 520}
ASIDE = {"on_hold": "On hold", "no_show": "Not here when called"}


class WaitingColumn(QFrame):
    """The queue. Its order is the order in which people are called."""

    call_this_wanted = Signal(object)
    left_wanted = Signal(object)
    return_wanted = Signal(object)

    def __init__(
        self,
        theme: Theme,
        now: Callable[[], datetime],
        policy: OrderPolicy,
        undecided: Undecided,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("waiting")
        self._now = now
        self._policy = policy
        self._undecided = undecided
        self.model = RowsModel(
            (
                Column(self.tr("Ticket"), lambda r: r.number),
                Column(self.tr("Person"), self._person),
                Column(self.tr("Service"), lambda r: r.service),
                Column(self.tr("Seen in time"), self._clock_words),
                Column(self.tr("Needs"), _needs),
            ),
            lambda r: r.ticket_id,
            self,
        )
        self._build(theme)

    def _build(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_SMALL, t.GAP, t.GAP_SMALL, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        head = row(label(self.tr("Waiting"), "heading"), spacing=t.GAP)
        head.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        self._counts = label("", "soft", name="waiting_counts")
        head.addWidget(self._counts)
        head.addStretch()
        column.addLayout(head)
        self.table = RowTable(self.model, "waiting_list", self.tr("Waiting"), self)
        self.table.widths(*WIDTHS)
        self._bar = WaitBar(theme, self.table, self._clock)
        lines = TwoLines(theme, self.table)
        for number in range(len(WIDTHS)):
            self.table.setItemDelegateForColumn(number, lines)
        self.table.setItemDelegateForColumn(0, TwoLines(theme, self.table, strong=True))
        self.table.setItemDelegateForColumn(CLOCK_COLUMN, self._bar)
        self._empty = label(
            self.tr("Nobody is waiting. People appear here when they are checked in."),
            "soft",
            name="waiting_empty",
        )
        self._empty.setContentsMargins(t.GAP_SMALL, t.GAP, 0, 0)
        column.addWidget(self._empty)
        column.addWidget(self.table, 1)
        self._forecast = label("", "soft", name="forecast", wraps=True)
        self._forecast.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        self._forecast.hide()
        column.addWidget(self._forecast)
        self.call_this_act = action(
            self, "call_this", self.tr("Call this one"), "Ctrl+F5", self._on_call_this
        )
        self.left_act = action(self, "left", self.tr("Has left"), "Ctrl+L", self._on_left)
        self.return_act = action(
            self, "return_to_queue", self.tr("Back to the queue"), "Ctrl+B", self._on_return
        )
        acts = (self.call_this_act, self.return_act, self.left_act)
        buttons = row(*(ActButton(act) for act in acts))
        buttons.setContentsMargins(t.GAP_SMALL, 0, 0, 0)
        buttons.addStretch()
        column.addLayout(buttons)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._allow())
        self._allow()

    def show_queue(self, queue: Queue) -> None:
        """The queue as it stands, each row marked that is undecided."""
        self.model.show(queue.rows)
        self.tick()
        waiting = sum(1 for r in queue.rows if r.state == "waiting")
        self._empty.setVisible(not queue.rows)
        self.table.setVisible(bool(queue.rows))
        self._counts.setText(_counts(waiting, queue))
        self._allow()

    def choose(self, ticket_id: str) -> None:
        """Stand on a ticket, if it is in the list."""
        number = self.model.number_of(ticket_id)
        if number is not None:
            self.table.setCurrentIndex(self.model.index(number, 0))
            self.table.setFocus()

    def show_forecast(self, words_: str) -> None:
        """What becomes of the waits at this pace; nothing while that is not known."""
        self._forecast.setText(words_)
        self._forecast.setVisible(bool(words_))

    def tick(self) -> None:
        """A second has passed: the clocks move, nothing else does."""
        self.table.viewport().update()

    def _allow(self) -> None:
        chosen = self.table.chosen()
        state = chosen.state if chosen is not None else ""
        self.call_this_act.setEnabled(state in ("waiting", "on_hold", "no_show"))
        self.left_act.setEnabled(state in ("waiting", "on_hold", "no_show"))
        self.return_act.setEnabled(state in ("on_hold", "no_show"))

    def _person(self, row_: QueueRow) -> str:
        not_yet = [not_yet_mark()] if self._undecided.is_marked(row_.ticket_id) else []
        return f"{row_.person}\n" + " · ".join([*_came(row_), *not_yet])

    def _clock(self, row_: QueueRow) -> Clock | None:
        if row_.state != "waiting":
            return None
        return clock(
            clock_from_at=row_.clock_from_at,
            target_minutes=row_.target_minutes,
            now=self._now(),
            policy=self._policy,
        )

    def _clock_words(self, row_: QueueRow) -> str:
        found = self._clock(row_)
        return ASIDE.get(row_.state, "") if found is None else found.words

    def _on_call_this(self) -> None:
        self.call_this_wanted.emit(self.table.chosen())

    def _on_left(self) -> None:
        self.left_wanted.emit(self.table.chosen())

    def _on_return(self) -> None:
        self.return_wanted.emit(self.table.chosen())

    def resizeEvent(self, event) -> None:  # noqa: ANN001, N802 - Qt's name
        super().resizeEvent(event)
        for column, width in GIVES_WAY_BELOW_PX.items():
            self.table.setColumnHidden(column, self.width() < width)
        narrow = self.width() < NARROW_BELOW_PX
        self.table.widths(*(NARROW_WIDTHS if narrow else WIDTHS))
        self._counts.setVisible(not narrow)


def _came(row_: QueueRow) -> list[str]:
    """How somebody came, and what they asked for."""
    how = "Phone" if row_.source == "phone" else "Walk-in"
    if row_.appointment_at is not None:
        how = clock_time(row_.appointment_at)
        how += f" with {row_.officer}" if row_.officer else " appointment"
    asked = {"priority": row_.priority, "private talk": row_.wants_private}
    return [how, *(words_ for words_, is_so in asked.items() if is_so)]


def _needs(row_: QueueRow) -> str:
    first = [words(need) for need in row_.needs]
    return "\n".join(first[:2]) if len(first) < 3 else f"{first[0]}\n{first[1]} and more"


def _counts(waiting: int, queue: Queue) -> str:
    people = "1 person" if waiting == 1 else f"{waiting} people"
    open_ = "1 counter" if queue.counters_open == 1 else f"{queue.counters_open} counters"
    parts = [people, f"{open_} serving"]
    if queue.seen_today:
        share = round(100 * queue.seen_in_time_today / queue.seen_today)
        parts.append(f"{share}% of {queue.seen_today} seen in time today")
    return " · ".join(parts)
