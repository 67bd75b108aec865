"""What broke is told as short as it can be, and the short one breaks too."""

from __future__ import annotations

from tests.simulation.history import history
from tests.simulation.planted import PLANTED, planted
from tests.simulation.shrinking import shortened

BUG = "a slot is checked by reading alone"


def test_a_history_that_broke_is_made_short_and_still_breaks() -> None:
    (one,) = [one for one in PLANTED if one.name == BUG]
    with planted(one):
        told = next(told for seed in range(1, 150) if (told := history(seed)).broken)
        short = shortened(told)
        again = history(
            short.seed,
            desks=short.desks,
            steps=short.steps,
            relay=short.relay,
            without=short.without,
        )
    assert short.broken
    assert again.trace == short.trace
    assert short.steps - len(short.without) < told.steps


def test_a_step_that_is_left_out_changes_no_luck_of_the_others() -> None:
    whole, less = history(5), history(5, without=frozenset({33}))
    assert whole.trace[: len(less.trace) // 2] == less.trace[: len(less.trace) // 2]
