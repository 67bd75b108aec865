"""The main job with no screen: a person is checked in, called, served and given an appointment.

The window is the real one, drawn into memory and driven by its keys; the service is the real one
too. Each step is pictured, and the papers are kept, so that somebody may look at them later.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QEventLoop, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest

from reception_app.desk_window import DeskWindow

STEP_MAX_S = 60.0
PROBE_MS = 20
NO_WINDOW_MANAGER = "propagateSizeHints"
"""Qt says so of each window that no window manager holds; that is the case here by design."""
TYPED = "siobhan"
"""Typed without its accent; the sample has several of that name."""


class StepDidNotCome(Exception):
    """A step of the main job did not end as it should; the text says which."""


class Step(Struct, frozen=True):
    """What is done, how, and by what it shows that it is done."""

    words: str
    act: Callable[[], Any]
    is_done: Callable[[], Any]


def do_main_job(desk: DeskWindow, folder: Path) -> int:
    """Do it, say each step and where the pictures and papers are. 0 when all went well."""
    folder.mkdir(parents=True, exist_ok=True)
    desk.at.paper.folder = folder
    desk.at.paper.printer = ""
    desk.at.paper.ticket_printer = ""
    try:
        for number, step in enumerate(_steps(desk, folder), start=1):
            step.act()
            _wait_for(step)
            picture = folder / f"{number:02d}-{_file_name(step.words)}.png"
            desk.window.grab().save(str(picture))
            print(f"{number}. {step.words}", flush=True)
    except StepDidNotCome as error:
        desk.window.grab().save(str(folder / "stopped.png"))
        print(f"The main job stopped: {error}. See {folder / 'stopped.png'}.", flush=True)
        return 1
    _say_where(folder)
    return 0


def _file_name(words: str) -> str:
    return re.sub(r"[^a-z]+", "-", words.lower()).strip("-")


def leave_out_what_is_by_design() -> None:
    """Pass on what Qt says, but for what it must say without a screen."""
    qInstallMessageHandler(_pass_on)


def _pass_on(kind: QtMsgType, context: object, words: str) -> None:
    if NO_WINDOW_MANAGER not in words:
        print(words, file=sys.stderr)


def _say_where(folder: Path) -> None:
    print(f"Pictures and papers are in {folder}:")
    for path in sorted(folder.iterdir()):
        print(f"  {path.name}")


def _wait_for(step: Step) -> None:
    deadline = time.monotonic() + STEP_MAX_S
    while not step.is_done():
        if time.monotonic() > deadline:
            raise StepDidNotCome(step.words)
        loop = QEventLoop()
        QTimer.singleShot(PROBE_MS, loop.quit)
        loop.exec()


def _steps(desk: DeskWindow, folder: Path) -> Sequence[Step]:
    reception = desk.reception
    arrive, counter = reception.arrive, reception.counter
    before = set[str]()

    def type_name() -> None:
        before.update(row.ticket_id for row in reception.waiting.model.rows)
        QTest.keyClicks(arrive.search, TYPED)

    def new_tickets() -> list[Any]:
        return [row for row in reception.waiting.model.rows if row.ticket_id not in before]

    def choose_service() -> None:
        QTest.keyClick(arrive.errand.service, Qt.Key.Key_H)
        QTest.keyClick(arrive.errand.service, Qt.Key.Key_Return)

    def is_connected() -> bool:
        return "Up to date" in desk.window.foot.sync_words and counter.next_call is not None

    kept = set(folder.glob("*.pdf"))

    def papers(words: str) -> set[Path]:
        return set(folder.glob(f"{words} *.pdf")) - kept

    return (
        Step("Reception, up to date with the central service", lambda: None, is_connected),
        Step(f"A few letters typed ({TYPED})", type_name, lambda: arrive.people_found),
        Step(
            "Enter chooses the person",
            lambda: QTest.keyClick(arrive.search, Qt.Key.Key_Return),
            lambda: arrive.arrival().person,
        ),
        Step(
            "The service, Enter: checked in, a ticket with its code",
            choose_service,
            lambda: new_tickets() and papers("Ticket"),
        ),
        Step(
            "Call next: the central service decides",
            counter.call_next_act.trigger,
            lambda: counter.here is not None and counter.here.state == "called",
        ),
        Step(
            "They are here",
            lambda: QTest.keyClick(desk.window, Qt.Key.Key_F4),
            lambda: counter.here is not None and counter.here.state == "serving",
        ),
        *_booking_steps(desk, lambda: papers("Appointment")),
    )


def _booking_steps(desk: DeskWindow, papers: Callable[[], Any]) -> Sequence[Step]:
    reception, page = desk.reception, desk.page("appointments")

    def begin() -> None:
        QTest.keyClicks(reception.arrive.search, TYPED)

    def go_to_booking() -> None:
        reception.arrive.choose(reception.arrive.highlighted())
        reception.arrive.errand.service.setCurrentIndex(5)
        reception.arrive.book_act.trigger()

    return (
        Step("The next person, for another day", begin, lambda: reception.arrive.people_found),
        Step(
            "The week of free times",
            go_to_booking,
            # On the last evening of a week the first free time is in the next.
            lambda: desk.window.shown == "appointments" and page.first_free,
        ),
        Step(
            "The first free time", page.who.first_free_act.trigger, lambda: page.chosen is not None
        ),
        Step(
            "Booked: the central service has confirmed it",
            page.choice.book_act.trigger,
            lambda: page.opened is not None and not page.opened.provisional,
        ),
        Step("The confirmation is saved", page.sheet.save_act.trigger, papers),
    )
