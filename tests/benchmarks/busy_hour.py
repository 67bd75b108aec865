"""A busy hour at a desk, in a minute: keys as fast as a scanner's, acts ten times as fast as hands.

Arrivals are typed, chosen and checked in; people are called, served, held, called back and
finished; places are switched; a time is booked and a room held. Every act is an event of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from tests.benchmarks.blocks import Inputs
from tests.benchmarks.busy_places import AT_PLACE, Step, press, soon
from tests.benchmarks.figures import at

LOOK_EVERY_MS = 3
STEP_MAX_S = 20.0
KEY_S, ACT_S = 0.03, 0.1
"""From one key, or one act, to the next at the soonest."""
TYPING = "typing"
TYPED = ("lukas", "hughe", "obrie", "nowak", "patel", "griff", "okafo", "popes", "zhang", "smith")
SERVICES = 4
SWITCH_EVERY, HOLD_EVERY = 3, 4


class BusyHour(QObject):
    """Works the hour in the event loop of the app and tells how long the longest event took."""

    def __init__(
        self, app: QApplication, desk: Any, *, arrivals: int, told: Callable[..., None]
    ) -> None:
        super().__init__(app)
        self._inputs = Inputs(self)
        self._app = app
        self._desk = desk
        self._page = desk.reception
        self._arrivals = arrivals
        self._told = told
        self._steps = self._hour()
        self._is_so: Callable[[], bool] = lambda: True
        self._not_before = 0.0
        self._since = perf_counter()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY_MS)
        self._look.timeout.connect(self._on_look)

    def begin(self) -> None:
        """The queue is on the screen."""
        self._inputs.begin()
        self._look.start()

    def _on_look(self) -> None:
        now = perf_counter()
        if now < self._not_before or not self._is_so():
            if now - self._since > STEP_MAX_S:
                self._end(stuck=self._inputs.step)
            return
        step = next(self._steps, None)
        if step is None:
            self._end(stuck=None)
            return
        self._inputs.step, self._is_so = step
        self._since = now
        self._not_before = now + (KEY_S if self._inputs.step.startswith(TYPING) else ACT_S)

    def _end(self, *, stuck: str | None) -> None:
        self._look.stop()
        self._inputs.end()
        self._tell("hour", stuck=stuck)
        self._app.quit()

    def _tell(self, part: str, **facts: object) -> None:
        took = self._inputs.took_ms
        self._told(
            part=part,
            inputs=len(took),
            p99_ms=at(took, 99),
            longest=[block.as_json() for block in self._inputs.longest],
            hardest=[block.as_json() for block in self._inputs.hardest],
            **facts,
        )

    def _hour(self) -> Iterator[Step]:
        names = list(AT_PLACE)
        yield "opening the places", lambda: self._has_all_places()
        yield "the line is up", self._desk.at.runtime.is_up
        self._tell("opening")
        self._inputs.begin()
        for number in range(self._arrivals):
            yield from self._arrive(number)
            yield from self._serve(number)
            if number % SWITCH_EVERY == 0:
                name = names[number // SWITCH_EVERY % len(names)]
                yield from self._switch_to(name, TYPED[number % len(TYPED)])

    def _has_all_places(self) -> bool:
        return len(self._desk._pages) == len(self._desk.window.rail._buttons)

    def _arrive(self, number: int) -> Iterator[Step]:
        arrive = self._page.arrive
        for letter in TYPED[number % len(TYPED)]:
            press(arrive.search, letter)
            yield "typing a name", lambda: True
        yield "people found", lambda: len(arrive.people_found) > 0
        press(arrive.search, "\r", Qt.Key.Key_Return)
        yield "a person chosen", lambda: arrive.arrival().person is not None
        for _ in range(1 + number % SERVICES):
            press(arrive.service, "", Qt.Key.Key_Down)
        yield "a service chosen", lambda: arrive.arrival().service_id is not None
        press(arrive.service, "\r", Qt.Key.Key_Return)
        yield "checked in", lambda: arrive.arrival().person is None

    def _serve(self, number: int) -> Iterator[Step]:
        counter = self._page.counter
        before = counter.here
        self._act("call_next")
        yield "called", lambda: counter.here is not None and counter.here != before
        self._act("serve")
        yield "served", lambda: counter.here is not None and counter.here.state == "serving"
        if number % HOLD_EVERY == 0:
            self._act("hold")
            yield "on hold", lambda: counter.here is None
        elif number % HOLD_EVERY == 1:
            self._act("finish")
            yield "finished", lambda: counter.here is None

    def _switch_to(self, name: str, typed: str) -> Iterator[Step]:
        window = self._desk.window
        self._press_place(name)
        yield f"showing {name}", lambda: window.shown == name
        yield from AT_PLACE[name](self._desk.page(name), typed)
        self._press_place("reception")
        yield "back at reception", lambda: window.shown == "reception"

    def _press_place(self, name: str) -> None:
        soon(self._desk.window.rail._buttons[name], "click")

    def _act(self, name: str) -> None:
        soon(self._page.findChild(QAction, name), "trigger")
