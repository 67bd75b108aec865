"""How long a wait will be, and how many will wait too long: rules, and days played at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.queue.estimate import (
    SERVICES_ENOUGH,
    Load,
    ServiceTimes,
    WaitEstimate,
    band,
    band_words,
    estimate,
    forecast,
    residual_minutes,
    typical_minutes,
)
from visits.queue.rules import OrderPolicy, Waiting

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
UNTIL = datetime(2026, 11, 24, 11, 15, tzinfo=UTC)
POLICY = OrderPolicy()


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def told(ahead: int, *, open: int, free: int = 0, mean: float = 8) -> WaitEstimate:
    found = estimate(ahead_minutes=[mean] * ahead, overall_minutes=mean, open=open, free=free)
    assert found is not None
    return found


def test_the_wait_is_the_services_ahead_over_the_counters_open() -> None:
    assert told(2, open=1).minutes == 24
    assert told(2, open=3).minutes == 8
    assert (told(2, open=3).people_ahead, told(2, open=3).counters_open) == (2, 3)


def test_the_first_in_line_at_a_free_counter_does_not_wait() -> None:
    assert told(0, open=2, free=1).words == "no wait"
    assert told(1, open=2, free=2).words == "no wait"
    assert told(1, open=2, free=1).minutes == 4


def test_nothing_is_said_when_no_counter_is_open() -> None:
    assert estimate(ahead_minutes=[], overall_minutes=8, open=0, free=0) is None


def test_services_ahead_count_with_the_length_of_their_own_kind() -> None:
    found = estimate(ahead_minutes=[45, 5], overall_minutes=10, open=2, free=0)
    assert found is not None
    assert found.minutes == 30


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "no wait"),
        (0.5, "up to 5 minutes"),
        (5, "up to 10 minutes"),
        (7, "about 5 to 10 minutes"),
        (12, "about 10 to 15 minutes"),
        (17, "about 10 to 25 minutes"),
        (44, "about 35 to 55 minutes"),
        (50, "about 40 minutes to 1 hour 5 minutes"),
        (120, "about 1 hour 40 minutes to 2 hours 30 minutes"),
    ],
)
def test_a_wait_is_said_as_a_band(minutes: float, words: str) -> None:
    assert band_words(*band(minutes)) == words


@given(st.floats(min_value=0.01, max_value=600))
def test_the_band_holds_the_estimate_in_whole_steps(minutes: float) -> None:
    low, high = band(minutes)
    assert low <= minutes <= high
    assert low < high
    assert low % 5 == high % 5 == 0


@given(st.lists(st.floats(min_value=0.1, max_value=90), max_size=12), st.integers(1, 6))
def test_more_counters_and_fewer_people_never_lengthen_the_wait(
    ahead: list[float], open: int
) -> None:
    here = estimate(ahead_minutes=ahead, overall_minutes=8, open=open, free=0)
    more = estimate(ahead_minutes=ahead, overall_minutes=8, open=open + 1, free=1)
    fewer = estimate(ahead_minutes=ahead[:-1], overall_minutes=8, open=open, free=0)
    assert here is not None and more is not None and fewer is not None
    assert max(more.minutes, fewer.minutes) <= here.minutes
    assert more.minutes >= 0


def test_with_too_few_services_there_is_no_mean() -> None:
    assert typical_minutes([8.0] * (SERVICES_ENOUGH - 1)) is None
    assert typical_minutes([8.0] * SERVICES_ENOUGH) == 8


def test_one_service_left_open_over_lunch_hardly_moves_the_mean() -> None:
    assert typical_minutes([8.0] * 39 + [300.0]) == 8


def test_a_service_has_its_own_mean_where_there_is_enough_of_it() -> None:
    times = ServiceTimes.of([("housing", 45.0)] * 20 + [("parking", 5.0)] * 5)
    assert times is not None
    assert times.minutes("housing") == 45
    assert times.minutes("parking") == times.minutes("never seen") == times.overall_minutes == 37


def test_what_has_lasted_long_is_still_expected_to_go_on() -> None:
    assert residual_minutes(2, 8) == 6
    assert residual_minutes(7.5, 8) == residual_minutes(60, 8) == 2


def a_load(name: str, arrived_at: datetime, *, minutes: float = 8, target: int = 10) -> Load:
    return Load(Waiting(name, name, False, arrived_at, arrived_at, None, target), minutes)


def test_the_forecast_names_how_many_pass_and_what_would_help() -> None:
    found = forecast(
        queue=[a_load(f"B{n:02}", after(-9 + 2 * n)) for n in range(5)],
        expected=[],
        counters_free_at=[after(3)],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    # Their limits are 1, 3, 5, 7 and 9 minutes from now; the counter calls at 3, 11, 19 and 27.
    # With three more, three are called now, one at 3 minutes and one at 8.
    assert (found.late, found.counters_more) == (5, 3)
    assert found.words == (
        "At this pace 5 people will pass 10 minutes before 11:15am. "
        "3 more counters keep all within it."
    )


def test_one_counter_is_said_as_one_and_one_person_as_one() -> None:
    found = forecast(
        queue=[a_load("B01", after(-2)), a_load("B02", after(-1))],
        expected=[],
        counters_free_at=[after(5)],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    assert found.words == (
        "At this pace 1 person will pass 10 minutes before 11:15am. "
        "One more counter keeps all within it."
    )


def test_when_all_is_well_the_forecast_says_so() -> None:
    found = forecast(
        queue=[a_load("B01", after(-2))],
        expected=[a_load("new", after(9))],
        counters_free_at=[NOW],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    assert found.words == (
        "At this pace nobody who is in time now will pass 10 minutes before 11:15am."
    )


def test_when_no_number_of_counters_helps_it_does_not_promise() -> None:
    found = forecast(
        queue=[a_load(f"B{n:02}", after(-9.9), minutes=40) for n in range(9)],
        expected=[],
        counters_free_at=[after(20)],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    assert (found.late, found.counters_more, found.late_with_most) == (9, None, 5)
    assert found.words.endswith("Even 4 more counters would leave 5 people over it.")


def test_who_is_over_the_target_already_cannot_be_kept_within_it() -> None:
    found = forecast(
        queue=[a_load("B01", after(-30))],
        expected=[],
        counters_free_at=[after(20)],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    assert found.late == 0


def test_services_with_other_targets_are_held_to_their_own() -> None:
    found = forecast(
        queue=[a_load("B01", after(-8), target=10), a_load("B02", after(-8), target=60)],
        expected=[],
        counters_free_at=[after(5)],
        now=NOW,
        until_at=UNTIL,
        policy=POLICY,
    )
    assert found.late == 1
    assert "1 person will pass their target" in found.words


@dataclass(frozen=True, slots=True)
class Told:
    """What one person was told, and what became of it."""

    minutes: float
    high_minutes: int
    waited: float


def a_day(draw: Random, *, counters: int, load: float, mean: float = 8) -> list[Told]:
    """Eight hours of people who are served in turn, each told a wait when they come."""
    lengths: list[float] = [_length(draw, mean) for _ in range(200)]
    free_at = [0.0] * counters
    calls: list[float] = []
    told_all: list[Told] = []
    at = 0.0
    while (at := at + draw.expovariate(load * counters / mean)) < 480:
        ahead = sum(called > at for called in calls)
        typical = typical_minutes(lengths[-200:])
        assert typical is not None
        said = estimate(
            ahead_minutes=[typical] * ahead,
            overall_minutes=typical,
            open=counters,
            free=0 if ahead else sum(free <= at for free in free_at),
        )
        assert said is not None
        first = min(range(counters), key=free_at.__getitem__)
        called_at = max(at, free_at[first])
        length = _length(draw, mean)
        free_at[first] = called_at + length
        calls.append(called_at)
        lengths.append(length)
        told_all.append(Told(said.minutes, said.high_minutes, called_at - at))
    return told_all


def _length(draw: Random, mean: float) -> float:
    # Lognormal with a coefficient of variation of 0.8, as services are.
    return mean * draw.lognormvariate(-0.247, 0.703)


@pytest.mark.parametrize(("counters", "load"), [(1, 0.7), (2, 0.8), (3, 0.85)])
def test_what_people_are_told_is_near_what_they_wait(counters: int, load: float) -> None:
    draw = Random(f"{counters} counters")
    days = [a_day(draw, counters=counters, load=load) for _ in range(80)]
    people = [person for day in days for person in day]
    assert abs(fmean(person.minutes - person.waited for person in people)) < 1.5
    told_too_little = fmean(person.waited > person.high_minutes + 5 for person in people)
    assert told_too_little < 0.12


def test_the_counters_that_a_forecast_asks_for_do_help() -> None:
    draw = Random("forecast")
    late_before, late_after, asked = 0, 0, 0
    for _ in range(60):
        queue = [a_load(f"B{n:02}", after(-draw.uniform(0, 9))) for n in range(7)]
        counters = [after(draw.uniform(0, 6)) for _ in range(2)]
        said = forecast(
            queue=queue,
            expected=[],
            counters_free_at=counters,
            now=NOW,
            until_at=UNTIL,
            policy=POLICY,
        )
        if not said.counters_more:
            continue
        asked += 1
        lengths = [_length(draw, 8) for _ in queue]
        more = [*counters, *[NOW] * said.counters_more]
        late_before += late_in_truth(queue, lengths, counters)
        late_after += late_in_truth(queue, lengths, more)
    assert asked > 20
    assert late_after < late_before / 4


def late_in_truth(queue: list[Load], lengths: list[float], counters: list[datetime]) -> int:
    free_at = sorted(counters)
    late = 0
    for load, length in zip(
        sorted(queue, key=lambda load: load.ticket.arrived_at), lengths, strict=True
    ):
        called_at = free_at.pop(0)
        late += called_at > load.ticket.clock_from_at + timedelta(minutes=10)
        free_at = sorted([*free_at, called_at + timedelta(minutes=length)])
    return late
