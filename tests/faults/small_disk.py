"""A disk that is really full: a file system of its own, small, with room left or none."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = 1 << 29


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """Where it is mounted."""

    folder: Path

    def fill(self, for_s: float, *, room: int) -> None:
        """For a while there is room for so many bytes, and then for none."""
        told = os.statvfs(self.folder)
        used = (told.f_blocks - told.f_bfree) * told.f_frsize
        self._resize(used + room)
        time.sleep(for_s)
        self._resize(SIZE)

    def _resize(self, size: int) -> None:
        # Smaller than what is in it, it stays as it was; then somebody has just written.
        _mount(f"remount,size={size}", self.folder)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """Lay one over a folder while inside; None where this machine does not let us."""
    if not _mount(f"size={SIZE},mode=0700", folder):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        # A process that just ended may hold it for a moment.
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


def _mount(options: str, folder: Path) -> bool:
    program = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(program, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
