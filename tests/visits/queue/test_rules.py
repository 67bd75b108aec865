"""The order of a queue, the clock of a wait, and the life of a ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from visits.queue.rules import (
    TRANSITIONS,
    Clock,
    OrderPolicy,
    Pace,
    Placed,
    Waiting,
    Why,
    clock,
    next_number,
    order,
    reason,
    relief_is_due,
)

NOW = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
POLICY = OrderPolicy()
STATES = ("waiting", "called", "serving", "on_hold", "no_show", "left", "finished")


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def in_minutes(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def a_walk_in(number: str, *, waiting_minutes: float, priority: bool = False) -> Waiting:
    arrived_at = minutes_ago(waiting_minutes)
    return Waiting(
        ticket_id=f"ticket {number}",
        number=number,
        priority=priority,
        arrived_at=arrived_at,
        clock_from_at=arrived_at,
        appointment_at=None,
        target_minutes=10,
    )


def an_appointment(number: str, *, slot_at: datetime, waiting_minutes: float) -> Waiting:
    walk_in = a_walk_in(number, waiting_minutes=waiting_minutes)
    agreed = max(walk_in.arrived_at, slot_at)
    return replace(walk_in, appointment_at=slot_at, clock_from_at=agreed)


def numbers(queue: list[Waiting], *, relief: bool = False) -> list[str]:
    return [item.ticket.number for item in placed(queue, relief=relief)]


def placed(queue: list[Waiting], *, relief: bool = False) -> tuple[Placed, ...]:
    return order(queue, now=NOW, policy=POLICY, relief_is_due=relief)


def test_walk_ins_are_called_by_arrival() -> None:
    queue = [a_walk_in("B02", waiting_minutes=3), a_walk_in("B01", waiting_minutes=9)]
    assert numbers(queue) == ["B01", "B02"]


def test_the_classes_come_in_the_order_that_the_design_states() -> None:
    queue = [
        an_appointment("B05", slot_at=in_minutes(30), waiting_minutes=5),
        a_walk_in("B04", waiting_minutes=20),
        an_appointment("B03", slot_at=minutes_ago(35), waiting_minutes=22),
        an_appointment("B02", slot_at=NOW, waiting_minutes=6),
        a_walk_in("B01", waiting_minutes=1, priority=True),
    ]
    assert numbers(queue) == ["B01", "B02", "B03", "B04", "B05"]
    assert [item.why for item in placed(queue)] == [
        Why.PRIORITY,
        Why.DUE,
        Why.LATE_FOR_APPOINTMENT,
        Why.BY_ARRIVAL,
        Why.NOT_YET_DUE,
    ]


def test_due_appointments_are_called_by_agreed_time_not_by_arrival() -> None:
    queue = [
        an_appointment("B01", slot_at=NOW, waiting_minutes=40),
        an_appointment("B02", slot_at=minutes_ago(5), waiting_minutes=1),
    ]
    assert numbers(queue) == ["B02", "B01"]


def test_an_appointment_is_due_two_minutes_before_its_time() -> None:
    due = an_appointment("B01", slot_at=in_minutes(2), waiting_minutes=5)
    early = an_appointment("B02", slot_at=in_minutes(2.1), waiting_minutes=5)
    assert [item.why for item in placed([due, early])] == [Why.DUE, Why.NOT_YET_DUE]


def test_ten_minutes_late_keeps_the_agreed_place_and_a_moment_more_loses_it() -> None:
    kept = an_appointment("B01", slot_at=minutes_ago(10), waiting_minutes=0)
    lost = an_appointment("B02", slot_at=minutes_ago(10.1), waiting_minutes=0)
    assert [item.why for item in placed([kept, lost])] == [Why.DUE, Why.LATE_FOR_APPOINTMENT]


def test_an_appointment_that_came_in_time_stays_due_however_long_it_waits() -> None:
    came_in_time = an_appointment("B01", slot_at=minutes_ago(50), waiting_minutes=55)
    assert placed([came_in_time])[0].why is Why.DUE


def test_relief_goes_to_the_oldest_long_wait_right_after_priority() -> None:
    queue = [
        a_walk_in("B01", waiting_minutes=1, priority=True),
        an_appointment("B02", slot_at=NOW, waiting_minutes=6),
        a_walk_in("B03", waiting_minutes=46),
        a_walk_in("B04", waiting_minutes=50),
    ]
    assert numbers(queue, relief=True) == ["B01", "B04", "B02", "B03"]
    assert numbers(queue, relief=False) == ["B01", "B02", "B04", "B03"]


def test_nobody_is_relieved_before_forty_five_minutes() -> None:
    queue = [
        an_appointment("B02", slot_at=NOW, waiting_minutes=6),
        a_walk_in("B03", waiting_minutes=44.9),
    ]
    assert numbers(queue, relief=True) == ["B02", "B03"]


def test_every_second_call_goes_to_a_long_wait_while_appointments_keep_coming() -> None:
    queue = [an_appointment(f"A{n:02}", slot_at=NOW, waiting_minutes=5) for n in range(1, 5)]
    queue += [a_walk_in(f"B{n:02}", waiting_minutes=60 - n) for n in range(1, 5)]
    called: list[str] = []
    calls: list[tuple[datetime, datetime, bool]] = []
    while queue:
        first = placed(queue, relief=relief_is_due(calls, POLICY))[0].ticket
        queue.remove(first)
        called.append(first.number)
        calls.append((first.arrived_at, NOW, first.appointment_at is not None))
    assert called == ["B01", "A01", "B02", "A02", "B03", "A03", "B04", "A04"]


def test_relief_is_due_unless_the_last_call_was_one() -> None:
    a_relief = (minutes_ago(50), NOW, False)
    an_appointments = (minutes_ago(50), NOW, True)
    a_short_wait = (minutes_ago(5), NOW, False)
    assert relief_is_due([], POLICY)
    assert not relief_is_due([a_short_wait, a_relief], POLICY)
    assert relief_is_due([a_relief, an_appointments], POLICY)
    assert relief_is_due([a_relief, a_short_wait], POLICY)


def test_the_numbers_of_the_order_are_settings() -> None:
    policy = OrderPolicy(due_early_minutes=0, late_after_minutes=60, relief_after_minutes=20)
    queue = [
        an_appointment("B01", slot_at=in_minutes(1), waiting_minutes=3),
        an_appointment("B02", slot_at=minutes_ago(59), waiting_minutes=0),
        a_walk_in("B03", waiting_minutes=21),
    ]
    found = order(queue, now=NOW, policy=policy, relief_is_due=True)
    assert [item.why for item in found] == [Why.RELIEF, Why.DUE, Why.NOT_YET_DUE]


waits = st.floats(min_value=0, max_value=120)
slots = st.one_of(st.none(), st.integers(min_value=-90, max_value=90))


@st.composite
def queues(draw: st.DrawFn) -> list[Waiting]:
    people = draw(st.lists(st.tuples(waits, slots, st.booleans()), max_size=12))
    queue = []
    for index, (waiting, slot, priority) in enumerate(people, start=1):
        number = f"B{index:02}"
        ticket = (
            a_walk_in(number, waiting_minutes=waiting)
            if slot is None
            else an_appointment(number, slot_at=in_minutes(slot), waiting_minutes=waiting)
        )
        queue.append(replace(ticket, priority=priority))
    return queue


@given(queues(), st.booleans())
def test_everyone_who_waits_has_one_place(queue: list[Waiting], relief: bool) -> None:
    assert sorted(numbers(queue, relief=relief)) == sorted(ticket.number for ticket in queue)


@given(queues(), st.booleans(), st.randoms())
def test_the_order_does_not_depend_on_how_the_rows_came(
    queue: list[Waiting], relief: bool, random: Random
) -> None:
    shuffled = list(queue)
    random.shuffle(shuffled)
    assert placed(shuffled, relief=relief) == placed(queue, relief=relief)


@given(queues(), st.booleans())
def test_priority_need_is_never_behind_anyone_without(queue: list[Waiting], relief: bool) -> None:
    needs = [item.ticket.priority for item in placed(queue, relief=relief)]
    assert needs == sorted(needs, reverse=True)


@given(queues())
def test_relief_moves_one_person_at_most_and_nobody_else(queue: list[Waiting]) -> None:
    plain, relieved = placed(queue), placed(queue, relief=True)
    moved = {item.ticket.number for item in relieved if item.why is Why.RELIEF}
    assert len(moved) <= 1
    assert [i.ticket for i in plain if i.ticket.number not in moved] == [
        i.ticket for i in relieved if i.ticket.number not in moved
    ]


@given(queues(), st.booleans())
def test_every_place_has_its_reason_in_words(queue: list[Waiting], relief: bool) -> None:
    for item in placed(queue, relief=relief):
        said = reason(item, now=NOW)
        assert said[0].isupper()
        assert not said.endswith(".")


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (a_walk_in("B01", waiting_minutes=1, priority=True), "Priority need"),
        (a_walk_in("B01", waiting_minutes=12.9), "Walk-in, waiting 12 minutes"),
        (an_appointment("B01", slot_at=NOW, waiting_minutes=5), "Appointment at 10:20am, due now"),
        (
            an_appointment("B01", slot_at=minutes_ago(20), waiting_minutes=2),
            "Appointment at 10am, came late, by arrival",
        ),
    ],
)
def test_the_reason_says_what_put_them_there(ticket: Waiting, said: str) -> None:
    assert reason(placed([ticket])[0], now=NOW) == said


def test_relief_says_how_long_they_have_waited() -> None:
    item = placed([a_walk_in("B01", waiting_minutes=65)], relief=True)[0]
    assert reason(item, now=NOW).startswith("Waiting 1 hour 5 minutes")


def test_the_reason_of_an_early_appointment_is_true_when_others_are_early_too() -> None:
    queue = [
        an_appointment(number, slot_at=in_minutes(40), waiting_minutes=1)
        for number in ("B01", "B02")
    ]
    assert [reason(item, now=NOW) for item in placed(queue)] == [
        "Appointment at 11am, not due yet"
    ] * 2


def a_clock(minutes: float, *, target_minutes: int = 10) -> Clock:
    return clock(
        clock_from_at=minutes_ago(minutes), target_minutes=target_minutes, now=NOW, policy=POLICY
    )


@pytest.mark.parametrize(
    ("waited", "pace", "words"),
    [
        (-5, Pace.NOT_DUE, "Due in 5 min"),
        (-0.5, Pace.NOT_DUE, "Due in 1 min"),
        (0, Pace.IN_GOOD_TIME, "10 min left"),
        (6.9, Pace.IN_GOOD_TIME, "4 min left"),
        (7, Pace.NEARLY_LATE, "3 min left"),
        (9.9, Pace.NEARLY_LATE, "1 min left"),
        (10, Pace.LATE, "Just over"),
        (12.5, Pace.LATE, "2 min over"),
    ],
)
def test_the_clock_says_how_a_wait_stands(waited: float, pace: Pace, words: str) -> None:
    shown = a_clock(waited)
    assert (shown.pace, shown.words) == (pace, words)


def test_a_service_without_a_target_is_late_at_once_rather_than_a_crash() -> None:
    assert a_clock(0, target_minutes=0).pace is Pace.LATE


@given(
    st.floats(min_value=-60, max_value=600),
    st.floats(min_value=0, max_value=60),
    st.integers(min_value=1, max_value=120),
)
def test_a_clock_only_ever_gets_later(earlier: float, more: float, target: int) -> None:
    paces = list(Pace)
    before, after = (a_clock(waited, target_minutes=target) for waited in (earlier, earlier + more))
    assert paces.index(before.pace) <= paces.index(after.pace)
    assert 0 <= before.fraction <= after.fraction <= 1


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ([], "B01"),
        (["B01", "B06"], "B07"),
        (["B09", "B99"], "B100"),
        (["B99", "B100"], "B101"),
        (["A41", "C12"], "B01"),
        (["BA12", "B03"], "B04"),
    ],
)
def test_a_desk_counts_its_own_numbers(today: list[str], expected: str) -> None:
    assert next_number("B", today) == expected


@given(st.integers(min_value=0, max_value=300))
def test_no_number_comes_twice_in_a_day(tickets: int) -> None:
    today: list[str] = []
    for _ in range(tickets):
        today.append(next_number("B", today))
    assert len(set(today)) == tickets


def test_every_act_starts_and_ends_in_a_known_state() -> None:
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) <= set(STATES)


def test_every_state_can_be_reached_by_someone_who_waits() -> None:
    reached, before = {"waiting"}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {to for (state, _), to in TRANSITIONS.items() if state in reached}
    assert reached == set(STATES)


@pytest.mark.parametrize("over", ["left", "finished"])
def test_what_is_over_stays_over(over: str) -> None:
    assert not [act for state, act in TRANSITIONS if state == over]


def test_a_no_show_can_come_back() -> None:
    assert TRANSITIONS["no_show", "return_to_queue"] == "waiting"
    assert TRANSITIONS["no_show", "call"] == "called"


def test_nobody_at_a_counter_can_be_marked_as_gone_without_being_called() -> None:
    assert ("waiting", "no_show") not in TRANSITIONS
    assert ("serving", "leave") not in TRANSITIONS
