"""A disk that is really full: a file system of its own, small, with room left or none."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SIZE = "512m"
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """Where it is mounted."""

    folder: Path

    def fill(self, for_s: float, *, room: int) -> None:
        """For a while there is room for so many bytes, and then for none."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while (left := self._free() - room) > 0:
                    file.write(b"\0" * min(PIECE, left))
            time.sleep(for_s)
        finally:
            ballast.unlink()

    def _free(self) -> int:
        told = os.statvfs(self.folder)
        return told.f_bavail * told.f_frsize


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """Lay one over a folder while inside; None where this machine does not let us."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    if not is_mounted:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        # A process that just ended may hold it for a moment.
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)
