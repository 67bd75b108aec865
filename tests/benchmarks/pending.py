"""A backlog made offline, then sent, decided and settled: each command of a large and a small one.

Desk and centre are in this process, over files of their own; what they say to each other is
encoded and decoded as on the wire.
"""

from __future__ import annotations

import gc
import shutil
import statistics
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import msgspec

from sync.command import Arguments
from sync.desk import Desk
from sync.harvest import Harvest
from sync.standing import standing
from sync.wire import Answer, Request, decode_answer, encode
from tests import centres
from tests.benchmarks.council import Council, open_desk
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.visitors import visitors
from tests.rounds import drive

LIMIT = 1.5
SETTLE_LIMIT_MS = 1_000.0
"""M1: so long at most an act waits for a settling, with 10,000 commands in it."""
FLOORS_A_PAIR = 10
"""A small backlog is soon done: the floor is the mean of some, so that a stall weighs on both."""
WARM_UP = 30
"""Commands before those that are measured: a database just opened has its statements to make."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """Two figures: the time a command, and the longest that a settling keeps the desk's writer."""
    numbers = count()
    settled: list[float] = []

    def backlog_of(commands: int, settled: list[float]) -> float:
        return _ms_a_command(council, scratch / f"{next(numbers)}", commands, settled)

    def floor() -> float:
        few = sizes.commands_pending_floor
        return statistics.fmean(backlog_of(few, []) for _ in range(FLOORS_A_PAIR))

    backlog_of(sizes.commands_pending_floor, [])
    pairs = in_turns(
        lambda: backlog_of(sizes.commands_pending, settled), floor, pairs=sizes.backlogs, warm_up=0
    )
    sent = f"{sizes.commands_pending:,} pending against {sizes.commands_pending_floor:,}"
    longest = Figure(
        name="pending, longest settle",
        value=round(max(settled), 1),
        unit="ms",
        limit=SETTLE_LIMIT_MS,
        note=f"with {sizes.commands_pending:,} pending; in {len(settled)} settlings",
    )
    return [beside_its_floor("pending", pairs, unit="ms", limit=LIMIT, note=sent), longest]


def _ms_a_command(council: Council, folder: Path, commands: int, settled: list[float]) -> float:
    clock = centres.SetClock()
    centre = centres.open_centre(centres.copied(council.centre / "centre.db", folder))
    desk = open_desk(centres.copied(council.desk("desk-1") / "desk.db", folder), clock)
    acts = visitors(desk, clock)
    issue(desk, acts, WARM_UP)
    one_round(desk, centre.answer)
    issue(desk, acts, commands)
    desk.settle = timed(desk.settle, settled)  # type: ignore[method-assign]
    gc.collect()
    gc.disable()
    took = milliseconds(lambda: one_round(desk, centre.answer))
    gc.enable()
    _check_all_is_settled(desk)
    desk.node.database.close()
    centre.node.database.close()
    shutil.rmtree(folder)
    return took / commands


def issue(desk: Desk, acts: Iterator[Arguments], commands: int) -> None:
    """Do so much of this at a desk without asking anybody."""
    for act in islice(acts, commands):
        desk.issue(act, actor=centres.PERSON)


def one_round(desk: Desk, answered: Callable[[Request], Answer]) -> None:
    """One round over a perfect line, all that is said as bytes."""

    def answer(request: Request) -> Answer:
        heard = msgspec.json.decode(encode(request), type=type(request))
        return decode_answer(encode(answered(heard)), request)

    drive(desk, answer)


def timed(
    settle: Callable[[Harvest], frozenset[str]], took: list[float]
) -> Callable[[Harvest], frozenset[str]]:
    """As `settle`, and how many milliseconds it took is noted."""

    def noted(harvest: Harvest) -> frozenset[str]:
        changed: list[frozenset[str]] = []
        took.append(milliseconds(lambda: changed.append(settle(harvest))))
        return changed[0]

    return noted


def _check_all_is_settled(desk: Desk) -> None:
    with desk.node.database.read() as session:
        stands = standing(session)
    if stands.waiting or stands.needs_decision:
        raise RuntimeError(f"{stands.waiting} wait still, {stands.needs_decision} were refused")
