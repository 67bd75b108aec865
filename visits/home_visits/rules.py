"""What may happen to a visit, what is expected next, and whether the day's promises still hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

DELAY_MINUTES_MAX = 240
BETWEEN_HOMES_MINUTES = 15
"""Of the gap between two visits this much is counted as the way; the rest can be caught up."""
LATER_FROM_MINUTES = 5
"""Fewer minutes than this after the plan are no delay that anyone needs to hear of."""

STEPS: dict[tuple[str, str], str] = {
    ("planned", "set_off"): "on_the_way",
    ("planned", "delay"): "planned",
    ("on_the_way", "delay"): "on_the_way",
    ("planned", "arrive"): "with_resident",
    ("on_the_way", "arrive"): "with_resident",
    ("planned", "no_answer"): "no_answer",
    ("on_the_way", "no_answer"): "no_answer",
    ("with_resident", "finish"): "finished",
}
"""What may happen in which state of a visit, and the state it leads to."""

NEXT_ACT = {"planned": "set_off", "on_the_way": "arrive", "with_resident": "finish"}
"""The act that is expected next in a state."""

OVER = ("finished", "no_answer")


class Promise(StrEnum):
    """Whether the officer will come when it was agreed."""

    KEPT = "kept"
    EATEN_INTO = "eaten_into"
    BROKEN = "broken"


class Planned(Protocol):
    """What the day's forecast needs of a visit. `changed_at` is its latest step."""

    @property
    def state(self) -> str: ...
    @property
    def planned_at(self) -> datetime: ...
    @property
    def duration_minutes(self) -> int: ...
    @property
    def delay_minutes(self) -> int: ...
    @property
    def window_ends_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime | None: ...


class Forecast(Struct, frozen=True):
    """When a visit begins and ends as things stand, and what that does to the agreed window."""

    begins_at: datetime
    ends_at: datetime
    promise: Promise


def may(state: str, act: str) -> bool:
    """Whether an act is possible in a state."""
    return (state, act) in STEPS


def forecast(day: Sequence[Planned], *, now: datetime) -> tuple[Forecast, ...]:
    """What is to be expected of each visit of an officer's day, in its order.

    A visit begins when planned, later by its own delay, and not before the one before it is over
    and the way is done. One that has not begun begins now at the earliest.
    """
    found: list[Forecast] = []
    free_at: datetime | None = None
    for number, visit in enumerate(day):
        if free_at is not None and number:
            free_at += _way(day[number - 1], visit)
        item = _expect(visit, free_at, now)
        found.append(item)
        free_at = item.ends_at
    return tuple(found)


def _expect(visit: Planned, free_at: datetime | None, now: datetime) -> Forecast:
    duration = timedelta(minutes=visit.duration_minutes)
    if visit.state in OVER:
        ended_at = visit.changed_at or visit.planned_at + duration
        return Forecast(min(visit.planned_at, ended_at), ended_at, Promise.KEPT)
    if visit.state == "with_resident":
        began_at = visit.changed_at or visit.planned_at
        return Forecast(began_at, max(began_at + duration, now), _promise(visit, began_at))
    wanted_at = visit.planned_at + timedelta(minutes=visit.delay_minutes)
    begins_at = max(wanted_at, free_at or wanted_at, now)
    return Forecast(begins_at, begins_at + duration, _promise(visit, begins_at))


def _promise(visit: Planned, begins_at: datetime) -> Promise:
    if begins_at > visit.window_ends_at:
        return Promise.BROKEN
    if begins_at >= visit.planned_at + timedelta(minutes=LATER_FROM_MINUTES):
        return Promise.EATEN_INTO
    return Promise.KEPT


def _way(before: Planned, after: Planned) -> timedelta:
    gap = after.planned_at - before.planned_at - timedelta(minutes=before.duration_minutes)
    return max(timedelta(), min(gap, timedelta(minutes=BETWEEN_HOMES_MINUTES)))
