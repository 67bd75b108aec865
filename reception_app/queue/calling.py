"""Calling someone to this counter: asked upstream first, so two desks never call one person."""

from __future__ import annotations

from reception_app.desk.at_desk import AtDesk
from sync.errors import Refusal
from visits.ids import StretchId, TicketId
from visits.queue import commands as acts
from visits.queue.queries import Queue, queue_of
from visits.queue.rules import OrderPolicy

CALLS_TRIED_MAX = 5
CALLED_ELSEWHERE = ("already_called", "not_from_here")


class Calling:
    """Calls a person, or whoever is next when another desk was first."""

    def __init__(self, at: AtDesk, policy: OrderPolicy) -> None:
        self._at = at
        self._policy = policy

    def call(self, ticket_id: TicketId, number: str, *, reason: str = "", tried: int = 1) -> None:
        """Call this person. `reason` is why, when they are not the next."""
        stretch_id = StretchId(self._at.new_id())
        command = acts.Call(
            ticket_id=ticket_id,
            stretch_id=stretch_id,
            at=self._at.now(),
            staff_id=self._at.staff_id,
            reason=reason,
        )

        def failed(error: Exception) -> None:
            taken = isinstance(error, Refusal) and error.reason in CALLED_ELSEWHERE
            if taken and not reason and tried < CALLS_TRIED_MAX:
                self._call_whoever_is_next(tried + 1)
                return
            self._at.failed(error)

        undo = acts.Undo(ticket_id=ticket_id, stretch_id=stretch_id, at=self._at.now())
        self._at.ask(command, f"{number} called.", undo=undo, failed=failed)

    def _call_whoever_is_next(self, tried: int) -> None:
        now, office = self._at.now(), self._at.office_id

        def call(queue: Queue) -> None:
            following = queue.next_call
            if following is None:
                self._at.say("Another desk called them first. Nobody else is waiting.", None)
                return
            self.call(following.ticket_id, following.number, tried=tried)

        self._at.runtime.query(
            lambda session: queue_of(session, office, now=now, policy=self._policy),
            call,
            self._at.failed,
        )
