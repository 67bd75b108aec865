"""The order of a queue, the clock of a wait and the life of a ticket, as pure functions.

One function orders the list on the screen, what *Call next* calls and the estimate, so that they
can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from visits.words import clock_time, minutes_words

TRANSITIONS: dict[tuple[str, str], str] = {
    ("waiting", "call"): "called",
    ("on_hold", "call"): "called",
    ("no_show", "call"): "called",
    ("called", "call"): "called",
    ("called", "start_serving"): "serving",
    ("called", "hold"): "on_hold",
    ("serving", "hold"): "on_hold",
    ("waiting", "hold"): "on_hold",
    ("on_hold", "return_to_queue"): "waiting",
    ("called", "return_to_queue"): "waiting",
    ("serving", "return_to_queue"): "waiting",
    ("no_show", "return_to_queue"): "waiting",
    ("waiting", "transfer"): "waiting",
    ("called", "transfer"): "waiting",
    ("serving", "transfer"): "waiting",
    ("on_hold", "transfer"): "waiting",
    ("called", "no_show"): "no_show",
    ("waiting", "leave"): "left",
    ("on_hold", "leave"): "left",
    ("no_show", "leave"): "left",
    ("called", "finish"): "finished",
    ("serving", "finish"): "finished",
}
"""The state each act leads to. What is not here cannot happen."""


DUE_IN_MINUTES_MAX = 60
"""Further away than this, the time of the clock says more than the minutes to it."""


class OrderPolicy(Struct, frozen=True):
    """The numbers of the order and the clock: settings of an office."""

    due_early_minutes: int = 2
    late_after_minutes: int = 10
    relief_after_minutes: int = 45
    nearly_late_fraction: float = 0.7


class Waiting(Struct, frozen=True):
    """What the order needs to know of a waiting ticket."""

    ticket_id: str
    number: str
    priority: bool
    arrived_at: datetime
    clock_from_at: datetime
    appointment_at: datetime | None
    target_minutes: int


class Why(StrEnum):
    """Why a ticket stands where it stands."""

    PRIORITY = "priority"
    RELIEF = "relief"
    DUE = "due"
    BY_ARRIVAL = "by_arrival"
    LATE_FOR_APPOINTMENT = "late_for_appointment"
    NOT_YET_DUE = "not_yet_due"


class Placed(Struct, frozen=True):
    """A ticket in its place, and why there."""

    ticket: Waiting
    why: Why


def order(
    queue: Iterable[Waiting], *, now: datetime, policy: OrderPolicy, relief_is_due: bool = False
) -> tuple[Placed, ...]:
    """The queue in the order in which people are called.

    Priority need; then appointments due, by slot; then walk-ins and late appointments by arrival;
    then appointments not yet due. `relief_is_due` says that the last call did not go to a walk-in
    of more than 45 minutes: then the oldest such comes right after priority.
    """
    placed = [Placed(ticket, _why(ticket, now, policy)) for ticket in queue]
    placed.sort(key=_place)
    if relief_is_due:
        _relieve(placed, now, policy)
    return tuple(placed)


def _why(ticket: Waiting, now: datetime, policy: OrderPolicy) -> Why:
    if ticket.priority:
        return Why.PRIORITY
    if ticket.appointment_at is None:
        return Why.BY_ARRIVAL
    if ticket.arrived_at > ticket.appointment_at + timedelta(minutes=policy.late_after_minutes):
        return Why.LATE_FOR_APPOINTMENT
    if now + timedelta(minutes=policy.due_early_minutes) >= ticket.appointment_at:
        return Why.DUE
    return Why.NOT_YET_DUE


CLASSES = {
    Why.PRIORITY: 0,
    Why.RELIEF: 1,
    Why.DUE: 2,
    Why.BY_ARRIVAL: 3,
    Why.LATE_FOR_APPOINTMENT: 3,
    Why.NOT_YET_DUE: 4,
}


def _place(placed: Placed) -> tuple[int, datetime, str, str]:
    ticket = placed.ticket
    by_slot = placed.why in (Why.DUE, Why.NOT_YET_DUE)
    at = ticket.appointment_at if by_slot and ticket.appointment_at else ticket.arrived_at
    return CLASSES[placed.why], at, ticket.number, ticket.ticket_id


def _relieve(placed: list[Placed], now: datetime, policy: OrderPolicy) -> None:
    limit = now - timedelta(minutes=policy.relief_after_minutes)
    for index, item in enumerate(placed):
        if item.why is Why.BY_ARRIVAL and item.ticket.arrived_at <= limit:
            placed.pop(index)
            after_priority = sum(1 for other in placed if other.why is Why.PRIORITY)
            placed.insert(after_priority, Placed(item.ticket, Why.RELIEF))
            return


def relief_is_due(
    recent_calls: Sequence[tuple[datetime, datetime, bool]], policy: OrderPolicy
) -> bool:
    """Whether the next call should go to a long-waiting walk-in: every second call does.

    `recent_calls` are (arrived_at, called_at, had_appointment), the newest last.
    """
    if not recent_calls:
        return True
    arrived_at, called_at, had_appointment = recent_calls[-1]
    waited = called_at - arrived_at
    return had_appointment or waited < timedelta(minutes=policy.relief_after_minutes)


def reason(placed: Placed, *, now: datetime) -> str:
    """Why this person is next, as a sentence without its stop."""
    ticket = placed.ticket
    waited = max(0, int((now - ticket.arrived_at).total_seconds() // 60))
    slot = clock_time(ticket.appointment_at) if ticket.appointment_at else ""
    return {
        Why.PRIORITY: "Priority need",
        Why.RELIEF: f"Waiting {minutes_words(waited)}, every second call goes to the longest wait",
        Why.DUE: f"Appointment at {slot}, due now",
        Why.BY_ARRIVAL: f"Walk-in, waiting {minutes_words(waited)}",
        Why.LATE_FOR_APPOINTMENT: f"Appointment at {slot}, came late, by arrival",
        Why.NOT_YET_DUE: f"Appointment at {slot}, not due yet",
    }[placed.why]


class Pace(StrEnum):
    """How a wait stands against its target."""

    NOT_DUE = "not_due"
    IN_GOOD_TIME = "in_good_time"
    NEARLY_LATE = "nearly_late"
    LATE = "late"


class Clock(Struct, frozen=True):
    """A wait against its target. `fraction` is how much of the target is used, 0 to 1."""

    pace: Pace
    fraction: float
    words: str


def clock(
    *, clock_from_at: datetime, target_minutes: int, now: datetime, policy: OrderPolicy
) -> Clock:
    """The clock of a waiting ticket: counts from arrival or the agreed time to the target."""
    if now < clock_from_at:
        minutes = int(-(-(clock_from_at - now).total_seconds() // 60))
        near = minutes <= DUE_IN_MINUTES_MAX
        words = f"Due in {minutes} min" if near else f"Due at {clock_time(clock_from_at)}"
        return Clock(Pace.NOT_DUE, 0.0, words)
    used = (now - clock_from_at).total_seconds() / 60
    if used >= target_minutes:
        over = int(used - target_minutes)
        return Clock(Pace.LATE, 1.0, f"{over} min over" if over else "Just over")
    fraction = used / target_minutes
    left = int(-(-(target_minutes - used) // 1))
    pace = Pace.NEARLY_LATE if fraction >= policy.nearly_late_fraction else Pace.IN_GOOD_TIME
    return Clock(pace, fraction, f"{left} min left")


def next_number(letter: str, numbers_today: Iterable[str]) -> str:
    """The next ticket number of a desk: `B07`, and after `B99` comes `B100`.

    Numbers of other desks may be among `numbers_today`: `BA12` is none of desk `B`.
    """
    counts = [n.removeprefix(letter) for n in numbers_today if n.startswith(letter)]
    own = [int(count) for count in counts if count.isdecimal()]
    return f"{letter}{max(own, default=0) + 1:02d}"
