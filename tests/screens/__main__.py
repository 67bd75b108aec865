"""`python -m tests.screens OUT`: a picture of every screen and state.

Light, dark and high contrast at 100 %, light at 200 %, and the smallest window. Each scale is a
process of its own, because Qt reads the scale when it starts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = (
    # name, theme, scale, width, height
    ("light", "light", "1", 1440, 900),
    ("dark", "dark", "1", 1440, 900),
    ("high-contrast", "high contrast", "1", 1440, 900),
    ("light-200", "light", "2", 1440, 900),
    ("smallest", "light", "1", 1024, 700),
    ("laptop", "light", "1", 1366, 768),
)


def main() -> int:
    """Make the pictures; the exit code is 1 when a scene could not be made."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument("--only", default="", help="scenes whose name has this in it")
    parser.add_argument("--run", default="", help="one of: " + ", ".join(run[0] for run in RUNS))
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.inside:
        return _inside(args.inside, args.out, args.only)
    codes = []
    for name, _, scale, *_ in RUNS:
        if args.run not in ("", name):
            continue
        command = [sys.executable, "-m", "tests.screens", str(args.out), "--inside", name]
        environment = os.environ | {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
        codes.append(subprocess.call([*command, "--only", args.only], env=environment))
    return max(codes, default=1)


def _inside(run: str, out: Path, only: str) -> int:
    from tests.screens.picturing import picture

    theme, _, width, height = next(rest for name, *rest in RUNS if name == run)
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        return picture(
            out, Path(folder), run=run, theme_name=theme, size=(width, height), only=only
        )


if __name__ == "__main__":
    sys.exit(main())
