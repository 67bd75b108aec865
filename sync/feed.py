"""What downstream nodes read: pages of changes, and whole scopes as snapshots."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.decide import epoch_of
from sync.errors import Refusal
from sync.node import Node
from sync.record import Image
from sync.tables import change, scope_counter
from sync.wire import CHANGES_A_PAGE_MAX, Change, ChangesPage, Cursor, Row, Snapshot


def changes_after(
    session: Session, cursor: Cursor, allowed: Iterable[str], *, limit: int = CHANGES_A_PAGE_MAX
) -> ChangesPage:
    """Changes after a cursor in the scopes allowed, at most `limit`, each command whole.

    A scope the cursor does not name is left out: it is begun by a snapshot.
    """
    heads = _heads(session, allowed)
    changes: list[Change] = []
    more = False
    for scope in sorted(heads.keys() & cursor.keys()):
        room = limit - len(changes)
        behind = heads[scope] - cursor[scope]
        if behind > 0 and room > 0:
            changes += _changes(session, scope, after=cursor[scope], limit=room)
        more = more or behind > room
    return ChangesPage(epoch=epoch_of(session), heads=heads, changes=changes, more=more)


def _heads(session: Session, allowed: Iterable[str]) -> Cursor:
    wanted = sorted(set(allowed))
    found = session.execute(
        select(scope_counter.c.scope, scope_counter.c.number).where(
            scope_counter.c.scope.in_(wanted)
        )
    )
    return dict.fromkeys(wanted, 0) | {row.scope: row.number for row in found}


def _changes(session: Session, scope: str, *, after: int, limit: int) -> list[Change]:
    rows = session.execute(
        select(change)
        .where(change.c.scope == scope, change.c.number > after)
        .order_by(change.c.number)
        .limit(limit)
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
