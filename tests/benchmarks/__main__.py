"""`python -m tests.benchmarks`: measure what the product costs, and say whether it is too much."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tests.benchmarks.figures import Figure, table
from tests.benchmarks.morning import begin_the_morning
from tests.benchmarks.sizes import TINY, WHOLE, Sizes

NAMES = (
    "check_in",
    "start",
    "confirmation",
    "search",
    "other_desk",
    "gui_block",
    "centre_commands",
    "pending",
    "rebase",
    "first_sync",
    "wire_bytes",
    "poke",
    "history",
)
"""Each figure is a module of that name, measured in a process of its own."""
WHERE_NAMED = ("beside_pouchdb",)
"""Those that need what is not set up here."""


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure each promised figure beside its floor, taken in the same run. "
        "Nothing else should be busy on the machine meanwhile.",
    )
    made.add_argument(
        "--only", choices=NAMES + WHERE_NAMED, action="append", help="measure this one; repeatable"
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    made.add_argument("--tiny", action="store_true", help="a few of each, to see that it runs")
    made.add_argument(
        "--report", action="store_true", help="only tell: the exit code is 0 beyond a limit too"
    )
    made.add_argument("--council", type=Path, help=argparse.SUPPRESS)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when a figure is beyond its limit, 2 when one could not be measured."""
    args = parser().parse_args(argv)
    sizes = TINY if args.tiny else WHOLE
    if args.council is not None:
        return _measure_here(args.only[0], args.council, sizes, args.json)
    begin_the_morning()
    with tempfile.TemporaryDirectory(prefix="reception-benchmarks-") as folder:
        figures, failed = _measure_all(args.only or NAMES, Path(folder), tiny=args.tiny)
    print(table(figures))
    if args.json is not None:
        text = json.dumps({"figures": [figure.as_json() for figure in figures]}, indent=2)
        args.json.write_text(text + "\n", "utf-8")
    if failed:
        print(f"Could not be measured: {', '.join(failed)}.", file=sys.stderr)
        return 2
    return 0 if args.report or all(figure.is_within for figure in figures) else 1


def _measure_all(
    names: Sequence[str], folder: Path, *, tiny: bool
) -> tuple[list[Figure], list[str]]:
    from tests.benchmarks.council import build

    council = build(folder / "council", customers=(TINY if tiny else WHOLE).customers)
    figures: list[Figure] = []
    failed = []
    for name in names:
        print(f"Measuring {name}.", file=sys.stderr, flush=True)
        result = folder / f"{name}.json"
        program = [sys.executable, "-m", "tests.benchmarks", "--only", name]
        options = ["--council", str(council.root), "--json", str(result)]
        done = subprocess.run([*program, *options, *(["--tiny"] if tiny else [])], check=False)
        if done.returncode:
            failed.append(name)
            continue
        figures += [Figure(**figure) for figure in json.loads(result.read_text("utf-8"))]
    return figures, failed


def _measure_here(name: str, council_root: Path, sizes: Sizes, result: Path) -> int:
    from tests.benchmarks.council import Council

    measure = import_module(f"tests.benchmarks.{name}").measure
    with tempfile.TemporaryDirectory(dir=result.parent) as scratch:
        figures = measure(Council(council_root), Path(scratch), sizes)
    result.write_text(json.dumps([figure.as_json() for figure in figures]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
