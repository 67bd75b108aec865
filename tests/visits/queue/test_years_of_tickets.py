"""An office that has been open for years: what today asks reads none of the days before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from sync.storage.database import Database
from tests.visits.council import COUNCIL_TAX, DESK, OFFICE, Council
from visits.ids import CustomerId
from visits.queue.commands import Call
from visits.queue.outlook import forecast, wait_estimate
from visits.queue.pace import last_services
from visits.queue.queries import at_counter, number_for, open_ticket, queue_of
from visits.queue.rules import OrderPolicy

POLICY = OrderPolicy()
ENDS_WITH_THE_DAY = {"called", "serving"}
"""A counter is not left with someone at it: of these states there are few, however old."""
STATES = {"waiting", "on_hold", "no_show", "left", "finished", *ENDS_WITH_THE_DAY}

Ask = Callable[[Session, Council], object]


@contextmanager
def plans(database: Database) -> Iterator[list[tuple[str, set[str]]]]:
    """How SQLite goes about each statement of the block, and the states it asks for."""
    asked: list[tuple[str, Any]] = []
    found: list[tuple[str, set[str]]] = []

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as session:
        for statement, parameters in asked:
            rows = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            states = STATES.intersection(map(str, parameters))
            found += [(row.detail, states) for row in rows]


def of_the_past(plan: list[tuple[str, set[str]]]) -> list[str]:
    """The steps that read tickets or stretches of every day there was."""
    steps = [(d, s) for d, s in plan if re.match(r"(SCAN|SEARCH) (ticket|stretch)\b", d)]
    assert steps, "nothing was asked of tickets"
    return [
        detail
        for detail, states in steps
        if not re.search(r"number_on[=><]|\bid=|ticket_id=", detail)
        and not ("state=" in detail and states <= ENDS_WITH_THE_DAY)
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda s, c: queue_of(s, OFFICE, now=c.now, policy=POLICY),
        lambda s, c: at_counter(s, DESK),
        lambda s, c: forecast(s, OFFICE, now=c.now, policy=POLICY),
        lambda s, c: wait_estimate(s, OFFICE, COUNCIL_TAX, now=c.now, policy=POLICY),
        lambda s, c: last_services(s, OFFICE, now=c.now),
        lambda s, c: number_for(s, DESK, c.today),
        lambda s, c: open_ticket(s, OFFICE, CustomerId("customer-1"), on_date=c.today),
    ],
    ids=["queue", "counter", "forecast", "wait", "services", "number", "open ticket"],
)
def test_what_is_asked_of_today_reads_no_day_before(desk_council: Council, ask: Ask) -> None:
    database = desk_council.node.database
    desk_council.a_ticket()
    with plans(database) as plan, database.read() as session:
        ask(session, desk_council)
    assert of_the_past(plan) == []


def test_a_check_in_and_a_call_read_no_day_before(desk_council: Council) -> None:
    with plans(desk_council.node.database) as plan:
        ticket = desk_council.a_ticket()
        desk_council.do(
            Call(ticket_id=ticket, stretch_id=desk_council.stretch_id(), at=desk_council.now)
        )
    assert of_the_past(plan) == []
