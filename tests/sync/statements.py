"""Cuts a node off at any of the statements that its database is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from sync.storage.database import Database

Sent = tuple[str, Any]
"""A statement and its parameters."""


class Cut(BaseException):
    """The process ends here."""


def cut(statement: str, parameters: Any) -> Sent:
    """What a statement becomes at which the process ends."""
    raise Cut


@contextmanager
def at_statement(
    database: Database, number: int, act: Callable[[str, Any], Sent]
) -> Iterator[list[int]]:
    """Have `act` decide what becomes of the n-th statement from now on; gives their number."""
    seen = [0]

    def before(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> Sent:
        seen[0] += 1
        return act(statement, parameters) if seen[0] == number else (statement, parameters)

    event.listen(database.engine, "before_cursor_execute", before, retval=True)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", before)


def cut_everywhere(
    database: Database, act: Callable[[], None], after_each: Callable[[], None]
) -> int:
    """Do something, cut off at its first statement, then at its second, until it comes to its end.

    Gives how often it was cut off. `after_each` is called after each of these. The database must be
    in a file: a connection that was cut off is not used again.
    """
    number = 0
    while True:
        number += 1
        with at_statement(database, number, cut):
            try:
                act()
            except Cut:
                after_each()
                continue
        return number - 1
