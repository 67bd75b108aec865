"""A database as a node sees it: a durable write transaction and a consistent read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from sync.errors import DatabaseUnreadable, StorageFailed, SyncError

READ_ONLY = "node_read_only"
DAMAGE = ("not a database", "malformed", "encrypted", "hmac")


class Contended(SyncError):
    """Another transaction won; run this one again on what is there now."""


def translated(error: DBAPIError) -> SyncError:
    """The one place that decides what a driver's error means for a person."""
    text = str(error.orig).lower()
    code = getattr(error.orig, "sqlstate", None)
    if code in ("40001", "40P01") or isinstance(error, IntegrityError):
        return Contended(type(error).__name__)
    if any(word in text for word in DAMAGE):
        return DatabaseUnreadable("the file is damaged or this is not its key")
    return StorageFailed(_cause(text))


def _cause(text: str) -> str:
    for sign, cause in (("full", "disk_full"), ("readonly", "read_only"), ("locked", "locked")):
        if sign in text:
            return cause
    return "unavailable"


@dataclass(slots=True)
class Database:
    """An engine with one writer at a time in this process."""

    engine: Engine
    _writing: threading.RLock = field(default_factory=threading.RLock)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where a desk has its full-text index."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is durable when the block ends, or leaves nothing.

        Raises Contended, StorageFailed or DatabaseUnreadable.
        """
        with self._writing, self._translating(), Session(self.engine) as session:
            session.connection()
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view that writers neither disturb nor wait for."""
        with self._translating(), self.engine.connect() as connection:
            connection = connection.execution_options(**{READ_ONLY: True})
            with Session(connection) as session:
                yield session

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, IntegrityError, DatabaseError) as error:
            raise translated(error) from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
