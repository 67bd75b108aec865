"""The start of a desk that has joined, to its queue on the screen, against a bare Qt window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from tests.benchmarks.council import Council, served
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns
from tests.benchmarks.sizes import Sizes

LIMIT = 4.0
PROCESS_TIMEOUT_S = 60.0


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure. Both are whole processes, from their making to their first free moment."""
    mine = council.copy_to(scratch / "council")
    ours = ["-m", "tests.benchmarks.desk_process", str(mine.root), "start"]
    bare = ["-m", "tests.benchmarks.bare_window"]
    as_installed = _as_installed(scratch / "bytecode")
    with served(mine):
        pairs = in_turns(
            lambda: _until_shown(ours, as_installed),
            lambda: _until_shown(bare, as_installed),
            pairs=sizes.starts,
            warm_up=1,
        )
    return [beside_its_floor("start", pairs, unit="ms", limit=LIMIT, note="queue on the screen")]


def _as_installed(bytecode: Path) -> dict[str, str]:
    """An installed program has its bytecode: here it is kept by the runs that warm up."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def _until_shown(program: list[str], environment: dict[str, str]) -> float:
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, *program],
        env=environment,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        timeout=PROCESS_TIMEOUT_S,
        check=True,
    )
    shown_at: float = json.loads(done.stdout)["at"]
    return (shown_at - began) * 1_000
