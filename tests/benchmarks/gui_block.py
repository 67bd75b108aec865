"""The longest that an input waits for the window's thread in a busy hour, another desk at work.

That desk and the centre stand on other machines in an office. Here they share this one's cores, so
they run at the lowest priority: without that, most of a wait is for a core and not for the window.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.council import Council, served
from tests.benchmarks.figures import Figure
from tests.benchmarks.other_desk import ActingDesk, acting_desk
from tests.benchmarks.sizes import Sizes

LIMIT_MS = 16.0
OTHER_DESK_EVERY_MS = 250
HOUR_MAX_S = 150.0
LOWEST_PRIORITY = 19


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """The hour against its limit; the opening before it, when places are built, only told."""
    mine = council.copy_to(scratch / "council")
    with _hour(mine, sizes.arrivals) as hour:
        _give_way()
        with served(mine) as address, acting_desk(mine, address) as other:
            parts = _work(hour, other)
    if parts["hour"]["stuck"]:
        raise RuntimeError(f"the hour came to a stop at: {parts['hour']['stuck']}")
    return [
        _figure("gui_block", parts["hour"], "longest", "wall_ms", limit=LIMIT_MS),
        _figure("gui_block, work", parts["hour"], "hardest", "work_ms", limit=None),
        _figure("gui_block, opening", parts["opening"], "longest", "wall_ms", limit=None),
        _figure("gui_block, opening work", parts["opening"], "hardest", "work_ms", limit=None),
    ]


@contextmanager
def _hour(council: Council, arrivals: int) -> Iterator[subprocess.Popen[str]]:
    """The desk of the hour in a process of its own, which waits until it is told to begin."""
    program = [sys.executable, "-m", "tests.benchmarks.desk_process", str(council.root), "hour"]
    with subprocess.Popen(
        [*program, "--arrivals", str(arrivals)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _give_way() -> None:
    """Let this process and those it starts from here on have what the hour leaves."""
    if sys.platform != "win32":
        os.nice(LOWEST_PRIORITY)


def _work(process: subprocess.Popen[str], other: ActingDesk) -> dict[str, Any]:
    """Run the hour while the other desk checks people in and out."""
    assert process.stdin is not None
    assert process.stderr is not None
    parts: dict[str, Any] = {}
    process.stdin.write("begin\n")
    process.stdin.flush()
    ended = threading.Timer(HOUR_MAX_S, process.kill)
    ended.start()
    reader = threading.Thread(target=_read, args=(process, parts))
    reader.start()
    other.keep_changing(while_=reader.is_alive, every_ms=OTHER_DESK_EVERY_MS)
    reader.join()
    ended.cancel()
    said = process.stderr.read()
    if "hour" not in parts:
        raise RuntimeError(f"the hour did not end: {process.returncode}\n{said[-4000:]}")
    return parts


def _read(process: subprocess.Popen[str], parts: dict[str, Any]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        facts = json.loads(line)
        parts[facts["part"]] = facts


def _figure(
    name: str, part: dict[str, Any], kept: str, measure: str, *, limit: float | None
) -> Figure:
    first, *others = part[kept]
    note = "; ".join(
        (
            _told(first),
            f"then {', '.join(str(wait[measure]) for wait in others[:5])}",
            f"p99 {part['p99_ms']:.1f} ms of {part['inputs']} inputs",
        )
    )
    return Figure(name=name, value=first[measure], unit="ms", limit=limit, note=note)


def _told(wait: dict[str, Any]) -> str:
    return (
        f"an input at “{wait['step']}” waited {wait['wall_ms']:.1f} ms, "
        f"{wait['work_ms']:.1f} ms of it for work of this thread"
    )
