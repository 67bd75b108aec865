"""The invented council: the same for one seed, and sensible at any hour of any day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import insert

from sync.node import Node
from sync.record import from_milliseconds
from visits.calendar.bank_holidays import published
from visits.calendar.local_time import instant, local_date, local_minute
from visits.central.sample import sample
from visits.ids import OfficeId
from visits.queue.queries import queue_of
from visits.queue.rules import OrderPolicy
from visits.sample.people import STREETS

CUSTOMERS = 400
OFFICE = OfficeId("sample-office-civic")
TUESDAY = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
MOMENTS = {
    "a Tuesday morning": TUESDAY,
    "a Saturday": datetime(2026, 11, 28, 11, 17, tzinfo=UTC),
    "ten past midnight": datetime(2026, 11, 25, 0, 10, tzinfo=UTC),
    "25 to midnight": datetime(2026, 11, 24, 23, 35, tzinfo=UTC),
    "a bank holiday": datetime(2026, 12, 25, 10, 42, tzinfo=UTC),
    "the day the clocks go forward": datetime(2027, 3, 28, 9, 3, tzinfo=UTC),
    "the day the clocks go back": datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    "a summer afternoon": datetime(2026, 7, 15, 14, 59, 59, tzinfo=UTC),
}
Rows = dict[str, list[dict[str, Any]]]


@cache
def rows_at(now: datetime, seed: int = 1) -> Rows:
    rows: Rows = defaultdict(list)
    for table, image in sample(seed, customers=CUSTOMERS, now=now):
        rows[table].append(image)
    return rows


@pytest.fixture(params=MOMENTS)
def now(request: pytest.FixtureRequest) -> datetime:
    return MOMENTS[request.param]


def test_one_seed_gives_one_council_and_another_gives_another() -> None:
    def taken(seed: int) -> list[tuple[str, dict[str, Any]]]:
        return [(table, dict(row)) for table, row in sample(seed, customers=50, now=TUESDAY)]

    assert taken(1) == taken(1)
    assert taken(1) != taken(2)


def test_the_council_is_as_large_as_it_says() -> None:
    rows = rows_at(TUESDAY)
    counts = {table: len(rows[table]) for table in ("office", "service", "team", "staff_member")}
    assert counts == {"office": 2, "service": 12, "team": 5, "staff_member": 40}
    assert len({member["team_id"] for member in rows["staff_member"]}) == 5
    assert len({member["photo"] for member in rows["staff_member"]}) == 40
    assert len(rows["customer"]) == len(rows["customer_details"]) == CUSTOMERS
    planned_on = {local_date(from_milliseconds(v["planned_at"])) for v in rows["home_visit"]}
    assert len(planned_on) == 19  # four weeks of weekdays without the day of training


def test_every_row_has_an_id_of_its_own(now: datetime) -> None:
    for table, rows in rows_at(now).items():
        ids = [row["id"] for row in rows]
        assert len(set(ids)) == len(ids), table


def test_nobody_can_be_reached_who_exists(now: datetime) -> None:
    rows = rows_at(now)
    drama = re.compile(r"01632960\d{3}|07700900\d{3}")
    for table in ("customer_details", "staff_member", "office", "team"):
        for row in rows[table]:
            assert drama.fullmatch(row["phone"].replace(" ", "")), row["phone"]
    assert all(row["email"].endswith("@example.org") for row in rows["customer_details"])
    for row in rows["customer_details"]:
        assert any(street in row["address"] for street in STREETS)


def test_a_visit_goes_to_the_home_of_the_person_visited(now: datetime) -> None:
    rows = rows_at(now)
    names = {card["id"]: card["full_name"] for card in rows["customer"]}
    addresses = {row["customer_id"]: row["address"] for row in rows["customer_details"]}
    for visit in rows["home_visit"]:
        assert visit["address"] == addresses[visit["customer_id"]]
        assert visit["who_to_see"] == names[visit["customer_id"]]


def spans(rows: Rows) -> dict[str, list[tuple[datetime, datetime]]]:
    """What each officer does, from when to when."""
    found = defaultdict(list)
    for each in rows["appointment"]:
        span = (from_milliseconds(each["starts_at"]), from_milliseconds(each["ends_at"]))
        found[each["staff_id"]].append(span)
    for each in rows["home_visit"]:
        begins = from_milliseconds(each["planned_at"])
        span = (begins, begins + timedelta(minutes=each["duration_minutes"]))
        found[each["staff_id"]].append(span)
    return found


def test_no_officer_is_in_two_places(now: datetime) -> None:
    for staff_id, busy in spans(rows_at(now)).items():
        busy.sort()
        for (_, ends), (begins, _) in zip(busy, busy[1:], strict=False):
            assert ends <= begins, staff_id


def test_officers_work_in_their_hours_and_eat_their_lunch(now: datetime) -> None:
    rows = rows_at(now)
    hours = {(h["staff_id"], h["weekday"]): h for h in rows["working_hours"]}
    lunches = {(b["staff_id"], b["weekday"]): b for b in rows["staff_break"]}
    for staff_id, busy in spans(rows).items():
        for begins, ends in busy:
            on_date, minute = local_date(begins), local_minute(begins)
            until = minute + int((ends - begins).total_seconds() // 60)
            works = hours[staff_id, on_date.weekday()]
            assert works["starts_minute"] <= minute
            assert until <= works["ends_minute"]
            lunch = lunches.get((staff_id, on_date.weekday()))
            if lunch is not None:
                assert until <= lunch["starts_minute"] or minute >= lunch["ends_minute"]


def test_nothing_takes_place_while_the_office_is_closed(now: datetime) -> None:
    rows = rows_at(now)
    closed = set(published("england-and-wales"))
    closed |= {date.fromisoformat(row["on_date"]) for row in rows["closure"]}
    opening = {(h["office_id"], h["weekday"]): h for h in rows["opening_hours"]}
    for each in rows["appointment"]:
        begins = from_milliseconds(each["starts_at"])
        assert local_date(begins) not in closed
        hours = opening[each["office_id"], local_date(begins).weekday()]
        assert hours["opens_minute"] <= local_minute(begins) < hours["closes_minute"]
    for visit in rows["home_visit"]:
        assert local_date(from_milliseconds(visit["planned_at"])) not in closed


def test_every_piece_of_time_that_is_taken_is_claimed(now: datetime) -> None:
    rows = rows_at(now)
    claimed = {(row["staff_id"], from_milliseconds(row["starts_at"])) for row in rows["staff_time"]}
    for staff_id, busy in spans(rows).items():
        for begins, ends in busy:
            at = begins
            while at < ends:
                assert (staff_id, at) in claimed
                at += timedelta(minutes=5)


def test_stretches_follow_each_other_and_nobody_comes_from_the_future(now: datetime) -> None:
    rows = rows_at(now)
    stretches = {row["id"]: row for row in rows["stretch"]}
    for ticket in rows["ticket"]:
        open_one = stretches[ticket["stretch_id"]]
        assert open_one["to_at"] is None
        assert open_one["state"] == ticket["state"]
        while open_one["before_id"]:
            before = stretches[open_one["before_id"]]
            assert before["to_at"] == open_one["from_at"]
            assert before["from_at"] <= before["to_at"]
            open_one = before
        assert open_one["from_at"] == ticket["arrived_at"]
        assert from_milliseconds(ticket["arrived_at"]) < now
        if ticket["first_called_at"] is not None:
            assert ticket["arrived_at"] <= ticket["first_called_at"]


@pytest.fixture
def filled(node_on: Callable[[str], Node], now: datetime) -> Node:
    node = node_on("sqlite")
    with node.database.write() as session:
        for table in ("service", "customer", "staff_member", "appointment", "ticket", "stretch"):
            values = [node.imaging.values(table, image) for image in rows_at(now)[table]]
            if values:
                session.connection().execute(insert(node.imaging.tables[table]), values)
    return node


def test_a_morning_is_in_progress_at_any_hour(filled: Node, now: datetime) -> None:
    with filled.database.read() as session:
        queue = queue_of(session, OFFICE, now=now, policy=OrderPolicy())
    states = [row.state for row in queue.rows]
    assert states.count("waiting") == 8
    assert states.count("on_hold") == 1
    assert queue.counters_open == 2
    assert sum(row.priority for row in queue.rows) == 1
    assert sum(bool(row.needs) for row in queue.rows) >= 3
    assert queue.next_call is not None


def test_among_those_who_wait_are_a_due_an_early_and_a_late_appointment() -> None:
    rows = rows_at(TUESDAY)
    appointments = {row["id"]: row for row in rows["appointment"]}
    arrived = [
        (
            round(
                (from_milliseconds(appointments[t["appointment_id"]]["starts_at"]) - TUESDAY)
                / timedelta(minutes=1)
            ),
            appointments[t["appointment_id"]]["state"],
        )
        for t in rows["ticket"]
        if t["appointment_id"] and t["state"] == "waiting" and t["office_id"] == OFFICE
    ]
    assert sorted(arrived) == [(-37, "arrived"), (-2, "arrived"), (28, "arrived")]
    finished = [t for t in rows["ticket"] if t["appointment_id"] and t["state"] == "finished"]
    assert {appointments[t["appointment_id"]]["state"] for t in finished} == {"finished"}
    assert len(finished) == 4


def test_what_is_past_has_taken_place_and_what_is_to_come_has_not() -> None:
    rows = rows_at(TUESDAY)
    for visit in rows["home_visit"]:
        ends = from_milliseconds(visit["planned_at"]) + timedelta(minutes=visit["duration_minutes"])
        assert (visit["state"] == "finished") == (ends <= TUESDAY)
    tomorrow = instant(local_date(TUESDAY) + timedelta(days=1), 0)
    for each in rows["appointment"]:
        if from_milliseconds(each["starts_at"]) >= tomorrow:
            assert each["state"] == "booked"
