"""Asks for the next part of a snapshot while a desk still puts the last one in place.

Which part comes next is known with each. So the service reads one while the desk keeps another,
and a first start takes as long as the slower of the two and not as both.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future

from msgspec import Struct
from msgspec.structs import replace

from sync.wire import Answer, Failure, Request, SnapshotPart, TakeSnapshot

Send = Callable[[Request, float], Answer]
"""A request, and how long to wait for its answer in seconds."""


class Coming(Struct, frozen=True):
    """A part that was asked for before it was wanted."""

    request: TakeSnapshot
    answer: Future[Answer]


class Ahead:
    """Used by the one thread that sends a desk's requests; what it asks ahead another thread sends.

    What was answered before it was wanted counts only where it is the part itself, of the epoch
    that was answered last, and nothing has failed since: else the desk asks itself. `on_thread` is
    called first on each of its threads.
    """

    def __init__(self, send: Send, *, on_thread: Callable[[], None] = lambda: None) -> None:
        self._send = send
        self._on_thread = on_thread
        self._coming: Coming | None = None
        self._epoch: str | None = None

    def send(self, request: Request, timeout_s: float) -> Answer:
        """The answer to a request; raises as `send` does."""
        answer = self._come(request) or self._send(request, timeout_s)
        self._epoch = answer.epoch or self._epoch
        if isinstance(answer, Failure):
            self._coming = None
        if isinstance(request, TakeSnapshot) and isinstance(answer, SnapshotPart) and answer.next:
            self._ask(replace(request, after=answer.next), timeout_s)
        return answer

    def _come(self, request: Request) -> Answer | None:
        coming = self._coming
        if coming is None or coming.request != request:
            return None
        self._coming = None
        # Of one that is under way a failure counts: to ask again would take as long again to fail.
        was_there = coming.answer.done()
        if was_there and coming.answer.exception() is not None:
            return None
        answer = coming.answer.result()
        if isinstance(answer, Failure):
            return None if was_there else answer
        return answer if answer.epoch == self._epoch else None

    def _ask(self, request: TakeSnapshot, timeout_s: float) -> None:
        coming = Coming(request, Future())
        fetch = threading.Thread(
            target=self._fetch, args=(coming, timeout_s), name="ahead", daemon=True
        )
        # Where no thread can be had, the desk asks itself.
        with contextlib.suppress(RuntimeError):
            fetch.start()
            self._coming = coming

    def _fetch(self, coming: Coming, timeout_s: float) -> None:
        try:
            self._on_thread()
            answer = self._send(coming.request, timeout_s)
            if isinstance(answer, SnapshotPart):
                # Read here, while the desk puts the last one in place.
                _ = answer.rows
            coming.answer.set_result(answer)
        except BaseException as error:  # noqa: BLE001 - the edge of a thread; whoever wants it is told
            coming.answer.set_exception(error)
