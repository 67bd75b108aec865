"""A database as a node sees it: a durable write transaction and a consistent read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct, field
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from sync.errors import (
    Collided,
    DatabaseUnreadable,
    HandlerBroke,
    Refusal,
    StorageFailed,
    SyncError,
)

READ_ONLY = "node_read_only"
ALONE_IN = "node_alone_in"
NONSENSE = ("42601", "42804", "42846", "42883")
"""Wrong syntax or types: no retry will make the statement work."""
CAUSES = {
    "is full": "disk_full",
    "readonly": "read_only",
    "read-only": "read_only",
    "locked": "locked",
    "lock timeout": "locked",
    "disk i/o": "disk_failed",
    "unable to open": "cannot_open",
}
"""Signs in a driver's text of what stands in the way."""
DAMAGE = (
    "not a database",
    "malformed",
    "encrypted",
    "hmac",
    "vtable constructor failed",
    "corrupt",
)
"""The last two are said of a full-text index whose pages are damaged."""


class Writing(Session):
    """The session of a writing transaction; what is recorded while one writes listens to these."""


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


def handler_error(error: StatementError, name: str) -> Exception:
    """What a failed statement of the handler of command `name` means.

    A value that this database cannot hold is a Refusal, a row that cannot stand or a statement
    that makes no sense is a bug, and all else is the database's own trouble and goes on as it is.
    """
    if isinstance(error, IntegrityError):
        return Collided(f"{name}: {type(error.orig).__name__}")
    if isinstance(error, DataError):
        return Refusal("malformed", detail=type(error.orig).__name__)
    if not isinstance(error, DBAPIError) or getattr(error.orig, "sqlstate", None) in NONSENSE:
        return HandlerBroke(f"{name}: {type(error.orig).__name__}")
    return error


def _cause(text: str) -> str:
    return next((cause for sign, cause in CAUSES.items() if sign in text), "unavailable")


class Database(Struct):
    """An engine with one writer at a time in this process.

    `wait_max_s`: how long a writer waits for the one before it; below nought, until it is done.
    """

    engine: Engine
    wait_max_s: float = -1
    _writing: threading.RLock = field(default_factory=threading.RLock)
    _is_damaged: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where a desk has its full-text index."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, *, alone_in: str | None = None) -> Iterator[Session]:
        """A transaction that is durable when the block ends, or leaves nothing.

        No other writes meanwhile; with `alone_in` none that writes in this scope, nor any without
        that word. Raises Contended, StorageFailed or DatabaseUnreadable.
        """
        with self._turn(), self._translating(), Writing(self.engine) as session:
            session.connection(execution_options={ALONE_IN: alone_in} if alone_in else None)
            yield session
            session.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=self.wait_max_s):
            raise StorageFailed("locked")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view that writers neither disturb nor wait for."""
        with self._translating(), self.engine.connect() as connection:
            connection = connection.execution_options(**{READ_ONLY: True})
            with Session(connection, expire_on_commit=False) as session:
                yield session
                # A rollback would take the statements with it that are prepared on the connection.
                session.commit()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._meant(translated(error)) from error
        except MemoryError as error:
            # SQLite's own word where it has no room, and for some damaged pages.
            raise self._meant(StorageFailed("unavailable")) from error

    def _meant(self, failure: SyncError) -> SyncError:
        """A connection that met damage calls its file read-only, or worse, from then on."""
        if isinstance(failure, DatabaseUnreadable):
            self._is_damaged = True
        elif self._is_damaged and isinstance(failure, StorageFailed):
            return DatabaseUnreadable("the file is damaged")
        return failure

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
