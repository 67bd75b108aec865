"""The line to the centre: rounds when something waits or moves, and what to say of it.

Two threads: one runs rounds, one listens for pokes. Neither touches Qt or the database itself;
database steps are handed to the desk's one writer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sync.desk import Desk
from sync.errors import LineDown, OtherVersion, ProtocolError, StaleReplica, SyncError, Unavailable
from sync.ids import Clock
from sync.round import sync_round
from sync.wire import PushCommands

if TYPE_CHECKING:
    # Loaded by whoever connects, after the first window is on screen.
    from sync.upstream.http import HttpUpstream

POLL_S = 5.0
RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 5.0
ASKED_TIMEOUT_S = 20.0

log = logging.getLogger(__name__)


class Health(StrEnum):
    """How the line is."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    UPDATE_NEEDED = "update_needed"
    STALE_COPY = "stale_copy"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class LineState:
    """How the line is, and since when."""

    health: Health
    since_at: datetime


Told = Callable[[LineState], None]
Settled = Callable[[], None]


class Line:
    """Keeps a desk and its upstream together, for as long as the process lives."""

    def __init__(
        self,
        desk: Desk,
        connect: Callable[[], HttpUpstream],
        writer: Executor,
        clock: Clock,
        *,
        told: Told,
        settled: Settled,
    ) -> None:
        self._desk = desk
        self._connect = connect
        self._upstream: HttpUpstream | None = None
        self._writer = writer
        self._clock = clock
        self._told = told
        self._settled = settled
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._round_done = threading.Condition()
        self._rounds = 0
        self.state = LineState(Health.STARTING, clock())
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._run, "line"), (self._listen, "pokes"))
        ]

    def start(self) -> None:
        """Begin; again is harmless."""
        for thread in self._threads:
            if thread.ident is None:
                thread.start()

    def stop(self, *, timeout_s: float = 2.0) -> None:
        """End; what is under way is abandoned, which is safe at any point."""
        self._stop.set()
        self._wake.set()
        if self._upstream is not None:
            self._upstream.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s)

    def wake(self) -> None:
        """Something waits to be sent or fetched."""
        self._wake.set()

    def round_within(self, timeout_s: float) -> bool:
        """Run a round and wait for its end. False when the line is down or the time is over."""
        if self.state.health is not Health.UP:
            self.wake()
            return False
        with self._round_done:
            # A round under way may have begun before the caller's command was kept.
            wanted = self._rounds + 1
            self.wake()
            done = self._round_done.wait_for(
                lambda: self._rounds >= wanted or self.state.health is not Health.UP, timeout_s
            )
            return done and self.state.health is Health.UP

    def _run(self) -> None:
        retry_s = RETRY_FIRST_S
        while not self._stop.is_set():
            self._wake.clear()
            health = self._round()
            self._say(health)
            if health is Health.UP:
                retry_s = RETRY_FIRST_S
                self._wake.wait(POLL_S)
            else:
                self._wake.wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_LONGEST_S)

    def _say(self, health: Health) -> None:
        if health is not self.state.health:
            self.state = LineState(health, self._clock())
        with self._round_done:
            self._rounds += 1
            self._round_done.notify_all()
        if not self._stop.is_set():
            self._told(self.state)

    def _round(self) -> Health:
        try:
            changed = self._steps(self._connected())
        except OtherVersion:
            return Health.UPDATE_NEEDED
        except StaleReplica:
            return Health.STALE_COPY
        except ProtocolError as error:
            log.warning("an answer was refused whole", extra={"kind": type(error).__name__})
            return Health.NOT_UNDERSTOOD
        except (LineDown, Unavailable):
            return Health.DOWN
        except (SyncError, RuntimeError):
            if self._stop.is_set():
                return Health.DOWN
            raise
        if changed:
            self._settled()
        return Health.UP

    def _connected(self) -> HttpUpstream:
        """The upstream; while it does not answer, its address is asked for again."""
        if self._upstream is None or self.state.health is Health.DOWN:
            self._upstream = self._connect()
        return self._upstream

    def _steps(self, upstream: HttpUpstream) -> bool:
        """Drive one round. Says whether anything was pushed, pulled or decided."""
        steps = sync_round(self._desk)
        step: Callable[[], Any] = lambda: next(steps)  # noqa: E731 - first step of a chain
        something = False
        while True:
            try:
                request = self._writer.submit(_stepped, step).result()
            except _Done as done:
                return something or bool(done.tables)
            something = something or isinstance(request, PushCommands)
            answer = upstream.send(request, timeout_s=ASKED_TIMEOUT_S)
            step = lambda answer=answer: steps.send(answer)  # noqa: E731 - next step of the chain

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                for _ in self._upstream.pokes() if self._upstream is not None else ():
                    self._wake.set()
            except LineDown as error:
                log.debug("pokes ended", extra={"kind": str(error)})
            self._stop.wait(RETRY_FIRST_S)


class _Done(Exception):
    """A round has ended. StopIteration itself cannot pass through a future."""

    def __init__(self, tables: frozenset[str]) -> None:
        super().__init__()
        self.tables = tables


def _stepped(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except StopIteration as stop:
        raise _Done(stop.value) from None
