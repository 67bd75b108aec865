"""A desk whose database cannot be used begins anew, and keeps what its person did.

The damaged files are kept aside, whole and under a name that says when. What was not settled with
the centre is read from them as far as it can be, and offered again by the fresh desk.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from sync.desk import Desk
from sync.rescue import BESIDE, Saved, offer_again, read_unsettled


class Rescue(Struct, frozen=True):
    """What was kept aside and what could be read from it."""

    kept_at: Path
    saved: tuple[Saved, ...]
    had_key: bool


def set_aside(database: Path, *, key: bytes | None, now: datetime) -> Rescue:
    """Move an unusable database away, with its log, and read what was not settled.

    `now` in local time, for the name. `key` is None when the keyring no longer has it. Raises
    OSError when the folder cannot be written; then nothing was moved.
    """
    kept_at = _free_name(database, now)
    for ending in BESIDE:
        source = database.with_name(database.name + ending)
        if source.exists():
            source.rename(kept_at.with_name(kept_at.name + ending))
    saved = () if key is None else read_unsettled(kept_at, key=key)
    return Rescue(kept_at, saved, had_key=key is not None)


def offer_rescued(desk: Desk, rescue: Rescue) -> str:
    """Put what was saved into the fresh desk. Says in words what became of it."""
    return rescue_words(rescue, offer_again(desk, rescue.saved))


def rescue_words(rescue: Rescue, count: int) -> str:
    """What happened, what was saved, what to do next."""
    what = "was damaged" if rescue.had_key else "has lost its key"
    begun = f"This desk's database {what}, so the desk begins again with the centre's data."
    kept = f"The old file is kept as {rescue.kept_at.name}: tell the service desk."
    if not rescue.had_key:
        return f"{begun} Changes that had not reached the centre cannot be read. {kept}"
    if count == 0:
        return f"{begun} No unsent changes were found in it. {kept}"
    changes = "1 change that was" if count == 1 else f"{count} changes that were"
    return f"{begun} {changes} not settled with the centre {_is(count)} saved. {kept}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _free_name(database: Path, now: datetime) -> Path:
    name = f"{database.stem}.damaged-{now:%Y%m%d-%H%M%S}"
    number = 1
    while True:
        ending = "" if number == 1 else f"-{number}"
        path = database.with_name(f"{name}{ending}{database.suffix}")
        if not path.exists():
            return path
        number += 1
