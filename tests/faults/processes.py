"""A process that faults are done to: killed, frozen, or given no room on its disk."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.clocks import CLOCK_FILE, MovedClock

PROGRAM = [sys.executable, "-m", "tests.faults.desk_process"]
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
SAYS_WITHIN_S = 60.0
SAYS_WHERE_WITHIN_S = 1.0
"""Into its log, where each of its threads is."""


class DeskAtWork:
    """A desk process over a file, and what it has acknowledged."""

    def __init__(self, name: str, file: Path, *, central: str, clock: MovedClock) -> None:
        self.name = name
        self.file = file
        self._central = central
        self._clock = clock
        self.kept: list[str] = []
        self.told_at_once: set[str] = set()
        self.not_kept = 0
        self.broke = ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Begin to work on what the file holds."""
        self._said = queue.SimpleQueue()
        with self.file.with_suffix(".log").open("a") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, str(self.file), self._central],
                env=os.environ | {CLOCK_FILE: str(self._clock.path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            self._take(process.stdout)

    def _take(self, lines: Iterable[str]) -> None:
        for line in lines:
            if not line.endswith("\n"):
                return
            facts = json.loads(line)
            if "kept" in facts:
                self.kept.append(facts["kept"])
            elif "told_at_once" in facts:
                self.told_at_once.add(facts["told_at_once"])
            elif "kept_not" in facts:
                self.not_kept += 1
            elif "broke" in facts:
                self.broke = facts["broke"]
            else:
                self._said.put(facts)

    def tell(self, word: str) -> None:
        """Say a word to the process."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"{self.name} has ended by itself\n{self.log}") from None

    def how_it_stands(self) -> dict[str, Any]:
        """What its screen would say now, while it works."""
        self._said = queue.SimpleQueue()
        self.tell("stand")
        return self._said.get(timeout=SAYS_WITHIN_S)

    def reached_when_settled(self, *, by: float) -> dict[str, int]:
        """Wait until nothing of it waits and its line is up; what it has of each scope then.

        It must rest. `by` is a moment of `time.monotonic`. Raises AssertionError.
        """
        self._said = queue.SimpleQueue()
        said: dict[str, Any] = {}
        while (said.get("waiting"), said.get("line")) != (0, "up"):
            try:
                said = self._said.get(timeout=max(0.0, by - time.monotonic()))
            except queue.Empty:
                os.kill(self.pid, signal.SIGUSR1)
                time.sleep(SAYS_WHERE_WITHIN_S)
                raise AssertionError(f"{self.name} does not settle: {said}\n{self.log}") from None
        reached: dict[str, int] = said["reached"]
        return reached

    @property
    def log(self) -> str:
        """The end of what it wrote to its log, and what broke it."""
        return self.file.with_suffix(".log").read_text()[-6_000:] + self.broke

    def end(self) -> None:
        """End it well."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._forget(self._process)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._forget(self._process)

    def _forget(self, process: subprocess.Popen[str]) -> None:
        process.wait(SAYS_WITHIN_S)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        self._listener.join(SAYS_WITHIN_S)
        self._process = None


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Hold a process still, then let it go on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def fill_its_disk(pid: int, for_s: float, *, room: int) -> None:
    """For a while no file of a process can grow beyond so many bytes."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    time.sleep(for_s)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, NO_LIMIT)
