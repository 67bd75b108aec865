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


WHOLE = Sizes(
    customers=5_000,
    check_ins=400,
    starts=9,
    confirmations=120,
    people_searched=250_000,
    searches_a_kind=12,
    changes=120,
    arrivals=60,
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
)
