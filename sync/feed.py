"""What downstream nodes read: pages of changes, and whole scopes as snapshots."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.decide import epoch_of
from sync.errors import Refusal
from sync.node import Node
from sync.record import Image
from sync.tables import change, scope_counter
from sync.wire import CHANGES_A_PAGE_MAX, PAGE_BYTES_MAX, Change, ChangesPage, Cursor, Row, Snapshot


def changes_after(
    session: Session,
    cursor: Cursor,
    allowed: Iterable[str],
    *,
    limit: int = CHANGES_A_PAGE_MAX,
    limit_bytes: int = PAGE_BYTES_MAX,
) -> ChangesPage:
    """Changes after a cursor in the scopes allowed, each command whole.

    At most `limit` changes; the one that reaches `limit_bytes` of rows is the last. A scope the
    cursor does not name is left out: it is begun by a snapshot.
    """
    heads = _heads(session, allowed)
    changes: list[Change] = []
    reached = dict(cursor)
    room = limit_bytes
    for scope in sorted(heads.keys() & cursor.keys()):
        if heads[scope] <= cursor[scope]:
            continue
        if len(changes) == limit or room <= 0:
            break
        reached[scope], size = _fitting(
            session, scope, after=cursor[scope], limit=limit - len(changes), limit_bytes=room
        )
        changes += _changes(session, scope, after=cursor[scope], upto=reached[scope])
        room -= size
    more = any(heads[scope] > reached[scope] for scope in heads.keys() & cursor.keys())
    return ChangesPage(epoch=epoch_of(session), heads=heads, changes=changes, more=more)


def _heads(session: Session, allowed: Iterable[str]) -> Cursor:
    wanted = sorted(set(allowed))
    found = session.execute(
        select(scope_counter.c.scope, scope_counter.c.number).where(
            scope_counter.c.scope.in_(wanted)
        )
    )
    return dict.fromkeys(wanted, 0) | {row.scope: row.number for row in found}


def _fitting(
    session: Session, scope: str, *, after: int, limit: int, limit_bytes: int
) -> tuple[int, int]:
    """The last number that has room, and how many bytes there are up to it."""
    size = func.octet_length(change.c.rows)
    next_ones = (
        select(change.c.number, size.label("size"))
        .where(change.c.scope == scope, change.c.number > after)
        .order_by(change.c.number)
        .limit(limit)
        .subquery()
    )
    total = func.sum(next_ones.c.size).over(order_by=next_ones.c.number)
    summed = select(next_ones, (total - next_ones.c.size).label("before")).subquery()
    last, held = session.execute(
        select(func.max(summed.c.number), func.sum(summed.c.size)).where(
            summed.c.before < limit_bytes
        )
    ).one()
    return int(last), int(held)


def _changes(session: Session, scope: str, *, after: int, upto: int) -> list[Change]:
    rows = session.execute(
        select(change)
        .where(change.c.scope == scope, change.c.number > after, change.c.number <= upto)
        .order_by(change.c.number)
    )
    return [
        Change(
            scope=row.scope,
            number=row.number,
            command_id=row.command_id,
            rows=msgspec.json.decode(row.rows, type=list[Row]),
        )
        for row in rows
    ]


def snapshot(node: Node, session: Session, scope: str, allowed: Iterable[str]) -> Snapshot:
    """All rows of a scope at one change number. Raises Refusal for a scope not allowed.

    `session` must be one consistent read, so that rows and number belong together.
    """
    if scope not in allowed:
        raise Refusal("scope_not_allowed")
    tables: dict[str, list[Image]] = {}
    for table in node.metadata.sorted_tables:
        found = session.execute(
            select(table).where(table.c.scope == scope).order_by(table.c.id)
        ).mappings()
        images: list[Image] = [node.imaging.image(table.name, dict(row)) for row in found]
        if images:
            tables[table.name] = images
    return Snapshot(
        epoch=epoch_of(session), scope=scope, number=_heads(session, [scope])[scope], tables=tables
    )
