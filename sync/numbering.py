"""Numbers of changes: gapless in each scope, counted where the changes are kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import BigInteger, bindparam, insert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.journal import Entry
from sync.sums import SUM_MODULUS
from sync.tables import change, scope_counter
from sync.wire import Change, Row

# Made once, because a statement made anew costs as much as running it.
KEEP_CHANGE = insert(change)
NEXT_NUMBER = {
    dialect: new(scope_counter)
    .values(scope=bindparam("of"), number=bindparam("by"), sum=bindparam("moved_by"))
    .on_conflict_do_update(
        index_elements=["scope"],
        set_={
            "number": scope_counter.c.number + bindparam("by", type_=BigInteger),
            "sum": (scope_counter.c.sum + bindparam("moved_by", type_=BigInteger)) % SUM_MODULUS,
        },
    )
    .returning(scope_counter.c.number)
    for dialect, new in (("postgresql", pg_insert), ("sqlite", lite_insert))
}


def next_number(session: Session, scope: str, moved_by: int | None, *, by: int = 1) -> int:
    """Count a scope on: the number of the last of `by` changes, which move its sum by so much.

    None where no sum is told of it.
    """
    statement = NEXT_NUMBER[session.connection().dialect.name]
    counted = {"of": scope, "by": by, "moved_by": moved_by}
    number: int = session.connection().execute(statement, counted).scalar_one()
    return number


def keep_changes(session: Session, changes: Iterable[Change]) -> None:
    """Keep changes for whoever reads this node."""
    made = [
        {
            "scope": item.scope,
            "number": item.number,
            "command_id": item.command_id,
            "rows": msgspec.json.encode(item.rows).decode(),
        }
        for item in changes
    ]
    if made:
        session.connection().execute(KEEP_CHANGE, made)


def rows_by_scope(entry: Entry) -> list[tuple[str, Row]]:
    """An entry as its scopes see it: a row that moved is gone in one and new in the other."""
    old = entry.before["scope"] if entry.before else None
    new = entry.after["scope"] if entry.after else None
    rows: list[tuple[str, Row]] = []
    if old is not None and old != new:
        rows.append((old, (entry.table, entry.row_id, None)))
    if new is not None:
        rows.append((new, (entry.table, entry.row_id, entry.after)))
    return rows
