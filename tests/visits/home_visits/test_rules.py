"""Whether the day's promises still hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from visits.home_visits.rules import NEXT_ACT, STEPS, Promise, forecast, may

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass(frozen=True)
class AVisit:
    planned_at: datetime
    state: str = "planned"
    duration_minutes: int = 45
    delay_minutes: int = 0
    window_ends_at: datetime = NINE + timedelta(hours=9)
    changed_at: datetime | None = None


def at(hour: int, minute: int = 0) -> datetime:
    return NINE.replace(hour=hour, minute=minute)


def test_a_day_that_runs_to_plan_keeps_every_promise() -> None:
    day = [AVisit(at(10)), AVisit(at(11)), AVisit(at(14))]
    found = forecast(day, now=at(9))
    assert [f.begins_at for f in found] == [at(10), at(11), at(14)]
    assert {f.promise for f in found} == {Promise.KEPT}


def test_a_delay_shows_the_new_time_expected() -> None:
    (found,) = forecast([AVisit(at(10), delay_minutes=15)], now=at(9))
    assert (found.begins_at, found.ends_at) == (at(10, 15), at(11))
    assert found.promise is Promise.EATEN_INTO


def test_a_delay_reaches_later_visits_until_a_gap_takes_it_up() -> None:
    day = [AVisit(at(10), delay_minutes=30), AVisit(at(11)), AVisit(at(14))]
    found = forecast(day, now=at(9))
    assert [f.begins_at for f in found] == [at(10, 30), at(11, 30), at(14)]
    assert [f.promise for f in found] == [Promise.EATEN_INTO, Promise.EATEN_INTO, Promise.KEPT]


def test_a_visit_that_cannot_begin_within_its_window_breaks_the_promise() -> None:
    day = [AVisit(at(10), delay_minutes=90), AVisit(at(11), window_ends_at=at(12))]
    assert forecast(day, now=at(9))[1].promise is Promise.BROKEN


def test_a_visit_begun_at_the_end_of_its_window_keeps_the_promise_of_the_window() -> None:
    visit = AVisit(at(10), delay_minutes=60, window_ends_at=at(11))
    assert forecast([visit], now=at(9))[0].promise is Promise.EATEN_INTO


def test_a_visit_that_runs_over_delays_the_next() -> None:
    day = [AVisit(at(10), state="with_resident", changed_at=at(10, 5)), AVisit(at(11))]
    found = forecast(day, now=at(11, 10))
    assert found[1].begins_at == at(11, 25)


def test_a_visit_that_ended_early_delays_nothing() -> None:
    day = [
        AVisit(at(10), state="finished", delay_minutes=60, changed_at=at(10, 20)),
        AVisit(at(11)),
    ]
    assert forecast(day, now=at(10, 20))[1].begins_at == at(11)


def test_a_visit_that_nobody_set_off_for_begins_now_at_the_earliest() -> None:
    (found,) = forecast([AVisit(at(10), window_ends_at=at(11))], now=at(11, 30))
    assert (found.begins_at, found.promise) == (at(11, 30), Promise.BROKEN)


def test_less_than_five_minutes_are_no_delay() -> None:
    assert forecast([AVisit(at(10))], now=at(10, 4))[0].promise is Promise.KEPT
    assert forecast([AVisit(at(10))], now=at(10, 5))[0].promise is Promise.EATEN_INTO


@pytest.mark.parametrize("state", ["planned", "on_the_way", "with_resident"])
def test_the_act_expected_next_is_possible(state: str) -> None:
    assert may(state, NEXT_ACT[state])


def test_nothing_more_happens_to_a_visit_that_is_over() -> None:
    assert not {state for state, _ in STEPS} & {"finished", "no_answer"}
