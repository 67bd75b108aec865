"""Numbers of changes: gapless in each scope, counted where the changes are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, bindparam, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.journal import Entry
from sync.sums import SUM_MODULUS
from sync.tables import change, command_log, scope_counter
from sync.wire import Change, Row

Counted = tuple[str, int, int]
"""A scope, its new number, and by how much its sum moves."""

# Made once, because a statement made anew costs as much as running it.
KEEP_CHANGE = insert(change)
KEEP_COMMAND = insert(command_log)
NUMBERS = select(scope_counter.c.scope, scope_counter.c.number).where(
    scope_counter.c.scope.in_(bindparam("of", expanding=True))
)
NEXT_NUMBER = {
    dialect: new(scope_counter)
    .values(scope=bindparam("of"), number=1, sum=None)
    .on_conflict_do_update(
        index_elements=["scope"], set_={"number": scope_counter.c.number + 1, "sum": None}
    )
    .returning(scope_counter.c.number)
    for dialect, new in (("postgresql", pg_insert), ("sqlite", lite_insert))
}
COUNT_ON = lite_insert(scope_counter).values(
    scope=bindparam("of"), number=bindparam("to"), sum=bindparam("moved_by")
)
COUNT_ON = COUNT_ON.on_conflict_do_update(
    index_elements=["scope"],
    set_={
        "number": COUNT_ON.excluded.number,
        "sum": (scope_counter.c.sum + bindparam("moved_by", type_=BigInteger)) % SUM_MODULUS,
    },
)
LOGGED = ("position", "id", "device", "seq", "name", "state", "envelope", "outcome", "decided_at")


def next_number(session: Session, scope: str) -> int:
    """Count on a scope of which no sum is told: the number of its next change."""
    statement = NEXT_NUMBER[session.connection().dialect.name]
    number: int = session.connection().execute(statement, {"of": scope}).scalar_one()
    return number


def numbers_of(session: Session, scopes: Sequence[str]) -> dict[str, int]:
    """The last number given in each of these scopes; 0 where none was."""
    if not scopes:
        return {}
    known = session.connection().execute(NUMBERS, {"of": scopes})
    return dict.fromkeys(scopes, 0) | {row.scope: row.number for row in known}


def keep_turn(
    session: Session,
    counted: Sequence[Counted],
    changes: Sequence[Change],
    commands: Sequence[dict[str, Any]],
) -> None:
    """Keep what a turn decided: how far its scopes have come, its changes, and its log.

    The scopes come sorted, and are counted on before the changes are there.
    """
    if not commands:
        return
    connection = session.connection()
    made = [_row(item) for item in changes]
    if connection.dialect.name == "postgresql":
        values: list[Any] = [value for each in counted for value in each]
        values += [value for row in made for value in row.values()]
        values += [row[name] for row in commands for name in LOGGED]
        statement = _in_one(len(counted), len(made), len(commands))
        connection.exec_driver_sql(statement, tuple(values))
        return
    if counted:
        of = [{"of": scope, "to": number, "moved_by": moved} for scope, number, moved in counted]
        connection.execute(COUNT_ON, of)
        connection.execute(KEEP_CHANGE, made)
    connection.execute(KEEP_COMMAND, commands)


@cache
def _in_one(scopes: int, changes: int, commands: int) -> str:
    """Counters, changes and log in one message to PostgreSQL: each way there and back takes as long
    as a twentieth of a command."""
    logged = f"INSERT INTO node_command ({', '.join(LOGGED)}) VALUES {_rows(commands, len(LOGGED))}"
    if not scopes:
        return logged
    return f"""
        WITH counted AS (
            INSERT INTO node_scope (scope, number, sum) VALUES {_rows(scopes, 3)}
            ON CONFLICT (scope) DO UPDATE SET
                number = excluded.number, sum = (node_scope.sum + excluded.sum) %% {SUM_MODULUS}
        ), changed AS (
            INSERT INTO node_change (scope, number, command_id, rows) VALUES {_rows(changes, 4)}
        )
        {logged}"""


def _rows(count: int, columns: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * count)


def keep_changes(session: Session, changes: Iterable[Change]) -> None:
    """Keep changes for whoever reads this node."""
    made = [_row(item) for item in changes]
    if made:
        session.connection().execute(KEEP_CHANGE, made)


def _row(item: Change) -> dict[str, Any]:
    return {
        "scope": item.scope,
        "number": item.number,
        "command_id": item.command_id,
        "rows": msgspec.json.encode(item.rows).decode(),
    }


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
