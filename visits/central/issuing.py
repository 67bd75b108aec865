"""Commands that the centre itself issues: the lists it takes in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sync.command import Arguments
from sync.decide import ATTEMPTS_MAX, decide
from sync.errors import StaleReplica, Unavailable
from sync.node import LAST_SEQ, Node
from sync.wire import Outcome
from visits.access.rules import CENTRE


def issue_as_centre(
    node: Node, arguments: Arguments, *, new_id: Callable[[], str], now: datetime
) -> Outcome:
    """Run a command at the centre in its own name. Raises what `decide` raises."""
    command_id = new_id()
    for _ in range(ATTEMPTS_MAX):
        envelope = node.registry.seal(
            arguments,
            id=command_id,
            device=CENTRE,
            seq=_next_seq(node),
            actor=CENTRE,
            issued_at=now,
        )
        try:
            return decide(node, envelope, decided_at=now)
        except StaleReplica:
            # Another process of the centre has taken this number in between.
            continue
    raise Unavailable("too many others at once")


def _next_seq(node: Node) -> int:
    with node.database.read() as session:
        last = session.connection().execute(LAST_SEQ, {"of": CENTRE}).scalar_one()
    return (last or 0) + 1
