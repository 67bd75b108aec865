"""SQLite through SQLCipher: desks, embedded centres and tests.

Write-ahead log with `synchronous=FULL`: what is acknowledged survives a power cut. No memory
mapping and an SQLite of 3.51.3 or later, because older ones can corrupt the log when two
connections checkpoint at once (sqlite.org/wal.html, "WAL-reset bug").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import sqlcipher3.dbapi2 as driver
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

from sync.errors import DatabaseUnreadable, SyncError
from sync.storage.database import READ_ONLY, Database

OLDEST_SAFE_SQLITE = (3, 51, 3)
BUSY_TIMEOUT_MS = 5_000
KEY_BYTES = 32
WAL_PAGES_BEFORE_CHECKPOINT = 1_000
READERS_MAX = 8
SMALLEST_PAGE_BYTES = 512


def json_text(value: object) -> str:
    """How JSON stands in a column: as it travels, without a space and every letter as itself.

    So a row that is put in place as it came is the same as one that was written here. PostgreSQL
    holds no rows as they came, and its driver needs a third of a millisecond a command for this.
    """
    return msgspec.json.encode(value).decode()


EACH_ENGINE: Mapping[str, Any] = {
    "hide_parameters": True,
    "json_serializer": json_text,
    "json_deserializer": msgspec.json.decode,
    "module": driver,
    "connect_args": {"check_same_thread": False},
}
"""What an engine over a file and one in memory have alike."""


def open_file(path: Path, *, key: bytes) -> Database:
    """Open or create an encrypted file. `key` is 32 random bytes.

    Raises DatabaseUnreadable when the key is not the file's or the file is damaged.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the key has 32 bytes")
    if _is_cut_to_nothing(path):
        raise DatabaseUnreadable("the file is empty")
    url = URL.create("sqlite+pysqlcipher", password=f"x'{key.hex()}'", database=str(path))
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=READERS_MAX, max_overflow=0, **EACH_ENGINE
    )
    database = Database(_prepared(engine))
    _check_readable(database)
    return database


def _is_cut_to_nothing(path: Path) -> bool:
    """Less than a page where a database was; a new one has its pages in the log at once."""
    log = path.with_name(path.name + "-wal")
    return path.is_file() and path.stat().st_size < SMALLEST_PAGE_BYTES and not log.exists()


def open_memory() -> Database:
    """A database that lives as long as the object: for tests and the simulation."""
    engine = create_engine("sqlite://", poolclass=StaticPool, **EACH_ENGINE)
    return Database(_prepared(engine))


def _prepared(engine: Engine) -> Engine:
    if driver.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise RuntimeError(f"SQLite {driver.sqlite_version} can corrupt its log; 3.51.3 is needed")
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "cipher_log_level = NONE",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = OFF",
        "trusted_schema = OFF",
        f"wal_autocheckpoint = {WAL_PAGES_BEFORE_CHECKPOINT}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _check_readable(database: Database) -> None:
    try:
        with database.read() as session:
            session.connection().exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except SyncError:
        database.close()
        raise
