"""The sum of a scope: one number that is the same wherever the same rows are held.

An authority moves the sum of a scope with each change it numbers and tells it with the number. A
node below counts its own rows now and then; where they come to another sum, the scope is taken
anew. So a file that was damaged without a noise, or a bug that lost a row, does not stay for good.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Select, Table, bindparam, select, update
from sqlalchemy.orm import Session

from sync.ids import Clock
from sync.journal import Entry
from sync.node import Node
from sync.rebase import NOT_OF_THIS_EPOCH, before_waiting, cursor_of, set_cursor
from sync.record import Image
from sync.tables import scope_counter

SUM_MODULUS = 1 << 62
"""Two sums together still fit into a BIGINT."""
ROW_BYTES = 8
ROWS_AT_ONCE = 1_000
CHECK_EVERY = timedelta(hours=6)
FIRST_CHECK_AFTER = timedelta(minutes=10)
"""A start is busy enough."""

log = logging.getLogger(__name__)


def sum_of_row(table: str, image: Image) -> int:
    """What one row adds to the sum of its scope."""
    said = msgspec.json.encode((str(table), image), order="sorted")
    return int.from_bytes(blake2b(said, digest_size=ROW_BYTES).digest()) % SUM_MODULUS


def moved_by(entries: Iterable[Entry]) -> dict[str, int]:
    """By how much these changes of rows move the sum of each scope."""
    moved: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.before is not None:
            moved[entry.before["scope"]] -= sum_of_row(entry.table, entry.before)
        if entry.after is not None:
            moved[entry.after["scope"]] += sum_of_row(entry.table, entry.after)
    return {scope: by % SUM_MODULUS for scope, by in moved.items()}


def sum_of_scope(node: Node, session: Session, scope: str) -> int:
    """The sum counted from the rows that stand here, without what still waits to be decided."""
    before = before_waiting(session)
    total = sum(
        sum_of_row(table, image)
        for (table, _), image in before.items()
        if image is not None and image["scope"] == scope
    )
    for table in node.metadata.sorted_tables:
        found = session.connection().execute(
            _rows_of(table), {"of": scope}, execution_options={"yield_per": ROWS_AT_ONCE}
        )
        for some in found.partitions():
            for image in node.imaging.read(table.name, some):
                if (table.name, image["id"]) not in before:
                    total += sum_of_row(table.name, image)
    return total % SUM_MODULUS


@cache
def _rows_of(table: Table) -> Select[Any]:
    return select(table).where(table.c.scope == bindparam("of"))


def count_missing(node: Node) -> None:
    """At an authority: give each scope that was numbered before there were sums its sum."""
    with node.database.read() as session:
        missing = session.execute(
            select(scope_counter.c.scope).where(scope_counter.c.sum.is_(None))
        ).scalars()
        scopes = sorted(missing)
    for scope in scopes:
        with node.database.write() as session:
            counted = sum_of_scope(node, session, scope)
            there = (scope_counter.c.scope == scope) & scope_counter.c.sum.is_(None)
            session.connection().execute(update(scope_counter).where(there).values(sum=counted))


class Checks:
    """When the scopes of a node below are counted: each every so often, one a round."""

    def __init__(self, node: Node, clock: Clock, every: timedelta = CHECK_EVERY) -> None:
        self.different = 0
        """How often a scope was found to differ since the start."""
        self.node = node
        self.clock = clock
        self.every = every
        self._checked_at: dict[str, datetime] = {}
        self._since = clock() + min(FIRST_CHECK_AFTER, every) - every

    def _due(self, sums: Mapping[str, int], now: datetime) -> str | None:
        """The scope that was not counted for longest, if it is time."""

        def waited(scope: str) -> timedelta:
            since = now - self._checked_at.get(scope, self._since)
            # A clock that was set back says nothing of how long it was.
            return since if since >= timedelta() else self.every

        if not sums:
            return None
        scope = max(sorted(sums), key=waited)
        return scope if waited(scope) >= self.every else None

    def begin_again_what_differs(self, sums: Mapping[str, int]) -> bool:
        """Count one scope if it is time, and let it be taken anew if it is not as the upstream's.

        `sums`: what the upstream has told of the scopes as they are here. Its rows stay on the
        screen meanwhile, and what waits here stays as it is. Says whether one is to be taken.
        """
        now = self.clock()
        scope = self._due(sums, now)
        if scope is None:
            return False
        self._checked_at[scope] = now
        with self.node.database.read() as session:
            if scope not in cursor_of(session):
                return False
            counted = sum_of_scope(self.node, session, scope)
        if counted == sums[scope]:
            return False
        self.different += 1
        log.warning("a scope differs from its upstream and is taken anew", extra={"scope": scope})
        with self.node.database.write() as session:
            set_cursor(session, scope, NOT_OF_THIS_EPOCH)
        return True
