"""The app as a process of its own, worked by lines on its standard input.

`python -m tests.end_to_end.desk_process OPTIONS OF RECEPTION-APP`. It runs the shipped start under
the clock of a test. Each line asks for one act of a person, or for what the screen shows.
"""

from __future__ import annotations

import builtins
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.end_to_end.clocks import CLOCK_FILE, clock_in


def main() -> int:
    """Run a desk until its window is closed or its input ends."""
    from reception_app import main as app

    if hasattr(faulthandler, "register"):
        # A window that does not answer can be asked where its threads are.
        faulthandler.register(signal.SIGUSR1)
    # As `main` does first; here the start is loaded before it runs, to be driven.
    gc.disable()
    app.load_before_qt()
    make_classes_of_qt_on_the_window_thread_alone()
    from reception_app.start import running

    clock = clock_in(Path(os.environ[CLOCK_FILE]))
    running.Runtime = partial(running.Runtime, clock=clock)  # type: ignore[assignment,misc]
    running.QApplication = driven(running.QApplication)  # type: ignore[assignment,misc]
    return app.main(sys.argv[1:])


def make_classes_of_qt_on_the_window_thread_alone() -> None:
    """End the process where another thread makes one: it crashes some starts, far from all."""
    from shiboken6 import Shiboken

    make = builtins.__build_class__

    def make_here(body: Any, name: str, *bases: Any, **options: Any) -> Any:
        made = make(body, name, *bases, **options)
        of_qt = isinstance(made, type) and issubclass(made, Shiboken.Object)
        if of_qt and threading.current_thread() is not threading.main_thread():
            sys.stderr.write(f"{made.__module__}.{name} was made on a worker\n")
            sys.stderr.flush()
            os._exit(1)
        return made

    builtins.__build_class__ = make_here


def driven(kind: type[Any]) -> Callable[..., Any]:
    """Makes the application, with somebody at its keyboard before its first window."""

    def make(arguments: list[str]) -> Any:
        from PySide6.QtCore import QObject, Qt, Signal

        from tests.end_to_end import hands

        class Asked(QObject):
            """Brings lines to the window's thread."""

            came = Signal(str)
            ended = Signal()

        app = kind(arguments)
        asked = Asked(app)
        asked.came.connect(
            lambda line: tell(answer(hands.ACTS, line)), Qt.ConnectionType.QueuedConnection
        )
        asked.ended.connect(hands.leave, Qt.ConnectionType.QueuedConnection)
        threading.Thread(target=read, args=(asked,), daemon=True).start()
        return app

    return make


def read(asked: Any) -> None:
    """Hand on every line; at the end of the input nobody is there any more."""
    for line in sys.stdin:
        asked.came.emit(line)
    asked.ended.emit()


def answer(acts: dict[str, Callable[..., Any]], line: str) -> dict[str, Any]:
    """Do what a line asks for; what came of it, or why it cannot be done."""
    wanted = json.loads(line)
    try:
        return {"answer": acts[wanted.pop("act")](**wanted)}
    except Exception as error:  # noqa: BLE001 - told to the test, which fails
        return {"problem": f"{type(error).__name__}: {error}"}


def tell(facts: dict[str, Any]) -> None:
    """Say something to the test."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    sys.exit(main())
