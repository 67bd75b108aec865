"""What downstream nodes read: pages of changes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.decide import epoch_of
from sync.tables import change, scope_counter
from sync.wire import CHANGES_A_PAGE_MAX, PAGE_BYTES_MAX, Change, ChangesPage, Cursor, Row


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
    cursor does not name is left out: it is begun by a snapshot, as is one whose next change is not
    kept here any more.
    """
    heads, sums = _heads(session, allowed)
    changes: list[Change] = []
    reached = dict(cursor)
    room = limit_bytes
    too_old = []
    for scope in sorted(heads.keys() & cursor.keys()):
        if heads[scope] <= cursor[scope]:
            continue
        if len(changes) == limit or room <= 0:
            break
        first, last, size = _fitting(
            session, scope, after=cursor[scope], limit=limit - len(changes), limit_bytes=room
        )
        if first != cursor[scope] + 1:
            too_old.append(scope)
            reached[scope] = heads[scope]
            continue
        reached[scope] = last
        changes += _changes(session, scope, after=cursor[scope], upto=reached[scope])
        room -= size
    more = any(heads[scope] > reached[scope] for scope in heads.keys() & cursor.keys())
    return ChangesPage(
        epoch=epoch_of(session), heads=heads, changes=changes, more=more, too_old=too_old, sums=sums
    )


def _heads(session: Session, allowed: Iterable[str]) -> tuple[Cursor, dict[str, int]]:
    wanted = sorted(set(allowed))
    rows = session.execute(select(scope_counter).where(scope_counter.c.scope.in_(wanted))).all()
    heads = dict.fromkeys(wanted, 0) | {row.scope: row.number for row in rows}
    return heads, {row.scope: row.sum for row in rows if row.sum is not None}


def _fitting(
    session: Session, scope: str, *, after: int, limit: int, limit_bytes: int
) -> tuple[int, int, int]:
    """The first number kept here, the last that has room, and how many bytes there are up to it.

    All 0 where none is kept.
    """
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
    first, last, held = session.execute(
        select(func.min(summed.c.number), func.max(summed.c.number), func.sum(summed.c.size)).where(
            summed.c.before < limit_bytes
        )
    ).one()
    return int(first or 0), int(last or 0), int(held or 0)


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
