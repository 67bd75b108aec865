"""What speaks of a row that this device does not hold is shown all the same, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tests.visits.council import DESK, OFFICE, OFFICER, Council
from tests.visits.home_visits.agreed import a_visit
from tests.visits.rooms.holding import a_hold
from visits.appointments.queries import booked_on, expected_today, sheet
from visits.customers.records import Customer, CustomerDetails
from visits.home_visits.queries import day_of_visits
from visits.ids import CustomerId
from visits.queue.commands import Call
from visits.queue.queries import at_counter, queue_of
from visits.queue.rules import OrderPolicy
from visits.rooms.queries import asked_for_rooms, rooms_of
from visits.words import NAME_NOT_HERE, NO_NAME

Shown = Callable[[Session, Council], Iterable[str | None]]


def a_day_of(council: Council, customer_id: CustomerId) -> None:
    """This person waits, sits in a room, is at a counter, and is still to come."""
    for given in (
        {"wants_private": True, "number": "A01"},
        {"number": "A02"},
        {"number": "A03", "waiting_minutes": 30},
    ):
        ticket_id = council.a_ticket(customer_id=customer_id, **given)
    council.do(Call(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now))
    council.do(a_hold(council, council.a_room(), ticket_id=ticket_id))
    council.an_appointment(in_minutes=60, customer_id=customer_id)
    a_visit(council, customer_id=customer_id)


def waiting(session: Session, council: Council) -> Iterable[str]:
    shown = queue_of(session, OFFICE, now=council.now, policy=OrderPolicy())
    return [row.person for row in shown.rows]


def on_counter(session: Session, council: Council) -> Iterable[str]:
    here = at_counter(session, DESK)
    return [here.person] if here else []


PLACES: dict[str, tuple[int, Shown]] = {
    "the queue": (2, waiting),
    "the counter": (1, on_counter),
    "who asked for a room": (
        1,
        lambda s, c: [one.person for one in asked_for_rooms(s, OFFICE, now=c.now)],
    ),
    "the rooms": (1, lambda s, c: [room.person for room in rooms_of(s, OFFICE)]),
    "appointments of the day": (
        1,
        lambda s, c: [b.customer for b in booked_on(s, OFFICE, c.today)],
    ),
    "who is still to come": (
        1,
        lambda s, c: [one.customer for one in expected_today(s, OFFICE, c.today)],
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_s6_a_person_whose_card_is_not_held_here_is_listed_and_said_to_be_so(
    council: Council, place: str
) -> None:
    customer_id = council.a_customer("Dorothy Hughes")
    a_day_of(council, customer_id)
    expected, shown = PLACES[place]
    with council.node.database.write() as session:
        assert list(shown(session, council)) == ["Dorothy Hughes"] * expected
        session.execute(delete(Customer).where(Customer.id == customer_id))
        assert list(shown(session, council)) == [NAME_NOT_HERE] * expected


def test_s6_an_appointment_and_a_visit_open_without_the_persons_card(council: Council) -> None:
    customer_id = council.a_customer("Dorothy Hughes")
    a_visit(council, customer_id=customer_id, who_to_see="Mrs Hughes")
    appointment_id = council.an_appointment(in_minutes=60, customer_id=customer_id)
    with council.node.database.write() as session:
        for kind in (Customer, CustomerDetails):
            session.execute(delete(kind))
        found = sheet(session, appointment_id)
        assert found is not None
        assert (found.customer, found.customer_id) == ("", customer_id)
        (visit,) = day_of_visits(session, OFFICER, council.today)
        assert (visit.customer, visit.who_to_see, visit.phone) == ("Mrs Hughes", "Mrs Hughes", "")


def test_who_gave_no_name_is_told_from_who_is_not_known_here(council: Council) -> None:
    council.a_ticket(number="A01")
    council.later(minutes=1)
    council.a_ticket(number="A02", customer_id=CustomerId("of another office"))
    with council.node.database.read() as session:
        assert list(waiting(session, council)) == [NO_NAME, NAME_NOT_HERE]
