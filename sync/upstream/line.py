"""The line to the centre: rounds when something waits or moves, and what to say of it.

Two threads: one runs rounds, one listens for pokes. Neither touches Qt or the database itself;
database steps are handed to the desk's one writer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sync.desk import Desk
from sync.errors import (
    DatabaseUnreadable,
    LineDown,
    OtherVersion,
    ProtocolError,
    StaleReplica,
    StorageFailed,
    Unavailable,
    Withdrawn,
)
from sync.round import sync_round
from sync.upstream.clocks import RightedClock
from sync.upstream.pace import RETRY_FIRST_S, RETRY_LONGEST_S, Pace
from sync.upstream.wishes import Wishes
from sync.wire import ChangesPage, Cursor, PullChanges, PushCommands, SnapshotPart, TakeSnapshot

if TYPE_CHECKING:
    # Loaded by whoever connects, after the first window is on screen.
    from sync.upstream.http import HttpUpstream

ASKED_TIMEOUT_S = 20.0
PARTS_BETWEEN_LOOKS = 10
"""The first part is today's queue and shows at once; after that, how far the rest is."""
STOP_TIMEOUT_S = 2.0

log = logging.getLogger(__name__)


class Health(StrEnum):
    """How the line is."""

    STARTING = "starting"
    UP = "up"
    OFFICE = "office"
    """The office's relay answers, the centre does not: the office shares one queue meanwhile."""
    DOWN = "down"
    UPDATE_NEEDED = "update_needed"
    STALE_COPY = "stale_copy"
    NOT_UNDERSTOOD = "not_understood"
    NOT_KEPT = "not_kept"
    """The centre answers, but this computer cannot keep what it says."""
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"
    """The council has withdrawn this device: it is given nothing, and holds nothing any more."""


REACHED = (Health.UP, Health.OFFICE)
"""Somebody above decides, or holds what is done in one order."""

HEALTH: tuple[tuple[type[Exception], Health], ...] = (
    (OtherVersion, Health.UPDATE_NEEDED),
    (StaleReplica, Health.STALE_COPY),
    (Withdrawn, Health.WITHDRAWN),
    (ProtocolError, Health.NOT_UNDERSTOOD),
    (StorageFailed, Health.NOT_KEPT),
    (DatabaseUnreadable, Health.DAMAGED),
    (LineDown, Health.DOWN),
    (Unavailable, Health.DOWN),
)
"""What a round that failed says of the line; the first that fits."""


def health_after(error: Exception) -> Health | None:
    """What a round that failed so says of the line; None for what nobody foresaw."""
    return next((health for kind, health in HEALTH if isinstance(error, kind)), None)


def is_cut_off(health: Health) -> bool:
    """Whether a relay with such a line decides alone: its centre is known not to answer it."""
    return health not in (Health.UP, Health.STARTING)


class LineState(Struct, frozen=True):
    """How the line is, since when, and how far this computer's clock is behind the centre's."""

    health: Health
    since_at: datetime
    clock_behind: timedelta = timedelta(0)
    """Negative for a clock that is fast."""


Told = Callable[[LineState], None]
Settled = Callable[[], None]


class Line:
    """Keeps a desk and its upstream together, for as long as the process lives.

    `on_thread` is called first on each of its threads.
    """

    def __init__(
        self,
        desk: Desk,
        connect: Callable[[], HttpUpstream],
        writer: Executor,
        clock: RightedClock,
        *,
        told: Told,
        settled: Settled,
        failed: Callable[[], None] = lambda: None,
        on_thread: Callable[[], None] = lambda: None,
    ) -> None:
        self._desk = desk
        self._connect = connect
        self._upstream: HttpUpstream | None = None
        self._writer = writer
        self._clock = clock
        self._told = told
        self._settled = settled
        self._failed = failed
        self._on_thread = on_thread
        self._wishes = Wishes()
        self._stop = threading.Event()
        self._connecting = threading.Lock()
        self._is_up = threading.Event()
        self._is_listening = threading.Event()
        self._round_done = threading.Condition()
        self._rounds = 0
        self.state = LineState(Health.STARTING, clock(), clock.behind)
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._run, "line"), (self._listen, "pokes"))
        ]

    def start(self) -> None:
        """Begin; again is harmless."""
        for thread in self._threads:
            if thread.ident is None and not self._stop.is_set():
                thread.start()

    def stop(self, *, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End; what is under way is abandoned, which is safe at any point.

        Says whether both threads have ended in time.
        """
        self._stop.set()
        self._is_up.set()
        self._wishes.end()
        with self._round_done:
            self._round_done.notify_all()
        with self._connecting:
            if self._upstream is not None:
                self._upstream.close()
        ends = time.monotonic() + timeout_s
        started = [thread for thread in self._threads if thread.ident is not None]
        for thread in started:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in started)

    def wake(self) -> None:
        """Something waits to be sent or fetched."""
        self._wishes.wake()

    def hears(self) -> bool:
        """Whether pokes come."""
        return self._is_listening.is_set()

    def round_within(self, timeout_s: float) -> bool:
        """Run a round and wait for its end. False when the line is down or the time is over."""
        with self._round_done:
            # A round under way may have begun before the caller's command was kept.
            wanted = self._rounds + 1
            self._wishes.wake()
            done = self._round_done.wait_for(
                lambda: self._rounds >= wanted or not self._can_ask(), timeout_s
            )
            return done and self._can_ask()

    def _can_ask(self) -> bool:
        return self.state.health in REACHED and not self._stop.is_set()

    def _run(self) -> None:
        self._on_thread()
        pace = Pace()
        while not self._stop.is_set():
            self._wishes.begin()
            health = self._round()
            self._say(health)
            wait_s = pace.after(
                is_reached=health in REACHED,
                listens=self.hears(),
                # A clock that seems to be wrong is put right by what the next answer says.
                is_in_doubt=self._clock.is_in_doubt,
            )
            self._wishes.wait(wait_s)

    def _say(self, health: Health) -> None:
        behind = self._clock.behind
        if health is not self.state.health:
            self.state = LineState(health, self._clock(), behind)
        elif behind != self.state.clock_behind:
            since_at = self.state.since_at + (behind - self.state.clock_behind)
            self.state = LineState(health, since_at, behind)
        if health in REACHED:
            self._is_up.set()
        else:
            self._is_up.clear()
            if self._stop.is_set():
                # The end lets go of whoever waits for the line to come up.
                self._is_up.set()
        with self._round_done:
            self._rounds += 1
            self._round_done.notify_all()
        if not self._stop.is_set():
            self._tell()

    def _tell(self) -> None:
        try:
            self._told(self.state)
        except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
            log.error("the state of the line could not be told", exc_info=error)

    def _round(self) -> Health:
        reached = Reached()
        try:
            changed = self._steps(self._connected(), reached)
        except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
            health = self._meaning(error)
            # Whatever answers there, another address may serve better.
            self._failed()
            if health is Health.WITHDRAWN:
                # What was held is gone.
                self._settled()
            return health
        if changed:
            self._settled()
        return Health.OFFICE if reached.is_cut_off else Health.UP

    def _meaning(self, error: Exception) -> Health:
        health = health_after(error)
        if health is not None:
            if health is not Health.DOWN:
                about = {"kind": type(error).__name__, "cause": getattr(error, "cause", None)}
                log.warning("a round was given up", extra=about)
            return health
        if self._stop.is_set():
            # The writer takes no more steps.
            return Health.DOWN
        log.error("a round broke", exc_info=error)
        return Health.NOT_UNDERSTOOD

    def _connected(self) -> HttpUpstream:
        """The upstream for this round; it may be another than before."""
        upstream = self._connect()
        if upstream is not self._upstream:
            with self._connecting:
                self._upstream = upstream
                if self._stop.is_set():
                    # The end found nothing to close yet.
                    upstream.close()
        return upstream

    def _steps(self, upstream: HttpUpstream, reached: Reached) -> bool:
        """Drive one round. Says whether anything was pushed, pulled or decided."""
        steps = sync_round(self._desk)
        step: Callable[[], Any] = lambda: next(steps)  # noqa: E731 - first step of a chain
        something = shows = False
        while True:
            try:
                request = self._writer.submit(_stepped, step).result()
                if shows:
                    self._settled()
            except _Done as done:
                if self._wishes.settled(reached.cursor):
                    # What may be read has changed, and a stream tells of what it began with.
                    upstream.listen_anew()
                return something or bool(done.tables)
            something = something or isinstance(request, PushCommands)
            answer = upstream.send(request, timeout_s=ASKED_TIMEOUT_S)
            reached.note(request, answer)
            shows = reached.shows(request)
            step = _answered(steps, answer)

    def _listen(self) -> None:
        self._on_thread()
        while not self._stop.is_set():
            self._is_up.wait()
            try:
                for numbers in self._upstream.pokes() if self._upstream is not None else ():
                    self._is_listening.set()
                    self._wishes.hear(numbers)
            except LineDown as error:
                log.debug("pokes ended", extra={"kind": str(error)})
            if self._is_listening.is_set():
                self._is_listening.clear()
                # It may be the first sign that the centre has gone.
                self._wishes.wake()
                self._stop.wait(RETRY_FIRST_S)
            else:
                self._stop.wait(RETRY_LONGEST_S)


class Reached:
    """How far the answers of one round reach."""

    def __init__(self) -> None:
        self.cursor: Cursor = {}
        self.is_cut_off = False
        self._parts = 0

    def shows(self, request: object) -> bool:
        """Whether a person should see now what a part of a snapshot brought."""
        if not isinstance(request, TakeSnapshot):
            return False
        self._parts += 1
        return request.after is None or self._parts % PARTS_BETWEEN_LOOKS == 0

    def note(self, request: object, answer: object) -> None:
        """An answer has come to a request."""
        if isinstance(request, PullChanges) and isinstance(answer, ChangesPage):
            known = request.cursor | {item.scope: item.number for item in answer.changes}
            self.cursor |= {scope: known.get(scope, -1) for scope in answer.heads}
            self.is_cut_off = answer.is_cut_off
        elif isinstance(answer, SnapshotPart):
            self.cursor[answer.scope] = answer.number


class _Done(Exception):
    """A round has ended. StopIteration itself cannot pass through a future."""

    def __init__(self, tables: frozenset[str]) -> None:
        super().__init__()
        self.tables = tables


def _answered(steps: Generator[Any, Any, Any], answer: Any) -> Callable[[], Any]:
    return lambda: steps.send(answer)


def _stepped(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except StopIteration as stop:
        raise _Done(stop.value) from None
