"""`reception-central` as the real process it is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PROGRAM = [sys.executable, "-m", "visits.central.main"]
START_TIMEOUT_S = 60.0


def run(*arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=timeout_s, check=False
    )


@contextmanager
def serving(database: str, folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service that listens; gives its process and its address."""
    address_file = folder / "address"
    address_file.unlink(missing_ok=True)
    log = (folder / "service.log").open("a+")
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--database", database, "--port", "0"]
        + ["--address-file", str(address_file), *more],
        stdout=log,
        stderr=log,
        text=True,
    )
    try:
        yield process, _address(process, address_file, folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def _address(process: subprocess.Popen[str], address_file: Path, folder: Path) -> str:
    ends = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            address = address_file.read_text()
            httpx.get(f"{address}/v1/health", trust_env=False, timeout=1)
        except (OSError, httpx.HTTPError, httpx.UnsupportedProtocol):
            time.sleep(0.02)
            continue
        return address
    raise AssertionError((folder / "service.log").read_text())
