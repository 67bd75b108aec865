"""The app as a process of its own, watched from inside: `python -m tests.benchmarks.desk_process`.

It runs the shipped start. What is added is the time of a fixed morning, and a look at the window.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.morning import clock, keep_the_morning

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TOLD_AFTER_S = 140.0
"""A desk that has not ended by then says where it stands, and ends."""


def main() -> int:
    """Run a desk of the sample council in a folder and tell what is asked, line by line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("watch", choices=("start", "queue", "hour"))
    parser.add_argument("--arrivals", type=int, default=0)
    args = parser.parse_args()
    if args.watch == "hour":
        sys.stdin.readline()
    faulthandler.enable()
    faulthandler.dump_traceback_later(TOLD_AFTER_S, exit=True)
    from reception_app import main as app

    # As `main` does first; here the start is loaded before it runs, to be watched.
    app.tune_python()
    app.load_before_qt()
    app.load_qt()
    from reception_app.start import running

    running.Runtime = partial(running.Runtime, clock=clock)  # type: ignore[assignment,misc]
    keep_the_morning()
    show = running._show

    def show_and_watch(app: Any, desk: Any, preparing: Any) -> None:
        show(app, desk, preparing)
        watch(app, desk, args)

    running._show = show_and_watch
    return app.main(["--sample", "--data", str(args.root)])


def watch(app: Any, desk: Any, args: argparse.Namespace) -> None:
    """Begin to look at what was asked, as soon as there is a window."""
    if args.watch == "start":
        when_queue_is_painted(desk, lambda: (tell(at=perf_counter()), app.quit()))
    elif args.watch == "queue":
        when_queue_is_painted(desk, partial(tell_of_tickets, app, desk))
    else:
        from tests.benchmarks.busy_hour import BusyHour

        hour = BusyHour(app, desk, arrivals=args.arrivals, told=tell)
        when_queue_is_painted(desk, hour.begin)


def tell(**facts: object) -> None:
    """Say something to the process that started this one."""
    print(json.dumps(facts), flush=True)


def when_queue_is_painted(desk: Any, act: Callable[[], object]) -> None:
    """Run once the first people waiting are on the screen and the window is free again."""
    from PySide6.QtCore import QTimer

    painted = _painted(desk)

    def look() -> None:
        if desk.reception.waiting.model.rowCount():
            painted.happened.disconnect(look)
            QTimer.singleShot(0, act)

    painted.happened.connect(look)


def _painted(desk: Any) -> Any:
    """Fires after each painting of the waiting list."""
    from PySide6.QtCore import QEvent, QObject, QTimer, Signal

    class Painted(QObject):
        happened = Signal()

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint:
                QTimer.singleShot(0, self.happened.emit)
            return False

    viewport = desk.reception.waiting.table.viewport()
    painted = Painted(viewport)
    viewport.installEventFilter(painted)
    return painted


def tell_of_tickets(app: Any, desk: Any) -> None:
    """Tell when a ticket has come onto the screen and when one has gone; end with the input."""
    shown = desk.reception.waiting.model
    seen = {row.ticket_id for row in shown.rows}

    def look() -> None:
        nonlocal seen
        now = {row.ticket_id for row in shown.rows}
        for ticket_id in sorted(now ^ seen):
            tell(ticket=ticket_id, at=perf_counter())
        seen = now

    _painted(desk).happened.connect(look)
    end_with_input(app)
    tell(ready=True)


def end_with_input(app: Any) -> None:
    """Close the desk when the process that started this one closes its end."""
    from PySide6.QtCore import QSocketNotifier

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda: app.quit())


if __name__ == "__main__":
    sys.exit(main())
