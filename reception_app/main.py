"""`reception-app`: one desk. Reads the options and hands over to `start.running`."""

from __future__ import annotations

import argparse
import builtins
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

EXAMPLES = """\
examples:
  reception-app --sample                       a made-up council on this computer, nothing asked
  reception-app --sample                       once more, while that runs: a second desk of it
  reception-app --central https://reception.example.gov.uk
  reception-app                                the desk that was set up on this computer

Without options a first start asks whose service this desk is part of. What a desk holds is
encrypted; the key is in the keyring of the operating system.
"""

WITHOUT_SCREEN = "There is no screen here: the main job is done without one, and pictured."
CUSTOMERS_MAX = 250_000
GIVES_WAY_S = 0.00002
"""One painting changes hands with workers a hundred times: at Python's own 5 ms it froze."""
BEFORE_QT = (
    "concurrent.futures.thread",
    "logging",
    "sync.round",
    "sync.storage.sqlite",
    "visits.registry",
    "visits.customers.search",
    "visits.migrations.steps",
    "visits.offices.queries",
    "visits.queue.queries",
)
ON_DEBIAN = (
    "On Debian: apt-get install -y libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 "
    "libfreetype6 libxkbcommon0"
)


def parser() -> argparse.ArgumentParser:
    """The options of a desk."""
    made = argparse.ArgumentParser(
        prog="reception-app",
        description="The desk of a council's reception: check in, call, book, hold rooms, visit.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--data", type=Path, metavar="FOLDER", help="where this desk keeps its data; has a default"
    )
    made.add_argument(
        "--central", metavar="URL", help="the central service this desk is part of; remembered"
    )
    made.add_argument(
        "--sample",
        action="store_true",
        help="a made-up council with a service of its own; its key lies in its folder and goes "
        "with it, so no real data belongs there",
    )
    made.add_argument(
        "--customers",
        type=int,
        metavar="N",
        help="how many people the made-up council has; 5,000 by default, 250,000 at most",
    )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run a desk until its window is closed; the exit code is 0 when it ended well."""
    tune_python()
    args = parser().parse_args(argv)
    problem = _problem_with(args)
    if problem is not None:
        return _failed(problem)
    without_screen = _has_no_screen()
    if without_screen and not args.sample:
        return _failed("There is no screen here. Start it where there is one, or with --sample.")
    if without_screen:
        print(
            "There is no screen here: the main job is done without one, and pictured.", flush=True
        )
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    load_before_qt()
    try:
        load_qt()
        from reception_app.start.running import run_desk
    except ImportError as error:
        if "lib" not in str(error):
            raise
        return _failed(f"A system library that Qt needs is missing ({error}). {ON_DEBIAN}")
    return run_desk(
        data=args.data,
        central=args.central,
        sample=args.sample,
        customers=args.customers,
        without_screen=without_screen,
    )


def tune_python() -> None:
    """Python's own settings for a program with a window."""
    # Loading makes little garbage and much to look through; `desk.collecting` takes over.
    gc.disable()
    # A worker that computes gives way to the window's thread so soon.
    sys.setswitchinterval(GIVES_WAY_S)


def load_before_qt() -> None:
    """Load what knows nothing of Qt, first.

    Once Qt is there it reads the source of each module that is loaded, to see whether it uses
    Qt's features: for SQLAlchemy's that is a tenth of the whole start.
    """
    for module in BEFORE_QT:
        import_module(module)


def load_qt() -> None:
    """Load Qt. Raises ImportError where a system library is missing.

    It would also look into each module that is loaded later; this program uses no such feature.
    """
    plain = builtins.__import__
    import_module("PySide6.QtCore")
    builtins.__import__ = plain


def _problem_with(args: argparse.Namespace) -> str | None:
    if args.sample and args.central:
        return "--sample has a central service of its own: leave out --central."
    if args.customers is not None and not 1 <= args.customers <= CUSTOMERS_MAX:
        return f"--customers takes a number from 1 to {CUSTOMERS_MAX:,}."
    return None


def _has_no_screen() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
