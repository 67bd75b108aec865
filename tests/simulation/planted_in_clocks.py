"""Bugs of how a clock is put right by what answers state."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from sync.upstream.clocks import RightedClock
from tests.simulation.planting import bug, put


@bug("T2")
def a_clock_goes_by_one_answer_that_was_held_up(stack: ExitStack) -> None:
    def hear(
        self: RightedClock, stated_at: datetime, *, asked_at: datetime, answered_at: datetime
    ) -> None:
        self.behind = stated_at - answered_at

    put(stack, RightedClock, "hear", hear)


@bug("T2")
def a_clock_is_put_forward_and_never_back(stack: ExitStack) -> None:
    real = RightedClock.hear

    def hear(
        self: RightedClock, stated_at: datetime, *, asked_at: datetime, answered_at: datetime
    ) -> None:
        before = self.behind
        real(self, stated_at, asked_at=asked_at, answered_at=answered_at)
        self.behind = max(before, self.behind)

    put(stack, RightedClock, "hear", hear)
