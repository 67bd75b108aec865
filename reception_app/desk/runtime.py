"""Runs commands and queries off the window's thread, and brings results back to it.

Two entry points and no third: `run` or `ask` a command (the one writer), `query` the database
(readers). Callbacks come on the window's thread.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance, Slot
from sqlalchemy.orm import Session

from reception_app.desk.giving_way import give_way
from sync.command import Arguments
from sync.desk import Desk
from sync.errors import HandlerBroke, LineDown, Refusal, SyncError
from sync.ids import IdSource
from sync.node import Node
from sync.proof import Audience, new_identity
from sync.storage.database import Database
from sync.storage.sqlite import open_file
from sync.upstream.clocks import KeptClock
from sync.upstream.line import Health, Line, LineState
from sync.wire import Outcome
from visits.migrations.steps import migrate
from visits.offices.queries import relay_address
from visits.offices.rejoining import reintroduction
from visits.registry import node_over

if TYPE_CHECKING:
    from sync.upstream.choosing import Choosing
    from sync.upstream.http import HttpUpstream

READERS = 2
ASK_BUDGET_S = 0.3
CLOSE_TIMEOUT_S = 3.0

log = logging.getLogger(__name__)

Done = Callable[[Any], None]
Failed = Callable[[Exception], None]


def utc_now() -> datetime:
    """Now, in whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def open_node(path: Path, key: bytes) -> Node:
    """A desk's node over its file, its schema brought up to date.

    Raises DatabaseUnreadable, OtherVersion or StorageFailed.
    """
    database: Database = open_file(path, key=key)
    migrate(database)
    return node_over(database)


def _threads(count: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=give_way)


class Runtime(QObject):
    """A desk at work. `rows_changed` says that views may be stale.

    `now` is the time in UTC by the service's clock, as far as its answers tell how far this
    computer's is off: who came first at two desks is told by one clock, and a wait has one length
    at both.
    """

    rows_changed = Signal()
    line_changed = Signal(object)
    broke = Signal(str)
    _came_back = Signal(object)
    _line_told = Signal(object)
    _rows_told = Signal()

    def __init__(
        self,
        node: Node,
        *,
        central: Callable[[], str],
        actor: Callable[[], str],
        clock: Callable[[], datetime] = utc_now,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.node = node
        self.now = KeptClock(clock, node.database)
        self.new_id = IdSource(self.now, secrets.randbits)
        self.desk = Desk(
            node,
            new_device=lambda: new_identity(secrets.randbits),
            clock=self.now,
            new_id=self.new_id,
            introduce=reintroduction,
        )
        self._actor = actor
        self._writer = _threads(1, "writer")
        self._readers = _threads(READERS, "reader")
        self._askers = _threads(1, "asker")
        self._workers = _threads(1, "worker")
        self._central = central
        self._choosing: Choosing | None = None
        self._relay = ""
        self.line = Line(
            self.desk,
            self._connect,
            self._writer,
            self.now,
            told=self._on_state,
            settled=self._rows_moved,
            failed=self._on_line_failed,
            on_thread=give_way,
        )
        self._gate = threading.Lock()
        self._closing = False
        self._rows_are_told = True
        self._futures: set[Future[Any]] = set()
        self._numbers = count()
        self._under_way: dict[int, tuple[Callable[[], Any], Done, Failed]] = {}
        self._came_back.connect(self._on_came_back, Qt.ConnectionType.QueuedConnection)
        self._line_told.connect(self._on_line_told, Qt.ConnectionType.QueuedConnection)
        self._rows_told.connect(self._on_rows_told, Qt.ConnectionType.QueuedConnection)

    def _on_state(self, state: LineState) -> None:
        if not self.now.is_kept:
            # Where it cannot be: after the next round.
            self.write(self.now.keep, lambda _: None, lambda error: None)
        self._emit(self._line_told, state)

    def start(self) -> None:
        """Begin to talk to the centre, wherever `central` then says it is."""
        self.line.start()

    def _connect(self) -> HttpUpstream:
        if self._choosing is None:
            # Loaded after the first window is on screen.
            from sync.upstream.choosing import Choosing
            from sync.upstream.http import HttpUpstream

            self._choosing = Choosing(
                self._addresses,
                lambda url: HttpUpstream(
                    url,
                    device=self.desk.device,
                    proof=self._proof_at(url),
                    clock=self.now,
                    on_thread=give_way,
                ),
                device=lambda: self.desk.device,
                proof=lambda url: self._proof_at(url)(self.desk.device),
                found=self.line.wake,
            )
        return self._choosing.upstream()

    def _addresses(self) -> tuple[str, ...]:
        """The relay of this desk's office, where it has one, then the centre."""
        with self.node.database.read() as session:
            self._relay = relay_address(session, self.desk.device)
        try:
            return self._relay, self._central()
        except LineDown:
            if not self._relay:
                raise
            return (self._relay,)

    def _proof_at(self, address: str) -> Callable[[str], str]:
        """What proves this desk at an address."""
        audience = Audience.RELAY if address == self._relay else Audience.CENTRE
        return partial(self.desk.identities.shown, audience)

    def _on_line_failed(self) -> None:
        if self._choosing is not None:
            self._choosing.failed()

    @property
    def line_state(self) -> LineState:
        """How the line is."""
        return self.line.state

    def run(self, arguments: Arguments, done: Done, failed: Failed) -> None:
        """Run a command here at once; it goes up in the background. `done` gets its envelope."""
        self._submit(self._writer, lambda: self._issue(arguments), done, failed)

    def issue_now(self, arguments: Arguments) -> Any:
        """Run a command from an act that is on the writer already (see `write`)."""
        return self._issue(arguments)

    def _issue(self, arguments: Arguments) -> Any:
        envelope = self.desk.issue(arguments, actor=self._actor())
        self._rows_moved()
        self.line.wake()
        return envelope

    def ask(self, arguments: Arguments, done: Done, failed: Failed) -> None:
        """Ask the centre first, for at most 300 ms; with the line down act alone.

        `done` gets the Outcome, or None when the centre has not decided yet. `failed` gets a
        Refusal, from here or from the centre.
        """
        self._submit(self._askers, lambda: self._ask(arguments), done, failed)

    def _ask(self, arguments: Arguments) -> Outcome | None:
        envelope = self._writer.submit(self.desk.ask, arguments, actor=self._actor()).result()
        deadline = time.monotonic() + ASK_BUDGET_S
        while (left := deadline - time.monotonic()) > 0 and self.line.round_within(left):
            outcome = self.desk.outcome(envelope.id)
            if outcome is not None:
                return self._decided(outcome)
            if self.desk.is_held(envelope.id):
                break
        try:
            # Where another desk was first, as far as this one knows, the person is told that.
            self._writer.submit(self.desk.act_alone, envelope.id).result()
        finally:
            self._rows_moved()
            self.line.wake()
        outcome = self.desk.outcome(envelope.id)
        return self._decided(outcome) if outcome is not None else None

    def _decided(self, outcome: Outcome) -> Outcome:
        self._rows_moved()
        if outcome.state == "refused":
            # The person is told here and now, so it need not wait under Needs attention.
            self._writer.submit(self.desk.dismiss, outcome.id).result()
            raise Refusal(outcome.reason or "refused", **outcome.data)
        return outcome

    def write(self, act: Callable[[], Any], done: Done, failed: Failed) -> None:
        """Run something else that writes, on the one writer."""
        self._submit(self._writer, act, done, failed)

    def query(self, ask: Callable[[Session], Any], done: Done, failed: Failed) -> None:
        """Run a query on a reader."""

        def read() -> Any:
            with self.node.database.read() as session:
                return ask(session)

        self._submit(self._readers, read, done, failed)

    def work(self, act: Callable[[], Any], done: Done, failed: Failed) -> None:
        """Run something slow that needs no database: paper, printing, files. One at a time."""
        self._submit(self._workers, act, done, failed)

    def _submit(
        self, pool: ThreadPoolExecutor, act: Callable[[], Any], done: Done, failed: Failed
    ) -> None:
        if self._closing:
            return
        # What an act and its callbacks hold, such as a page, must go on the window's thread. So a
        # worker is given a number for them, and the last reference is dropped here.
        number = next(self._numbers)
        self._under_way[number] = (act, done, failed)
        future = pool.submit(self._act, number)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        future.add_done_callback(lambda f: self._emit(self._came_back, (f, number)))

    def _emit(self, signal: SignalInstance, *what: object) -> None:
        """Emit to the window's thread, from any thread; after `close` nothing is emitted.

        The lock makes sure that no thread is still inside Qt when `close` goes on.
        """
        with self._gate:
            if not self._closing:
                signal.emit(*what)

    def _rows_moved(self) -> None:
        """Say so once, however often it happens before the window's thread gets to it."""
        if self._rows_are_told:
            self._rows_are_told = False
            self._emit(self._rows_told)

    @Slot()
    def _on_rows_told(self) -> None:
        self._rows_are_told = True
        if not self._closing:
            self.rows_changed.emit()

    @Slot(object)
    def _on_line_told(self, state: LineState) -> None:
        if not self._closing:
            self.line_changed.emit(state)

    def _act(self, number: int) -> Any:
        return self._under_way[number][0]()

    @Slot(object)
    def _on_came_back(self, what: tuple[Future[Any], int]) -> None:
        if self._closing:
            return
        future, number = what
        _, done, failed = self._under_way.pop(number)
        error = future.exception()
        if error is None:
            done(future.result())
            return
        if not isinstance(error, Exception):
            raise error
        if not isinstance(error, SyncError) or isinstance(error, HandlerBroke):
            log.error("an act broke", exc_info=error)
            self.broke.emit(type(error).__name__)
        failed(error)

    def is_up(self) -> bool:
        """Whether the last round reached the centre."""
        return self.line.state.health is Health.UP

    def close(self) -> None:
        """Stop; again is harmless. Acts that a person began are kept, queries are dropped.

        Waits at most CLOSE_TIMEOUT_S for what is under way: a printer may hang.
        """
        with self._gate:
            if self._closing:
                return
            self._closing = True
        ended = self.line.stop()
        for pool in (self._readers, self._workers):
            pool.shutdown(wait=False, cancel_futures=True)
        _, late = wait(list(self._futures), CLOSE_TIMEOUT_S)
        for pool in (self._askers, self._writer):
            pool.shutdown(wait=False)
        if not ended or late:
            log.warning("something was still under way at the end", extra={"count": len(late)})
            return
        self._under_way.clear()
        self.node.database.close()
