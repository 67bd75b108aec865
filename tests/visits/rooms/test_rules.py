"""Which room is offered, and how long it has been held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from visits.queue.rules import Pace
from visits.rooms.rules import features_needed, in_order, lacking, next_that_fits, room_clock

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)


@dataclass(frozen=True)
class ARoom:
    name: str
    features: frozenset[str] = frozenset()
    seats: int = 4
    from_at: datetime | None = None
    minutes_planned: int | None = None


def held(name: str, minutes_ago: int, planned: int, *features: str) -> ARoom:
    return ARoom(name, frozenset(features), 4, NOW - timedelta(minutes=minutes_ago), planned)


def a_room(name: str, *features: str, seats: int = 4) -> ARoom:
    return ARoom(name, frozenset(features), seats)


def test_a_person_s_needs_name_the_features_of_a_room() -> None:
    assert features_needed(("wheelchair", "large_print", "hearing_loop")) == {
        "wheelchair",
        "hearing_loop",
    }


def test_a_room_that_does_not_fit_says_what_it_lacks_in_words() -> None:
    assert lacking(frozenset({"panic_button"}), frozenset({"hearing_loop", "two_exits"})) == (
        "Hearing loop",
        "Two exits",
    )


def test_free_rooms_that_fit_come_first_then_held_ones_then_those_that_do_not_fit() -> None:
    rooms = [
        a_room("no loop", "panic_button"),
        held("long held", 5, 60, "hearing_loop"),
        held("soon over", 25, 30, "hearing_loop"),
        a_room("fits", "hearing_loop"),
    ]
    names = [room.name for room in in_order(rooms, frozenset({"hearing_loop"}))]
    assert names == ["fits", "soon over", "long held", "no loop"]


def test_a_room_with_more_than_is_needed_is_kept_for_who_needs_it() -> None:
    plain = a_room("plain", "wheelchair")
    full = a_room("full", "wheelchair", "hearing_loop", "panic_button", "two_exits")
    assert next_that_fits([full, plain], frozenset({"wheelchair"})) == plain
    assert next_that_fits([full, plain], frozenset({"two_exits"})) == full


def test_nothing_is_offered_when_no_free_room_fits() -> None:
    assert next_that_fits([held("only", 1, 30, "wheelchair")], frozenset({"wheelchair"})) is None


@pytest.mark.parametrize(
    ("minutes", "pace", "words"),
    [
        (0, Pace.IN_GOOD_TIME, "In time, 30 min left"),
        (23.5, Pace.IN_GOOD_TIME, "In time, 7 min left"),
        (24, Pace.NEARLY_LATE, "Nearly over, 6 min left"),
        (30, Pace.LATE, "Just over"),
        (41, Pace.LATE, "11 min over"),
    ],
)
def test_a_room_s_clock_counts_against_the_minutes_planned(
    minutes: float, pace: Pace, words: str
) -> None:
    clock = room_clock(from_at=NOW - timedelta(minutes=minutes), minutes_planned=30, now=NOW)
    assert (clock.pace, clock.words) == (pace, words)
