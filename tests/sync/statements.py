"""Cuts a node off at any of the statements that it sends to its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from sync.node import Node

Sent = tuple[str, Any]
"""A statement and its parameters."""


class Cut(BaseException):
    """The process ends here."""


def cut(statement: str, parameters: Any) -> Sent:
    """What a statement becomes at which the process ends."""
    raise Cut


@contextmanager
def at_statement(node: Node, number: int, act: Callable[[str, Any], Sent]) -> Iterator[list[int]]:
    """Have `act` decide what becomes of the n-th statement from now on; gives their number."""
    seen = [0]

    def before(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> Sent:
        seen[0] += 1
        return act(statement, parameters) if seen[0] == number else (statement, parameters)

    event.listen(node.database.engine, "before_cursor_execute", before, retval=True)
    try:
        yield seen
    finally:
        event.remove(node.database.engine, "before_cursor_execute", before)
