"""`reception-app --sample` without a screen: the main job, its pictures and papers, a clean end."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reception_app.desk.embedded import UNTIL_IDLE_S
from tests.end_to_end.clocks import MovedClock
from tests.end_to_end.desk import Desk, environment
from tests.end_to_end.paper import code_of, words_of
from tests.end_to_end.reception import check_in
from visits.calendar.local_time import local_date
from visits.codes import CodeKind, read_code

SAMPLE = ("--sample", "--customers", "100")
APP = [sys.executable, "-m", "reception_app.main", *SAMPLE]
PICTURES = 11
RUN_MAX_S = 100.0
END_MAX_S = UNTIL_IDLE_S + 30.0
PROBE_S = 0.1


@pytest.mark.timeout(240)
def test_the_main_job_is_done_and_says_where_its_pictures_and_papers_are(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    done = run(root, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    said = done.stdout.splitlines()
    assert said[0] == "There is no screen here: the main job is done without one, and pictured."
    folder = place_told(done)
    told = {line.strip() for line in said if line.startswith("  ")}
    assert told == {path.name for path in folder.iterdir()}
    assert sum(name.endswith(".png") for name in told) == PICTURES
    (ticket,) = folder.glob("Ticket *.pdf")
    assert read_code(code_of(ticket)).kind is CodeKind.TICKET
    (confirmation,) = folder.glob("Appointment *.pdf")
    assert read_code(code_of(confirmation)).kind is CodeKind.APPOINTMENT
    assert "Your appointment" in words_of(confirmation)
    assert "provisional" not in words_of(confirmation)
    wait_until_ended(root)

    again = run(root, tmp_path)
    assert (again.returncode, again.stderr) == (0, ""), again.stdout
    assert place_told(again) == folder
    assert len(list(folder.glob("Appointment *.pdf"))) == 2
    wait_until_ended(root)


@pytest.mark.timeout(240)
def test_a_sample_run_while_another_runs_joins_it_as_a_second_desk(
    sample_desk: Desk, tmp_path: Path
) -> None:
    number = check_in(sample_desk, "siobhan")
    done = run(sample_desk.folder, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert place_told(done).parent.name == "desk-2"
    # The second desk has checked somebody in under its own letter, and called the next.
    seen = sample_desk.until(lambda seen: any(ticket[0] == "D" for ticket in seen.waiting))
    assert seen.sync.startswith("Up to date")
    assert number[0] == "C"
    sample_desk.close()
    wait_until_ended(sample_desk.folder)


@pytest.mark.timeout(240)
def test_a_killed_sample_desk_leaves_no_process_behind_and_opens_again(sample_desk: Desk) -> None:
    day = local_date(sample_desk.clock())
    number = check_in(sample_desk, "siobhan")
    sample_desk.kill()
    wait_until_ended(sample_desk.folder)
    sample_desk.start(*SAMPLE)
    seen = sample_desk.until(lambda seen: seen.sync.startswith("Up to date") and seen.waiting)
    # Nobody waits on from one day into the next.
    assert number in seen.waiting or local_date(sample_desk.clock()) != day
    sample_desk.close()
    wait_until_ended(sample_desk.folder)


@pytest.fixture
def sample_desk(tmp_path: Path) -> Iterator[Desk]:
    """The first desk of a sample council, with a window, up to date with its own service."""
    clock = MovedClock(tmp_path / "clock", begins_at=datetime.now(UTC))
    desk = Desk("sample", tmp_path / "sample", clock=clock, home=tmp_path)
    desk.start(*SAMPLE)
    try:
        desk.until(lambda seen: seen.sync.startswith("Up to date") and seen.waiting)
        yield desk
    finally:
        desk.kill()
        wait_until_ended(desk.folder)


def run(root: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """The sample without a screen, to its end."""
    return subprocess.run(
        [*APP, "--data", str(root)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=RUN_MAX_S,
        check=False,
    )


def place_told(done: subprocess.CompletedProcess[str]) -> Path:
    """Where it says that the pictures and papers are."""
    told = re.search(r"Pictures and papers are in (.+):", done.stdout)
    assert told is not None
    return Path(told[1])


def wait_until_ended(root: Path) -> None:
    """Wait until no process works in a folder any more."""
    ends = time.monotonic() + END_MAX_S
    while working := processes_in(root):
        assert time.monotonic() < ends, working
        time.sleep(PROBE_S)


def processes_in(root: Path) -> list[str]:
    """The command lines of processes that were given something in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(root) in line:
            found.append(line)
    return found
