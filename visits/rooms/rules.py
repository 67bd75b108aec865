"""Which rooms fit what a person needs, in which order they are offered, and a room's clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from visits.queue.rules import Clock, Pace

FEATURES: dict[str, str] = {
    "wheelchair": "Wheelchair space",
    "hearing_loop": "Hearing loop",
    "panic_button": "Panic button",
    "two_exits": "Two exits",
}
"""What a room may offer, in words, in the order it is shown."""

NEEDS_ANSWERED: dict[str, str] = {"wheelchair": "wheelchair", "hearing_loop": "hearing_loop"}
"""A person's access need, and the feature of a room that answers it."""

NEARLY_OVER_FRACTION = 0.8
"""From this share of the minutes planned on, a room is nearly over."""


class Offered(Protocol):
    """What the order needs of a room."""

    @property
    def name(self) -> str: ...
    @property
    def seats(self) -> int: ...
    @property
    def features(self) -> frozenset[str]: ...
    @property
    def from_at(self) -> datetime | None: ...
    @property
    def minutes_planned(self) -> int | None: ...


R = TypeVar("R", bound=Offered)


def fits(features: frozenset[str], needed: frozenset[str]) -> bool:
    """Whether a room with these features has all that is needed."""
    return needed <= features


def lacking(features: frozenset[str], needed: frozenset[str]) -> tuple[str, ...]:
    """What is needed and not there, in words."""
    return tuple(FEATURES[name] for name in FEATURES if name in needed - features)


def features_needed(access_needs: Iterable[str]) -> frozenset[str]:
    """The features of a room that answer a person's access needs."""
    return frozenset(NEEDS_ANSWERED[need] for need in access_needs if need in NEEDS_ANSWERED)


def ends_at(room: Offered) -> datetime | None:
    """When a held room should be free again; None for a free one."""
    if room.from_at is None or room.minutes_planned is None:
        return None
    return room.from_at + timedelta(minutes=room.minutes_planned)


def in_order(rooms: Iterable[R], needed: frozenset[str]) -> tuple[R, ...]:
    """Free rooms that fit, the plainest first; then held ones that fit, the soonest over first;
    then those that do not fit. So a room with more than is needed stays free for who needs it."""

    def place(room: R) -> tuple[bool, float, int, int, str]:
        over_at = ends_at(room)
        held = over_at.timestamp() if over_at else 0.0
        spare = len(room.features - needed)
        return not fits(room.features, needed), held, spare, room.seats, room.name

    return tuple(sorted(rooms, key=place))


def next_that_fits(rooms: Sequence[R], needed: frozenset[str]) -> R | None:
    """The room to offer: the first free one that fits, or None."""
    free = [r for r in rooms if r.from_at is None and fits(r.features, needed)]
    return next(iter(in_order(free, needed)), None)


def room_clock(*, from_at: datetime, minutes_planned: int, now: datetime) -> Clock:
    """The clock of a held room against the minutes planned."""
    used = max(0.0, (now - from_at).total_seconds() / 60)
    if used >= minutes_planned:
        over = int(used - minutes_planned)
        return Clock(Pace.LATE, 1.0, f"{over} min over" if over else "Just over")
    left = int(-(-(minutes_planned - used) // 1))
    fraction = used / minutes_planned
    if fraction >= NEARLY_OVER_FRACTION:
        return Clock(Pace.NEARLY_LATE, fraction, f"Nearly over, {left} min left")
    return Clock(Pace.IN_GOOD_TIME, fraction, f"In time, {left} min left")
