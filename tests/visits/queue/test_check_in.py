"""Checking in: who arrives, under which number, and which clock begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.visits.council import HOUSING, OFFICE, OTHER_OFFICE, Council
from visits.appointments.records import Appointment
from visits.ids import AppointmentId, ServiceId
from visits.queue.commands import NOTE_CHARACTERS_MAX
from visits.queue.records import Stretch, Ticket


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
