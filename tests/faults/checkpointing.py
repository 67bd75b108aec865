"""`python -m tests.faults.checkpointing FILE`: moves what a file's log holds into it, until killed.

A service is killed in a checkpoint by killing it and this with one stroke.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.storage.sqlite import open_file
from tests.faults.checks import key_of

PROGRAM = [sys.executable, "-m", "tests.faults.checkpointing"]


@contextmanager
def under_checkpoints(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is at it; kill it inside."""
    with subprocess.Popen([*PROGRAM, str(file)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n", f"{file} cannot be opened"
            yield process
        finally:
            process.kill()


def main() -> None:
    """Again and again; while somebody writes, there is always something to move."""
    file = Path(sys.argv[1])
    raw = open_file(file, key=key_of(file)).engine.raw_connection()
    print("begun", flush=True)
    while True:
        raw.cursor().execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


if __name__ == "__main__":
    main()
