"""A desk that begins can work today's queue before it has the council's people."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.desk import Desk
from sync.errors import LineDown
from sync.ids import IdSource
from sync.node import Node
from sync.proof import Identity
from sync.round import sync_round
from sync.snapshots import PartSize
from sync.storage.sqlite import open_memory
from sync.wire import Failure, TakeSnapshot
from tests import centres
from tests.centres import MORNING, OFFICE, PERSON, SetClock
from visits.customers.records import Customer
from visits.ids import TicketId
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice
from visits.queue.commands import Call
from visits.queue.queries import QueueRow, queue_of
from visits.queue.rules import OrderPolicy
from visits.registry import node_over
from visits.today_first import TodayFirst

SMALL = PartSize(bytes_max=2_000, rows_a_look=5)
"""Far too small for the sample's people."""


def begin_until(desk: Desk, centre: centres.Authority, scope: str) -> None:
    """Rounds until the first part of a scope has come; then the line is cut."""
    steps = sync_round(desk)
    request = next(steps)
    has_come = False
    with pytest.raises(LineDown):
        while True:
            cut = has_come and isinstance(request, TakeSnapshot) and not request.first_only
            answer = Failure(code="line_down") if cut else centre.answer(request)
            has_come = has_come or isinstance(request, TakeSnapshot) and request.scope == scope
            request = steps.send(answer)


def queue(node: Node) -> tuple[QueueRow, ...]:
    with node.database.read() as session:
        return queue_of(session, OFFICE, now=MORNING, policy=OrderPolicy()).rows


def test_after_the_first_part_of_each_scope_the_queue_is_whole_and_somebody_is_called(
    tmp_path: Path,
) -> None:
    centres.build_centre(tmp_path / "centre.db")
    there = centres.open_centre(tmp_path / "centre.db")
    centre = replace(there, first=TodayFirst(SetClock()), part_size=SMALL)
    database = open_memory()
    migrate(database)
    new_id = IdSource(SetClock(), secrets.randbits)
    desk = Desk(
        node_over(database), new_device=lambda: Identity(new_id()), clock=SetClock(), new_id=new_id
    )
    begin_until(desk, centre, "council")
    desk.issue(JoinOffice(office_id=OFFICE, counter_name="Counter 9"), actor=desk.device)
    begin_until(desk, centre, f"office:{OFFICE}")

    with database.read() as session, there.node.database.read() as centres_own:
        assert session.query(Customer).count() < centres_own.query(Customer).count() / 2
    assert queue(desk.node) == queue(there.node)
    first = next(row for row in queue(desk.node) if row.state == "waiting")
    call = Call(
        ticket_id=TicketId(first.ticket_id),
        stretch_id=new_id(),
        at=MORNING,  # type: ignore[arg-type]
    )
    desk.issue(call, actor=PERSON)
    there.node.database.close()
    database.close()
