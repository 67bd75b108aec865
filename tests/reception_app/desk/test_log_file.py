"""A desk keeps a log of what it did in its folder; it works on where it cannot."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reception_app.desk.log_file import LOG_BYTES_MAX, log_kept_in

log = logging.getLogger("sync.desk")


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """As it was, afterwards."""
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


def test_what_is_settled_is_in_the_log_with_its_id(tmp_path: Path) -> None:
    file = tmp_path / "desk.log"
    with log_kept_in(file):
        log.info("command settled", extra={"command": "id-1", "state": "accepted"})
    log.info("after its end")
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["event"], line["command"], line["state"]) == (
        "command settled",
        "id-1",
        "accepted",
    )


def test_the_next_start_writes_on(tmp_path: Path) -> None:
    file = tmp_path / "desk.log"
    for _ in range(2):
        with log_kept_in(file):
            log.info("command settled", extra={"command": "id-1"})
    assert len(file.read_text().splitlines()) == 2


def test_a_large_log_is_set_aside_at_a_start(tmp_path: Path) -> None:
    file = tmp_path / "desk.log"
    file.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    with log_kept_in(file):
        log.info("command settled")
    assert file.stat().st_size < 1_000
    assert (tmp_path / "desk.log.before").stat().st_size == LOG_BYTES_MAX + 1


def test_a_desk_works_on_where_its_log_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "desk.log").mkdir()
    with log_kept_in(tmp_path / "desk.log"):
        log.info("command settled")


def test_a_crash_below_python_says_in_the_log_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "desk.log"
    ended = subprocess.run([sys.executable, "-c", CRASHING, str(file)], check=False)
    assert ended.returncode != 0
    told = file.read_text()
    assert told.startswith("Fatal Python error")
    assert "in at_work" in told


CRASHING = """
import faulthandler, sys
from pathlib import Path
from reception_app.desk.log_file import crash_told_in, log_kept_in

def at_work():
    faulthandler._sigabrt()

with log_kept_in(Path(sys.argv[1])) as log, crash_told_in(log):
    at_work()
"""
