"""Undo what waits; take in the upstream's rows; run again what still waits.

What a relay holds for the office runs first, in the relay's order; then what was issued here and
is not among it. All in one transaction of the caller, so that a reader sees the state before or
after. Rows are put in place as a whole: first all that change are taken out, then what they have
become goes in, so that no order of rows can break a constraint that the end does not break.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import HandlerBroke, OtherVersion, Refusal, UnreadableAnswer
from sync.held import HELD_AFTER, IDS, NONE_HELD, is_of_rows
from sync.journal import Entry
from sync.loading import Taken, forget, load_of, not_shown, parts_of
from sync.node import Node, unpacked
from sync.offers import UNDECIDED
from sync.record import Image
from sync.tables import command_log, held_undo, scope_counter
from sync.wire import Change, Place, Row

ROWS_A_STATEMENT = 500
NOT_OF_THIS_EPOCH = -1
"""The cursor of a scope whose rows are shown but must be taken anew: the upstream was restored."""
HELD = select(scope_counter.c.scope, scope_counter.c.number)
WAITING = (
    select(command_log.c.position, command_log.c.envelope)
    .where(command_log.c.state == "pending", command_log.c.id.not_in(IDS))
    .order_by(command_log.c.position)
)
KEEP_UNDO = (
    update(command_log)
    .where(command_log.c.position == bindparam("of"))
    .values(undo=bindparam("images"))
)
HAS_UNDO = (command_log.c.state == "pending") & command_log.c.undo.is_not(None)
OWN_UNDO = select(command_log.c.undo).where(HAS_UNDO).order_by(command_log.c.position.desc())
FORGET_OWN_UNDO = update(command_log).where(HAS_UNDO).values(undo=None)
HELD_UNDO = select(held_undo.c.images).order_by(held_undo.c.position.desc())
KEEP_HELD_UNDO = insert(held_undo)
FORGET_HELD_UNDO = delete(held_undo)
SOMETHING_WAITS = select(
    exists().where(command_log.c.state == "pending")
    | exists(IDS)
    | exists(select(held_undo.c.position))
)
DECIDED_OF_HELD = select(command_log.c.id).where(
    command_log.c.id.in_(IDS), command_log.c.state.not_in(UNDECIDED)
)
MOVE_CURSOR = lite_insert(scope_counter).values(
    scope=bindparam("of"), number=bindparam("to"), sum=bindparam("sum")
)
MOVE_CURSOR = MOVE_CURSOR.on_conflict_do_update(
    index_elements=["scope"],
    set_={"number": MOVE_CURSOR.excluded.number, "sum": MOVE_CURSOR.excluded.sum},
)
FORGET_CURSOR = delete(scope_counter).where(scope_counter.c.scope == bindparam("of"))
# Statements are made once, those of a table below: one made anew costs as much as running it.


Before = Mapping[Place, Image | None]
"""Rows as they were before what waits; None where there was none."""
NOTHING: Before = {}
NO_SUMS: Mapping[str, int] = {}


def undo_text(entries: Iterable[Entry]) -> str:
    """The before-images of entries, as they are kept with a waiting command."""
    return msgspec.json.encode([(e.table, e.row_id, e.before) for e in entries]).decode()


def before_waiting(session: Session) -> dict[Place, Image | None]:
    """Every row that waiting commands changed, as it was before the oldest of them."""
    return _before(session, OWN_UNDO, HELD_UNDO)


def _before(session: Session, *newest_first: Select[tuple[Any, ...]]) -> dict[Place, Image | None]:
    before: dict[Place, Image | None] = {}
    for undos in newest_first:
        for (undo,) in session.connection().execute(undos).all():
            for table, row_id, image in msgspec.json.decode(undo, type=list[Row]):
                before[table, row_id] = image
    return before


def lift_waiting(session: Session, *, own_only: bool = False) -> Before:
    """What `before_waiting` says, to be put back by whoever asked: nothing else says it again.

    With `own_only`, of what stands upon the held commands alone; these stay as they ran.
    """
    before = _before(session, OWN_UNDO) if own_only else before_waiting(session)
    session.connection().execute(FORGET_OWN_UNDO)
    if not own_only:
        session.connection().execute(FORGET_HELD_UNDO)
    return before


def something_waits(session: Session) -> bool:
    """Whether `undo_waiting` and `run_waiting` have anything to do."""
    return bool(session.connection().execute(SOMETHING_WAITS).scalar_one())


def undo_waiting(node: Node, session: Session) -> None:
    """Put back every row that waiting commands changed, as it was before the oldest of them."""
    put(node, session, lift_waiting(session))


def put(node: Node, session: Session, rows: Mapping[Place, Image | None]) -> None:
    """Let each of these rows be so, or be gone. What is so already is not written again.

    Most of what a desk did the upstream accepts as it was done: then nothing is written at all.
    """
    there = _standing(node, session, rows)
    differs = {place: image for place, image in rows.items() if there.get(place) != image}
    _take_out(node, session, differs.keys() & there.keys())
    _put_in(node, session, {place: image for place, image in differs.items() if image is not None})


def _standing(node: Node, session: Session, places: Iterable[Place]) -> dict[Place, Image]:
    ids: dict[str, list[str]] = defaultdict(list)
    for name, row_id in places:
        ids[name].append(row_id)
    there: dict[Place, Image] = {}
    for name, wanted in ids.items():
        statement = _these(table_of(node, name))
        for start in range(0, len(wanted), ROWS_A_STATEMENT):
            some = {"ids": wanted[start : start + ROWS_A_STATEMENT]}
            found = session.connection().execute(statement, some)
            there |= {(name, image["id"]): image for image in node.imaging.read(name, found)}
    return there


def take_in(
    node: Node,
    session: Session,
    changes: Iterable[Change],
    snapshots: Iterable[Taken],
    before: Before = NOTHING,
    sums: Mapping[str, int] = NO_SUMS,
) -> set[str]:
    """Make rows and cursors what the upstream says. Says which commands were among the changes.

    `before`: what is to be put back of what waited here, as far as the upstream says nothing else;
    where there are snapshots, it has been put back. `sums`: as in a harvest.

    Snapshots come first; a scope's changes continue from its cursor. Raises UnreadableAnswer when
    a number does not follow or a row is in two scopes, OtherVersion for what is unknown here.
    """
    cursor = cursor_of(session)
    became: dict[Place, dict[str, Image | None]] = defaultdict(dict)
    for taken in snapshots:
        _begin(node, session, taken, became)
        cursor[taken.scope] = taken.number
    commands = set()
    for item in changes:
        if item.number != cursor.get(item.scope, NOT_OF_THIS_EPOCH) + 1:
            raise UnreadableAnswer(f"change {item.number} does not follow the cursor")
        for table, row_id, after in item.rows:
            became[table, row_id][item.scope] = after
        cursor[item.scope] = item.number
        if is_of_rows(item.scope):
            # To be held is not to be decided.
            commands.add(item.command_id)
    _replace(node, session, became, before)
    moved = held(session)
    for scope, number in cursor.items():
        if moved.get(scope) != number:
            set_cursor(session, scope, number, sum_there=sums.get(scope))
    return commands


def _begin(
    node: Node, session: Session, taken: Taken, became: dict[Place, dict[str, Image | None]]
) -> None:
    """All rows of a scope, but for those that show already."""
    load = load_of(session, taken.scope)
    if taken.tables is None and load is not None and load.is_shown:
        parts = not_shown(node, session, taken.scope)
    else:
        _drop_rows(node, session, taken.scope)
        parts = parts_of(session, taken)
    for tables in parts:
        for table, images in tables.items():
            for image in images:
                became[table, image["id"]][taken.scope] = image
    forget(session, taken.scope)


def _replace(
    node: Node, session: Session, became: Mapping[Place, Mapping[str, Image | None]], before: Before
) -> None:
    """A row that left one scope and entered another is where it entered, in whatever order."""
    rows = dict(before)
    gone: dict[str, list[dict[str, str]]] = defaultdict(list)
    for (name, row_id), by_scope in became.items():
        here = [image for image in by_scope.values() if image is not None]
        if len(here) > 1:
            raise UnreadableAnswer("a row came in two scopes at once")
        was = before.get((name, row_id))
        if here:
            rows[name, row_id] = here[0]
        elif (name, row_id) not in before:
            gone[name] += [{"gone": row_id, "left": scope} for scope in by_scope]
        elif was is not None and was["scope"] in by_scope:
            rows[name, row_id] = None
    for name, places in gone.items():
        session.connection().execute(_leave(table_of(node, name)), places)
    put(node, session, rows)


def _take_out(node: Node, session: Session, places: Iterable[Place]) -> None:
    ids: dict[str, list[dict[str, str]]] = defaultdict(list)
    for name, row_id in places:
        ids[name].append({"gone": row_id})
    for name, gone in ids.items():
        session.connection().execute(_remove(table_of(node, name)), gone)


def _put_in(node: Node, session: Session, images: Mapping[Place, Image]) -> None:
    # Apart by their columns: changes of before and after an update of the upstream come together,
    # and a statement of many rows has the columns of its first.
    values: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for (name, _), image in images.items():
        values[name, tuple(image)].append(node.imaging.values(name, image))
    for (name, _), rows in values.items():
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            some = rows[start : start + ROWS_A_STATEMENT]
            session.connection().execute(_add(table_of(node, name)), some)


@cache
def _these(table: Table) -> Select[Any]:
    return select(table).where(table.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _leave(table: Table) -> Delete:
    return delete(table).where(table.c.id == bindparam("gone"), table.c.scope == bindparam("left"))


@cache
def _remove(table: Table) -> Delete:
    return delete(table).where(table.c.id == bindparam("gone"))


@cache
def _add(table: Table) -> Insert:
    return insert(table)


@cache
def _empty(table: Table) -> Delete:
    return delete(table).where(table.c.scope == bindparam("of"))


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


def set_cursor(session: Session, scope: str, number: int, *, sum_there: int | None = None) -> None:
    """Write the cursor of a scope, and what it comes to upstream where that was told."""
    moved = {"of": scope, "to": number, "sum": sum_there}
    session.connection().execute(MOVE_CURSOR, moved)


def drop_scope(node: Node, session: Session, scope: str) -> None:
    """Remove a scope's rows and its cursor together, and what has come of it in parts."""
    _drop_rows(node, session, scope)
    session.connection().execute(FORGET_CURSOR, {"of": scope})
    forget(session, scope)


def _drop_rows(node: Node, session: Session, scope: str) -> None:
    for table in node.metadata.sorted_tables:
        session.connection().execute(_empty(table), {"of": scope})


def run_waiting(node: Node, session: Session, *, after_held: int = NONE_HELD) -> None:
    """Run what still waits, in order. One that no longer works waits on without effect here.

    `after_held`: the position of the last held command that stands here already.
    """
    waiting = session.connection().execute(HELD_AFTER, {"after": after_held}).all()
    # An older relay may hold what has been decided since: its effects are among the rows.
    decided = set(session.connection().execute(DECIDED_OF_HELD).scalars()) if waiting else ()
    for command_id, position, body in waiting:
        if command_id in decided:
            continue
        entries = _tried(node, session, unpacked(body.encode()))
        if entries:
            keep_held_undo(session, position, entries)
    own = session.connection().execute(WAITING)
    for position, body in own.all():
        entries = _tried(node, session, unpacked(body))
        if entries is not None:
            kept = {"of": position, "images": undo_text(entries)}
            session.connection().execute(KEEP_UNDO, kept)


def keep_held_undo(session: Session, position: int, entries: Iterable[Entry]) -> None:
    """Keep what undoes a held command here."""
    images = {"position": position, "images": undo_text(entries)}
    session.connection().execute(KEEP_HELD_UNDO, images)


def _tried(node: Node, session: Session, envelope: Envelope) -> list[Entry] | None:
    try:
        return node.run(session, envelope)
    except (Refusal, HandlerBroke, OtherVersion):
        return None
