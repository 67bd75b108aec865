"""What the waiting list, the counter and the desk's numbers say of real rows."""

from __future__ import annotations

from datetime import timedelta

from tests.visits.council import (
    COUNCIL_TAX,
    DESK,
    DESK_ELSEWHERE,
    HOUSING,
    OFFICE,
    OTHER_DESK,
    OTHER_OFFICE,
    Council,
)
from visits.calendar.local_time import instant
from visits.ids import OfficeId, TicketId
from visits.queue import outlook
from visits.queue.commands import Call, Finish, Hold, NoShow, Serve
from visits.queue.estimate import Forecast, WaitEstimate
from visits.queue.pace import COUNTER_IDLE_MINUTES_MAX, last_services, open_counters
from visits.queue.queries import Queue, at_counter, number_for, queue_of, services
from visits.queue.rules import OrderPolicy

POLICY = OrderPolicy()


def the_queue(council: Council, office_id: OfficeId = OFFICE) -> Queue:
    with council.node.database.read() as session:
        return queue_of(session, office_id, now=council.now, policy=POLICY)


def numbers(council: Council) -> list[str]:
    return [row.number for row in the_queue(council).rows]


def the_wait(council: Council) -> WaitEstimate | None:
    with council.node.database.read() as session:
        return outlook.wait_estimate(session, OFFICE, COUNCIL_TAX, now=council.now, policy=POLICY)


def the_forecast(council: Council) -> Forecast | None:
    with council.node.database.read() as session:
        return outlook.forecast(session, OFFICE, now=council.now, policy=POLICY)


def call(council: Council, ticket_id: TicketId, *, desk: str = DESK) -> None:
    council.do(
        Call(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now), desk=desk
    )


def finish(council: Council, ticket_id: TicketId, *, desk: str = DESK) -> None:
    council.do(
        Finish(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now), desk=desk
    )


def serve_many(council: Council, count: int, *, minutes: float = 8) -> None:
    """So many people come, are called at once and served for so long."""
    for _ in range(count):
        ticket_id = council.a_ticket()
        call(council, ticket_id)
        council.later(minutes=minutes)
        finish(council, ticket_id)


def test_the_list_the_next_call_and_the_reason_agree(council: Council) -> None:
    early = council.an_appointment(in_minutes=30)
    council.a_ticket(number="A01", waiting_minutes=5, appointment_id=early)
    council.a_ticket(number="A02", waiting_minutes=12)
    due = council.an_appointment(in_minutes=0)
    council.a_ticket(number="A03", waiting_minutes=6, appointment_id=due)
    council.a_ticket(number="A04", waiting_minutes=1, priority=True)
    queue = the_queue(council)
    assert [row.number for row in queue.rows] == ["A04", "A03", "A02", "A01"]
    assert queue.next_call is not None
    assert (queue.next_call.number, queue.next_call.why) == ("A04", "Priority need")


def test_those_set_aside_come_last_and_are_never_next(council: Council) -> None:
    held = council.a_ticket(number="A01", waiting_minutes=30)
    absent = council.a_ticket(number="A02", waiting_minutes=20)
    council.do(Hold(ticket_id=held, stretch_id=council.stretch_id(), at=council.now))
    call(council, absent)
    council.do(NoShow(ticket_id=absent, stretch_id=council.stretch_id(), at=council.now))
    queue = the_queue(council)
    assert [(row.number, row.state) for row in queue.rows] == [
        ("A02", "no_show"),
        ("A01", "on_hold"),
    ]
    assert queue.next_call is None


def test_an_office_sees_its_own_queue_alone(council: Council) -> None:
    council.a_ticket(number="A01")
    assert the_queue(council, OTHER_OFFICE).rows == ()


def test_who_was_left_over_yesterday_is_not_in_todays_queue(council: Council) -> None:
    council.a_ticket(number="A01", waiting_minutes=10)
    council.now += timedelta(days=1)
    council.a_ticket(number="A02", waiting_minutes=10)
    assert numbers(council) == ["A02"]


def test_past_midnight_those_who_came_before_it_still_wait(council: Council) -> None:
    council.now = instant(council.today, 23 * 60 + 35)
    council.a_ticket(number="A07", waiting_minutes=5)
    council.later(minutes=35)
    assert numbers(council) == ["A07"]
    with council.node.database.read() as session:
        # Two people with one number would wait at the same time.
        assert number_for(session, DESK, council.today) == "A08"


def test_t4_a_new_day_begins_with_one(council: Council) -> None:
    council.a_ticket(number="A07")
    council.now += timedelta(days=1)
    with council.node.database.read() as session:
        assert number_for(session, DESK, council.today) == "A01"


def test_desks_count_for_themselves(council: Council) -> None:
    for number in ("A01", "A02", "B01"):
        council.a_ticket(number=number)
    with council.node.database.read() as session:
        assert number_for(session, DESK, council.today) == "A03"
        assert number_for(session, OTHER_DESK, council.today) == "B02"
        assert number_for(session, DESK_ELSEWHERE, council.today) == "A01"
        assert number_for(session, "a desk that has not joined", council.today) == "X01"


def test_a_counter_shows_who_is_there(council: Council) -> None:
    customer_id = council.a_customer("Siân Price")
    ticket_id = council.a_ticket(
        number="A01", customer_id=customer_id, access_needs=["hearing_loop"], note="Has the form"
    )
    with council.node.database.read() as session:
        assert at_counter(session, DESK) is None
    call(council, ticket_id)
    with council.node.database.read() as session:
        here = at_counter(session, DESK)
        assert at_counter(session, OTHER_DESK) is None
    assert here is not None
    assert (here.number, here.state, here.person) == ("A01", "called", "Siân Price")
    assert (here.needs, here.note, here.since_at) == (
        ("hearing_loop",),
        "Has the form",
        council.now,
    )


def test_someone_without_a_name_is_shown_as_such(council: Council) -> None:
    council.a_ticket()
    assert the_queue(council).rows[0].person == "No name given"


def test_services_are_offered_by_name(council: Council) -> None:
    with council.node.database.read() as session:
        assert [choice.name for choice in services(session)] == ["Council tax", "Housing options"]


def test_the_day_counts_who_was_called_and_who_in_time(council: Council) -> None:
    for waiting_minutes in (4, 10, 11):
        call(council, council.a_ticket(waiting_minutes=waiting_minutes))
        with council.node.database.read() as session:
            here = at_counter(session, DESK)
        assert here is not None
        finish(council, here.ticket_id)
    queue = the_queue(council)
    assert (queue.seen_today, queue.seen_in_time_today) == (3, 2)


def test_a_counter_stays_open_between_two_people_and_closes_when_nobody_comes(
    council: Council,
) -> None:
    first, second = council.a_ticket(), council.a_ticket()
    call(council, first)
    call(council, second, desk=OTHER_DESK)
    council.later(minutes=3)
    finish(council, first)
    assert the_queue(council).counters_open == 2
    council.later(minutes=COUNTER_IDLE_MINUTES_MAX + 1)
    with council.node.database.read() as session:
        counters = open_counters(session, OFFICE, now=council.now)
    assert [(c.desk_id, c.since_at is None) for c in counters] == [(OTHER_DESK, False)]


def test_no_wait_is_told_on_too_little_data(council: Council) -> None:
    serve_many(council, 19)
    assert the_wait(council) is None
    assert the_forecast(council) is None


def test_a_wait_is_told_by_the_real_order(council: Council) -> None:
    serve_many(council, 20)
    here = council.a_ticket()
    call(council, here)
    council.do(Serve(ticket_id=here, stretch_id=council.stretch_id(), at=council.now))
    council.a_ticket(waiting_minutes=3)
    early = council.an_appointment(in_minutes=30)
    council.a_ticket(waiting_minutes=3, appointment_id=early)
    found = the_wait(council)
    assert found is not None
    # The appointment that is not due is behind whoever comes now.
    assert (found.people_ahead, found.counters_open) == (1, 1)
    assert found.words == "about 10 to 20 minutes"


def test_nobody_ahead_and_a_free_counter_is_no_wait(council: Council) -> None:
    serve_many(council, 20)
    found = the_wait(council)
    assert found is not None
    assert found.words == "no wait"


def test_no_wait_is_told_when_every_counter_is_closed(council: Council) -> None:
    serve_many(council, 20)
    council.later(minutes=COUNTER_IDLE_MINUTES_MAX + 1)
    assert the_wait(council) is None


def test_who_is_finished_in_the_moment_of_the_call_tells_nothing_of_services(
    council: Council,
) -> None:
    serve_many(council, 2)
    serve_many(council, 3, minutes=0)
    with council.node.database.read() as session:
        found = last_services(session, OFFICE, now=council.now)
    assert found == [(COUNCIL_TAX, 8.0)] * 2


def test_the_forecast_counts_those_who_wait_and_those_booked(council: Council) -> None:
    serve_many(council, 20)
    call(council, council.a_ticket())
    for waiting_minutes in (5, 4, 3):
        council.a_ticket(waiting_minutes=waiting_minutes, service_id=HOUSING)
    council.later(minutes=1)
    found = the_forecast(council)
    assert found is not None
    assert found.late >= 2
    assert found.counters_more is not None
    assert found.target_minutes == 10
    assert found.until_at - council.now >= timedelta(minutes=30)
    assert found.until_at.minute % 15 == 0
