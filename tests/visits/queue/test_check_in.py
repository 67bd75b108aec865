"""Checking in: who arrives, under which number, and which clock begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.record import to_milliseconds
from tests.visits.council import DESK, HOUSING, OFFICE, OTHER_OFFICE, Council
from visits.appointments.records import Appointment
from visits.ids import AppointmentId, ServiceId, TicketId
from visits.queue.commands import NOTE_CHARACTERS_MAX, Call, Undo, UndoCheckIn
from visits.queue.queries import number_for, queue_of
from visits.queue.records import Stretch, Ticket
from visits.queue.rules import OrderPolicy


def test_a_walk_in_waits_from_their_arrival(council: Council) -> None:
    ticket = council.row(Ticket, council.a_ticket(waiting_minutes=12))
    assert (ticket.source, ticket.state) == ("walk_in", "waiting")
    assert ticket.arrived_at == ticket.clock_from_at == council.ago(12)
    assert ticket.first_called_at is None
    stretch = council.row(Stretch, ticket.stretch_id)
    assert (stretch.state, stretch.from_at, stretch.to_at) == ("waiting", council.ago(12), None)


def test_what_was_said_at_the_desk_is_on_the_ticket(council: Council) -> None:
    customer_id = council.a_customer()
    ticket = council.row(
        Ticket,
        council.a_ticket(
            customer_id=customer_id,
            service_id=HOUSING,
            priority=True,
            wants_private=True,
            access_needs=["hearing_loop"],
            note="Cannot stand for long",
            source="phone",
        ),
    )
    assert (ticket.customer_id, ticket.service_id) == (customer_id, HOUSING)
    assert (ticket.priority, ticket.wants_private) == (True, True)
    assert (ticket.access_needs, ticket.note) == (["hearing_loop"], "Cannot stand for long")
    assert ticket.source == "phone"


@pytest.mark.parametrize(("in_minutes", "counts_from"), [(15, 15), (-15, 0), (0, 0)])
def test_an_appointment_counts_from_the_agreed_time_or_from_arrival_if_later(
    council: Council, in_minutes: int, counts_from: int
) -> None:
    appointment_id = council.an_appointment(in_minutes=in_minutes)
    ticket = council.row(Ticket, council.a_ticket(appointment_id=appointment_id))
    assert ticket.clock_from_at == council.now + timedelta(minutes=counts_from)
    assert (ticket.source, ticket.staff_id) == ("appointment", "officer-amira")
    assert council.row(Appointment, appointment_id).state == "arrived"


def test_checking_in_twice_for_one_appointment_is_refused(council: Council) -> None:
    appointment_id = council.an_appointment()
    council.a_ticket(appointment_id=appointment_id)
    again = council.check_in(appointment_id=appointment_id)
    assert council.refusal(again).reason == "already_arrived"


def test_a_cancelled_appointment_is_not_arrived_at(council: Council) -> None:
    appointment_id = council.an_appointment(state="cancelled")
    refusal = council.refusal(council.check_in(appointment_id=appointment_id))
    assert refusal.reason == "appointment_cancelled"


def test_an_appointment_at_another_office_is_named_with_that_office(council: Council) -> None:
    appointment_id = council.an_appointment(office_id=OTHER_OFFICE)
    refusal = council.refusal(council.check_in(appointment_id=appointment_id))
    assert (refusal.reason, refusal.data["office_id"]) == ("other_office", OTHER_OFFICE)


def test_an_id_is_used_once(council: Council) -> None:
    first = council.check_in()
    council.do(first)
    for again in (
        council.check_in(ticket_id=first.ticket_id),
        council.check_in(stretch_id=first.stretch_id),
    ):
        assert council.refusal(again).reason == "id_taken"


def test_a_number_is_given_once_a_day_in_an_office(council: Council) -> None:
    council.a_ticket(number="A07")
    refusal = council.refusal(council.check_in(number="A07"))
    assert (refusal.reason, refusal.data["number"]) == ("number_taken", "A07")
    council.a_ticket(number="A07", number_on=council.today + timedelta(days=1))
    council.a_ticket(number="A07", office_id=OTHER_OFFICE)
    numbers = [(t.office_id, t.number) for t in council.rows(Ticket)]
    assert sorted(numbers) == [(OFFICE, "A07"), (OFFICE, "A07"), (OTHER_OFFICE, "A07")]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"service_id": ServiceId("service-none")}, "service"),
        ({"appointment_id": AppointmentId("appointment-none")}, "appointment"),
    ],
)
def test_what_is_not_there_is_named(council: Council, given: dict[str, str], what: str) -> None:
    refusal = council.refusal(council.check_in(**given))
    assert (refusal.reason, refusal.data["what"]) == ("not_found", what)


def test_a_note_is_as_long_as_a_note_may_be_and_no_longer(council: Council) -> None:
    council.a_ticket(note="x" * NOTE_CHARACTERS_MAX)
    refusal = council.refusal(council.check_in(note="x" * (NOTE_CHARACTERS_MAX + 1)))
    assert (refusal.reason, refusal.data["limit"]) == ("note_too_long", NOTE_CHARACTERS_MAX)


def test_a_check_in_by_mistake_is_taken_back_and_nothing_counts_it(council: Council) -> None:
    appointment_id = council.an_appointment(in_minutes=-2)
    ticket_id = council.a_ticket(appointment_id=appointment_id, number="A01")
    council.later(minutes=1)
    council.do(UndoCheckIn(ticket_id=ticket_id, at=council.now))
    assert council.row(Appointment, appointment_id).state == "booked"
    assert council.row(Ticket, ticket_id).state == "undone"
    assert [stretch.undone for stretch in council.rows(Stretch)] == [True]
    with council.node.database.read() as session:
        queue = queue_of(session, OFFICE, now=council.now, policy=OrderPolicy())
        assert (queue.rows, queue.seen_today) == ((), 0)
        # The paper with this number may be in somebody's hand.
        assert number_for(session, DESK, council.today) == "A02"


def test_the_appointment_can_be_arrived_at_again(council: Council) -> None:
    appointment_id = council.an_appointment()
    council.do(
        UndoCheckIn(ticket_id=council.a_ticket(appointment_id=appointment_id), at=council.now)
    )
    again = council.row(Ticket, council.a_ticket(appointment_id=appointment_id))
    assert (again.state, again.appointment_id) == ("waiting", appointment_id)


def test_a_check_in_that_was_built_upon_stands(council: Council) -> None:
    called, roomed, undone = council.a_ticket(), council.a_ticket(), council.a_ticket()
    council.do(Call(ticket_id=called, stretch_id=council.stretch_id(), at=council.now))
    council.take_in("room_use", a_room_use(roomed, council))
    council.do(UndoCheckIn(ticket_id=undone, at=council.now))
    for ticket_id in (called, roomed, undone):
        refusal = council.refusal(UndoCheckIn(ticket_id=ticket_id, at=council.now))
        assert refusal.reason == "built_upon"
        assert refusal.data == {"number": council.row(Ticket, ticket_id).number}


def test_a_call_that_was_undone_leaves_the_check_in_to_be_undone(council: Council) -> None:
    ticket_id = council.a_ticket()
    call = Call(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now)
    council.do(call)
    council.do(Undo(ticket_id=ticket_id, stretch_id=call.stretch_id, at=council.now))
    council.do(UndoCheckIn(ticket_id=ticket_id, at=council.now))
    assert council.row(Ticket, ticket_id).state == "undone"


def test_what_was_taken_back_is_not_called(council: Council) -> None:
    ticket_id = council.a_ticket()
    council.do(UndoCheckIn(ticket_id=ticket_id, at=council.now))
    call = Call(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now)
    assert council.refusal(call).data["state"] == "undone"


def test_taking_back_a_check_in_that_is_not_there_is_refused(council: Council) -> None:
    refusal = council.refusal(UndoCheckIn(ticket_id=TicketId("none"), at=council.now))
    assert (refusal.reason, refusal.data["what"]) == ("not_found", "ticket")


def a_room_use(ticket_id: TicketId, council: Council) -> dict[str, object]:
    return {
        "id": council.new_id("room-use"),
        "scope": f"office:{OFFICE}",
        "office_id": OFFICE,
        "room_id": council.a_room(),
        "ticket_id": ticket_id,
        "staff_id": None,
        "from_at": to_milliseconds(council.now),
        "to_at": None,
        "minutes_planned": 30,
    }
