"""A run of faults, and what it came to."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.faults.checks import check_settled
from tests.faults.kinds import (
    FAULTS,
    FAULTS_OF_A_DISK,
    FAULTS_OF_A_SERVER,
    Fault,
    Trouble,
    freeze_one_for_a_minute,
)
from tests.faults.office import an_office
from tests.faults.small_disk import small_disk

BETWEEN_S = (0.1, 0.6)
SETTLED_EVERY = 100


@dataclass
class Told:
    """What a run came to."""

    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    refused: int = 0
    not_kept: int = 0
    seconds: float = 0.0


def run(kind: str, *, faults: int, seed: int, say: Callable[[str], None]) -> Told:
    """Do so many faults to an office over `sqlite` or `postgresql`.

    Every hundred, and at the end, all must settle and be whole. Raises AssertionError.
    """
    told = Told()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    with small_disk(folder) as disk:
        try:
            with an_office(kind, folder) as office:
                trouble = Trouble(office, Random(seed), disk)
                _do(trouble, told, faults=faults, say=say)
        except BaseException:
            kept = _copied(folder) if disk else folder
            say(f"files and logs are kept in {kept}")
            raise
    shutil.rmtree(folder)
    told.seconds = time.monotonic() - began
    return told


def _copied(folder: Path) -> Path:
    """What a small disk holds, where it outlasts that; a server's socket is no file."""
    to = Path(f"{folder}-kept")
    return Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns(".s.*")))


def _in_drawn_order(draw: Random, weights: dict[Fault, float]) -> Iterator[Fault]:
    """Each kind once, but for the one that takes a minute, and then by their weights."""
    first = [fault for fault in weights if fault is not freeze_one_for_a_minute]
    draw.shuffle(first)
    yield from first
    while True:
        yield from draw.choices(list(weights), list(weights.values()))


def _do(trouble: Trouble, told: Told, *, faults: int, say: Callable[[str], None]) -> None:
    office = trouble.office
    weights = FAULTS | (FAULTS_OF_A_SERVER if office.server else {})
    weights |= FAULTS_OF_A_DISK if trouble.disk else {}
    to_come = _in_drawn_order(trouble.draw, weights)
    done = 0
    while done < faults:
        for _ in range(min(SETTLED_EVERY, faults - done)):
            time.sleep(trouble.between(BETWEEN_S))
            fault = next(to_come)
            say(f"{done + 1} {fault.__name__}")
            fault(trouble)
            told.faults[fault.__name__] += 1
            done += 1
        office.settle()
        office.close()
        counts = check_settled(office)
        say(f"settled: {counts}")
        told.acknowledged, told.refused = counts["acknowledged"], counts["refused"]
        if done < faults:
            office.open()
    told.not_kept = sum(desk.not_kept for desk in office.desks)
