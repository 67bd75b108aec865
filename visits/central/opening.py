"""Opening a centre's database by its URL."""

from __future__ import annotations

import secrets
from pathlib import Path

from sync.authority import Authority
from sync.ids import Clock
from sync.snapshots import nothing_first
from sync.storage.database import Database
from sync.storage.postgres import open_url
from sync.storage.sqlite import KEY_BYTES, open_file
from sync.sums import count_missing
from visits.migrations.steps import migrate
from visits.registry import node_over
from visits.scopes import allowed, check_device
from visits.today_first import TodayFirst

SQLITE = "sqlite:///"


class CannotOpen(Exception):
    """The database cannot be opened as asked; the text says what to do."""


def open_database(url: str, *, key_file: Path | None, prepares: bool = False) -> Database:
    """The database a URL names. SQLite needs a key file of 64 hexadecimal digits.

    `prepares`: a PostgreSQL URL leads to the server itself and not to a pooler.
    Raises CannotOpen, DatabaseUnreadable or StorageFailed.
    """
    if url.startswith(SQLITE):
        path = Path(url.removeprefix(SQLITE))
        if not path.parent.is_dir():
            raise CannotOpen(f"The folder {path.parent} does not exist. Make it first.")
        return open_file(path, key=read_key(key_file or path.with_suffix(".key")))
    if url.startswith(("postgresql://", "postgres://")):
        return open_url(url, prepares=prepares)
    raise CannotOpen("Give a database as sqlite:///FILE or postgresql://USER@HOST/NAME.")


def check_is_there(url: str) -> None:
    """Raises CannotOpen where an SQLite file is not there, before one is made by looking at it."""
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not path.is_file():
        raise CannotOpen(
            f"There is no database at {path}. `reception-central init` makes a new one."
        )


def read_key(path: Path) -> bytes:
    """The key in a key file. Raises CannotOpen."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise CannotOpen(
            f"The key file {path} cannot be read. It holds 64 hexadecimal digits; "
            "`reception-central init` makes one for a new database."
        ) from error
    if len(key) != KEY_BYTES:
        raise CannotOpen(f"The key file {path} must hold 64 hexadecimal digits.")
    return key


def make_key(path: Path) -> None:
    """Write a new key that only this account can read; leaves a key that is there."""
    if path.exists():
        return
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(KEY_BYTES), "ascii")


def authority_over(database: Database, *, clock: Clock | None = None) -> Authority:
    """The authority over an opened centre database, its schema brought up to date."""
    migrate(database)
    first = TodayFirst(clock) if clock else nothing_first
    node = node_over(database)
    count_missing(node)
    return Authority(node, allowed, check_device, clock, first)
