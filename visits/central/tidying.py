"""What the centre does by itself now and then: old days leave the desks, old changes go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from sync.errors import SyncError
from sync.ids import Clock
from sync.node import Node
from sync.pruning import CHANGES_KEPT_MAX, prune_changes
from sync.tables import scope_counter
from visits.archive.commands import PutAway
from visits.archive.rules import KEPT_DAYS, is_anything_over
from visits.calendar.local_time import local_date
from visits.central.erasing import erase_again, forget_the_erased
from visits.central.issuing import issue_as_centre
from visits.scopes import is_archive

FIRST_AFTER_S = 60.0
EVERY_S = 3_600.0
BETWEEN_S = 0.1
"""Desks have their turn at the database between two steps."""

log = logging.getLogger(__name__)


def put_away_old_days(
    node: Node,
    *,
    new_id: Callable[[], str],
    now: datetime,
    goes_on: Callable[[], bool] = lambda: True,
) -> int:
    """Let what was over long enough ago leave the desks; says in how many steps.

    Raises what `decide` raises: another process may be doing the same.
    """
    before_on = local_date(now) - timedelta(days=KEPT_DAYS)
    steps = 0
    for scope in every_scope(node):
        if is_archive(scope):
            continue
        while goes_on() and _is_anything_over(node, scope, before_on):
            act = PutAway(scope=scope, before_on=before_on)
            issue_as_centre(node, act, new_id=new_id, now=now)
            steps += 1
    return steps


def every_scope(node: Node) -> list[str]:
    """The scopes that changes were counted in, archives too."""
    with node.database.read() as session:
        return list(session.scalars(select(scope_counter.c.scope).order_by(scope_counter.c.scope)))


def _is_anything_over(node: Node, scope: str, before_on: date) -> bool:
    with node.database.read() as session:
        return is_anything_over(session, scope, before_on)


def let_go_of_old_changes(node: Node, scope: str) -> None:
    """Nobody asks for changes of an archive, nor for those further back than a snapshot."""
    kept = 0 if is_archive(scope) else CHANGES_KEPT_MAX
    with node.database.write(alone_in=scope) as session:
        prune_changes(session, kept=kept, scopes=[scope])


class Tidying:
    """Does so every hour while a service runs, on a thread of its own."""

    def __init__(self, node: Node, *, new_id: Callable[[], str], clock: Clock) -> None:
        self._node = node
        self._new_id = new_id
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tidying", daemon=True)

    def begin(self) -> None:
        """From now on, first after a minute."""
        self._thread.start()

    def end(self) -> None:
        """Not any more; waits for the step under way."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = FIRST_AFTER_S
        while not self._ended.wait(wait_s):
            try:
                self.tidy()
            except Exception:
                # The edge of a thread that must not end: a bug is reported and tried again.
                log.exception("tidying broke")
            wait_s = EVERY_S

    def tidy(self) -> None:
        """Once, now. Where something stands in the way, that alone is for the next time."""
        for act in self._acts():
            if self._ended.is_set():
                return
            try:
                act()
            except SyncError as error:
                log.info("tidying is put off", extra={"kind": type(error).__name__})

    def _acts(self) -> Iterator[Callable[[], None]]:
        yield self._put_away
        # One scope after the other, each in a turn of its own: others are decided in meanwhile.
        for scope in every_scope(self._node):
            yield partial(let_go_of_old_changes, self._node, scope)
        yield lambda: erase_again(self._node, new_id=self._new_id, now=self._clock())
        yield lambda: forget_the_erased(self._node)

    def _put_away(self) -> None:
        steps = put_away_old_days(
            self._node, new_id=self._new_id, now=self._clock(), goes_on=self._goes_on
        )
        if steps:
            log.info("old days have left the desks", extra={"count": steps})

    def _goes_on(self) -> bool:
        return not self._ended.wait(BETWEEN_S)
