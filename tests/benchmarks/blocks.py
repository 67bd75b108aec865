"""How long the window's thread keeps an input waiting: the longest time that it is blocked.

The inputs come from another process through a socket, as keys come from a display, one every 4 ms,
each with the moment it was sent. Nothing is put around the events themselves: each would then pass
through Python, and beside a busy worker wait for Python's lock some forty times in one painting.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter, thread_time
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier

EVERY_S = 0.004
KEPT_MAX = 12
MOMENT = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Wait:
    """One input: in which step of the hour, how long it waited, how much of that was work."""

    step: str
    wall_ms: float
    work_ms: float

    def as_json(self) -> dict[str, Any]:
        """For the process that asked."""
        return asdict(self)


class Inputs(QObject):
    """Takes the inputs in the loop of the app, on the window's thread, and times them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.step = ""
        self._there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._there.bind(("127.0.0.1", 0))
        self._there.setblocking(False)
        self._sender = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.blocks", str(self._there.getsockname()[1])],
            stdin=subprocess.PIPE,
        )
        self._notifier = QSocketNotifier(
            self._there.fileno(), QSocketNotifier.Type.Read, parent=self
        )
        self._notifier.activated.connect(self._on_input)
        self.begin()

    def begin(self) -> None:
        """Forget what was timed so far."""
        self.longest: list[Wait] = []
        self.hardest: list[Wait] = []
        self.took_ms: list[float] = []
        self._worked = thread_time()

    def end(self) -> None:
        """No more inputs."""
        self._notifier.setEnabled(False)
        self._sender.communicate()
        self._there.close()

    def _on_input(self) -> None:
        now = perf_counter()
        waited = [(now - sent) * 1_000 for sent in self._sent()]
        if not waited:
            return
        worked = thread_time()
        wait = Wait(self.step, round(max(waited), 2), round((worked - self._worked) * 1_000, 2))
        self._worked = worked
        self.took_ms += waited
        self.longest = _kept(self.longest, wait, lambda one: one.wall_ms)
        self.hardest = _kept(self.hardest, wait, lambda one: one.work_ms)

    def _sent(self) -> list[float]:
        moments = []
        while True:
            try:
                moments.append(MOMENT.unpack(self._there.recv(MOMENT.size))[0])
            except BlockingIOError:
                return moments


def _kept(waits: list[Wait], wait: Wait, size: Callable[[Wait], float]) -> list[Wait]:
    if len(waits) == KEPT_MAX and size(wait) <= size(waits[-1]):
        return waits
    return sorted([*waits, wait], key=size, reverse=True)[:KEPT_MAX]


def send(port: int) -> None:
    """Send inputs to a port of this machine until standard input ends."""
    import threading

    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        while not ended.is_set():
            there.sendto(MOMENT.pack(perf_counter()), ("127.0.0.1", port))
            time.sleep(EVERY_S)


if __name__ == "__main__":
    send(int(sys.argv[1]))
