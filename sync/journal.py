"""Before and after of every row a handler touches, recorded while it runs.

One mechanism with two readers: undo reads the before-images, the feed reads the after-images.
Bulk statements would pass it by, so a handler that issues one is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from sync.errors import NotJournalled
from sync.record import Image, Imaging
from sync.storage.database import Writing

RECORDING = "recording"
"""Where a session keeps the recording that is under way."""


class Entry(Struct, frozen=True):
    """One row's before and after, as images; None where the row did not exist."""

    table: str
    row_id: str
    before: Image | None
    after: Image | None


class Recording:
    """Collects one entry a row while a session flushes."""

    def __init__(self, imaging: Imaging) -> None:
        self._imaging = imaging
        self._before: dict[tuple[str, str], Image | None] = {}
        self._after: dict[tuple[str, str], Image | None] = {}

    def entries(self) -> list[Entry]:
        """What changed, in the order rows were first touched; rows left as they were drop out."""
        return [
            Entry(table, row_id, before, self._after[table, row_id])
            for (table, row_id), before in self._before.items()
            if before != self._after[table, row_id]
        ]

    def note(self, session: Session) -> None:
        """Take the images of all that this flush will write."""
        # A row removed and added again under its id is one change: what is removed comes first.
        for row in sorted(session.deleted, key=_place):
            self._note(row, before=self._loaded(row), after=None)
        for row in sorted(session.dirty, key=_place):
            if session.is_modified(row):
                self._note(row, before=self._loaded(row), after=self._now(row))
        for row in sorted(session.new, key=_place):
            self._note(row, before=None, after=self._now(row))

    def _note(self, row: Any, *, before: Image | None, after: Image | None) -> None:
        key = (row.__tablename__, row.id)
        self._before.setdefault(key, before)
        self._after[key] = after

    def _now(self, row: Any) -> Image:
        values = {c.key: getattr(row, c.key) for c in row.__table__.columns}
        return self._imaging.image(row.__tablename__, values)

    def _loaded(self, row: Any) -> Image:
        values = {}
        for attribute in inspect(row).attrs:
            past = attribute.history.deleted
            values[attribute.key] = past[0] if past else attribute.value
        return self._imaging.image(row.__tablename__, values)


def _place(row: Any) -> tuple[str, str]:
    return row.__tablename__, row.id


def _apply_defaults(session: Session) -> None:
    """Fill column defaults now, so that the after-image shows what will be stored."""
    for row in session.new:
        for name, standard in _defaults(row.__table__):
            if getattr(row, name) is None:
                setattr(row, name, standard)


@cache
def _defaults(table: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((c.key, c.default.arg) for c in table.columns if c.default is not None)


@contextmanager
def recording(session: Session, imaging: Imaging) -> Iterator[Recording]:
    """Record every row that the session of `Database.write` flushes inside the block.

    Raises NotJournalled when a bulk or textual write is tried.
    """
    assert isinstance(session, Writing)
    record = session.info[RECORDING] = Recording(imaging)
    try:
        yield record
        session.flush()
    finally:
        del session.info[RECORDING]


def _before_flush(session: Session, context: object, instances: object) -> None:
    record = session.info.get(RECORDING)
    if record is not None:
        _apply_defaults(session)
        record.note(session)


def _before_execute(state: ORMExecuteState) -> None:
    if not state.is_select and RECORDING in state.session.info:
        raise NotJournalled("handlers change rows through the session, one by one")


# Once for all sessions: to listen to each anew took as long as many a handler's statements.
event.listen(Writing, "before_flush", _before_flush)
event.listen(Writing, "do_orm_execute", _before_execute)
