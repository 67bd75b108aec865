"""`python -m tests.simulation --seed N`: run one history, or many, and tell what broke."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.simulation.history import DESKS, STEPS, History, history


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code is 0 when every promise was kept."""
    args = _parser().parse_args(argv)
    seeds = range(args.seed, args.seed + args.seeds)
    began, totals, failed = time.process_time(), Counter[str](), 0
    for seed in seeds:
        told = history(seed, desks=args.desks, steps=args.steps)
        totals.update(told.tally.counts)
        if args.trace:
            print("\n".join(told.trace))
        if told.broken:
            failed += 1
            print(_replay(told))
    spent = time.process_time() - began
    shown = ", ".join(f"{count} {what}" for what, count in sorted(totals.items()))
    print(f"{len(seeds)} histories, {failed} broken, {spent:.1f} s: {shown}")
    return 1 if failed else 0


def _replay(told: History) -> str:
    return f"seed {told.seed}: {told.broken}\n  again: {told.how_to_replay}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; default 1")
    parser.add_argument("--seeds", type=int, default=1, help="how many from there; default 1")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"default {STEPS}")
    parser.add_argument("--desks", type=int, default=DESKS, help=f"default {DESKS}, at most 4")
    parser.add_argument("--trace", action="store_true", help="print all that happened")
    return parser


if __name__ == "__main__":
    sys.exit(main())
