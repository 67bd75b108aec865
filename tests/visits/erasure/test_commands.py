"""A person is erased: what is of them goes, what was done for them stays as a figure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import String

from tests.visits.council import DESK, OFFICER, Council
from tests.visits.home_visits.agreed import a_visit
from visits.access.rules import CENTRE
from visits.appointments.records import Appointment
from visits.customers.records import Customer, CustomerDetails
from visits.erasure.commands import Erase
from visits.erasure.queries import erased_ids, to_erase_again
from visits.erasure.records import Erasure
from visits.erasure.rules import GONE, KEPT, NOBODY
from visits.home_visits.records import HomeVisit
from visits.ids import CustomerId
from visits.imports.commands import TakeIn
from visits.notices.records import Notice
from visits.queue.commands import Leave, UndoCheckIn
from visits.queue.records import Stretch, Ticket
from visits.record import Record

SAYS_NOTHING = {
    "id", "scope", "office_id", "service_id", "staff_id", "desk_id", "team_id", "appointment_id",
    "stretch_id", "step_id", "command_id", "about_id", "ticket_id", "visit_id", "before_id",
    "number", "source", "state", "kind", "channel", "status", "act", "state_before",
}  # fmt: skip
"""Texts that are ids of other rows or words of the app's own."""


def erase(council: Council, customer_id: CustomerId) -> None:
    council.do(Erase(customer_id=customer_id), desk=CENTRE, by=CENTRE)


def leave(council: Council, ticket: str) -> None:
    council.do(Leave(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))  # type: ignore[arg-type]


def test_the_card_and_the_details_go_and_nobody_else_s(council: Council) -> None:
    person, other = council.a_customer(), council.a_customer("Ali Khan")
    erase(council, person)
    assert [each.id for each in council.rows(Customer)] == [other]
    assert [each.customer_id for each in council.rows(CustomerDetails)] == [other]


def test_a_ticket_stays_with_its_times_and_without_its_person(council: Council) -> None:
    person = council.a_customer()
    ticket = council.a_ticket(customer_id=person, note="asks for a loan", access_needs=["seat"])
    leave(council, ticket)
    before = council.row(Ticket, ticket)
    erase(council, person)
    after = council.row(Ticket, ticket)
    assert (after.customer_id, after.note, after.access_needs) == (None, "", [])
    assert (after.number, after.arrived_at, after.state) == (
        before.number,
        before.arrived_at,
        "left",
    )
    assert len(council.rows(Stretch)) == 2


def test_an_appointment_a_visit_and_their_notices_are_nobody_s_any_more(council: Council) -> None:
    person = council.a_customer()
    council.an_appointment(in_minutes=-90, customer_id=person, state="finished")
    a_visit(council, customer_id=person, minute=12 * 60)
    council.later(minutes=24 * 60)
    erase(council, person)
    (appointment,) = council.rows(Appointment)
    assert (appointment.customer_id, appointment.reference, appointment.note) == (NOBODY, "", "")
    (visit,) = council.rows(HomeVisit)
    told = (visit.customer_id, visit.who_to_see, visit.address, visit.reason, visit.bring)
    assert told == (NOBODY, "", "", "", [])
    assert {each.customer_id for each in council.rows(Notice)} == {NOBODY}


def test_the_erasure_names_every_row_that_was_theirs(council: Council) -> None:
    person = council.a_customer()
    ticket = council.a_ticket(customer_id=person)
    leave(council, ticket)
    [details] = council.rows(CustomerDetails)
    erase(council, person)
    (erasure,) = council.rows(Erasure)
    assert (erasure.id, erasure.erased_at) == (person, council.now)
    with council.node.database.read() as session:
        assert erased_ids(session) == {person, ticket, details.id}


def test_a_check_in_that_was_undone_and_who_was_never_called_stand_in_nobody_s_way(
    council: Council,
) -> None:
    person = council.a_customer()
    undone = council.a_ticket(customer_id=person, note="a slip")
    council.do(UndoCheckIn(ticket_id=undone, at=council.now))
    waited = council.a_ticket(customer_id=person, note="left without a word")
    assert council.refusal(Erase(customer_id=person), desk=CENTRE, by=CENTRE).reason == "still_open"
    council.later(minutes=2 * 24 * 60)
    erase(council, person)
    for ticket in (undone, waited):
        assert (council.row(Ticket, ticket).customer_id, council.row(Ticket, ticket).note) == (
            None,
            "",
        )


def test_words_written_into_an_emptied_row_afterwards_are_erased_again(council: Council) -> None:
    person = council.a_customer()
    ticket = council.a_ticket(customer_id=person)
    leave(council, ticket)
    erase(council, person)
    first = council.rows(Stretch)[0].id
    with council.node.database.write() as session:
        stretch = session.get(Stretch, first)
        assert stretch is not None
        stretch.reason = "she asked for Dorothy"
    with council.node.database.read() as session:
        assert to_erase_again(session, council.now) == (person,)
    erase(council, person)
    assert {each.reason for each in council.rows(Stretch)} == {""}


def test_a_card_that_a_list_under_way_brings_back_is_erased_again(council: Council) -> None:
    person = council.a_customer()
    row = council.row(Customer, person)
    values = {column.name: getattr(row, column.name) for column in Customer.__table__.columns}
    card = council.node.imaging.image("customer", values)
    erase(council, person)
    council.do(TakeIn(tables={"customer": [dict(card)]}), desk=CENTRE, by=CENTRE)
    with council.node.database.read() as session:
        assert to_erase_again(session, council.now) == (person,)
    erase(council, person)
    assert council.rows(Customer) == []


@pytest.mark.parametrize("what", ["ticket", "appointment", "visit"])
def test_who_has_something_open_is_not_erased(council: Council, what: str) -> None:
    person = council.a_customer()
    if what == "ticket":
        council.a_ticket(customer_id=person)
    elif what == "appointment":
        council.an_appointment(in_minutes=60, customer_id=person)
    else:
        a_visit(council, customer_id=person)
    refusal = council.refusal(Erase(customer_id=person), desk=CENTRE, by=CENTRE)
    assert refusal.reason == "still_open"


def test_what_is_over_does_not_stand_in_the_way(council: Council) -> None:
    person = council.a_customer()
    council.an_appointment(in_minutes=60, customer_id=person, state="cancelled")
    council.an_appointment(in_minutes=-60, customer_id=person)
    erase(council, person)
    assert council.rows(Customer) == []


@pytest.mark.parametrize(
    ("desk", "by", "reason"), [(DESK, OFFICER, "not_allowed"), (CENTRE, CENTRE, "not_found")]
)
def test_nobody_else_erases_and_nobody_is_erased_who_is_not_there(
    council: Council, desk: str, by: str, reason: str
) -> None:
    person = council.a_customer() if desk == DESK else CustomerId("nobody")
    assert council.refusal(Erase(customer_id=person), desk=desk, by=by).reason == reason


def test_what_was_done_for_them_meanwhile_is_erased_once_it_is_over(council: Council) -> None:
    person = council.a_customer()
    erase(council, person)
    ticket = council.a_ticket(customer_id=person, note="came again")
    with council.node.database.read() as session:
        assert to_erase_again(session, council.now) == ()
    leave(council, ticket)
    with council.node.database.read() as session:
        assert to_erase_again(session, council.now) == (person,)
    erase(council, person)
    assert council.row(Ticket, ticket).note == ""
    (erasure,) = council.rows(Erasure)
    assert ticket in erasure.row_ids
    with council.node.database.read() as session:
        assert to_erase_again(session, council.now + timedelta(days=1)) == ()


def test_every_record_that_names_a_person_is_erased_or_says_nothing_of_them() -> None:
    named = {mapper.class_ for mapper in Record.registry.mappers if "customer_id" in mapper.columns}
    known = {kept.record for kept in KEPT} | {record for record, _ in GONE}
    assert named <= known


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.record.__tablename__)
def test_every_text_of_what_stays_is_emptied(kept: object) -> None:
    for record, becomes in (
        (kept.record, kept.becomes),  # type: ignore[attr-defined]
        *((part.record, part.becomes) for part in kept.parts),  # type: ignore[attr-defined]
    ):
        texts = {
            column.name
            for column in record.__table__.columns
            if isinstance(column.type, String) or column.type.__class__.__name__ == "JSON"
        }
        assert texts - becomes.keys() <= SAYS_NOTHING
