"""One seed, one history: run it, keep its trace, and say which promise broke."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from tests.simulation.world import STEPS, Tally, World

__all__ = ["DESKS", "STEPS", "History", "history"]

DESKS = 2


@dataclass(frozen=True, slots=True)
class History:
    """What happened. `broken` is the promise that broke, or "" when all were kept."""

    seed: int
    desks: int
    steps: int
    relay: bool
    trace: tuple[str, ...]
    tally: Tally
    broken: str
    without: frozenset[int] = frozenset()

    @property
    def how_to_replay(self) -> str:
        """The command that runs this history again."""
        options = f"--seed {self.seed} --steps {self.steps} --desks {self.desks}"
        options += " --relay" if self.relay else ""
        if self.without:
            options += f" --without {','.join(map(str, sorted(self.without)))}"
        return f"python -m tests.simulation {options} --trace"


def history(
    seed: int,
    *,
    desks: int = DESKS,
    steps: int = STEPS,
    relay: bool = False,
    without: frozenset[int] = frozenset(),
) -> History:
    """Run one history, without some of its steps, to its end or to the first broken promise."""
    trace: list[str] = []
    world = World(seed, desks=desks, steps=steps, relay=relay, without=without, say=trace.append)
    broken = ""
    try:
        world.run()
    except Exception as error:
        # Any error that a desk's thread or the centre's process would die of is a finding.
        broken = f"{type(error).__name__}: {error}"
        trace += traceback.format_exc().splitlines()
    return History(seed, desks, steps, relay, tuple(trace), world.tally, broken, without)
