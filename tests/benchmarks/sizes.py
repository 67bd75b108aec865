"""How much is measured: the whole, or a little to see that the command works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts of repetitions, and how many people the councils have."""

    customers: int
    check_ins: int
    starts: int
    confirmations: int
    people_searched: int
    searches_a_kind: int
    changes: int
    arrivals: int
    backlogs: int
    commands_pending: int
    commands_pending_floor: int
    commands_rebased: int
    rows_below: int
    pages: int
    pokes: int
    desks_listening: int
    tickets_past: int
    tickets_past_floor: int
    acts_with_history: int
    people_begun_with: int
    desks_begun: int


WHOLE = Sizes(
    customers=5_000,
    check_ins=400,
    starts=9,
    confirmations=120,
    people_searched=250_000,
    searches_a_kind=12,
    changes=120,
    arrivals=60,
    backlogs=2,
    commands_pending=10_000,
    commands_pending_floor=100,
    commands_rebased=500,
    rows_below=5_000,
    pages=20,
    pokes=100,
    desks_listening=200,
    tickets_past=3_000_000,
    tickets_past_floor=3_000,
    acts_with_history=200,
    people_begun_with=75_000,
    desks_begun=6,
)
TINY = Sizes(
    customers=40,
    check_ins=4,
    starts=1,
    confirmations=2,
    people_searched=60,
    searches_a_kind=1,
    changes=2,
    arrivals=2,
    backlogs=1,
    commands_pending=20,
    commands_pending_floor=10,
    commands_rebased=5,
    rows_below=20,
    pages=1,
    pokes=2,
    desks_listening=3,
    tickets_past=300,
    tickets_past_floor=30,
    acts_with_history=2,
    people_begun_with=60,
    desks_begun=1,
)
