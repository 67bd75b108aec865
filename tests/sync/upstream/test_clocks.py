"""T1: a computer's wrong clock is put right by what the answers state, and by nothing less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.storage.sqlite import open_memory
from sync.upstream.clocks import (
    FURTHEST,
    RIGHT_WITHIN,
    STATED_TO,
    RightedClock,
    clock_behind,
    keep_clock_behind,
)
from tests.sync import shelf

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT_ONCE = timedelta(milliseconds=40)
SECOND = timedelta(seconds=1)
HALF_A_SECOND = timedelta(seconds=0.5)
HOUR = timedelta(hours=1)


class Wrong:
    """A computer whose clock is behind the centre's by a fixed difference."""

    def __init__(self, behind: timedelta) -> None:
        self.is_behind = behind
        self.true_now = NOON
        self.clock = RightedClock(lambda: self.true_now - self.is_behind)

    def hear(self, *, there: timedelta = AT_ONCE, back: timedelta = AT_ONCE) -> None:
        """An answer after so long a way there and back, half a second after the last."""
        self.true_now += HALF_A_SECOND
        asked_at = self.clock.own()
        self.true_now += there
        stated_at = self.true_now.replace(microsecond=0)
        self.true_now += back
        self.clock.hear(stated_at, asked_at=asked_at, answered_at=self.clock.own())

    @property
    def off(self) -> timedelta:
        """How far the clock that is put right is off."""
        return abs(self.clock() - self.true_now)


@pytest.mark.parametrize("behind", [3 * HOUR, -3 * HOUR, 30 * SECOND, -30 * SECOND])
def test_two_answers_that_agree_put_it_right(behind: timedelta) -> None:
    computer = Wrong(behind)
    computer.hear()
    assert computer.clock.is_in_doubt
    assert computer.clock.behind == timedelta(0)
    for _ in range(2):
        computer.hear()
    assert not computer.clock.is_in_doubt
    assert computer.off <= STATED_TO + 2 * AT_ONCE


@pytest.mark.parametrize("behind", [RIGHT_WITHIN, -RIGHT_WITHIN, timedelta(0)])
def test_of_two_seconds_nothing_is_made(behind: timedelta) -> None:
    computer = Wrong(behind)
    for _ in range(100):
        computer.true_now += 700 * timedelta(milliseconds=1)
        computer.hear()
        assert computer.clock.behind == timedelta(0)


def test_an_answer_that_a_store_gives_again_and_again_moves_nothing() -> None:
    computer = Wrong(timedelta(0))
    for number in range(10):
        now = NOON + number * SECOND
        computer.clock.hear(NOON - HOUR, asked_at=now, answered_at=now + AT_ONCE)
    assert computer.clock.behind == timedelta(0)
    computer.true_now += 10 * SECOND
    computer.hear()
    assert not computer.clock.is_in_doubt


@pytest.mark.parametrize("year", [1970, 2025, 9999])
def test_an_upstream_that_has_lost_its_clock_is_not_followed(year: int) -> None:
    computer = Wrong(timedelta(0))
    for number in range(3):
        stated_at = datetime(year, 12, 31, 23, 59, 50, tzinfo=UTC) + number * SECOND
        computer.clock.hear(stated_at, asked_at=NOON, answered_at=NOON + 3 * SECOND)
    assert computer.clock.behind == timedelta(0)


def test_a_difference_that_no_clock_can_have_is_not_begun_with() -> None:
    node = shelf.a_desk(open_memory(), "desk-1").node
    with node.database.write() as session:
        keep_clock_behind(session, 2 * FURTHEST)
    with node.database.read() as session:
        assert clock_behind(session) == timedelta(0)


def test_answers_that_were_held_up_say_nothing_of_a_clock_that_is_right() -> None:
    computer = Wrong(timedelta(0))
    for _ in range(3):
        computer.hear(there=5 * HOUR, back=AT_ONCE)
        computer.hear(there=AT_ONCE, back=5 * HOUR)
    assert computer.clock.behind == timedelta(0)
    assert not computer.clock.is_in_doubt


def test_one_answer_that_states_a_wrong_time_moves_nothing() -> None:
    computer = Wrong(timedelta(0))
    computer.clock.hear(NOON - HOUR, asked_at=NOON, answered_at=NOON)
    assert computer.clock.is_in_doubt
    computer.hear()
    computer.clock.hear(NOON + HOUR, asked_at=NOON, answered_at=NOON)
    assert computer.clock.behind == timedelta(0)
    computer.hear()
    assert not computer.clock.is_in_doubt


def test_two_answers_that_contradict_each_other_move_nothing() -> None:
    computer = Wrong(timedelta(0))
    for hours in (-2, -1, 1, 2, 3):
        computer.clock.hear(NOON + hours * HOUR, asked_at=NOON, answered_at=NOON)
    assert computer.clock.behind == timedelta(0)


def test_a_clock_set_back_while_an_answer_was_on_its_way_tells_nothing() -> None:
    computer = Wrong(timedelta(0))
    for _ in range(2):
        computer.clock.hear(NOON, asked_at=NOON, answered_at=NOON - HOUR)
    assert computer.clock.behind == timedelta(0)
    assert not computer.clock.is_in_doubt


def test_a_clock_that_the_service_desk_has_mended_is_its_own_again() -> None:
    computer = Wrong(3 * HOUR)
    for is_behind in (3 * HOUR, timedelta(0)):
        computer.is_behind = is_behind
        for _ in range(3):
            computer.hear()
        assert computer.off <= STATED_TO + 2 * AT_ONCE


DELAYS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(minutes=2))


@given(
    behind=st.timedeltas(min_value=-5 * HOUR, max_value=5 * HOUR),
    ways=st.lists(st.tuples(DELAYS, DELAYS), max_size=20),
)
def test_honest_answers_however_long_they_took_only_bring_it_nearer(
    behind: timedelta, ways: list[tuple[timedelta, timedelta]]
) -> None:
    computer = Wrong(behind)
    off = computer.off
    for there, back in ways:
        computer.hear(there=there, back=back)
        assert computer.off <= off
        off = computer.off
    for _ in range(3):
        computer.hear()
    assert computer.off <= RIGHT_WITHIN + STATED_TO + 2 * AT_ONCE


@pytest.mark.parametrize("behind", [3 * HOUR, -3 * HOUR, timedelta(milliseconds=-1)])
def test_what_is_kept_of_it_is_there_at_the_next_start(behind: timedelta) -> None:
    node = shelf.a_desk(open_memory(), "desk-1").node
    with node.database.read() as session:
        assert clock_behind(session) == timedelta(0)
    with node.database.write() as session:
        keep_clock_behind(session, behind)
    with node.database.read() as session:
        assert clock_behind(session) == behind
