"""`python -m tests.simulation --seed N`: run one history, or many, and tell what broke."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

from tests.simulation.history import DESKS, STEPS, History, history
from tests.simulation.mix import mixed
from tests.simulation.regressions import keep
from tests.simulation.shrinking import shortened


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code is 0 when every promise was kept."""
    args = _parser().parse_args(argv)
    # What nodes log is not the trace of a history.
    logging.getLogger("sync").addHandler(logging.NullHandler())
    began, totals = time.process_time(), Counter[str]()
    played = failed = 0
    try:
        for seed in _seeds(args):
            told = _played(seed, args)
            played += 1
            totals.update(told.tally.counts)
            if args.trace:
                print("\n".join(told.trace))
            if told.broken:
                failed += 1
                print(_replay(told, shrink=not args.trace, kept=args.keep), flush=True)
    except KeyboardInterrupt:
        print("stopped")
    spent = time.process_time() - began
    shown = ", ".join(f"{times} {what}" for what, times in sorted(totals.items()))
    print(f"{played} histories, {failed} broken, {spent:.1f} s: {shown}")
    return 1 if failed else 0


def _played(seed: int, args: argparse.Namespace) -> History:
    if args.mixed:
        return mixed(seed)
    return history(seed, desks=args.desks, steps=args.steps, relay=args.relay, without=args.without)


def _seeds(args: argparse.Namespace) -> Iterable[int]:
    return count(args.seed) if args.forever else range(args.seed, args.seed + args.seeds)


def _replay(told: History, *, shrink: bool, kept: bool) -> str:
    said = f"seed {told.seed}: {told.broken}\n  again: {told.how_to_replay}"
    if kept:
        return f"{said}\n  kept, made short, in {keep(told).file}"
    return f"{said}\n  shorter: {shortened(told).how_to_replay}" if shrink else said


def _steps(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split(","))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; default 1")
    parser.add_argument("--seeds", type=int, default=1, help="how many from there; default 1")
    parser.add_argument("--forever", action="store_true", help="until stopped with Ctrl+C")
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="of each seed the kind that the tests play, short or whole, with a relay or without",
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"default {STEPS}")
    parser.add_argument("--desks", type=int, default=DESKS, help=f"default {DESKS}, at most 4")
    parser.add_argument("--relay", action="store_true", help="the first office has a relay")
    parser.add_argument(
        "--without",
        type=_steps,
        default=frozenset(),
        metavar="N,N",
        help="leave these steps out, counted from 0",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep what breaks, made short, among the regressions"
    )
    parser.add_argument("--trace", action="store_true", help="print all that happened")
    return parser


if __name__ == "__main__":
    sys.exit(main())
