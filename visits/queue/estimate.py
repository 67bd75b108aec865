"""How long a wait will be and how many will wait too long, as pure functions.

People ahead by the real order, times the mean of the last services, over the counters open: found
twice as good by simulation as looking at the waits of others. Even so it is minutes off, so it is
said as a band, and not at all on too little data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean

from msgspec import Struct

from visits.queue.rules import OrderPolicy, Waiting, order, relief_is_due
from visits.words import clock_time, minutes_words

SERVICES_ENOUGH = 20
"""With fewer services than these behind it a mean is noise."""
TRIMMED_SHARE = 0.05
BAND_STEP_MINUTES = 5
BAND_LOW, BAND_HIGH = 0.85, 1.25
RESIDUAL_SHARE_MIN = 0.25
"""Of a service that has lasted longer than the mean, this share of the mean is still expected."""
COUNTERS_MORE_MAX = 4


def typical_minutes(minutes: Sequence[float]) -> float | None:
    """The mean of services with the longest and the shortest 5 % drawn in; None for too few."""
    if len(minutes) < SERVICES_ENOUGH:
        return None
    found = sorted(minutes)
    cut = int(len(found) * TRIMMED_SHARE)
    lowest, highest = found[cut], found[-1 - cut]
    return fmean(min(max(each, lowest), highest) for each in found)


class ServiceTimes(Struct, frozen=True):
    """How long services last here: each by its own mean where there is enough of it."""

    overall_minutes: float
    by_service: Mapping[str, float]

    @staticmethod
    def of(services: Iterable[tuple[str, float]]) -> ServiceTimes | None:
        """From (service, minutes) of the last services; None for too few."""
        by_service: dict[str, list[float]] = {}
        for service_id, minutes in services:
            by_service.setdefault(service_id, []).append(minutes)
        overall = typical_minutes([m for minutes in by_service.values() for m in minutes])
        if overall is None:
            return None
        own = {key: typical_minutes(minutes) for key, minutes in by_service.items()}
        return ServiceTimes(overall, {key: mean for key, mean in own.items() if mean is not None})

    def minutes(self, service_id: str) -> float:
        """How long a service of this kind lasts."""
        return self.by_service.get(service_id, self.overall_minutes)


class WaitEstimate(Struct, frozen=True):
    """A wait to expect: `minutes`, said as the band from `low_minutes` to `high_minutes`."""

    people_ahead: int
    counters_open: int
    minutes: float
    low_minutes: int
    high_minutes: int
    words: str


def estimate(
    *, ahead_minutes: Sequence[float], overall_minutes: float, open: int, free: int
) -> WaitEstimate | None:
    """The wait of someone with these services ahead of them, `free` of the open counters free.

    None when no counter is open: then nothing is known.
    """
    if open < 1:
        return None
    behind_free = ahead_minutes[free:] if free else ahead_minutes
    # The counters are busy: one of them must end before even the first in line is called.
    turns = 0.0 if free > len(ahead_minutes) else sum(behind_free) + overall_minutes
    minutes = turns / open
    low, high = band(minutes)
    return WaitEstimate(len(ahead_minutes), open, minutes, low, high, band_words(low, high))


def band(minutes: float) -> tuple[int, int]:
    """The band around an estimate, in whole steps of five minutes."""
    if minutes <= 0:
        return 0, 0
    low = int(minutes * BAND_LOW // BAND_STEP_MINUTES) * BAND_STEP_MINUTES
    high = -int(-minutes * BAND_HIGH // BAND_STEP_MINUTES) * BAND_STEP_MINUTES
    return low, max(high, low + BAND_STEP_MINUTES)


def band_words(low_minutes: int, high_minutes: int) -> str:
    """A band in words: about 10 to 15 minutes."""
    if high_minutes == 0:
        return "no wait"
    if low_minutes == 0:
        return f"up to {minutes_words(high_minutes)}"
    if high_minutes < 60:
        return f"about {low_minutes} to {minutes_words(high_minutes)}"
    return f"about {minutes_words(low_minutes)} to {minutes_words(high_minutes)}"


class Load(Struct, frozen=True):
    """Someone who waits or is expected, and how long their service will last."""

    ticket: Waiting
    service_minutes: float


class Forecast(Struct, frozen=True):
    """How many of those within their target now will pass it before `until_at`.

    `counters_more` keeps all within it; None when the most that was tried still leaves
    `late_with_most`.
    """

    until_at: datetime
    late: int
    target_minutes: int | None
    counters_more: int | None
    late_with_most: int

    @property
    def words(self) -> str:
        """The forecast as one or two sentences."""
        target = minutes_words(self.target_minutes) if self.target_minutes else "their target"
        until = clock_time(self.until_at)
        if not self.late:
            return f"At this pace nobody who is in time now will pass {target} before {until}."
        who = "1 person" if self.late == 1 else f"{self.late} people"
        sentence = f"At this pace {who} will pass {target} before {until}."
        if self.counters_more is None:
            most = "1 person" if self.late_with_most == 1 else f"{self.late_with_most} people"
            return f"{sentence} Even {COUNTERS_MORE_MAX} more counters would leave {most} over it."
        if self.counters_more == 1:
            return f"{sentence} One more counter keeps all within it."
        return f"{sentence} {self.counters_more} more counters keep all within it."


def forecast(
    *,
    queue: Sequence[Load],
    expected: Sequence[Load],
    counters_free_at: Sequence[datetime],
    now: datetime,
    until_at: datetime,
    policy: OrderPolicy,
) -> Forecast:
    """What becomes of the waits until `until_at` at this pace, and with how many more counters.

    `counters_free_at` says of each open counter when it takes the next person.
    """
    targets = {load.ticket.target_minutes for load in (*queue, *expected)}
    late = []
    for more in range(COUNTERS_MORE_MAX + 1):
        counters = [*counters_free_at, *[now] * more]
        late.append(_passing(queue, expected, counters, now, until_at, policy))
        if not late[-1]:
            break
    return Forecast(
        until_at=until_at,
        late=late[0],
        target_minutes=targets.pop() if len(targets) == 1 else None,
        counters_more=len(late) - 1 if not late[-1] else None,
        late_with_most=late[-1],
    )


def residual_minutes(elapsed_minutes: float, typical: float) -> float:
    """How long a service that has lasted so long is expected to go on."""
    return max(typical - elapsed_minutes, typical * RESIDUAL_SHARE_MIN)


def _passing(
    queue: Sequence[Load],
    expected: Sequence[Load],
    counters_free_at: Sequence[datetime],
    now: datetime,
    until_at: datetime,
    policy: OrderPolicy,
) -> int:
    called_at = _played(queue, expected, counters_free_at, now, until_at, policy)
    passing = 0
    for load in (*queue, *expected):
        limit_at = load.ticket.clock_from_at + timedelta(minutes=load.ticket.target_minutes)
        in_time = called_at.get(load.ticket.ticket_id, until_at) <= limit_at
        passing += now < limit_at <= until_at and not in_time
    return passing


def _played(
    queue: Sequence[Load],
    expected: Sequence[Load],
    counters_free_at: Sequence[datetime],
    now: datetime,
    until_at: datetime,
    policy: OrderPolicy,
) -> dict[str, datetime]:
    """When each is called, as the real order calls them; who is not called by then is left out."""
    called_at: dict[str, datetime] = {}
    waiting = {load.ticket.ticket_id: load for load in queue}
    to_come = sorted(expected, key=lambda load: load.ticket.arrived_at, reverse=True)
    counters = sorted(max(at, now) for at in counters_free_at)
    calls: list[tuple[datetime, datetime, bool]] = []
    while counters and counters[0] < until_at:
        at = counters.pop(0)
        while to_come and to_come[-1].ticket.arrived_at <= at:
            load = to_come.pop()
            waiting[load.ticket.ticket_id] = load
        if not waiting:
            if to_come:
                counters = sorted([*counters, to_come[-1].ticket.arrived_at])
            continue
        placed = order(
            (load.ticket for load in waiting.values()),
            now=at,
            policy=policy,
            relief_is_due=relief_is_due(calls, policy),
        )
        first = placed[0].ticket
        load = waiting.pop(first.ticket_id)
        called_at[first.ticket_id] = at
        calls.append((first.arrived_at, at, first.appointment_at is not None))
        counters = sorted([*counters, at + timedelta(minutes=load.service_minutes)])
    return called_at
