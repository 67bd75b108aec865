"""Commands in the centre's own name, numbered from where an import began.

Another import that runs meanwhile takes one of these numbers. The centre then refuses the next
one, so that two imports can never add the same person twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select

from sync.command import Arguments
from sync.decide import decide
from sync.node import Node
from sync.tables import command_log
from sync.wire import Outcome
from visits.access.rules import CENTRE


class Issuer(Struct):
    """Issues the commands of one import."""

    node: Node
    new_id: Callable[[], str]
    now: datetime
    last: int

    @classmethod
    def at(cls, node: Node, *, new_id: Callable[[], str], now: datetime) -> Issuer:
        """An issuer that goes on from the centre's last command."""
        with node.database.read() as session:
            last = session.scalar(
                select(func.max(command_log.c.seq)).where(command_log.c.device == CENTRE)
            )
        return cls(node, new_id, now, last or 0)

    def issue(self, arguments: Arguments) -> Outcome:
        """Run a command. Raises what `decide` raises: StaleReplica when another import ran."""
        envelope = self.node.registry.seal(
            arguments,
            id=self.new_id(),
            device=CENTRE,
            seq=self.last + 1,
            actor=CENTRE,
            issued_at=self.now,
        )
        outcome = decide(self.node, envelope, decided_at=self.now)
        self.last += 1
        return outcome
