"""`python -m tests.faults`: do faults to real processes, and say what it came to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.faults.running import run


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when something acknowledged was lost or doubled, or all did not settle."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=50, help="how many; default 50")
    parser.add_argument("--seed", type=int, default=1, help="which ones, and when; default 1")
    parser.add_argument("--centre", choices=("sqlite", "postgresql"), default="sqlite")
    args = parser.parse_args(argv)
    try:
        told = run(args.centre, faults=args.faults, seed=args.seed, say=_say)
    except AssertionError as broken:
        print(f"BROKEN: {broken}")
        return 1
    for name, times in sorted(told.faults.items()):
        print(f"{times:>5} {name}")
    print(
        f"{sum(told.faults.values())} faults in {told.seconds:.0f} s; "
        f"{told.acknowledged} acts were acknowledged, {told.refused} of them refused and shown, "
        f"none lost or doubled; "
        f"{told.not_kept} were not kept by a full disk, and said so."
    )
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
