"""Disks that keep what was synced and nothing else, and that can fail.

A disk is an SQLite database in memory that outlives the process standing on it. A power cut in
the middle of a transaction rolls it back, as the write-ahead log does; a commit that was not
synced loses its tail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from sync.held import TABLE as HELD
from sync.storage.database import Database
from sync.storage.sqlite import _prepared as prepared
from sync.storage.sqlite import json_text

SYNCED = 2
"""`PRAGMA synchronous=FULL`."""

Rows = dict[str, dict[str, tuple[Any, ...]]]
"""Raw rows by table and id."""


class Collision(driver.OperationalError):  # type: ignore[misc]
    """What PostgreSQL says of a transaction that lost to another: it is to be run again."""

    sqlstate = "40001"


class PowerCut(BaseException):
    """The process ends here; only what is on the disk remains."""


class Image:
    """A disk's whole content at one moment."""

    def __init__(self, source: Any) -> None:
        self._held = driver.connect(":memory:")
        source.backup(self._held)

    def onto(self, target: Any) -> None:
        """Make a connection's database equal to this content."""
        self._held.backup(target)


class _Platter(driver.Connection):  # type: ignore[misc]
    """A connection that a process can only let go of: its content outlives the process."""

    def close(self) -> None:
        """Nothing that was not committed stays."""
        self.rollback()


class Disk:
    """One disk. `name` is how a trace speaks of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.raw = _Platter(":memory:", check_same_thread=False)
        engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            json_serializer=json_text,
            module=driver,
            creator=lambda: self.raw,
        )
        self._database = Database(prepared(engine))
        self._synced: Image | None = None
        self._has_unsynced = False
        self._cut_after: int | None = None
        self._cut_after_commit = False
        self._full_for = 0
        self._collisions = 0
        self._faults_wait = False
        self._watching = "before_cursor_execute", self._before_statement
        self._is_watched = False

    def database(self) -> Database:
        """The database as a process opens it: with locks of its own."""
        return Database(self._database.engine)

    @property
    def is_durable(self) -> bool:
        """Whether all that was committed would outlast a loss of power."""
        return not self._has_unsynced

    def image(self) -> Image:
        """What is on the disk now."""
        return Image(self.raw)

    def load(self, image: Image) -> None:
        """Replace the content; every fault is forgotten."""
        image.onto(self.raw)
        self._synced, self._has_unsynced = image, False
        self.heal()

    def heal(self) -> None:
        """No fault is left to come."""
        self._cut_after = None
        self._cut_after_commit = False
        self._full_for = 0
        self._collisions = 0
        if self._is_watched:
            self._is_watched = False
            event.remove(self._database.engine, *self._watching)

    def cut_power_after(self, statements: int) -> None:
        """The power goes when so many more statements have run."""
        self._cut_after = statements
        self._watch_statements()

    def cut_power_after_commit(self) -> None:
        """The power goes right after the next commit, before anyone hears of it."""
        self._cut_after_commit = True

    def fill_for(self, statements: int) -> None:
        """The disk is full for so many writing statements."""
        self._full_for = statements
        self._watch_statements()

    def collide_for(self, statements: int) -> None:
        """So many writing statements lose to another process."""
        self._collisions = statements
        self._watch_statements()

    def _watch_statements(self) -> None:
        # Only while a fault is to come: being told of every statement costs a tenth of a history.
        if not self._is_watched:
            self._is_watched = True
            event.listen(self._database.engine, *self._watching)

    @contextmanager
    def only_looked_at(self) -> Iterator[None]:
        """Nothing fails inside: this is the judge who looks, not the node."""
        self._faults_wait = True
        try:
            yield
        finally:
            self._faults_wait = False

    def lose_power(self) -> None:
        """What was not synced is gone."""
        self.heal()
        if self._has_unsynced and self._synced is not None:
            self._synced.onto(self.raw)
            self._has_unsynced = False

    def rows(self) -> Rows:
        """Every replicated row as the driver gives it."""
        from visits.registry import tables

        found: Rows = {}
        for table in tables().sorted_tables:
            if table.name == HELD:
                continue  # What a relay holds is a part of what waits.
            rows = self.raw.execute(f'SELECT * FROM "{table.name}"').fetchall()
            found[table.name] = {row[0]: row for row in rows}
        return found

    def words(self) -> Counter[tuple[Any, ...]]:
        """Every word of the full-text index, with how many entries have it and how often."""
        return Counter(self.raw.execute("SELECT term, doc, cnt FROM customer_word").fetchall())

    def _before_statement(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object
    ) -> None:
        if self._faults_wait:
            return
        if self._cut_after is not None:
            self._cut_after -= 1
            if self._cut_after < 0:
                self._cut_after = None
                raise PowerCut(self.name)
        if not statement.startswith(("INSERT", "UPDATE", "DELETE")):
            return
        if self._collisions:
            self._collisions -= 1
            raise OperationalError(statement, parameters, Collision("could not serialize access"))
        if self._full_for:
            self._full_for -= 1
            cause = driver.OperationalError("database or disk is full")
            raise OperationalError(statement, parameters, cause)

    def after_commit(self, session: Session) -> None:
        """Told of every commit: this may be the moment of the cut."""
        if session.bind is not self._database.engine:
            return
        if self._sync_level() < SYNCED:
            self._has_unsynced = True
        elif self._has_unsynced:
            # A sync makes durable all that was committed before it.
            self._synced, self._has_unsynced = self.image(), False
        if self._cut_after_commit:
            self._cut_after_commit = False
            raise PowerCut(self.name)

    def _sync_level(self) -> int:
        level: int = self.raw.execute("PRAGMA synchronous").fetchone()[0]
        return level


@contextmanager
def watched(disks: Iterable[Disk]) -> Iterator[None]:
    """While inside, disks hear of commits: what was synced, and whether the power goes now."""
    listeners = [disk.after_commit for disk in disks]
    for listener in listeners:
        event.listen(Session, "after_commit", listener)
    try:
        yield
    finally:
        for listener in listeners:
            event.remove(Session, "after_commit", listener)


@cache
def disk_of(name: str) -> Disk:
    """The disk of who has this name, one for all histories."""
    # Making an engine and compiling its statements costs more than a history.
    return Disk(name)
