"""Who comes to a reception in a morning, as the commands of one desk, in the order they happen."""

from __future__ import annotations

import random
import secrets
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

from sync.command import Arguments
from sync.desk import Desk
from sync.ids import IdSource
from tests.centres import OFFICE, SetClock
from visits.calendar.local_time import local_date
from visits.ids import CustomerId, ServiceId, StaffId, StretchId, TicketId
from visits.queue.commands import Call, CheckIn, Finish, Leave, NoShow, Serve
from visits.queue.turns import TicketAct

LETTER = "Z"
"""Numbers under it are given by no desk of the council."""
WAITING = 8
"""So many wait before the first of them is called."""
LEAVES_EACH, NOT_HERE_EACH = 10, 25
"""One of so many does not wait for the call; one of so many is called and not here."""
BETWEEN_MS = (200, 3_000)
"""Between two acts: close together, so that thousands of them are still of one day."""
NEEDS: tuple[list[str], ...] = ([], [], [], ["hearing_loop"], [], ["step_free", "interpreter"])


def visitors(desk: Desk, clock: SetClock, *, letter: str = LETTER) -> Iterator[Arguments]:
    """Check-ins, calls, services and leaves without end. The clock moves on with each."""
    draw = random.Random(7)
    new_id = IdSource(clock, secrets.randbits)
    officer = StaffId(_ids(desk, "staff_member")[0])
    waiting: deque[CheckIn] = deque()
    check_ins = _check_ins(desk, clock, new_id, letter)
    for number in count():
        came = next(check_ins)
        waiting.append(came)
        yield came
        clock.now += timedelta(milliseconds=draw.randint(*BETWEEN_MS))
        if len(waiting) <= WAITING:
            continue
        first = waiting.popleft()
        for act in _acts(number):
            yield act(
                ticket_id=first.ticket_id,
                stretch_id=StretchId(new_id()),
                at=clock(),
                staff_id=officer,
            )
            clock.now += timedelta(milliseconds=draw.randint(*BETWEEN_MS))


def _acts(number: int) -> tuple[type[TicketAct], ...]:
    if number % LEAVES_EACH == 0:
        return (Leave,)
    if number % NOT_HERE_EACH == 1:
        return (Call, NoShow)
    return (Call, Serve, Finish)


def _check_ins(desk: Desk, clock: SetClock, new_id: IdSource, letter: str) -> Iterator[CheckIn]:
    services = _ids(desk, "service")
    for number in count(101):
        yield CheckIn(
            ticket_id=TicketId(new_id()),
            stretch_id=StretchId(new_id()),
            office_id=OFFICE,
            number=f"{letter}{number}",
            number_on=local_date(clock()),
            service_id=ServiceId(services[number % len(services)]),
            arrived_at=clock(),
            # An id as desks make them: those of the sample's people are numbers, and pack better.
            customer_id=CustomerId(new_id()),
            access_needs=NEEDS[number % len(NEEDS)],
        )


def _ids(desk: Desk, table: str) -> Sequence[str]:
    with desk.node.database.read() as session:
        found = session.connection().exec_driver_sql(f"SELECT id FROM {table} LIMIT 500")
        return found.scalars().all()
