"""A desk that has been at its office for years, against one that has been there for days.

Both do what the reception page does, with its own queries and commands, and each is the same
council with the same morning; only the past tickets differ.
"""

from __future__ import annotations

import gc
import secrets
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sqlalchemy.orm import Session

from sync.ids import IdSource
from tests import centres
from tests.benchmarks.council import Council, open_desk
from tests.benchmarks.figures import Figure, Pair, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.past_tickets import add_past_tickets
from tests.benchmarks.sizes import Sizes
from visits.calendar.local_time import local_date
from visits.ids import ServiceId, StretchId, TicketId
from visits.queue.commands import Call, CheckIn, Finish, Leave
from visits.queue.outlook import forecast, wait_estimate
from visits.queue.queries import Queue, at_counter, number_for, queue_of, services
from visits.queue.rules import OrderPolicy
from visits.queue.turns import TicketAct

LIMIT = 1.2


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """Three figures: checking someone in, calling the next, and opening the queue."""
    old = _Reception(council, scratch / "years", sizes.tickets_past)
    new = _Reception(council, scratch / "days", sizes.tickets_past_floor)
    against = f"p50, {sizes.tickets_past:,} past tickets against {sizes.tickets_past_floor:,}"
    gc.collect()
    gc.disable()
    figures = []
    for name, ours, bare in (
        ("history, queue", old.open_queue, new.open_queue),
        ("history, check-in", old.check_in, new.check_in),
        ("history, call next", old.call_next, new.call_next),
    ):
        pairs = _pairs(ours, bare, sizes)
        figures.append(beside_its_floor(name, pairs, unit="ms", limit=LIMIT, note=against))
    gc.enable()
    old.close()
    new.close()
    return figures


def _pairs(ours: Callable[[], float], bare: Callable[[], float], sizes: Sizes) -> list[Pair]:
    pairs = sizes.acts_with_history
    return in_turns(ours, bare, pairs=pairs, warm_up=max(1, pairs // 10))


class _Reception:
    """A desk with its past, and what is done at it, each act in milliseconds."""

    def __init__(self, council: Council, folder: Path, past: int) -> None:
        file = centres.copied(council.desk("desk-1") / "desk.db", folder)
        add_past_tickets(file, past)
        self._desk = open_desk(file)
        self._database = self._desk.node.database
        self._new_id = IdSource(centres.SetClock(), secrets.randbits)
        self._policy = OrderPolicy()
        with self._database.read() as session:
            self._services = [service.service_id for service in services(session)]
        self._numbers = count()

    def open_queue(self) -> float:
        """All that the page asks for when it opens, and the wait for a service that is chosen."""
        return milliseconds(self._shown)

    def check_in(self) -> float:
        """The next number, and someone in the queue under it; they leave, unmeasured."""
        service = self._services[next(self._numbers) % len(self._services)]
        came: list[TicketId] = []
        took = milliseconds(lambda: came.append(self._check_in(service)))
        self._go(Leave, came[0])
        return took

    def call_next(self) -> float:
        """Who is next, and the call; then they are finished and another comes, unmeasured."""
        called: list[TicketId] = []
        took = milliseconds(lambda: called.append(self._call_next()))
        self._go(Finish, called[0])
        self._check_in(self._services[0])
        return took

    def close(self) -> None:
        self._database.close()

    def _queue(self, session: Session) -> Queue:
        return queue_of(session, centres.OFFICE, now=centres.MORNING, policy=self._policy)

    def _shown(self) -> None:
        office, now, policy = centres.OFFICE, centres.MORNING, self._policy
        # As the page does: the queue first, what is said below it in a read of its own.
        with self._database.read() as session:
            self._queue(session)
            at_counter(session, self._desk.device)
            services(session)
        with self._database.read() as session:
            forecast(session, office, now=now, policy=policy)
        with self._database.read() as session:
            wait_estimate(session, office, self._services[0], now=now, policy=policy)

    def _check_in(self, service: ServiceId) -> TicketId:
        with self._database.read() as session:
            number = number_for(session, self._desk.device, local_date(centres.MORNING))
        check_in = CheckIn(
            ticket_id=TicketId(self._new_id()),
            stretch_id=StretchId(self._new_id()),
            office_id=centres.OFFICE,
            number=number,
            number_on=local_date(centres.MORNING),
            service_id=service,
            arrived_at=centres.MORNING,
        )
        self._desk.issue(check_in, actor=centres.PERSON)
        return check_in.ticket_id

    def _call_next(self) -> TicketId:
        with self._database.read() as session:
            following = self._queue(session).next_call
            at_counter(session, self._desk.device)
        assert following is not None
        self._go(Call, following.ticket_id)
        return following.ticket_id

    def _go(self, kind: type[TicketAct], ticket_id: TicketId) -> None:
        stretch_id = StretchId(self._new_id())
        act = kind(ticket_id=ticket_id, stretch_id=stretch_id, at=centres.MORNING)
        self._desk.issue(act, actor=centres.PERSON)
