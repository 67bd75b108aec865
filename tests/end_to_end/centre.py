"""The central service of a day, as a process that can be killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from sync.authority import Authority
from tests.end_to_end.clocks import CLOCK_FILE, MovedClock
from visits.central.opening import authority_over, open_database

PROGRAM = [sys.executable, "-m", "tests.end_to_end.central_process"]
START_MAX_S = 90.0
PROBE_S = 0.05


def set_up(database: str, *, customers: int, clock: MovedClock) -> None:
    """Make a centre of the sample council, its morning in progress."""
    done = subprocess.run(
        [*PROGRAM, "init", "--database", database, "--sample", str(customers)],
        env=os.environ | {CLOCK_FILE: str(clock.path)},
        capture_output=True,
        text=True,
        timeout=START_MAX_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


class Centre:
    """One service on the loopback address; started again, it has the same address."""

    def __init__(self, database: str, folder: Path, *, clock: MovedClock) -> None:
        self.database = database
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._port = "0"
        self.address = ""

    def start(self, *, speaks: int | None = None) -> str:
        """Start it and wait until it answers; with `speaks` it is of another version."""
        file = self._folder / "address"
        file.unlink(missing_ok=True)
        version = [] if speaks is None else ["--speak", str(speaks)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, *version, "serve", "--database", self.database]
                + ["--port", self._port, "--address-file", str(file)],
                env=os.environ | {CLOCK_FILE: str(self._clock.path)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.address = self._answering(file)
        self._port = self.address.rpartition(":")[2]
        return self.address

    def _answering(self, file: Path) -> str:
        ends = time.monotonic() + START_MAX_S
        while time.monotonic() < ends and self._process and self._process.poll() is None:
            try:
                address = file.read_text("ascii")
                httpx.get(f"{address}/v1/health", trust_env=False, timeout=2)
            except (OSError, httpx.HTTPError, httpx.UnsupportedProtocol):
                time.sleep(PROBE_S)
                continue
            return address
        raise AssertionError(self.log.read_text())

    @property
    def log(self) -> Path:
        """What it printed."""
        return self._folder / "service.log"

    def kill(self) -> None:
        """End it as a power cut would; again is harmless."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def opened(self) -> Authority:
        """What it holds, once it has ended. Close `node.database` afterwards."""
        return authority_over(open_database(self.database, key_file=None))
