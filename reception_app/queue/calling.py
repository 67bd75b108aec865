"""Calling someone to this counter: asked upstream first, so two desks never call one person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from reception_app.desk.at_desk import AtDesk
from sync.errors import Refusal
from visits.ids import StretchId, TicketId
from visits.queue import commands as acts
from visits.queue.queries import Queue, queue_of
from visits.queue.rules import OrderPolicy

CALLS_TRIED_MAX = 5
CALLED_ELSEWHERE = ("already_called", "not_from_here")


class Finished(Struct, frozen=True):
    """Who was finished to make room for the call, and what takes that back."""

    number: str
    undo: acts.Undo


class Calling:
    """Calls a person, or whoever is next when another desk was first."""

    def __init__(self, at: AtDesk, policy: OrderPolicy, done: Callable[[], None]) -> None:
        self._at = at
        self._policy = policy
        self._done = done

    def call(
        self,
        ticket_id: TicketId,
        number: str,
        *,
        reason: str = "",
        finished: Finished | None = None,
        tried: int = 1,
    ) -> None:
        """Call this person. `reason` is why, when they are not the next.

        `finished` is who was finished just before: it is said, and undone, together.
        """
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
                self._call_whoever_is_next(finished, tried + 1)
                return
            self._at.failed(error)
            self._done()

        undo = acts.Undo(ticket_id=ticket_id, stretch_id=stretch_id, at=self._at.now())
        words = f"{finished.number} finished, {number} called." if finished else f"{number} called."
        back = [undo, finished.undo] if finished else [undo]
        self._at.ask(
            command, words, undo=lambda: self._take_back(back), failed=failed, then=self._done
        )

    def _take_back(self, undos: Sequence[acts.Undo]) -> None:
        first, *rest = undos
        self._at.do(
            first, "Undone." if not rest else "", then=lambda: rest and self._take_back(rest)
        )

    def _call_whoever_is_next(self, finished: Finished | None, tried: int) -> None:
        now, office = self._at.now(), self._at.office_id

        def call(queue: Queue) -> None:
            following = queue.next_call
            if following is None:
                self._at.say("Another desk called them first. Nobody else is waiting.", None)
                self._done()
                return
            self.call(following.ticket_id, following.number, finished=finished, tried=tried)

        self._at.runtime.query(
            lambda session: queue_of(session, office, now=now, policy=self._policy),
            call,
            self._at.failed,
        )
