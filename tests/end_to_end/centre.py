"""The services of a day, the centre and an office's relay, as processes that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from sync.authority import Authority
from sync.upstream.clocks import RIGHT_WITHIN, STATED_TO
from tests.end_to_end.clocks import CLOCK_FILE, MovedClock
from visits.central.opening import authority_over, open_database

PROGRAM = [sys.executable, "-m", "tests.end_to_end.central_process"]
RELAY = [sys.executable, "-m", "tests.end_to_end.relay_process"]
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


class Served:
    """One service on the loopback address; started again, it has the same address."""

    def __init__(self, database: str, folder: Path, *, clock: MovedClock) -> None:
        self.database = database
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._port = "0"
        self.address = ""

    def _start(self, program: list[str]) -> str:
        file = self._folder / f"{type(self).__name__}.address"
        file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*program, "--database", self.database]
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
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it printed."""
        return self._folder / f"{type(self).__name__}.log"

    def kill(self) -> None:
        """End it as a power cut would; again is harmless."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Centre(Served):
    """The central service of a day."""

    def start(self, *, speaks: int | None = None) -> str:
        """Start it and wait until it answers; with `speaks` it is of another version."""
        version = [] if speaks is None else ["--speak", str(speaks)]
        return self._start([*PROGRAM, *version, "serve"])

    def opened(self) -> Authority:
        """What it holds, once it has ended. Close `node.database` afterwards."""
        return authority_over(open_database(self.database, key_file=None))


class Relay(Served):
    """The relay of the office, over a file of its own."""

    def __init__(self, office: str, folder: Path, *, clock: MovedClock) -> None:
        super().__init__(f"sqlite:///{folder / 'relay.db'}", folder, clock=clock)
        self._office = office

    def start(self, *, below: str, reached_at: str = "") -> str:
        """Start it below a centre and wait until it answers; desks may reach it elsewhere."""
        address = ["--address", reached_at] if reached_at else []
        return self._start([*RELAY, "--office", self._office, "--upstream", below, *address])

    def until_it_states(self, clock: MovedClock | None, *, within_s: float) -> None:
        """Wait until its answers state the time of a clock, or none."""
        ends = time.monotonic() + within_s
        while not _is_time_of(clock, httpx.get(f"{self.address}/v1/health").headers.get("date")):
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(PROBE_S)

    def until_used_by(self, desks: int, *, within_s: float) -> None:
        """Wait until so many desks listen to it."""
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            if httpx.get(f"{self.address}/v1/health").json()["listening"] == desks:
                return
            time.sleep(PROBE_S)
        raise AssertionError(self.log.read_text())


def _is_time_of(clock: MovedClock | None, stated: str | None) -> bool:
    if clock is None or stated is None:
        return clock is None and stated is None
    return abs(parsedate_to_datetime(stated) - clock()) <= RIGHT_WITHIN + STATED_TO
