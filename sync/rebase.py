"""Undo what waits; take in the upstream's rows; run again what still waits.

All in one transaction of the caller, so that a reader sees the state before or after. Rows are
put in place as a whole: first all that change are taken out, then what they have become goes in,
so that no order of rows can break a constraint that the end does not break.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.errors import HandlerBroke, OtherVersion, Refusal, UnreadableAnswer
from sync.journal import Entry
from sync.node import Node, unpacked
from sync.record import Image
from sync.tables import command_log, scope_counter
from sync.wire import Change, Row, Snapshot

ROWS_A_STATEMENT = 500
NOT_OF_THIS_EPOCH = -1
"""The cursor of a scope whose rows are shown but must be taken anew: the upstream was restored."""

HELD = select(scope_counter.c.scope, scope_counter.c.number)
WAITING = (
    select(command_log.c.position, command_log.c.envelope)
    .where(command_log.c.state == "pending")
    .order_by(command_log.c.position)
)
KEEP_UNDO = (
    update(command_log)
    .where(command_log.c.position == bindparam("of"))
    .values(undo=bindparam("images"))
)
MOVE_CURSOR = lite_insert(scope_counter).values(scope=bindparam("of"), number=bindparam("to"))
MOVE_CURSOR = MOVE_CURSOR.on_conflict_do_update(
    index_elements=["scope"], set_={"number": MOVE_CURSOR.excluded.number}
)
# Statements are made once, because one made anew costs as much as running it.

Place = tuple[str, str]
"""Table and row id."""


def undo_text(entries: Iterable[Entry]) -> str:
    """The before-images of entries, as they are kept with a waiting command."""
    return msgspec.json.encode([(e.table, e.row_id, e.before) for e in entries]).decode()


def undo_waiting(node: Node, session: Session) -> None:
    """Put back every row that waiting commands changed, as it was before the oldest of them."""
    waiting = session.execute(
        select(command_log.c.undo)
        .where(command_log.c.undo.is_not(None))
        .order_by(command_log.c.position.desc())
    ).scalars()
    before: dict[Place, Image | None] = {}
    for undo in waiting.all():
        for table, row_id, image in msgspec.json.decode(undo, type=list[Row]):
            before[table, row_id] = image
    _take_out(node, session, before)
    _put_in(node, session, {place: image for place, image in before.items() if image is not None})
    session.connection().execute(
        update(command_log).where(command_log.c.undo.is_not(None)).values(undo=None)
    )


def take_in(
    node: Node, session: Session, changes: Iterable[Change], snapshots: Iterable[Snapshot]
) -> set[str]:
    """Make rows and cursors what the upstream says. Says which commands were among the changes.

    Snapshots come first; a scope's changes continue from its cursor. Raises UnreadableAnswer when
    a number does not follow or a row is in two scopes, OtherVersion for what is unknown here.
    """
    cursor = cursor_of(session)
    became: dict[Place, dict[str, Image | None]] = defaultdict(dict)
    for taken in snapshots:
        drop_scope(node, session, taken.scope)
        cursor[taken.scope] = taken.number
        for table, images in taken.tables.items():
            for image in images:
                became[table, image["id"]][taken.scope] = image
    commands = set()
    for item in changes:
        if item.number != cursor.get(item.scope, NOT_OF_THIS_EPOCH) + 1:
            raise UnreadableAnswer(f"change {item.number} does not follow the cursor")
        for table, row_id, after in item.rows:
            became[table, row_id][item.scope] = after
        cursor[item.scope] = item.number
        commands.add(item.command_id)
    _replace(node, session, became)
    moved = held(session)
    for scope, number in cursor.items():
        if moved.get(scope) != number:
            set_cursor(session, scope, number)
    return commands


def _replace(
    node: Node, session: Session, became: Mapping[Place, Mapping[str, Image | None]]
) -> None:
    """A row that left one scope and entered another is where it entered, in whatever order."""
    images: dict[Place, Image] = {}
    gone: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (name, row_id), by_scope in became.items():
        here = [image for image in by_scope.values() if image is not None]
        if len(here) > 1:
            raise UnreadableAnswer("a row came in two scopes at once")
        if here:
            images[name, row_id] = here[0]
            continue
        gone[name] += [{"gone": row_id, "left": scope} for scope in by_scope]
    for name, places in gone.items():
        table = table_of(node, name)
        leaving = delete(table).where(
            table.c.id == bindparam("gone"), table.c.scope == bindparam("left")
        )
        session.connection().execute(leaving, places)
    _take_out(node, session, images)
    _put_in(node, session, images)


def _take_out(node: Node, session: Session, places: Iterable[Place]) -> None:
    ids: dict[str, list[dict[str, str]]] = defaultdict(list)
    for name, row_id in places:
        ids[name].append({"gone": row_id})
    for name, gone in ids.items():
        table = table_of(node, name)
        session.connection().execute(delete(table).where(table.c.id == bindparam("gone")), gone)


def _put_in(node: Node, session: Session, images: Mapping[Place, Image]) -> None:
    values: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (name, _), image in images.items():
        values[name].append(node.imaging.values(name, image))
    for name, rows in values.items():
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            some = rows[start : start + ROWS_A_STATEMENT]
            session.connection().execute(insert(table_of(node, name)), some)


def table_of(node: Node, name: str) -> Table:
    """A replicated table. Raises OtherVersion for one unknown here."""
    try:
        return node.imaging.tables[name]
    except KeyError:
        raise OtherVersion(f"table {name!r} is unknown to this version") from None


def cursor_of(session: Session) -> dict[str, int]:
    """How far this node has taken in each of its scopes, in the epoch it has met last."""
    return {scope: number for scope, number in held(session).items() if number >= 0}


def held(session: Session) -> dict[str, int]:
    """Every scope whose rows this node holds, with its cursor or NOT_OF_THIS_EPOCH."""
    rows = session.connection().execute(HELD)
    return {row.scope: row.number for row in rows}


def set_cursor(session: Session, scope: str, number: int) -> None:
    """Write the cursor of a scope."""
    session.connection().execute(MOVE_CURSOR, {"of": scope, "to": number})


def drop_scope(node: Node, session: Session, scope: str) -> None:
    """Remove a scope's rows and its cursor together."""
    for table in node.metadata.sorted_tables:
        session.connection().execute(delete(table).where(table.c.scope == scope))
    session.connection().execute(delete(scope_counter).where(scope_counter.c.scope == scope))


def run_waiting(node: Node, session: Session) -> None:
    """Run what still waits, in order. One that no longer works waits on without effect here."""
    waiting = session.connection().execute(WAITING)
    for position, body in waiting.all():
        try:
            entries = node.run(session, unpacked(body))
        except (Refusal, HandlerBroke, OtherVersion):
            continue
        kept = {"of": position, "images": undo_text(entries)}
        session.connection().execute(KEEP_UNDO, kept)
