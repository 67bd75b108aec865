"""A scope that comes in parts: shown where nothing stood, else kept, and whole at the end.

A part is durable once it is here, so a desk that is cut off or ends goes on where it was. Rows of a
scope that is new here show at once, as far as nothing else stands in their place; what does not is
kept until all have come. Of a scope held from before the rows stay until then, and every part is
kept. Uniqueness holds within one scope, so what shows is never in the way of another scope's rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    JSON,
    Select,
    Table,
    TableValuedAlias,
    bindparam,
    delete,
    exists,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.orm import Session

from sync.node import Node
from sync.tables import loading, loading_part
from sync.wire import Place, SnapshotPart, Tables, read_tables

PACKED_FAST = 1
COMING = select(loading.c.scope)
LOAD = select(loading).where(loading.c.scope == bindparam("of"))
COUNT_ROWS = (
    update(loading)
    .where(loading.c.scope == bindparam("of"))
    .values(read_upto=bindparam("upto"), rows=loading.c.rows + bindparam("more"))
)
GO_ON_AT = (
    update(loading)
    .where(loading.c.scope == bindparam("of"))
    .values(next_table=bindparam("table"), next_id=bindparam("row_id"))
)


class Taken(Struct, frozen=True):
    """A scope whose rows are all here: in `tables`, or where they are None in the parts kept.

    Changes after `number` belong upon them; some were read as late as at `read_upto`.
    """

    scope: str
    number: int
    read_upto: int
    tables: Tables | None = None


class Load(Struct, frozen=True):
    """A scope that is coming."""

    scope: str
    epoch: str
    number: int
    read_upto: int
    given_by: str
    next: Place | None
    is_shown: bool

    @property
    def taken(self) -> Taken | None:
        """All of it, once the last part has come."""
        return Taken(self.scope, self.number, self.read_upto) if self.next is None else None


def load_of(session: Session, scope: str) -> Load | None:
    """How far a scope has come, or None."""
    row = session.connection().execute(LOAD, {"of": scope}).one_or_none()
    if row is None:
        return None
    place = None if row.next_table is None else (row.next_table, row.next_id)
    return Load(row.scope, row.epoch, row.number, row.read_upto, row.given_by, place, row.is_shown)


def coming(session: Session) -> set[str]:
    """Every scope that is coming."""
    return set(session.connection().execute(COMING).scalars())


def progress(session: Session) -> tuple[int, int]:
    """Rows that have come of those that are coming, and how many there will be."""
    came, expected = session.execute(
        select(func.sum(loading.c.rows), func.sum(loading.c.rows_expected))
    ).one()
    return int(came or 0), int(expected or 0)


def begin(session: Session, part: SnapshotPart, *, is_shown: bool) -> None:
    """A scope is on its way from here on."""
    forget(session, part.scope)
    begun = {
        "scope": part.scope,
        "epoch": part.epoch,
        "number": part.number,
        "read_upto": part.number,
        "given_by": part.given_by,
        "is_shown": is_shown,
        "rows": 0,
        "rows_expected": part.rows_expected,
    }
    session.connection().execute(insert(loading), begun)


def add_part(node: Node, session: Session, part: SnapshotPart, load: Load) -> None:
    """Put the rows of a part in place where they may show, and keep what does not show.

    Raises UnreadableAnswer, or OtherVersion for rows unknown here.
    """
    come = {
        "of": part.scope,
        "upto": max(load.read_upto, part.number),
        "more": sum(map(len, part.rows.values())),
    }
    session.connection().execute(COUNT_ROWS, come)
    if not load.is_shown:
        _keep(session, part.scope, bytes(part.tables))
        return
    in_the_way = _show(node, session, part)
    if in_the_way:
        _keep(session, part.scope, msgspec.json.encode(in_the_way))


def go_on_at(session: Session, scope: str, place: Place | None) -> None:
    """Where the next part of a scope begins; None when it was the last."""
    table, row_id = place or (None, None)
    session.connection().execute(GO_ON_AT, {"of": scope, "table": table, "row_id": row_id})


def _keep(session: Session, scope: str, tables: bytes) -> None:
    of_scope = loading_part.c.scope == scope
    last = session.scalar(select(func.max(loading_part.c.position)).where(of_scope))
    kept = {
        "scope": scope,
        "position": (last or 0) + 1,
        "tables": zlib.compress(tables, PACKED_FAST),
    }
    session.connection().execute(insert(loading_part), kept)


def _show(node: Node, session: Session, part: SnapshotPart) -> dict[str, list[msgspec.Raw]]:
    """Put rows in place as they have come: the database reads JSON faster than they could be made
    into values for it. Gives those in whose place something else stands."""
    text = bytes(part.tables).decode()
    others: dict[str, list[msgspec.Raw]] = {}
    for name, images in part.rows.items():
        columns = node.imaging.columns(name, images)
        node.imaging.check(name, images)
        if not columns:
            continue
        table = node.imaging.tables[name]
        done = session.connection().execute(_put_all(table, columns), {"rows": text})
        if done.rowcount < len(images) and (rows := _not_there(session, table, part.scope, text)):
            others[name] = rows
    return others


def _not_there(session: Session, table: Table, scope: str, text: str) -> list[msgspec.Raw]:
    found = session.connection().execute(_missing(table), {"rows": text, "of": scope})
    return [msgspec.Raw(image.encode()) for image in found.scalars()]


@cache
def _put_all(table: Table, columns: tuple[str, ...]) -> Insert:
    """Rows given as the JSON of a part, where nothing stands in their place."""
    told = _told(table)
    taken = [
        # JSON is kept as its text, null as well.
        told.c.value.op("->" if isinstance(table.c[name].type, JSON) else "->>")(f"$.{name}")
        for name in columns
    ]
    # Without a condition SQLite takes what follows for one of a join.
    rows = select(*taken).where(true())
    return insert(table).from_select(columns, rows).on_conflict_do_nothing()


def parts_of(session: Session, taken: Taken) -> Iterator[Tables]:
    """The rows of a scope that has come, part by part. A row may come twice, with the same or newer
    content."""
    if taken.tables is not None:
        yield taken.tables
        return
    for text in _texts(session, taken.scope):
        yield read_tables(text)


def not_shown(node: Node, session: Session, scope: str) -> Iterator[Tables]:
    """As `parts_of`, of a scope that showed as it came: what did not, as something stood there."""
    for text in _texts(session, scope):
        for name in msgspec.json.decode(text, type=dict[str, msgspec.Raw]):
            table = node.imaging.tables[name]
            rows = _not_there(session, table, scope, text.decode())
            yield {name: [msgspec.json.decode(row) for row in rows]}


def _texts(session: Session, scope: str) -> Iterator[bytes]:
    positions = session.execute(
        select(loading_part.c.position)
        .where(loading_part.c.scope == scope)
        .order_by(loading_part.c.position)
    ).scalars()
    for position in positions.all():
        packed = session.execute(
            select(loading_part.c.tables).where(
                loading_part.c.scope == scope, loading_part.c.position == position
            )
        ).scalar_one()
        yield zlib.decompress(packed)


@cache
def _missing(table: Table) -> Select[Any]:
    told = _told(table)
    is_there = (table.c.id == told.c.value.op("->>")("$.id")) & (table.c.scope == bindparam("of"))
    return select(func.json(told.c.value)).where(~exists().where(is_there))


def _told(table: Table) -> TableValuedAlias:
    """The rows of a table in the JSON of a part, each in the form that SQLite has read it into: to
    read its text again for each column takes twice as long."""
    return func.jsonb_each(bindparam("rows"), f"$.{table.name}").table_valued("value")


def forget(session: Session, scope: str) -> None:
    """Nothing is kept of a scope that was coming; what it showed stays."""
    session.connection().execute(delete(loading).where(loading.c.scope == scope))
    session.connection().execute(delete(loading_part).where(loading_part.c.scope == scope))
