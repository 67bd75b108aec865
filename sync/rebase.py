"""Undo what waits, newest first; take in the upstream's rows; run again what still waits.

All in one transaction of the caller, so that a reader sees the state before or after.
"""

from __future__ import annotations

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


def undo_text(entries: Iterable[Entry]) -> str:
    """The before-images of entries, as they are kept with a waiting command."""
    return msgspec.json.encode([(e.table, e.row_id, e.before) for e in entries]).decode()


def undo_waiting(node: Node, session: Session) -> None:
    """Put back every row that waiting commands changed, newest command first."""
    waiting = session.execute(
        select(command_log.c.undo)
        .where(command_log.c.undo.is_not(None))
        .order_by(command_log.c.position.desc())
    ).scalars()
    for undo in waiting.all():
        for row in reversed(msgspec.json.decode(undo, type=list[Row])):
            put(node, session, row)
    session.connection().execute(
        update(command_log).where(command_log.c.undo.is_not(None)).values(undo=None)
    )


def put(node: Node, session: Session, row: Row) -> None:
    """Make a row equal to an image, or absent. Raises OtherVersion for an unknown table."""
    name, row_id, image = row
    table = _table(node, name)
    if image is None:
        session.connection().execute(delete(table).where(table.c.id == row_id))
        return
    session.connection().execute(_upsert(table, node.imaging.values(name, image)))


def _table(node: Node, name: str) -> Table:
    try:
        return node.imaging.tables[name]
    except KeyError:
        raise OtherVersion(f"table {name!r} is unknown to this version") from None


def _upsert(table: Table, values: Mapping[str, Any]) -> Any:
    statement = lite_insert(table).values(**values)
    return statement.on_conflict_do_update(index_elements=["id"], set_=dict(values))


def apply_changes(node: Node, session: Session, changes: Iterable[Change]) -> set[str]:
    """Take in changes in order and move the cursors. Says which commands were among them.

    Raises UnreadableAnswer when a number is not the one after the cursor, with nothing kept.
    """
    cursor = cursor_of(session)
    commands = set()
    for item in changes:
        if item.number != cursor.get(item.scope, -1) + 1:
            raise UnreadableAnswer(f"change {item.number} does not follow the cursor")
        for row in item.rows:
            put(node, session, row)
        cursor[item.scope] = item.number
        commands.add(item.command_id)
    for scope, number in cursor.items():
        set_cursor(session, scope, number)
    return commands


def cursor_of(session: Session) -> dict[str, int]:
    """How far this node has taken in each of its scopes."""
    rows = session.execute(select(scope_counter.c.scope, scope_counter.c.number))
    return {row.scope: row.number for row in rows}


def set_cursor(session: Session, scope: str, number: int) -> None:
    """Write the cursor of a scope."""
    session.connection().execute(
        lite_insert(scope_counter)
        .values(scope=scope, number=number)
        .on_conflict_do_update(index_elements=["scope"], set_={"number": number})
    )


def load_snapshot(node: Node, session: Session, taken: Snapshot) -> None:
    """Make a scope equal to its snapshot. Raises OtherVersion for an unknown table or column."""
    drop_scope(node, session, taken.scope)
    for name, images in taken.tables.items():
        table = _table(node, name)
        for start in range(0, len(images), ROWS_A_STATEMENT):
            _insert(node, session, table, images[start : start + ROWS_A_STATEMENT])
    set_cursor(session, taken.scope, taken.number)


def _insert(node: Node, session: Session, table: Table, images: list[Image]) -> None:
    # A row that moved here while another scope's copy still stands is replaced.
    ids = [{"gone": image["id"]} for image in images]
    session.connection().execute(delete(table).where(table.c.id == bindparam("gone")), ids)
    values = [node.imaging.values(table.name, image) for image in images]
    session.connection().execute(insert(table), values)


def drop_scope(node: Node, session: Session, scope: str) -> None:
    """Remove a scope's rows and its cursor together."""
    for table in node.metadata.sorted_tables:
        session.connection().execute(delete(table).where(table.c.scope == scope))
    session.connection().execute(delete(scope_counter).where(scope_counter.c.scope == scope))


def run_waiting(node: Node, session: Session) -> None:
    """Run what still waits, in order. One that no longer works waits on without effect here."""
    waiting = session.execute(
        select(command_log.c.position, command_log.c.envelope)
        .where(command_log.c.state == "pending")
        .order_by(command_log.c.position)
    )
    for position, body in waiting.all():
        try:
            entries = node.run(session, unpacked(body))
        except (Refusal, HandlerBroke):
            continue
        session.connection().execute(
            update(command_log)
            .where(command_log.c.position == position)
            .values(undo=undo_text(entries))
        )
