"""Sync rounds as a test drives them, with no thread and no line of their own."""

from __future__ import annotations

from collections.abc import Callable

from sync.desk import Desk
from sync.round import sync_round
from sync.wire import Answer, Request


def drive(desk: Desk, answer: Callable[[Request], Answer]) -> frozenset[str]:
    """Run a round whose requests are answered so; the tables that changed, or what it raises."""
    steps = sync_round(desk)
    request = next(steps)
    while True:
        told = answer(request)
        try:
            request = steps.send(told)
        except StopIteration as done:
            tables: frozenset[str] = done.value
            return tables
