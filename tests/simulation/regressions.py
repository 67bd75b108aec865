"""Histories worth keeping: they broke a promise once, or with a bug planted, and are short.

`python -m tests.simulation.regressions` says which still break with their bug in the code. A new
command changes what is drawn, and so all histories: one that no longer reaches what it is kept for
may go, or another that `shrinking` gives for its bug may take its place.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.simulation.history import DESKS, History, history
from tests.simulation.planted import PLANTED, planted


@dataclass(frozen=True, slots=True)
class Kept:
    """A history, what it reaches, and the planted bug it breaks with; "" if the code broke it."""

    reaches: str
    seed: int
    steps: int
    desks: int = DESKS
    relay: bool = False
    without: frozenset[int] = frozenset()
    bug: str = ""

    def play(self) -> History:
        """Play it."""
        return history(
            self.seed, desks=self.desks, steps=self.steps, relay=self.relay, without=self.without
        )


KEPT = (
    Kept(
        "a desk whose pulls are lost issues and asks on, and acts alone upon what waits already",
        seed=8,
        steps=23,
        without=frozenset({2, 5, 9, *range(13, 20), 21, 22}),
        bug="undo runs in the order of issue",
    ),
    Kept(
        "a command asked before others were issued stands alone while the last answers arrive late",
        seed=26,
        steps=14,
        without=frozenset({0, 1, 2, 4, 7, 10}),
        bug="acting alone runs out of order",
    ),
    Kept(
        "what a desk issued comes back to it as held by a relay before the centre decides it",
        seed=1,
        steps=1,
        desks=3,
        relay=True,
        bug="what comes to the held is run upon what waits here",
    ),
    Kept(
        "answers cut short again and again: the same batch is offered many times, and grows",
        seed=3,
        steps=12,
        without=frozenset({2, 3, 8}),
        bug="a retry runs twice",
    ),
    Kept(
        "a list moves a room from one office to the other, and nothing else happens",
        seed=48,
        steps=2,
        without=frozenset({0}),
        bug="a row that moves is only told where it goes",
    ),
    Kept(
        "a desk comes back from an old copy, the other is cut off, the centre's disk is full",
        seed=1,
        steps=26,
        without=frozenset({*range(7), 10, 12, 14, 15, 22}),
        bug="numbers of a restored desk are not checked",
    ),
)


def main() -> int:
    """The exit code is 0 when every history that is kept for a bug breaks with it."""
    bugs = {one.name: one for one in PLANTED}
    blunt = 0
    for kept in KEPT:
        if kept.bug:
            with planted(bugs[kept.bug]):
                broken = kept.play().broken
            blunt += not broken
            print(f"{kept.reaches}\n  {kept.bug}: {broken[:90] or 'not reached any more'}")
    return 1 if blunt else 0


if __name__ == "__main__":
    sys.exit(main())
