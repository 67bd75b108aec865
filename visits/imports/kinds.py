"""The kinds of list that a centre takes in, in the order in which an empty centre needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from sqlalchemy.orm import Session

from visits.imports import appointments, customers, staff, things
from visits.imports.columns import Column, Entry, Reading
from visits.imports.plan import Proposal
from visits.imports.things import Thing, Things


class Proposer(Protocol):
    """Says what rows of one kind of list mean for the centre."""

    def propose(self, session: Session, entries: Sequence[Entry]) -> Iterator[Proposal]:
        """What each row means, in the order of the list."""


Maker = Callable[[Reading, Callable[[], str], datetime], Proposer]


class Kind(Struct, frozen=True):
    """A kind of list: its columns, and what makes its proposals."""

    columns: tuple[Column, ...]
    proposer: Maker


def _thing(columns: tuple[Column, ...], thing: Thing) -> Kind:
    return Kind(columns, lambda reading, new_id, now: Things(thing, reading))


KINDS: dict[str, Kind] = {
    "offices": _thing(things.OFFICE_COLUMNS, things.OFFICES),
    "services": _thing(things.SERVICE_COLUMNS, things.SERVICES),
    "rooms": _thing(things.ROOM_COLUMNS, things.ROOMS),
    "closures": _thing(things.CLOSURE_COLUMNS, things.CLOSURES),
    "staff": Kind(staff.COLUMNS, lambda reading, new_id, now: staff.Staff(reading)),
    "customers": Kind(
        customers.COLUMNS, lambda reading, new_id, now: customers.Customers(reading, new_id)
    ),
    "appointments": Kind(appointments.COLUMNS, appointments.Appointments),
}
