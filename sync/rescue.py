"""Saves what a person did from a database that can no longer be used.

What the upstream decided comes back from there; what waits for it, or was refused and not dealt
with, exists here alone. It is read as far as pages can be read, and goes into a fresh copy: what
waits under that copy's device and numbers but its own id, so that the upstream, should it have
decided it after all, gives the outcome it has.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sync.desk import Desk
from sync.errors import DatabaseUnreadable, StorageFailed
from sync.node import keep_command, unpacked
from sync.offers import UNDECIDED
from sync.rebase import run_waiting
from sync.storage.database import Database
from sync.storage.sqlite import open_file
from sync.tables import command_log

BESIDE = ("", "-wal", "-shm")
"""A database is these files together."""
WANTED = (*UNDECIDED, "refused")


class Saved(Struct, frozen=True):
    """A command as it stood: `outcome` is there for one that was refused."""

    envelope: bytes
    state: str
    outcome: str | None


def read_unsettled(path: Path, *, key: bytes) -> tuple[Saved, ...]:
    """The commands of a closed database that are not settled, as far as they can be read.

    The files are left as they are. Gives nothing when the key is not theirs.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".reading-") as folder:
        copy = Path(folder) / path.name
        for ending in BESIDE:
            source = path.with_name(path.name + ending)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + ending))
        try:
            database = open_file(copy, key=key)
        except (DatabaseUnreadable, StorageFailed):
            return ()
        try:
            return _read(database)
        finally:
            database.close()


def _read(database: Database) -> tuple[Saved, ...]:
    """A scan ends at the first page that cannot be read, so it is begun from both ends and, where
    the index can be read, row by row."""
    found: dict[int, Saved] = {}
    place = command_log.c.position
    for order in (place.asc(), place.desc()):
        _note(database, _commands().order_by(order), found)
    for position in _positions(database):
        if position not in found:
            _note(database, _commands().where(place == position), found)
    return tuple(found[position] for position in sorted(found))


def _commands() -> Select[Any]:
    return select(
        command_log.c.position, command_log.c.envelope, command_log.c.state, command_log.c.outcome
    ).where(command_log.c.state.in_(WANTED))


def _note(database: Database, asked: Select[Any], found: dict[int, Saved]) -> None:
    def note(row: Any) -> None:
        unpacked(row.envelope)
        found.setdefault(row.position, Saved(bytes(row.envelope), row.state, row.outcome))

    _as_far_as_readable(database, asked, note)


def _positions(database: Database) -> list[int]:
    positions: list[int] = []
    asked = select(command_log.c.position).where(command_log.c.state.in_(WANTED))
    _as_far_as_readable(database, asked, lambda row: positions.append(row.position))
    return positions


def _as_far_as_readable(
    database: Database, asked: Select[Any], note: Callable[[Any], None]
) -> None:
    try:
        with database.read() as session:
            for row in session.execute(asked.execution_options(yield_per=1)):
                try:
                    note(row)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
    except (DatabaseUnreadable, StorageFailed):
        return


def offer_again(desk: Desk, saved: Iterable[Saved]) -> int:
    """Put saved commands into a fresh copy, to be sent up or shown. Says how many were new."""
    count = 0
    with desk.node.database.write() as session:
        for command in saved:
            count += _keep(session, desk, command)
        run_waiting(desk.node, session)
    return count


def _keep(session: Session, desk: Desk, command: Saved) -> int:
    envelope = unpacked(command.envelope)
    if session.scalar(select(command_log.c.id).where(command_log.c.id == envelope.id)):
        return 0
    if command.state in UNDECIDED:
        last = session.scalar(
            select(func.max(command_log.c.seq)).where(command_log.c.device == desk.device)
        )
        envelope = msgspec.structs.replace(envelope, device=desk.device, seq=(last or 0) + 1)
    state = "pending" if command.state in UNDECIDED else command.state
    keep_command(session, envelope, state=state, outcome=command.outcome)
    return 1
