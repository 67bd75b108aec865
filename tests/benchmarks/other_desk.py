"""A change on one desk to the other desk's screen: two desk processes and a centre process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.council import Council, served
from tests.benchmarks.figures import Figure, at
from tests.benchmarks.morning import clock, keep_the_morning
from tests.benchmarks.sizes import Sizes

LIMIT_MS = 150.0
WAITED_MAX_MS = 30_000
CHANGES_MAX = 100_000
BETWEEN_MS = 40
"""A pause between two changes: longer than any one of them is under way inside a desk."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure: people checked in and gone again at one desk, as the other shows them."""
    mine = council.copy_to(scratch / "council")
    with served(mine) as address, watching(mine) as seen, acting_desk(mine, address) as desk:
        took = [desk.until_seen(change, seen) for change in desk.changes(sizes.changes)]
    took = took[sizes.changes // 10 :]
    figure = Figure(
        name="other_desk",
        value=round(at(took, 95), 1),
        unit="ms",
        limit=LIMIT_MS,
        note=f"p95 of {len(took)}; p50 {at(took, 50):.1f}, most {max(took):.1f}",
    )
    return [figure]


@contextmanager
def watching(council: Council) -> Iterator[subprocess.Popen[str]]:
    """The app on the first desk, telling what comes onto its screen."""
    program = [sys.executable, "-m", "tests.benchmarks.desk_process", str(council.root), "queue"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            if not _told(process).get("ready"):
                raise RuntimeError("the watched desk did not come up")
            yield process
        finally:
            # Its input ends: it closes as when its window is closed.
            process.communicate(timeout=WAITED_MAX_MS / 1_000)


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the watched desk ended")
    facts: dict[str, Any] = json.loads(line)
    return facts


@contextmanager
def acting_desk(council: Council, address: str) -> Iterator[ActingDesk]:
    """The second desk of the office, at work in this process, its line up."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication

    from reception_app.desk.runtime import Runtime, open_node
    from tests.centres import KEY, PERSON

    app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
    node = open_node(council.desk("desk-2") / "desk.db", KEY)
    keep_the_morning()
    runtime = Runtime(node, central=lambda: address, actor=lambda: PERSON, clock=clock)
    try:
        runtime.start()
        desk = ActingDesk(runtime, app)
        desk.turn_until(runtime.is_up)
        yield desk
    finally:
        runtime.close()


class ActingDesk:
    """Issues changes and waits, turning the event loop meanwhile."""

    def __init__(self, runtime: Any, app: Any) -> None:
        self._runtime = runtime
        self._app = app

    def turn_until(self, is_so: Callable[[], bool]) -> None:
        """Let the desk work until something is so. Raises TimeoutError."""
        from PySide6.QtCore import QEventLoop

        deadline = perf_counter() + WAITED_MAX_MS / 1_000
        while not is_so():
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, BETWEEN_MS)
            if perf_counter() > deadline:
                raise TimeoutError("the desk did not get there")

    def changes(self, count: int) -> Iterator[Any]:
        """Check-ins, and as many departures, so that the queue stays as long as it is."""
        from tests.benchmarks.acts import Acts

        acts = Acts(self._runtime)
        for _ in range(count):
            check_in = acts.check_in()
            yield check_in
            yield acts.leave(check_in.ticket_id)

    def keep_changing(self, *, while_: Callable[[], bool], every_ms: int) -> None:
        """One change after the other, for as long as something is so."""
        for change in self.changes(CHANGES_MAX):
            if not while_():
                return
            self._runtime.run(change, lambda _: None, lambda error: None)
            next_at = perf_counter() + every_ms / 1_000
            self.turn_until(lambda next_at=next_at: perf_counter() > next_at)

    def until_seen(self, change: Any, seen: subprocess.Popen[str]) -> float:
        """Milliseconds from the act here to its row on the other desk's screen."""
        pause_until = perf_counter() + BETWEEN_MS / 1_000
        self.turn_until(lambda: perf_counter() > pause_until)
        failed: list[Exception] = []
        began = perf_counter()
        self._runtime.run(change, lambda _: None, failed.append)
        while True:
            facts = _told(seen)
            if failed:
                raise failed[0]
            if facts["ticket"] == change.ticket_id:
                took: float = (facts["at"] - began) * 1_000
                return took
