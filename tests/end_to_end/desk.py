"""A desk of a day, as a process with the real window, and the person who works at it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reception_app.desk.keys import PassphraseKeys
from reception_app.desk.runtime import open_node
from sync.node import Node
from tests.end_to_end.clocks import CLOCK_FILE, MovedClock

PROGRAM = [sys.executable, "-m", "tests.end_to_end.desk_process"]
PASSPHRASE = "a passphrase for tests"
WAIT_MAX_S = 60.0
END_MAX_S = 30.0
PROBE_S = 0.04
TOLD_WITHIN_S = 1.0


class NeverCame(AssertionError):
    """What a person waits for did not come to the screen; the text says what was there."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a screen shows, by the names of its parts."""

    words: dict[str, list[str]]
    rows: dict[str, list[list[str]]]
    off: list[str]
    menu: list[str]

    def __getitem__(self, name: str) -> str:
        """The words of a part; empty when it is not on the screen."""
        return next(iter(self.words.get(name, [])), "")

    def all(self, name: str) -> list[str]:
        """The words of all parts with a name, such as the cards of a panel."""
        return self.words.get(name, [])

    def has(self, name: str) -> bool:
        """Whether a part is on the screen."""
        return name in self.words or name in self.rows

    def can(self, name: str) -> bool:
        """Whether something is on the screen and can be pressed."""
        return self.has(name) and name not in self.off

    @property
    def sync(self) -> str:
        """The sync line without its shape."""
        return self["sync_line"].partition(" ")[2]

    @property
    def waiting(self) -> dict[str, str]:
        """The waiting list: ticket number and the rest of its row."""
        return {row[0]: "\n".join(row[1:]) for row in self.rows.get("waiting_list", [])}


class Desk:
    """Starts, works and ends one desk. `options` are those of reception-app."""

    def __init__(self, name: str, folder: Path, *, clock: MovedClock, home: Path) -> None:
        self.name = name
        self.folder = folder
        self.clock = clock
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def start(self, *options: str) -> None:
        """Start the process. What it shows first is for `until`."""
        self._lines = queue.Queue()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, "--data", str(self.folder), *options],
                env=environment(self._home)
                | {"QT_QPA_PLATFORM": "offscreen", CLOCK_FILE: str(self.clock.path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        threading.Thread(
            target=_pass_on, args=(self._process.stdout, self._lines), daemon=True
        ).start()

    def open(self, central: str) -> Screen:
        """Start a desk that has joined an office, give its passphrase, see its queue."""
        self.start("--central", central)
        self.give_passphrase()
        return self.until(lambda seen: seen.waiting and seen["service"] is not None)

    def give_passphrase(self) -> None:
        """Answer the first question of a desk without a keyring."""
        self.until(lambda seen: seen.has("passphrase_text"))
        self.type(PASSPHRASE, into="passphrase_text")
        self.press("Enter")

    @property
    def log(self) -> Path:
        """What it printed to the terminal."""
        return self._home / f"{self.name}.log"

    # What a person does

    def type(self, text: str, *, into: str) -> None:
        """Type into a field."""
        self._do("type", into=into, text=text)

    def press(self, keys: str, *, at: str | None = None) -> None:
        """Press a key, where the keyboard is or somewhere."""
        if at is None:
            self._do("press", keys=keys)
        else:
            self._do("press_at", name=at, keys=keys)

    def click(self, name: str) -> None:
        """Click a button."""
        self._do("click", name=name)

    def choose(self, words: str, *, of: str) -> None:
        """Choose in a drop-down list, once it has that choice: what it offers is asked for."""
        ends = time.monotonic() + WAIT_MAX_S
        while True:
            try:
                self._do("choose", name=of, words=words)
                return
            except NeverCame:
                if time.monotonic() > ends:
                    raise
                time.sleep(PROBE_S)

    def choose_in_menu(self, words: str) -> None:
        """Choose in the menu that has opened."""
        self.until(lambda seen: words in seen.menu)
        self._do("choose_in_menu", words=words)

    def stand_on(self, number: int, *, of: str) -> None:
        """Go to a row of a table."""
        self._do("stand_on", name=of, number=number)

    def see(self) -> Screen:
        """What the screen shows now."""
        return Screen(**self._do("see"))

    def until(self, is_so: Callable[[Screen], object], *, within_s: float = WAIT_MAX_S) -> Screen:
        """Look until something is so. Raises NeverCame with what is there instead."""
        ends = time.monotonic() + within_s
        while True:
            seen = self.see()
            if is_so(seen):
                return seen
            if time.monotonic() > ends:
                raise NeverCame(f"{self.name} shows {seen}\n{self._pictured()}")
            time.sleep(PROBE_S)

    def _pictured(self) -> str:
        path = self._home / f"{self.name}-never-came.png"
        self._do("picture", path=str(path))
        return f"Pictures: {path.with_suffix('')}-*.png\n{self.log.read_text()}"

    def _do(self, act: str, **how: Any) -> Any:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"act": act, **how}) + "\n")
            self._process.stdin.flush()
            told = json.loads(self._lines.get(timeout=WAIT_MAX_S))
        except (OSError, ValueError, queue.Empty) as error:
            raise NeverCame(f"{self.name} did not answer to {act}: {self._last_words()}") from error
        if "problem" in told:
            raise NeverCame(f"{self.name}: {told['problem']}\n{Screen(**self._do('see'))}")
        return told["answer"]

    def _last_words(self) -> str:
        code = self._process.poll() if self._process else None
        if self._process is not None and code is None and hasattr(signal, "SIGUSR1"):
            self._process.send_signal(signal.SIGUSR1)
            time.sleep(TOLD_WITHIN_S)
        return f"exit code {code}\n{self.log.read_text()}"

    # How it ends

    def kill(self) -> None:
        """End it as a power cut would; again is harmless."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def close(self) -> None:
        """Close the window; it must end well."""
        self._do("close")
        self.ended()

    def ended(self) -> int:
        """Wait for its end; the exit code. What it printed is in `log`."""
        assert self._process is not None
        self._process.wait(END_MAX_S)
        return self._end()

    def _end(self) -> int:
        process, self._process = self._process, None
        assert process is not None
        code = process.wait()
        for stream in (process.stdin, process.stdout):
            # Of one that has crashed, what it was asked last was never read.
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return code

    def opened(self) -> Node:
        """What it holds, once it has ended. Close `database` afterwards."""
        key = PassphraseKeys(PASSPHRASE).key(self.folder, is_new=False)
        return open_node(self.folder / "desk.db", key)


def environment(home: Path) -> dict[str, str]:
    """The environment of a program that has no keyring and a home of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in SCREENS}
    return kept | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONUNBUFFERED": "1",
    }


SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def _pass_on(stream: Any, lines: queue.Queue[str]) -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:
        # Closed from the other thread: nobody reads any more.
        return
    finally:
        lines.put("")
