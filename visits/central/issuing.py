"""Commands that the centre itself issues: the lists it takes in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from sync.command import Arguments
from sync.decide import decide
from sync.node import Node
from sync.tables import command_log
from sync.wire import Outcome
from visits.access.rules import CENTRE


def issue_as_centre(
    node: Node, arguments: Arguments, *, new_id: Callable[[], str], now: datetime
) -> Outcome:
    """Run a command at the centre in its own name. Raises what `decide` raises."""
    with node.database.read() as session:
        last = session.scalar(
            select(func.max(command_log.c.seq)).where(command_log.c.device == CENTRE)
        )
    envelope = node.registry.seal(
        arguments, id=new_id(), device=CENTRE, seq=(last or 0) + 1, actor=CENTRE, issued_at=now
    )
    return decide(node, envelope, decided_at=now)
