"""How long each event keeps the window's thread, told by the application that hands it out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from time import perf_counter, thread_time
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject
from PySide6.QtWidgets import QApplication

KEPT_MAX = 12


@dataclass(frozen=True, slots=True)
class Block:
    """One event: to whom, in which step of the hour, how long, and how much of it was work."""

    event: str
    step: str
    wall_ms: float
    work_ms: float

    def as_json(self) -> dict[str, Any]:
        """For the process that asked."""
        return asdict(self)


class WatchedApplication(QApplication):
    """An application that times every event that its loop hands out.

    Where an event opens a loop of its own (a dialog, a menu), it ends when that loop is idle.
    """

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.step = ""
        self._began: float | None = None
        self._worked = 0.0
        self._event = ""
        self._blocks: list[Block] = []
        self._took: list[float] = []
        dispatcher = QAbstractEventDispatcher.instance()
        if dispatcher is not None:
            dispatcher.aboutToBlock.connect(self._end)

    def begin(self) -> None:
        """Forget what was timed so far."""
        self._blocks, self._took = [], []

    @property
    def longest(self) -> list[Block]:
        """The longest events, the longest first."""
        return sorted(self._blocks, key=lambda block: -block.wall_ms)[:KEPT_MAX]

    @property
    def took_ms(self) -> list[float]:
        """How long every event took."""
        return self._took

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._began is not None:
            return super().notify(receiver, event)
        self._event = f"{event.type().name} to {_name(receiver)}"
        self._worked = thread_time()
        self._began = perf_counter()
        try:
            return super().notify(receiver, event)
        finally:
            self._end()

    def _end(self) -> None:
        if self._began is None:
            return
        wall_ms = (perf_counter() - self._began) * 1_000
        work_ms = (thread_time() - self._worked) * 1_000
        self._began = None
        self._took.append(wall_ms)
        if len(self._blocks) < KEPT_MAX or wall_ms > self._blocks[-1].wall_ms:
            self._blocks.append(Block(self._event, self.step, round(wall_ms, 2), round(work_ms, 2)))
            self._blocks = self.longest


def _name(receiver: QObject) -> str:
    name = receiver.objectName() if isinstance(receiver, QObject) else ""
    return f"{type(receiver).__name__} {name}".strip()
