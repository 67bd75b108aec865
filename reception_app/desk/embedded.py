"""A central service on this machine: started by the first desk, ended when the last has gone.

It is the shipped service as a process of its own, on the loopback address; the desk speaks to it
as to any other.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from msgspec import Struct, field

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 6.0
PROBE_S = 0.05
PROBE_TIMEOUT_S = 1.0
UNTIL_IDLE_S = 30
"""The service ends by itself when no desk has listened for so long: its starter may be killed."""
NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "CREATE_NO_WINDOW", 0
)


class CentreDidNotStart(Exception):
    """The service ended or did not answer in time; the text is its last words."""


class EmbeddedCentre(Struct):
    """The service in a folder: its database, its key, its address."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def database(self) -> Path:
        """Its database."""
        return self.folder / "centre.db"

    @property
    def address_file(self) -> Path:
        """Where it writes its address once it listens."""
        return self.folder / "address"

    @property
    def log_file(self) -> Path:
        """What it prints."""
        return self.folder / "centre.log"

    def address(self) -> str | None:
        """Where it was last heard to listen."""
        try:
            return self.address_file.read_text("ascii").strip()
        except OSError:
            return None

    def set_up(self, *, sample_customers: int | None, seed: int = 1) -> None:
        """Make its database. Does nothing when there is one. Raises CentreDidNotStart."""
        if self.database.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        sample = [] if sample_customers is None else ["--sample", str(sample_customers)]
        done = subprocess.run(
            [*self._program("init"), *sample, "--seed", str(seed)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CentreDidNotStart(done.stderr.strip())

    def is_up(self) -> bool:
        """Whether it answers."""
        return self._health() is not None

    def _health(self) -> dict[str, Any] | None:
        address = self.address()
        if address is None:
            return None
        # The least that speaks HTTP: nothing heavier is loaded while the first window opens.
        from http.client import HTTPConnection, HTTPException

        there = HTTPConnection(address.removeprefix("http://"), timeout=PROBE_TIMEOUT_S)
        try:
            there.request("GET", "/v1/health")
            found: dict[str, Any] = json.load(there.getresponse())
            return found
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            there.close()

    def start(self) -> str:
        """Start it, at its last address where that is free. Raises CentreDidNotStart."""
        address = self.address()
        if address and self.is_up():
            return address
        self.address_file.unlink(missing_ok=True)
        port = address.rpartition(":")[2] if address else "0"
        try:
            return self._start(port)
        except CentreDidNotStart:
            if port == "0":
                raise
            return self._start("0")

    def _start(self, port: str) -> str:
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._program("serve"), "--port", port]
                + ["--address-file", str(self.address_file), "--until-idle", str(UNTIL_IDLE_S)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                # Ctrl+C for one desk must not end the service of the others.
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            address = self.address()
            if address and self.is_up():
                return address
            if self._process.poll() is not None:
                break
            time.sleep(PROBE_S)
        raise CentreDidNotStart(self.log_file.read_text("utf-8", errors="replace").strip())

    def let_go(self) -> None:
        """Stop what this process started, unless other desks still listen to it."""
        health = self._health()
        if health is None or health.get("listening", 0) == 0:
            self.stop()

    def stop(self) -> None:
        """Stop what this process started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def is_ours(self) -> bool:
        """Whether this process started it."""
        return self._process is not None

    def _program(self, act: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "visits.central.main",
            act,
            "--database",
            f"sqlite:///{self.database}",
        ]
