"""Rows of reference data and of a council's own lists, taken in by one command a batch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import OtherVersion, Refusal
from sync.record import Imaging
from visits.access.rules import check_is_centre
from visits.record import Record

COMMANDS = Registry()
ROWS_A_BATCH_MAX = 1_000


class TakeIn(Arguments, frozen=True):
    """Rows as images, by table, and ids of rows that go.

    A row that exists takes the columns that its image gives; a new one needs all its columns.
    """

    tables: dict[str, list[dict[str, Any]]]
    removed: dict[str, list[str]] = {}


@COMMANDS.command("imports.take_in", TakeIn)
def take_in(session: Session, args: TakeIn, context: Context) -> None:
    """The central service alone.

    Refused: `not_allowed`, `too_many` with the limit, `unknown_table`, `wrong_row`.
    """
    check_is_centre(context)
    rows = sum(map(len, args.tables.values())) + sum(map(len, args.removed.values()))
    if rows > ROWS_A_BATCH_MAX:
        raise Refusal("too_many", limit=ROWS_A_BATCH_MAX)
    kinds = {m.class_.__tablename__: m.class_ for m in Record.registry.mappers}
    imaging = Imaging(Record.metadata)
    for table in (*args.tables, *args.removed):
        if table not in kinds:
            raise Refusal("unknown_table", table=table)
    for table, ids in args.removed.items():
        for row in session.scalars(select(kinds[table]).where(kinds[table].id.in_(ids))):
            session.delete(row)
    for table, images in args.tables.items():
        _take_in(session, kinds[table], imaging, images)


def _take_in(session: Session, kind: Any, imaging: Imaging, images: list[dict[str, Any]]) -> None:
    ids = [image.get("id") for image in images]
    known = {row.id: row for row in session.scalars(select(kind).where(kind.id.in_(ids)))}
    for image in images:
        try:
            values = imaging.values(kind.__tablename__, image)
            row = known.get(values["id"])
            if row is None:
                known[values["id"]] = row = kind(**values)
                session.add(row)
                continue
            for name, value in values.items():
                if getattr(row, name) != value:
                    setattr(row, name, value)
        except (OtherVersion, TypeError, ValueError, KeyError) as error:
            raise Refusal("wrong_row", table=kind.__tablename__, detail=str(error)) from error
