"""A history that broke a promise, made as short as it can be and still break one."""

from __future__ import annotations

from tests.simulation.history import History, history

RUNS_OF_STEPS = (16, 8, 4, 2, 1, 1)
"""So many steps at a time are left out, as long as a promise still breaks."""


def shortened(told: History) -> History:
    """The same luck with the fewest steps found that still break a promise.

    First the end is cut off, then runs of steps are left out, ever shorter ones, latest first.
    """
    assert told.broken
    for steps in range(told.steps):
        shorter = _again(told, steps=steps, without=told.without)
        if shorter.broken:
            told = shorter
            break
    for size in RUNS_OF_STEPS:
        for last in range(told.steps, 0, -size):
            left_out = told.without | set(range(max(0, last - size), last))
            if left_out > told.without:
                less = _again(told, steps=told.steps, without=left_out)
                told = less if less.broken else told
    return told


def _again(told: History, *, steps: int, without: frozenset[int]) -> History:
    return history(told.seed, desks=told.desks, steps=steps, relay=told.relay, without=without)
