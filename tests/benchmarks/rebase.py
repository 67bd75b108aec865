"""What waits at one desk is run again upon much that another has done, in one settling.

Desks and centre are in this process, over files of their own. The centre decides nothing of what
waits, as one that is busy: so all of it is undone and run again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sync.authority import Authority
from sync.decide import epoch_of
from sync.desk import Desk
from sync.harvest import Harvest
from sync.standing import standing
from sync.wire import Answer, Decided, PushCommands, Request
from tests import centres
from tests.benchmarks.council import Council, open_desk
from tests.benchmarks.figures import Figure
from tests.benchmarks.pending import WARM_UP, issue, one_round, timed
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.visitors import visitors

LIMIT_MS = 2_000.0
"""R7: with 500 that wait and 5,000 rows that have changed."""
OTHERS_LETTER = "Y"


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure: the longest of some."""
    measured = [_rebased(council, scratch / f"{number}", sizes) for number in range(sizes.backlogs)]
    took, rows = max(measured)
    note = f"{sizes.commands_rebased:,} waiting, {rows:,} rows changed; of {len(measured)}"
    return [Figure(name="rebase", value=round(took, 1), unit="ms", limit=LIMIT_MS, note=note)]


def _rebased(council: Council, folder: Path, sizes: Sizes) -> tuple[float, int]:
    clock = centres.SetClock()
    centre = centres.open_centre(centres.copied(council.centre / "centre.db", folder))
    desk, other = (
        open_desk(centres.copied(council.desk(name) / "desk.db", folder / name), clock)
        for name in ("desk-1", "desk-2")
    )
    acts, others = visitors(desk, clock), visitors(other, clock, letter=OTHERS_LETTER)
    issue(desk, acts, WARM_UP)
    one_round(desk, centre.answer)
    issue(desk, acts, sizes.commands_rebased)
    rows = _rows_changed(other, lambda: issue(other, others, WARM_UP), centre, sizes.rows_below)
    took: list[float] = []
    desk.settle = timed(desk.settle, took)  # type: ignore[method-assign]
    one_round(desk, _deciding_nothing(centre))
    with desk.node.database.read() as session:
        waiting = standing(session).waiting
    if waiting != sizes.commands_rebased:
        raise RuntimeError(f"{waiting} wait")
    for database in (desk.node.database, other.node.database, centre.node.database):
        database.close()
    return max(took), rows


def _rows_changed(other: Desk, works: Callable[[], None], centre: Authority, at_least: int) -> int:
    """Let another desk work until so many rows have changed; how many have."""
    changed = 0
    settle = other.settle

    def counted(harvest: Harvest) -> frozenset[str]:
        nonlocal changed
        changed += sum(len(item.rows) for item in harvest.changes)
        return settle(harvest)

    other.settle = counted  # type: ignore[method-assign]
    while changed < at_least:
        works()
        one_round(other, centre.answer)
    return changed


def _deciding_nothing(centre: Authority) -> Callable[[Request], Answer]:
    with centre.node.database.read() as session:
        epoch = epoch_of(session)

    def answer(request: Request) -> Answer:
        if isinstance(request, PushCommands):
            return Decided(epoch=epoch, outcomes=[])
        return centre.answer(request)

    return answer
