"""`python -m tests.simulation.planted_seeds`: how many histories it takes to find each planted bug.

They are the histories of the test command, in its order.

It prints a table. `--write docs/reliability.md` puts it between that page's marks; a test says when
a bug is missing there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from tests.simulation.history import History
from tests.simulation.mix import mixed
from tests.simulation.planted import PLANTED, Planted, planted
from tests.simulation.reference import Broken

BEGINS = "<!-- planted bugs begin -->"
ENDS = "<!-- planted bugs end -->"
SEEDS = 2_000
HEADINGS = ("planted bug", "breaks", "histories until it was found", "seen as")

Found = tuple[Planted, History | None]


def first_broken(one: Planted, seeds: Iterable[int]) -> History | None:
    """The first of these histories that a planted bug breaks."""
    for seed in seeds:
        # Planted anew for each: what it keeps of one history is nothing to the next.
        with planted(one):
            told = mixed(seed)
        if told.broken:
            return told
    return None


def table(found: Iterable[Found], *, seeds: int, on: date) -> str:
    """What was found within so many histories, as a table with its date."""
    return "\n".join(_lines(found, seeds, on))


def with_table(page: str, made: str) -> str:
    """A page with what stands between its marks made anew. Raises ValueError without marks."""
    before, _, rest = page.partition(BEGINS)
    _, has_marks, after = rest.partition(ENDS)
    if not has_marks:
        raise ValueError("the page has no marks")
    return f"{before}{BEGINS}\n{made}\n{ENDS}{after}"


def named(page: str) -> list[str]:
    """The bugs that the table of a page names."""
    return [row[0] for row in _rows(page)]


def told_by(page: str) -> dict[str, int]:
    """The history that found each bug, as the table of a page has it."""
    return {row[0]: int(row[2]) for row in _rows(page) if row[2].isdecimal()}


def _rows(page: str) -> list[list[str]]:
    made = page.partition(BEGINS)[2].partition(ENDS)[0]
    lines = [line for line in made.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _lines(found: Iterable[Found], seeds: int, on: date) -> Iterator[str]:
    yield f"On {on.day} {on:%B %Y}, from seed 1 on.\n"
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---|---|---|---|"
    for one, told in found:
        seed, seen_as = (str(told.seed), _seen_as(told)) if told else (f"not in {seeds:,}", "")
        yield f"| {one.name} | {one.breaks} | {seed} | {seen_as} |"


def _seen_as(told: History) -> str:
    """The promise that was seen to be broken first."""
    return told.broken.removeprefix(f"{Broken.__name__}: ").partition(":")[0]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code is 0 when every bug was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted_seeds")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"at most; default {SEEDS}")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table there")
    args = parser.parse_args(argv)
    found: list[Found] = []
    for one in PLANTED:
        told = first_broken(one, range(1, args.seeds + 1))
        found.append((one, told))
        print(f"{one.name}: {told.seed if told else 'not found'}", file=sys.stderr, flush=True)
    made = table(found, seeds=args.seeds, on=datetime.now(UTC).date())
    if args.write is None:
        print(made)
    else:
        args.write.write_text(with_table(args.write.read_text("utf-8"), made), "utf-8")
    return 0 if all(told for _, told in found) else 1


if __name__ == "__main__":
    sys.exit(main())
