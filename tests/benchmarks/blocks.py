"""How long each event keeps the window's thread, told by the application that hands it out."""

from __future__ import annotations

from collections.abc import Callable
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
        self._longest: list[Block] = []
        self._hardest: list[Block] = []
        self._took: list[float] = []
        dispatcher = QAbstractEventDispatcher.instance()
        if dispatcher is not None:
            dispatcher.aboutToBlock.connect(self._end)

    def begin(self) -> None:
        """Forget what was timed so far."""
        self._longest, self._hardest, self._took = [], [], []

    @property
    def longest(self) -> list[Block]:
        """The longest events, the longest first."""
        return self._longest

    @property
    def hardest(self) -> list[Block]:
        """The events with most work in this thread, which a busy machine does not lengthen."""
        return self._hardest

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
        block = Block(self._event, self.step, round(wall_ms, 2), round(work_ms, 2))
        self._longest = _kept(self._longest, block, lambda one: one.wall_ms)
        self._hardest = _kept(self._hardest, block, lambda one: one.work_ms)


def _kept(blocks: list[Block], block: Block, size: Callable[[Block], float]) -> list[Block]:
    if len(blocks) == KEPT_MAX and size(block) <= size(blocks[-1]):
        return blocks
    return sorted([*blocks, block], key=size, reverse=True)[:KEPT_MAX]


def _name(receiver: QObject) -> str:
    """What it is, or whose it is when it has no name of its own, as a timer has none."""
    if not isinstance(receiver, QObject):
        return type(receiver).__name__
    named = f"{type(receiver).__name__} {receiver.objectName()}".strip()
    owner = receiver.parent()
    return named if receiver.objectName() or owner is None else f"{named} of {_kind(owner)}"


def _kind(owner: QObject) -> str:
    return f"{type(owner).__name__} {owner.objectName()}".strip()
