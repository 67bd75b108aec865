"""What a desk has sent and heard nothing of: whoever it went to may have taken it."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.offers import UNDECIDED, Offer
from sync.tables import command_log

SOMEBODY = ""
"""To whom something was sent, where that was not a relay known by its name."""


class Sent(Struct, frozen=True):
    """To whom each undecided command has gone, by its id."""

    to: dict[str, set[str]]

    @staticmethod
    def at_start(session: Session) -> Sent:
        """What waits: the process that issued it may have sent it before it ended."""
        waiting = select(command_log.c.id).where(command_log.c.state.in_(UNDECIDED))
        ids = session.connection().execute(waiting).scalars()
        return Sent({command_id: {SOMEBODY} for command_id in ids})

    def note(self, offer: Offer, relay: str | None) -> list[str]:
        """It goes out now; says which of it may be with another upstream than this relay."""
        again = []
        for envelope in offer.commands:
            sent_to = self.to.setdefault(envelope.id, set())
            if sent_to - {relay}:
                again.append(envelope.id)
            sent_to.add(relay or SOMEBODY)
        return again

    def forget(self, command_id: str) -> None:
        """It is decided."""
        self.to.pop(command_id, None)
