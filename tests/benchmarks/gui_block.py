"""The longest event that the window's thread handles in a busy hour, another desk at work too."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.benchmarks.council import Council, served
from tests.benchmarks.figures import Figure
from tests.benchmarks.other_desk import ActingDesk, acting_desk
from tests.benchmarks.sizes import Sizes

LIMIT_MS = 16.0
OTHER_DESK_EVERY_MS = 100
HOUR_MAX_S = 150.0


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """The hour against its limit; the opening before it, when places are built, only told."""
    mine = council.copy_to(scratch / "council")
    with served(mine) as address, acting_desk(mine, address) as other:
        parts = _work(mine, sizes.arrivals, other)
    if parts["hour"]["stuck"]:
        raise RuntimeError(f"the hour came to a stop at: {parts['hour']['stuck']}")
    return [
        _figure("gui_block", parts["hour"], "longest", "wall_ms", limit=LIMIT_MS),
        _figure("gui_block, work", parts["hour"], "hardest", "work_ms", limit=None),
        _figure("gui_block, opening", parts["opening"], "longest", "wall_ms", limit=None),
        _figure("gui_block, opening work", parts["opening"], "hardest", "work_ms", limit=None),
    ]


def _work(council: Council, arrivals: int, other: ActingDesk) -> dict[str, Any]:
    """Run the hour in a process of its own while the other desk checks people in and out."""
    program = [sys.executable, "-m", "tests.benchmarks.desk_process", str(council.root), "hour"]
    parts: dict[str, Any] = {}
    with subprocess.Popen(
        [*program, "--arrivals", str(arrivals)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        ended = threading.Timer(HOUR_MAX_S, process.kill)
        ended.start()
        reader = threading.Thread(target=_read, args=(process, parts))
        reader.start()
        other.keep_changing(while_=reader.is_alive, every_ms=OTHER_DESK_EVERY_MS)
        reader.join()
        ended.cancel()
        assert process.stderr is not None
        said = process.stderr.read()
    if "hour" not in parts:
        raise RuntimeError(f"the hour did not end: {said[-2000:]}")
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
            f"then {', '.join(str(block[measure]) for block in others[:5])}",
            f"p99 {part['p99_ms']:.1f} ms of {part['events']} events",
        )
    )
    return Figure(name=name, value=first[measure], unit="ms", limit=limit, note=note)


def _told(block: dict[str, Any]) -> str:
    return (
        f"{block['event']} at “{block['step']}” took {block['wall_ms']:.1f} ms, "
        f"{block['work_ms']:.1f} ms of it work of this thread"
    )
